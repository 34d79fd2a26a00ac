"""The folder of a run: what lies in it, and reading it back.

Invariant: rows are appended one line at a time and the summary is written last, so a folder without a summary is a
run that was broken off, and every whole line in it is a question that need not be asked again.

    run.json        configuration, versions, fingerprints, git commit
    rows.jsonl      one judged question a line, in the order in which they were answered
    summary.json    figures by direction
    run.trec        the ranking of every question; qrels.trec, qrels_articles.trec: what is relevant
    report.html     the report, also as report.md; comparison.json: against another run, where one was named
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import BadRequest
from rag.evaluation.types import CurvePoint, Figure, Judged, Missing, Place, Qrels, RiskCoverage, Summary

RUN, ROWS, SUMMARY, COMPARISON = "run.json", "rows.jsonl", "summary.json", "comparison.json"
REPORT_HTML, REPORT_MARKDOWN = "report.html", "report.md"
TREC_RUN, TREC_QRELS, TREC_ARTICLES = "run.trec", "qrels.trec", "qrels_articles.trec"
FILES = (RUN, ROWS, SUMMARY, COMPARISON, REPORT_HTML, REPORT_MARKDOWN, TREC_RUN, TREC_QRELS, TREC_ARTICLES)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: `config` is what `run.json` holds, `rows` are in the order of the gold."""

    folder: Path
    config: Mapping[str, Any]
    rows: tuple[Judged, ...]
    summary: Summary

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.resolve().name


def row_form(row: Judged) -> Json:
    """A judged question as JSON."""
    return asdict(row)


def row_of(form: Mapping[str, Any]) -> Judged:
    """A judged question from its JSON; raises `KeyError` or `TypeError` for what is none."""
    values = dict(form)
    values["places"] = tuple(Place(**place) for place in values["places"])
    for name in ("answers", "directions", "retrieved"):
        values[name] = tuple(values[name])
    return Judged(**values)


def summary_form(summary: Summary) -> Json:
    """A summary as JSON."""
    return asdict(summary)


def summary_of(form: Mapping[str, Any]) -> Summary:
    """A summary from its JSON; raises `KeyError` or `TypeError` for what is none."""
    figures = {group: {name: Figure(**one) for name, one in found.items()} for group, found in form["figures"].items()}
    curve = RiskCoverage(tuple(CurvePoint(**point) for point in form["curve"]["points"]), form["curve"]["area"])
    missing = tuple(Missing(**one) for one in form["missing"])
    return Summary(form["questions"], figures, curve, form["latency_ms"], form["losses"], missing)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file as a whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)


def read_json(path: Path) -> Json:
    """A JSON object; an empty one where there is no such file or it holds none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_rows(path: Path) -> dict[str, Judged]:
    """The judged questions of a file by id; a line that was cut off is left out, of two of one id the last counts."""
    rows: dict[str, Judged] = {}
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return rows
    for line in text.split("\n"):
        try:
            row = row_of(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        rows[row.id] = row
    return rows


def read_run(folder: Path) -> Run:
    """A finished run; raises `BadRequest` where the folder holds none."""
    try:
        summary = summary_of(read_json(folder / SUMMARY))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRequest(what=str(folder), reason_key="reason.no_run") from error
    return Run(folder, read_json(folder / RUN), tuple(read_rows(folder / ROWS).values()), summary)


def trec_run(rows: Iterable[Judged], tag: str) -> str:
    """The rankings as TREC reads them: `qid Q0 docid rank score tag`, the score falling with the rank."""
    return "".join(
        f"{_word(row.id)} Q0 {_word(passage)} {rank} {1 / rank:.6f} {_word(tag)}\n"
        for row in rows
        for rank, passage in enumerate(row.retrieved, start=1)
    )


def trec_qrels(qrels: Qrels, ids: Sequence[str], articles: bool = False) -> str:
    """What is relevant as TREC reads it: `qid 0 docid grade`, by passage or by article."""
    lines = []
    for key in ids:
        relevant = qrels.relevant.get(key)
        if relevant is not None:
            graded = relevant.articles if articles else relevant.passages
            lines += [f"{_word(key)} 0 {_word(name)} {grade}\n" for name, grade in graded.items()]
    return "".join(lines)


def _word(text: str) -> str:
    """A text as one column: white space, which parts the columns, becomes an underscore."""
    return "_".join(text.split()) or "_"
