"""A run against another, and against thresholds.

Invariant: two runs are compared on the questions that both of them judged, question by question, and a threshold on a
figure that a run does not have is not met.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import BadRequest
from rag.evaluation.directions import ALL, DIRECTIONS, direction_named
from rag.evaluation.statistics import compare
from rag.evaluation.types import Comparison, Judged, Summary

COMPARED: tuple[str, ...] = (
    *(
        "recall@5",
        "complete@5",
        "mrr@10",
        "ndcg@10",
        "correct",
        "contains",
        "f1",
        "citation_evidence",
        "citation_recall",
    ),
    *("right_decision", "language_match"),
)
"""The scores that a comparison tests, where both runs have them."""

_ATTEMPT = "all/recall@5=0.9"


@dataclass(frozen=True, slots=True)
class Change:
    """How one score changed in one group of questions."""

    group: str
    metric: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Gate:
    """The least value that a figure may have; `group` is a direction or `all`."""

    group: str
    metric: str
    least: float

    @property
    def name(self) -> str:
        """As it is written: `zh-en/recall@5`."""
        return self.metric if self.group == ALL else f"{self.group}/{self.metric}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A threshold and what the run has; `value` is `None` where it has no such figure."""

    gate: Gate
    value: float | None

    @property
    def met(self) -> bool:
        """Whether the figure is at least the threshold."""
        # a figure of exactly the threshold is met also where its last bit is rounded
        return self.value is not None and self.value >= self.gate.least - 1e-9


def compare_runs(
    before: Sequence[Judged], after: Sequence[Judged], metrics: Sequence[str] = COMPARED
) -> tuple[Change, ...]:
    """The change of each score by direction, `all` first; groups without a common question are left out."""
    earlier = {row.id: row for row in before}
    pairs = [(earlier[row.id], row) for row in after if row.id in earlier]
    return tuple(_changes(pairs, metrics))


def common(before: Iterable[Judged], after: Iterable[Judged]) -> int:
    """How many questions both runs judged."""
    return len({row.id for row in before} & {row.id for row in after})


def change_form(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    return {"group": change.group, "metric": change.metric, **asdict(change.comparison)}


def parse_gate(text: str) -> Gate:
    """`METRIC=VALUE` or `DIRECTION/METRIC=VALUE`; raises `BadRequest` for anything else."""
    name, _, value = text.rpartition("=")
    group, slash, metric = name.strip().partition("/")
    if not slash:
        group, metric = ALL, group
    return _gate(group, metric.strip(), value, text)


def read_gates(path: Path) -> tuple[Gate, ...]:
    """The thresholds of a TOML file: a table for each direction or `all`, in it `"recall@5" = 0.9`.

    Raises `BadRequest` where it cannot be read or holds something else.
    """
    try:
        groups = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise BadRequest(what=str(path), reason_key="reason.not_found") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRequest(what=str(path), reason=str(error)) from error
    return tuple(_read(groups, path))


def check_gates(gates: Iterable[Gate], summary: Summary) -> tuple[Verdict, ...]:
    """What a run has for each threshold."""
    figures = summary.figures
    return tuple(
        Verdict(gate, figures[gate.group][gate.metric].value if gate.metric in figures.get(gate.group, {}) else None)
        for gate in gates
    )


def verdict_form(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return {**asdict(verdict.gate), "value": verdict.value, "met": verdict.met}


def _changes(pairs: Sequence[tuple[Judged, Judged]], metrics: Sequence[str]) -> Iterator[Change]:
    for group in (ALL, *DIRECTIONS):
        within = [pair for pair in pairs if group in pair[1].directions]
        for metric in metrics:
            both = [
                (a.scores[metric], b.scores[metric]) for a, b in within if metric in a.scores and metric in b.scores
            ]
            if both:
                yield Change(group, metric, compare([a for a, _ in both], [b for _, b in both]))


def _read(groups: Mapping[str, Any], path: Path) -> Iterator[Gate]:
    for group, metrics in groups.items():
        if not isinstance(metrics, dict):
            raise _unusable(f"{path}: {group}")
        for metric, value in metrics.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise _unusable(f"{path}: {metric}")
            yield _gate(group, metric, str(value), f"{path}: {group}/{metric}={value}")


def _gate(group: str, metric: str, value: str, written: str) -> Gate:
    known = direction_named(group)
    try:
        least = float(value)
    except ValueError:
        least = float("nan")
    if known is None or not metric or not abs(least) < float("inf"):
        raise _unusable(written)
    return Gate(known, metric, least)


def _unusable(written: str) -> BadRequest:
    names = ", ".join((ALL, *DIRECTIONS))
    return BadRequest(what=written, reason_key="reason.bad_gate", example=_ATTEMPT, names=names)
