"""Promises of the articles part of the page: what is uploaded, told of, listed, removed and kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ArticleUnknown, BadRequest, IndexLocked
from rag.types import IngestReport
from ui.file_names import LONGEST_BYTES, comparable, is_litter, numbered, safe_name, safe_parts
from ui.indexes import Collections
from ui.library import Library
from ui.library_types import Step
from ui.uploads import Upload, Uploads, uploads_of

KILN = "The pottery kiln in Marden was lit again in May. It burns pine for forty hours and reaches 1280 degrees."
BRIDGE = "石桥镇的木桥重新开放。桥长九十米，工人用了两年时间才修好。"
MARKET = "海濱夜市搬到了新碼頭。攤商共有六十二家，每週五營業到午夜。市集的規劃由居民投票決定。"


@pytest.fixture
def shelf(tmp_path: Path) -> Library:
    """An empty library that does not wait long for another writer."""
    assistant = Assistant.open(tmp_path / "index", Settings())
    return Library(assistant, uploads_of(tmp_path / "index"), patience=0.3, pause=0.05)


def text(name: str, words: str = KILN) -> Upload:
    return Upload(name, words.encode())


def last(steps: Iterator[Step] | Sequence[Step]) -> list[Step]:
    """The last step of each file, in order."""
    return [step for _, step in sorted({step.index: step for step in steps}.items())]


def add(library: Library, *uploads: Upload) -> list[Step]:
    return last(library.add(uploads, "en"))


def statuses(steps: Sequence[Step]) -> list[str]:
    return [step.status for step in steps]


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def pdf(path: Path, words: str) -> Path:
    canvas = import_module("reportlab.pdfgen.canvas").Canvas(str(path))
    canvas.drawString(72, 720, words)
    canvas.save()
    return path


def word(path: Path, words: str) -> Path:
    document = import_module("docx").Document()
    document.add_paragraph(words)
    document.save(str(path))
    return path


# ---- uploading ----


def test_an_upload_is_copied_indexed_and_can_be_asked_about(shelf: Library) -> None:
    steps = list(shelf.add([text("kiln.txt")], "en"))
    assert statuses(steps) == ["reading", "added"]
    assert steps[-1].passages == 1
    assert steps[-1].message == ""
    assert [info.source for info in shelf.assistant.articles()] == ["kiln.txt"]
    assert "1280" in shelf.assistant.ask("How many degrees does the kiln in Marden reach?").text


def test_a_traditional_big5_file_a_pdf_and_a_word_document_are_read(shelf: Library, tmp_path: Path) -> None:
    (tmp_path / "market.txt").write_bytes(MARKET.encode("big5"))
    pdf(tmp_path / "kiln.pdf", "The kiln in Marden reaches 1280 degrees.")
    word(tmp_path / "bridge.docx", BRIDGE)
    names = ("market.txt", "kiln.pdf", "bridge.docx")
    assert statuses(add(shelf, *(Upload(name, tmp_path / name) for name in names))) == ["added"] * 3
    held = {info.source: info.language for info in shelf.assistant.articles()}
    assert held == {"market.txt": "zh-Hant", "kiln.pdf": "en", "bridge.docx": "zh-Hans"}
    assert "六十二" in shelf.assistant.ask("海濱夜市共有幾家攤商？").text


def test_bad_files_are_told_by_name_and_the_others_are_added(shelf: Library) -> None:
    steps = add(
        shelf,
        text("first.txt"),
        Upload("empty.txt", b""),
        Upload("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        Upload("broken.pdf", b"%PDF-1.4 and then nothing"),
        text("last.txt", BRIDGE),
    )
    assert [(step.name, step.status) for step in steps] == [
        ("first.txt", "added"),
        ("empty.txt", "failed"),
        ("photo.png", "failed"),
        ("broken.pdf", "failed"),
        ("last.txt", "added"),
    ]
    assert all(step.message for step in steps if step.status == "failed")
    assert "the file is empty" in steps[1].message
    assert ".png" in steps[2].message
    assert files_below(shelf.uploads.root) == ["first.txt", "last.txt"], "a file that gave nothing leaves no copy"


def test_reasons_are_in_the_interface_language(shelf: Library) -> None:
    [step] = last(shelf.add([Upload("空.txt", b"")], "zh-Hant"))
    assert step.message == "檔案是空的"


def test_a_file_that_is_too_large_is_not_even_copied(shelf: Library, tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.truncate((256 << 20) + 1)
    [step] = add(shelf, Upload("huge.txt", huge))
    assert step.status == "failed"
    assert "256 MB" in step.message
    assert not shelf.uploads.root.exists()


def test_a_file_that_vanished_before_it_was_copied_is_told_of(shelf: Library, tmp_path: Path) -> None:
    assert statuses(add(shelf, Upload("gone.txt", tmp_path / "gone.txt"), text("kiln.txt"))) == ["failed", "added"]


def test_the_same_content_again_is_told_and_not_stored_twice(shelf: Library) -> None:
    assert statuses(add(shelf, text("kiln.txt"), text("copy.txt"))) == ["added", "same"]
    [again] = add(shelf, text("kiln.txt"))
    assert again.status == "same"
    assert "kiln.txt" in again.message
    assert len(shelf.assistant.articles()) == 1


def test_content_that_was_ingested_from_elsewhere_is_known_too(shelf: Library, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(KILN, encoding="utf-8")
    shelf.assistant.ingest(tmp_path / "own.txt")
    assert statuses(add(shelf, text("kiln.txt"))) == ["same"]


def test_the_same_name_with_other_content_is_kept_beside_the_first(shelf: Library) -> None:
    add(shelf, text("notes.txt"))
    steps = add(shelf, text("notes.txt", BRIDGE), text("Notes.txt", MARKET))
    assert statuses(steps) == ["added", "added"]
    assert "notes.txt" in steps[0].message
    assert "notes (2).txt" in steps[0].message
    sources = [info.source for info in shelf.assistant.articles()]
    assert sorted(sources) == ["Notes (3).txt", "notes (2).txt", "notes.txt"]


def test_many_files_are_added_several_at_a_time_each_with_its_own_step(shelf: Library) -> None:
    uploads = [text(f"{n}.txt", f"{KILN} It was firing number {n}.") for n in range(19)] + [Upload("e.txt", b" ")]
    steps = add(shelf, *uploads)
    assert statuses(steps) == ["added"] * 19 + ["failed"]
    assert [step.name for step in steps] == [upload.name for upload in uploads]
    # one for the index itself, and one for every eight files
    assert shelf.assistant.store.snapshot().generation == 4


def test_hidden_and_system_files_of_a_folder_are_passed_over(shelf: Library) -> None:
    names = (".DS_Store", "notes/.git/config", "notes/~$draft.docx", "Thumbs.db", "notes/kiln.txt")
    steps = add(shelf, *(text(name) for name in names))
    assert statuses(steps) == ["skipped"] * 4 + ["added"]
    assert [info.source for info in shelf.assistant.articles()] == ["notes/kiln.txt"]


HOSTILE = (
    "../../../etc/passwd.txt",
    "..\\..\\windows\\system.txt",
    "/absolute/place.txt",
    "C:\\fakepath\\drive.txt",
    "CON.txt",
    "nul",
    "two\nlines\x00\x1b[31m.txt",
    "\u202etxt.exe\u202c.txt",
    "<img src=x onerror=alert(1)>.txt",
    "長" * 300 + ".txt",
    "a" * 300 + ".txt",
    "🏺👩‍🚀 kiln.txt",
    "a.jsonl#b.txt",
    " . . ",
    "trailing. .",
    "",
    "\ud800.txt",
)


def test_hostile_file_names_stay_inside_the_uploads_folder(shelf: Library, tmp_path: Path) -> None:
    uploads = [text(name, f"{KILN} Firing {n}.") for n, name in enumerate(HOSTILE)]
    steps = add(shelf, *uploads)
    assert statuses(steps) == ["added"] * len(HOSTILE)
    assert [step.name for step in steps] == list(HOSTILE), "a person sees the names as they gave them"
    paths = [path for path in tmp_path.rglob("*.txt") if "generations" not in path.parts]
    assert all(path.is_relative_to(shelf.uploads.root) for path in paths)
    held = {info.source for info in shelf.assistant.articles()}
    assert {"🏺👩‍🚀 kiln.txt", "_CON.txt", "_nul", "a.jsonl\uff03b.txt", "etc/passwd.txt"} <= held
    for info in shelf.assistant.articles():
        assert shelf.remove(info.id).copy
    assert files_below(shelf.uploads.root) == []


def test_json_lines_give_one_step_with_the_bad_lines_told(shelf: Library) -> None:
    rows = [json.dumps({"id": "kiln", "text": KILN}), "no json", json.dumps({"id": "bridge", "text": BRIDGE})]
    [step] = add(shelf, text("many.jsonl", "\n".join(rows)))
    assert step.status == "added"
    assert step.passages == 2
    assert "line 2" in step.message
    [gold] = add(shelf, text("gold.jsonl", json.dumps({"question": "Why?", "answers": ["so"]})))
    assert gold.status == "failed"
    assert "no articles" in gold.message


def test_a_pasted_text_is_named_by_its_title_or_its_first_words(shelf: Library) -> None:
    titled = last(shelf.add_text(KILN, 'The "kiln": lit #again', "en"))
    plain = last(shelf.add_text(f"\n{BRIDGE}", "", "zh-Hans"))
    assert statuses([*titled, *plain]) == ["added", "added"]
    by_language = {info.language: info for info in shelf.assistant.articles()}
    assert by_language["en"].title == 'The "kiln": lit #again'
    assert shelf.assistant.article(by_language["en"].id).text == KILN
    assert by_language["zh-Hans"].source.startswith("石桥镇的木桥重新开放")


@pytest.mark.parametrize("title", ["", "A title"])
def test_a_pasted_text_without_words_is_refused(shelf: Library, title: str) -> None:
    assert statuses(last(shelf.add_text(" \n ", title, "en"))) == ["failed"]
    assert shelf.assistant.articles() == ()


class Breaking(Assistant):
    """Breaks, in a way nobody foresaw, on every ingest that holds a file called `bad.txt`."""

    def ingest(self, *paths: str | Path, **options: object) -> IngestReport:
        if any(found.name == "bad.txt" for path in paths for found in Path(path).rglob("*")):
            raise RuntimeError("unforeseen")
        return super().ingest(*paths, **options)  # type: ignore[arg-type]


def test_a_file_that_breaks_the_reader_does_not_stop_the_others(tmp_path: Path) -> None:
    library = Library(Breaking.open(tmp_path / "index", Settings()), tmp_path / "uploads")
    steps = add(library, text("a.txt"), text("bad.txt", MARKET), text("b.txt", BRIDGE))
    assert statuses(steps) == ["added", "failed", "added"]
    assert "RuntimeError" in steps[1].message
    assert library.pending() == ()


def test_an_upload_that_is_dropped_halfway_leaves_nothing_behind(shelf: Library) -> None:
    steps = shelf.add([text("a.txt"), text("b.txt", BRIDGE)], "en")
    next(steps)
    next(steps)  # the first is copied by now
    assert files_below(shelf.uploads.root) == ["a.txt"]
    steps.close()  # type: ignore[attr-defined]
    assert files_below(shelf.uploads.root) == []
    assert shelf.assistant.articles() == ()


# ---- another writer ----


class Writer(threading.Thread):
    """Another one that writes to the index until it is told to stop."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self.assistant, self.writing, self.stop = assistant, threading.Event(), threading.Event()
        self.start()
        self.writing.wait()

    def run(self) -> None:
        with self.assistant.store.exclusive():
            self.writing.set()
            self.stop.wait()

    def end(self) -> None:
        self.stop.set()
        self.join()


