"""The chat page as a Gradio application: it asks the assistant and shows what `ui.render` draws.

A conversation belongs to the browser session that holds it. Nothing is loaded from another machine: no fonts, no
scripts, no analytics, and the browser is told to refuse it.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import RagError, SettingsError
from rag.messages import say
from rag.types import Article, Filters, Span
from ui import article as article_panel
from ui import render
from ui.conversation import Conversation, Turn, history
from ui.words import EXAMPLES, LANGUAGE_NAMES, interface_language, label

CONCURRENT = 8
"""Questions answered at the same time; more wait in line."""

_HERE = Path(__file__).parent
_FONTS = ("system-ui", "sans-serif")
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' "
    "rx='4' fill='%231f5f8b'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h5' stroke='white' stroke-width='1.5'/%3E%3C/svg%3E"
)
# Gradio compiles its components' templates in the browser and styles them inline, hence the two unsafe words
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'self'; frame-ancestors 'self'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

_log = logging.getLogger(__name__)


class Desk:
    """What the page does with an assistant: every method answers one event of the page."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self.assistant, self.settings = assistant, settings

    def lookup(self, article_id: str) -> Article | None:
        """The article, or `None` when it is no longer held."""
        try:
            return self.assistant.article(article_id)
        except RagError:
            return None

    def opening(self, language: str) -> str:
        """What an empty conversation shows; examples only of articles that are there."""
        held = {info.source for info in self.assistant.articles()}
        return render.welcome(language, [e for e in EXAMPLES if e.source in held], bool(held))

    def drawn(self, turns: Conversation, language: str) -> str:
        """The conversation as HTML."""
        return render.conversation(turns, language, self.lookup, "" if turns else self.opening(language))

    def ask(self, question: str, turns: Conversation, language: str) -> Iterator[tuple[Conversation, str]]:
        """The conversation with one more question, step by step, and its HTML."""
        earlier = "".join(render.turn(one, language, self.lookup, newest=False) for one in turns)
        for one in self.answering(Turn(len(turns) + 1, question.strip()), turns):
            asked = (*turns, one)
            yield asked, render.framed(earlier + render.turn(one, language, self.lookup), asked, language)

    def answering(self, one: Turn, earlier: Conversation) -> Iterator[Turn]:
        """One turn from the question to its end; an error ends it with a message."""
        yield one
        try:
            for event in self.assistant.stream(one.question, history(earlier), Filters()):
                one = one.after(event)
                yield one
        except RagError as error:
            yield one.failed(error)
        except Exception as error:
            _log.exception("a question could not be answered")
            yield one.failed(error)

    def open_article(self, wanted: MutableMapping[str, Any], language: str) -> str:
        """The article panel for what the browser asked to see."""
        try:
            article = self.assistant.article(str(wanted.get("article", "")))
            place = Span(int(wanted.get("start", 0)), int(wanted.get("end", 0)))
            return article_panel.panel(article, place, language)
        except RagError:
            return article_panel.missing(label("article_gone", language), language)
        except Exception:
            _log.exception("an article could not be shown")
            return article_panel.missing(say("error.general", language), language)


