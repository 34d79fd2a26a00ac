"""The check of a written sentence against the passage it cites: what it lets through, what it flags, and what it names.

The passages are invented; property tests draw texts from parts of them.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.support_check import CORPUS, HALVES, items
from rag.answering.support import SupportChecker, Verdict, learned_weighing, read_weighing
from rag.answering.support_features import FEATURES
from rag.answering.support_held import held
from rag.answering.support_polarity import denies, opposite
from rag.answering.support_quantities import compare
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.text.aliases import NameTable
from rag.text.script import detect_language
from rag.types import Article, Hit, Language, Passage

CHECKER = SupportChecker(bundled_model(), bundled_encoder, NameTable.load())

FERRY = (
    "The harbour company bought three electric ferries in May 2022 for 3.8 billion yuan. "
    "Captain Ingrid Solberg says that they are quieter than the old diesel boats. "
    "Passenger numbers rose by 56% in the first year, and no ferry had to be repaired. "
    "Huawei supplied the charging station, which stands at the northern pier."
)
渡轮 = (
    "港务公司在2022年5月以38亿元买下三艘电动渡轮。船长林志明说，它们比旧的柴油船安静。"
    "第一年乘客人数增长了百分之五十六，没有一艘渡轮需要修理。充电站由华为提供，设在北面的码头。"
)
渡輪 = (
    "港務公司在2022年5月以38億元買下三艘電動渡輪。船長林志明說，它們比舊的柴油船安靜。"
    "第一年乘客人數增長了五成六，沒有一艘渡輪需要修理。充電站由華為提供，設在北面的碼頭。"
)
ORCHARD = (
    "The orchard lies on a slope above the village. Its oldest pear trees were planted by monks, and their fruit is "
    "pressed into juice every autumn. Visitors may taste it in the barn."
)


def hit(text: str, start: int = 0, title: str = "") -> Hit:
    passage = Passage("a.md", start, start + len(text), text, detect_language(text))
    return Hit(passage, "a.md", title, 1.0, 1)


def check(sentence: str, text: str) -> Verdict:
    return CHECKER.check(sentence, detect_language(sentence), hit(text))


@pytest.mark.parametrize("text", [FERRY, 渡轮, 渡輪], ids=["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize(
    "sentence",
    [
        "The harbour company paid 3,800,000,000 yuan for three electric ferries in May 2022.",
        "Passenger numbers went up by 56 percent in the first year.",
        "港务公司2022年5月花38亿元买了三艘电动渡轮。",
        "港務公司在2022年5月以三十八億元買下三艘電動渡輪。",
        "第一年的乘客人数增长了56%。",
    ],
)
def test_a_sentence_that_says_the_same_in_another_notation_script_or_language_is_supported(
    sentence: str, text: str
) -> None:
    verdict = check(sentence, text)
    assert verdict.supported
    assert verdict.reason == ""
    assert verdict.missing == ()


@pytest.mark.parametrize("text", [FERRY, 渡轮, 渡輪], ids=["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The harbour company paid 3.9 billion yuan for three electric ferries.", "3.9 billion yuan"),
        ("The harbour company paid 38 million yuan for three electric ferries.", "38 million yuan"),
        ("Passenger numbers rose by 65% in the first year.", "65%"),
        ("港务公司在2022年5月以83亿元买下三艘电动渡轮。", "83亿元"),
        ("港務公司在2021年5月以38億元買下三艘電動渡輪。", "2021年5月"),
        ("第一年乘客人数增长了百分之六十五。", "百分之六十五"),
    ],
)
def test_a_number_or_date_that_the_passage_lacks_is_named_as_it_was_written(
    sentence: str, missing: str, text: str
) -> None:
    verdict = check(sentence, text)
    assert not verdict.supported
    assert verdict.reason == "quantity"
    assert missing in verdict.missing


@pytest.mark.parametrize(
    ("sentence", "text", "missing"),
    [
        ("Tencent supplied the charging station at the northern pier.", FERRY, "Tencent"),
        ("充电站由腾讯提供，设在北面的码头。", FERRY, "腾讯"),
        ("充電站由騰訊提供，設在北面的碼頭。", 渡轮, "騰訊"),
        ("Tencent supplied the charging station, which stands at the northern pier.", 渡輪, "Tencent"),
        ("Captain Astrid Halvorsen says that they are quieter than the old diesel boats.", FERRY, "Halvorsen"),
    ],
)
def test_a_name_that_the_passage_lacks_is_named(sentence: str, text: str, missing: str) -> None:
    verdict = check(sentence, text)
    assert not verdict.supported
    assert verdict.reason == "name"
    assert missing in verdict.missing


def test_the_version_in_a_model_name_is_part_of_the_name() -> None:
    text = "The library answers letters with Qwen3-4B. It had tried GPT-4o before, and the answers were shorter."
    assert check("The library answers its letters with Qwen3-4B.", text).supported
    assert check("The library answers its letters with Qwen3-8B.", text).missing == ("Qwen3-8B",)
    assert check("图书馆用Qwen3-14B回信。", text).missing == ("Qwen3-14B",)
    assert "GPT-4" in check("The library had tried GPT-4 before.", text).missing


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Several ferries had to be repaired, and passenger numbers rose by 56% in the first year.", 渡轮),
        ("Captain Ingrid Solberg says that they are not quieter than the old diesel boats.", FERRY),
        ("船长林志明说，它们并不比旧的柴油船安静。", 渡轮),
        ("充電站不是由華為提供的。", 渡輪),
        ("Passenger numbers fell by 56% in the first year.", FERRY),
        ("第一年乘客人数下降了56%。", 渡轮),
        ("第一年乘客人數減少了五成六。", 渡輪),
    ],
)
def test_a_denial_or_an_opposite_word_is_flagged(sentence: str, text: str) -> None:
    verdict = check(sentence, text)
    assert not verdict.supported
    assert verdict.reason == "negation"


def test_who_is_ahead_of_whom_matters() -> None:
    text = "In the regatta of that year, Tencent finished ahead of Baidu. The wind was weak."
    assert check("Tencent finished ahead of Baidu in the regatta.", text).supported
    assert not check("Baidu finished ahead of Tencent in the regatta.", text).supported


@pytest.mark.parametrize("sentence", ["The ferries are blue and have two decks.", "渡轮是蓝色的，有两层甲板。"])
def test_what_another_passage_says_is_not_supported(sentence: str) -> None:
    assert not check(sentence, ORCHARD).supported
    assert check("The company bought three ferries for 3.8 billion yuan.", ORCHARD).reason == "quantity"


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("3.8 billion dollars", "38亿美元"),
        ("百分之五十六", "56%"),
        ("four out of five farms", "八成农场"),
        ("三分之一", "one third of it"),
        ("twice as many", "多一倍"),
        ("a dozen", "12 boats"),
        ("twenty-one villages", "21个村子"),
        ("six months", "半年"),
        ("the first quarter", "第一季度"),
        ("in 1835", "1835年"),
        ("about 130 farms", "127 farms"),
        ("over 20 million trees", "2215万棵树"),
        ("排名第十一", "came eleventh"),
        ("登上第一名", "took the top place"),
        ("90% to 95%", "90%至95%"),
        ("up to 95%", "90%至95%"),
        ("in May", "on May 12, 2022"),
        ("from 99% to 80%", "a fall from 99 to 80, which is 19 percentage points"),
    ],
)
def test_one_value_in_two_notations_is_the_same(written: str, stated: str) -> None:
    assert compare(written, held((stated,))).missing == ()


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("3.8 billion dollars", "38亿元"),
        ("3.8 billion dollars", "3.8 million dollars"),
        ("56%", "56 farms"),
        ("four out of five farms", "七成农场"),
        ("about 150 farms", "127 farms"),
        ("第三季度", "the first quarter"),
        ("on May 13, 2022", "on May 12, 2022"),
        ("in May 2022", "in May 2021"),
        ("排名第三", "came second"),
        ("three times", "twice"),
    ],
)
def test_two_values_are_not_the_same(written: str, stated: str) -> None:
    assert compare(written, held((stated,))).missing != ()


def test_a_lower_bound_is_not_an_upper_one() -> None:
    stated = held(("More than 400 farms took part.",))
    assert compare("over 400 farms", stated).bounds == 0
    assert compare("fewer than 400 farms", stated).bounds == 1
    assert compare("不到400个农场", stated).bounds == 1


@pytest.mark.parametrize("name", ["GPT-4", "Qwen3-4B", "iPhone 15", "R1"])
def test_the_numbers_in_names_are_no_quantities(name: str) -> None:
    assert compare(f"The library chose {name}.", held(("The library chose a model.",))).missing == ()


def test_a_year_that_only_the_date_of_the_article_tells_is_held() -> None:
    stated = held(("Last spring the mill closed; this year it opened again.",))
    assert compare("The mill opened again in 2024.", stated, "2024-08-01").missing == ()
    assert compare("The mill opened again in 2019.", stated, "2024-08-01").missing == ("2019",)


def test_the_checker_asks_the_article_for_its_date() -> None:
    text = "The mill on the Lune opened again this year, and bread is baked there."
    article = Article("a.md", "a.md", "", "en", text, date="2024-08-01")
    dated = SupportChecker(bundled_model(), bundled_encoder, NameTable.load(), lambda _: article)
    assert dated.check("The mill on the Lune opened again in 2024.", "en", hit(text)).supported
    assert dated.check("The mill on the Lune opened again in 2019.", "en", hit(text)).reason == "quantity"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The boat did not sail.", True),
        ("Nobody can rule out that it sails.", False),
        ("It is not only fast but quiet.", False),
        ("渡轮没有开。", True),
        ("渡輪並非免費。", True),
        ("不仅安静，而且便宜。", False),
        ("这是未来的渡轮。", False),
        ("该地区人口不足一万。", False),
    ],
)
def test_words_that_hold_a_negation_without_denying_are_none(text: str, expected: bool) -> None:
    assert denies(text) == expected


def test_opposites_meet_across_languages() -> None:
    assert opposite("The price rose.", "价格下降了。")
    assert opposite("票價上漲。", "The fare fell.")
    assert not opposite("The price rose.", "价格上涨了。")
    assert not opposite("The price rose and fell.", "价格下降了。")


def test_the_span_is_the_sentence_that_carries_it_as_offsets_into_the_article() -> None:
    verdict = CHECKER.check("Huawei built the charging station.", "en", hit(FERRY, start=100))
    assert FERRY[verdict.span.start - 100 : verdict.span.end - 100] == (
        "Huawei supplied the charging station, which stands at the northern pier."
    )


def test_two_neighbouring_sentences_may_carry_a_sentence_together() -> None:
    text = "Rosa Lindqvist keeps bees. She sells the honey at the market in Skagen. It rained in June."
    sentence = "Rosa Lindqvist keeps bees and sells the honey at the market in Skagen."
    verdict = check(sentence, text)
    assert verdict.supported
    assert text[verdict.span.start : verdict.span.end] == (
        "Rosa Lindqvist keeps bees. She sells the honey at the market in Skagen."
    )


def test_the_best_of_several_passages_is_found() -> None:
    found = CHECKER.best("三艘电动渡轮共花了38亿元。", "zh-Hans", [hit(ORCHARD), hit(FERRY), hit("It rained in June.")])
    assert found is not None
    index, verdict = found
    assert index == 1
    assert verdict.supported


def test_there_is_no_best_where_no_passage_supports_the_sentence() -> None:
    assert CHECKER.best("The museum was opened by a painter in 1931.", "en", [hit(ORCHARD), hit(FERRY)]) is None
    assert CHECKER.best("The museum was opened by a painter.", "en", []) is None


@pytest.mark.parametrize("sentence", ["", "   ", "…", "[1]", "！？", "\ud800", "👍🏽", "a" * 3000, "的" * 500])
def test_any_text_gets_a_verdict(sentence: str) -> None:
    assert 0 <= CHECKER.check(sentence, "en", hit(FERRY)).support <= 1
    assert 0 <= CHECKER.check("The ferries are quiet.", "en", hit(sentence or "x")).support <= 1


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "support.json"
    file.write_text(json.dumps({"weights": {"encoder": 1.0}, "bias": 0.0, "threshold": 0.5}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"python -m training\.support"):
        read_weighing(file)


def test_the_bundled_weights_never_reward_what_is_missing() -> None:
    weights = dict(zip(FEATURES, learned_weighing().weights.tolist(), strict=True))
    against = ("names_missing", "names_doubtful", "places_missing", "quantities_missing", "denied", "opposite", "order")
    assert all(weights[name] < 0 for name in against)
    assert 0 < learned_weighing().threshold < 1
    zero = learned_weighing().support(np.zeros(len(FEATURES)))
    assert math.isclose(zero, 1 / (1 + math.exp(-learned_weighing().bias)))


def test_the_measured_sentences_stand_beside_words_of_their_article_and_no_article_is_in_both_halves() -> None:
    data = items()
    assert len({item["id"] for item in data}) == len(data) >= 320
    for item in data:
        text = (CORPUS / item["source"]).read_text(encoding="utf-8")
        assert text.split("---", 2)[2].count(item["passage"]) == 1, item["id"]
        assert item["supported"] == (item["kind"] == "true"), item["id"]
        assert item["sentence"] not in text, item["id"]
    halves = [{item["source"] for item in data if item["half"] == half} for half in HALVES]
    assert not halves[0] & halves[1]


SENTENCES: tuple[tuple[Language, str], ...] = (
    ("en", "The bakery on the hill sells rye bread on Fridays."),
    ("en", "Nobody has lived in the mill since the flood of 1998."),
    ("en", "Marta Keller repairs violins and lends them to pupils."),
    ("en", "The bridge carries 240 cyclists an hour in summer."),
    ("zh-Hans", "山顶的天文台每逢周五向学生开放。"),
    ("zh-Hans", "老磨坊自1998年洪水之后再也没有人住。"),
    ("zh-Hans", "周敏馆长把三万册旧书捐给了东河镇图书馆。"),
    ("zh-Hant", "白沙島的燈塔在夏天每小時閃光二百四十次。"),
    ("zh-Hant", "青田國小的校車改用電池以後，聲音小了很多。"),
)
passages = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5, unique=True)


@settings(max_examples=40, deadline=None)
@given(parts=passages, data=st.data(), start=st.integers(0, 500))
def test_a_sentence_copied_from_its_passage_is_supported_by_that_very_sentence(
    parts: list[tuple[Language, str]], data: st.DataObject, start: int
) -> None:
    text = "\n".join(sentence for _, sentence in parts)
    language, sentence = data.draw(st.sampled_from(parts))
    verdict = CHECKER.check(sentence, language, hit(text, start))
    assert verdict.supported
    assert sentence in text[verdict.span.start - start : verdict.span.end - start]


@settings(max_examples=40, deadline=None)
@given(
    parts=passages,
    data=st.data(),
    number=st.integers(1_234, 987_654).filter(lambda n: not 1_000 <= n <= 2_100 and not 29_000 < n < 31_000),
    form=st.sampled_from(["{}", "{:,}", "{}%"]),
)
def test_an_added_number_that_the_passage_lacks_is_always_flagged(
    parts: list[tuple[Language, str]], data: st.DataObject, number: int, form: str
) -> None:
    text = "\n".join(sentence for _, sentence in parts)
    language, sentence = data.draw(st.sampled_from(parts))
    written = form.format(number)
    added = f" It counted {written} visitors." if language == "en" else f"当时来了{written}人。"
    verdict = CHECKER.check(sentence + added, language, hit(text))
    assert not verdict.supported
    assert verdict.reason == "quantity"
    assert any(written.rstrip("%") in words for words in verdict.missing)


@settings(max_examples=60, deadline=None)
@given(sentence=st.text(max_size=80), text=st.text(min_size=1, max_size=200), start=st.integers(0, 1000))
def test_whatever_the_texts_support_is_a_share_and_the_span_lies_in_the_passage(
    sentence: str, text: str, start: int
) -> None:
    verdict = CHECKER.check(sentence, "en", hit(text, start))
    assert 0 <= verdict.support <= 1
    assert start <= verdict.span.start <= verdict.span.end <= start + len(text)
    assert all(words in sentence for words in verdict.missing)
    assert (verdict.reason == "") == verdict.supported
