"""Promises of the articles drawer in a real browser: what is handed in, listed, opened, removed, and kept apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from tests.page_driver import PATIENCE, Reader, arrived, expect, needs_chromium, says, served, visit
from ui.library import Library
from ui.library_types import Listing

pytestmark = needs_chromium

KILN = "The pottery kiln in Marden burns pine for forty hours and reaches 1280 degrees."
BRIDGE = "石桥镇的木桥重新开放。桥长九十米，工人用了两年时间才修好。"
MARKET = "海濱夜市搬到了新碼頭。攤商共有六十二家，每週五營業到午夜。"
NAMES = (
    "第一章：茶（初稿）「甲」、【乙】.txt",
    "spring plan [v2] (final), 50% & more!.txt",
    "$price {draft} `new`.txt",
    "烏龍茶 🍵👩‍🌾.txt",
)
MARKUP = "<img src=x onerror='window.ran = 1'> ${window.ran = 2}.txt"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    """One over an index of its own, empty, with a folder of uploads beside it."""
    return Assistant.open(tmp_path / "indexes" / "default", Settings(model="extractive"))


Open = Callable[..., Reader]


@pytest.fixture
def drawer(browser: Any, assistant: Assistant, tmp_path: Path) -> Iterator[Open]:
    """Opens the page with its articles drawer open."""
    settings = Settings(index=str(tmp_path / "indexes" / "default"), model="extractive", port=0)
    readers: list[Reader] = []
    with served(assistant, settings) as url:

        def opened(width: int = 1280, **options: Any) -> Reader:
            readers.append(visit(browser, url, width, **options))
            readers[-1].open_drawer("articles")
            return readers[-1]

        yield opened
        for reader in readers:
            reader.close()


def file(name: str, words: str | bytes = KILN) -> dict[str, Any]:
    return {"name": name, "mimeType": "", "buffer": words if isinstance(words, bytes) else words.encode()}


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, words in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(words if isinstance(words, bytes) else words.encode())
    return folder


def ended(reader: Reader) -> dict[str, str]:
    """What is told of each file at the end, by its name, on one line; the index holds then what it says."""
    reader.page.locator("#report .count", has_text="Done:").wait_for()
    told = reader.page.locator("#report .file").all()
    return {one.locator(".name").inner_text(): " ".join(one.inner_text().split()) for one in told}


def upload(reader: Reader, *files: dict[str, Any]) -> dict[str, str]:
    reader.page.set_input_files("#files input[type=file]", list(files))
    return ended(reader)


def drop(reader: Reader, at: str, *paths: Path) -> None:
    """Drop files and folders of this machine on a place, as a person does with a mouse."""
    reader.settle()
    box = reader.page.locator(at).bounding_box()
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"] / 2, 300)}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    devtools = reader.page.context.new_cdp_session(reader.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    devtools.detach()


def sources(assistant: Assistant) -> Sequence[str]:
    return sorted(info.source for info in assistant.articles())


def has_titles(reader: Reader, *titles: str) -> None:
    """The list has these rows and no other, or comes to."""
    expect(reader.page.locator("#library .row-title")).to_have_text(list(titles), use_inner_text=True)


def row(reader: Reader, words: str) -> Any:
    return reader.page.locator("#library .row", has_text=words)


def close_drawer(reader: Reader) -> None:
    reader.page.keyboard.press("Escape")
    reader.page.locator("#articles-drawer").wait_for(state="hidden")


# ---- handing in ----


def test_a_folder_goes_in_with_its_sub_folders_and_says_what_it_left_out(
    drawer: Open, assistant: Assistant, tmp_path: Path
) -> None:
    files = {
        "kiln.txt": KILN,
        "zh/bridge.md": BRIDGE,
        "zh/night/market.txt": MARKET.encode("big5"),
        "zh/photo.png": b"\x89PNG",
        ".git/config.txt": "not an article",
    }
    folder = written(tmp_path / "town", files)
    reader = drawer()
    reader.page.set_input_files("#folder input[type=file]", str(folder))
    told = ended(reader)
    assert sources(assistant) == ["town/kiln.txt", "town/zh/bridge.md", "town/zh/night/market.txt"]
    assert "files of the type .png are not supported" in told["town/zh/photo.png"]
    assert "passed over" in told["town/.git/config.txt"]
    assert len(told) == len(files)
    close_drawer(reader)
    reader.ask("海濱夜市有多少家攤商？")
    says(reader.page, "#turn-1 .answer", "六十二")


@pytest.mark.parametrize("at", ["#files", "#folder", "#library"])
def test_files_and_folders_can_be_dropped_anywhere_in_the_drawer(
    drawer: Open, assistant: Assistant, tmp_path: Path, at: str
) -> None:
    written(tmp_path, {"kiln.txt": KILN, "bridge.txt": BRIDGE, "town/zh/market.txt": MARKET, "town/empty.txt": ""})
    reader = drawer()
    drop(reader, at, tmp_path / "kiln.txt", tmp_path / "bridge.txt", tmp_path / "town")
    told = ended(reader)
    assert sources(assistant) == ["bridge.txt", "kiln.txt", "town/zh/market.txt"]
    assert "the file is empty" in told["town/empty.txt"]
    expect(reader.page.locator("html[data-dropping]")).to_have_count(0)
    drop(reader, at, written(tmp_path, {"late.txt": f"{KILN} It cooled for two days."}) / "late.txt")
    row(reader, "late").wait_for()


def test_a_file_dropped_beside_the_drawer_neither_opens_nor_goes_in(
    drawer: Open, assistant: Assistant, tmp_path: Path
) -> None:
    reader = drawer()
    close_drawer(reader)
    drop(reader, "#conversation", written(tmp_path, {"kiln.txt": KILN}) / "kiln.txt")
    expect(reader.page.locator("#question textarea")).to_be_visible()
    # what is dropped in its place goes in alone
    reader.open_drawer("articles")
    drop(reader, "#library", written(tmp_path, {"bridge.txt": BRIDGE}) / "bridge.txt")
    assert list(ended(reader)) == ["bridge.txt"]
    assert sources(assistant) == ["bridge.txt"]


def test_good_files_go_in_beside_a_wrong_one_that_is_named_with_its_reason(drawer: Open, assistant: Assistant) -> None:
    told = upload(drawer(), file("kiln.txt"), file("broken.pdf", b"%PDF-1.4 and nothing"), file("bridge.txt", BRIDGE))
    assert sources(assistant) == ["bridge.txt", "kiln.txt"]
    assert told["broken.pdf"].startswith("broken.pdf Could not be read")
    assert len(told["broken.pdf"]) > len("broken.pdf Could not be read ")
    assert told["kiln.txt"] == "kiln.txt Added · 1 passage"


def test_two_files_of_one_name_are_both_kept_and_told_apart(drawer: Open, assistant: Assistant) -> None:
    reader = drawer()
    upload(reader, file("notes.txt"))
    row(reader, "notes").wait_for()
    upload(reader, file("notes.txt", BRIDGE))
    reader.page.locator("#report", has_text="(2)").wait_for()
    told = ended(reader)
    assert "Both are kept; this one is called notes (2).txt." in told["notes.txt"]
    assert sources(assistant) == ["notes (2).txt", "notes.txt"]
    assert {KILN, BRIDGE} == {assistant.article(info.id).text for info in assistant.articles()}


@pytest.mark.parametrize("name", NAMES)
def test_an_article_is_called_what_its_file_is_called(drawer: Open, assistant: Assistant, name: str) -> None:
    reader = drawer()
    assert list(upload(reader, file(name))) == [name]
    row(reader, name).wait_for()
    has_titles(reader, name.removesuffix(".txt"))
    assert sources(assistant) == [name]
    close_drawer(reader)
    reader.ask("How many degrees does the kiln in Marden reach?")
    says(reader.page, "#turn-1-source-1", name.removesuffix(".txt"))


def test_a_name_of_markup_stays_text_and_safe_on_disk(drawer: Open, assistant: Assistant, tmp_path: Path) -> None:
    reader = drawer()
    assert list(upload(reader, file(MARKUP))) == [MARKUP]
    row(reader, "onerror").wait_for()
    # in the wide form of these characters, which every system takes
    shown = MARKUP.translate({ord("<"): "＜", ord(">"): "＞"})
    assert sources(assistant) == [shown]
    has_titles(reader, shown.removesuffix(".txt"))
    assert [path.name for path in tmp_path.rglob("*.txt")] == [shown]
    row(reader, "onerror").locator(".ask").click()
    row(reader, "onerror").locator("[data-remove]").click()
    reader.page.locator("#library .count", has_text="Removed").wait_for()
    assert reader.page.evaluate("window.ran") is None
    assert reader.page.locator("#library img, #report img").count() == 0
    assert [path.name for path in tmp_path.rglob("*.txt")] == []


def test_each_file_says_that_it_waits_and_what_is_dropped_meanwhile_goes_in_after(
    drawer: Open, assistant: Assistant, tmp_path: Path
) -> None:
    reader = drawer()
    late = written(tmp_path, {"market.txt": MARKET}) / "market.txt"
    with assistant.store.exclusive():
        reader.page.set_input_files("#files input[type=file]", [file("kiln.txt"), file("bridge.txt", BRIDGE)])
        reader.page.locator("#report .file", has_text="Waiting").nth(1).wait_for()
        counted = reader.page.locator("#report .count")
        expect(counted).to_have_text("0 of 2 files done", use_inner_text=True)
        expect(reader.page.locator("#report progress")).to_have_attribute("max", "2")
        drop(reader, "#library", late)
    reader.page.locator("#report .file", has_text=re.compile(r"market\.txt\s*Added")).wait_for()
    assert sources(assistant) == ["bridge.txt", "kiln.txt", "market.txt"]


# ---- pasting ----


def test_a_pasted_text_has_the_title_it_was_given_and_its_boxes_are_empty_again(
    drawer: Open, assistant: Assistant
) -> None:
    reader = drawer()
    page = reader.page
    fold = page.get_by_role("button", name="Paste a text")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    page.fill("#paste-title :is(input, textarea)", "海邊夜市：「六十二」攤 <b>")
    page.fill("#paste-text textarea", MARKET)
    page.click("#paste-add")
    ended(reader)
    assert [info.title for info in assistant.articles()] == ["海邊夜市：「六十二」攤 <b>"]
    row(reader, "六十二").wait_for()
    has_titles(reader, "海邊夜市：「六十二」攤 <b>")
    expect(page.locator("#paste-text textarea")).to_have_value("")
    expect(page.locator("#paste-title :is(input, textarea)")).to_have_value("")


def test_a_text_that_could_not_be_added_stays_in_its_box(drawer: Open, assistant: Assistant) -> None:
    reader = drawer()
    page = reader.page
    page.fill("#filter input", "kiln")
    page.click("#paste > button")
    page.fill("#paste-title :is(input, textarea)", "A title without a text")
    page.fill("#paste-text textarea", " ")
    page.click("#paste-add")
    assert "the file is empty" in next(iter(ended(reader).values()))
    # the box for words is emptied where the boxes of a text would be
    expect(page.locator("#filter input")).to_have_value("")
    assert page.input_value("#paste-title :is(input, textarea)") == "A title without a text"
    assert page.input_value("#paste-text textarea") == " "


# ---- the list ----


@pytest.fixture
def filled(assistant: Assistant, tmp_path: Path) -> Path:
    """A folder of a person's own, ingested from where it lies."""
    folder = written(tmp_path / "own", {"kiln.txt": KILN, "石桥.md": BRIDGE, "2024-05-01 夜市.txt": MARKET})
    assistant.ingest(folder)
    return folder


