"""Promises of the question box in a real browser: no words are lost, and an answer can be stopped at any time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from rag.config import Settings
from rag.types import Answer, AnswerEvent, ArticleInfo, Evidence, Timings
from tests.page_driver import Reader, ServedPage, arrived, can_send, comes_to, expect, needs_chromium, says, visit

pytestmark = needs_chromium

BOX = "#question textarea"


class Slow:
    """Writes `Begun.` and, where the question says `slow`, waits for `held` or a stop before it ends."""

    def __init__(self) -> None:
        self.settings = Settings(model="extractive")
        self.held = Event()
        self.heard: list[str] = []

    def with_settings(self, settings: Settings) -> Slow:
        return self

    def close(self) -> None:
        """Nothing is open."""

    def articles(self) -> tuple[ArticleInfo, ...]:
        return (ArticleInfo("tea", "tea.md", "The tea garden", "en", None, None, 1, 100),)

    def stream(self, question: str, history: object, filters: object, cancelled: Event) -> Iterator[AnswerEvent]:
        self.heard.append(question)
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", ()))
        yield AnswerEvent("text", text="Begun.")
        while "slow" in question and not self.held.wait(0.05) and not cancelled.is_set():
            pass
        text = f"Begun. The answer to “{question}”."
        yield AnswerEvent("answer", answer=Answer(question, "en", text, False, 0.9, timings_ms=Timings(1, 1, 2)))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedPage]:
    slow = Slow()
    page = ServedPage(Settings(index=str(tmp_path / "index"), model="extractive", port=0), lambda _: slow)
    yield page
    page.assistant.held.set()
    page.stop()


@pytest.fixture
def reader(browser: Any, served: ServedPage) -> Iterator[Reader]:
    opened = visit(browser, served.url)
    yield opened
    opened.close()


def holds(reader: Reader, words: str) -> None:
    """The question box does, or comes to."""
    expect(reader.page.locator(BOX)).to_have_value(words)


def loaded_anew(page: Any) -> None:
    """A page that was marked as `stood` has found its server again, and has loaded itself anew."""
    page.wait_for_function("!window.stood", timeout=60_000)
    arrived(page)


# ---- stopping ----


def test_escape_stops_an_answer_in_the_middle(reader: Reader) -> None:
    page = reader.page
    reader.ask("a slow question", until=".answer >> text=Begun.")
    expect(page.locator("#stop")).to_be_visible()
    expect(page.locator("#send")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_selector("#turn-1 .made, #turn-1 .stopped")
    can_send(page)
    expect(page.locator("#stop")).to_be_hidden()
    reader.ask("What follows?", 2)


def test_a_question_sent_while_a_stopped_answer_ends_goes_out_behind_it(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("a slow question", until=".answer >> text=Begun.")
    page.click("#stop")
    page.wait_for_selector(".turns:not([data-running])")
    page.fill(BOX, "What follows?")
    page.press(BOX, "Enter")
    page.wait_for_selector("#turn-2 .made")
    assert served.assistant.heard == ["a slow question", "What follows?"]
    expect(page.locator("#turn-1 .question")).to_have_text(re.compile("a slow question$"), use_inner_text=True)


def test_stopping_in_one_window_stops_no_other(browser: Any, reader: Reader, served: ServedPage) -> None:
    other = visit(browser, served.url)
    for one in (reader, other):
        one.ask("a slow question", until=".answer >> text=Begun.")
    reader.page.click("#stop")
    reader.page.wait_for_selector("#turn-1 .made, #turn-1 .stopped")
    can_send(reader.page)
    assert other.page.locator("#stop").is_visible()
    served.assistant.held.set()
    other.page.wait_for_selector("#turn-1 .made")
    other.close()


def test_the_focus_goes_from_send_to_stop_and_back(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    page.fill(BOX, "a slow question")
    page.locator("#send").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'stop'")
    served.assistant.held.set()
    page.wait_for_function("document.activeElement.id === 'send'")


# ---- the box ----


def test_the_box_is_empty_once_the_question_is_seen_and_keeps_what_is_typed_then(
    reader: Reader, served: ServedPage
) -> None:
    page = reader.page
    reader.ask("a slow question", until=".answer >> text=Begun.")
    holds(reader, "")
    page.type(BOX, "the next one")
    page.press(BOX, "Enter")
    served.assistant.held.set()
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    holds(reader, "the next one")
    assert served.assistant.heard == ["a slow question"]


def test_an_empty_question_is_not_sent(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    page.fill(BOX, "  \n ")
    page.press(BOX, "Enter")
    page.click("#send")
    reader.ask("What is there?")
    expect(page.locator(".turn")).to_have_count(1)
    assert served.assistant.heard == ["What is there?"]


def test_a_question_stays_in_the_box_while_the_server_is_away_and_when_it_is_back(
    reader: Reader, served: ServedPage
) -> None:
    page = reader.page
    reader.ask("Who is there?")
    page.evaluate("window.stood = true")
    served.stop()
    page.fill(BOX, "Is anybody there?")
    page.press(BOX, "Enter")
    page.locator(".toast-wrap").get_by_text("What you typed is kept").wait_for()
    holds(reader, "Is anybody there?")
    served.start()
    loaded_anew(page)
    page.wait_for_selector("#turn-1 [data-again]")
    holds(reader, "Is anybody there?")
    page.press(BOX, "Enter")
    page.wait_for_selector("#turn-2 .made")
    assert served.assistant.heard == ["Who is there?", "Is anybody there?"]


def test_a_question_whose_answer_broke_off_can_be_asked_again(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("a slow question", until=".answer >> text=Begun.")
    page.type(BOX, "the next one")
    page.evaluate("window.stood = true")
    served.stop()
    served.assistant.held.set()
    served.start()
    loaded_anew(page)
    page.wait_for_selector("#turn-1 [data-again]")
    can_send(page)
    holds(reader, "the next one")
    page.click("#turn-1 [data-again]")
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    holds(reader, "the next one")


def test_what_was_typed_comes_back_when_another_question_was_changed(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("Who is there?")
    for leave in (True, False):
        page.fill(BOX, "half a thought")
        page.click("[data-edit]")
        holds(reader, "Who is there?")
        page.locator("#note p").wait_for()
        if leave:
            page.keyboard.press("Escape")
        else:
            page.fill(BOX, "Who was there?")
            page.press(BOX, "Enter")
            page.wait_for_selector("#turn-1 .question >> text=Who was there?")
        holds(reader, "half a thought")
        page.locator("#note p").wait_for(state="detached")
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    expect(page.locator(".turn")).to_have_count(1)
    assert served.assistant.heard == ["Who is there?", "Who was there?"]


def test_a_changed_question_that_finds_no_place_in_the_line_costs_no_answer(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("Who is there?")
    page.click("[data-edit]")
    page.locator("#note p").wait_for()
    page.fill(BOX, "Who was there?")
    places, served.page.front.line.most = served.page.front.line.most, 0
    page.press(BOX, "Enter")
    page.locator(".toast-wrap").get_by_text("Ask again in a while").wait_for()
    holds(reader, "Who was there?")
    says(page, "#turn-1 .answer", "The answer to “Who is there?”.")
    served.page.front.line.most = places
    can_send(page)
    page.press(BOX, "Enter")
    says(page, "#turn-1 .answer", "The answer to “Who was there?”.")
    can_send(page)
    expect(page.locator(".turn")).to_have_count(1)


def test_asking_again_leaves_the_box_as_it_is(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("Who is there?")
    page.fill(BOX, "half a thought")
    page.click("[data-again]")
    comes_to(lambda: served.assistant.heard, ["Who is there?"] * 2)
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    holds(reader, "half a thought")
    expect(page.locator(".turn")).to_have_count(1)
    assert served.assistant.heard == ["Who is there?"] * 2


# ---- windows and words ----


def test_two_windows_of_one_browser_ask_apart_and_list_both(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    second = Reader(page.context.new_page())
    second.page.goto(served.url)
    arrived(second.page)
    reader.ask("a slow question", until=".answer >> text=Begun.")
    second.ask("What is there?")
    assert page.locator("#stop").is_visible()
    assert "What is there?" not in page.locator("#conversation").inner_text()
    served.assistant.held.set()
    page.wait_for_selector("#turn-1 .made")
    second.page.reload()
    second.page.wait_for_selector("#turn-1 .question >> text=What is there?")
    titles = second.page.locator("#talks .talk-title")
    expect(titles).to_have_count(2)
    assert sorted(titles.all_inner_texts()) == ["What is there?", "a slow question"]


def test_a_language_chosen_while_an_answer_comes_is_that_of_the_answer_too(reader: Reader, served: ServedPage) -> None:
    page = reader.page
    reader.ask("a slow question", until=".answer >> text=Begun.")
    reader.open_drawer("settings")
    page.locator("#setting-language label", has_text="繁體中文").click()
    page.locator("#send", has_text="送出").wait_for(state="attached")
    page.keyboard.press("Escape")
    served.assistant.held.set()
    page.wait_for_selector("html[lang='zh-Hant'] #turn-1 .made >> text=秒")
    page.locator("#question textarea[placeholder='輸入問題']").wait_for()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "zh-TW"])
def test_a_phone_shows_the_whole_hint_in_the_box(browser: Any, served: ServedPage, locale: str) -> None:
    opened = visit(browser, served.url, 360, locale=locale)
    needed, room = opened.page.evaluate(
        """() => {
          const box = document.querySelector('#question textarea'), style = getComputedStyle(box);
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = style.font;
          const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
          return [pen.measureText(box.placeholder).width, room];
        }"""
    )
    opened.close()
    assert 0 < needed <= room


def test_nothing_stands_between_a_mark_and_the_stop_behind_it(browser: Any) -> None:
    styles = (Path(__file__).parent.parent / "ui" / "conversation.css").read_text(encoding="utf-8")
    page = browser.new_page()
    page.set_content(
        f"<style>{styles}</style><div id='conversation'><div class='answer'><p><bdi>He came</bdi>"
        "<a class='cite'>[1]</a><bdi>.</bdi></p></div></div>"
    )
    mark, stop = page.evaluate(
        """() => [".cite", "bdi:last-child"].map((one) => {
          const words = document.createRange();
          words.selectNodeContents(document.querySelector(one));
          const { left, right } = words.getBoundingClientRect();
          return { left, right };
        })"""
    )
    page.close()
    assert abs(stop["left"] - mark["right"]) < 0.5
