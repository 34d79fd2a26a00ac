"""`rag eval`: gold questions in, figures and a report out.

Data goes to standard output, progress and messages to standard error. Exit status: 0 done, 1 where a threshold is not
met or the work failed, 2 wrong usage, 130 interrupted; what was judged until then is kept and taken up again. Every
option is a setting of `rag.config`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

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


_INDEX = click.option("--index", metavar="DIR", help="Folder of the index (indexes/default).")


@click.command("draft")
@_INDEX
@click.option("--feedback", metavar="FILE", help="What readers said of answers: the page's export, or answer objects.")
@click.option("-n", type=click.IntRange(1, 10_000), help="How many at most (20).")
@click.option("--out", metavar="FILE", help="File to write (standard output).")
@click.option("--model", metavar="MODEL", help="What proposes questions (auto); extractive for a rule.")
def draft(**options: Any) -> None:
    """Propose questions for a person to accept, as JSON lines, from feedback or from the passages of an index."""
    from rag.assistant import Assistant
    from rag.evaluation.draft import from_feedback, from_passages, write_drafts

    settings = Settings.load(**options)
    with Assistant.open(settings=settings, create=False) as assistant, _text_file(settings.out) as stream:
        if settings.feedback:
            drafts = from_feedback(Path(settings.feedback), assistant)
        else:
            drafts = from_passages(assistant, settings.n, model=assistant.generator().model)
        tell("eval.drafted", count=write_drafts(islice(drafts, settings.n), stream))


class _WithDraft(click.Command):
    """A command that hands over to `draft` where that is its first word."""

    commands = {"draft": draft}  # noqa: RUF012

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is asked for."""
        if args and args[0] in self.commands:
            return self.commands[args[0]].make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of the context."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@click.command("eval", cls=_WithDraft, epilog="rag eval draft proposes questions; see rag eval draft --help.")
@click.argument("gold", nargs=-1, metavar="GOLD...")
@click.option("--squad", multiple=True, metavar="FILE",
              help="Articles and questions of a SQuAD-format file, in a temporary index.")  # fmt: skip
@_INDEX
@click.option("--out", metavar="DIR", help="Folder of the run (a new one in runs/); a run broken off there goes on.")
@click.option("--baseline", metavar="RUN", help="Folder of an earlier run to compare with.")
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE",
              help="Exit with 1 below it: recall@5=0.9, zh-en/recall@5=0.8.")  # fmt: skip
@click.option("--gate", metavar="FILE", help="A TOML file of such thresholds.")
@click.option("--judge", is_flag=True, default=None, help="Ask the model for its opinion as well.")
@click.option("--model", metavar="MODEL", help="What writes the answers (auto); see rag models.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the report (the system's).")
@click.option("--json", is_flag=True, default=None, help="Print the figures as JSON.")
def eval_(gold: tuple[str, ...], **options: Any) -> None:
    """Judge answers, citations and refusals on the questions in GOLD (JSON lines; files or folders)."""
    settings = Settings.load(**options)
    # gold that is named wins over a file that a variable or rag.toml names
    squad = options["squad"] if gold else settings.squad
    if bool(gold) == bool(squad):
        raise click.UsageError(say("eval.usage_squad" if gold else "eval.usage", language()))
    if squad and options["index"]:
        raise click.UsageError(say("eval.usage_squad", language()))
    gates = _gates(settings.fail_under, Path(settings.gate) if settings.gate else None)
    baseline = _baseline(settings.baseline)
    folder = Path(settings.out or Path(RUNS) / datetime.now().strftime("%Y-%m-%d-%H%M%S"))
    with _opened(settings, gold, squad) as (assistant, pairs):
        run = _run(assistant, pairs, folder, settings.judge, [*gold, *squad])
        report = _report(assistant, run, baseline, gates, settings.language or language())
        _write(report)
    _show(report, settings.json)
    if not all(verdict.met for verdict in report.verdicts):
        raise SystemExit(1)


@contextmanager
def _text_file(path: str) -> Iterator[TextIO]:
    """A file to write text to, or standard output where none is named."""
    from rag.errors import BadRequest

    if not path:
        yield sys.stdout
        return
    try:
        stream = open(path, "w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise BadRequest(what=path, reason=str(error)) from error
    with stream:
        yield stream


@contextmanager
def _opened(settings: Settings, gold: Sequence[str], squad: Sequence[str]) -> Iterator[tuple[Assistant, GoldSet]]:
    """The index and the gold; that of SQuAD-format files lies in a temporary folder."""
    from rag.assistant import Assistant
    from rag.evaluation.gold import read_gold
    from rag.evaluation.squad import read_squad, write_articles

    if not squad:
        pairs = read_gold([Path(path) for path in gold])
        with Assistant.open(settings=settings, create=False) as assistant:
            yield assistant, pairs
        return
    found = read_squad([Path(path) for path in squad])
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


def _gates(given: Sequence[str], file: Path | None) -> tuple[Gate, ...]:
    from rag.errors import BadRequest
    from rag.evaluation.compare import parse_gate, read_gates

    try:
        named = tuple(parse_gate(text) for text in given)
    except BadRequest as error:
        raise click.UsageError(error.in_language(language())) from error
    return (*(read_gates(file) if file else ()), *named)


def _baseline(folder: str) -> Run | None:
    """The run to compare with, read before the new one may take its place."""
    from rag.evaluation.run_folder import read_run

    return read_run(Path(folder)) if folder else None


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
