"""What a sentence lacks or contradicts of a question is told by names, dates and kinds of value."""

from __future__ import annotations

import pytest

from rag.answering.expectation import SIGNS, Expectation, Found
from rag.embedding.static import bundled_model
from rag.retrieval.question import analyse
from rag.text.aliases import NameTable

NAMES = NameTable.load()


def look(question: str, sentence: str, *context: str) -> Found:
    """What this sentence holds of what the question expects."""
    return looked(question, (sentence, *context))[0]


def looked(question: str, *sentences: tuple[str, ...]) -> list[Found]:
    """The same for all sentences of one passage, each with its context."""
    expectation = Expectation(analyse(question, bundled_model(), NAMES), NAMES)
    found = [expectation.look(text, tuple(context)) for text, *context in sentences]
    return expectation.within_passage(found, frozenset().union(*(one.groups for one in found)))


def signs(question: str, sentence: str, *context: str) -> dict[str, float]:
    """The signs that are raised."""
    return {name: value for name, value in look(question, sentence, *context).signs.items() if value}


def test_a_sentence_that_answers_raises_no_sign() -> None:
    assert signs("How much did Baidu pay in 2024?", "In May 2024 Baidu paid 5 million yuan.") == {}


def test_every_sentence_has_every_sign() -> None:
    assert set(look("Why?", "Because.").signs) == set(SIGNS)
    assert set(look("谁？", "").signs) == set(SIGNS)


# --- names ---


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("What did Alibaba plant?", "Alibaba planted a pear tree.", 0.0),
        ("What did Alibaba plant?", "阿里巴巴种了一棵梨树。", 0.0),
        ("騰訊種了什麼？", "腾讯种了一棵梨树。", 0.0),
        ("What did Alibaba plant?", "A pear tree was planted.", 1.0),
        ("What did Alibaba and Baidu plant?", "Alibaba planted a pear tree.", 0.5),
        ("What do robots plant?", "A pear tree was planted.", 0.0),
    ],
)
def test_names_missing_is_the_share_of_names_that_a_sentence_lacks(
    question: str, sentence: str, missing: float
) -> None:
    assert look(question, sentence).signs["names_missing"] == missing


def test_a_name_elsewhere_in_the_passage_is_missing_around_but_not_in_the_passage() -> None:
    told, _ = looked("What did Baidu plant?", ("It planted a pear tree.",), ("Baidu sold it.",))
    signs = told.signs
    assert (signs["names_missing"], signs["names_missing_around"], signs["names_missing_passage"]) == (1.0, 1.0, 0.0)


def test_a_name_elsewhere_in_the_article_is_missing_in_the_passage_alone() -> None:
    expectation = Expectation(analyse("What did Baidu plant?", bundled_model(), NAMES), NAMES)
    (found,) = expectation.within_passage([expectation.look("It planted a tree.", ())], frozenset({"baidu"}))
    assert (found.signs["names_missing_passage"], found.signs["names_missing_article"]) == (1.0, 0.0)


def test_another_name_conflicts_with_the_passage_only_where_the_passage_lacks_the_first() -> None:
    sentence = ("Tencent planted a pear tree.",)
    (alone,) = looked("What did Baidu plant?", sentence)
    beside, _ = looked("What did Baidu plant?", sentence, ("Baidu planted none.",))
    assert (alone.signs["name_conflict_passage"], beside.signs["name_conflict_passage"]) == (1.0, 0.0)
    assert beside.signs["name_conflict"] == 1.0


def test_a_name_in_the_title_is_missing_from_the_sentence_but_not_around_it() -> None:
    found = look("What did Baidu plant?", "It planted a pear tree.", "Baidu goes to the country")
    assert (found.signs["names_missing"], found.signs["names_missing_around"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What did Alibaba plant?", "Qwen planted a pear tree."),
        ("百度种了什么？", "文心一言种了一棵梨树。"),
        ("What did ByteDance plant?", "豆包種了一棵梨樹。"),
    ],
)
def test_a_product_names_its_owner(question: str, sentence: str) -> None:
    assert signs(question, sentence) == {}


def test_an_owner_does_not_name_its_product() -> None:
    assert look("What did Qwen plant?", "Alibaba planted a pear tree.").signs["names_missing"] == 1.0


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What did Baidu plant?", "Tencent planted a pear tree."),
        ("百度种了什么？", "Tencent planted a pear tree."),
        ("What did Tencent plant?", "通義千問種了一棵梨樹。"),
        ("Where does Shanghai buy its pears?", "The pears come from Beijing."),
        ("What did Elon Musk plant?", "Jack Ma planted a pear tree."),
    ],
)
def test_another_name_of_the_same_kind_is_a_conflict(question: str, sentence: str) -> None:
    assert look(question, sentence).signs["name_conflict"] == 1.0


