"""Whatever is asked or ingested, into whatever folder: an answer, a refusal or a clear message, and nothing is lost."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.config import Settings

ROOT = Path(__file__).resolve().parents[1]
# prctl(2): PR_CAPBSET_DROP; CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_DROP_CAPABILITY, _OVERRIDING = 24, (1, 2)
MILL = "The mill at Orrin turns again. It grinds 12 tonnes of oats a week."
BRIDGE = "石桥镇的渡船每天开六班，末班晚上九点离岸。"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("RAG_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def rag(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process: its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err

    return run


def fill(folder: Path) -> Path:
    """A folder `index` of two articles, made from a folder `articles`, both in `folder`."""
    (folder / "articles").mkdir()
    (folder / "articles" / "mill.md").write_text(MILL, encoding="utf-8")
    (folder / "articles" / "ferry.md").write_text(BRIDGE, encoding="utf-8")
    Assistant.open(folder / "index", Settings()).ingest(folder / "articles")
    return folder / "index"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return fill(tmp_path)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that is only read."""
    return fill(tmp_path_factory.mktemp("asked"))


def held(index: Path) -> dict[str, str]:
    assistant = Assistant.open(index, Settings(), create=False)
    return {info.id: assistant.article(info.id).text for info in assistant.articles()}


BOTH = {"mill.md": MILL, "ferry.md": BRIDGE}

# --- questions ---


@pytest.mark.parametrize("question", ["", "   ", "？！……", "?!.,;:", "🙂🚀", "\u200b\u200e", "\x07\x1b", "\u3164", "1️⃣"])
def test_a_question_without_words_is_a_clear_error(rag: Run, asked: Path, question: str) -> None:
    for command in ("ask", "search"):
        status, out, err = rag(command, question, "--index", asked)
        assert (status, out) == (1, "")
        assert err == "The question holds no words. Type a question in English or Chinese.\n"


@pytest.mark.parametrize(
    "question",
    [
        *("a", "7", "磨", "é", "Ⅻ"),
        "How many tonnes does the mill grind? 🙂🚀👩‍👩‍👧‍👦",
        "How many \x1b[31mtonnes\x1b[0m does\x00 the \x07mill grind?",
        "How many \u202etonnes\u202c does \u2067the\u2069 mill grind?\u200f",
        "石\u200b桥\ufeff镇的渡船每天开几班？",
        "ｈｏｗ　ｍａｎｙ　ｔｏｎｎｅｓ？",
        "<script>alert('mill')</script> {tonnes} %s %(x)s \\ ' \" ; DROP TABLE articles; --",
        'mill AND (tonnes OR "oats) NOT title:* ~2 ^3 /week/ [a TO z]',
        *("風車小屋は週に何トンの麦を挽きますか？", "Сколько тонн овса мелет мельница за неделю?"),
        *("كم طنا من الشوفان تطحن المطحنة في الأسبوع؟", "방앗간은 일주일에 귀리를 몇 톤 빻습니까?"),
        *("स्टेशन कब खुला?", "โรงสีบดข้าวโอ๊ตกี่ตัน", "כמה טון שיבולת שועל?"),
        "e\u0301" * 500,
        "\U00020000\U0002ebef" * 20,
        "a mill whose name is \udcff\udcfe",
    ],
)
def test_any_other_question_is_answered_or_refused(rag: Run, asked: Path, question: str) -> None:
    status, out, err = rag("ask", question, "--json", "--index", asked)
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert isinstance(answer["refused"], bool)
    assert answer["answer"].strip()
    assert answer["language"] in ("en", "zh-Hans", "zh-Hant")
    assert 0 <= answer["confidence"] <= 1
    status, out, _ = rag("ask", question, "--index", asked)
    assert (status, bool(out.strip())) == (0, True)
    assert not set(out) & set(map(chr, (*range(9), *range(11, 32), 127)))


