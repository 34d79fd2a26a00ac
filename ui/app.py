"""The chat page as a Gradio application: how its parts are put together, and how it is served.

What a browser sees follows from what it sends and from what is kept on disk. Nothing is loaded from another machine:
no fonts, no scripts, no analytics, and the browser is told to refuse it.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import SettingsError
from ui.access import Access, access
from ui.events_articles import join_articles, join_collections
from ui.events_asking import join_asking, join_editing, join_reading
from ui.events_page import join_drawers, join_page
from ui.events_talks import join_talks
from ui.first_paint import FirstPaint
from ui.front import CONCURRENT, WAITING, Front
from ui.layout import lay_out, read
from ui.words import interface_language, label

_STYLES = (
    *("themes.css", "style.css", "layout.css", "conversation.css", "sources.css", "panel.css", "article.css"),
    *("articles.css", "conversations.css", "drawers.css"),
)
_SCRIPTS = ("layout.js", "uploads.js")
_KEPT_UPLOADS = (600, 3600)  # seconds between two looks at Gradio's own copies of uploads, and how old they may grow
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


class Page(gr.Blocks):  # type: ignore[misc]  # Gradio has no types
    """The page with what it holds; `close` closes both."""

    front: Front

    def close(self, verbose: bool = True) -> None:
        """Stop serving, then close the conversations and what else was opened for the page."""
        super().close(verbose=verbose)
        self.front.close()


def build(assistant: Assistant, settings: Settings) -> Page:
    """The page, ready to be launched."""
    front, first = Front(assistant, settings), interface_language(settings.language, None)
    page = Page(title=label("title", first), analytics_enabled=False, fill_width=True, delete_cache=_KEPT_UPLOADS)
    page.front = front
    with page:
        parts = lay_out(front, first)
        # first, since Gradio hands a press on in this order: a drawer opens before the server is asked for its list
        join_drawers(parts)
        join_asking(parts, front)
        join_editing(parts, front)
        join_reading(parts, front)
        join_talks(parts, front)
        join_articles(parts, front)
        join_collections(parts, front)
        join_page(page, parts, front)
    page.queue(default_concurrency_limit=CONCURRENT)
    return page


def launch(page: gr.Blocks, settings: Settings) -> str:
    """Begin to serve the page and give back its address.

    Raises `SettingsError` when the port is taken, or a password is missing or unusable.
    """
    _spare_the_proxy()
    door = Middleware(Access, **access(settings))
    scripts = "".join(f"<script>{read(name)}</script>" for name in _SCRIPTS)
    styles = "".join(f"<style>{read(name)}</style>" for name in _STYLES)
    try:
        _, url, _ = page.launch(
            server_name=settings.host,
            server_port=settings.port or _free_port(settings.host),
            theme=gr.themes.Base(font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")),
            head=f"<link rel='icon' href=\"{_ICON}\">{scripts}{styles}",
            app_kwargs={"middleware": [door, Middleware(_WithHeaders), Middleware(FirstPaint)]},
            max_threads=CONCURRENT + WAITING + 40,
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


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host.strip("[]"), 0))
        return int(probe.getsockname()[1])


def _spare_the_proxy() -> None:
    """Gradio looks at its own address once at the start; a proxy set for the web must not be asked for it."""
    for name in ("NO_PROXY", "no_proxy"):
        spared = [part for part in os.environ.get(name, "").split(",") if part]
        os.environ[name] = ",".join(dict.fromkeys([*spared, "127.0.0.1", "localhost"]))
