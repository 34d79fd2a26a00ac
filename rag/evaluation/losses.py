"""Which stage lost a question: the earliest one after which the answer could no longer be right.

Invariant: a question that was answered rightly has no loss, every other one has exactly one. With evidence in several
parts the stage that lost any part lost the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NOT_RETRIEVED = "not_retrieved"
RANKED_LOW = "ranked_low"
CUT = "cut"
WRONGLY_REFUSED = "wrongly_refused"
NOT_SELECTED = "not_selected"
WRONG_SPAN = "wrong_span"
WRONGLY_ANSWERED = "wrongly_answered"
FAILED = "failed"

LOSSES: tuple[str, ...] = (
    *(NOT_RETRIEVED, RANKED_LOW, CUT, WRONGLY_REFUSED, NOT_SELECTED, WRONG_SPAN, WRONGLY_ANSWERED, FAILED),
)
"""All losses, in the order of the stages.

not_retrieved: no passage that holds the evidence is among the candidates. ranked_low: it is, but below the most
passages that an answer is handed. cut: it is among those, but its score fell below the cut. wrongly_refused: the
answerer had it and refused. not_selected: it answered from other passages. wrong_span: from the right passage, but
with other words. wrongly_answered: the articles do not answer, and it did. failed: no answer came at all.
"""


@dataclass(frozen=True, slots=True)
class Course:
    """How a question went through the stages.

    `parts` are the passages of each part of the evidence, any of which will do. `retrieved` are passage ids, best
    first, of which the answerer was handed the first `kept` and could have been handed `limit`. `cited` are the
    passages behind the citations.
    """

    answerable: bool
    refused: bool
    correct: bool
    parts: Sequence[frozenset[str]] = ()
    retrieved: Sequence[str] = ()
    kept: int = 0
    limit: int = 0
    cited: frozenset[str] = frozenset()


def loss_of(course: Course) -> str:
    """The loss, one of `LOSSES`; empty where there is none."""
    if not course.answerable:
        return "" if course.refused else WRONGLY_ANSWERED
    if course.correct and not course.refused:
        return ""
    stages = [*_before_the_answer(course)]
    if stages:
        return min(stages, key=LOSSES.index)
    if course.refused:
        return WRONGLY_REFUSED
    return WRONG_SPAN if all(part & course.cited for part in course.parts) else NOT_SELECTED


def _before_the_answer(course: Course) -> Iterator[str]:
    ranks = {passage: rank for rank, passage in enumerate(course.retrieved, start=1)}
    for part in course.parts:
        best = min((ranks[passage] for passage in part if passage in ranks), default=None)
        if best is None:
            yield NOT_RETRIEVED
        elif best > course.kept:
            yield CUT if best <= course.limit else RANKED_LOW
