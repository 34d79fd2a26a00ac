"""How a real browser is led through the chat page: Debian's Chromium, one context for each reader.

Invariant: every page that is opened remembers what it asked for and what went wrong (`Reader.requests`, `.errors`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.config import Settings

CHROMIUM = shutil.which("chromium")
"""Debian's Chromium; `None` where there is none."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: the page is not tried in a browser"
)

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LANGUAGE_OF = {"en-US": "en", "zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}
"""The interface language that the page opens in, by the browser's locale."""


@dataclass
class Reader:
    """One browser page with what it asked for and what went wrong in it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def ask(self, question: str, turn: int = 1, until: str = ".made", seconds: float = 30) -> None:
        """Type a question, send it by Enter, and wait for a part of its turn."""
        self.page.fill("#question textarea", question)
        self.page.press("#question textarea", "Enter")
        self.page.wait_for_selector(f"#turn-{turn} {until}", timeout=seconds * 1000)
        if until == ".made":
            self.page.wait_for_selector("#send:enabled")

    def open_drawer(self, name: str) -> None:
        """Open the drawer `articles` or `settings` by its button, through the sidebar's where that is folded away."""
        self.page.locator(f"#{name}:visible, #menu:visible").first.wait_for()
        if not self.page.locator(f"#{name}").is_visible():
            self.page.click("#menu")
        self.page.click(f"#{name}")
        self.page.wait_for_selector(f"#{name}-drawer .close-drawer:focus")
        self.settle()

    def open_article(self, turn: int = 1) -> None:
        """Open the article of the first source of a turn."""
        self.page.locator(f"#turn-{turn} .open-article").first.click()
        self.page.wait_for_selector("dialog[open] mark")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves any more; what never ends, like a cursor, does not count."""
        self.page.evaluate(
            """() => Promise.all(document.getAnimations()
              .filter((one) => one.effect?.getComputedTiming().endTime < 5000)
              .map((one) => one.finished.catch(() => null)))"""
        )

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Any, url: str, width: int = 1280, height: int = 800, **options: Any) -> Reader:
    """Open the page as a new reader; `options` are Playwright's for a context (`locale`, `color_scheme`, …)."""
    options.setdefault("locale", "en-US")
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(20_000)
    reader = Reader(context.new_page())
    reader.page.on("request", lambda request: reader.requests.append(request.url))
    reader.page.on("pageerror", lambda error: reader.errors.append(str(error)))
    reader.page.on("console", lambda line: reader.errors.append(line.text) if line.type == "error" else None)
    reader.page.goto(url)
    language = LANGUAGE_OF.get(options["locale"], "en")
    reader.page.wait_for_selector(f"html[lang='{language}'] #conversation .turns")
    return reader


@contextmanager
def served(assistant: Any, settings: Settings) -> Iterator[str]:
    """The page over this assistant, at the address given."""
    from ui.app import build, launch

    page = build(assistant, settings)
    try:
        yield launch(page, settings)
    finally:
        page.close(verbose=False)


class ServedPage:
    """A page that can be stopped and served again at the same address, like a program that is ended and started."""

    def __init__(self, settings: Settings, opened: Callable[[Settings], Any]) -> None:
        self.settings, self._opened = settings, opened
        self.start()

    @property
    def folder(self) -> Path:
        """The folder that the index lies in."""
        return Path(self.settings.index).parent

    def start(self) -> None:
        """Serve it; the first time at a free port."""
        from ui.app import build, launch

        self.assistant = self._opened(self.settings)
        self.page = build(self.assistant, self.settings)
        self.url = launch(self.page, self.settings)
        self.settings = replace(self.settings, port=int(self.url.rstrip("/").rpartition(":")[2]))

    def stop(self) -> None:
        """End it."""
        # an ended process keeps no stream open; within this one they would outlive the server
        self.page.server.force_exit = True
        self.page.close(verbose=False)
        self.assistant.close()

    def restart(self) -> None:
        """End it and serve it again."""
        self.stop()
        self.start()


def served_over(folder: Path, articles: Mapping[str, str], **settings: Any) -> ServedPage:
    """A page over an index of these articles, text by file name, in a folder of its own."""
    chosen = Settings(**{"index": str(folder / "index"), "model": "extractive", "port": 0, **settings})
    for name, text in articles.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Assistant.open(chosen.index, chosen) as assistant:
        assistant.ingest(*(folder / name for name in articles))
    return ServedPage(chosen, lambda now: Assistant.open(now.index, now))