@pytest.mark.parametrize(
    ("question", "sentence", "context"),
    [
        ("What did Baidu plant?", "A pear tree was planted.", ""),
        ("What did Baidu plant?", "A pear tree was planted in Shanghai.", ""),
        ("What did Baidu plant?", "Baidu and Tencent planted a pear tree.", ""),
        ("What did Baidu plant?", "Tencent helped to plant it.", "Baidu planted a pear tree."),
        ("Who planted the pear tree?", "Tencent planted the pear tree.", ""),
    ],
)
def test_no_conflict_where_the_name_stands_too_or_the_other_is_of_another_kind(
    question: str, sentence: str, context: str
) -> None:
    assert look(question, sentence, context).signs["name_conflict"] == 0.0


@pytest.mark.parametrize(
    ("question", "sentence", "conflict"),
    [
        ("What did Baidu plant?", "Tencent planted a pear tree.", 1.0),
        ("What did Baidu plant?", "Baidu and Tencent planted a pear tree.", 0.0),
        ("What did Baidu plant?", "It planted a pear tree.", 0.0),
        ("百度种了什么？", "腾讯种了一棵梨树。", 1.0),
    ],
)
def test_another_name_in_the_sentence_itself_conflicts_though_the_context_has_the_first(
    question: str, sentence: str, conflict: float
) -> None:
    found = look(question, sentence, "Baidu goes to the country")
    assert (found.signs["name_conflict"], found.signs["name_conflict_within"]) == (0.0, conflict)


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("What does Beijing hope for?", "China hopes for pears.", 0.0),
        ("華盛頓要什麼？", "The United States wants pears.", 0.0),
        ("What does China hope for?", "Beijing hopes for pears.", 0.0),
        ("What does Beijing hope for?", "Tokyo hopes for pears.", 1.0),
        ("What does Shanghai hope for?", "China hopes for pears.", 1.0),
    ],
)
def test_a_capital_may_stand_for_its_country(question: str, sentence: str, missing: float) -> None:
    assert look(question, sentence).signs["names_missing"] == missing


# --- dates and quantities ---


@pytest.mark.parametrize(
    ("question", "sentence", "conflict"),
    [
        ("How many pears ripened in 2024?", "In 2023, 300 pears ripened.", 1.0),
        ("2024年熟了多少梨？", "In 2023, 300 pears ripened.", 1.0),
        ("How many pears ripened in 2024?", "In 2023 few pears ripened, in 2024 there were 300.", 0.0),
        ("How many pears ripened in 2024?", "300 pears ripened.", 0.0),
        ("What happened in May?", "It snowed in June.", 1.0),
        ("What happened in May?", "It snowed on 14 May.", 0.0),
        ("How many pears ripened?", "In 2023, 300 pears ripened.", 0.0),
    ],
)
def test_only_other_years_or_months_conflict(question: str, sentence: str, conflict: float) -> None:
    assert look(question, sentence).signs["date_conflict"] == conflict


def test_a_date_of_the_context_does_not_mend_one_in_the_sentence() -> None:
    found = look("What happened in May 2024?", "It snowed in June.", "May 2024")
    assert (found.signs["date_conflict"], found.signs["date_conflict_within"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("On what date did it snow?", "It snowed in May.", 1.0),
        ("On what date did it snow?", "It snowed on 14 May.", 0.0),
        ("When did it snow?", "It snowed in May.", 0.0),
        ("哪一天下了雪？", "五月下了雪。", 1.0),
        ("幾月幾號下了雪？", "5月14日下了雪。", 0.0),
        ("哪個月下了雪？", "5月下了雪。", 0.0),
    ],
)
def test_a_month_is_no_date_where_a_day_is_asked_for(question: str, sentence: str, missing: float) -> None:
    assert look(question, sentence).features["date_missing"] == missing


@pytest.mark.parametrize(
    ("question", "without", "with_it"),
    [
        ("Why did the farm stop selling pears?", "The farm sells pears.", "The farm no longer sells pears."),
        ("农场为什么不再卖梨？", "农场卖梨。", "The farm gave up its pears."),
        ("農場為什麼拒絕賣梨？", "農場賣梨。", "農場沒有賣梨。"),
    ],
)
def test_what_a_question_says_has_ended_is_missing_where_nothing_ends(
    question: str, without: str, with_it: str
) -> None:
    assert look(question, without).signs["ending_missing"] == 1.0
    assert look(question, with_it).signs["ending_missing"] == 0.0


