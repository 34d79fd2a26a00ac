"""The evidence of a question: no language hides the other, and the list ends where the scores fall."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.assistant import Assistant
from rag.types import Hit

OpenIndex = Callable[..., Assistant]


def sources(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.source for hit in hits]


# --- many of one language ---

PAYERS = [
    ("渔民", "fishermen"),
    ("商会", "merchants"),
    ("居民", "residents"),
    ("教师", "teachers"),
    ("工匠", "craftsmen"),
]
DEEDS = [("修理", "repaired"), ("重建", "rebuilt"), ("粉刷", "painted"), ("扩建", "extended"), ("照亮", "lit")]


def crowd(language: str) -> dict[str, str]:
    """200 articles in one language, each about a subject that one article of the library in the other has too."""
    made: dict[str, str] = {}
    for year in range(1901, 1909):
        for payer, payer_en in PAYERS:
            for deed, deed_en in DEEDS:
                chinese = f"{year}年，{payer}出钱{deed}了灯塔，灯塔的油灯也换了新的。\n"
                english = f"In {year} {payer_en} paid for the library, which was {deed_en}, and for its reading room.\n"
                made[f"crowd/{len(made)}.txt"] = chinese if language == "zh" else english
    return made


@pytest.fixture
def crowded(open_index: OpenIndex, library_articles: dict[str, str], request: pytest.FixtureRequest) -> Assistant:
    assistant = open_index({**library_articles, **crowd(request.param)})
    assert len(assistant.articles()) == 208
    return assistant


@pytest.mark.parametrize("crowded", ["zh"], indirect=True)
@pytest.mark.parametrize(
    "question", ["How many steps does the lighthouse at Corran Bay have?", "登上灯塔要走多少级台阶？"]
)
def test_many_chinese_articles_do_not_hide_the_english_one(crowded: Assistant, question: str) -> None:
    assert "en/lighthouse.md" in sources(crowded.evidence(question).hits)
    assert "en/lighthouse.md" in sources(crowded.search(question))


@pytest.mark.parametrize("crowded", ["en"], indirect=True)
@pytest.mark.parametrize(
    "question", ["东河镇图书馆新增了多少册图书？", "Until what hour is the reading room of the library open?"]
)
def test_many_english_articles_do_not_hide_the_chinese_one(crowded: Assistant, question: str) -> None:
    assert "zh-Hans/library.md" in sources(crowded.evidence(question).hits)
    assert "zh-Hans/library.md" in sources(crowded.search(question))


# --- evidence ---


def test_evidence_is_cut_where_the_scores_fall(library: Assistant) -> None:
    evidence = library.evidence("How much did the repair of the lighthouse cost?")
    everything = library.search("How much did the repair of the lighthouse cost?", 50)
    assert (evidence.question, evidence.language) == ("How much did the repair of the lighthouse cost?", "en")
    # five stay, the others are far below half the best score
    assert evidence.hits == everything[:5]
    assert evidence.cut == everything[5:]
    assert all(hit.score < 0.5 * evidence.hits[0].score for hit in evidence.cut)


def test_evidence_holds_no_more_than_the_sources_that_are_set(open_index: OpenIndex) -> None:
    texts = {f"{n}.txt": f"The kettle of house number {n} sings at {n} o'clock.\n" for n in range(1, 13)}
    assert len(open_index(texts, sources=7).evidence("When does the kettle sing?").hits) == 7
    assert len(open_index({}, sources=2).evidence("When does the kettle sing?").hits) == 2


def test_both_languages_are_among_the_evidence_where_both_answer(open_index: OpenIndex) -> None:
    texts = {f"{n}.txt": f"Moonshot AI rented floor {n} of the cork factory.\n" for n in range(1, 10)}
    assistant = open_index({**texts, "zh.txt": "月之暗面租下了软木工厂的顶楼。\n"})
    evidence = assistant.evidence("Which floor of the cork factory did Moonshot AI rent?")
    assert "zh.txt" in sources(evidence.hits)


def test_coverage_says_how_well_each_piece_of_the_question_matched(library: Assistant) -> None:
    known = library.evidence("lighthouse repair").coverage
    assert known == pytest.approx([1] * len(known), abs=1e-3)
    unknown = library.evidence("zeppelin").coverage
    assert unknown
    assert max(unknown) < 0.9
