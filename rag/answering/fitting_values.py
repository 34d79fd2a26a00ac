"""Which of the values found may be shown as the short answer: a wrong one is worse than none.

Invariant: values are only left out or kept as they are; what a sentence counts for in the choice is not changed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieval.question import Question
from rag.text.quantities import DateMention, Mention, find_quantities
from rag.text.quantity_forms import normal_form

_HOW_MANY = re.compile(r"多少|几|\bhow many\b", re.IGNORECASE)
_WHICH_YEAR = re.compile(r"哪一?年|\b(?:what|which) year\b", re.IGNORECASE)
_RANK_BEFORE = re.compile(r"(?:前|排名|\btop|\bnumber|\bno\.)\s*$", re.IGNORECASE)
_EARLIER_BEFORE = re.compile(r"\b(?:(?:up|down) from|compared (?:with|to))\s*$", re.IGNORECASE)
_ASKS_EARLIER = re.compile(
    r"\b(?:from|before|earlier|previous(?:ly)?|used to|compared)\b|[之此以]前|先前|原[来來本先]", re.I
)
_FAMILY = {"user": "person"}
_COUNTED = frozenset({"company", "person", "model", "country", "parameter"})
"""Units that exclude each other: seven companies are no answer to how many people."""

_MEASURE = re.compile(
    r"(?:平方|立方)(?:公里|千米|公尺|米|公分)|公[里尺分斤頃顷噸吨]|英[里尺寸]|[毫厘釐]米|毫升|攝氏度|摄氏度|畝|亩|"
    r" (?:square|cubic) (?:kilomet(?:er|re)|met(?:er|re)|mile|foot|feet|yard)s?\b| (?:hectare|acre)s?\b",
    re.IGNORECASE,
)


def fitting_values(question: Question, text: str, values: Iterable[Mention]) -> tuple[Mention, ...]:
    """The values of a sentence `text` that can be what the question asks for, in their order.

    A question for a reason is answered by none, one for a year only by a date that names it; a place in a ranking
    is no count, the former value no present one, and seven companies are not seven people.
    """
    if "reason" in question.asks:
        return ()
    unit = _unit_asked(question.text)
    return tuple(value for value in values if _fits(question, text, value, unit))


def with_measure(text: str, value: Mention) -> str:
    """The words of a value, together with a unit of measure that follows a bare number in `text`."""
    measure = None
    if not isinstance(value, DateMention) and value.kind == "count" and not value.unit:
        measure = _MEASURE.match(text, value.end)
    return value.text + measure.group() if measure else value.text


def _fits(question: Question, text: str, value: Mention, unit: str) -> bool:
    before = text[: value.start]
    if isinstance(value, DateMention):
        return value.year is not None or not _WHICH_YEAR.search(question.text)
    if value.kind == "count" and "ordinal" not in question.asks and _RANK_BEFORE.search(before):
        return False
    if _EARLIER_BEFORE.search(before) and not _ASKS_EARLIER.search(question.text):
        return False
    held = _FAMILY.get(value.unit, value.unit)
    return not (value.kind == "count" and {unit, held} <= _COUNTED and unit != held)


def _unit_asked(question: str) -> str:
    """The unit that a number in the place of the question word would have; empty where it has none."""
    asked = _HOW_MANY.search(normal_form(question))
    if asked is None:
        return ""
    # the comparable form has the length of the text
    stated = f"{question[: asked.start()]}7{question[asked.end() :]}"
    units = [m.unit for m in find_quantities(stated) if not isinstance(m, DateMention) and m.start == asked.start()]
    return _FAMILY.get(units[0], units[0]) if units else ""