@pytest.mark.parametrize(
    "question",
    [
        "有没有人卖梨？",
        "Who sold pears at the end of May?",
        "How many stops are on the way?",
        "Why did the farm give up ground?",
        "Don't they sell pears?",
        "Is the closed-source model better?",
    ],
)
def test_a_question_that_presumes_no_end_misses_none(question: str) -> None:
    assert look(question, "The farm sells pears.").signs["ending_missing"] == 0.0


@pytest.mark.parametrize(
    ("question", "sentence", "conflict"),
    [
        ("When was k1.6 sold?", "In May k1.5 was sold.", 1.0),
        ("When was k1.6 sold?", "In May k1.5 and k1.6 were sold.", 0.0),
        ("When was k1.6 sold?", "In May it was sold.", 0.0),
        ("K1.6什么时候卖的？", "k1.5在五月卖了。", 1.0),
        ("When was the barn sold?", "In May k1.5 was sold.", 0.0),
        ("Who sold 12 pears on May 4?", "They sold 13 pears on May 5.", 0.0),
    ],
)
def test_another_version_of_what_a_question_names_is_a_conflict(question: str, sentence: str, conflict: float) -> None:
    assert look(question, sentence).signs["version_conflict"] == conflict


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("Will it rain tomorrow?", "It rained in May.", 1.0),
        ("今天會下雨嗎？", "五月下了雨。", 1.0),
        ("What do pears cost today?", "Today pears cost 4 yuan.", 0.0),
        ("What did pears cost in May?", "Pears cost 4 yuan.", 0.0),
    ],
)
def test_the_askers_own_day_is_missing_where_a_sentence_names_none(
    question: str, sentence: str, missing: float
) -> None:
    assert look(question, sentence).signs["today_missing"] == missing


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Do you think pears are cheap?", 1.0),
        ("我們該買哪一種梨？", 1.0),
        ("你觉得梨贵吗？", 1.0),
        ("What did the farmer think of pears?", 0.0),
        ("农场认为梨贵吗？", 0.0),
    ],
)
def test_a_question_for_the_assistants_opinion_is_told(question: str, asked: float) -> None:
    assert look(question, "Pears cost 4 yuan.").signs["opinion"] == asked


def test_a_product_is_no_company() -> None:
    asked = "Which company keeps cows?"
    assert look(asked, "Qwen keeps cows.").signs["organisation_missing"] == 1.0
    assert look(asked, "Alibaba keeps cows.").signs["organisation_missing"] == 0.0


@pytest.mark.parametrize(
    ("question", "sentence", "turned"),
    [
        ("Why did sales fall?", "Sales rose in May.", 1.0),
        ("Why did sales fall?", "Sales dropped in May.", 0.0),
        ("銷量為什麼下降？", "销量上升了。", 1.0),
        ("Did sales fall?", "Sales rose in May.", 0.0),
        ("How many pears were sold after 1950?", "Before 1950, 300 pears were sold.", 1.0),
    ],
)
def test_the_opposite_of_what_a_question_presumes_is_turned(question: str, sentence: str, turned: float) -> None:
    assert look(question, sentence).signs["turned"] == turned


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many pears ripened in 2024?", "On 3 May 2024 as many as 300 pears ripened."),
        ("What happened in May 2024?", "It snowed on 14 May 2024."),
        ("What happened in May?", "It snowed on 14 May."),
        ("2024年5月发生了什么？", "2024年5月14日下了雪。"),
        ("2024年5月發生了什麼？", "It snowed on 14 May 2024."),
    ],
)
def test_a_more_precise_date_satisfies_a_less_precise_one(question: str, sentence: str) -> None:
    assert look(question, sentence).signs["quantity_missing"] == 0.0


@pytest.mark.parametrize(
    ("question", "sentence", "missing"),
    [
        ("What happened on 14 May 2024?", "It snowed on 15 May 2024.", 1.0),
        ("What happened in May 2024?", "It snowed in May 2023.", 1.0),
        ("Which farm has 300 cows?", "The northern farm has 200 cows.", 1.0),
        ("Which farm has 300 cows?", "The northern farm has 300 cows.", 0.0),
        ("Which farm sold for 5 million dollars?", "北边的农场卖了500万美元。", 0.0),
        ("Which farm bought 300 cows in 2024?", "The farm has 300 cows.", 0.5),
        ("Which farm has cows?", "The northern farm has none.", 0.0),
    ],
)
def test_quantity_missing_is_the_share_of_quantities_that_a_sentence_lacks(
    question: str, sentence: str, missing: float
) -> None:
    assert look(question, sentence).signs["quantity_missing"] == missing


