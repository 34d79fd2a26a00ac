"""The JSON forms read back: each function is the inverse of its namesake in `rag.json_forms`.

Invariant: `answer_form(answer_from_form(form)) == form` for every form that `answer_form` makes. A form holds scores,
support and confidence to four decimals and times to two, so what comes back equals what was written to that precision
and exactly where it was no finer; every text, offset and flag comes back as it was. What a form of an earlier version
lacks takes its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_type_hints

from rag.types import LANGUAGES, Answer, Citation, Hit, Language, Passage, Sentence, Span, Timings

Form = Mapping[str, Any]

_T = TypeVar("_T")
_REASONS = get_args(get_type_hints(Sentence)["reason"])


def hit_from_form(form: Form) -> Hit:
    """A ranked passage; raises `ValueError` for what is not the form of one."""
    return _read(_hit, form)


def citation_from_form(form: Form) -> Citation:
    """A numbered quote; raises `ValueError` for what is not the form of one."""
    return _read(_citation, form)


def sentence_from_form(form: Form) -> Sentence:
    """A checked sentence; raises `ValueError` for what is not the form of one."""
    return _read(_sentence, form)


def answer_from_form(form: Form) -> Answer:
    """An answer with its citations and evidence; raises `ValueError` for what is not the form of one."""
    return _read(_answer, form)


def _read(reader: Callable[[Form], _T], form: Form) -> _T:
    try:
        return reader(form)
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"not a form of this kind: {type(exc).__name__} {exc}") from exc


def _hit(form: Form) -> Hit:
    passage = Passage(
        str(form["article_id"]),
        int(form["start"]),
        int(form["end"]),
        str(form["text"]),
        _language(form["language"]),
        str(form.get("heading", "")),
    )
    components = {str(name): float(value) for name, value in form.get("components", {}).items()}
    return Hit(passage, str(form["source"]), str(form["title"]), float(form["score"]), int(form["rank"]), components)


def _citation(form: Form) -> Citation:
    page, date = form.get("page"), form.get("date")
    return Citation(
        number=int(form["number"]),
        passage_id=str(form["passage_id"]),
        article_id=str(form["article_id"]),
        source=str(form["source"]),
        title=str(form["title"]),
        language=_language(form["language"]),
        start=int(form["start"]),
        end=int(form["end"]),
        quote=str(form["quote"]),
        supported=bool(form["supported"]),
        support=float(form["support"]),
        page=None if page is None else int(page),
        date=None if date is None else str(date),
        matched=tuple(Span(int(start), int(end)) for start, end in form.get("matched", ())),
    )


def _sentence(form: Form) -> Sentence:
    reason = form.get("reason", "")
    if reason not in _REASONS:
        raise ValueError(f"no reason that a check gives: {reason!r}")
    return Sentence(
        start=int(form["start"]),
        end=int(form["end"]),
        citations=tuple(int(number) for number in form["citations"]),
        supported=bool(form["supported"]),
        support=float(form["support"]),
        reason=reason,
        missing=tuple(str(word) for word in form.get("missing", ())),
    )


def _answer(form: Form) -> Answer:
    short, searched_for = form.get("short_answer"), form.get("searched_for")
    times = form.get("timings_ms", {})
    return Answer(
        question=str(form["question"]),
        language=_language(form["language"]),
        text=str(form["answer"]),
        refused=bool(form["refused"]),
        confidence=float(form["confidence"]),
        citations=tuple(_citation(citation) for citation in form["citations"]),
        evidence=tuple(_hit(hit) for hit in form["evidence"]),
        short_answer=None if short is None else str(short),
        generator=str(form["generator"]),
        timings_ms=Timings(*(float(times.get(stage, 0.0)) for stage in ("retrieve", "generate", "total"))),
        sentences=tuple(_sentence(sentence) for sentence in form.get("sentences", ())),
        thinking=str(form.get("thinking", "")),
        searched_for=None if searched_for is None else str(searched_for),
        notices=tuple(str(notice) for notice in form.get("notices", ())),
        unknown_citations=int(form.get("unknown_citations", 0)),
    )


def _language(value: object) -> Language:
    for language in LANGUAGES:
        if value == language:
            return language
    raise ValueError(f"no language that is known here: {value!r}")
