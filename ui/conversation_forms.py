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
from rag.json_forms import answer_form
from rag.json_read import answer_from_form
from ui.conversation import Status, Turn
from ui.evidence_form import evidence_form, evidence_from_form, full, small

Json = dict[str, Any]

_STATUSES = get_args(Status)


def turn_form(turn: Turn) -> Json:
    """The turn as a JSON object; `answer` is the contract's answer object or null.

    `evidence` is what the search found, or null: `{"question", "language", "hits", "cut", "coverage"}`;
    of what was cut the texts are only the first words.
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
        "evidence": None if turn.evidence is None else evidence_form(turn.evidence),
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
            evidence=None if evidence is None else evidence_from_form(evidence),
        )
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"not the form of a turn: {type(exc).__name__} {exc}") from exc
    return turn.settled()


def packed(turn: Turn) -> bytes:
    """The form as UTF-8; half a surrogate pair, which no encoding has, is kept as it is.

    Hits that the answer's evidence repeats are held once, and what the search left out in its small form.
    """
    form = turn_form(turn)
    if form["evidence"]:
        form["evidence"] = small(form["evidence"])
    if form["evidence"] and form["answer"] and form["evidence"]["hits"] == form["answer"]["evidence"]:
        form["evidence"]["hits"] = None
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpacked(data: bytes, number: int, question: str) -> Turn:
    """The turn of packed bytes, also of earlier versions; an unreadable one is a failed turn of this question."""
    try:
        form = json.loads(data)
        if form.get("evidence"):
            form["evidence"] = full(form["evidence"])
            if form["evidence"]["hits"] is None:
                form["evidence"]["hits"] = form["answer"]["evidence"]
        return turn_from_form(form)
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError):
        return Turn(number, question, "failed")


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
