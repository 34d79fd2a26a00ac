"""Promises of kept conversations: nothing is lost, nothing is anyone else's, what is deleted is gone."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ConversationsUnkept, ConversationUnknown, ModelNotFound
from rag.types import Answer, Citation, Evidence, Hit, Passage, Sentence, Span, Timings
from ui.conversation import Turn
from ui.conversation_file import VERSION
from ui.conversation_forms import packed, turn_form, turn_from_form, unpacked
from ui.conversation_store import ConversationStore, shortened

ME, OTHER = "browser-1", "browser-2"
QUOTE = "The ferry carries forty bicycles."
ANSWER = Answer(
    "How many bicycles?",
    "en",
    f"40\n{QUOTE} [1]",
    False,
    0.91,
    (
        Citation(
            1, "f:0-33", "f", "en/ferry.md", "The ferry", "en", 0, 33, QUOTE, True, 0.8, 2, "2023-05", (Span(4, 9),)
        ),
    ),
    (Hit(Passage("f", 0, 33, QUOTE, "en", "Crossing"), "en/ferry.md", "The ferry", 1.25, 1, {"dense": 0.5}),),
    "40",
    "Qwen3-4B",
    Timings(12.5, 800.25, 812.75),
    (Sentence(3, 36, (1,), False, 0.3, "quantity", ("40",)),),
    "A number is asked for.",
    "How many bicycles does the ferry carry?",
    ("The answer was stopped before its end.",),
    1,
)
CUT = Hit(Passage("g", 5, 40, "", "zh-Hant"), "zh-Hant/g.md", "渡輪", 0.25, 2)
EVIDENCE = Evidence("bicycles", "en", ANSWER.evidence, (CUT,), (0.5, 1.0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "talks.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    with ConversationStore(path, clock=Clock()) as opened:
        yield opened


class Clock:
    """One second later at every look."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def answered(number: int = 1, question: str = "How many bicycles?", text: str = "Forty. [1]") -> Turn:
    return Turn(number, question, "answered", text, 1, Answer(question, "en", text, False, 0.5))


def begun(store: ConversationStore, question: str = "How many bicycles?", owner: str = ME, text: str = "Forty.") -> str:
    made = store.create(owner, "default")
    store.put_turn(owner, made, answered(1, question, text))
    return made


def titles(store: ConversationStore, words: str) -> list[str]:
    return [one.title for one in store.search(ME, words).conversations]


def damage(path: Path) -> None:
    path.write_bytes(b"These bytes are no database. " * 200)


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


# ---- turns ----


def test_a_conversation_comes_back_equal_after_a_restart(path: Path) -> None:
    turns = (
        Turn(1, ANSWER.question, "answered", ANSWER.text, 1, ANSWER, None, "Hm.", "bicycles", EVIDENCE),
        Turn(2, "还有呢？\ud83d", "stopped", "写到一半", 3, thinking="半句", evidence=EVIDENCE),
        Turn(3, "\u202eodd\x00", "failed"),
    )
    with ConversationStore(path) as first:
        made = first.create(ME, "harbour")
        for turn in turns:
            first.put_turn(ME, made, turn)
        first.rate(ME, made, 1, "down", "the number is wrong")
    with ConversationStore(path) as second:
        kept = second.load(ME, made)
        assert kept.turns == turns
        assert (kept.info.title, kept.info.collection, kept.info.turns) == ("How many bicycles?", "harbour", 3)
        assert (kept.feedback[1].verdict, kept.feedback[1].reason) == ("down", "the number is wrong")
        assert second.notice("en") == ""


def test_an_error_comes_back_as_one_that_says_the_same(store: ConversationStore) -> None:
    error = ModelNotFound(model=Path("models/x.gguf"), reason_key="reason.empty")
    made = store.create(ME, "default")
    store.put_turn(ME, made, Turn(1, "Why?", "failed", error=error))
    (turn,) = store.load(ME, made).turns
    assert type(turn.error) is ModelNotFound
    assert turn.error.in_language("zh-Hant") == error.in_language("zh-Hant")


def test_a_turn_that_was_running_at_the_end_comes_back_as_stopped(store: ConversationStore) -> None:
    made = store.create(ME, "default")
    store.put_turn(ME, made, Turn(1, "Why?", "writing", "Beca", 4))
    assert store.load(ME, made).turns == (Turn(1, "Why?", "stopped", "Beca", 4),)


