"""Promises of the line that questions wait in, and of the examples that a page begins with; no browser."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from rag.config import Settings
from rag.errors import TooBusy
from rag.types import AnswerEvent, ArticleInfo, Evidence, Language
from ui import render
from ui.assistant_pool import AssistantPool
from ui.conversation import Turn
from ui.desk import Desk, Talk
from ui.examples import examples
from ui.line import Line
from ui.words import EXAMPLES


class Endless:
    """Finds nothing, and then waits until it is stopped."""

    settings = Settings(model="extractive")

    def with_settings(self, settings: Settings) -> Endless:
        return self

    def articles(self) -> tuple[()]:
        return ()

    def stream(self, question: str, history: object, filters: object, cancelled: Event) -> Iterator[AnswerEvent]:
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", ()))
        cancelled.wait(60)


def info(title: str, language: Language, date: str | None = None) -> ArticleInfo:
    return ArticleInfo(title, f"{title}.md", title, language, date, None, 1, 100)


def test_who_joined_first_is_let_in_first() -> None:
    line = Line(places=2, most=9)
    tickets = [line.join() for _ in range(4)]
    assert [ticket.ahead() for ticket in tickets] == [0, 0, 1, 2]
    tickets[1].leave()
    tickets[1].leave()
    assert [tickets[at].ahead() for at in (0, 2, 3)] == [0, 0, 1]


def test_a_full_line_takes_no_more() -> None:
    line = Line(places=1, most=2)
    line.join()
    line.join()
    with pytest.raises(TooBusy, match="1 questions are waiting"):
        line.join()


def test_a_question_that_waits_says_how_many_are_ahead_and_goes_on_when_they_are_done() -> None:
    line, first, second = Line(places=1), Event(), Event()
    desk = Desk(AssistantPool(Endless()), line, grace=0.1)  # type: ignore[arg-type]
    running = desk.ask("One?", Talk(), "en", first)
    while next(running)[0].status != "writing":
        pass
    waiting = desk.ask("Two?", Talk(), "en", second)
    next(waiting)
    turn, page = next(waiting)
    assert turn.ahead == 1
    assert "Questions ahead of yours: 1." in page
    first.set()
    list(running)
    assert next(waiting)[0].status == "writing"
    second.set()
    assert [turn.status for turn, _ in waiting][-1] == "stopped"


def test_a_question_that_waits_can_be_stopped_and_leaves_the_line() -> None:
    line, stop = Line(places=1), Event()
    held = line.join()
    asking = Desk(AssistantPool(Endless()), line).ask("Two?", Talk(), "en", stop)  # type: ignore[arg-type]
    next(asking)
    next(asking)
    stop.set()
    assert [turn.status for turn, _ in asking] == ["stopped"]
    held.leave()
    assert line.join().ahead() == 0


def test_a_full_line_is_told_in_the_language_of_the_page() -> None:
    line = Line(places=1, most=1)
    line.join()
    desk = Desk(AssistantPool(Endless()), line)  # type: ignore[arg-type]
    *_, (turn, page) = desk.ask("Two?", Talk(), "zh-Hant", Event())
    assert turn.status == "failed"
    assert "請稍後再問" in page


def test_the_place_in_line_is_said_in_each_language() -> None:
    turn = Turn(1, "?", ahead=3)
    said = [render.progress(turn, language) for language in ("en", "zh-Hans", "zh-Hant")]
    assert all("3" in words for words in said)
    assert len(set(said)) == 3
    assert render.progress(Turn(1, "?"), "en") == "Searching the articles…"


def test_examples_ask_about_the_newest_title_of_each_language_in_that_language() -> None:
    held = (info("Old tea", "en", "1999"), info("New tea", "en", "2024"), info("高山茶园", "zh-Hans"))
    offered = examples((*held, info("海邊的夜市", "zh-Hant")), most=3)
    assert [one.text for one in offered] == [
        "What does “New tea” say?",
        "《高山茶园》讲了什么？",
        "《海邊的夜市》講了什麼？",
    ]
    assert [one.language for one in offered] == ["en", "zh-Hans", "zh-Hant"]


def test_examples_of_the_sample_articles_come_before_titles() -> None:
    sample = ArticleInfo(
        "chips", "en/seventeen-chipmakers-and-one-model.md", "Seventeen chipmakers", "en", None, None, 1, 10
    )
    offered = examples((info("Tea in spring", "en"), sample))
    assert [one.source for one in offered] == [sample.source, "Tea in spring.md"]


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_examples_begin_in_the_language_of_the_page_and_leave_out_no_script(language: Language) -> None:
    english = [info(f"Tea number {number}", "en", f"20{number}") for number in range(10, 16)]
    chinese = [info("高山茶园", "zh-Hans"), info("平地茶园", "zh-Hans"), info("海邊的夜市", "zh-Hant")]
    offered = examples((*english, *chinese, info("河邊的夜市", "zh-Hant")), language)
    spoken = [one.language for one in offered]
    assert spoken[:2] == [language, language]
    assert (len(spoken), set(spoken)) == (4, {"en", "zh-Hans", "zh-Hant"})


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_examples_of_the_whole_sample_corpus_are_all_written(language: Language) -> None:
    held = [ArticleInfo(one.source, one.source, "A title", one.language, None, None, 1, 9) for one in EXAMPLES]
    offered = examples(held, language)
    assert set(offered) < set(EXAMPLES)
    assert [one.language for one in offered].count(language) == 2
    assert offered[0].language == offered[1].language == language


def test_titles_that_are_no_words_are_not_asked_about() -> None:
    assert examples((info("scan_0042.final", "en"), info("1", "en"), info("a" * 90, "en"))) == ()
    assert examples(()) == ()
