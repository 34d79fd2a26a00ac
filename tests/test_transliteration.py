"""Names written by sound are found in the other language, and words that sound otherwise are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.transliteration import letters_of, transliteration

_CHINESE = st.text(alphabet="克里斯特拉诺曼底布什的是在有人大学·,。 abcé1", max_size=60)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Normandy", "诺曼底"),
        ("Murdoch", "默多克"),
        ("Mackinder", "麦金德"),
        ("Tesla", "特斯拉"),
        ("Washington", "华盛顿"),
        ("Robinson", "罗宾逊"),
        ("Manchester", "曼彻斯特"),
        ("Melbourne", "墨尔本"),
        ("Wittgenstein", "维特根斯坦"),
        ("Obama", "奥巴马"),
    ],
)
def test_a_name_and_its_sound_are_alike(english: str, chinese: str) -> None:
    assert transliteration().similarity(english, chinese) > 0.6


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Normandy", "默多克"),
        ("Murdoch", "麦金德"),
        ("Tesla", "特朗普"),
        ("Washington", "维特根斯坦"),
        ("Roosevelt", "罗马"),
        ("window", "窗户"),
        ("Melbourne", "曼彻斯特"),
        ("university", "大学"),
    ],
)
def test_a_name_and_another_sound_are_not_alike(english: str, chinese: str) -> None:
    assert transliteration().similarity(english, chinese) < 0.3


@pytest.mark.parametrize("written", ["Müller", "MULLER", "Muller's", "muller’s"])
def test_case_accents_and_possessives_do_not_matter(written: str) -> None:
    assert letters_of(written) == "muller"
    assert transliteration().similarity(written, "穆勒") == transliteration().similarity("Muller", "穆勒")


def test_traditional_forms_sound_like_simplified_ones() -> None:
    model = transliteration()
    assert model.similarity("Washington", "華盛頓") == model.similarity("Washington", "华盛顿")


def test_the_run_is_found_inside_a_text() -> None:
    text = "上个月,工程师哈罗德·麦金德把他的图书捐给了一所乡村学校。"
    match = transliteration().best_match("Mackinder", text)
    assert match is not None
    assert (match.text, text[match.start : match.end]) == ("麦金德", "麦金德")
    assert match.similarity > 0.7


@pytest.mark.parametrize("word", ["Mackinder", "Liverpool", "Eisenhower", "Fitzgerald"])
def test_a_text_without_the_name_has_no_likely_run(word: str) -> None:
    text = "上个月,工程师把他的图书捐给了一所乡村学校,学生们都很高兴,约翰逊先生也写信祝贺。"
    match = transliteration().best_match(word, text)
    assert match is None or match.similarity < 0.3


@pytest.mark.parametrize("text", ["", "no Han at all", "123", "とうきょう", "的"])
def test_a_text_without_two_han_characters_matches_nothing(text: str) -> None:
    assert transliteration().best_match("Normandy", text) is None


@pytest.mark.parametrize("word", ["", "a", "42", "München7", "Москва", "诺曼底", "x" * 40])
def test_what_is_no_english_word_matches_nothing(word: str) -> None:
    assert transliteration().best_match(word, "他去年住在诺曼底。") is None
    assert transliteration().similarity(word, "诺曼底") == 0.0


def test_the_word_is_found_among_english_words() -> None:
    words = ["Last", "spring", "the", "painter", "moved", "from", "Normandy", "to", "a", "farm", "near", "Lyon"]
    match = transliteration().best_match_in_english("诺曼底", words)
    assert match is not None
    assert (match.word, match.index) == ("Normandy", 6)
    assert match.similarity > 0.5


def test_ordinary_words_do_not_win_by_accident() -> None:
    words = ["Last", "spring", "the", "painter", "moved", "to", "a", "farm", "and", "sold", "books", "at", "market"]
    match = transliteration().best_match_in_english("默多克", words)
    assert match is None or match.similarity < 0.3


def test_words_without_a_capital_can_be_passed_over() -> None:
    words = ["murdoch", "Farm"]
    model = transliteration()
    assert model.best_match_in_english("默多克", words) is not None
    match = model.best_match_in_english("默多克", words, capitalised_only=True)
    assert match is None or match.word == "Farm"


def test_runs_that_look_like_names_are_found_in_a_question() -> None:
    text = "请问维特根斯坦在哪一年去了曼彻斯特?"
    assert [text[start:end] for start, end in transliteration().name_runs(text)] == ["维特根斯坦", "曼彻斯特"]


@pytest.mark.parametrize("point", "·・‧•")
def test_beside_a_point_less_is_needed_for_a_name(point: str) -> None:
    def runs(text: str) -> list[str]:
        return [text[start:end] for start, end in transliteration().name_runs(text)]

    assert runs(f"后来约什{point}霍尼曼离开了北岸。") == ["约什", "霍尼曼"]
    assert runs("后来约什离开了北岸。") == []
    assert runs(f"{point}约什") == ["约什"]
    assert runs(f"苹果{point}香蕉") == []


def test_an_ordinary_question_has_no_name_runs() -> None:
    assert transliteration().name_runs("这家公司去年的收入是多少?为什么比前年少?") == []


@given(english=st.text(max_size=24), chinese=_CHINESE)
def test_a_similarity_is_a_probability_for_any_text(english: str, chinese: str) -> None:
    assert 0.0 <= transliteration().similarity(english, chinese) <= 1.0
    assert 0.0 <= transliteration().similarity("Christopher", chinese) <= 1.0


@given(
    english=st.sampled_from(["Christopher", "Lassen", "Norman", "Bush", "Tesla"]) | st.text(max_size=12),
    chinese=_CHINESE,
)
def test_offsets_lie_in_the_text(english: str, chinese: str) -> None:
    match = transliteration().best_match(english, chinese)
    if match is not None:
        assert 0 <= match.start < match.end <= len(chinese)
        assert chinese[match.start : match.end] == match.text
        assert 2 <= len(match.text) <= 7
        assert 0.0 <= match.similarity <= 1.0


@given(text=_CHINESE)
def test_name_runs_are_ordered_and_apart(text: str) -> None:
    at = 0
    for start, end in transliteration().name_runs(text):
        assert at <= start < end <= len(text)
        at = end
