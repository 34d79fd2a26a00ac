"""What an ingest promises: the index holds what the given files hold now, and everything else as before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import BadRequest
from rag.index import synchronise
from rag.types import IngestReport

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return Assistant.open(tmp_path / "index", Settings())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    write(made / "mill.md", "The mill at Orrin turns again. It grinds 12 tonnes of oats a week.")
    write(made / "town" / "quay.txt", "The quay was rebuilt in 2011 with larch from the valley.")
    write(made / "town" / "tram.txt", "溪口電車於1998年通車，全長七公里，每日載客三千人次。")
    return made


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_lines(path: Path, *records: object) -> None:
    write(path, "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in records))


def line(id_: str, text: str) -> dict[str, str]:
    return {"id": id_, "text": text}


def statuses(report: IngestReport) -> dict[str, str]:
    return {file.source: file.status for file in report.files}


def texts(assistant: Assistant) -> dict[str, str]:
    return {info.id: assistant.article(info.id).text for info in assistant.articles()}


def test_a_first_ingest_adds_every_file_under_its_path_below_the_folder(assistant: Assistant, folder: Path) -> None:
    report = assistant.ingest(folder)
    assert statuses(report) == {"mill.md": "added", "town/quay.txt": "added", "town/tram.txt": "added"}
    assert [(info.id, info.source) for info in assistant.articles()] == [
        (name, name) for name in ("mill.md", "town/quay.txt", "town/tram.txt")
    ]
    assert all(file.passages == 1 for file in report.files)


def test_a_single_file_has_its_name_as_source(assistant: Assistant, folder: Path) -> None:
    assert statuses(assistant.ingest(folder / "town" / "quay.txt")) == {"quay.txt": "added"}


def test_a_second_ingest_of_the_same_files_changes_nothing(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    generation = assistant.store.snapshot().generation
    assert set(statuses(assistant.ingest(folder)).values()) == {"unchanged"}
    assert assistant.store.snapshot().generation == generation


def test_a_touched_file_with_the_same_bytes_is_unchanged(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    os.utime(folder / "mill.md", (1, 1))
    assert statuses(assistant.ingest(folder))["mill.md"] == "unchanged"


def test_a_changed_file_replaces_its_article_and_keeps_the_id(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    write(folder / "mill.md", "The mill at Orrin has closed for good.")
    assert statuses(assistant.ingest(folder)) == {
        "mill.md": "changed",
        "town/quay.txt": "unchanged",
        "town/tram.txt": "unchanged",
    }
    assert texts(assistant)["mill.md"] == "The mill at Orrin has closed for good."
    assert len(assistant.articles()) == 3


def test_a_vanished_file_is_removed_with_its_passages(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    (folder / "mill.md").unlink()
    assert statuses(assistant.ingest(folder))["mill.md"] == "removed"
    assert sorted(texts(assistant)) == ["town/quay.txt", "town/tram.txt"]
    assert all(hit.passage.article_id != "mill.md" for hit in assistant.search("mill oats", k=10))


def test_a_vanished_file_under_another_folder_stays(assistant: Assistant, folder: Path, tmp_path: Path) -> None:
    assistant.ingest(folder)
    (folder / "mill.md").unlink()
    write(tmp_path / "other" / "barn.md", "The barn burned down in 1904.")
    assert statuses(assistant.ingest(tmp_path / "other")) == {"barn.md": "added"}
    assert "mill.md" in texts(assistant)


def test_a_folder_whose_name_begins_like_another_is_not_below_it(assistant: Assistant, tmp_path: Path) -> None:
    write(tmp_path / "notes-old" / "a.md", "Old notes about the lighthouse keeper.")
    write(tmp_path / "notes" / "b.md", "New notes about the lighthouse lamp.")
    assistant.ingest(tmp_path / "notes-old", tmp_path / "notes")
    (tmp_path / "notes-old" / "a.md").unlink()
    assistant.ingest(tmp_path / "notes")
    assert sorted(texts(assistant)) == ["a.md", "b.md"]


def test_a_subfolder_of_an_ingested_folder_keeps_ids_and_sources(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    write(folder / "town" / "quay.txt", "The quay is closed to lorries since March.")
    assert statuses(assistant.ingest(folder / "town")) == {"town/quay.txt": "changed", "town/tram.txt": "unchanged"}
    held = {info.id: info.source for info in assistant.articles()}
    assert held == {name: name for name in ("mill.md", "town/quay.txt", "town/tram.txt")}
    assert texts(assistant)["town/quay.txt"].startswith("The quay is closed")


def test_a_subfolder_removes_only_what_vanished_below_it(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    (folder / "mill.md").unlink()
    (folder / "town" / "tram.txt").unlink()
    assert statuses(assistant.ingest(folder / "town")) == {"town/quay.txt": "unchanged", "town/tram.txt": "removed"}
    assert sorted(texts(assistant)) == ["mill.md", "town/quay.txt"]


def test_a_moved_folder_takes_over_the_ids(assistant: Assistant, folder: Path, tmp_path: Path) -> None:
    assistant.ingest(folder)
    folder.rename(tmp_path / "moved")
    assistant.ingest(tmp_path / "moved")
    assert sorted(texts(assistant)) == ["mill.md", "town/quay.txt", "town/tram.txt"]
    (tmp_path / "moved" / "mill.md").unlink()
    assert statuses(assistant.ingest(tmp_path / "moved"))["mill.md"] == "removed"


def test_the_same_name_in_two_folders_makes_two_articles(assistant: Assistant, tmp_path: Path) -> None:
    write(tmp_path / "a" / "news.md", "The north bridge opened on Monday.")
    write(tmp_path / "b" / "news.md", "The south bridge opened on Friday.")
    assistant.ingest(tmp_path / "a", tmp_path / "b")
    assert texts(assistant) == {
        "news.md": "The north bridge opened on Monday.",
        "news.md~2": "The south bridge opened on Friday.",
    }
    assert {info.source for info in assistant.articles()} == {"news.md"}
    assert [file.status for file in assistant.ingest(tmp_path / "b").files] == ["unchanged"]


def test_two_files_that_swap_their_contents_swap_their_articles(assistant: Assistant, folder: Path) -> None:
    assistant.ingest(folder)
    mill, quay = folder / "mill.md", folder / "town" / "quay.txt"
    before = texts(assistant)
    write(mill, before["town/quay.txt"])
    write(quay, before["mill.md"])
    assistant.ingest(folder)
    after = texts(assistant)
    assert (after["mill.md"], after["town/quay.txt"]) == (before["town/quay.txt"], before["mill.md"])


@pytest.mark.parametrize("damage", [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", b"   \n\n"])
def test_a_file_that_becomes_unreadable_keeps_its_article(assistant: Assistant, folder: Path, damage: bytes) -> None:
    assistant.ingest(folder)
    before = texts(assistant)
    (folder / "mill.md").write_bytes(damage)
    report = assistant.ingest(folder)
    assert statuses(report)["mill.md"] == "failed"
    assert all(file.reason for file in report.files if file.status == "failed")
    assert texts(assistant) == before


def test_reasons_are_given_in_the_language_asked_for(assistant: Assistant, folder: Path) -> None:
    (folder / "mill.md").write_bytes(b"")
    reasons = {assistant.ingest(folder, language=name).files[0].reason for name in ("en", "zh-Hans", "zh-Hant")}
    assert reasons == {"the file is empty", "文件是空的", "檔案是空的"}


def test_one_unreadable_file_does_not_keep_the_others_out(assistant: Assistant, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing follows")
    report = assistant.ingest(folder)
    assert (report.count("added"), report.count("failed")) == (3, 1)


def test_a_pipe_in_a_folder_is_reported_and_never_waited_for(assistant: Assistant, folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    report = assistant.ingest(folder)
    assert statuses(report)["pipe.txt"] == "failed"
    assert report.count("added") == 3


def test_what_is_hidden_or_behind_a_link_stays_when_its_parent_is_ingested(
    assistant: Assistant, folder: Path, tmp_path: Path
) -> None:
    write(folder / ".drafts" / "draft.md", "A draft about the ferry timetable.")
    write(tmp_path / "elsewhere" / "ferry.md", "The ferry leaves at noon.")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    assistant.ingest(folder / ".drafts", folder / "link")
    assistant.ingest(folder)
    assert {"draft.md", "ferry.md"} <= set(texts(assistant))
    (folder / ".drafts" / "draft.md").unlink()
    assert statuses(assistant.ingest(folder))["draft.md"] == "removed"


def test_an_index_inside_the_folder_is_no_article(tmp_path: Path) -> None:
    write(tmp_path / "lake.md", "The lake froze over in January.")
    assistant = Assistant.open(tmp_path / "indexes" / "own", Settings())
    assert statuses(assistant.ingest(tmp_path)) == {"lake.md": "added"}
    assert statuses(assistant.ingest(tmp_path)) == {"lake.md": "unchanged"}


def test_a_missing_path_changes_nothing(assistant: Assistant, folder: Path, tmp_path: Path) -> None:
    assistant.ingest(folder)
    write(folder / "mill.md", "Changed.")
    with pytest.raises(BadRequest):
        assistant.ingest(folder, tmp_path / "nowhere")
    assert texts(assistant)["mill.md"].startswith("The mill at Orrin")


def test_an_empty_folder_gives_an_empty_report(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert assistant.ingest(tmp_path / "empty").files == ()


def test_overlapping_paths_are_read_once(assistant: Assistant, folder: Path) -> None:
    assert len(assistant.ingest(folder, folder / "town", folder / "mill.md").files) == 3


def test_a_json_line_is_known_by_its_id(assistant: Assistant, tmp_path: Path) -> None:
    lines = tmp_path / "news.jsonl"
    write_lines(lines, line("n-1", "The canal was dug in 1822."), line("消息-2", "运河于1822年开凿。"))
    assert statuses(assistant.ingest(lines)) == {"n-1": "added", "消息-2": "added"}
    assert [(i.id, i.source, i.language) for i in assistant.articles()] == [
        ("n-1", "n-1", "en"),
        ("消息-2", "消息-2", "zh-Hans"),
    ]


def test_json_lines_are_added_changed_and_removed_one_by_one(assistant: Assistant, tmp_path: Path) -> None:
    lines = tmp_path / "news.jsonl"
    write_lines(lines, line("a", "Ants build."), line("b", "Bees hum."), line("c", "Cats sleep."))
    assistant.ingest(lines)
    write_lines(lines, line("a", "Ants build."), line("b", "Bees swarm in May."), line("d", "Dogs bark."))
    assert statuses(assistant.ingest(lines)) == {"a": "unchanged", "b": "changed", "d": "added", "c": "removed"}
    assert texts(assistant) == {"a": "Ants build.", "b": "Bees swarm in May.", "d": "Dogs bark."}


def test_a_new_title_alone_changes_a_json_line(assistant: Assistant, tmp_path: Path) -> None:
    lines = tmp_path / "news.jsonl"
    write_lines(lines, {**line("a", "Ants build."), "title": "Ants"})
    assistant.ingest(lines)
    write_lines(lines, {**line("a", "Ants build."), "title": "About ants"})
    assert statuses(assistant.ingest(lines)) == {"a": "changed"}
    assert assistant.articles()[0].title == "About ants"


def test_a_bad_line_costs_one_article_and_removes_none(assistant: Assistant, tmp_path: Path) -> None:
    lines = tmp_path / "news.jsonl"
    write_lines(lines, line("a", "Ants build."), line("b", "Bees hum."))
    assistant.ingest(lines)
    write_lines(lines, '{"id": "a", "text": ', line("b", "Bees swarm."), line("c", "Cats sleep."))
    report = assistant.ingest(lines)
    assert [(file.source, file.status) for file in report.files] == [
        ("news.jsonl", "failed"),
        ("b", "changed"),
        ("c", "added"),
    ]
    assert "line 1" in str(report.files[0].reason)
    assert texts(assistant) == {"a": "Ants build.", "b": "Bees swarm.", "c": "Cats sleep."}


def test_a_repeated_id_is_reported_and_the_first_line_wins(assistant: Assistant, tmp_path: Path) -> None:
    lines = tmp_path / "news.jsonl"
    write_lines(lines, line("a", "Ants build."), line("b", "Bees hum."))
    assistant.ingest(lines)
    write_lines(lines, line("a", "Ants build."), line("a", "Another text."))
    assert [file.status for file in assistant.ingest(lines).files] == ["unchanged", "failed", "removed"]
    assert texts(assistant) == {"a": "Ants build."}


def test_a_vanished_json_lines_file_takes_its_articles_along(assistant: Assistant, tmp_path: Path) -> None:
    write_lines(tmp_path / "set" / "news.jsonl", line("a", "Ants build."), line("b", "Bees hum."))
    write(tmp_path / "set" / "c.md", "Cats sleep.")
    assistant.ingest(tmp_path / "set")
    (tmp_path / "set" / "news.jsonl").unlink()
    assert statuses(assistant.ingest(tmp_path / "set")) == {"c.md": "unchanged", "a": "removed", "b": "removed"}


def test_another_passage_length_makes_unchanged_files_anew(folder: Path, tmp_path: Path) -> None:
    write(folder / "long.md", " ".join(f"Barrel number {n} holds cider from the orchard." for n in range(40)))
    Assistant.open(tmp_path / "index", Settings()).ingest(folder)
    shorter = Assistant.open(tmp_path / "index", Settings(passage_pieces=40))
    before = {info.id: info.passages for info in shorter.articles()}
    assert set(statuses(shorter.ingest(folder)).values()) == {"changed"}
    assert {info.id: info.passages for info in shorter.articles()}["long.md"] > before["long.md"]


def test_progress_counts_bytes_up_to_all_of_them(assistant: Assistant, folder: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    assistant.ingest(folder, progress=lambda *step: seen.append(step))
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert [source for source, _, _ in seen] == ["mill.md", "town/quay.txt", "town/tram.txt", ""]
    assert seen[0][1:] == (0, total)
    assert seen[-1][1:] == (total, total)


def test_an_interrupt_keeps_what_was_finished_and_removes_nothing(
    assistant: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synchronise, "JOBS_AT_ONCE", 1)
    assistant.ingest(folder / "town")
    (folder / "town" / "quay.txt").unlink()

    def interrupt(source: str, done: int, total: int) -> None:
        if source == "town/tram.txt":
            raise KeyboardInterrupt

    report = assistant.ingest(folder, progress=interrupt)
    assert report.interrupted
    assert statuses(report) == {"mill.md": "added"}
    assert sorted(texts(assistant)) == ["mill.md", "quay.txt", "tram.txt"]
    assert not assistant.ingest(folder).interrupted
    assert sorted(texts(assistant)) == ["mill.md", "tram.txt"]


def test_what_an_interrupt_leaves_undone_is_neither_held_nor_reported(assistant: Assistant, folder: Path) -> None:
    def interrupt(source: str, done: int, total: int) -> None:
        if source == "town/tram.txt":
            raise KeyboardInterrupt

    report = assistant.ingest(folder, progress=interrupt)
    assert report.interrupted
    assert set(statuses(report)) == set(texts(assistant))
    assert "town/tram.txt" not in texts(assistant)


def test_several_processes_store_what_one_would(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synchronise, "WORTH_WORKERS", 0)
    many = [line(f"lot-{n}", f"Lot {n} of the auction is a clock made in {1700 + n}.") for n in range(60)]
    write_lines(folder / "zz.jsonl", *many[:30], "{", *many[30:])
    held = []
    for processes in (1, 2):
        assistant = Assistant.open(tmp_path / f"index-{processes}", Settings())
        report = assistant.ingest(folder, processes=processes)
        held.append((texts(assistant), [(file.source, file.status, file.passages) for file in report.files]))
    assert held[0] == held[1]
    assert len(held[0][0]) == 63


_IN_SMALL_BATCHES = """
import sys
from rag.assistant import Assistant
from rag.config import Settings
from rag.index import synchronise
synchronise.BATCH_PASSAGES = synchronise.JOBS_AT_ONCE = 20
synchronise.WORTH_WORKERS = 0
if __name__ == "__main__":
    Assistant.open(sys.argv[1], Settings()).ingest(sys.argv[2], processes=int(sys.argv[3]))
