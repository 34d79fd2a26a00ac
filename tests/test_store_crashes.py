"""What the local store keeps through kills, full disks, damaged files, other processes and missing permissions.

Run as a program, this file is the other process: `python test_store_crashes.py ROLE INDEX …`.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import (
    EncoderMismatch,
    FormatMismatch,
    IndexCorrupt,
    IndexError_,
    IndexFull,
    IndexLocked,
    IndexMissing,
    IndexReadOnly,
)
from rag.index import layout
from rag.index.store import LocalStore
from rag.types import Article, Filters, NewArticle, Passage

REPOSITORY = Path(__file__).resolve().parents[1]
DIMENSIONS = 8
ARTICLES = 6
ANY = Filters()

posix = pytest.mark.skipif(os.name != "posix", reason="signals, links and limits of POSIX")


def open_store(path: Path, create: bool = False) -> LocalStore:
    return LocalStore.open(path, "model-a", DIMENSIONS, create=create)


def article(number: int, version: int, filler: int = 0) -> NewArticle:
    """Article `number`, with two passages that carry the version in text, words and vectors."""
    first, second = f"fox v{version} ", f"hen v{version} " + "x" * filler
    id_ = f"a{number}"
    passages = (
        Passage(id_, 0, len(first), first, "en"),
        Passage(id_, len(first), len(first + second), second, "en"),
    )
    vectors = np.zeros((2, DIMENSIONS), dtype=np.float32)
    vectors[:, 0], vectors[:, 1] = 1.0, version
    return NewArticle(
        Article(id_, f"{id_}.txt", id_, "en", first + second),
        passages,
        vectors,
        (("fox", f"v{version}"), ("hen", f"v{version}")),
        (np.zeros(1, dtype=np.uint32),) * 2,
        f"hash {version}",
        f"/{id_}",
    )


def all_articles(version: int) -> list[NewArticle]:
    return [article(number, version) for number in range(ARTICLES)]


def assert_one_version(store: LocalStore) -> int:
    """Hold that every article, word and vector of the newest state is of one version; returns it."""
    snapshot = store.snapshot()
    versions = {file.content_hash for file in snapshot.files()}
    assert len(versions) == 1
    version = int(versions.pop().split()[1])
    assert len(snapshot.articles()) == ARTICLES
    assert len(snapshot.lexical({f"v{version}": 1.0}, 99, ANY)) == 2 * ARTICLES
    assert len(snapshot.lexical({"fox": 1.0, "hen": 1.0}, 99, ANY)) == 2 * ARTICLES
    axis = np.eye(DIMENSIONS, dtype=np.float32)[1]
    assert [found.score for found in snapshot.dense(axis, 99, ANY)] == [version] * 2 * ARTICLES
    return version


def assert_healthy(path: Path) -> int:
    store = open_store(path)
    assert store.check().problems == ()
    return assert_one_version(store)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index that holds version 1 of every article."""
    index = tmp_path / "index"
    open_store(index, create=True).write(all_articles(1))
    return index


def test_an_index_from_before_names_were_kept_is_read_and_goes_on(path: Path) -> None:
    open_store(path).write([replace(article(0, 1), names=("horniman",))])
    current = json.loads((path / layout.CURRENT).read_text())
    catalog = path / layout.GENERATIONS / str(current["generation"]) / layout.CATALOG
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("DROP TABLE names")
        connection.commit()
    current["checksums"][layout.CATALOG] = layout.checksum(catalog)
    (path / layout.CURRENT).write_text(json.dumps(current))
    assert open_store(path).snapshot().names() == ()
    assert_healthy(path)
    open_store(path).write([replace(article(0, 1), names=("kearney",))])
    assert open_store(path).snapshot().names() == ("kearney",)
    assert_healthy(path)


def other_process(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
    )