@pytest.mark.parametrize(
    "text",
    ["How many tonnes of oats? " * 800, "石桥镇的渡船每天开几班？" * 1700, "x" * 20_000, "渡" * 20_000, "1" * 20_000],
)
def test_a_question_of_20000_characters_is_answered_or_refused(rag: Run, asked: Path, text: str) -> None:
    status, out, _ = rag("ask", text[:20_000], "--json", "--index", asked)
    assert (status, isinstance(json.loads(out)["refused"], bool)) == (0, True)
    assert rag("search", text[:20_000], "--index", asked)[0] == 0


def test_half_characters_in_a_batch_are_no_error(rag: Run, asked: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "a\\ud800", "question": "\\ud800How many\\udfff tonnes of oats?"}\n', encoding="utf-8")
    status, out, err = rag("ask", "--batch", file, "--index", asked)
    assert (status, err) == (0, "")
    assert "refused" in json.loads(out)


# --- batch files ---


def test_a_missing_batch_file_is_an_error(rag: Run, asked: Path) -> None:
    status, out, err = rag("ask", "--batch", "none.jsonl", "--index", asked)
    assert (status, out, err) == (1, "", "none.jsonl cannot be used: there is no such file or folder.\n")


def test_a_folder_is_no_batch_file(rag: Run, asked: Path, tmp_path: Path) -> None:
    status, out, err = rag("ask", "--batch", tmp_path, "--index", asked)
    assert (status, out) == (1, "")
    assert "it is a folder" in err