"""


def test_a_killed_ingest_keeps_its_finished_batches_and_a_second_run_completes_it(
    assistant: Assistant, folder: Path, tmp_path: Path
) -> None:
    assistant.ingest(folder)
    many = [line(f"lot-{n}", f"Lot {n} of the auction is a clock made in {1700 + n % 200}.") for n in range(1500)]
    write_lines(folder / "zz.jsonl", *many)
    process = _ingest_in_small_batches(tmp_path / "index", folder, processes=1)
    _wait_until(lambda: assistant.store.snapshot().generation >= 4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    held = texts(assistant)
    assert assistant.store.check().problems == ()
    assert {"mill.md", "town/quay.txt", "town/tram.txt"} <= set(held)
    assert 3 < len(held) < 1503
    write_lines(folder / "zz.jsonl", *many[:80])
    report = assistant.ingest(folder)
    assert report.count("unchanged") == 3 + min(80, len(held) - 3)
    assert sorted(texts(assistant)) == sorted(
        ["mill.md", "town/quay.txt", "town/tram.txt", *(m["id"] for m in many[:80])]
    )


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs to see the processes of the system")
def test_a_killed_ingest_takes_its_processes_along(assistant: Assistant, folder: Path, tmp_path: Path) -> None:
    write_lines(folder / "zz.jsonl", *(line(f"lot-{n}", f"Lot {n} of the auction is a clock.") for n in range(3000)))
    process = _ingest_in_small_batches(tmp_path / "index", folder, processes=2)
    _wait_until(lambda: assistant.store.snapshot().generation >= 2)
    helpers = [number for number, parent in _processes() if parent == process.pid]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(helpers) >= 2
    _wait_until(lambda: not set(helpers) & {number for number, _ in _processes()})


def _ingest_in_small_batches(index: Path, folder: Path, processes: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _IN_SMALL_BATCHES, str(index), str(folder), str(processes)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)


def _processes() -> list[tuple[int, int]]:
    """The number of every process that runs, with that of its parent."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                found.append((int(file.parent.name), int(parent)))
    return found


def _wait_until(happened: object, seconds: float = 60.0) -> None:
    assert callable(happened)
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
