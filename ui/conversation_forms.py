"""A turn as JSON and back: what is kept on disk and exported holds the whole answer, not what was drawn of it.

Invariant: a turn that has come to an end comes back with equal values, its answer and evidence to the precision of
`rag.json_forms`; one that was still running comes back as stopped, because nothing more will come. An error comes
back as one of the same kind, which says the same in every language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from rag.errors import RagError
from rag.json_forms import answer_form, hit_form
from rag.json_read import answer_from_form, hit_from_form
from rag.types import LANGUAGES, Evidence
from ui.conversation import Status, Turn

Json = dict[str, Any]

_STATUSES = get_args(Status)


def turn_form(turn: Turn) -> Json:
    """The turn as a JSON object; `answer` is the contract's answer object or null.

    `evidence` is what the search found, or null: `{"question", "language", "hits", "cut", "coverage"}`.
    """
    return {
        "number": turn.number,
        "question": turn.question,
        "status": turn.status,
        "text": turn.text,
        "found": turn.found,
        "thinking": turn.thinking,
        "searched_for": turn.searched_for,
        "answer": None if turn.answer is None else answer_form(turn.answer),
        "error": None if turn.error is None else _error_form(turn.error),
        "evidence": None if turn.evidence is None else _evidence_form(turn.evidence),
    }


def turn_from_form(form: Mapping[str, Any]) -> Turn:
    """The turn of a form, settled; raises `ValueError` for what is not the form of one."""
    try:
        if form["status"] not in _STATUSES:
            raise ValueError(f"no status of a turn: {form['status']!r}")
        answer, error, evidence = form["answer"], form["error"], form.get("evidence")
        turn = Turn(
            number=int(form["number"]),
            question=str(form["question"]),
            status=form["status"],
            text=str(form["text"]),
            found=int(form["found"]),
            answer=None if answer is None else answer_from_form(answer),
            error=None if error is None else _error(error),
            thinking=str(form["thinking"]),
            searched_for=str(form["searched_for"]),
            evidence=None if evidence is None else _evidence(evidence),
        )
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"not the form of a turn: {type(exc).__name__} {exc}") from exc
    return turn.settled()


def packed(turn: Turn) -> bytes:
    """The form as UTF-8; half a surrogate pair, which no encoding has, is kept as it is.

    Hits that the answer's evidence repeats are held once.
    """
    form = turn_form(turn)
    if form["evidence"] and form["answer"] and form["evidence"]["hits"] == form["answer"]["evidence"]:
        form["evidence"]["hits"] = None
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpacked(data: bytes, number: int, question: str) -> Turn:
    """The turn of packed bytes; where they cannot be read, a failed one of this number and question."""
    try:
        form = json.loads(data)
        if form.get("evidence") and form["evidence"]["hits"] is None:
            form["evidence"]["hits"] = form["answer"]["evidence"]
        return turn_from_form(form)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return Turn(number, question, "failed")


def _evidence_form(evidence: Evidence) -> Json:
    return {
        "question": evidence.question,
        "language": evidence.language,
        "hits": [hit_form(hit) for hit in evidence.hits],
        "cut": [hit_form(hit) for hit in evidence.cut],
        "coverage": [round(share, 4) for share in evidence.coverage],
    }


def _evidence(form: Mapping[str, Any]) -> Evidence:
    return Evidence(
        question=str(form["question"]),
        language=LANGUAGES[LANGUAGES.index(form["language"])],
        hits=tuple(hit_from_form(hit) for hit in form["hits"]),
        cut=tuple(hit_from_form(hit) for hit in form["cut"]),
        coverage=tuple(float(share) for share in form["coverage"]),
    )


def _error_form(error: RagError) -> Json:
    values = {name: value if isinstance(value, (int, float)) else str(value) for name, value in error.values.items()}
    return {"kind": type(error).__name__, "values": values}


def _error(form: Mapping[str, Any]) -> RagError:
    kinds = {kind.__name__: kind for kind in _kinds(RagError)}
    try:
        return kinds.get(form["kind"], RagError)(**form["values"])
    except (KeyError, ValueError, IndexError):
        # a message of this version has a gap that the one which wrote it had not
        return RagError()


def _kinds(kind: type[RagError]) -> Iterator[type[RagError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