def test_a_turn_replaces_the_one_of_its_number(store: ConversationStore) -> None:
    made = begun(store)
    store.put_turn(ME, made, answered(2, "And boats?"))
    store.put_turn(ME, made, answered(2, "And cars?", "Six."))
    assert [turn.question for turn in store.load(ME, made).turns] == ["How many bicycles?", "And cars?"]


def test_turns_from_a_number_on_can_be_dropped(store: ConversationStore) -> None:
    made = begun(store)
    for number in (2, 3):
        store.put_turn(ME, made, answered(number))
    store.drop_turns(ME, made, 2)
    assert [turn.number for turn in store.load(ME, made).turns] == [1]


def test_a_turn_that_cannot_be_read_is_shown_as_failed() -> None:
    for data in (b"", b"{", b"[]", b'{"status": "odd"}', b"\xff\xfe", b"[" * 100_000):
        assert unpacked(data, 3, "Why?") == Turn(3, "Why?", "failed")
    assert unpacked(packed(answered()), 1, "") == answered()


def test_hits_that_the_answer_repeats_are_held_once() -> None:
    one = Turn(1, ANSWER.question, "answered", ANSWER.text, 1, ANSWER, evidence=EVIDENCE)
    assert packed(one).decode().count('"score":1.25') == 1
    assert unpacked(packed(one), 1, "") == one
    assert len(turn_form(one)["evidence"]["hits"]) == 1


def test_what_a_search_left_out_is_held_small_and_comes_back_equal() -> None:
    names = ("late", "dense", "lexical", "background", "gain")
    cut = tuple(
        Hit(
            Passage(f"en/article-{n % 4}.md", n, n + 400, "The first words of the passage", "en", "Crossing"),
            *(f"en/article-{n % 4}.md", "A title of some length about the ferry", (100 - n) / 100, n),
            dict.fromkeys(names[: 2 + n % 4], n / 100),
        )
        for n in range(2, 50)
    )
    one = replace(answered(), evidence=Evidence("bicycles", "en", ANSWER.evidence, cut, (0.5,)))
    assert unpacked(packed(one), 1, "") == one
    assert len(packed(one)) < len(json.dumps(turn_form(one))) / 3


def test_a_turn_kept_by_an_earlier_version_has_no_evidence() -> None:
    form = turn_form(answered())
    del form["evidence"]
    assert turn_from_form(form) == answered()


def test_a_form_of_a_turn_refuses_an_unknown_status() -> None:
    with pytest.raises(ValueError, match="dreaming"):
        turn_from_form(turn_form(answered()) | {"status": "dreaming"})


# ---- lists ----


def test_conversations_are_listed_newest_first_in_pages(store: ConversationStore) -> None:
    made = [begun(store, f"Question {number}") for number in range(5)]
    store.put_turn(ME, made[1], answered(2))
    store.create(ME, "default")  # without a turn it is not listed
    page = store.listed(ME, limit=3)
    assert [one.id for one in page.conversations] == [made[1], made[4], made[3]]
    assert page.total == 5
    assert [one.id for one in store.listed(ME, limit=3, offset=3).conversations] == [made[2], made[0]]


def test_a_search_finds_words_in_titles_questions_and_answers_in_either_script(store: ConversationStore) -> None:
    begun(store, "新的軟體要多少錢？", text="三千元。")
    begun(store, "How old is the Lighthouse?", text="Ninety years.")
    third = begun(store, "第三个问题", text="护士用软件登记。")
    store.put_turn(ME, third, answered(2, "And the doctors?", "They write."))
    assert titles(store, "软件") == ["第三个问题", "新的軟體要多少錢？"]
    assert titles(store, "軟體 護士") == ["第三个问题"]
    assert titles(store, "LIGHTHOUSE") == ["How old is the Lighthouse?"]
    assert titles(store, "护士 doctors") == ["第三个问题"]
    assert titles(store, "100%") == []
    assert titles(store, "_") == []
    assert len(titles(store, "  ")) == 3
    found = store.search(ME, "doctors").conversations[0]
    assert found.matched == "And the doctors?"


def test_a_search_counts_what_it_found_and_gives_one_page(store: ConversationStore) -> None:
    for number in range(4):
        begun(store, f"Tea {number}")
    page = store.search(ME, "tea", limit=2, offset=1)
    assert ([one.title for one in page.conversations], page.total) == (["Tea 2", "Tea 1"], 4)


