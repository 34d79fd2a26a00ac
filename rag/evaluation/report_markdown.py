"""The report as a Markdown summary: the tables, without charts, and the failures in a line each.

Invariant: what stands in a cell cannot end the cell, its row or the table, or become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.evaluation.report import (
    Cell,
    Report,
    Table,
    change_table,
    facts,
    failures,
    figure_tables,
    gate_table,
    latency_table,
    loss_table,
    missing_table,
)

MOST_FAILURES = 50
"""Failures that the summary names."""

_MARKUP = re.compile(r"([\\`*\[\]<>|#]|(?<!\w)_|_(?!\w))")
_LONGEST = 160


def markdown_report(report: Report) -> str:
    """The summary as text."""
    return "\n".join(_blocks(report)) + "\n"


def markdown_table(table: Table) -> str:
    """One table, without its title; intervals stand in brackets."""
    head = "| " + " | ".join(map(_plain, table.header)) + " |"
    line = "|" + "---|" * len(table.header)
    return "\n".join([head, line, *("| " + " | ".join(map(_cell, row)) + " |" for row in table.rows)])


def _blocks(report: Report) -> Iterator[str]:
    yield f"# {report.word('title')}: {_plain(report.run.name)}\n"
    yield f"{report.run.summary.questions} {report.word('questions')}. {report.word('direction.note')}\n"
    yield f"{report.word('interval')}\n"
    tables = [gate_table(report), change_table(report), *figure_tables(report)]
    for table in [*tables, latency_table(report), loss_table(report), missing_table(report)]:
        if table is not None:
            yield f"## {_plain(table.title)}\n"
            if table.note:
                yield f"{_plain(table.note)}\n"
            yield markdown_table(table) + "\n"
    yield from _failures(report)
    yield f"## {report.word('about')}\n"
    yield from (f"- {_plain(name)}: {_plain(value)}" for name, value in facts(report))


def _failures(report: Report) -> Iterator[str]:
    lost = failures(report)
    yield f"## {report.word('failures')} ({len(lost)})\n"
    for row in lost[:MOST_FAILURES]:
        expected = " / ".join(row.answers) or report.word("expected.refusal")
        yield f"- {_plain(row.id)} ({report.word(f'loss.{row.loss}')}): {_plain(row.question)} → {_plain(expected)}"
    if len(lost) > MOST_FAILURES:
        yield f"\n{report.word('failures.more', count=len(lost) - MOST_FAILURES)}"
    yield ""


def _cell(cell: Cell) -> str:
    text = f"**{_plain(cell.text)}**" if cell.strong and cell.text else _plain(cell.text)
    return f"{text} [{cell.small}]" if cell.small else text


def _plain(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return _MARKUP.sub(r"\\\1", line)