def test_another_writer_is_waited_for(shelf: Library, tmp_path: Path) -> None:
    patient = Library(shelf.assistant, shelf.uploads.root, patience=60, pause=0.01)
    writer, seen = Writer(shelf.assistant), []
    for step in patient.add([text("kiln.txt")], "en"):
        seen.append(step.status)
        if step.status == "waiting":
            assert "Another program" in step.message
            writer.end()
    assert seen[0] == "reading"
    assert seen[-1] == "added"
    assert "waiting" in seen


def test_what_could_not_be_indexed_is_kept_and_tried_again(shelf: Library) -> None:
    writer = Writer(shelf.assistant)
    try:
        steps = add(shelf, text("kiln.txt"))
    finally:
        writer.end()
    assert statuses(steps) == ["kept"]
    assert "try again" in steps[0].message
    assert shelf.pending() == ("kiln.txt",)
    assert statuses(last(shelf.resume("en"))) == ["added"]
    assert shelf.pending() == ()
    assert [info.source for info in shelf.assistant.articles()] == ["kiln.txt"]


def test_what_is_kept_can_be_discarded(shelf: Library) -> None:
    writer = Writer(shelf.assistant)
    try:
        add(shelf, text("kiln.txt"))
    finally:
        writer.end()
    assert shelf.abandon() == ("kiln.txt",)
    assert files_below(shelf.uploads.root) == []
    assert shelf.pending() == ()


