"""The command line: data on standard output, progress and messages on standard error.

Exit status: 0 done (a refusal is an answer), 1 an error of the work, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import json
import locale
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from rag.config import Settings
from rag.errors import BadRequest, NotYet, RagError
from rag.messages import language_from_locale, say
from rag.types import LANGUAGES, Answer, Filters, IngestReport

if TYPE_CHECKING:
    from rag.assistant import Assistant

_INDEX = click.option("--index", metavar="DIR", envvar="RAG_INDEX", help="Folder of the index (indexes/default).")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_LANGUAGES = click.option(
    "--language", "languages", type=click.Choice(LANGUAGES), multiple=True, help="Only articles in this language."
)
_ARTICLES = click.option("--article", "articles", metavar="ID", multiple=True, help="Only this article.")
_SINCE = click.option("--since", metavar="DATE", help="Only articles dated on or after (ISO 8601).")
_UNTIL = click.option("--until", metavar="DATE", help="Only articles dated on or before (ISO 8601).")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="bilingual-rag")
def cli() -> None:
    """Ask your Chinese and English articles; every sentence of an answer is cited."""


@cli.command()
@_INDEX
@click.option("--host", envvar="RAG_HOST", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), envvar="RAG_PORT", help="Port to listen on (7860).")
def chat(index: str | None, host: str | None, port: int | None) -> None:
    """Serve the chat page; indexes the corpus folder first if the default index is empty."""
    settings = Settings.load(index=index, host=host, port=port)
    assistant = _open(settings)
    if not assistant.articles() and settings.index == Settings().index and Path(settings.corpus).is_dir():
        _print_report(_ingest(assistant, (settings.corpus,)))
    from ui.app import serve

    serve(assistant, settings, lambda url: _tell("chat.ready", url=url))


@cli.command()
@click.argument("question", required=False)
@click.option("--batch", type=click.Path(), metavar="FILE", help='JSON lines of {"id", "question"}; - for standard input.')
@_INDEX
@_JSON
@_LANGUAGES
@_ARTICLES
@_SINCE
@_UNTIL
def ask(
    question: str | None,
    batch: str | None,
    index: str | None,
    as_json: bool,
    languages: tuple[Any, ...],
    articles: tuple[str, ...],
    since: str | None,
    until: str | None,
) -> None:
    """Answer one QUESTION, or every question of a batch file."""
    _exactly_one(question, batch)
    from rag.json_forms import answer_form

    filters = Filters(languages, articles, since, until)
    assistant = _open(Settings.load(index=index), create=False)
    if batch is not None:
        _run_batch(batch, "question", lambda text, key: answer_form(assistant.ask(text, filters=filters), key))
        return
    answer = assistant.ask(question or "", filters=filters)
    _print_json(answer_form(answer)) if as_json else _print_answer(answer)


@cli.command()
@click.argument("query", required=False)
@click.option("--batch", type=click.Path(), metavar="FILE", help='JSON lines of {"id", "query"}; - for standard input.')
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many passages.")
@click.option("--mode", type=click.Choice(["hybrid", "dense", "lexical"]), default="hybrid", show_default=True)
@_INDEX
@_JSON
@_LANGUAGES
@_ARTICLES
@_SINCE
@_UNTIL
def search(
    query: str | None,
    batch: str | None,
    k: int,
    mode: Any,
    index: str | None,
    as_json: bool,
    languages: tuple[Any, ...],
    articles: tuple[str, ...],
    since: str | None,
    until: str | None,
) -> None:
    """Rank the passages for one QUERY, or for every one of a batch file."""
    _exactly_one(query, batch)
    from rag.json_forms import hit_form

    filters = Filters(languages, articles, since, until)
    assistant = _open(Settings.load(index=index), create=False)

    def found(text: str) -> list[dict[str, Any]]:
        return [hit_form(hit) for hit in assistant.search(text, k, mode, filters)]

    if batch is not None:
        _run_batch(batch, "query", lambda text, key: {"id": key, "hits": found(text)})
    elif as_json:
        _print_json(found(query or ""))
    else:
        for hit in found(query or ""):
            click.echo(f"{hit['rank']:>3}. {hit['score']:.3f}  {hit['title']}  ({hit['passage_id']}, {hit['language']})")
            click.echo(f"     {' '.join(hit['text'].split())}\n")


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@_INDEX
@_JSON
def ingest(paths: tuple[str, ...], index: str | None, as_json: bool) -> None:
    """Bring the index in step with files and folders."""
    assistant = _open(Settings.load(index=index))
    report = _ingest(assistant, paths)
    if as_json:
        from rag.json_forms import report_form

        _print_json(report_form(report))
    else:
        _print_report(report)
    if report.interrupted:
        raise KeyboardInterrupt


@cli.command("list")
@_INDEX
@_JSON
def list_(index: str | None, as_json: bool) -> None:
    """List the articles held."""
    articles = _open(Settings.load(index=index), create=False).articles()
    if as_json:
        from rag.json_forms import article_form

        _print_json([article_form(info) for info in articles])
        return
    for info in articles:
        click.echo(f"{info.id}\t{info.language}\t{info.date or '-'}\t{info.passages}\t{info.title}")


@cli.command()
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE...")
@_INDEX
def remove(articles: tuple[str, ...], index: str | None) -> None:
    """Remove articles by id or source."""
    for article_id in _open(Settings.load(index=index), create=False).remove(*articles):
        _tell("remove.done", article=article_id)


@cli.command()
@_INDEX
@_JSON
def doctor(index: str | None, as_json: bool) -> None:
    """Check what is installed, which models are found where, and whether the index opens; uses no network."""
    from rag.doctor import examine

    findings = examine(Settings.load(index=index))
    if as_json:
        _print_json([finding.form() for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.ok else 'NO '} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings if finding.needed):
        raise SystemExit(1)


def _not_yet(name: str) -> None:
    @cli.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:
        raise NotYet(command=name)

    command.help = "Not part of this version."


for _name in ("eval", "models", "serve"):
    _not_yet(_name)


def main(arguments: list[str] | None = None) -> int:
    """Run a command line and give back its exit status."""
    _use_utf8()
    try:
        cli.main(args=arguments, prog_name="rag", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo(say("interrupted", _language()), err=True)
        return 130
    except RagError as error:
        click.echo(error.in_language(_language()), err=True)
        return 1
    except BrokenPipeError:
        # the reader of our output has gone; nothing more may be written there, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _language() -> str:
    """The interface language: the setting, else the system's locale."""
    chosen = os.environ.get("RAG_LANGUAGE")
    if chosen:
        return chosen
    try:
        return Settings.load().language or language_from_locale(locale.setlocale(locale.LC_MESSAGES, "") or None)
    except (RagError, locale.Error, AttributeError):
        return "en"


