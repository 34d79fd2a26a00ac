"""What a report says, before it is a page: tables, charts' values and failures.

Invariant: both forms of a report, the page and the Markdown summary, are made from the same values, so they never
disagree; nothing here knows of HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.evaluation.compare import Change, Verdict
from rag.evaluation.directions import ALL, DIRECTIONS
from rag.evaluation.losses import LOSSES
from rag.evaluation.retrieval_metrics import KS
from rag.evaluation.run_folder import Run
from rag.evaluation.types import Figure, Judged, Place
from rag.evaluation.words import direction_word, word
from rag.types import LANGUAGES

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "retrieval": ("recall@5", "complete@5", "success@5", "mrr@10", "ndcg@10", "article_recall@5", "article_mrr@10"),
    "answers": ("correct", "contains", "exact_match", "f1", "quantity_match", "list_recall", "length"),
    "citations": (
        *("citation_precision", "citation_evidence", "citation_recall", "citation_supported", "citation_resolved"),
    ),
    "refusals": (
        *("right_decision", "refusal_precision", "refusal_recall", "refusal_f1", "wrongly_refused", "language_match"),
    ),
    "judge": ("judge_faithfulness", "judge_correct"),
}  # fmt: skip
"""The figures of each table, in order."""

DRAWN = ("complete@5", "correct", "citation_recall", "right_decision")
"""The figures that are drawn as bars by direction."""

MOST_FAILURES = 300
"""Failures that a page shows; all of them are in the rows."""

WordsOf = Callable[[Place], str]
"""The stored words at a place of the evidence."""

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; a `strong` one stands out, `small` stands beside it."""

    text: str
    small: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the rows."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """Shares by question language (rows) and article language (columns), `None` where there are no questions."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    notes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report is made of; `words_of` gives the words of evidence, `language` is the interface language."""

    run: Run
    language: str
    changes: tuple[Change, ...] = ()
    baseline: str = ""
    common: int = 0
    verdicts: tuple[Verdict, ...] = ()
    words_of: WordsOf = field(default=lambda place: "")

    def word(self, key: str, **values: object) -> str:
        """A label in the language of the report."""
        return word(key, self.language, **values)


def figure_tables(report: Report) -> Iterator[Table]:
    """A table by direction for each section that the run has figures for."""
    figures = report.run.summary.figures
    for section, metrics in SECTIONS.items():
        shown = [name for name in metrics if any(name in found for found in figures.values())]
        if shown:
            rows = [_figure_row(report, group, shown) for group in groups(report)]
            header = (report.word("direction"), report.word("count"), *shown)
            note = report.word("judge.note") if section == "judge" else ""
            yield Table(report.word(section), header, tuple(rows), note)


def change_table(report: Report) -> Table | None:
    """All scores against the baseline, and those of a direction that changed; `None` without a baseline."""
    if not report.baseline:
        return None
    header = (*map(report.word, ("direction", "metric", "before", "after", "difference")), "p")
    shown = [one for one in report.changes if one.group == ALL or one.comparison.difference.value]
    rows = tuple(_change_row(report, change) for change in shown)
    note = report.word("compare.note", count=report.common)
    return Table(report.word("compare", name=report.baseline), header, rows, note)


def gate_table(report: Report) -> Table | None:
    """The thresholds and whether they are met; `None` without any."""
    if not report.verdicts:
        return None
    header = (report.word("metric"), report.word("gate.least"), report.word("value"), "")
    rows = tuple(_gate_row(report, verdict) for verdict in report.verdicts)
    return Table(report.word("gates"), header, rows)


def loss_table(report: Report) -> Table:
    """How many questions each stage lost, by direction."""
    shown = [name for name in LOSSES if name in report.run.summary.losses]
    rows = []
    for group in groups(report):
        inside = [row for row in report.run.rows if group in row.directions]
        counts = [sum(row.loss == name for row in inside) for name in shown]
        cells = [Cell(str(count) if count else "–") for count in counts]
        rows.append((_name(report, group), Cell(str(len(inside))), *cells))
    header = (report.word("direction"), report.word("count"), *(report.word(f"loss.{name}") for name in shown))
    return Table(report.word("losses"), header, tuple(rows))


def latency_table(report: Report) -> Table:
    """Median and 95th percentile of each stage in milliseconds."""
    found = report.run.summary.latency_ms
    stages = [stage for stage in ("retrieve", "generate", "total") if stage in found]
    rows = tuple(
        (Cell(report.word(f"stage.{stage}")), *(Cell(f"{found[stage][name]:.0f}") for name in ("p50", "p95")))
        for stage in stages
    )
    workers = int(report.run.config.get("workers", 1))
    note = report.word("latency.note", count=workers) if workers > 1 else ""
    return Table(report.word("latency"), (report.word("stage"), "p50", "p95"), rows, note)