def test_an_upload_on_its_way_is_nobody_elses_to_resume(shelf: Library) -> None:
    steps = shelf.add([text("a.txt"), text("b.txt", BRIDGE)], "en")
    next(steps)
    next(steps)
    assert files_below(shelf.uploads.root) == ["a.txt"]
    assert shelf.pending() == ()
    assert statuses(last(steps)) == ["added", "added"]


def test_a_removal_against_another_writer_removes_nothing(shelf: Library) -> None:
    add(shelf, text("kiln.txt"))
    writer = Writer(shelf.assistant)
    try:
        with pytest.raises(IndexLocked):
            shelf.remove("kiln.txt")
    finally:
        writer.end()
    assert files_below(shelf.uploads.root) == ["kiln.txt"]
    assert len(shelf.assistant.articles()) == 1


# ---- the list ----


def test_words_in_either_script_narrow_the_list(shelf: Library) -> None:
    add(shelf, text("2024-05-01 kiln.txt"), text("市集規劃.txt", MARKET), text("bridge.txt", BRIDGE))
    assert shelf.listing().total == 3

    def found(words: str) -> list[str]:
        return [entry.info.source for entry in shelf.listing(words).entries]

    assert found("KILN") == ["2024-05-01 kiln.txt"]
    assert found("市集规划") == ["市集規劃.txt"]
    assert found("繁體") == ["市集規劃.txt"]
    assert found("2024 kiln") == ["2024-05-01 kiln.txt"]
    assert found("kiln bridge") == []


