"""The chat page as a Gradio application: which parts it has, which events join them, and how it is served.

A conversation belongs to the browser session that holds it. Nothing is loaded from another machine: no fonts, no
scripts, no analytics, and the browser is told to refuse it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import SettingsError
from ui import render
from ui.conversation import Conversation
from ui.desk import Desk
from ui.words import LANGUAGE_NAMES, interface_language, label

CONCURRENT = 8
"""Questions answered at the same time; more wait in line."""

_HERE = Path(__file__).parent
_STYLES = ("style.css", "conversation.css", "panel.css")
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' "
    "rx='4' fill='%231c5a86'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h5' stroke='white' stroke-width='1.5'/%3E%3C/svg%3E"
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
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The components of the page; `turns` is the conversation of one browser session, `running` what stops it."""

    turns: Any
    running: Any
    header: Any
    language: Any
    conversation: Any
    question: Any
    send: Any
    stop: Any
    new: Any
    panel: Any


def build(assistant: Assistant, settings: Settings) -> gr.Blocks:
    """The page, ready to be launched."""
    desk, first = Desk(assistant), interface_language(settings.language, None)
    with gr.Blocks(title=label("title", first), analytics_enabled=False, fill_width=True) as page:
        parts = _lay_out(desk, first)
        _join_asking(parts, desk)
        _join_language(page, parts, desk, settings)
    page.queue(default_concurrency_limit=CONCURRENT)
    return page


def launch(page: gr.Blocks, settings: Settings) -> str:
    """Begin to serve the page and give back its address; raises `SettingsError` when the port is taken."""
    _spare_the_proxy()
    styles = "".join(f"<style>{_read(name)}</style>" for name in _STYLES)
    try:
        _, url, _ = page.launch(
            server_name=settings.host,
            server_port=settings.port or _free_port(settings.host),
            theme=gr.themes.Base(font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")),
            head=f"<link rel='icon' href=\"{_ICON}\">{styles}",
            app_kwargs={"middleware": [Middleware(_WithHeaders)]},
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
        )
    except OSError as error:
        raise SettingsError(where=f"port = {settings.port}", reason_key="reason.port_taken") from error
    return str(url)


def serve(assistant: Assistant, settings: Settings, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve the page until it is interrupted; `on_ready` is told its address. Raises `SettingsError`."""
    page = build(assistant, settings)
    try:
        url = launch(page, settings)
        if on_ready is not None:
            on_ready(url)
        while True:
            time.sleep(3600)
    finally:
        page.close(verbose=False)


def _lay_out(desk: Desk, first: str) -> _Parts:
    turns, running = gr.State(()), gr.State(None)
    with gr.Row(elem_id="top"):
        header = _html(render.header(first), elem_id="header")
        names = [(name, code) for code, name in LANGUAGE_NAMES.items()]
        language = gr.Radio(names, value=first, label=label("language", first), elem_id="language", container=False)
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
    return _Parts(turns, running, header, language, conversation, question, send, stop, new, panel)


def _join_asking(parts: _Parts, desk: Desk) -> None:
    def ask(text: str, turns: Conversation, language: str) -> Iterator[list[Any]]:
        stopper = Event()
        controls = [
            stopper,
            gr.Textbox(value=""),
            gr.Button(visible=False),
            gr.Button(visible=True),
            gr.Button(interactive=False),
        ]
        for asked, drawn in desk.ask(text, turns, language, stopper):
            if stopper.is_set():
                # the last of the answer may still come: nothing is left to stop, and it is too early to ask
                controls[2:4] = [gr.Button(visible=True, interactive=False), gr.Button(visible=False)]
            yield [asked, drawn, *controls]
            controls = [gr.skip()] * len(controls)

    def settle(turns: Conversation, language: str) -> list[Any]:
        # the language may have been changed while the answer came
        return [
            None,
            desk.drawn(turns, language),
            gr.Button(visible=True, interactive=True),
            gr.Button(visible=False),
            gr.Button(interactive=True),
        ]

    def stop(running: Event | None) -> None:
        if running is not None:
            running.set()

    def begin_anew(language: str) -> list[Any]:
        return [(), desk.drawn((), language)]

    def open_article(language: str, event: gr.EventData) -> str:
        return desk.open_article(event.article, event.start, event.end, language)

    state = [parts.turns, parts.language]
    asking = gr.on(
        [parts.send.click, parts.question.submit],
        ask,
        [parts.question, *state],
        [parts.turns, parts.conversation, parts.running, parts.question, parts.send, parts.stop, parts.new],
        trigger_mode="once",
        concurrency_limit=CONCURRENT,
        **_QUIET,
    )
    settled = [parts.running, parts.conversation, parts.send, parts.stop, parts.new]
    asking.then(settle, state, settled, **_QUIET)
    parts.stop.click(stop, [parts.running], None, **_QUIET)
    parts.new.click(begin_anew, [parts.language], [parts.turns, parts.conversation], **_QUIET)
    parts.conversation.open_article(open_article, [parts.language], [parts.panel], **_QUIET)


def _join_language(page: gr.Blocks, parts: _Parts, desk: Desk, settings: Settings) -> None:
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

    labelled = [
        *(parts.header, parts.language, parts.conversation, parts.question),
        *(parts.send, parts.stop, parts.new),
    ]
    page.load(arrive, [parts.turns], labelled, **_QUIET)
    parts.language.input(relabel, [parts.turns, parts.language], labelled, **_QUIET)


class _WithHeaders:
    """Adds the security headers to every response."""

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
        spared = [part for part in os.environ.get(name, "").split(",") if part]
        os.environ[name] = ",".join(dict.fromkeys([*spared, "127.0.0.1", "localhost"]))
