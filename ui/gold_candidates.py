"""Feedback as candidates for gold pairs, in the form that `rag eval` reads.

Invariant: only an answer that was called right gives answers and evidence. Whatever a person should look at first
bears the field `review`; a candidate that was called wrong also has the type `unreviewed`, so that it is taken for
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rag.types import Answer
from ui.conversation_store import Rated
from ui.export import written_json

_UNFIT = re.compile(r"[^\w\-. ]+")
_MARK = re.compile(r"\s*\[\d{1,4}\]")


def gold_candidates(rated: Iterable[Rated]) -> Iterator[dict[str, Any]]:
    """One candidate for each answer with feedback, in the order given; a turn without an answer gives none."""
    for one in rated:
        if one.turn.answer is not None:
            yield _candidate(one, one.turn.answer)


def as_json_lines(rated: Iterable[Rated]) -> str:
    """The candidates as JSON lines, to be written as UTF-8."""
    return "".join(written_json(candidate) + "\n" for candidate in gold_candidates(rated))


def file_name(collection: str) -> str:
    """A name for the file that any system takes."""
    words = " ".join(_UNFIT.sub(" ", collection).split())[:50].strip(". ")
    return f"feedback {words}".strip() + ".jsonl"


def _candidate(one: Rated, answer: Answer) -> dict[str, Any]:
    up = one.feedback.verdict == "up"
    pair: dict[str, Any] = {
        "id": f"feedback-{one.conversation}-{one.turn.number}",
        # a follow-up is of no use without what it leans on
        "question": answer.searched_for or answer.question,
        "question_lang": answer.language,
        "type": _type(answer) if up else "unreviewed",
        "answers": _answers(answer) if up and not answer.refused else [],
        "evidence": _quotes(answer, only_supported=True) if up and not answer.refused else [],
    }
    if not up:
        pair["review"] = _to_review(one, answer)
    elif not answer.refused and not pair["evidence"]:
        pair["review"] = {"verdict": "no evidence", "reason": one.feedback.reason}
    return pair


def _to_review(one: Rated, answer: Answer) -> dict[str, Any]:
    return {
        "verdict": "wrong refusal" if answer.refused else "wrong answer",
        "reason": one.feedback.reason,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "quotes": _quotes(answer, only_supported=False),
        "retrieved": list(dict.fromkeys(hit.source for hit in answer.evidence)),
        "generator": answer.generator,
    }


def _type(answer: Answer) -> str:
    """The type as far as the answer shows it."""
    if answer.refused:
        return "unanswerable"
    if not answer.short_answer:
        return "description"
    return "number" if any(char.isdecimal() for char in answer.short_answer) else "name"


def _answers(answer: Answer) -> list[str]:
    """The short answer; where there is none the quotes of an answer that quotes, or the text that a model wrote."""
    if answer.short_answer:
        return [answer.short_answer]
    if answer.generator == "extractive":
        return list(dict.fromkeys(citation.quote for citation in answer.citations if citation.supported))
    text = _MARK.sub("", answer.text).strip()
    return [text] if text else []


def _quotes(answer: Answer, only_supported: bool) -> list[dict[str, str]]:
    kept = [citation for citation in answer.citations if citation.supported or not only_supported]
    found = dict.fromkeys((citation.source, citation.quote) for citation in kept)
    return [{"doc": source, "quote": quote} for source, quote in found]
