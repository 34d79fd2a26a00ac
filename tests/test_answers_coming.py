"""Promises of answers that are on their way: how they are drawn, kept and stopped; no browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from rag.config import Settings
from rag.errors import TooBusy
from rag.types import Answer, AnswerEvent, Evidence
from ui.desk import Talk
from ui.front import Front, Place
from ui.preferences import Preferences
from ui.stopping import Stops, stoppable

FOREVER = 60.0


class Quick:
    """Answers in three words."""

    settings = Settings(model="extractive")

    def with_settings(self, settings: Settings) -> Quick:
        return self

    def articles(self) -> tuple[()]:
        return ()

    def stream(self, question: str, history: object, filters: object, cancelled: Event) -> Iterator[AnswerEvent]:
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", ()))
        for word in ("One ", "two ", "three."):
            yield AnswerEvent("text", text=word)
        yield AnswerEvent("answer", answer=Answer(question, "en", "One two three.", False, 0.9))


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    settings = Settings(index=str(tmp_path / "indexes" / "default"), model="extractive")
    opened = Front(Quick(), settings)  # type: ignore[arg-type]
    yield opened
    opened.close()


def asked(front: Front) -> Iterator[Any]:
    return front.ask("Which words?", Place("browser:a", "", "default", "en"), Preferences(), Event())


def test_steps_that_come_together_are_shown_together_and_the_last_at_once() -> None:
    come = stoppable(iter(range(50)), Event(), pace=FOREVER)
    shown = list(come)
    assert [step for some in shown for step in some] == list(range(50))
    assert len(shown) <= 2


def test_the_first_step_is_shown_before_the_second_comes() -> None:
    second = Event()

    def steps() -> Iterator[int]:
        yield 1
        second.wait(FOREVER)
        yield 2

    come = stoppable(steps(), Event(), pace=FOREVER)
    assert next(come) == (1,)
    second.set()
    assert list(come) == [(2,)]


def test_a_stop_sets_what_was_begun_in_that_window_alone() -> None:
    stops = Stops()
    with stops.begun("one") as first, stops.begun("other") as second:
        stops.stop("nobody")
        stops.stop("one")
        assert (first.is_set(), second.is_set()) == (True, False)
        with stops.begun("other") as third:
            pass
        stops.stop("other")
        assert (second.is_set(), third.is_set()) == (True, False)
    stops.stop("other")
    with stops.begun("other") as next_one:
        assert not next_one.is_set()


def test_an_answer_is_kept_before_it_is_shown(front: Front) -> None:
    for step in asked(front):
        running = " data-running" in step.drawn
        kept = front.talk(Place("browser:a", step.talk, "default", "en"))
        assert [turn.status for turn in kept.turns] == ["stopped" if running else "answered"]


def test_a_question_that_finds_no_place_in_the_line_replaces_no_answer(front: Front) -> None:
    here = Place("browser:a", [step.talk for step in asked(front)][-1], "default", "en")
    kept = front.talk(here)
    front.line.most = 0
    with pytest.raises(TooBusy):
        list(front.ask("Which others?", here, Preferences(), Event(), instead_of=1))
    assert front.talk(here) == kept != Talk(here.talk)


def test_no_step_is_drawn_twice(front: Front) -> None:
    drawn = [step.drawn for step in asked(front)]
    assert len(drawn) == len(set(drawn)) >= 2


def test_what_a_reader_left_is_kept_as_stopped(front: Front) -> None:
    asking = asked(front)
    talk = next(asking).talk
    asking.close()  # type: ignore[attr-defined]
    kept = front.talk(Place("browser:a", talk, "default", "en"))
    assert [(turn.question, turn.status) for turn in kept.turns] == [("Which words?", "stopped")]
    assert kept != Talk(talk)
