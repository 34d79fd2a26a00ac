"""Pictures of the chat page's main states: `python -m benchmarks.screenshots` (or `make screenshots`).

The page is served over a copy of the sample corpus and led through its states in a headless Chromium, in three
languages and both themes. The pictures go to `screenshots/`; `--docs` copies the four that the README shows to `docs/`.
The written answer comes from a stand-in for a language model: it quotes its sources, gets one figure wrong and leaves
one sentence without a source, so that doubts are to be seen.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from langchain_core.messages import AIMessageChunk, BaseMessage

from benchmarks.speed import ROOT
from benchmarks.written import InstantModel, _first_sentence
from rag.assistant import Assistant
from rag.config import Settings
from rag.models.base import Turn
from rag.models.choice import Choice
from rag.models.detect import Detected
from rag.models.holder import Held
from tests.page_driver import Reader, chromium, served, visit

QUESTIONS = {
    "en-US": "How many Chinese chipmakers support DeepSeek's models?",
    "zh-CN": "有多少家国产芯片厂商适配了DeepSeek？",
    "zh-TW": "哪一款模型登上 Hugging Face 開源榜第一名？",
}
UNANSWERABLE = {
    "en-US": "How many moons does Jupiter have?",
    "zh-CN": "木星有多少颗卫星？",
    "zh-TW": "木星有多少顆衛星？",
}
THEMES = ("light", "dark")
SHOWN = {
    "page.png": "answer-en-US-light.png",
    "page-zh.png": "answer-zh-TW-dark.png",
    "page-phone.png": "phone-answer-zh-CN-light.png",
    "page-articles.png": "articles-en-US-light.png",
}
"""The pictures in `docs/`, and which of the states they are."""

LARGEST = 300_000
"""Bytes of a picture in `docs/` at most."""


class StandIn(InstantModel):
    """Thinks first, then quotes two sources, one of them with a wrong figure, and adds a sentence of its own."""

    def __init__(self) -> None:
        super().__init__(label="stand-in model")

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """The reply, at once, from the sources in the script of the question where there are some."""
        asked = str(messages[-1].content)
        sources = list(enumerate((_first_sentence(one) for one in asked.split("<source ")[1:]), start=1))
        chinese = _is_chinese(asked.rsplit("</source>", 1)[-1])
        quoted = [one for one in sources if _is_chinese(one[1]) == chinese][:2] or sources[:2]
        thought, wrong, lore = _CHINESE if chinese else _ENGLISH
        yield AIMessageChunk(content="", additional_kwargs={"reasoning_content": thought})
        for number, sentence in quoted:
            yield AIMessageChunk(content=f"{sentence} [{number}]{'。' if chinese else '. '}")
        yield AIMessageChunk(content=f"{wrong.format(number=quoted[0][0])}{lore}")


_ENGLISH = (
    "The question asks for facts. Two sources speak of them; they are quoted, the nearest first.",
    "In all, 987 of them were counted in 1903 [{number}]. ",
    "This is widely known.",
)
_CHINESE = (
    "问题问的是事实。有两处出处谈到它，先引最近的一处。",
    "据统计，1903年一共有987家[{number}]。",
    "这是众所周知的。",
)


def _is_chinese(text: str) -> bool:
    return sum("一" <= char <= "鿿" for char in text) * 4 > len(text)


@contextmanager
def page_with_stand_in(folder: Path) -> Iterator[tuple[str, Any]]:
    """The page over a copy of the corpus, and a context in which the stand-in writes the answers."""
    for part in sorted(ROOT.glob("corpus/*")):
        if part.name != "gold":
            shutil.copytree(part, folder / "articles" / part.name)
    settings = Settings(index=str(folder / "indexes" / "default"), model="extractive", port=0)
    held = Held(StandIn(), Detected(Choice("hf", "stand-in"), "chosen.setting", {"model": "stand-in"}))
    with Assistant.open(settings.index, settings) as assistant:
        assistant.ingest(folder / "articles")
        with served(assistant, settings) as url:
            yield url, patch.object(Assistant, "generator", lambda _: held)


def states(reader: Reader, locale: str, written: Any) -> Iterator[str]:
    """Lead a reader through the states of a wide page; each is to be pictured when it is named."""
    page = reader.page
    yield "start"
    reader.ask(QUESTIONS[locale])
    reader.settle()
    yield "answer"
    reader.open_article()
    yield "article"
    _leave_dialog(reader)
    page.locator("#turn-1 .open-details").first.click()
    page.wait_for_selector("dialog[open] table")
    yield "details"
    _leave_dialog(reader)
    reader.ask(UNANSWERABLE[locale], 2)
    reader.settle()
    yield "refusal"
    page.click("#new")
    page.wait_for_selector(".welcome")
    with written:
        reader.ask(QUESTIONS[locale])
    reader.settle()
    yield "written"
    page.locator("#turn-1-thinking summary").click()
    page.locator("#turn-1 .doubted").first.focus()
    yield "written-open"
    page.locator("#talks .talk-more summary").first.click()
    yield "conversations"
    page.locator("#talks .talk-more summary").first.click()
    for drawer in ("articles", "settings"):
        reader.open_drawer(drawer)
        if drawer == "articles":
            page.wait_for_selector("#library li, #library tr")
        # no pointer or focus ring in the pictures
        page.evaluate("document.activeElement.blur()")
        yield drawer
        _leave_drawer(reader, drawer)


def phone_states(reader: Reader, locale: str) -> Iterator[str]:
    """Lead a reader through the states of a narrow page."""
    yield "phone-start"
    reader.ask(QUESTIONS[locale])
    reader.settle()
    yield "phone-answer"
    reader.page.click("#menu")
    reader.settle()
    yield "phone-menu"
    reader.page.click("#articles")
    reader.page.wait_for_selector("#library li, #library tr")
    reader.settle()
    yield "phone-articles"


def take(out: Path, locales: list[str], themes: list[str]) -> list[Path]:
    """Take every picture; their paths."""
    taken: list[Path] = []

    def picture(reader: Reader, state: str, locale: str, theme: str) -> None:
        taken.append(out / f"{state}-{locale}-{theme}.png")
        # a pointer that rests on a button would colour it
        reader.page.mouse.move(2, 300)
        reader.settle()
        reader.page.screenshot(path=taken[-1])

    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        page_with_stand_in(Path(folder)) as (url, written),
        chromium() as browser,
    ):
        for locale in locales:
            for theme in themes:
                wide = visit(browser, url, 1280, 800, locale=locale, color_scheme=theme, reduced_motion="reduce")
                for state in states(wide, locale, written):
                    picture(wide, state, locale, theme)
                wide.close()
                narrow = visit(
                    *(browser, url, 360, 740),
                    locale=locale, color_scheme=theme, device_scale_factor=2, reduced_motion="reduce",
                )  # fmt: skip
                for state in phone_states(narrow, locale):
                    picture(narrow, state, locale, theme)
                narrow.close()
    return taken


def copy_shown(out: Path, docs: Path) -> None:
    """Copy the pictures that the README shows, with fewer colours, each within `LARGEST`; raises `ValueError`."""
    from PIL import Image

    for name, state in SHOWN.items():
        with Image.open(out / state) as picture:
            picture.convert("RGB").quantize(256).save(docs / name, optimize=True)
        if (docs / name).stat().st_size > LARGEST:
            raise ValueError(f"{docs / name} is larger than {LARGEST} bytes")


def _leave_dialog(reader: Reader) -> None:
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog", state="detached")


def _leave_drawer(reader: Reader, drawer: str) -> None:
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector(f"#{drawer}-drawer", state="hidden")


def main() -> None:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--locales", nargs="+", default=list(QUESTIONS))
    parser.add_argument("--themes", nargs="+", default=list(THEMES))
    parser.add_argument("--docs", action="store_true", help="copy the four that the README shows to docs/")
    options = parser.parse_args()
    taken = take(options.out, options.locales, options.themes)
    if options.docs:
        copy_shown(options.out, ROOT / "docs")
    print(f"{len(taken)} pictures in {options.out}")


if __name__ == "__main__":
    main()