def build(assistant: Assistant, settings: Settings) -> gr.Blocks:
    """The page, ready to be launched."""
    desk = Desk(assistant, settings)
    first = interface_language(settings.language, None)
    with gr.Blocks(title=label("title", first), analytics_enabled=False, fill_width=True) as page:
        turns = gr.State(())
        with gr.Row(elem_id="top"):
            header = _html(render.header(first), elem_id="header")
            language = gr.Radio(
                [(name, code) for code, name in LANGUAGE_NAMES.items()],
                value=first,
                label=label("language", first),
                elem_id="language",
                container=False,
            )
        conversation = _html(desk.drawn((), first), elem_id="conversation", js_on_load=_read("page.js"))
        with gr.Row(elem_id="composer"):
            question = gr.Textbox(
                label=label("question", first),
                placeholder=label("question.hint", first),
                elem_id="question",
                max_lines=6,
                show_label=False,
                container=False,
                autofocus=True,
            )
            send = gr.Button(label("send", first), variant="primary", elem_id="send")
            stop = gr.Button(label("stop", first), elem_id="stop", visible=False)
            new = gr.Button(label("new", first), elem_id="new")
        panel = _html("", elem_id="panel", js_on_load=_read("panel.js"))

        def relabel(turns: Conversation, language: str) -> list[Any]:
            return [
                render.header(language),
                gr.Radio(value=language, label=label("language", language)),
                desk.drawn(turns, language),
                gr.Textbox(label=label("question", language), placeholder=label("question.hint", language)),
                gr.Button(label("send", language)),
                gr.Button(label("stop", language)),
                gr.Button(label("new", language)),
            ]

        def arrive(turns: Conversation, request: gr.Request) -> list[Any]:
            return relabel(turns, interface_language(settings.language, request.headers.get("accept-language")))

        def ask(text: str, turns: Conversation, language: str) -> Iterator[list[Any]]:
            running = [gr.Textbox(value=""), gr.Button(visible=False), gr.Button(visible=True)]
            for asked, drawn in desk.ask(text, turns, language):
                yield [asked, drawn, *running]
                running = [gr.skip()] * 3

        def settle(turns: Conversation, language: str) -> list[Any]:
            ended = tuple(one.settled() for one in turns)
            return [ended, desk.drawn(ended, language), gr.Button(visible=True), gr.Button(visible=False)]

        def open_article(language: str, event: gr.EventData) -> str:
            return desk.open_article(event._data, language)

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        labelled = [header, language, conversation, question, send, stop, new]
        settled = [turns, conversation, send, stop]
        page.load(arrive, [turns], labelled, **quiet)
        language.input(relabel, [turns, language], labelled, **quiet)
        asking = gr.on(
            [send.click, question.submit],
            ask,
            [question, turns, language],
            [turns, conversation, question, send, stop],
            trigger_mode="once",
            concurrency_limit=CONCURRENT,
            **quiet,
        )
        asking.then(settle, [turns, language], settled, **quiet)
        stop.click(settle, [turns, language], settled, cancels=[asking], **quiet)
        new.click(lambda language: settle((), language), [language], settled, cancels=[asking], **quiet)
        conversation.open_article(open_article, [language], [panel], **quiet)
    page.queue(default_concurrency_limit=CONCURRENT)
    return page


def launch(page: gr.Blocks, settings: Settings) -> str:
    """Begin to serve the page and give back its address; raises `SettingsError` when the port is taken."""
    _spare_the_proxy()
    try:
        _, url, _ = page.launch(
            server_name=settings.host,
            server_port=settings.port or _free_port(settings.host),
            theme=gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "monospace")),
            head=f"<link rel='icon' href=\"{_ICON}\"><style>{_read('style.css')}</style>",
            app_kwargs={"middleware": [(_WithHeaders, (), {})]},
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            show_error=False,
        )
    except OSError as error:
        raise SettingsError(where=f"port = {settings.port}", reason_key="reason.port_taken") from error
    return str(url)


def serve(assistant: Assistant, settings: Settings, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve the page until it is interrupted; `on_ready` is told its address. Raises `SettingsError`."""
    page = build(assistant, settings)
    url = launch(page, settings)
    try:
        if on_ready is not None:
            on_ready(url)
        while True:
            time.sleep(3600)
    finally:
        page.close(verbose=False)


class _WithHeaders:
    """Adds our security headers to every response."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Callable[..., Any]) -> None:
        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self.app(scope, receive, guarded)


def _html(value: str, **properties: Any) -> gr.HTML:
    properties.setdefault("js_on_load", None)
    return gr.HTML(value, apply_default_css=False, **properties)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host.strip("[]"), 0))
        return int(probe.getsockname()[1])


def _spare_the_proxy() -> None:
    """Gradio looks at its own address once at the start; a proxy set for the web must not be asked for it."""
    for name in ("NO_PROXY", "no_proxy"):
        spared = os.environ.get(name, "")
        os.environ[name] = ",".join([*([spared] if spared else []), "127.0.0.1", "localhost"])