def test_a_long_list_is_cut_and_says_how_many_there_are(shelf: Library) -> None:
    add(shelf, text("a.txt"), text("b.txt", BRIDGE), text("c.txt", MARKET))
    listing = shelf.listing(limit=2)
    assert (len(listing.entries), listing.found, listing.total) == (2, 3, 3)


# ---- removing ----


def test_a_removed_article_is_gone_from_the_index_and_the_disk_and_stays_gone(shelf: Library) -> None:
    add(shelf, text("kiln.txt"), text("bridge.txt", BRIDGE))
    removed = shelf.remove("kiln.txt")
    assert removed.copy
    assert removed.info.source == "kiln.txt"
    assert files_below(shelf.uploads.root) == ["bridge.txt"]
    assert shelf.assistant.ask("How many degrees does the kiln in Marden reach?").refused
    list(shelf.reindex("en"))
    assert [info.source for info in shelf.assistant.articles()] == ["bridge.txt"]


def test_a_file_outside_the_uploads_folder_is_never_deleted(shelf: Library, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    own = tmp_path / "mine" / "own.txt"
    own.write_text(KILN, encoding="utf-8")
    shelf.assistant.ingest(own)
    [entry] = shelf.listing().entries
    assert not entry.uploaded
    assert not shelf.remove("own.txt").copy
    assert own.read_text(encoding="utf-8") == KILN
    assert shelf.assistant.articles() == ()


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_out_of_the_uploads_folder_is_not_followed(shelf: Library, tmp_path: Path, link: str) -> None:
    own = tmp_path / "mine" / "own.txt"
    own.parent.mkdir()
    own.write_text(KILN, encoding="utf-8")
    inside = shelf.uploads.root / "key"
    inside.parent.mkdir()
    if link == "folder":
        inside.symlink_to(own.parent)
    else:
        inside.mkdir()
        (inside / "own.txt").symlink_to(own)
    shelf.assistant.ingest(inside / "own.txt")
    shelf.remove("own.txt")
    assert own.read_text(encoding="utf-8") == KILN


def test_an_id_that_is_gone_removes_no_namesake(shelf: Library, tmp_path: Path) -> None:
    for folder, words in (("a", KILN), ("b", BRIDGE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text(words, encoding="utf-8")
        shelf.assistant.ingest(tmp_path / folder / "x.txt")
    shelf.remove("x.txt")
    with pytest.raises(ArticleUnknown):
        shelf.remove("x.txt")
    assert [info.id for info in shelf.assistant.articles()] == ["x.txt~2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_article_of_json_lines_is_taken_out_of_the_copy(shelf: Library, encoding: str) -> None:
    rows = [{"id": "kiln", "text": KILN}, {"id": 7, "text": BRIDGE}]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    add(shelf, Upload("many.jsonl", lines.encode(encoding)))
    assert shelf.remove("7").copy
    [copy] = shelf.uploads.copies()
    left = copy.path.read_bytes().decode(encoding if encoding != "utf-16" else "utf-8")
    assert "kiln" in left
    assert BRIDGE not in left
    list(shelf.reindex("en"))
    assert [info.id for info in shelf.assistant.articles()] == ["kiln"]
    shelf.remove("kiln")
    assert list(shelf.uploads.copies()) == []


# ---- reading again ----


def test_reading_again_sees_changed_files_and_keeps_articles_whose_file_is_gone(shelf: Library, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "en").mkdir(parents=True)
    for name, words in (("en/kiln.txt", KILN), ("bridge.txt", BRIDGE)):
        (folder / name).write_text(words, encoding="utf-8")
    shelf.assistant.ingest(folder)
    add(shelf, text("market.txt", MARKET))
    (folder / "en/kiln.txt").write_text(f"{KILN} It cooled for two days.", encoding="utf-8")
    (folder / "bridge.txt").unlink()
    steps = {step.name: step for step in last(shelf.reindex("en"))}
    assert {name: step.status for name, step in steps.items()} == {
        "market.txt": "unchanged",
        "en/kiln.txt": "changed",
        "bridge.txt": "gone",
    }
    assert [info.source for info in shelf.assistant.articles()] == ["bridge.txt", "en/kiln.txt", "market.txt"]
    assert {entry.info.source: entry.there for entry in shelf.listing().entries} == {
        "bridge.txt": False,
        "en/kiln.txt": True,
        "market.txt": True,
    }


def test_an_index_that_was_deleted_is_made_again_from_the_uploads(shelf: Library, tmp_path: Path) -> None:
    add(shelf, text("notes/kiln.txt"), text("bridge.txt", BRIDGE))
    anew = Library(Assistant.open(tmp_path / "another", Settings()), shelf.uploads.root)
    assert sorted(anew.pending()) == ["bridge.txt", "notes/kiln.txt"]
    assert statuses(last(anew.reindex("en"))) == ["added", "added"]
    assert [info.source for info in anew.assistant.articles()] == ["bridge.txt", "notes/kiln.txt"]


def test_two_people_can_upload_at_the_same_time(shelf: Library) -> None:
    shared = Library(shelf.assistant, shelf.uploads.root, patience=60, pause=0.01)
    ended: list[list[Step]] = []

    def upload(who: str) -> None:
        ended.append(add(shared, *(text("notes.txt", f"{KILN} {who} wrote line {n}.") for n in range(5))))

    people = [threading.Thread(target=upload, args=(who,)) for who in ("Ada", "Bo")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert [statuses(steps) for steps in ended] == [["added"] * 5] * 2
    assert len(shared.assistant.articles()) == 10


# ---- names ----


@given(st.text(max_size=400))
def test_a_safe_name_is_one_harmless_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode("utf-8")) <= LONGEST_BYTES
    assert not set(safe) & set('<>:"/\\|?*\x00\n\r\t\u202e\u2066')
    assert safe[0] not in ". "
    assert safe[-1] not in ". "
    assert not is_litter(safe) or safe.lower() in ("thumbs.db", "desktop.ini", "__macosx")
    assert safe_name(safe) == safe


@given(st.text(alphabet="./\\ ab:\x00", max_size=60))
def test_a_safe_path_takes_no_step_up(path: str) -> None:
    for part in safe_parts(path):
        assert part not in ("", ".", "..")
        assert "/" not in part
        assert "\\" not in part


def test_a_number_goes_before_the_suffix() -> None:
    assert numbered("notes.md", 2) == "notes (2).md"
    assert numbered("en/notes", 3) == "en/notes (3)"
    assert comparable("CAF\u00c9.md") == comparable("cafe\u0301.md")


def test_a_path_above_the_uploads_folder_is_no_copy(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads")
    for path in (tmp_path, tmp_path / "uploads", tmp_path / "uploads/key", tmp_path / "uploads/../x/y.txt"):
        assert uploads.copy_at(path) is None


# ---- collections ----


@pytest.fixture
def collections(tmp_path: Path) -> Iterator[Collections]:
    made = Collections(tmp_path / "indexes", Settings())
    yield made
    made.close()


def names(collections: Collections) -> list[str]:
    return [one.name for one in collections.list()]


def test_the_default_collection_is_always_there_and_first(collections: Collections) -> None:
    assert names(collections) == ["default"]
    collections.create("Archive")
    assert names(collections) == ["default", "Archive"]
    with pytest.raises(BadRequest):
        collections.delete("default")


@pytest.mark.parametrize("name", ["港口 資料庫", "../escape", "CON", ".hidden", "a/b\\c", "Café 2024", "x.uploads"])
def test_a_collection_has_the_name_that_was_typed_and_a_safe_folder(
    collections: Collections, tmp_path: Path, name: str
) -> None:
    made = collections.create(name)
    assert made.name == name
    assert (tmp_path / "indexes" / made.folder).parent == tmp_path / "indexes"
    assert made.folder == safe_name(made.folder)
    assert " " not in made.folder
    anew = Collections(tmp_path / "indexes", Settings())
    assert made in anew.list()
    assert anew.assistant(made.folder).articles() == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["indexes"]


@pytest.mark.parametrize("name", ["", "  ", "!?", "\u202e", "x" * 61, "archive", "ARCHIVE"])
def test_a_name_that_is_empty_too_long_or_taken_is_refused(collections: Collections, name: str) -> None:
    collections.create("Archive")
    with pytest.raises(BadRequest) as refused:
        collections.create(name)
    assert refused.value.in_language("zh-Hant") != refused.value.in_language("en")
    assert names(collections) == ["default", "Archive"]


def test_names_that_differ_get_folders_that_differ(collections: Collections) -> None:
    first, second = collections.create("a/b"), collections.create("a?b")
    assert first.folder != second.folder


def test_articles_of_one_collection_are_not_in_another(collections: Collections) -> None:
    made = collections.create("Pottery")
    assert statuses(add(collections.library(made.folder), text("kiln.txt"))) == ["added"]
    assert collections.library("default").listing().total == 0
    assert collections.assistant(made.folder) is collections.library(made.folder).assistant


def test_a_deleted_collection_takes_its_uploads_with_it(collections: Collections, tmp_path: Path) -> None:
    made, kept = collections.create("Pottery"), collections.create("Bridges")
    add(collections.library(made.folder), text("kiln.txt"))
    collections.delete(made.folder)
    assert names(collections) == ["default", "Bridges"]
    assert sorted(path.name for path in (tmp_path / "indexes").iterdir()) == [kept.folder, f"{kept.folder}.uploads"]
    with pytest.raises(BadRequest):
        collections.assistant(made.folder)


def test_a_collection_that_is_being_written_to_is_not_deleted(collections: Collections) -> None:
    made = collections.create("Pottery")
    writer = Writer(collections.assistant(made.folder))
    try:
        with pytest.raises(IndexLocked):
            collections.delete(made.folder)
    finally:
        writer.end()
    assert made in collections.list()
    collections.delete(made.folder)
    assert made not in collections.list()


@pytest.mark.parametrize("folder", ["../indexes", "..", "", "/", "nothing", "default.uploads"])
def test_only_a_listed_folder_is_opened_or_deleted(collections: Collections, folder: str) -> None:
    act: Callable[[str], object]
    for act in (collections.assistant, collections.library, collections.delete):
        with pytest.raises(BadRequest):
            act(folder)


def test_a_damaged_collection_can_still_be_deleted(collections: Collections, tmp_path: Path) -> None:
    made = collections.create("Pottery")
    (tmp_path / "indexes" / made.folder / "CURRENT").write_text("{", encoding="utf-8")
    anew = Collections(tmp_path / "indexes", Settings())
    anew.delete(made.folder)
    assert names(anew) == ["default"]


def test_a_collection_can_be_renamed(collections: Collections, tmp_path: Path) -> None:
    made = collections.create("Pottery")
    assert collections.rename(made.folder, "陶器").folder == made.folder
    assert names(Collections(tmp_path / "indexes", Settings())) == ["default", "陶器"]


def test_an_index_made_on_the_command_line_is_listed_by_its_folder(collections: Collections, tmp_path: Path) -> None:
    Assistant.open(tmp_path / "indexes" / "mine", Settings()).close()
    (tmp_path / "indexes" / "no index").mkdir()
    assert names(collections) == ["default", "mine"]


def test_an_assistant_that_was_open_already_serves_the_default_collection(tmp_path: Path) -> None:
    assistant = Assistant.open(tmp_path / "here" / "own", Settings())
    beside = Collections.beside(tmp_path / "here" / "own", Settings())
    beside.adopt(assistant)
    assert beside.assistant("own") is assistant
    assert [one.folder for one in beside.list()] == ["own"]