def _tell(key: str, **values: object) -> None:
    click.echo(say(key, _language(), **values), err=True)


def _open(settings: Settings, create: bool = True) -> Assistant:
    from rag.assistant import Assistant

    return Assistant.open(settings=settings, create=create)


def _exactly_one(text: str | None, batch: str | None) -> None:
    if (text is None) == (batch is None):
        raise click.UsageError("Give either one text or --batch FILE.")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _run_batch(file: str, field: str, answer: Callable[[str, str], dict[str, Any]]) -> None:
    """Answer every line in order; a line that cannot be answered gives an object with `error`, and status 1."""
    failed = False
    with _lines_of(file) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            form = _answer_line(line, number, field, answer)
            failed = failed or "error" in form
            click.echo(json.dumps(form, ensure_ascii=False))
    if failed:
        raise SystemExit(1)


def _lines_of(file: str) -> TextIO:
    if file == "-":
        return sys.stdin
    try:
        return open(file, encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise BadRequest(what=file, reason=error.strerror or str(error)) from error


def _answer_line(
    line: str, number: int, field: str, answer: Callable[[str, str], dict[str, Any]]
) -> dict[str, Any]:
    key: Any = None
    try:
        row = json.loads(line)
        key = row.get("id") if isinstance(row, dict) else None
        text = row.get(field, row.get("question", row.get("query"))) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise BadRequest(what=f"line {number}", reason=f"it has no text under {field!r}")
        return answer(text, str(key if key is not None else number))
    except json.JSONDecodeError as error:
        problem: RagError = BadRequest(what=f"line {number}", reason=str(error))
    except RagError as error:
        problem = error
    message = problem.in_language(_language())
    click.echo(message, err=True)
    return {"id": str(key if key is not None else number), "error": message}


def _ingest(assistant: Assistant, paths: tuple[str, ...]) -> IngestReport:
    with _progress_bar() as show:
        return assistant.ingest(*paths, progress=show, language=_language())


class _progress_bar:
    """A bar of bytes on standard error while a block runs."""

    def __enter__(self) -> Callable[[str, int, int], None]:
        from tqdm import tqdm

        self._bar = tqdm(unit="B", unit_scale=True, unit_divisor=1024, file=sys.stderr, disable=None, leave=False)
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _show(self, source: str, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.set_description(source[-40:], refresh=False)
        self._bar.update(done - self._bar.n)


def _print_report(report: IngestReport) -> None:
    statuses = ("added", "changed", "unchanged", "removed", "failed")
    _tell("ingest.report", seconds=f"{report.seconds:.1f}", **{name: report.count(name) for name in statuses})
    for file in report.files:
        if file.status == "failed":
            _tell("ingest.failed", source=file.source, reason=file.reason)


def _print_answer(answer: Answer) -> None:
    click.echo(answer.text)
    if answer.citations:
        click.echo("")
    for citation in answer.citations:
        where = [citation.title, citation.date, citation.passage_id]
        click.echo(f"[{citation.number}] {' · '.join(part for part in where if part)}")
    if answer.refused:
        click.echo("")
        for hit in answer.evidence[:3]:
            click.echo(f"  - {hit.title} · {hit.passage.id}\n    {_short(hit.passage.text)}")


def _short(text: str, width: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else f"{flat[:width]}…"

