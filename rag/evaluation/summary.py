"""From judged questions to figures by direction.

Invariant: a figure is the mean over the questions that have the score, and says how many those are; the same rows
give the same figures, intervals included, whatever order they come in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from rag.evaluation.directions import ALL, DIRECTIONS
from rag.evaluation.judging import outcome_of
from rag.evaluation.losses import LOSSES
from rag.evaluation.refusal_metrics import (
    refusal_f1,
    refusal_precision,
    refusal_recall,
    risk_coverage,
    wrongly_refused,
)
from rag.evaluation.statistics import mean_figure, percentiles, statistic_figure
from rag.evaluation.types import Figure, Judged, Missing, Outcome, Summary

_SETWISE: Mapping[str, Callable[[Sequence[Outcome]], float | None]] = {
    "refusal_precision": refusal_precision,
    "refusal_recall": refusal_recall,
    "refusal_f1": refusal_f1,
    "wrongly_refused": wrongly_refused,
}


def summarise(rows: Sequence[Judged], missing: Sequence[Missing] = ()) -> Summary:
    """The figures of a run; raises `ValueError` without rows."""
    if not rows:
        raise ValueError("no judged question to summarise")
    rows = sorted(rows, key=lambda row: row.id)
    losses = Counter(row.loss for row in rows if row.loss)
    return Summary(
        questions=len(rows),
        figures={group: figures(inside) for group, inside in _grouped(rows).items()},
        curve=risk_coverage([outcome_of(row) for row in rows]),
        latency_ms=_latency(rows),
        losses={name: losses[name] for name in LOSSES if losses[name]},
        missing=tuple(missing),
    )


def figures(rows: Sequence[Judged]) -> dict[str, Figure]:
    """Every score of these questions as a figure, and those of refusal."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.scores.items():
            values[name].append(value)
    found = {name: mean_figure(scores) for name, scores in values.items()}
    outcomes = [outcome_of(row) for row in rows]
    asked = any(not one.answerable for one in outcomes)
    for name, statistic in _SETWISE.items():
        # where every question can be answered no refusal is right, which says nothing of refusals
        figure = statistic_figure(outcomes, statistic) if asked or name == "wrongly_refused" else None
        if figure is not None:
            found[name] = figure
    return found


def _grouped(rows: Sequence[Judged]) -> dict[str, list[Judged]]:
    groups = {name: [row for row in rows if name in row.directions] for name in (ALL, *DIRECTIONS)}
    return {name: inside for name, inside in groups.items() if inside}


def _latency(rows: Sequence[Judged]) -> dict[str, dict[str, float]]:
    stages: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for stage, ms in row.stages_ms.items():
            stages[stage].append(ms)
    return {stage: percentiles(times) for stage, times in stages.items()}
