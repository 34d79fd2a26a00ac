"""Search finds the passage that answers, whatever the language, script or wording of question and text."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from rag.assistant import Assistant
from rag.errors import ArticleUnknown, BadRequest, EmptyQuestion
from rag.types import LANGUAGES, Filters, Hit, Language, Mode

MODES: tuple[Mode, ...] = get_args(Mode)
OpenIndex = Callable[..., Assistant]


def sources(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.source for hit in hits]


# --- languages and scripts ---


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("How much did the repair of the lighthouse cost?", "en/lighthouse.md"),
        ("东河镇图书馆新增了多少册图书？", "zh-Hans/library.md"),
        ("白沙島的渡輪充一次電能往返幾趟？", "zh-Hant/ferry.md"),
    ],
)
def test_each_mode_finds_the_answer_in_the_language_of_the_question(
    library: Assistant, question: str, source: str, mode: Mode
) -> None:
    assert library.search(question, mode=mode)[0].source == source


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("東河鎮圖書館新增了多少冊圖書？", "zh-Hans/library.md"),
        ("白沙岛的渡轮充一次电能往返几趟？", "zh-Hant/ferry.md"),
    ],
)
def test_either_script_finds_texts_of_the_other(library: Assistant, question: str, source: str, mode: Mode) -> None:
    assert library.search(question, mode=mode)[0].source == source


@pytest.mark.parametrize("mode", MODES)
def test_the_script_of_a_question_does_not_change_the_scores(library: Assistant, mode: Mode) -> None:
    traditional = library.search("診所用什麼軟體登記病人？", mode=mode)
    simplified = library.search("诊所用什么软件登记病人？", mode=mode)
    assert sources(traditional) == sources(simplified)
    assert [hit.score for hit in traditional] == pytest.approx([hit.score for hit in simplified], abs=1e-5)


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("How many books did the library add?", "zh-Hans/library.md"),
        ("Is the ferry with batteries quiet?", "zh-Hant/ferry.md"),
        ("灯塔的修理花了多少钱？", "en/lighthouse.md"),
        ("麵包店早上幾點開門？", "en/bakery.txt"),
    ],
)
def test_a_question_finds_its_answer_in_the_other_language(
    library: Assistant, question: str, source: str, mode: Mode
) -> None:
    assert library.search(question, mode=mode)[0].source == source


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("哪裡賣軟體？", "镇上只有一家店出售软件。"),
        ("哪里卖软件？", "鎮上只有一家店出售軟體。"),
        ("印表機放在哪裡？", "打印机摆在楼梯下面。"),
        ("打印机放在哪里？", "印表機擺在樓梯下面。"),
        ("網路什麼時候修好？", "村里的网络星期三修好。"),
    ],
)
def test_regional_words_find_each_other(open_index: OpenIndex, question: str, text: str, mode: Mode) -> None:
    assistant = open_index({"text.txt": f"{text}\n", "other.txt": "山上的雪化了，溪水变得很冷。\n"})
    assert assistant.search(question, mode=mode)[0].source == "text.txt"


# --- names ---


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
@pytest.mark.parametrize(
    ("question", "language", "source"),
    [
        ("Moonshot AI", "zh-Hans", "zh-Hans/warehouse.md"),
        ("What is Kimi's company doing?", "zh-Hans", "zh-Hans/warehouse.md"),
        ("月之暗面", "en", "en/office.md"),
    ],
)
def test_a_name_finds_texts_that_write_it_in_the_other_language(
    library: Assistant, question: str, language: Language, source: str, mode: Mode
) -> None:
    hits = library.search(question, mode=mode, filters=Filters(languages=(language,)))
    assert hits[0].source == source
    assert mode == "hybrid" or len(hits) == 1


def test_a_question_about_a_name_finds_both_languages_first(library: Assistant) -> None:
    hits = library.search("What has Moonshot AI rented?")
    assert set(sources(hits)[:2]) == {"en/office.md", "zh-Hans/warehouse.md"}
    assert hits[1].score > hits[2].score + 0.3


def test_the_users_own_names_are_used(open_index: OpenIndex, tmp_path: Path) -> None:
    names = tmp_path / "names.json"
    names.write_text(json.dumps([{"id": "snorre", "en": ["Snorreheim"], "zh": ["暮云台"]}]), encoding="utf-8")
    texts = {"a.txt": "At Snorreheim the snow stays until June.\n", "b.txt": "The valley below is green in April.\n"}
    knowing, question = open_index(texts, aliases=str(names)), "暮雲台怎么样？"
    assert sources(knowing.search(question, mode="lexical")) == ["a.txt"]
    assert knowing.search(question)[0].components["late"] == pytest.approx(1, abs=1e-3)
    assert open_index({}).search(question, mode="lexical") == ()


# --- filters ---


@pytest.mark.parametrize("mode", MODES)
def test_a_language_filter_lets_only_that_language_and_script_through(library: Assistant, mode: Mode) -> None:
    for language in LANGUAGES:
        hits = library.search("软件 library 渡輪 bakery", mode=mode, filters=Filters(languages=(language,)))
        assert hits
        assert {hit.passage.language for hit in hits} == {language}


@pytest.mark.parametrize("mode", MODES)
def test_an_article_filter_lets_only_those_articles_through(library: Assistant, mode: Mode) -> None:
    wanted = tuple(i.id for i in library.articles() if i.source in ("en/bakery.txt", "zh-Hant/ferry.md"))
    hits = library.search("渡輪 bakery lighthouse", mode=mode, filters=Filters(articles=wanted))
    assert {hit.passage.article_id for hit in hits} == set(wanted)
    assert library.search("渡輪 bakery lighthouse", mode=mode, filters=Filters(articles=("unknown",))) == ()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("since", "until", "dated"),
    [
        ("2023", None, {"en/office.md", "zh-Hans/warehouse.md", "zh-Hant/ferry.md"}),
        (None, "2022-09-01", {"en/lighthouse.md", "zh-Hans/library.md"}),
        ("2022-09-02", "2024", {"zh-Hans/warehouse.md", "zh-Hant/ferry.md"}),
        ("2026", None, set()),
    ],
)
def test_a_date_filter_lets_only_dated_articles_of_that_time_through(
    library: Assistant, since: str | None, until: str | None, dated: set[str], mode: Mode
) -> None:
    words = "lighthouse Moonshot bakery 图书馆 仓库 诊所 渡輪 校車"
    assert set(sources(library.search(words, 50, mode, Filters(since=since, until=until)))) == dated


def test_filters_hold_together_and_for_evidence_too(library: Assistant) -> None:
    filters = Filters(languages=("zh-Hans",), since="2024")
    assert sources(library.evidence("What has Moonshot AI rented?", filters).hits) == ["zh-Hans/warehouse.md"]


# --- what a hit says ---


@pytest.mark.parametrize("mode", MODES)
def test_hits_are_ranked_and_quote_their_article(library: Assistant, mode: Mode) -> None:
    hits = library.search("What has Moonshot AI rented at the 灯塔?", mode=mode)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits) > 1
    for hit in hits:
        article = library.article(hit.passage.article_id)
        assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert (hit.source, hit.title, hit.passage.language) == (article.source, article.title, article.language)


def test_the_components_add_up_to_the_score(library: Assistant) -> None:
    for hit in library.search("What has Moonshot AI rented?"):
        parts = hit.components
        assert {"late", "dense", "lexical", "background", "article", "gain"} <= set(parts)
        total = parts["late"] + 0.5 * parts["dense"] + 0.07 * parts["lexical"] + parts["background"]
        total += parts["article"] + parts["gain"] + parts.get("balance", 0)
        assert hit.score == pytest.approx(total, abs=1e-5)
        assert 0 <= parts["lexical"] <= 1
        assert 0 <= parts["late"] <= 1.00001
        assert parts["background"] < 0


@pytest.mark.parametrize("mode", ["dense", "lexical"])
def test_a_single_side_is_its_own_score(library: Assistant, mode: Mode) -> None:
    for hit in library.search("What has Moonshot AI rented?", mode=mode):
        assert hit.components == {mode: hit.score}


def test_lexical_search_gives_nothing_that_shares_no_word(library: Assistant) -> None:
    assert library.search("zeppelin", mode="lexical") == ()
    assert len(library.search("zeppelin", mode="dense")) > 1


@pytest.mark.parametrize("mode", MODES)
def test_fewer_hits_are_the_first_of_more(library: Assistant, mode: Mode) -> None:
    question = "What has Moonshot AI rented?"
    every = library.search(question, 50, mode)
    for k in (0, 1, 2, 3):
        assert library.search(question, k, mode) == every[:k]


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_no_hits_gives_none(library: Assistant, k: int) -> None:
    assert library.search("museum", k=k) == ()


def test_an_unknown_mode_is_an_error(library: Assistant) -> None:
    with pytest.raises(BadRequest, match="hybrid, dense, lexical"):
        library.search("museum", mode="fuzzy")  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "  ", "？！", "…\n"])
def test_a_question_without_words_is_refused(library: Assistant, question: str) -> None:
    with pytest.raises(EmptyQuestion):
        library.search(question)
    with pytest.raises(EmptyQuestion):
        library.evidence(question)


@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_script_a_number_and_a_pasted_text_are_questions_too(library: Assistant, mode: Mode) -> None:
    for question in ("등대는 어디에 있나요", "212", "lighthouse " * 5000, "灯塔\ud800\0"):
        assert isinstance(library.search(question, mode=mode), tuple)
    assert library.search("lighthouse " * 5000, mode=mode)[0].source == "en/lighthouse.md"


@pytest.mark.parametrize("mode", MODES)
def test_an_empty_index_gives_no_hits_and_no_evidence(open_index: OpenIndex, mode: Mode) -> None:
    assistant = open_index({})
    assert assistant.search("Where is the lighthouse?", mode=mode) == ()
    evidence = assistant.evidence("Where is the lighthouse?")
    assert (evidence.hits, evidence.cut, evidence.coverage) == ((), (), ())


def test_threads_get_the_hits_of_their_own_questions(library: Assistant) -> None:
    questions = ["lighthouse cost", "图书馆有多少书", "渡輪的船票", "bakery opens", "诊所的软件"] * 6
    alone = [library.search(question) for question in questions]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(library.search, questions)) == alone


# --- change ---


@pytest.mark.parametrize("by", ["id", "source"])
def test_a_removed_article_is_found_in_no_mode(open_index: OpenIndex, by: str) -> None:
    assistant = open_index({"a.txt": "The kettle sings at four.\n", "b.txt": "水壶四点开始唱歌。\n"})
    gone = next(info for info in assistant.articles() if info.source == "b.txt")
    assert assistant.remove(getattr(gone, by)) == (gone.id,)
    for mode in MODES:
        for question in ("水壶什么时候唱歌？", "When does the kettle sing?"):
            assert "b.txt" not in sources(assistant.search(question, mode=mode))
    assert sources(assistant.search("When does the kettle sing?", mode="lexical")) == ["a.txt"]
    assert all(hit.source == "a.txt" for hit in assistant.evidence("水壶什么时候唱歌？").hits)
    with pytest.raises(ArticleUnknown):
        assistant.remove("b.txt")


def test_removing_an_unknown_article_removes_none(open_index: OpenIndex) -> None:
    assistant = open_index({"a.txt": "The kettle sings at four.\n"})
    with pytest.raises(ArticleUnknown, match=r"nothing\.txt"):
        assistant.remove("a.txt", "nothing.txt")
    assert [info.source for info in assistant.articles()] == ["a.txt"]


def test_what_another_program_ingests_is_found_by_the_next_question(open_index: OpenIndex, tmp_path: Path) -> None:
    reader = open_index({"a.txt": "The kettle sings at four.\n"})
    assert "b.txt" not in sources(reader.search("Where is the zeppelin?"))
    writer = open_index({"b.txt": "The zeppelin hangs above the meadow.\n"})
    assert writer is not reader
    assert reader.search("Where is the zeppelin?")[0].source == "b.txt"


def test_a_changed_article_is_found_by_its_new_words_only(open_index: OpenIndex) -> None:
    open_index({"a.txt": "The kettle sings at four.\n"})
    assistant = open_index({"a.txt": "The zeppelin hangs above the meadow.\n"})
    assert assistant.search("kettle", mode="lexical") == ()
    assert sources(assistant.search("zeppelin", mode="lexical")) == ["a.txt"]