def test_a_new_name_is_found_and_a_blank_one_gives_the_first_question_back(store: ConversationStore) -> None:
    made = begun(store)
    assert store.rename(ME, made, "  Harbour\nplans ") == "Harbour plans"
    store.put_turn(ME, made, answered(1, "How many boats?"))
    assert titles(store, "harbour") == ["Harbour plans"]
    assert store.rename(ME, made, " ") == "How many boats?"
    assert titles(store, "harbour") == []


def test_an_edited_first_question_names_the_conversation_anew(store: ConversationStore) -> None:
    made = begun(store)
    store.put_turn(ME, made, answered(1, "How many boats?"))
    assert store.load(ME, made).info.title == "How many boats?"


@pytest.mark.parametrize(
    ("text", "limit", "title"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("一二三四五六", 4, "一二三…"),
        (" a\n\tb ", 9, "a b"),
        ("abcdefghij", 5, "abcd…"),
        ("half \ud800 pair", 20, "half ? pair"),
    ],
)
def test_a_title_is_one_line_cut_before_a_word(text: str, limit: int, title: str) -> None:
    assert shortened(text, limit) == title


# ---- owners ----


def test_another_owner_sees_and_changes_nothing(store: ConversationStore) -> None:
    made = begun(store)
    store.rate(ME, made, 1, "up")
    for attempt in (
        lambda: store.load(OTHER, made),
        lambda: store.put_turn(OTHER, made, answered(2)),
        lambda: store.drop_turns(OTHER, made, 1),
        lambda: store.rename(OTHER, made, "mine"),
        lambda: store.rate(OTHER, made, 1, None),
    ):
        with pytest.raises(ConversationUnknown):
            attempt()
    assert store.delete(OTHER, made) is False
    assert store.listed(OTHER).total == store.search(OTHER, "bicycles").total == 0
    assert store.rated(OTHER) == ()
    kept = store.load(ME, made)
    assert (kept.info.title, kept.turns, kept.feedback[1].verdict) == (
        "How many bicycles?",
        (answered(text="Forty."),),
        "up",
    )


# ---- deletion ----


def test_a_deleted_conversation_is_gone_from_the_files_too(store: ConversationStore, path: Path) -> None:
    made = begun(store, "Where is the quixotic-secret kept?", text="In the quixotic-secret drawer. " * 400)
    other = begun(store, "An ordinary question")
    store.rate(ME, made, 1, "down", "a quixotic-secret reason")
    assert b"quixotic-secret" in bytes_of(path.parent)
    assert store.delete(ME, made) is True
    assert b"quixotic-secret" not in bytes_of(path.parent)
    assert store.delete(ME, made) is False
    assert [one.id for one in store.listed(ME).conversations] == [other]
    assert store.rated() == ()
    with pytest.raises(ConversationUnknown):
        store.load(ME, made)


# ---- feedback ----


def test_feedback_is_set_changed_and_cleared(store: ConversationStore) -> None:
    made = begun(store)
    store.rate(ME, made, 1, "up")
    store.rate(ME, made, 1, "down", "  too short  ")
    assert store.load(ME, made).feedback[1].reason == "too short"
    assert store.rate(ME, made, 1, None) is None
    assert store.load(ME, made).feedback == {}
    with pytest.raises(ConversationUnknown):
        store.rate(ME, made, 2, "up")


def test_feedback_stays_with_its_answer_and_goes_with_it(store: ConversationStore) -> None:
    made = begun(store)
    store.rate(ME, made, 1, "up")
    store.put_turn(ME, made, answered(text="Forty."))
    assert store.load(ME, made).feedback[1].verdict == "up"
    store.put_turn(ME, made, answered(text="Fifty."))
    assert store.load(ME, made).feedback == {}


def test_rated_turns_come_in_the_order_of_their_feedback(store: ConversationStore) -> None:
    first, second = begun(store, "First?"), begun(store, "Second?", OTHER)
    store.rate(OTHER, second, 1, "down", "no")
    store.rate(ME, first, 1, "up")
    assert [(one.turn.question, one.feedback.verdict) for one in store.rated()] == [
        ("Second?", "down"),
        ("First?", "up"),
    ]
    assert [one.turn.question for one in store.rated(ME)] == ["First?"]


# ---- the file ----


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_damaged_file_is_put_aside_and_said_so(path: Path, language: str) -> None:
    path.parent.mkdir()
    damage(path)
    with ConversationStore(path) as store:
        (aside,) = path.parent.glob("talks.damaged-*.sqlite")
        assert aside.read_bytes().startswith(b"These bytes are no database.")
        assert str(aside) in store.notice(language)
        assert store.listed(ME).total == 0
        begun(store)
    with ConversationStore(path) as again:
        assert again.notice(language) == ""
        assert again.listed(ME).total == 1


