"""`rag eval`: gold questions in, figures and a report out.

Data goes to standard output, progress and messages to standard error. Exit status: 0 done, 1 where a threshold is not
met or the work failed, 2 wrong usage, 130 interrupted; what was judged until then is kept and taken up again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.config import Settings
from rag.console import language, print_json, print_text, tell
from rag.messages import say
from rag.types import LANGUAGES

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.evaluation.compare import Gate, Verdict
    from rag.evaluation.report import Report
    from rag.evaluation.run_folder import Run
    from rag.evaluation.types import GoldSet

RUNS = "runs"
"""The folder in which a run gets a folder of its own where none is named."""


@click.command("eval")
@click.argument("gold", nargs=-1, type=click.Path(path_type=Path), metavar="GOLD...")
@click.option("--squad", multiple=True, type=click.Path(path_type=Path), metavar="FILE", envvar="RAG_SQUAD",
              help="Articles and questions of a SQuAD-format file, in a temporary index.")  # fmt: skip
@click.option("--index", metavar="DIR", help="Folder of the index (indexes/default).")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", envvar="RAG_OUT",
              help="Folder of the run (a new one in runs/); a run broken off there goes on.")  # fmt: skip
@click.option("--baseline", type=click.Path(path_type=Path), metavar="RUN", envvar="RAG_BASELINE",
              help="Folder of an earlier run to compare with.")  # fmt: skip
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE", envvar="RAG_FAIL_UNDER",
              help="Exit with 1 below it: recall@5=0.9, zh-en/recall@5=0.8.")  # fmt: skip
@click.option("--gate", type=click.Path(path_type=Path), metavar="FILE", envvar="RAG_GATE",
              help="A TOML file of such thresholds.")  # fmt: skip
@click.option("--judge", is_flag=True, default=None, envvar="RAG_JUDGE", help="Ask the model for its opinion as well.")
@click.option("--model", metavar="MODEL", help="What writes the answers (auto); see rag models.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the report (the system's).")
@click.option("--json", is_flag=True, default=None, help="Print the figures as JSON.")
def eval_(gold: tuple[Path, ...], **options: Any) -> None:
    """Judge answers, citations and refusals on the questions in GOLD (JSON lines; files or folders)."""
    squad = options.pop("squad")
    if bool(gold) == bool(squad):
        raise click.UsageError(say("eval.usage_squad" if gold else "eval.usage", language()))
    if squad and options["index"]:
        raise click.UsageError(say("eval.usage_squad", language()))
    own = {name: options.pop(name) for name in ("out", "baseline", "fail_under", "gate", "judge")}
    settings = Settings.load(**options)
    gates, baseline = _gates(own["fail_under"], own["gate"]), _baseline(own["baseline"])
    folder = own["out"] or Path(RUNS) / datetime.now().strftime("%Y-%m-%d-%H%M%S")
    with _opened(settings, gold, squad) as (assistant, pairs):
        run = _run(assistant, pairs, folder, bool(own["judge"]), [str(path) for path in (*gold, *squad)])
        report = _report(assistant, run, baseline, gates, settings.language or language())
        _write(report)
    _show(report, settings.json)
    if not all(verdict.met for verdict in report.verdicts):
        raise SystemExit(1)


@contextmanager
def _opened(settings: Settings, gold: tuple[Path, ...], squad: tuple[Path, ...]) -> Iterator[tuple[Assistant, GoldSet]]:
    """The index and the gold; that of SQuAD-format files lies in a temporary folder."""
    from rag.assistant import Assistant
    from rag.evaluation.gold import read_gold
    from rag.evaluation.squad import read_squad, write_articles

    if not squad:
        pairs = read_gold(list(gold))
        with Assistant.open(settings=settings, create=False) as assistant:
            yield assistant, pairs
        return
    found = read_squad(list(squad))
    with tempfile.TemporaryDirectory(prefix="rag-eval-") as folder:
        place = Path(folder)
        with Assistant.open(place / "index", settings) as assistant:
            with _bar("B") as show:
                assistant.ingest(write_articles(found, place), progress=lambda _, done, total: show(done, total))
            yield assistant, found.gold


def _run(assistant: Assistant, gold: GoldSet, folder: Path, judged: bool, named: list[str]) -> Run:
    from rag.evaluation.run import evaluate

    _tell_gold(gold)
    if judged and assistant.generator().model is None:
        tell("eval.no_judge")
    try:
        with _bar("q") as show:
            run = evaluate(assistant, gold, folder, show, judged_by_model=judged, notes={"gold_files": named})
    except KeyboardInterrupt:
        tell("eval.go_on", folder=folder)
        raise
    if run.config["resumed"]:
        tell("eval.resumed", count=run.config["resumed"])
    if run.config["not_located"]:
        tell("eval.not_located", count=run.config["not_located"])
    return run


def _tell_gold(gold: GoldSet) -> None:
    for bad in gold.bad:
        tell("eval.bad_line", where=bad.where, reason=say(bad.key, language(), **bad.values))
    if gold.drafts:
        tell("eval.drafts", count=gold.drafts)


def _gates(given: tuple[str, ...], file: Path | None) -> tuple[Gate, ...]:
    from rag.errors import BadRequest
    from rag.evaluation.compare import parse_gate, read_gates

    try:
        named = tuple(parse_gate(text) for text in given)
    except BadRequest as error:
        raise click.UsageError(error.in_language(language())) from error
    return (*(read_gates(file) if file else ()), *named)


def _baseline(folder: Path | None) -> Run | None:
    """The run to compare with, read before the new one may take its place."""
    from rag.evaluation.run_folder import read_run

    return read_run(folder) if folder else None


def _report(assistant: Assistant, run: Run, baseline: Run | None, gates: tuple[Gate, ...], chosen: str) -> Report:
    from rag.evaluation.compare import check_gates, common, compare_runs
    from rag.evaluation.report import Report

    return Report(
        run=run,
        language=chosen,
        changes=compare_runs(baseline.rows, run.rows) if baseline else (),
        baseline=baseline.name if baseline else "",
        common=common(baseline.rows, run.rows) if baseline else 0,
        verdicts=check_gates(gates, run.summary),
        words_of=lambda place: assistant.article(place.article_id).text[place.start : place.end],
    )


def _write(report: Report) -> None:
    from rag.evaluation import run_folder as files
    from rag.evaluation.compare import change_form
    from rag.evaluation.report_html import html_report
    from rag.evaluation.report_markdown import markdown_report

    folder = report.run.folder
    files.write_text(folder / files.REPORT_HTML, html_report(report))
    files.write_text(folder / files.REPORT_MARKDOWN, markdown_report(report))
    if report.baseline:
        changes = [change_form(change) for change in report.changes]
        files.write_json(folder / files.COMPARISON, {"baseline": report.baseline, "changes": changes})


def _show(report: Report, as_json: bool) -> None:
    from rag.evaluation.compare import change_form, verdict_form
    from rag.evaluation.report import change_table, figure_tables, loss_table
    from rag.evaluation.report_markdown import markdown_table
    from rag.evaluation.run_folder import REPORT_HTML, summary_form

    if as_json:
        form: dict[str, Any] = {"folder": str(report.run.folder), "run": dict(report.run.config)} | summary_form(
            report.run.summary
        )
        form |= {"changes": [change_form(one) for one in report.changes]}
        print_json(form | {"gates": [verdict_form(one) for one in report.verdicts]})
    else:
        for table in (change_table(report), *figure_tables(report), loss_table(report)):
            if table is not None:
                print_text(f"{table.title}\n\n{markdown_table(table)}\n")
    _tell_verdicts(report.verdicts)
    seconds, path = f"{report.run.config['seconds']:.0f}", report.run.folder / REPORT_HTML
    tell("eval.done", count=report.run.summary.questions, seconds=seconds, report=path)


def _tell_verdicts(verdicts: tuple[Verdict, ...]) -> None:
    for verdict in verdicts:
        if verdict.value is None:
            tell("eval.gate_unknown", name=verdict.gate.name)
        elif not verdict.met:
            least = f"{verdict.gate.least:g}"
            tell("eval.gate_missed", name=verdict.gate.name, value=f"{verdict.value:.4f}", least=least)


@contextmanager
def _bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error while a block runs."""
    from tqdm import tqdm

    with tqdm(unit=unit, unit_scale=unit == "B", file=sys.stderr, disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