def missing_table(report: Report) -> Table | None:
    """The evidence that was not found; `None` where all was."""
    missing = report.run.summary.missing
    if not missing:
        return None
    rows = tuple(
        (Cell(one.pair_id), Cell(one.doc), Cell(one.quote), Cell(report.word(f"missing.{one.reason}")))
        for one in missing
    )
    header = (report.word("questions"), report.word("evidence"), "", "")
    return Table(report.word("missing"), header, rows)


def groups(report: Report) -> list[str]:
    """The directions that the run has questions of, then `all`."""
    return [name for name in (*DIRECTIONS, ALL) if name in report.run.summary.figures]


def recall_curves(report: Report) -> dict[str, tuple[tuple[float, float], ...]]:
    """Recall at each k by direction, as points (k, recall)."""
    curves = {}
    for group in groups(report):
        found = report.run.summary.figures[group]
        points = tuple((float(k), found[f"recall@{k}"].value) for k in KS if f"recall@{k}" in found)
        if points:
            curves[group] = points
    return curves


def heat(report: Report) -> Heat:
    """The share of questions with evidence in a language among the first five, where there is evidence in it."""
    cells = [[_found(report.run.rows, asked, written) for written in LANGUAGES] for asked in LANGUAGES]
    return Heat(
        rows=tuple(report.word("heat.question", name=direction_word(name, report.language)) for name in LANGUAGES),
        columns=tuple(direction_word(name, report.language) for name in LANGUAGES),
        values=tuple(tuple(value for value, _ in row) for row in cells),
        notes=tuple(tuple("" if value is None else f"{value:.2f} (n={n})" for value, n in row) for row in cells),
    )


def failures(report: Report) -> list[Judged]:
    """The questions that were lost, by stage and then in the order of the gold."""
    return sorted((row for row in report.run.rows if row.loss), key=lambda row: LOSSES.index(row.loss))


def shown_figure(name: str, figure: Figure) -> Cell:
    """A figure with its interval."""
    if name == "length":
        return Cell(f"{figure.value:.0f}")
    return Cell(f"{figure.value:.3f}", f"{figure.low:.2f}–{figure.high:.2f}")


def facts(report: Report) -> list[tuple[str, str]]:
    """What the run was made with, as names and values."""
    config = report.run.config
    names = ("date", "commit", "generator", "encoder", "articles", "passages", "index", "gold", "seconds", "python")
    found = [(name, str(config[name])) for name in names if config.get(name) not in (None, "")]
    settings = config.get("settings", {})
    found += [(name, str(value)) for name, value in settings.items() if value not in ("", (), [])]
    return found + [(f"{name} (package)", str(value)) for name, value in config.get("packages", {}).items()]


def _figure_row(report: Report, group: str, metrics: Sequence[str]) -> tuple[Cell, ...]:
    found = report.run.summary.figures[group]
    count = sum(group in row.directions for row in report.run.rows)
    cells = [shown_figure(name, found[name]) if name in found else Cell("–") for name in metrics]
    return (_name(report, group), Cell(str(count)), *cells)


def _change_row(report: Report, change: Change) -> tuple[Cell, ...]:
    one = change.comparison
    difference = one.difference
    return (
        Cell(direction_word(change.group, report.language)),
        Cell(change.metric),
        Cell(f"{one.before:.3f}"),
        Cell(f"{one.after:.3f}"),
        Cell(f"{difference.value:+.3f}", f"{difference.low:+.2f}…{difference.high:+.2f}", one.p < SIGNIFICANT),
        Cell(f"{one.p:.3f}"),
    )


def _gate_row(report: Report, verdict: Verdict) -> tuple[Cell, ...]:
    state = "gate.met" if verdict.met else "gate.missed" if verdict.value is not None else "gate.unknown"
    value = "–" if verdict.value is None else f"{verdict.value:.3f}"
    return (
        Cell(verdict.gate.name),
        Cell(f"{verdict.gate.least:g}"),
        Cell(value),
        Cell(report.word(state), strong=not verdict.met),
    )


def _name(report: Report, group: str) -> Cell:
    return Cell(direction_word(group, report.language), strong=group == ALL)


def _found(rows: Sequence[Judged], asked: str, written: str) -> tuple[float | None, int]:
    scores = [
        row.scores[f"found_{written}@5"] for row in rows if row.language == asked and f"found_{written}@5" in row.scores
    ]
    return (sum(scores) / len(scores) if scores else None), len(scores)
