"""A name that a question writes in its own language finds those of the other that sound like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.embedding.late_interaction import best_cosines
from rag.embedding.static import bundled_model
from rag.retrieval.heard_names import MOST, NEAR, SURE, HeardNames, unlisted_names
from rag.retrieval.question import EXPANSION_WEIGHT, analyse, with_spelt_names
from rag.text.aliases import NameTable
from rag.text.folding import fold_text
from rag.text.name_words import names_in
from rag.text.pinyin import LONGEST, characters_spelt, is_pinyin, spellings
from rag.text.script import detect_language
from rag.text.transliteration import Transliteration, transliteration
from rag.text.words import words_of_folded
from rag.types import LANGUAGES

MODEL, NAMES = bundled_model(), NameTable.load()
ENGLISH = ("manning", "brannigan", "kearney", "hutton", "carlsbad", "ferry", "shelbrooke", "wittenberg", "horniman")
CHINESE = ("曼宁", "布兰尼根", "科尔尼", "赫顿", "卡尔斯巴德", "谢尔布鲁克", "威腾博格", "霍尼曼", "曼宁顿")
HEARD = HeardNames((*ENGLISH, *CHINESE))
CHARACTERS = "".join(sorted(set("".join(CHINESE)))) + "斯特拉的"


def names_of(text: str) -> set[str]:
    folded = fold_text(text)
    return set(names_in(text, folded, words_of_folded(folded)))


# --- names in texts ---


def test_a_capitalised_word_inside_a_sentence_is_a_name() -> None:
    assert names_of("The ferry of Captain Brannigan left Kearney on Monday.") >= {"brannigan", "kearney"}
    assert names_of("Brannigan left.") == set()
    assert names_of("- Brannigan left.") == set()
    assert names_of("He said that The left the room.") == set()


@pytest.mark.parametrize("text", ["船长布兰尼根离开了港口。", "船長布蘭尼根離開了港口。"])
def test_a_run_of_name_characters_is_a_name_in_either_script(text: str) -> None:
    assert names_of(text) == {"布兰尼根"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("会计骆小满说，茶叶是新的。", {"骆小满"}),
        ("據主任林志明表示，鶴山的鐘是新的。", {"林志明", "鹤山"}),
        ("他把苹果放在桌子上。", set()),
        ("有两万名工人，一半是新来的。", set()),
    ],
)
def test_people_and_rare_words_are_names(text: str, names: set[str]) -> None:
    assert names_of(text) == names


@given(st.text(alphabet=st.sampled_from(CHARACTERS + "在港口离开了，。 ab"), max_size=40))
def test_what_is_passed_over_quickly_holds_no_name(text: str) -> None:
    class Thorough(Transliteration):
        def _may_hold_a_name(self, text: str) -> bool:
            return True

    thorough = object.__new__(Thorough)
    thorough.__dict__.update(transliteration().__dict__)
    assert transliteration().name_runs(text) == thorough.name_runs(text)


# --- found by sound ---


@pytest.mark.parametrize(("chinese", "english"), [("布兰尼根", "brannigan"), ("谢尔布鲁克", "shelbrooke")])
def test_a_name_is_found_from_either_language(chinese: str, english: str) -> None:
    assert HEARD.like(chinese) == (english,)
    assert HEARD.like(english) == (chinese,)


def test_a_name_that_sounds_like_none_finds_none() -> None:
    assert HEARD.like("wojciechowski") == ()
    assert HEARD.like("巴塞罗那") == ()
    assert HeardNames(()).like("曼宁") == ()


def test_the_plural_of_a_name_is_found_with_it() -> None:
    assert set(HeardNames(("brannigan", "brannigans", "branniganz")).like("布兰尼根")) >= {"brannigan", "brannigans"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet=st.sampled_from(CHARACTERS), min_size=1, max_size=5), max_size=12),
    st.sampled_from(ENGLISH),
)
def test_names_that_begin_alike_are_scored_like_each_by_itself(chinese: list[str], word: str) -> None:
    table = transliteration()
    names = {*chinese, *CHINESE}
    found = HeardNames(names).like(word)
    scores = {name: table.prepared_name(name).score(word) for name in names}
    likely = sorted((score for score in scores.values() if score is not None), reverse=True)
    assert len(found) <= MOST
    assert [scores[name] for name in found] == pytest.approx(likely[: len(found)])
    if likely and len(found) < min(MOST, len(likely)):
        left = likely[len(found)]
        assert table.probability(left, "words") < SURE + 1e-9 or left < likely[0] - NEAR + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=6), max_size=6), st.text(min_size=1, max_size=8))
def test_any_names_can_be_looked_for_among_any(names: list[str], name: str) -> None:
    assert set(HeardNames(names).like(fold_text(name) or "a")) <= set(names)


# --- spelt in pinyin ---

SPELT = HeardNames(("骆小满", "鹤山", "云坪村", "吕布", "luo", "xiaoman", "heshan", "fei", "manning"))


def in_question(text: str) -> dict[str, tuple[str, ...]]:
    return SPELT.spelt_in(text, detect_language(text), NAMES.find(text))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does Luo Xiaoman paint?", {"luo xiaoman": ("骆小满",)}),
        ("Does Xiaoman Luo paint?", {"xiaoman luo": ("骆小满",)}),
        ("Luo Xiao-Man's brush", {"luo xiao-man": ("骆小满",)}),
        ("What is made in Heshan?", {"heshan": ("鹤山",)}),
        ("Who lives in Yunping?", {"yunping": ("云坪",)}),
        ("Who is Lu Bu?", {"lu bu": ("吕布",)}),
        ("What does heshan mean?", {}),
        ("Who is Manning?", {}),
        ("骆小满画什么？", {"骆小满": ("luo xiaoman",)}),
        ("駱小滿畫什麼？", {"骆小满": ("luo xiaoman",)}),
        ("鶴山做什麼？", {"鹤山": ("heshan",)}),
        ("武飞表示什么？", {"武飞": ("wu fei",)}),
        ("苹果多少钱？", {}),
    ],
)
def test_a_chinese_name_is_found_by_its_spelling(question: str, found: dict[str, tuple[str, ...]]) -> None:
    assert in_question(question) == found


def test_a_known_name_is_not_looked_for_by_spelling() -> None:
    assert HeardNames(("北京", "背景")).spelt_in("Where is Beijing?", "en", NAMES.find("Where is Beijing?")) == {}


@pytest.mark.parametrize(
    ("letters", "text", "found"),
    [
        ("yunping", "在云坪村。", "云坪"),
        ("shenao", "他住在深澳。", "深澳"),
        ("xian", "他去西安。", "西安"),
        ("xian", "他先走。", None),
        ("tianfeng", "据田丰了解", "田丰"),
        ("brannigan", "据田丰了解", None),
    ],
)
def test_characters_are_found_by_how_they_are_spelt(letters: str, text: str, found: str | None) -> None:
    pattern = characters_spelt(letters)
    match = pattern.search(text) if pattern else None
    assert (match and match.group()) == found


@given(st.text(alphabet=st.sampled_from("云坪鹤山吕布单曾满"), min_size=2, max_size=4))
def test_every_name_is_found_by_each_of_its_spellings(name: str) -> None:
    for spelling in spellings(name):
        pattern = characters_spelt(spelling)
        assert pattern is not None
        assert pattern.search(name)


def test_a_spelt_name_counts_as_matched_where_a_text_writes_it() -> None:
    asked = analyse("Who lives in Yunping?", MODEL, NAMES)
    texts = ["雲坪村有三戶人家。", "鹤山有三户人家。", "Yunping"]
    best = best_cosines(MODEL, asked.pieces, MODEL.pieces(texts))
    raised = with_spelt_names(asked, texts, best)
    ((columns, _),) = asked.spelt
    assert raised[:, list(columns)].min(axis=1) == pytest.approx([1.0, best[1, list(columns)].min(), 1.0])
    assert best[0, list(columns)].min() < 1.0
    assert with_spelt_names(analyse("谁住在云坪？", MODEL, NAMES), texts, best) is best


@pytest.mark.parametrize(
    ("question", "unknown", "across"),
    [
        ("Did Overbury drive a BMW?", 2, 1),
        ("Did the H20 sell?", 1, 1),
        ("Is Overbury-Shelbrooke far?", 1, 0),
        ("BMW賣了幾輛？", 1, 1),
    ],
)
def test_only_names_that_chinese_writes_with_the_same_letters_are_unknown_across(
    question: str, unknown: int, across: int
) -> None:
    asked = analyse(question, MODEL, NAMES)
    assert (len(asked.unknown), len(asked.unknown_across)) == (unknown, across)


@pytest.mark.parametrize("question", ["Where is Beijing?", "Where is Brannigan?", "Who is He?", "Where is yunping?"])
def test_known_names_and_what_is_no_pinyin_are_not_spelt(question: str) -> None:
    assert analyse(question, MODEL, NAMES).spelt == ()


@given(st.text(alphabet=st.sampled_from("云坪鹤山吕布单曾满 aX"), max_size=6))
def test_every_spelling_is_pinyin(name: str) -> None:
    assert all(is_pinyin(spelling) for spelling in spellings(name))
    assert not spellings(name) or (1 <= len(name) <= LONGEST)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=4), max_size=6), st.text(max_size=30))
def test_any_text_can_be_looked_through(names: list[str], text: str) -> None:
    for language in LANGUAGES:
        for surface, forms in HeardNames(names).spelt_in(text, language, ()).items():
            assert surface in fold_text(text)
            assert forms


def test_a_spelt_name_is_searched_for_and_is_not_missed_in_chinese() -> None:
    asked = analyse("What does Luo Xiaoman paint?", MODEL, NAMES, HEARD.like, SPELT.spelt_in)
    assert asked.words["骆小满"] == EXPANSION_WEIGHT
    sentence, other = best_cosines(MODEL, asked.pieces, MODEL.pieces(["骆小满画了一匹马。", "他画了一匹马。"]))
    assert all(sentence[list(word)].min() > other[list(word)].min() for word in asked.unknown)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Did Overbury sail on Monday in March and April?", 1),
        ("Overbury sailed. Roughly how far?", 0),
        ("Which App did Overbury use?", 1),
        ("k1.6 排第幾？", 1),
    ],
)
def test_capitals_alone_make_no_unknown_name(question: str, unknown: int) -> None:
    assert len(analyse(question, MODEL, NAMES).unknown) == unknown


# --- in a question ---


def test_what_sounds_alike_is_searched_for_and_counts_as_matched() -> None:
    asked = analyse("布兰尼根的船停在哪里？", MODEL, NAMES, HEARD.like)
    assert asked.words["brannigan"] == EXPANSION_WEIGHT
    ((mine, _),) = asked.pieces.aliases
    near, far = best_cosines(MODEL, asked.pieces, MODEL.pieces(["Brannigan kept it ashore.", "The guild kept it."]))
    assert near[list(mine)].tolist() == [1.0] * len(mine)
    assert far[list(mine)].max() < 1.0


def test_a_name_that_the_vectors_know_is_searched_for_but_matched_by_them() -> None:
    asked = analyse("巴格达有多少人？", MODEL, NAMES, lambda name: ("baghdad",) if name == "巴格达" else ())
    assert asked.words["baghdad"] == EXPANSION_WEIGHT
    assert asked.pieces.aliases == ()


def test_both_scripts_ask_for_the_same_names() -> None:
    assert unlisted_names("布蘭尼根的船停在哪裡？", "zh-Hant", ()) == unlisted_names(
        "布兰尼根的船停在哪里？", "zh-Hans", ()
    )


def library(folder: Path, articles: dict[str, str]) -> Assistant:
    source = folder / "articles"
    source.mkdir()
    for name, text in articles.items():
        (source / f"{name}.txt").write_text(text, encoding="utf-8")
    assistant = Assistant.open(folder / "index", create=True)
    assistant.ingest(source)
    return assistant


FERRIES = {
    f"ferry-{n}": f"The ferry of Captain {name} carried coal along the coast for {10 + n} years before it was sold."
    for n, name in enumerate(("Horniman", "Shelbrooke", "Brannigan", "Carlsbad", "Tillotson", "Overbury"))
}


@pytest.mark.parametrize("question", ["谢尔布鲁克的渡轮后来怎么样了？", "謝爾布魯克的渡輪後來怎麼樣了？"])
def test_an_english_passage_is_found_by_a_name_written_by_sound(tmp_path: Path, question: str) -> None:
    hits = library(tmp_path, FERRIES).search(question, k=3)
    assert hits[0].passage.article_id == "ferry-1.txt"


def test_a_chinese_passage_is_found_by_an_english_name(tmp_path: Path) -> None:
    names = ("霍尼曼", "谢尔布鲁克", "布兰尼根", "卡尔斯巴德", "威腾博格", "科尔尼")
    articles = {f"ferry-{n}": f"船长{name}的渡轮沿着海岸运煤，运了{10 + n}年才卖掉。" for n, name in enumerate(names)}
    hits = library(tmp_path, articles).search("What became of the ferry of Captain Shelbrooke?", k=3)
    assert hits[0].passage.article_id == "ferry-1.txt"


def test_a_name_is_heard_as_soon_as_its_article_is_there(tmp_path: Path) -> None:
    assistant = library(tmp_path, {name: FERRIES[name] for name in ("ferry-0", "ferry-2")})
    question = "谢尔布鲁克的渡轮后来怎么样了？"
    assert "shelbrook" not in assistant.retriever.analyse(question).words
    (tmp_path / "later.txt").write_text(FERRIES["ferry-1"], encoding="utf-8")
    assistant.ingest(tmp_path / "later.txt")
    assert "shelbrook" in assistant.retriever.analyse(question).words