# ── kills ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _kill_self_at_each_step(base: Path, cases: Path) -> None:
    """Write once per number n, in a fork that dies at its n-th step on the file system, until one lives."""
    for step in range(1, 500):
        index = cases / str(step)
        shutil.copytree(base, index)
        child = os.fork()
        if child == 0:
            _die_at_step(index, step)
            open_store(index).write(all_articles(2), removed=["a0"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return


def _die_at_step(index: Path, step: int) -> None:
    left = step

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event.split(".")[0] in ("open", "os", "shutil", "sqlite3") and str(index) in str(arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


@posix
def test_a_kill_at_any_step_leaves_the_old_or_the_new_state(path: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    process = other_process("kill-self-at-each-step", path, cases)
    process.communicate(timeout=60)
    assert process.returncode == 0
    seen = [assert_healthy(cases / str(step)) for step in range(1, len(list(cases.iterdir())) + 1)]
    assert len(seen) > 20
    # once published, it stays published
    assert seen == sorted(seen)
    assert set(seen) == {1, 2}


@posix
@pytest.mark.parametrize("step", [3, 15, 30])
def test_the_next_write_after_a_kill_succeeds_and_clears_what_was_left(path: Path, step: int) -> None:
    child = other_process("die-at-step", path, step)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    store = open_store(path)
    generation = store.write(all_articles(3))
    assert assert_healthy(path) == 3
    assert {folder.name for folder in (path / layout.GENERATIONS).iterdir()} == {str(generation), str(generation - 1)}


@posix
def test_a_writer_killed_at_any_time_leaves_a_whole_state(path: Path) -> None:
    for delay in (0.02, 0.1):
        writer = other_process("write-on", path)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(delay)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        version = assert_healthy(path)
        open_store(path).write(all_articles(version + 1))
        assert assert_healthy(path) == version + 1


def test_a_reader_in_another_process_sees_only_whole_states(path: Path) -> None:
    reader = other_process("read-on", path)
    assert reader.stdout is not None
    reader.stdout.readline()
    store = open_store(path)
    for version in range(2, 16):
        store.write(all_articles(version))
    (path / "stop").touch()
    output, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    seen = json.loads(output)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == 15


def test_a_store_that_was_being_made_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "index" / layout.GENERATIONS / "1").mkdir(parents=True)
    store = open_store(tmp_path / "index", create=True)
    assert store.snapshot().generation == 1
    assert store.check().problems == ()


# ── the lock ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_held_by_a_process_lasts_as_long_as_the_process(path: Path) -> None:
    holder = other_process("hold-lock", path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    store = open_store(path)
    with pytest.raises(IndexLocked):
        store.write(all_articles(2))
    assert assert_healthy(path) == 1
    holder.kill()
    holder.wait()
    holder.stdout.close()
    store.write(all_articles(2))
    assert assert_healthy(path) == 2


def test_several_writes_go_under_one_lock(path: Path) -> None:
    store, other = open_store(path), open_store(path)
    with store.exclusive():
        store.write(all_articles(2))
        with pytest.raises(IndexLocked), other.exclusive():
            pass
        store.write(all_articles(3))
    other.write(all_articles(4))
    assert assert_healthy(path) == 4


def test_a_failed_write_gives_the_lock_back(path: Path) -> None:
    def broken() -> Iterator[NewArticle]:
        raise RuntimeError
        yield article(1, 2)

    with pytest.raises(RuntimeError):
        open_store(path).write(broken())
    open_store(path).write(all_articles(2))
    assert assert_healthy(path) == 2


# ── no room, no permission ──────────────────────────────────────────────────────────────────────────────────────────


@posix
@pytest.mark.parametrize("limit", [1_000, 60_000])
def test_a_full_disk_is_reported_and_leaves_the_old_state(path: Path, limit: int) -> None:
    process = other_process("write-with-limit", path, limit)
    output, _ = process.communicate(timeout=60)
    assert output == "IndexFull\n"
    assert assert_healthy(path) == 1
    open_store(path).write(all_articles(2))
    assert assert_healthy(path) == 2


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of its own with `size` bytes, where this user may mount one."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@posix
def test_a_disk_that_fills_up_at_any_point_leaves_the_old_state(tmp_path: Path) -> None:
    outcomes = set()
    with small_disk(tmp_path / "disk", 1_200_000) as disk:
        open_store(disk / "index", create=True).write(all_articles(1))
        for free in (0, 20_000, 80_000, 110_000, 130_000, 200_000):
            filler = disk / "filler"
            room = shutil.disk_usage(disk).free
            filler.write_bytes(b"x" * max(0, room - free))
            try:
                open_store(disk / "index").write([article(number, 1, filler=100) for number in range(ARTICLES)])
                outcomes.add("written")
            except IndexFull:
                outcomes.add("full")
            filler.unlink()
            assert assert_healthy(disk / "index") == 1
    assert outcomes == {"written", "full"}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write in `folder` from this process, for the administrator by becoming nobody."""
    places = [folder, *folder.rglob("*")]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for place in places:
            if place.exists():
                place.chmod(0o755 if place.is_dir() else 0o644)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder whose parents every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="rag-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@posix
def test_a_read_only_index_is_read_and_refuses_writing(open_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    index = open_folder / "index"
    open_store(index, create=True).write(all_articles(1))
    with read_only(index):
        assert assert_healthy(index) == 1
        with pytest.raises(IndexReadOnly):
            open_store(index).write(all_articles(2))
    # read from its files, not made again
    assert caplog.records == []
    assert assert_healthy(index) == 1


@posix
def test_an_index_cannot_be_made_in_a_read_only_folder(open_folder: Path) -> None:
    with read_only(open_folder), pytest.raises(IndexReadOnly):
        open_store(open_folder / "index", create=True)


def test_an_index_cannot_be_made_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    for index in (tmp_path / "file", tmp_path / "file" / "index"):
        with pytest.raises(IndexReadOnly):
            open_store(index, create=True)
        with pytest.raises(IndexMissing):
            open_store(index)
    assert (tmp_path / "file").read_text() == "kept"


@posix
def test_other_users_may_read_what_they_may_read_of_the_catalog(path: Path) -> None:
    files = [file for file in (path / layout.GENERATIONS).rglob("*") if file.is_file()]
    catalog = next(file for file in files if file.name == layout.CATALOG)
    assert {file.stat().st_mode for file in files} == {catalog.stat().st_mode}


# ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def current_folder(path: Path) -> Path:
    state = layout.parse_state((path / layout.CURRENT).read_bytes(), path)
    return path / layout.GENERATIONS / str(state.generation)


def cut_in_half(file: Path) -> None:
    # the file may be shared with the generation before
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[: len(content) // 2])


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    file.unlink()
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


DAMAGES: list[Callable[[Path], None]] = [cut_in_half, flip_a_byte, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_vectors_or_words_are_made_again(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    folder = current_folder(path)
    files = [folder / layout.VECTORS, *sorted((folder / layout.WORDS).iterdir())]
    contents = {file: file.read_bytes() for file in files}
    for file in files:
        caplog.clear()
        damage(file)
        store = open_store(path)
        assert assert_one_version(store) == 1, file
        assert [record.levelno for record in caplog.records] == [logging.WARNING], file
        assert len(store.check().problems) == 1, file
        file.unlink(missing_ok=True)
        file.write_bytes(contents[file])
    assert assert_healthy(path) == 1


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("part", [layout.VECTORS, layout.WORDS])
def test_a_write_repairs_damaged_vectors_and_words(path: Path, part: str, damage: Callable[[Path], None]) -> None:
    place = current_folder(path) / part
    damage(place if place.is_file() else sorted(place.iterdir())[1])
    open_store(path).write([article(0, 1)])
    assert assert_healthy(path) == 1


def test_missing_words_and_vectors_are_made_again(path: Path) -> None:
    folder = current_folder(path)
    shutil.rmtree(folder / layout.WORDS)
    (folder / layout.VECTORS).unlink()
    assert assert_one_version(open_store(path)) == 1


@pytest.mark.parametrize("name", [layout.CATALOG, layout.CURRENT])
@pytest.mark.parametrize(
    "damage", [cut_in_half, lambda file: file.write_bytes(b""), lambda file: file.write_text("no")]
)
def test_a_damaged_catalog_or_current_is_named(path: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(path / name if name == layout.CURRENT else current_folder(path) / name)
    with pytest.raises(IndexCorrupt, match=f"{name}.*rag ingest"):
        open_store(path).snapshot()
    with pytest.raises(IndexCorrupt, match=name):
        open_store(path).write(all_articles(2))


def test_a_missing_generation_is_damage(path: Path) -> None:
    shutil.rmtree(current_folder(path))
    with pytest.raises(IndexCorrupt):
        open_store(path).snapshot()
    with pytest.raises(IndexError_):
        open_store(path).write(all_articles(2))


def test_a_changed_byte_of_the_catalog_is_seen_by_the_check_and_not_built_upon(path: Path) -> None:
    file = current_folder(path) / layout.CATALOG
    content = file.read_bytes()
    file.write_bytes(content.replace(b"fox v1", b"fux v1"))
    store = open_store(path)
    assert any(layout.CATALOG in problem for problem in store.check().problems)
    with pytest.raises(IndexCorrupt):
        store.write(all_articles(2))


@pytest.mark.parametrize(
    "content",
    ["[]", "3", "{}", '{"format": 1}', '{"format": 1, "encoder": "m", "dimensions": "x", "generation": 1}', "\udcff"],
)
def test_a_current_that_holds_something_else_is_damage(path: Path, content: str) -> None:
    (path / layout.CURRENT).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexCorrupt, match=layout.CURRENT):
        open_store(path)


# ── other versions, other encoders ──────────────────────────────────────────────────────────────────────────────────


def test_an_index_of_a_newer_format_is_left_alone(path: Path) -> None:
    fields = json.loads((path / layout.CURRENT).read_text()) | {"format": layout.FORMAT + 1}
    (path / layout.CURRENT).write_text(json.dumps(fields))
    before = sorted(path.rglob("*"))
    with pytest.raises(FormatMismatch, match=f"format {layout.FORMAT + 1}, this version reads {layout.FORMAT}"):
        open_store(path, create=True)
    assert sorted(path.rglob("*")) == before


def test_a_catalog_of_another_format_is_damage(path: Path) -> None:
    with closing(sqlite3.connect(current_folder(path) / layout.CATALOG)) as connection:
        connection.execute(f"PRAGMA user_version = {layout.FORMAT + 1}")
    with pytest.raises(IndexCorrupt):
        open_store(path).snapshot()


def test_an_index_of_another_encoder_is_refused(path: Path) -> None:
    with pytest.raises(EncoderMismatch, match=r"model-a \(8\), now model-b \(8\)"):
        LocalStore.open(path, "model-b", DIMENSIONS)
    with pytest.raises(EncoderMismatch, match=r"model-a \(8\), now model-a \(9\)"):
        LocalStore.open(path, "model-a", DIMENSIONS + 1, create=True)
    assert assert_healthy(path) == 1


def test_a_missing_index_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        open_store(tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_health_counts_what_is_held(path: Path) -> None:
    health = open_store(path).check()
    assert (health.generation, health.articles, health.passages) == (2, ARTICLES, 2 * ARTICLES)
    assert health.encoder == "model-a"
    assert health.size_bytes >= sum(file.stat().st_size for file in current_folder(path).rglob("*") if file.is_file())
    assert health.problems == ()


# ── the other process ───────────────────────────────────────────────────────────────────────────────────────────────


def _write_on(index: Path) -> None:
    store = open_store(index)
    print("ready", flush=True)
    for version in range(assert_one_version(store) + 1, 10_000):
        store.write(all_articles(version))


def _read_on(index: Path) -> None:
    store = open_store(index)
    print("ready", flush=True)
    seen = [assert_one_version(store)]
    done = False
    while not done:
        # looked at before reading, so that the last state is read too
        done = (index / "stop").exists()
        version = assert_one_version(LocalStore.open(index, "model-a", DIMENSIONS))
        seen.extend([version] if version != seen[-1] else [])
    print(json.dumps(seen))


def _hold_lock(index: Path) -> None:
    with open_store(index).exclusive():
        print("held", flush=True)
        time.sleep(120)


def _write_with_limit(index: Path, limit: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        open_store(index).write([article(number, 2, filler=100_000) for number in range(ARTICLES)])
        print("written")
    except IndexFull as exc:
        cause = exc.__cause__
        assert not isinstance(cause, OSError) or cause.errno in (errno.EFBIG, errno.ENOSPC)
        print("IndexFull")


def _main(role: str, index: str, *more: str) -> None:
    if role == "kill-self-at-each-step":
        _kill_self_at_each_step(Path(index), Path(more[0]))
    elif role == "die-at-step":
        _die_at_step(Path(index), int(more[0]))
        open_store(Path(index)).write(all_articles(2))
    elif role == "write-on":
        _write_on(Path(index))
    elif role == "read-on":
        _read_on(Path(index))
    elif role == "hold-lock":
        _hold_lock(Path(index))
    elif role == "write-with-limit":
        _write_with_limit(Path(index), int(more[0]))


if __name__ == "__main__":
    _main(*sys.argv[1:])
