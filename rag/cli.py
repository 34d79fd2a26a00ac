"""The command line: data on standard output, progress and messages on standard error.

Exit status: 0 done (a refusal is an answer), 1 an error of the work, 2 wrong usage, 130 interrupted. An ingest that
could read none of its files is an error of the work. Every option is a setting of `rag.config`, so that a variable
or `rag.toml` may give it too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from rag.config import MODES, Settings, is_date
from rag.console import (
    flat,
    language,
    leave_quietly,
    message_of,
    print_json,
    print_piece,
    print_text,
    short,
    tell,
    tell_text,
    use_utf8,
)
from rag.errors import NotYet
from rag.eval_command import eval_
from rag.messages import say
from rag.model_commands import models
from rag.types import LANGUAGES, Answer, AnswerEvent, Filters, IngestReport

if TYPE_CHECKING:
    from rag.assistant import Assistant


def _date(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    if text and not is_date(text):
        raise click.BadParameter(say("reason.need_date", language()))
    return text


def _text(_: click.Context, __: click.Parameter, value: Any) -> Any:
    """The text, or each of several; under a locale without UTF-8 the bytes of a text arrive as lone surrogates."""
    if isinstance(value, tuple):
        return tuple(map(_from_bytes, value))
    return None if value is None else _from_bytes(value)


def _from_bytes(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_INDEX = click.option("--index", metavar="DIR", help="Folder of the index (indexes/default).")
_MODEL = click.option("--model", callback=_text, metavar="MODEL", help="What writes the answer (auto); see rag models.")
_JSON = click.option("--json", is_flag=True, default=None, help="Print JSON.")
_LANGUAGES = click.option(
    "--language", "languages", type=click.Choice(LANGUAGES), multiple=True, help="Only articles in this language."
)
_ARTICLES = click.option(
    "--article", "articles", callback=_text, metavar="ID", multiple=True, help="Only this article."
)
_SINCE = click.option("--since", metavar="DATE", callback=_date, help="Only articles dated on or after (ISO 8601).")
_UNTIL = click.option("--until", metavar="DATE", callback=_date, help="Only articles dated on or before (ISO 8601).")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Every option may also stand in rag.toml (index = "DIR") or in a variable (RAG_INDEX=DIR); --language and '
    "--article of ask and search are called languages and articles there.",
)
@click.version_option(package_name="bilingual-rag")
def cli() -> None:
    """Ask your Chinese and English articles; every sentence of an answer is cited."""


@cli.command()
@_INDEX
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (7860).")
@_MODEL
def chat(**options: Any) -> None:
    """Serve the chat page; indexes the corpus folder first if the default index is empty."""
    settings = Settings.load(**options)
    assistant = _open(settings)
    if not assistant.articles() and settings.index == Settings().index and Path(settings.corpus).is_dir():
        report = _ingest(assistant, (settings.corpus,))
        _print_report(report)
        if report.interrupted:
            raise KeyboardInterrupt
    from ui.app import serve

    # a model may take long to load; the page need not wait for it
    Thread(target=_tell_generator, args=(assistant,), daemon=True).start()
    try:
        serve(assistant, settings, lambda url: tell("chat.ready", url=url))
    except KeyboardInterrupt:
        tell("chat.stopped")
        raise SystemExit(130) from None
    finally:
        assistant.close()


@cli.command()
@click.argument("question", required=False, callback=_text)
@click.option("--batch", metavar="FILE", help='JSON lines of {"id", "question"}; - for standard input.')
@_INDEX
@_MODEL
@_JSON
@_LANGUAGES
@_ARTICLES
@_SINCE
@_UNTIL
def ask(question: str | None, **options: Any) -> None:
    """Answer one QUESTION, or every question of a batch file."""
    settings = _either(question, options)
    from rag.json_forms import answer_form

    filters = _filters(settings)
    with _open(settings, create=False) as assistant:
        _tell_generator(assistant, quiet=True)
        if question is None:
            _batch(settings, "question", lambda text, key: answer_form(assistant.ask(text, filters=filters), key))
            return
        # what a model writes may take long, so a person sees it come
        shown = not settings.json and sys.stdout.isatty() and assistant.generator().model is not None
        answer = (
            _print_stream(assistant.stream(question, (), filters)) if shown else assistant.ask(question, (), filters)
        )
    print_json(answer_form(answer)) if settings.json else _print_answer(answer, text=not shown)
    for notice in answer.notices:
        tell_text(notice)


@cli.command()
@click.argument("query", required=False, callback=_text)
@click.option("--batch", metavar="FILE", help='JSON lines of {"id", "query"}; - for standard input.')
@click.option("-k", type=click.IntRange(1, 1000), help="How many passages (10).")
@click.option("--mode", type=click.Choice(MODES), help="How they are found (hybrid).")
@_INDEX
@_JSON
@_LANGUAGES
@_ARTICLES
@_SINCE
@_UNTIL
def search(query: str | None, **options: Any) -> None:
    """Rank the passages for one QUERY, or for every one of a batch file."""
    settings = _either(query, options)
    from rag.json_forms import hit_form

    filters = _filters(settings)
    assistant = _open(settings, create=False)

    def found(text: str) -> list[dict[str, Any]]:
        return [hit_form(hit) for hit in assistant.search(text, settings.k, settings.mode, filters)]

    if query is None:
        _batch(settings, "query", lambda text, key: {"id": key, "hits": found(text)})
    elif settings.json:
        print_json(found(query))
    else:
        for hit in found(query):
            place = f"({flat(hit['passage_id'])}, {hit['language']})"
            print_text(f"{hit['rank']:>3}. {hit['score']:.3f}  {flat(hit['title'])}  {place}")
            print_text(f"     {flat(hit['text'])}\n")


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@_INDEX
@_JSON
def ingest(paths: tuple[str, ...], **options: Any) -> None:
    """Bring the index in step with files and folders."""
    settings = Settings.load(**options)
    report = _ingest(_open(settings), paths)
    if settings.json:
        from rag.json_forms import report_form

        print_json(report_form(report))
    else:
        _print_report(report)
    if report.interrupted:
        raise KeyboardInterrupt
    if report.files and report.count("failed") == len(report.files):
        raise SystemExit(1)


@cli.command("list")
@_INDEX
@_JSON
def list_(**options: Any) -> None:
    """List the articles held."""
    settings = Settings.load(**options)
    articles = _open(settings, create=False).articles()
    if settings.json:
        from rag.json_forms import article_form

        print_json([article_form(info) for info in articles])
        return
    for info in articles:
        print_text("\t".join(map(flat, (info.id, info.language, info.date or "-", str(info.passages), info.title))))


@cli.command()
@click.argument("articles", nargs=-1, required=True, callback=_text, metavar="ARTICLE...")
@_INDEX
def remove(articles: tuple[str, ...], **options: Any) -> None:
    """Remove articles by id or source."""
    for article_id in _open(Settings.load(**options), create=False).remove(*articles):
        tell("remove.done", article=article_id)


@cli.command()
@_INDEX
@_JSON
def doctor(**options: Any) -> None:
    """Check what is installed, which models are found where, and whether the index opens; uses no network."""
    from rag.doctor import examine

    settings = Settings.load(**options)
    findings = examine(settings)
    if settings.json:
        print_json([finding.form() for finding in findings])
    else:
        for finding in findings:
            print_text(f"{'ok ' if finding.ok else 'NO '} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings if finding.needed):
        raise SystemExit(1)


def _not_yet(name: str) -> None:
    @cli.command(name, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:
        raise NotYet(command=name)

    command.help = "Not part of this version."


cli.add_command(models)
cli.add_command(eval_)
_not_yet("serve")


def main(arguments: list[str] | None = None) -> int:
    """Run a command line and give back its exit status."""
    for stream in (sys.stdout, sys.stderr):
        use_utf8(stream)
    status = _run(arguments)
    return status if leave_quietly() else status or 1


def _run(arguments: list[str] | None) -> int:
    try:
        cli.main(args=arguments, prog_name="rag", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 1
    except (KeyboardInterrupt, click.Abort):
        tell("interrupted")
        return 130
    except BrokenPipeError:
        return 1
    except SystemExit as end:
        return int(end.code or 0)
    except Exception as error:
        tell_text(message_of(error))
        return 1
    return 0


def _open(settings: Settings, create: bool = True) -> Assistant:
    from rag.assistant import Assistant

    return Assistant.open(settings=settings, create=create)


def _tell_generator(assistant: Assistant, quiet: bool = False) -> None:
    """Say what writes the answers and why, or why what was chosen does not.

    `quiet` leaves out what needs no saying before an answer: that there is no model, and a failure that the answer's
    own notice tells.
    """
    held = assistant.generator()
    if held.error is not None:
        if not quiet:
            tell_text(held.error.in_language(language()))
    elif held.model is not None or not quiet:
        reason = held.chosen.in_language(language()).replace("\n", "; ")
        tell("generator.chosen", model=held.label, reason=reason)


def _either(text: str | None, options: dict[str, Any]) -> Settings:
    """The settings of a command that takes either one text or a batch."""
    settings = Settings.load(**options)
    batch = options["batch"] if text is not None else settings.batch or None
    if (text is None) == (batch is None):
        raise click.UsageError(say("usage.one_text", language()))
    return settings


def _filters(settings: Settings) -> Filters:
    return Filters(settings.languages, settings.articles, settings.since or None, settings.until or None)


def _batch(settings: Settings, field: str, answer: Callable[[str, str], dict[str, Any]]) -> None:
    from rag.batch import run_batch

    if not run_batch(settings.batch, field, answer):
        raise SystemExit(1)


def _ingest(assistant: Assistant, paths: tuple[str, ...]) -> IngestReport:
    with _progress_bar() as show:
        return assistant.ingest(*paths, progress=show, language=language(), processes=os.cpu_count() or 1)


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
    tell("ingest.report", seconds=f"{report.seconds:.1f}", **{name: report.count(name) for name in statuses})
    for file in report.files:
        if file.status == "failed":
            tell("ingest.failed", source=file.source, reason=file.reason)


def _print_stream(events: Iterator[AnswerEvent]) -> Answer:
    """Write the text of an answer as it comes; a text that is withdrawn is followed by the new one."""
    for event in events:
        if event.kind == "restart":
            print_text("\n" + say("answer.anew", language()))
        elif event.kind == "text":
            print_piece(event.text)
        elif event.answer is not None:
            answer = event.answer
    print_text("")
    return answer


def _print_answer(answer: Answer, text: bool = True) -> None:
    if text:
        print_text(answer.text)
    if answer.citations:
        print_text("")
    for citation in answer.citations:
        where = [citation.title, citation.date, citation.passage_id]
        print_text(f"[{citation.number}] {flat(' · '.join(part for part in where if part))}")
    for sentence in answer.sentences:
        if not sentence.supported:
            words = short(answer.text[sentence.start : sentence.end])
            doubt = say(f"doubt.{sentence.reason}", answer.language, missing=", ".join(sentence.missing))
            print_text(f"(?) {words}\n    {doubt}")
    if answer.refused:
        print_text("")
        for hit in answer.evidence[:3]:
            print_text(f"  - {flat(f'{hit.title} · {hit.passage.id}')}\n    {short(hit.passage.text)}")