def test_a_binary_batch_file_gives_an_error_for_every_line(rag: Run, asked: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\n\x80\x81\n")
    status, out, err = rag("ask", "--batch", tmp_path / "q.jsonl", "--index", asked)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert rows
    assert all(set(row) == {"id", "error"} for row in rows)
    assert "\x1a" not in err


def test_an_empty_batch_file_gives_nothing(rag: Run, asked: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"\n\n")
    assert rag("ask", "--batch", tmp_path / "q.jsonl", "--index", asked) == (0, "", "")


@pytest.mark.parametrize(
    "row", ["[]", "7", "null", '"text"', "{}", '{"question": 7}', '{"question": null}', "{", "NaN"]
)
def test_a_bad_line_is_an_error_in_its_place(rag: Run, asked: Path, tmp_path: Path, row: str) -> None:
    good = '{"id": "good", "question": "How many tonnes of oats?"}'
    (tmp_path / "q.jsonl").write_text(f"{row}\n{good}\n", encoding="utf-8")
    status, out, err = rag("ask", "--batch", tmp_path / "q.jsonl", "--index", asked)
    first, second = (json.loads(line) for line in out.splitlines())
    assert status == 1
    assert first == {"id": "1", "error": err.strip()}
    assert "line 1" in err
    assert second["id"] == "good"


# --- index folders ---

READERS = (["ask", "oats"], ["search", "oats"], ["list"], ["remove", "mill.md"])


@pytest.mark.parametrize("arguments", READERS)
def test_a_missing_index_is_an_error_and_is_not_made(rag: Run, tmp_path: Path, arguments: list[str]) -> None:
    status, out, err = rag(*arguments, "--index", tmp_path / "none")
    assert (status, out) == (1, "")
    assert "There is no index in" in err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("arguments", [*READERS, ["ingest", "articles"], ["doctor"]])
def test_an_index_path_that_is_a_file_is_an_error_and_the_file_stays(
    rag: Run, index: Path, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    status, out, err = rag(*arguments, "--index", tmp_path / "file")
    assert status == 1
    assert str(tmp_path / "file") in out + err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("current", "message"),
    [
        (b"", "is damaged"),
        (b"\xff\xfe\0", "is damaged"),
        (b"[]", "is damaged"),
        (b'{"format": 1}', "is damaged"),
        (b'{"format": 999}', "has format 999"),
    ],
)
@pytest.mark.parametrize("arguments", [*READERS, ["ingest", "articles"]])
def test_a_damaged_or_newer_index_is_an_error_and_is_left_as_it_is(
    rag: Run, index: Path, arguments: list[str], current: bytes, message: str
) -> None:
    whole = (index / "CURRENT").read_bytes()
    (index / "CURRENT").write_bytes(current)
    status, out, err = rag(*arguments, "--index", index)
    assert (status, out) == (1, "")
    assert message in err
    assert (index / "CURRENT").read_bytes() == current
    (index / "CURRENT").write_bytes(whole)
    assert held(index) == BOTH


@pytest.mark.parametrize("arguments", READERS)
def test_a_damaged_catalog_is_an_error(rag: Run, index: Path, arguments: list[str]) -> None:
    (catalog,) = index.glob(f"generations/{_generation(index)}/catalog.sqlite")
    catalog.write_bytes(b"not a database" * 400)
    status, out, err = rag(*arguments, "--index", index)
    assert (status, out) == (1, "")
    assert "is damaged" in err


def test_an_index_of_another_encoder_is_an_error_and_is_left_as_it_is(rag: Run, index: Path) -> None:
    state = json.loads((index / "CURRENT").read_bytes())
    (index / "CURRENT").write_text(json.dumps({**state, "encoder": "another-model"}), encoding="utf-8")
    for arguments in (*READERS, ["ingest", "articles"]):
        status, out, err = rag(*arguments, "--index", index)
        assert (status, out) == (1, "")
        assert "made with the embedding model another-model" in err
    (index / "CURRENT").write_text(json.dumps(state), encoding="utf-8")
    assert held(index) == BOTH


def _generation(index: Path) -> int:
    return int(json.loads((index / "CURRENT").read_bytes())["generation"])


# --- what is ingested ---


def test_a_missing_path_is_an_error_and_changes_nothing(rag: Run, index: Path) -> None:
    Path("articles", "mill.md").unlink()
    status, out, err = rag("ingest", "articles", "nowhere", "--index", index)
    assert (status, out) == (1, "")
    assert "nowhere cannot be used: there is no such file or folder" in err
    assert held(index) == BOTH


def test_an_empty_folder_is_no_error_and_changes_nothing(rag: Run, index: Path) -> None:
    Path("empty").mkdir()
    status, _, err = rag("ingest", "empty", "--index", index)
    assert status == 0
    assert err.startswith("0 added, 0 changed, 0 unchanged, 0 removed, 0 failed")
    assert held(index) == BOTH


def test_files_that_all_became_unreadable_keep_their_articles(rag: Run, index: Path) -> None:
    for name in ("mill.md", "ferry.md"):
        Path("articles", name).write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\r")
    status, out, err = rag("ingest", "articles", "--index", index)
    assert (status, out) == (1, "")
    assert "2 failed" in err
    assert "not read: mill.md: it holds binary data, not text" in err
    assert held(index) == BOTH


def test_links_that_lead_nowhere_and_devices_are_reported(rag: Run, index: Path) -> None:
    Path("articles", "loop.md").symlink_to("loop.md")
    Path("articles", "gone.md").symlink_to("nowhere.md")
    os.mkfifo(Path("articles", "pipe.md"))
    status, out, _ = rag("ingest", "articles", "--index", index, "--json")
    report = json.loads(out)
    assert status == 0
    assert {file["source"]: file["reason"] for file in report["files"] if file["status"] == "failed"} == {
        "gone.md": "it is no longer there",
        "loop.md": "it is a link that leads back to itself",
        "pipe.md": "it is a device or a pipe, not a file",
    }
    assert held(index) == BOTH


# --- what the system refuses; in another process, for which the rights of files hold also as administrator ---


def limited(*arguments: object, file_limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process that may not override rights and may write files up to `file_limit` bytes."""
    system = ctypes.CDLL(None, use_errno=True)

    def limit() -> None:
        if os.geteuid() == 0:
            for capability in _OVERRIDING:
                if system.prctl(_DROP_CAPABILITY, capability, 0, 0, 0):
                    raise OSError(ctypes.get_errno(), "the rights of the administrator cannot be dropped")
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    done = subprocess.run(
        [sys.executable, "-m", "rag", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def lock() -> Iterator[Callable[..., None]]:
    """Takes rights to files and folders, and gives them back in the end so that they can be deleted."""
    taken: list[Path] = []

    def take(folder: Path, rights: int) -> None:
        for path in reversed([folder, *folder.rglob("*")]):
            taken.append(path)
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~rights)

    yield take
    for path in reversed(taken):
        path.chmod(0o755)


def test_a_read_only_index_can_be_asked_and_is_a_clear_error_to_write(index: Path, lock: Callable[..., None]) -> None:
    Path("articles", "new.md").write_text("The smithy has a new roof.", encoding="utf-8")
    lock(index, 0o222)
    searched = limited("search", "oats", "-k", 1, "--json", "--index", index)
    assert (searched.returncode, json.loads(searched.stdout)[0]["source"]) == (0, "mill.md")
    for arguments in (["ingest", "articles"], ["remove", "mill.md"]):
        written = limited(*arguments, "--index", index)
        assert (written.returncode, written.stdout) == (1, "")
        assert "cannot be written to" in written.stderr
    assert held(index) == BOTH


def test_an_index_that_may_not_be_made_is_a_clear_error(tmp_path: Path, index: Path, lock: Callable[..., None]) -> None:
    Path("locked").mkdir()
    lock(Path("locked"), 0o222)
    done = limited("ingest", "articles", "--index", "locked/new")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The index folder locked/new cannot be written to" in done.stderr


def test_an_index_that_may_not_be_read_is_a_clear_error(index: Path, lock: Callable[..., None]) -> None:
    lock(index, 0o777)
    for command in (["list"], ["doctor"]):
        done = limited(*command, "--index", index)
        assert done.returncode == 1
        assert f"The index in {index} cannot be used" in done.stdout + done.stderr


def test_a_full_disk_is_a_clear_error_and_what_was_stored_stays(index: Path) -> None:
    before = (index / "CURRENT").read_bytes()
    pages = " ".join(f"Crate {n} holds lamps for the theatre." for n in range(2000))
    Path("articles", "new.md").write_text(pages, encoding="utf-8")
    done = limited("ingest", "articles", "--index", index, file_limit=60_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no space left for the index" in done.stderr
    assert (index / "CURRENT").read_bytes() == before
    assert held(index) == BOTH


def test_a_folder_that_becomes_unreadable_keeps_its_articles(tmp_path: Path, lock: Callable[..., None]) -> None:
    Path("articles", "inner").mkdir(parents=True)
    Path("articles", "outer.md").write_text(MILL, encoding="utf-8")
    Path("articles", "inner", "deep.md").write_text(BRIDGE, encoding="utf-8")
    Assistant.open(tmp_path / "index", Settings()).ingest("articles")
    lock(Path("articles", "inner"), 0o777)
    done = limited("ingest", "articles", "--index", "index", "--json")
    assert done.returncode == 0
    files = json.loads(done.stdout)["files"]
    assert {file["source"]: (file["status"], file["reason"]) for file in files} == {
        "inner": ("failed", "there is no permission to read it"),
        "outer.md": ("unchanged", None),
    }
    assert held(tmp_path / "index") == {"outer.md": MILL, "inner/deep.md": BRIDGE}


def test_a_file_in_a_locked_folder_does_not_lose_its_id_to_another(tmp_path: Path, lock: Callable[..., None]) -> None:
    for name in ("one", "two"):
        Path(name, "inner").mkdir(parents=True)
        Path(name, "inner", "same.md").write_text(f"The house called {name} stands by the pond.", encoding="utf-8")
    Assistant.open(tmp_path / "index", Settings()).ingest("one")
    lock(Path("one", "inner"), 0o777)
    assert limited("ingest", "two", "--index", "index").returncode == 0
    assert held(tmp_path / "index") == {
        "inner/same.md": "The house called one stands by the pond.",
        "inner/same.md~2": "The house called two stands by the pond.",
    }


def test_a_file_that_may_not_be_read_keeps_its_article(index: Path, lock: Callable[..., None]) -> None:
    lock(Path("articles", "mill.md"), 0o777)
    done = limited("ingest", "articles", "--index", index)
    assert done.returncode == 0
    assert "not read: mill.md: there is no permission to read it" in done.stderr
    assert held(index) == BOTH
