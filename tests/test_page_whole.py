"""Promises of the whole page in a real browser, with a real index: asking, articles, conversations, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import page_driver
from tests.page_driver import (
    ServedPage,
    arrived,
    can_send,
    expect,
    needs_chromium,
    reads,
    says,
    served_over,
    settle,
)

pytestmark = needs_chromium

ARTICLES = {
    "ferry.md": "# The ferry Petrel\n\nThe ferry Petrel carries 240 passengers. It was built in Oban in 1987.\n",
    "tea.md": "# 青石茶厂\n\n青石茶厂去年雇用了56名采茶工。茶厂建于1931年。\n",
    "lamp.md": "# 港口的燈塔\n\n港口的燈塔高31公尺。燈塔每晚由三名守燈人輪流看守。\n",
}
ASKED = (
    ("How many passengers does the ferry Petrel carry?", "240", "The ferry Petrel carries 240 passengers."),
    ("青石茶厂去年雇用了多少名采茶工？", "56", "青石茶厂去年雇用了56名采茶工。"),
    ("港口的燈塔有多高？", "31", "港口的燈塔高31公尺。"),
)
MARKET = "海濱夜市搬到了新碼頭。攤商共有六十二家，每週五營業到午夜。市集的規劃由居民投票決定。"
HOSTILE = "<img src=x onerror='window.ran = 1'> ${window.ran = 2} \u202egnp"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    page = served_over(tmp_path_factory.mktemp("whole"), ARTICLES)
    yield page
    page.stop()


Open = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, served: ServedPage) -> Open:
    def open_page(width: int = 1280, **options: Any) -> Any:
        reader = page_driver.visit(browser, served.url, width, **options)
        # kept beside the page, since these tests hold no reader
        reader.page.errors = reader.errors
        return reader.page

    return open_page


def ask(page: Any, question: str, turn: int = 1, until: str = ".made") -> None:
    can_send(page)
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(f"#turn-{turn} {until}")
    can_send(page)


@contextmanager
def drawer(page: Any, name: str) -> Iterator[Any]:
    """The articles or the settings, opened and closed again."""
    page.locator(f"#{name}:visible, #menu:visible").first.wait_for()
    if not page.locator(f"#{name}").is_visible():
        page.click("#menu")
    page.click(f"#{name}")
    opened = page.locator(f"#{name}-drawer")
    opened.wait_for(state="visible")
    if name == "articles":
        page.wait_for_selector("#library .count", state="attached")
    yield opened
    page.keyboard.press("Escape")
    opened.wait_for(state="hidden")


def upload(page: Any, *files: dict[str, Any]) -> str:
    """Hand files in and give back what is told of them at the end."""
    page.set_input_files("#files input[type=file]", list(files))
    page.locator("#report .count", has_text="Done:").wait_for()
    return str(page.locator("#report").inner_text())


# ---- asking ----


def test_each_script_is_answered_with_its_sentence_marked_in_its_source(visit: Open) -> None:
    page = visit()
    for turn, (question, answer, sentence) in enumerate(ASKED, 1):
        ask(page, question, turn)
        says(page, f"#turn-{turn} .answer", answer)
        mark = page.locator(f"#turn-{turn} a.cite").first
        card = page.locator(f"#{mark.get_attribute('data-source')}")
        mark.click()
        page.wait_for_function(f"document.activeElement.id === 'turn-{turn}-source-1'")
        expect(card.locator("mark")).to_have_text(sentence, use_inner_text=True)
        card.locator("a.number").click()
        page.wait_for_function(f"document.activeElement.id === 'turn-{turn}-cite-1'")
    assert page.errors == []


def test_examples_are_drawn_from_the_articles_at_hand_in_their_scripts(visit: Open) -> None:
    page = visit()
    for words in ("What does “The ferry Petrel” say?", "《青石茶厂》讲了什么？", "《港口的燈塔》講了什麼？"):
        expect(page.locator("[data-example]", has_text=re.compile(f"^{re.escape(words)}$"))).to_be_visible()
    page.locator("[data-example]", has_text="Petrel").click()
    page.wait_for_selector("#turn-1 .made")


def test_the_slash_key_leads_to_the_box_and_stays_a_letter_in_it(visit: Open) -> None:
    page = visit()
    page.locator("#new").focus()
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    page.keyboard.type("a/b")
    expect(page.locator("#question textarea")).to_have_value("a/b")


def test_the_last_question_is_asked_again_or_changed_in_its_place(visit: Open) -> None:
    page = visit()
    ask(page, ASKED[0][0])
    ask(page, "When was the tea works founded?", 2)
    expect(page.locator("[data-edit]")).to_have_count(1)
    page.evaluate("document.querySelector('#turn-2 .made').id = 'before'")
    page.click("[data-again]")
    page.locator("#before").wait_for(state="detached")
    page.wait_for_selector("#turn-2 .made")
    can_send(page)
    expect(page.locator(".turn")).to_have_count(2)
    page.click("[data-edit]")
    expect(page.locator("#question textarea")).to_have_value(re.compile("^When was"))
    page.locator("#note p").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#question textarea")).to_have_value("")
    page.locator("#note p").wait_for(state="detached")
    page.click("[data-edit]")
    page.locator("#note p").wait_for()
    ask(page, ASKED[2][0], 2, until=".question >> text=港口的燈塔有多高")
    page.wait_for_selector("#turn-2 .made")
    says(page, "#turn-2 .answer", "31")
    expect(page.locator(".turn")).to_have_count(2)


# ---- articles ----


def test_a_big5_file_can_be_asked_about_until_it_is_removed(visit: Open) -> None:
    page = visit()
    with drawer(page, "articles"):
        told = upload(page, {"name": "夜市.txt", "mimeType": "text/plain", "buffer": MARKET.encode("big5")})
        assert "1 in the index, 0 with a problem" in told
        page.locator("#library .row-title", has_text="夜市").wait_for()
    ask(page, "海濱夜市有多少家攤商？")
    says(page, "#turn-1 .answer", "六十二家")
    says(page, "#turn-1-source-1 mark", "攤商共有六十二家")
    with drawer(page, "articles"):
        row = page.locator("#library .row", has_text="夜市")
        row.locator(".ask").click()
        row.locator("[data-remove]").click()
        page.locator("#library .count", has_text="Removed: 夜市").wait_for()
        expect(page.locator("#library .row", has_text="夜市")).to_have_count(0)
    ask(page, "海濱夜市有多少家攤商？", 2)
    assert "六十二家" not in page.locator("#turn-2").inner_text()


def test_a_pasted_text_can_be_asked_about(visit: Open) -> None:
    page = visit()
    with drawer(page, "articles"):
        page.locator("#paste > button").click()
        page.fill("#paste-title :is(input, textarea)", "The weather ship")
        page.fill("#paste-text textarea", "The weather ship Aurora measures the wind every 17 minutes.")
        page.click("#paste-add")
        page.locator("#report .count", has_text="Done:").wait_for()
    ask(page, "How often does the weather ship Aurora measure the wind?")
    says(page, "#turn-1 .answer", "17")


def test_a_hostile_article_with_a_hostile_name_stays_text(visit: Open) -> None:
    page = visit()
    text = f"# {HOSTILE}\n\nThe keeper of Farrow Point earns 4200 crowns {HOSTILE}.\n"
    with drawer(page, "articles"):
        upload(page, {"name": f"{HOSTILE}.md".replace("/", "_"), "mimeType": "text/plain", "buffer": text.encode()})
        row = page.locator("#library .row", has_text="onerror")
        row.wait_for()
        row.locator("[data-open]").click()
        says(page, "dialog[open]", "<img src=x onerror='window.ran = 1'> ${window.ran = 2} \ufffdgnp")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        row.locator(".ask").click()
        row.locator("[data-remove]").click()
        page.locator("#library .count", has_text="Removed").wait_for()
    assert page.evaluate("window.ran") is None
    assert page.locator("#library img, #report img, #panel img").count() == 0
    assert page.errors == []


def test_another_collection_holds_other_articles(visit: Open) -> None:
    page = visit()
    with drawer(page, "articles"):
        page.click(".collections summary")
        page.fill("form[data-act=create] input", "潮汐 notes")
        page.click("form[data-act=create] button")
        page.locator(".collections strong", has_text="潮汐 notes").wait_for()
        page.locator("#library", has_text="There are no articles here yet").wait_for()
        expect(page.locator("#report .count")).to_have_count(0)
        upload(
            page, {"name": "tide.txt", "mimeType": "text/plain", "buffer": b"High tide at Sule is at 5:40 on Friday."}
        )
    ask(page, "When is high tide at Sule?")
    says(page, "#turn-1 .answer", "5:40")
    page.select_option("#chooser select", label="Default")
    page.wait_for_selector("#conversation .welcome")
    ask(page, "When is high tide at Sule?")
    assert "5:40" not in page.locator("#turn-1").inner_text()
    page.locator("#talks .talk-open").nth(1).click()
    page.locator("#turn-1 .answer", has_text="5:40").wait_for()
    with drawer(page, "articles"):
        page.locator(".collections strong", has_text="潮汐 notes").wait_for()
        page.click(".collections summary")
        page.click(".collections .ask")
        page.click(".collections [data-act=delete]")
        page.locator(".collections strong", has_text="Default").wait_for()
    page.wait_for_selector("#conversation .welcome")


# ---- conversations ----


def test_a_conversation_is_found_after_a_reload_with_its_sources_and_feedback(visit: Open) -> None:
    page = visit()
    ask(page, ASKED[0][0])
    page.click("#turn-1 .thumb.down")
    page.wait_for_selector("#turn-1 .thumb.down[aria-pressed=true]")
    page.reload()
    arrived(page)
    page.wait_for_selector("#turn-1 .made")
    reads(page, "#turn-1-source-1 mark", ASKED[0][2])
    expect(page.locator("#turn-1 .thumb.down[aria-pressed=true]")).to_have_count(1)
    ask(page, "And in 1987?", 2)
    expect(page.locator("#talks .talk")).to_have_count(1)


def test_conversations_are_searched_renamed_exported_and_deleted(visit: Open) -> None:
    page = visit()
    ask(page, ASKED[0][0])
    page.click("#new")
    page.wait_for_selector("#conversation .welcome")
    ask(page, ASKED[1][0])
    expect(page.locator("#talks .talk")).to_have_count(2)
    page.locator("#search input").press_sequentially("petrel")
    expect(page.locator("#talks .talk")).to_have_count(1)
    page.locator("#talks .talk-open").click()
    page.locator("#turn-1 .question", has_text="ferry").wait_for()
    page.locator("#talks .talk-more summary").click()
    page.click("#talks [data-act=rename]")
    page.fill("#talks .talk-rename input", "Boats")
    page.keyboard.press("Enter")
    page.locator("#talks .talk-title", has_text="Boats").wait_for()
    for act, ending in (("markdown", ".md"), ("json", ".json")):
        page.locator("#talks .talk-more summary").click()
        with page.expect_download() as download:
            page.click(f"#talks [data-act={act}]")
        assert download.value.suggested_filename.endswith(ending)
        assert ASKED[0][2] in Path(download.value.path()).read_text(encoding="utf-8")
    page.locator("#talks .talk-more summary").click()
    page.click("#talks [data-act=delete]")
    page.click("#talks [data-act=delete_sure]")
    page.wait_for_selector("#conversation .welcome")
    page.locator("#talks .talks-empty").wait_for()
    page.locator("#search input").press("Control+a")
    page.locator("#search input").press("Delete")
    expect(page.locator("#talks .talk")).to_have_count(1)


def test_another_browser_sees_nothing_of_a_conversation(visit: Open) -> None:
    one = visit()
    ask(one, ASKED[0][0])
    other = visit()
    other.locator("#talks .talks-empty").wait_for()
    assert other.locator("#talks .talk").count() == 0


def test_a_server_that_began_anew_finds_the_page_where_it_was(visit: Open, served: ServedPage) -> None:
    page = visit()
    ask(page, ASKED[0][0])
    served.restart()
    ask(page, ASKED[1][0], 2)
    says(page, "#turn-2 .answer", "56")
    expect(page.locator("#turn-1-source-1")).to_have_count(1)
    page.reload()
    arrived(page)
    page.wait_for_selector("#turn-2 .made")


# ---- the interface ----


def test_language_theme_and_size_are_kept_by_the_browser(visit: Open) -> None:
    page = visit()
    ask(page, ASKED[0][0])
    with drawer(page, "settings"):
        page.locator("#setting-theme label").nth(2).click()
        page.locator("#setting-size label").nth(2).click()
        page.locator("#setting-language label", has_text="繁體中文").click()
        page.locator("#setting-model span", has_text="模型").first.wait_for()
    for _ in range(2):
        page.locator("#send", has_text="送出").wait_for()
        page.get_by_role("heading", name="出處（1）").wait_for()
        expect(page.locator("body")).to_have_css("background-color", "rgb(21, 24, 27)")
        expect(page.locator("html")).to_have_css("font-size", "19px")
        page.reload()
        arrived(page)


def test_the_languages_searched_are_those_chosen(visit: Open) -> None:
    page = visit()
    with drawer(page, "settings"):
        page.locator("#setting-languages label", has_text="English").click()
        page.wait_for_function("JSON.parse(localStorage['rag-preferences'] ?? '{}').languages?.length === 2")
    ask(page, ASKED[0][0])
    page.wait_for_selector("#turn-1 .sources .card", state="attached")
    assert page.locator("#turn-1 .sources").get_by_text("The ferry Petrel").count() == 0


def test_a_phone_shows_everything_below_each_other_and_the_sidebar_on_demand(visit: Open) -> None:
    page = visit(width=360)
    sideways = "document.documentElement.scrollWidth > window.innerWidth"
    expect(page.locator("#side")).to_be_hidden()
    ask(page, ASKED[0][0])
    settle(page)
    answer, sources = (page.locator(f"#turn-1 {part}").bounding_box() for part in (".answer", ".sources"))
    assert sources["y"] >= answer["y"] + answer["height"]
    page.click("#menu")
    page.locator("#talks .talk").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    for name in ("articles", "settings"):
        with drawer(page, name) as opened:
            settle(page)
            assert opened.evaluate("(drawer) => drawer.scrollWidth <= window.innerWidth")
            assert not page.evaluate(sideways)
    assert not page.evaluate(sideways)


def test_a_drawer_keeps_the_focus_inside_and_gives_it_back(visit: Open) -> None:
    page = visit()
    page.locator("#articles").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#articles-drawer[role=dialog][aria-modal=true] .close-drawer:focus")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('#page')")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.id === 'articles'")
