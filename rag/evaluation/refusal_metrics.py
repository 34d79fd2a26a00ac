"""How well the answerable is told from what the articles do not answer.

Invariant: to refuse is the positive decision: a refusal is right where the question is unanswerable. An answer is
wrong where the question is unanswerable or the answer is not correct. Nothing depends on the order of the questions,
also where confidences are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rag.evaluation.types import CurvePoint, Outcome, RiskCoverage


def refusal_precision(outcomes: Sequence[Outcome]) -> float | None:
    """Right refusals / refusals, in 0..1; `None` where nothing was refused. Van Rijsbergen 1979, ch. 7."""
    return _ratio(_right(outcomes), sum(one.refused for one in outcomes))


def refusal_recall(outcomes: Sequence[Outcome]) -> float | None:
    """Right refusals / unanswerable questions, in 0..1; `None` without such questions. Van Rijsbergen 1979, ch. 7."""
    return _ratio(_right(outcomes), sum(not one.answerable for one in outcomes))


def refusal_f1(outcomes: Sequence[Outcome]) -> float | None:
    """2 · right refusals / (refusals + unanswerable questions), in 0..1; `None` where both are none.

    Van Rijsbergen, Information Retrieval, 1979, ch. 7; for refusals Rajpurkar et al., ACL 2018 (SQuAD 2.0).
    """
    return _ratio(2 * _right(outcomes), sum(one.refused + (not one.answerable) for one in outcomes))


def wrongly_refused(outcomes: Sequence[Outcome]) -> float | None:
    """Refused answerable questions / answerable questions, in 0..1, less is better; `None` without such questions."""
    refused = sum(one.refused and one.answerable for one in outcomes)
    return _ratio(refused, sum(one.answerable for one in outcomes))


def refusal_figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """`refusal_precision`, `refusal_recall`, `refusal_f1` and `wrongly_refused`, those that are defined."""
    figures = {
        "refusal_precision": refusal_precision(outcomes),
        "refusal_recall": refusal_recall(outcomes),
        "refusal_f1": refusal_f1(outcomes),
        "wrongly_refused": wrongly_refused(outcomes),
    }
    return {name: value for name, value in figures.items() if value is not None}


def risk_coverage(outcomes: Sequence[Outcome]) -> RiskCoverage:
    """The selective risk at each confidence at which the system could have drawn the line, and the area under it.

    Over the answers by falling confidence: coverage = answered / all questions, refusals included, so the curve ends
    at the share that was answered (run with `refuse_below` 0 for all of it); risk = wrong / answered. The area is
    1/n Σ_{i=1..n} risk of the i most confident of n answers, in 0..1, less is better, 0 without any answer; answers
    of equal confidence count as in random order. El-Yaniv and Wiener, JMLR 11, 2010; the area (AURC) Geifman, Uziel,
    El-Yaniv, ICLR 2019.
    """
    answered = sorted((one for one in outcomes if not one.refused), key=lambda one: -one.confidence)
    points: list[CurvePoint] = []
    taken, wrong, risks = 0, 0, 0.0
    for confidence, group in _groups(answered):
        errors = sum(map(is_wrong, group))
        risks += sum((wrong + errors * i / len(group)) / (taken + i) for i in range(1, len(group) + 1))
        taken, wrong = taken + len(group), wrong + errors
        points.append(CurvePoint(confidence, taken / len(outcomes), wrong / taken))
    return RiskCoverage(tuple(points), risks / taken if taken else 0.0)


def is_wrong(outcome: Outcome) -> bool:
    """Whether an answer should not have been given as it was."""
    return not (outcome.answerable and outcome.correct)


def with_threshold(outcomes: Sequence[Outcome], refuse_below: float) -> tuple[Outcome, ...]:
    """The outcomes had everything below this confidence been refused as well; what was refused stays so."""
    return tuple(
        Outcome(one.answerable, one.refused or one.confidence < refuse_below, one.confidence, one.correct)
        for one in outcomes
    )


def _groups(answered: Sequence[Outcome]) -> Iterator[tuple[float, list[Outcome]]]:
    for confidence, group in groupby(answered, key=lambda one: one.confidence):
        yield confidence, list(group)


def _right(outcomes: Sequence[Outcome]) -> int:
    return sum(one.refused and not one.answerable for one in outcomes)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
