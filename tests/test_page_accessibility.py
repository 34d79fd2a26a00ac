"""Promises of the chat page to readers who see little, hear the page, or use no mouse; checked by axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.types import Answer, AnswerEvent, Article, ArticleInfo, Citation, Evidence, Hit, Passage, Sentence
from tests.page_driver import Reader, can_send, expect, needs_chromium, served, settle, visit

pytestmark = needs_chromium

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARTICLES = {
    "ferry.md": "---\ntitle: A quiet ferry\ndate: 2023-05-20\n---\n"
    "The ferry Petrel carries 240 passengers across the sound. It was built in Oban in 1987.\n\n"
    "A ticket costs four pounds, and dogs travel free.\n",
    "tea.md": "---\ntitle: 青石茶厂的春天\ndate: 2024-04-02\n---\n青石茶厂去年雇用了56名采茶工。茶厂建于1931年。\n",
}
QUESTIONS = {"en-US": "How many passengers does the ferry Petrel carry?", "zh-TW": "青石茶廠去年僱用了多少名採茶工？"}
PAIRED = [("en-US", "light", 1280), ("en-US", "dark", 360), ("zh-TW", "dark", 1280), ("zh-TW", "light", 360)]
"""Every two of language, theme and width meet once."""

SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("readers")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(index=str(folder / "indexes" / "default"), model="extractive", port=0)
    with Assistant.open(folder / "indexes" / "default", settings) as assistant:
        assistant.ingest(*(folder / name for name in ARTICLES))
        with served(assistant, settings) as url:
            yield url


def violations(reader: Reader) -> list[str]:
    """What axe-core finds against WCAG A and AA: the rule, the element, and what it says."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not reader.page.evaluate("'axe' in window"):
        reader.page.evaluate(AXE_SCRIPT)
    found = reader.page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })", RULES
    )
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{broken['id']}: {node['target'][0]}: {' '.join(node['failureSummary'].split())}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


@pytest.mark.parametrize(("locale", "scheme", "width"), PAIRED)
def test_no_state_of_the_page_breaks_the_rules_of_accessibility(
    browser: Any, address: str, locale: str, scheme: str, width: int
) -> None:
    # so tall that the question box covers half of no button, which a reader would scroll up
    reader = visit(browser, address, width, 2400, locale=locale, color_scheme=scheme)
    found = {"start": violations(reader)}
    reader.ask(QUESTIONS[locale])
    reader.page.wait_for_selector("#turn-1 .card")
    reader.settle()
    found["answer"] = violations(reader)
    reader.open_article()
    found["article"] = violations(reader)
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog", state="detached")
    reader.page.locator("#turn-1 .open-details").click()
    reader.page.wait_for_selector("dialog[open] table")
    reader.settle()
    found["details"] = violations(reader)
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog", state="detached")
    reader.page.locator("#turn-1 .thumb.down").click()
    reader.page.wait_for_selector("#turn-1 .thumb.down[aria-pressed=true]")
    reader.page.locator("#turn-1-why summary").click()
    reader.page.wait_for_selector("#turn-1 .why-form textarea")
    if width < 800:
        reader.page.click("#menu")
    reader.page.locator("#talks .talk-more summary").first.click()
    reader.settle()
    found["conversations"] = violations(reader)
    if width < 800:
        reader.page.keyboard.press("Escape")
    for drawer in ("articles", "settings"):
        reader.open_drawer(drawer)
        found[drawer] = violations(reader)
        reader.page.keyboard.press("Escape")
        reader.page.wait_for_selector(f"#{drawer}-drawer", state="hidden")
    asked = {urlsplit(url).hostname for url in reader.requests if not url.startswith(("data:", "blob:"))}
    errors = reader.errors
    reader.close()
    assert {state: broken for state, broken in found.items() if broken} == {}
    assert asked == {"127.0.0.1"}
    assert errors == []


def focused(page: Any) -> str:
    """What has the focus, by its id or class."""
    return str(page.evaluate("document.activeElement.closest('[id]')?.id + '|' + document.activeElement.className"))


def tab_until(page: Any, wanted: str, most: int = 80) -> int:
    """Press Tab until an element that `wanted` selects has the focus; how often it took."""
    for pressed in range(1, most + 1):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return pressed
    raise AssertionError(f"Tab does not reach {wanted}; the focus is on {focused(page)}")


