"""How a real browser is led through the chat page: Debian's Chromium, one context for each reader.

Invariant: every page that is opened remembers what it asked for and what went wrong (`Reader.requests`, `.errors`).
What a page shows comes about in its own time, so it is looked at with `expect`, which tries again, not with `assert`.
"""

from __future__ import annotations

import shutil
import time
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
PATIENCE = 20
"""Seconds that a busy machine is given for anything to come about."""
SCRIPTED = ("chooser", "talks", "conversation", "note", "collection-tools", "library", "panel", "file")
"""The parts of the page that have a script of their own; each says when it listens."""
LANGUAGE_OF = {"en-US": "en", "zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}
"""The interface language that the page opens in, by the browser's locale."""


def expect(shown: Any) -> Any:
    """Playwright's assertions about a locator or a page, which are tried again until they hold or time is up."""
    from playwright.sync_api import expect as expected

    return expected(shown)


def says(page: Any, at: str, words: str) -> None:
    """A part of the page holds these words, or comes to."""
    expect(page.locator(at)).to_contain_text(words, use_inner_text=True)


def reads(page: Any, at: str, words: str) -> None:
    """A part of the page has these words and no other, or comes to."""
    expect(page.locator(at)).to_have_text(words, use_inner_text=True)


def comes_to(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until what the server holds, as `read` gives it, is what is wanted."""
    end = time.monotonic() + PATIENCE
    while (held := read()) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert held == wanted


def arrived(page: Any, language: str = "") -> None:
    """Wait until the server knows who this browser is, and every script of the page listens."""
    spoken = f"html[lang='{language}'] " if language else ""
    page.wait_for_selector(f"{spoken}#conversation .turns:not([data-arriving])")
    listens = "(names) => names.every((name) => document.querySelector(`#${name} [data-listens]`))"
    page.wait_for_function(listens, arg=SCRIPTED)


def can_send(page: Any) -> None:
    """Wait until the last answer has come to its end for the page too, and the next question can be sent."""
    page.wait_for_selector("#send[aria-disabled=false]:enabled")


def settle(page: Any) -> None:
    """Wait until nothing moves or scrolls any more; what never ends, like a cursor, does not count."""
    page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          const places = () => JSON.stringify([scrollX, scrollY,
            ...[...document.querySelectorAll('.drawer, dialog, .panel-text')].map((one) => one.scrollTop)]);
          await Promise.all(document.getAnimations()
            .filter((one) => one.effect?.getComputedTiming().endTime < 5000)
            .map((one) => one.finished.catch(() => null)));
          for (let before = '', still = 0; still < 5; before = places()) {
            await frame();
            still = places() === before ? still + 1 : 0;
          }
        }"""
    )


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
            can_send(self.page)

    def open_drawer(self, name: str) -> None:
        """Open the drawer `articles` or `settings` by its button, through the sidebar's where that is folded away."""
        self.page.locator(f"#{name}:visible, #menu:visible").first.wait_for()
        if not self.page.locator(f"#{name}").is_visible():
            self.page.click("#menu")
        self.page.click(f"#{name}")
        self.page.wait_for_selector(f"#{name}-drawer .close-drawer:focus")
        if name == "articles":
            self.page.wait_for_selector("#library .count", state="attached")
        self.settle()

    def open_article(self, turn: int = 1) -> None:
        """Open the article of the first source of a turn."""
        self.page.locator(f"#turn-{turn} .open-article").first.click()
        self.page.wait_for_selector("dialog[open] mark")
        self.settle()

    def settle(self) -> None:
        """As `settle`."""
        settle(self.page)

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
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
    context.set_default_timeout(PATIENCE * 1000)
    reader = Reader(context.new_page())
    reader.page.on("request", lambda request: reader.requests.append(request.url))
    reader.page.on("pageerror", lambda error: reader.errors.append(str(error)))
    reader.page.on("console", lambda line: reader.errors.append(line.text) if line.type == "error" else None)
    reader.page.goto(url)
    arrived(reader.page, LANGUAGE_OF.get(options["locale"], "en"))
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
