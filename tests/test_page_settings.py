"""Promises of the settings in a real browser: each takes effect at once and outlives a restart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from model_servers import ModelServer, Play

from tests.page_driver import PATIENCE, Reader, ServedPage, arrived, expect, needs_chromium, served_over, visit
from ui.model_choices import ModelList

pytestmark = needs_chromium

ARTICLES = {
    "ferry.md": "# The ferry Petrel\n\nThe ferry Petrel carries 240 passengers. It was built in Oban in 1987.\n",
    "pier.md": "# The pier of Oban\n\nThe pier of Oban takes the ferry Petrel and 240 passengers an hour.\n",
    "duchuan.md": "# 渡轮海燕号\n\n渡轮海燕号（Petrel）可载240名乘客，1987年在奥本建成。\n",
}
QUESTION = "How many passengers does the ferry Petrel carry?"
KEPT = "JSON.parse(localStorage['rag-preferences'] ?? '{}')"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    """A page without a model."""
    page = served_over(tmp_path_factory.mktemp("plain"), ARTICLES)
    yield page
    page.stop()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedPage, ModelServer]]:
    """A page whose answers a served model writes."""
    play = Play(text="The ferry carries 240 passengers [1].", thinking="Let me count them.")
    with ModelServer("ollama", ("qwen3:4b",), play) as server:
        page = served_over(tmp_path_factory.mktemp("written"), ARTICLES, model=f"{server.url}#qwen3:4b")
        yield page, server
        page.stop()


Open = Callable[..., Reader]


@pytest.fixture
def opened(browser: Any) -> Open:
    def visited(page: ServedPage, **options: Any) -> Reader:
        return visit(browser, page.url, **options)

    return visited


def choose(reader: Reader, control: str, words: str, keeps: str) -> None:
    """Choose in the settings, and wait until the browser keeps it."""
    reader.open_drawer("settings")
    reader.page.locator(f"#setting-{control} label", has_text=words).click()
    reader.page.wait_for_function(f"(({{ {control.split('-')[0]}: value }}) => {keeps})({KEPT})")
    close(reader)


def close(reader: Reader) -> None:
    reader.page.keyboard.press("Escape")
    reader.page.locator("#settings-drawer").wait_for(state="hidden")


def again(reader: Reader, page: ServedPage) -> None:
    """The server begins anew, and the browser comes back with a new conversation."""
    page.restart()
    reader.page.reload()
    arrived(reader.page)
    reader.page.click("#new")
    reader.page.wait_for_selector("#conversation .welcome")


# ---- what is searched ----


def test_only_the_languages_chosen_are_searched_also_after_a_restart(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain)
    choose(reader, "languages", "English", "value?.length === 2")
    for _ in range(2):
        reader.ask(QUESTION)
        sources = reader.page.locator("#turn-1 .sources")
        expect(sources).to_contain_text("渡轮海燕号", use_inner_text=True)
        assert "The ferry Petrel" not in sources.inner_text()
        again(reader, plain)
    reader.open_drawer("settings")
    boxes = reader.page.locator("#setting-languages input")
    expect(boxes).to_have_count(3)
    for place, ticked in enumerate((False, True, True)):
        expect(boxes.nth(place)).to_be_checked(checked=ticked)


def test_as_many_passages_are_handed_over_as_chosen_also_after_a_restart(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain)
    reader.ask(QUESTION)
    cards = reader.page.locator("#turn-1 .card")
    expect(cards.nth(1)).to_be_attached()
    reader.open_drawer("settings")
    reader.page.fill("#setting-sources input[type=number]", "1")
    reader.page.press("#setting-sources input[type=number]", "Enter")
    reader.page.wait_for_function(f"{KEPT}.sources === 1")
    close(reader)
    for _ in range(2):
        reader.page.click("#new")
        reader.page.wait_for_selector("#conversation .welcome")
        reader.ask(QUESTION)
        expect(cards).to_have_count(1)
        again(reader, plain)


# ---- what answers ----


def test_a_model_can_be_tried_and_another_chosen_for_the_next_question(
    opened: Open, written: tuple[ServedPage, ModelServer]
) -> None:
    page, server = written
    reader = opened(page)
    reader.open_drawer("settings")
    reader.page.click("#setting-test")
    reader.page.locator("#setting-trial", has_text="works: first words after").wait_for()
    tried = len(server.chats)
    assert tried
    close(reader)
    reader.ask(QUESTION)
    expect(reader.page.locator("#turn-1 .made")).to_contain_text("qwen3:4b", use_inner_text=True)
    assert len(server.chats) > tried
    reader.open_drawer("settings")
    reader.page.click("#setting-model input")
    reader.page.locator("[role=option]", has_text="No model: quotes").last.click()
    reader.page.wait_for_function(f"{KEPT}.model === 'extractive'")
    reader.page.click("#setting-test")
    reader.page.locator("#setting-trial", has_text="there is no model to test").wait_for()
    close(reader)
    asked = len(server.chats)
    again(reader, page)
    reader.ask(QUESTION)
    assert "qwen3:4b" not in reader.page.locator("#turn-1 .made").inner_text()
    assert len(server.chats) == asked


def test_a_model_chosen_while_the_machine_is_looked_at_stays_chosen(
    opened: Open, written: tuple[ServedPage, ModelServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, choices = Event(), ModelList.choices

    def slow(self: ModelList, language: str, current: str = "", look: bool = True) -> list[tuple[str, str]]:
        if look:
            looked.wait(PATIENCE)
        return [*choices(self, language, current, look), *([("Found meanwhile", "found")] if look else [])]

    monkeypatch.setattr(ModelList, "choices", slow)
    reader = opened(written[0])
    reader.open_drawer("settings")
    reader.page.click("#setting-model input")
    reader.page.locator("[role=option]", has_text="No model: quotes").last.click()
    reader.page.wait_for_function(f"{KEPT}.model === 'extractive'")
    looked.set()
    reader.page.click("#setting-model input")
    reader.page.locator("[role=option]", has_text="Found meanwhile").last.wait_for()
    reader.page.keyboard.press("Tab")
    reader.page.click("#setting-test")
    reader.page.locator("#setting-trial", has_text="there is no model to test").wait_for()
    expect(reader.page.locator("#setting-model input")).to_have_value(re.compile("^No model: quotes"))


def test_thinking_is_switched_off_for_the_next_question_also_after_a_restart(
    opened: Open, written: tuple[ServedPage, ModelServer]
) -> None:
    page, _ = written
    reader = opened(page)
    reader.ask(QUESTION)
    expect(reader.page.locator("#turn-1-thinking")).to_have_count(1)
    choose(reader, "thinking", "Off", "value === 'off'")
    for turn in (2, 1):
        reader.ask(QUESTION, turn)
        assert reader.page.locator(f"#turn-{turn}-thinking").count() == 0
        again(reader, page)
    choose(reader, "thinking", "On", "value === 'on'")
    reader.ask(QUESTION)
    expect(reader.page.locator("#turn-1-thinking")).to_have_count(1)


# ---- how it looks ----


def test_the_language_chosen_is_stronger_than_the_browsers_until_given_back(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain, locale="zh-TW")
    page = reader.page
    expect(page.locator("#send")).to_have_text("送出", use_inner_text=True)
    choose(reader, "language", "简体中文", "value === 'zh-Hans'")
    page.locator("#send", has_text="发送").wait_for()
    again(reader, plain)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#send")).to_have_text("发送", use_inner_text=True)
    choose(reader, "language", "跟随浏览器", "value === ''")
    page.locator("#send", has_text="送出").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")


LIGHT, DARK = "rgb(250, 249, 246)", "rgb(21, 24, 27)"
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize(
    ("words", "theme", "expected"),
    [("As the system", "auto", (LIGHT, DARK)), ("Light", "light", (LIGHT, LIGHT)), ("Dark", "dark", (DARK, DARK))],
)
def test_the_theme_is_the_one_chosen_or_follows_the_system(
    opened: Open, plain: ServedPage, words: str, theme: str, expected: tuple[str, str]
) -> None:
    reader = opened(plain, color_scheme="light")
    if theme == "auto":
        choose(reader, "theme", "Dark", "value === 'dark'")
    choose(reader, "theme", words, f"value === '{theme}'")
    for _ in range(2):
        for scheme, ground in zip(("light", "dark"), expected, strict=True):
            reader.page.emulate_media(color_scheme=scheme)
            expect(reader.page.locator("body")).to_have_css("background-color", ground)
        again(reader, plain)


def test_letters_have_the_size_chosen_before_anything_is_painted(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain)
    size = "getComputedStyle(document.documentElement).fontSize"
    seen = [reader.page.evaluate(size)]
    for words, name in (("Large", "large"), ("Small", "small")):
        choose(reader, "size", words, f"value === '{name}'")
        again(reader, plain)
        seen.append(reader.page.evaluate(size))
        reader.page.goto(plain.url, wait_until="commit")
        reader.page.wait_for_function("document.body")
        assert reader.page.evaluate(size) == seen[-1]
        arrived(reader.page)
    assert seen == ["16px", "19px", "15px"]


def test_a_dark_page_never_flashes_up_light(browser: Any, plain: ServedPage) -> None:
    context = browser.new_context(locale="en-US", color_scheme="light")
    page = context.new_page()
    page.add_init_script(
        f"""localStorage["rag-preferences"] = '{{"theme": "dark"}}'; window.grounds = new Set();
        new MutationObserver(() => document.body && window.grounds.add({GROUND}))
          .observe(document, {{ childList: true, subtree: true, attributes: true }})"""
    )
    page.goto(plain.url)
    arrived(page)
    assert page.evaluate("[...window.grounds]") == [DARK]
    context.close()


def test_nothing_but_the_page_is_seen_while_it_loads(browser: Any, plain: ServedPage) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.add_init_script(
        """window.trackers = []; new MutationObserver(() => {
          for (const one of document.querySelectorAll(".main > [data-testid=status-tracker]"))
            window.trackers.push(one.getClientRects().length);
        }).observe(document, { childList: true, subtree: true })"""
    )
    page.goto(plain.url)
    arrived(page)
    assert set(page.evaluate("window.trackers")) == {0}
    context.close()


def test_the_defaults_come_back_at_one_press(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain)
    choose(reader, "theme", "Dark", "value === 'dark'")
    choose(reader, "size", "Large", "value === 'large'")
    choose(reader, "language", "繁體中文", "value === 'zh-Hant'")
    reader.page.locator("#send", has_text="送出").wait_for()
    reader.open_drawer("settings")
    reader.page.click("#setting-reset")
    reader.page.locator("#setting-reset", has_text="Back to the defaults").wait_for()
    kept = f"JSON.stringify([{KEPT}.theme, {KEPT}.size, {KEPT}.language])"
    reader.page.wait_for_function(f"""{kept} === '["auto","normal",""]'""")
    expect(reader.page.locator("body")).to_have_css("background-color", LIGHT)
    expect(reader.page.locator("#setting-theme input:checked")).to_have_attribute("value", "auto")


@pytest.mark.parametrize("drawer", ["articles", "settings"])
def test_every_box_of_a_drawer_is_dark_in_the_dark(opened: Open, plain: ServedPage, drawer: str) -> None:
    reader = opened(plain, color_scheme="dark")
    reader.open_drawer(drawer)
    if drawer == "articles":
        reader.page.click(".collections summary")
        reader.page.click("#paste > button")
        reader.page.locator("#paste-text textarea").wait_for()
    reader.settle()
    boxes = "#{}-drawer :is(input:not([type=radio], [type=checkbox], [type=range], [type=file]), textarea)"
    seen = reader.page.locator(f"{boxes.format(drawer)}:visible").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(seen) >= (5 if drawer == "articles" else 2)
    assert set(seen) <= {"rgb(28, 32, 36)", "rgba(0, 0, 0, 0)"}


def test_nothing_shines_through_the_heading_of_a_drawer(opened: Open, plain: ServedPage) -> None:
    reader = opened(plain, width=360, height=600)
    for drawer, heading in (("articles", "#articles-head"), ("settings", "#setting-heading")):
        reader.open_drawer(drawer)
        reader.page.locator(f"#{drawer}-drawer").evaluate("(drawer) => drawer.scrollTo(0, 150)")
        above = reader.page.evaluate(
            """(heading) => [...Array(12)].map((_, step) => document.elementFromPoint(30, 4 + step * 4))
                .every((one) => one.closest(heading))""",
            heading,
        )
        assert above, drawer
        reader.page.keyboard.press("Escape")
