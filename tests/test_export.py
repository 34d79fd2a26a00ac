"""Promises of exports: readable by people and programs, complete, and nothing in them is markup but our own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.errors import EmptyQuestion
from rag.json_read import answer_from_form
from rag.types import Answer, Citation, Hit, Passage, Timings
from ui.conversation import Turn
from ui.conversation_forms import turn_from_form
from ui.conversation_store import ConversationInfo, Feedback, Kept, Rated
from ui.export import as_json, as_markdown, as_text, file_name
from ui.gold_candidates import as_json_lines, gold_candidates
from ui.gold_candidates import file_name as candidates_name

QUOTE = "The ferry carries forty bicycles."
DAY = 1_700_000_000.0  # 2023-11-14 in UTC
HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "[1]: http://evil.example",
    "[1](http://evil.example)",
    "<http://evil.example>",
    "# Heading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "12) item",
    "> quote",
    "---",
    "===",
    "***",
    "```\ncode\n```",
    "~~~",
    "    code",
    "a | b\n--|--\n1 | 2",
    "**bold** __bold__ *it* _it_ ~~gone~~ `code`",
    "&lt;b&gt; &amp; &#60;",
    "line  \nbreak\\",
    "$$x$$ [^1] {.cls}",
)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def citation(number: int = 1, **changes: object) -> Citation:
    made = Citation(
        number, "f:0-33", "f", "en/ferry.md", "The ferry", "en", 0, 33, QUOTE, True, 0.8, page=4, date="2023-05-20"
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def answer(**changes: object) -> Answer:
    made = Answer(
        *("How many bicycles?", "en", f"40\n{QUOTE} [1]", False, 0.9),
        citations=(citation(),),
        evidence=(Hit(Passage("f", 0, 33, QUOTE, "en"), "en/ferry.md", "The ferry", 1.5, 1),),
        short_answer="40",
        timings_ms=Timings(10, 20, 1234),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def turn(one: Answer, number: int = 1) -> Turn:
    return Turn(number, one.question, "answered", one.text, 1, one)


def kept(*turns: Turn, title: str = "Bicycles", feedback: Mapping[int, Feedback] | None = None) -> Kept:
    return Kept(ConversationInfo("c1", "harbour", title, DAY, DAY, len(turns)), turns, feedback or {})


def rated(one: Answer, verdict: str, reason: str = "") -> Rated:
    return Rated("c1", "harbour", turn(one), Feedback(verdict, reason, DAY))  # type: ignore[arg-type]


def tags(html: str) -> list[str]:
    return re.findall(r"<(\w+)", html)


def shown(html: str) -> str:
    """What a reader sees."""
    return unescape(re.sub(r"<[^>]*>", "", html))


# ---- Markdown ----


def test_a_conversation_is_exported_with_its_answers_marks_and_sources() -> None:
    text = as_markdown(kept(turn(answer())), "en")
    assert text == (
        "# Bicycles\n\n"
        "Begun 2023-11-14 · Articles: harbour\n\n"
        "## Question 1\n\n"
        "> How many bicycles?\n\n"
        "40\n\n"
        "The ferry carries forty bicycles. [1]\n\n"
        "Quoted from the articles, without a language model · 1.2 s\n\n"
        "### Sources\n\n"
        "[1] **The ferry** · 2023-05-20 · English · en/ferry.md · page 4\n\n"
        "> The ferry carries forty bicycles.\n"
    )


def test_a_short_answer_that_does_not_open_the_text_comes_first() -> None:
    text = as_markdown(kept(turn(answer(text=f"{QUOTE} [1]"))), "en")
    assert text.index("**40**") < text.index("The ferry carries")


def test_refusals_stops_failures_notices_and_feedback_are_said() -> None:
    refusal = answer(text="No answer here.", refused=True, short_answer=None, citations=(), notices=("Cut *off*.",))
    text = as_markdown(
        kept(
            turn(refusal),
            Turn(2, "And?", "stopped", "So f"),
            Turn(3, "Hm", "failed"),
            Turn(4, "?!", "failed", error=EmptyQuestion()),
            feedback={1: Feedback("down", "it is on page 2")},
        ),
        "zh-Hant",
    )
    told = [
        "**這些文章裡沒有答案**",
        "*Cut \\*off\\*.*",
        "已標為錯誤。 it is on page 2",
        "So f",
        "已停止。",
        "發生了問題",
    ]
    told.append(EmptyQuestion().in_language("zh-Hant"))
    assert [words for words in told if words not in text] == []


def test_a_doubtful_source_is_said_to_be_so() -> None:
    text = as_markdown(kept(turn(answer(citations=(citation(supported=False),)))), "en")
    assert "This source does not clearly support the sentence." in text


def test_the_question_as_searched_for_is_exported() -> None:
    text = as_markdown(kept(turn(answer(searched_for="How many bicycles on the ferry?"))), "en")
    assert "Searched for: How many bicycles on the ferry?" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_from_outside_is_shown_as_text_wherever_it_stands(hostile: str) -> None:
    one = answer(
        question=hostile,
        text=f"{hostile}\n{hostile} [1]",
        short_answer=hostile,
        citations=(citation(title=hostile, quote=hostile, source=hostile, date=hostile),),
        notices=(hostile,),
        searched_for=hostile,
        generator=hostile,
    )
    html = READER.render(as_markdown(kept(turn(one), title=hostile, feedback={1: Feedback("up", hostile)}), "en"))
    assert set(tags(html)) <= {"h1", "h2", "h3", "p", "blockquote", "strong", "em", "br"}
    assert tags(html).count("h1") == tags(html).count("h2") == tags(html).count("h3") == 1
    for line in filter(None, map(str.strip, hostile.splitlines())):
        assert " ".join(line.split()) in shown(html)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab1.)([]<>!#*_`~-+=|\\&;:/ \n$^{}\"'@中。"), max_size=30))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    html = READER.render(as_text(text))
    assert set(tags(html)) <= {"p"}
    assert shown(html).strip() == " ".join(text.split())


def test_addresses_do_not_become_links_by_themselves() -> None:
    assert as_text("http://a.example") == "http\\://a.example"
    assert as_text("www.a.example") == "www\\.a.example"
    assert as_text("3.5 at 10:30") == "3.5 at 10:30"


def test_direction_controls_do_not_reach_the_file() -> None:
    assert as_text("a\u202eb\x00c") == "a\ufffdb\ufffdc"


def test_only_marks_of_real_sources_stay_marks() -> None:
    text = as_markdown(kept(turn(answer(text="See [1] and [7] and [1](x).", short_answer=None))), "en")
    assert "See [1] and \\[7\\] and \\[1\\](x)." in text


# ---- JSON ----


def test_the_json_holds_the_whole_conversation() -> None:
    failed = Turn(2, "half \ud800", "failed", error=EmptyQuestion())
    form = json.loads(as_json(kept(turn(answer()), failed, feedback={1: Feedback("down", "no", DAY)})))
    assert {name: form[name] for name in form if name != "turns"} == {
        "format": 1,
        "id": "c1",
        "title": "Bicycles",
        "collection": "harbour",
        "created": "2023-11-14T22:13:20Z",
        "updated": "2023-11-14T22:13:20Z",
    }
    first, second = form["turns"]
    assert first["feedback"] == {"verdict": "down", "reason": "no", "given": "2023-11-14T22:13:20Z"}
    assert answer_from_form(first["answer"]) == answer()
    assert second["feedback"] is None
    assert turn_from_form(second).question == "half \ud800"


def test_an_export_can_be_written_as_utf_8() -> None:
    strange = kept(turn(answer(question="half \ud800 pair", text="\udfff")), title="\ud800")
    assert as_json(strange).encode("utf-8")
    assert as_markdown(strange, "en").encode("utf-8")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("How many bicycles?", "2023-11-14 How many bicycles.md"),
        ("渡輪：多少輛？", "2023-11-14 渡輪 多少輛.md"),
        ("../../etc/passwd", "2023-11-14 etc passwd.md"),
        ("CON", "2023-11-14 CON.md"),
        ("???", "2023-11-14.md"),
        ("𠀀" * 80, f"2023-11-14 {'𠀀' * 50}.md"),
    ],
)
def test_a_file_name_is_one_that_every_system_takes(title: str, name: str) -> None:
    assert file_name(kept(title=title), "md") == name
    assert len(name.encode()) <= 255


# ---- gold candidates ----


def test_an_answer_called_right_is_a_gold_pair_with_its_supported_quotes() -> None:
    doubtful = citation(2, quote="Something else.", supported=False)
    (pair,) = gold_candidates([rated(answer(citations=(citation(), citation(3), doubtful)), "up")])
    assert pair == {
        "id": "feedback-c1-1",
        "question": "How many bicycles?",
        "question_lang": "en",
        "type": "number",
        "answers": ["40"],
        "evidence": [{"doc": "en/ferry.md", "quote": QUOTE}],
    }


def test_a_refusal_called_right_is_unanswerable() -> None:
    (pair,) = gold_candidates([rated(answer(refused=True, short_answer=None), "up")])
    assert (pair["type"], pair["answers"], pair["evidence"], "review" in pair) == ("unanswerable", [], [], False)


def test_a_follow_up_is_asked_as_it_stands_alone() -> None:
    (pair,) = gold_candidates([rated(answer(searched_for="How many bicycles on the ferry?"), "up")])
    assert pair["question"] == "How many bicycles on the ferry?"


@pytest.mark.parametrize(
    ("changes", "answers", "kind"),
    [
        ({"short_answer": "Lin"}, ["Lin"], "name"),
        ({"short_answer": None}, [QUOTE], "description"),
        (
            {"short_answer": None, "generator": "Qwen", "text": "It carries forty. [1]"},
            ["It carries forty."],
            "description",
        ),
    ],
)
def test_what_counts_as_the_answer(changes: dict[str, object], answers: list[str], kind: str) -> None:
    (pair,) = gold_candidates([rated(answer(**changes), "up")])
    assert (pair["answers"], pair["type"]) == (answers, kind)


@pytest.mark.parametrize(("refused", "said"), [(False, "wrong answer"), (True, "wrong refusal")])
def test_what_was_called_wrong_is_marked_for_review_and_gives_no_gold(refused: bool, said: str) -> None:
    (pair,) = gold_candidates([rated(answer(refused=refused), "down", "it says 50")])
    assert (pair["type"], pair["answers"], pair["evidence"]) == ("unreviewed", [], [])
    assert pair["review"] == {
        "verdict": said,
        "reason": "it says 50",
        "answer": f"40\n{QUOTE} [1]",
        "short_answer": "40",
        "quotes": [{"doc": "en/ferry.md", "quote": QUOTE}],
        "retrieved": ["en/ferry.md"],
        "generator": "extractive",
    }


def test_a_right_answer_without_a_supported_quote_is_reviewed() -> None:
    (pair,) = gold_candidates([rated(answer(citations=()), "up", "I know")])
    assert pair["review"] == {"verdict": "no evidence", "reason": "I know"}


def test_candidates_are_json_lines_and_turns_without_an_answer_give_none() -> None:
    stopped = Rated("c1", "harbour", Turn(2, "And?", "stopped"), Feedback("down"))
    lines = as_json_lines([rated(answer(question="多少\n輛？"), "up"), stopped]).splitlines()
    assert [json.loads(line)["question"] for line in lines] == ["多少\n輛？"]


@pytest.mark.parametrize(
    ("collection", "name"), [("harbour", "feedback harbour.jsonl"), ("../潮汐: notes?", "feedback 潮汐 notes.jsonl")]
)
def test_the_file_of_candidates_has_a_name_that_every_system_takes(collection: str, name: str) -> None:
    assert candidates_name(collection) == name