def test_the_keyboard_alone_asks_reads_and_checks(browser: Any, address: str) -> None:
    reader = visit(browser, address)
    page = reader.page
    page.evaluate("document.activeElement.blur()")
    tab_until(page, "#question textarea")
    tab_until(page, "#send", most=1)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type(QUESTIONS["en-US"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-1 .card")
    can_send(page)
    settle(page)
    page.evaluate("document.querySelector('#turn-1-question').scrollIntoView(); document.activeElement.blur()")
    page.locator("#new").focus()
    tab_until(page, "#turn-1 a.cite")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'turn-1-source-1'")
    tab_until(page, "#turn-1-source-1 .open-article", most=4)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] mark")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    expect(page.locator("#turn-1-source-1 .open-article")).to_be_focused()
    tab_until(page, "#question textarea")
    reader.close()


@pytest.mark.parametrize("drawer", ["articles", "settings"])
def test_escape_closes_a_drawer_and_the_focus_goes_back_to_its_button(browser: Any, address: str, drawer: str) -> None:
    reader = visit(browser, address)
    page = reader.page
    page.locator(f"#{drawer}").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#{drawer}-drawer .close-drawer:focus")
    for _ in range(40):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            f"document.activeElement === document.body || !!document.activeElement.closest('#{drawer}-drawer')"
        )
        assert inside, f"Tab leaves the open drawer for {focused(page)}"
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#{drawer}-drawer", state="hidden")
    expect(page.locator(f"#{drawer}")).to_be_focused()
    reader.close()


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_at_twice_the_size_nothing_needs_sideways_scrolling(browser: Any, address: str, locale: str) -> None:
    # a window of 1280 pixels at 200 % is one of 640 with two device pixels each
    reader = visit(browser, address, 640, 400, device_scale_factor=2, locale=locale)
    page = reader.page
    wide = {"start": page.evaluate(SIDEWAYS)}
    reader.ask(QUESTIONS[locale])
    page.wait_for_selector("#turn-1 .card")
    wide["answer"] = page.evaluate(SIDEWAYS)
    reader.open_article()
    wide["article"] = page.locator("dialog").evaluate("(panel) => panel.scrollWidth > window.innerWidth")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    for drawer in ("articles", "settings"):
        reader.open_drawer(drawer)
        wide[drawer] = page.locator(f"#{drawer}-drawer").evaluate("(one) => one.scrollWidth > one.clientWidth")
        page.keyboard.press("Escape")
        page.wait_for_selector(f"#{drawer}-drawer", state="hidden")
    reader.close()
    assert [state for state, sideways in wide.items() if sideways] == []


# ---- what is not seen every day ----


class Written:
    """Answers as a model would: with a thought, a cited sentence, one in doubt, and a notice; or refuses."""

    settings = Settings(model="extractive")
    ferry = Article("ferry", "ferry.md", "A quiet ferry", "en", "The ferry Petrel carries 240 passengers. It is blue.")

    def with_settings(self, settings: Settings) -> Written:
        return self

    def articles(self) -> tuple[ArticleInfo, ...]:
        return (ArticleInfo("ferry", "ferry.md", self.ferry.title, "en", None, None, 1, len(self.ferry.text)),)

    def article(self, article_id: str) -> Article:
        return self.ferry

    def stream(self, question: str, history: object, filters: object, cancelled: object) -> Iterator[AnswerEvent]:
        text = self.ferry.text
        hit = Hit(Passage("ferry", 0, len(text), text, "en"), "ferry.md", self.ferry.title, 1.5, 1)
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", (hit,)))
        if "refuse" in question:
            refused = Answer(question, "en", "The articles do not say.", True, 0.1, (), (hit,))
            yield AnswerEvent("answer", answer=refused)
            return
        where = ("ferry:0-40", "ferry", "ferry.md", self.ferry.title, "en")
        cited = tuple(Citation(n, *where, 0, 40, text[:40], n == 1, 0.9) for n in (1, 2))
        said = "It carries 240 passengers [1]. It was painted in 1990 [2]."
        doubted = Sentence(31, len(said), (2,), False, 0.1, "quantity", ("1990",))
        answer = Answer(question, "en", said, False, 0.8, cited, (hit,), None, "Qwen3-4B", sentences=(doubted,))
        yield AnswerEvent("answer", answer=replace(answer, thinking="A number is asked for.", notices=("Stopped.",)))


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[str, Any]]:
    from ui.app import build, launch

    settings = Settings(index=str(tmp_path / "index"), model="extractive", port=0)
    page = build(Written(), settings)  # type: ignore[arg-type]
    yield launch(page, settings), page.front.line
    page.close(verbose=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_refusals_doubts_and_the_place_in_line_break_no_rule_of_accessibility(
    browser: Any, written: tuple[str, Any], scheme: str
) -> None:
    url, line = written
    reader = visit(browser, url, 1280, 2400, color_scheme=scheme)
    reader.ask("refuse this")
    reader.page.wait_for_selector("#turn-1 .refusal")
    reader.settle()
    found = {"refusal": violations(reader)}
    reader.ask("How many?", 2)
    reader.page.wait_for_selector("#turn-2 .doubted")
    reader.page.locator("#turn-2-thinking summary").click()
    reader.page.locator("#turn-2 .doubted").focus()
    reader.settle()
    found["doubt"] = violations(reader)
    held = [line.join() for _ in range(line.places)]
    reader.ask("And who?", 3, until=".state >> text=Questions ahead of yours: 1.")
    reader.settle()
    found["line"] = violations(reader)
    for ticket in held:
        ticket.leave()
    reader.page.wait_for_selector("#turn-3 .made")
    reader.close()
    assert {state: broken for state, broken in found.items() if broken} == {}


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("zh-TW", "dark")])
def test_the_page_to_sign_in_breaks_no_rule_of_accessibility(
    browser: Any, tmp_path: Path, locale: str, scheme: str
) -> None:
    settings = Settings(index=str(tmp_path / "index"), model="extractive", port=0, auth="ada:a long enough password")
    with served(Written(), settings) as url:
        context = browser.new_context(locale=locale, color_scheme=scheme)
        reader = Reader(context.new_page())
        reader.page.goto(url)
        found = [violations(reader)]
        reader.page.fill("input[type=password]", "a wrong one")
        reader.page.fill("input:not([type=password]):not([type=hidden])", "ada")
        reader.page.keyboard.press("Enter")
        reader.page.wait_for_selector("[role=alert]")
        found.append(violations(reader))
        reader.close()
    assert found == [[], []]
