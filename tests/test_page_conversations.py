"""Promises of kept conversations in a real browser: nothing of them is lost, and all can be done by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation.gold import read_gold
from tests.page_driver import (
    Reader,
    ServedPage,
    arrived,
    expect,
    needs_chromium,
    reads,
    says,
    served_over,
    settle,
    visit,
)
from tests.test_page_accessibility import violations

pytestmark = needs_chromium

FERRY = (
    "---\ntitle: The ferry Petrel\ndate: 2023-05-20\n---\n"
    "## Built in Oban\n\nThe ferry Petrel carries 240 passengers. It was built in Oban in 1987.\n\n"
    "| Season | Crossings |\n|---|---|\n| Summer | 9 |\n| Winter | 4 |\n\n"
    "- Dogs travel free.\n- A ticket costs four pounds.\n\n" + "The sound is calm in the morning.\n\n" * 60
)
TEA = (
    "# 青石茶厂\n\n"
    + "茶园在山上，雾很大。\n\n" * 60
    + "青石茶厂去年雇用了56名采茶工。茶厂建于1931年。\n\n"
    + "山路很长。\n\n" * 60
)
LAMP = "# 港口的燈塔\n\n港口的燈塔高31公尺。燈塔每晚由三名守燈人輪流看守。\n"
ARTICLES = {"ferry.md": FERRY, "tea.md": TEA, "lamp.md": LAMP}
PETREL = ("How many passengers does the ferry Petrel carry?", "The ferry Petrel carries 240 passengers.")
PICKERS = ("青石茶厂去年雇用了多少名采茶工？", "青石茶厂去年雇用了56名采茶工。")
MOONS = "How many moons does Jupiter have?"
BIDI = "שלום \u202eevil ‏مرحبا Petrel " + "long" * 30


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    page = served_over(tmp_path_factory.mktemp("kept"), ARTICLES)
    yield page
    page.stop()


Open = Callable[..., Reader]


@pytest.fixture
def read(browser: Any, served: ServedPage) -> Open:
    return partial(visit, browser, served.url)


def begin_anew(reader: Reader) -> None:
    reader.page.click("#new")
    reader.page.wait_for_selector("#conversation .welcome")


def press_through(reader: Reader, *keys: str) -> None:
    for key in keys:
        reader.page.keyboard.press(key)


def has_focus(reader: Reader, selector: str) -> None:
    reader.page.wait_for_function("(what) => document.activeElement.matches(what)", arg=selector)


def reload(reader: Reader, turn: int) -> None:
    """Load the page anew, until this turn is there again."""
    reader.page.reload()
    arrived(reader.page)
    reader.page.wait_for_selector(f"#turn-{turn} .made")


def shown_details(reader: Reader, turn: int) -> list[list[str]]:
    """The cells of the table with the details of the search of a turn."""
    reader.page.locator(f"#turn-{turn} .open-details").click()
    reader.page.wait_for_selector("dialog[open] .details tbody tr")
    rows = reader.page.locator("dialog tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog", state="detached")
    return list(rows)


# ---- nothing is lost ----


def test_a_reload_and_a_restart_lose_neither_marks_nor_the_details_of_a_search(read: Open, served: ServedPage) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    reader.ask(MOONS, 2)
    before = [shown_details(reader, turn) for turn in (1, 2)]
    assert before[0][0][0] == "1"
    assert any(PETREL[1] in cell for cell in before[0][0])
    assert all(row[3].startswith(("Cited", "Kept", "Left out")) for rows in before for row in rows)
    for restarted in (False, True):
        if restarted:
            served.restart()
        reload(reader, 2)
        assert [shown_details(reader, turn) for turn in (1, 2)] == before
        page.locator("#turn-1 a.cite").first.click()
        has_focus(reader, "#turn-1-source-1")
        reads(reader.page, "#turn-1-source-1 mark", PETREL[1])
    assert reader.errors == []


def test_a_passage_that_was_removed_meanwhile_is_missed_in_the_details(read: Open, served: ServedPage) -> None:
    library = served.page.front.desk(served.page.front.collections.default).assistant
    extra = served.folder / "extra.md"
    extra.write_text("The lighthouse keeper of Farrow earns 4200 crowns.\n", encoding="utf-8")
    library.ingest(extra)
    reader = read()
    reader.ask("What does the lighthouse keeper of Farrow earn?")
    says(reader.page, "#turn-1 .answer", "4200")
    library.remove("extra.md")
    reload(reader, 1)
    says(reader.page, "#turn-1-source-1", "no longer in the index")
    (gone,) = (row for row in shown_details(reader, 1) if "extra.md" in row[1])
    assert "The lighthouse keeper of Farrow earns" in gone[4]
    assert "This passage is no longer in the index." in gone[4]


# ---- the list by keyboard ----


def test_a_conversation_is_renamed_and_deleted_by_keyboard_alone(read: Open) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    begin_anew(reader)
    reader.ask(PICKERS[0])
    second = "#talks .talk:nth-child(2)"
    page.locator(f"{second} .talk-more summary").focus()
    press_through(reader, "Enter", "Tab")
    has_focus(reader, f"{second} [data-act=rename]")
    press_through(reader, "Enter")
    has_focus(reader, f"{second} .talk-rename input")
    page.keyboard.insert_text(BIDI)
    press_through(reader, "Enter")
    named = page.locator(f"{second} .talk-title", has_text="שלום")
    named.wait_for()
    has_focus(reader, f"{second} .talk-open")
    expect(named).to_have_text(re.compile("^שלום \ufffdevil"), use_inner_text=True)
    expect(named).to_have_css("direction", "rtl")
    assert page.locator("#talks").evaluate("(list) => list.scrollWidth <= list.clientWidth")
    to_delete = ("Enter", "Tab", "Tab", "Tab", "Tab")
    press_through(reader, "Tab", *to_delete)
    has_focus(reader, f"{second} [data-act=delete]")
    press_through(reader, "Enter")
    has_focus(reader, f"{second} [data-act=cancel]")
    press_through(reader, "Escape")
    has_focus(reader, f"{second} summary")
    expect(page.locator("#talks .talk")).to_have_count(2)
    press_through(reader, *to_delete, "Enter", "Shift+Tab")
    has_focus(reader, f"{second} [data-act=delete_sure]")
    press_through(reader, "Enter")
    expect(page.locator("#talks .talk")).to_have_count(1)
    says(reader.page, "#talks .talk-title", "采茶工")
    reload(reader, 1)
    expect(page.locator("#talks .talk")).to_have_count(1)


def test_a_search_finds_a_conversation_by_its_answer_in_either_script(read: Open) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    begin_anew(reader)
    reader.ask(PICKERS[0])
    page.locator("#search input").focus()
    page.keyboard.insert_text("青石茶廠")
    expect(page.locator("#talks .talk")).to_have_count(1)
    says(reader.page, "#talks .talk-title", "采茶工")
    press_through(reader, "Tab", "Enter")
    page.locator("#turn-1 .question", has_text="采茶工").wait_for()


def test_rows_fill_their_column_and_every_target_is_large_enough(read: Open) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    page.click("#turn-1 .thumb.down")
    page.wait_for_selector("#turn-1 .why-form")
    settle(page)
    edges = "(one) => { const box = one.getBoundingClientRect(); return [box.left, box.right]; }"
    assert page.locator("#talks .talk-row").evaluate(edges) == page.locator("#new").evaluate(edges)
    page.locator("#talks .talk-more summary").click()
    page.evaluate("for (const fold of document.querySelectorAll('#turn-1 details')) fold.open = true")
    settle(page)
    small = page.locator(":is(#talks, #turn-1) :is(button, summary, textarea, a)").evaluate_all(
        """(targets) => targets.map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)"""
    )
    assert small == []
    assert page.locator(":is(#talks, #turn-1) :is(button, summary):visible").count() > 10


# ---- exports ----


def test_exports_hold_every_question_answer_and_source(read: Open) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    reader.ask(MOONS, 2)
    texts = {}
    for act in ("markdown", "json"):
        page.locator("#talks .talk-more summary").click()
        with page.expect_download() as download:
            page.click(f"#talks [data-act={act}]")
        texts[act] = Path(download.value.path()).read_text(encoding="utf-8")
        has_focus(reader, "#talks .talk-more summary")
    assert "[1] **The ferry Petrel** · 2023-05-20 · English · ferry.md" in texts["markdown"]
    assert f"> {PETREL[1]}" in texts["markdown"]
    assert MOONS in texts["markdown"]
    first, second = json.loads(texts["json"])["turns"]
    assert first["answer"]["citations"][0]["quote"] == PETREL[1]
    assert first["evidence"]["hits"][0]["source"] == "ferry.md"
    assert second["answer"]["refused"] is True


def test_what_was_rated_is_exported_as_candidates_with_the_reason(read: Open, tmp_path: Path) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    page.click("#talks [data-act=rated]")
    page.locator("#talks .told", has_text="Nothing to export").wait_for()
    page.click("#turn-1 .thumb.up")
    page.wait_for_selector("#turn-1 .thumb.up[aria-pressed=true]")
    reader.ask(PICKERS[0], 2)
    page.click("#turn-2 .thumb.down")
    page.wait_for_selector("#turn-2 .thumb.down[aria-pressed=true]")
    page.locator("#turn-2 .why-form summary").click()
    page.fill("#turn-2 .why-form textarea", "去年是<b>58</b>名")
    page.locator("#turn-2 .why-form button").click()
    page.locator("#turn-2 .reason", has_text="去年是<b>58</b>名").wait_for()
    with page.expect_download() as download:
        page.click("#talks [data-act=rated]")
    page.locator("#talks .told", has_text="Exported: 2. To be reviewed first: 1.").wait_for()
    has_focus(reader, "#talks [data-act=rated]")
    assert download.value.suggested_filename == "feedback index.jsonl"
    file = tmp_path / "feedback.jsonl"
    download.value.save_as(file)
    right, wrong = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert right["evidence"] == [{"doc": "ferry.md", "quote": PETREL[1]}]
    assert (wrong["type"], wrong["review"]["reason"]) == ("unreviewed", "去年是<b>58</b>名")
    assert read_gold([file]).pairs[0].question == PETREL[0]


# ---- from an answer to its sources and back ----


def test_a_mark_leads_to_its_source_and_back_by_keyboard(read: Open) -> None:
    reader = read()
    reader.ask(PETREL[0])
    reader.page.locator("#turn-1 a.cite").first.focus()
    press_through(reader, "Enter")
    has_focus(reader, "#turn-1-source-1")
    press_through(reader, "Tab")
    has_focus(reader, "#turn-1-source-1 a.number")
    press_through(reader, "Enter")
    has_focus(reader, "#turn-1 a.cite")


def test_an_article_opens_at_its_place_and_keeps_it_in_the_other_script(read: Open) -> None:
    reader = read(locale="zh-TW")
    page = reader.page
    reader.ask(PICKERS[0])
    page.locator("#turn-1-source-1 .open-article").focus()
    press_through(reader, "Enter")
    mark = page.locator("dialog[open] mark:not(.also)")
    mark.wait_for()
    for words, step in ((PICKERS[1], "在裡面"), ("青石茶廠去年僱用了56名採茶工。", "")):
        page.wait_for_function("(words) => document.querySelector('dialog mark').textContent === words", arg=words)
        reader.settle()
        inside = mark.evaluate(
            """(mark) => {
              const [text, at] = [mark.closest('.panel-text'), mark.getBoundingClientRect()].map(
                (one) => one.getBoundingClientRect?.() ?? one);
              return text.top <= at.top && at.bottom <= text.bottom;
            }"""
        )
        assert inside
        page.wait_for_function("document.querySelector('dialog .panel-text').scrollTop > 300")
        if step:
            page.locator("dialog [data-step=script]").focus()
            press_through(reader, "Enter")
    press_through(reader, "Escape")
    has_focus(reader, "#turn-1-source-1 .open-article")


def test_a_browser_draws_headings_tables_and_lists_and_holds_the_stored_text(read: Open, served: ServedPage) -> None:
    reader = read()
    page = reader.page
    reader.ask(PETREL[0])
    reader.open_article()
    text = page.locator("dialog .panel-text")
    dialog = page.locator("dialog")
    expect(dialog.get_by_role("heading", name="Built in Oban", exact=True)).to_be_visible()
    expect(dialog.get_by_role("columnheader", name="Crossings")).to_be_visible()
    expect(dialog.get_by_role("cell", name="Winter")).to_be_visible()
    items = ["Dogs travel free.", "A ticket costs four pounds."]
    expect(dialog.get_by_role("listitem")).to_have_text(items, use_inner_text=True)
    assert "#" not in text.inner_text()
    assert "|" not in text.inner_text()
    reads(reader.page, "dialog mark", PETREL[1])
    assert violations(reader) == []
    held = text.evaluate(
        "(text) => { const copy = text.cloneNode(true); copy.querySelectorAll('.number').forEach((n) => n.remove()); "
        "return copy.textContent; }"
    )
    desk = served.page.front.desk(served.page.front.collections.default)
    assert held == desk.assistant.article("ferry.md").text