def test_the_list_shows_language_date_and_passages_and_is_narrowed_by_words(drawer: Open, filled: Path) -> None:
    reader = drawer()
    row(reader, "夜市").wait_for()
    for words in ("Traditional Chinese", "2024-05-01", "1 passage"):
        expect(row(reader, "夜市")).to_contain_text(words, use_inner_text=True)
    expect(reader.page.locator("#library .count")).to_have_text("3 articles", use_inner_text=True)
    reader.page.locator("#filter input").press_sequentially("石橋")
    reader.page.locator("#library .count", has_text="1 of 3 articles").wait_for()
    has_titles(reader, "石桥")
    reader.page.fill("#filter input", "nothing of the kind")
    reader.page.locator("#library .none", has_text="No article holds these words").wait_for()
    reader.page.fill("#filter input", "")
    reader.page.locator("#library .count", has_text=re.compile("^3 articles$")).wait_for()


def test_words_typed_and_what_is_told_of_a_file_stay_while_the_list_is_slow_to_come(
    drawer: Open, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = drawer()
    close_drawer(reader)
    listed, waiting, listing = Event(), [True], Library.listing

    def slow(self: Library, words: str = "") -> Listing:
        # the first is the one that the opening of the drawer asks for
        if not (waiting and waiting.pop()):
            return listing(self, words)
        listed.wait(PATIENCE)
        return listing(self, "石橋")

    monkeypatch.setattr(Library, "listing", slow)
    reader.open_drawer("articles")
    told = upload(reader, file("market.txt", f"{MARKET} 入場免費。"))
    row(reader, "market").wait_for()
    reader.page.fill("#filter input", "夜市")
    row(reader, "market").wait_for(state="detached")
    listed.set()
    has_titles(reader, "石桥")
    assert ended(reader) == told
    assert reader.page.input_value("#filter input") == "夜市"


def test_an_article_opens_from_the_list_and_gives_the_focus_back(drawer: Open, filled: Path) -> None:
    reader = drawer()
    opener = row(reader, "石桥").locator("[data-open]")
    opener.focus()
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector("dialog[open]")
    says(reader.page, "dialog", BRIDGE)
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_selector("dialog", state="detached")
    expect(opener).to_be_focused()
    assert reader.page.locator("#articles-drawer").is_visible()


def test_nothing_is_removed_before_it_is_confirmed_and_a_persons_own_file_never(
    drawer: Open, filled: Path, assistant: Assistant
) -> None:
    reader = drawer()
    kiln = row(reader, "kiln")
    kiln.locator(".ask").click()
    sure = kiln.locator(".sure")
    expect(sure).to_contain_text("The file it was read from stays where it is.", use_inner_text=True)
    kiln.locator(".keep").click()
    expect(sure).to_be_hidden()
    kiln.locator(".ask").click()
    expect(kiln.locator(".keep")).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(sure).to_be_hidden()
    assert reader.page.locator("#articles-drawer").is_visible()
    assert len(assistant.articles()) == 3
    kiln.locator(".ask").click()
    kiln.locator("[data-remove]").click()
    reader.page.locator("#library .count", has_text="Removed: kiln").wait_for()
    expect(kiln).to_have_count(0)
    assert sources(assistant) == ["2024-05-01 夜市.txt", "石桥.md"]
    assert (filled / "kiln.txt").read_text(encoding="utf-8") == KILN
    close_drawer(reader)
    reader.ask("How many degrees does the kiln in Marden reach?")
    assert "1280" not in reader.page.locator("#turn-1").inner_text()


def test_reading_again_sees_what_changed_and_the_next_question_knows_it(drawer: Open, filled: Path) -> None:
    (filled / "kiln.txt").write_text(KILN.replace("1280", "1315"), encoding="utf-8")
    (filled / "石桥.md").unlink()
    reader = drawer()
    reader.page.click("#reindex")
    told = ended(reader)
    assert told["kiln.txt"].startswith("kiln.txt Updated")
    assert told["2024-05-01 夜市.txt"].startswith("2024-05-01 夜市.txt Unchanged")
    assert "the article is kept as it was" in told["石桥.md"]
    close_drawer(reader)
    reader.ask("How many degrees does the kiln in Marden reach?")
    says(reader.page, "#turn-1 .answer", "1315")


# ---- collections ----


def test_collections_are_made_chosen_asked_renamed_and_deleted(drawer: Open, tmp_path: Path) -> None:
    reader = drawer()
    page = reader.page
    upload(reader, file("kiln.txt"))
    page.click(".collections summary")
    page.fill("form[data-act=create] input", "橋梁 & <b>markets</b>")
    page.click("form[data-act=create] button")
    page.locator(".collections strong", has_text="橋梁 & <b>markets</b>").wait_for()
    page.locator("#library", has_text="There are no articles here yet").wait_for()
    expect(page.locator("#report .count")).to_have_count(0)
    upload(reader, file("market.txt", MARKET))
    close_drawer(reader)
    reader.ask("海濱夜市有多少家攤商？")
    says(reader.page, "#turn-1 .answer", "六十二")
    page.select_option("#chooser select", label="Default")
    page.wait_for_selector("#conversation .welcome")
    reader.ask("How many degrees does the kiln in Marden reach?")
    says(reader.page, "#turn-1 .answer", "1280")
    page.reload()
    arrived(page)
    page.wait_for_selector("#turn-1 .made")
    page.select_option("#chooser select", label="橋梁 & <b>markets</b>")
    page.wait_for_selector("#conversation .welcome")
    reader.open_drawer("articles")
    page.locator("#library .row", has_text="market").wait_for()
    page.locator(".collections strong", has_text="橋梁 & <b>markets</b>").wait_for()
    page.click(".collections summary")
    page.fill("form[data-act=rename] input", "夜市")
    page.click("form[data-act=rename] button")
    page.locator(".collections strong", has_text=re.compile("^夜市$")).wait_for()
    expect(page.locator("#chooser option")).to_have_text(["Default", "夜市"])
    page.click(".collections summary")
    page.click(".collections .ask")
    page.click(".collections .keep")
    expect(page.locator(".collections .sure")).to_be_hidden()
    page.click(".collections .ask")
    page.click(".collections [data-act=delete]")
    page.locator(".collections strong", has_text="Default").wait_for()
    page.locator("#library .row", has_text="kiln").wait_for()
    expect(page.locator("#chooser select")).to_be_hidden()
    assert sorted(path.name for path in (tmp_path / "indexes").glob("default*")) == ["default", "default.uploads"]
    assert not list(tmp_path.rglob("market.txt"))
    assert reader.errors == []


def test_a_name_that_is_taken_is_told_and_changes_nothing(drawer: Open) -> None:
    reader = drawer()
    page = reader.page
    for _ in range(2):
        page.locator(".collections").wait_for()
        if not page.locator(".collections details[open]").count():
            page.click(".collections summary")
        page.fill("form[data-act=create] input", "Harbour")
        page.click("form[data-act=create] button")
        page.locator(".collections strong", has_text="Harbour").wait_for()
    page.locator(".toast-wrap", has_text="Harbour").wait_for()
    expect(page.locator("#chooser option")).to_have_text(["Default", "Harbour"])