def test_a_page_of_the_file_that_is_damaged_is_found_when_it_is_opened(path: Path) -> None:
    with ConversationStore(path) as store:
        for number in range(20):
            begun(store, f"Question {number}", text="words " * 300)
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 8] = b"\xa5" * (4096 * 7)
    path.write_bytes(bytes(data))
    with ConversationStore(path) as store:
        assert "damaged" in store.notice("en")
        assert store.listed(ME).total == 0


def test_a_file_damaged_under_the_open_page_is_put_aside_and_work_goes_on(path: Path) -> None:
    with ConversationStore(path) as store:
        made = begun(store, text="words " * 3000)
        store._file.forget()
        store._file._connection.execute("PRAGMA shrink_memory")
        damage(path)
        assert store.listed(ME).total == 0
        assert "damaged" in store.notice("en")
        with pytest.raises(ConversationUnknown):
            store.load(ME, made)
        assert store.load(ME, begun(store)).info.turns == 1


def test_two_damaged_files_are_both_kept(path: Path) -> None:
    for _ in range(2):
        path.parent.mkdir(exist_ok=True)
        damage(path)
        ConversationStore(path).close()
    assert len(list(path.parent.glob("talks.damaged-*.sqlite"))) == 2


def test_the_file_of_a_later_version_is_put_aside_unchanged(path: Path) -> None:
    ConversationStore(path).close()
    with sqlite3.connect(path) as later:
        later.execute(f"PRAGMA user_version={VERSION + 1}")
    later.close()
    before = path.read_bytes()
    with ConversationStore(path) as store:
        assert "later version" in store.notice("en")
        (aside,) = path.parent.glob("talks.newer-*.sqlite")
        assert aside.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")
    foreign.close()
    before = path.read_bytes()
    with ConversationStore(path) as store:
        assert str(path) in store.notice("en")
        assert store.load(ME, begun(store)).info.turns == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_where_no_file_can_be_made_conversations_last_while_the_page_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with ConversationStore(tmp_path / "file" / "talks.sqlite") as store:
        assert "last until" in store.notice("en")
        assert store.load(ME, begun(store)).info.turns == 1


def test_the_file_is_its_owners_alone(store: ConversationStore, path: Path) -> None:
    begun(store)
    rights = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert rights == {0o600}


def test_a_full_disk_is_an_error_with_words_and_loses_nothing(store: ConversationStore) -> None:
    made = begun(store)
    store._file.run(lambda db: db.execute("PRAGMA max_page_count=1").fetchall())
    with pytest.raises(ConversationsUnkept, match="talks"):
        store.put_turn(ME, made, answered(2, text="words " * 20_000))
    assert len(store.load(ME, made).turns) == 1


def test_an_error_inside_a_piece_of_work_undoes_it(store: ConversationStore) -> None:
    made = begun(store)

    def work(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM conversations")
        raise KeyError("midway")

    with pytest.raises(KeyError):
        store._file.run(work, write=True)
    assert store.load(ME, made).info.turns == 1


def test_many_threads_and_two_pages_lose_no_turn(path: Path) -> None:
    with ConversationStore(path) as one, ConversationStore(path) as two:

        def talk(number: int) -> tuple[str, str]:
            store, owner = (one, two)[number % 2], f"owner {number}"
            made = begun(store, f"Question {number}", owner)
            for turn in range(2, 6):
                store.put_turn(owner, made, answered(turn, f"Question {number}.{turn}"))
            return owner, made

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(talk, range(12)))
        for number, (owner, conversation) in enumerate(made):
            kept = one.load(owner, conversation)
            assert [turn.number for turn in kept.turns] == [1, 2, 3, 4, 5]
            assert kept.turns[4].question == f"Question {number}.5"
            assert two.listed(owner).total == 1


def test_what_was_kept_survives_a_page_that_is_killed(path: Path) -> None:
    program = (
        "import os, sys; from ui.conversation import Turn; from ui.conversation_store import ConversationStore\n"
        "store = ConversationStore(sys.argv[1]); made = store.create('me', 'default')\n"
        "store.put_turn('me', made, Turn(1, 'Is it kept?', 'writing', 'Yes'))\n"
        "print(made, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr
    with ConversationStore(path) as store:
        assert store.load("me", done.stdout.strip()).turns == (Turn(1, "Is it kept?", "stopped", "Yes"),)