def test_a_date_of_the_context_counts_but_a_number_of_the_context_does_not() -> None:
    assert signs("How many pears ripened in 2024?", "There were 300 pears.", "The year 2024") == {}
    found = look("Which farm has 300 cows?", "The northern farm has them.", "300 cows")
    assert found.signs["quantity_missing"] == 1.0


# --- values of a kind ---


@pytest.mark.parametrize(
    ("sign", "question", "without", "with_it"),
    [
        ("money_missing", "How much money did the barn cost?", "The barn has 40 cows.", "It cost 4 million dollars."),
        ("money_missing", "谷仓花了多少钱？", "谷仓里有四十个桶。", "谷仓花了四百万元。"),
        ("percent_missing", "What percentage of the cows is brown?", "40 cows are brown.", "30% of them are brown."),
        ("percent_missing", "棕色的牛占比是多少？", "谷仓花了四百万元。", "三分之一是棕色的。"),
        ("percent_missing", "棕色的牛占多大比例？", "谷仓花了四百万元。", "一半是棕色的。"),
        ("count_missing", "How many cows are brown?", "The barn cost 4 million dollars.", "Forty cows are brown."),
        ("count_missing", "有多少个桶是空的？", "谷仓花了四百万元。", "四十个桶是空的。"),
        ("person_missing", "Who feeds the cows?", "Cows eat hay.", "Elon Musk feeds them."),
        ("person_missing", "谁喂牛？", "牛吃干草。", "主任林志明表示，牛由他来喂。"),
        ("person_missing", "谁喂牛？", "牛吃干草。", "会计骆小满把牛喂饱。"),
        ("person_missing", "谁喂牛？", "牛吃干草。", "腾讯喂牛。"),
        ("person_missing", "Who feeds the cows?", "Cows eat hay.", "Every morning Halloran feeds them."),
        ("organisation_missing", "哪家公司养牛？", "牛吃干草。", "梅林乳业公司养牛。"),
        ("organisation_missing", "Which company keeps cows?", "Cows eat hay.", "The cows belong to Merling Dairy."),
        ("duration_missing", "How long do cows sleep?", "Cows eat hay.", "Cows sleep four hours."),
        ("duration_missing", "牛睡多久？", "牛有四十头。", "牛睡四个小时。"),
        ("place_missing", "Where do the cows graze?", "They graze all day.", "They graze in Japan."),
        ("place_missing", "牛在哪裡吃草？", "牛整天吃草。", "牛在日本吃草。"),
        ("place_missing", "牛在哪裡吃草？", "牛整天吃草。", "牛在梅林鎮吃草。"),
        ("place_missing", "Where do the cows graze?", "They graze all day.", "They graze beside Merling Street."),
        ("reason_missing", "Why do cows moo?", "They moo at night.", "They moo because they are hungry."),
        ("reason_missing", "牛为什么叫？", "牛在夜里叫。", "由于饿了，牛会叫。"),
    ],
)
def test_a_value_of_the_kind_asked_for_is_missing_or_not(sign: str, question: str, without: str, with_it: str) -> None:
    assert look(question, without).signs[sign] == 1.0
    assert look(question, with_it).signs[sign] == 0.0
    others = {name for name in SIGNS if name.endswith("_missing") and name not in (sign, "quantity_missing")}
    assert not others & set(signs(question, without))


@pytest.mark.parametrize("sentence", ["The herd is large.", "The herd has 40 cows.", "It cost 4 million dollars."])
def test_a_question_open_between_kinds_misses_none_of_them(sentence: str) -> None:
    assert signs("How much did the herd grow?", sentence) == {}


def test_a_value_that_the_question_holds_is_not_the_one_asked_for() -> None:
    found = look("How much money was left of the 5 million dollars?", "The 5 million dollars were spent.")
    assert found.signs["money_missing"] == 1.0
    assert found.values == ()


def test_a_more_precise_date_is_an_answer_though_the_question_holds_the_month() -> None:
    found = look("When in May did the barn burn?", "The barn burned on 14 May at night.")
    assert [value.text for value in found.values] == ["14 May"]
    assert look("When in 2024 did the barn burn?", "The barn burned in 2024.").values == ()


def test_values_names_and_people_are_those_that_the_question_does_not_hold() -> None:
    found = look("Who sold 40 cows to Huawei?", "Huawei bought the 40 cows from Tencent, said engineer Ann Olsen.")
    assert [mention.text for mention in found.names] == ["Tencent"]
    assert [person.text for person in found.people] == ["Ann Olsen"]
    assert found.values == ()
