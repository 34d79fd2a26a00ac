"""The short answer is the value that the question asks for, in the asker's language, with the words of the source."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.answering.expectation import Expectation
from rag.answering.short_answer import in_askers_language, short_answer
from rag.assistant import Assistant
from rag.embedding.static import bundled_model
from rag.retrieval.question import analyse
from rag.text.aliases import NameTable
from rag.text.script import detect_language

OpenIndex = Callable[..., Assistant]

NAMES = NameTable.load()


def short(question: str, sentence: str) -> str | None:
    """The short answer to a question that this sentence answers."""
    analysed = analyse(question, bundled_model(), NAMES)
    found = Expectation(analysed, NAMES).look(sentence, ())
    return short_answer(analysed, sentence, detect_language(sentence), found, NAMES, bundled_model())


# --- kinds of value ---


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("How many geese live on the pond?", "Forty-two geese live on the pond.", "Forty-two"),
        ("How much did the mill cost?", "The mill cost 2.4 million pounds in the end.", "2.4 million pounds"),
        ("What percentage of the flour was lost?", "The mill lost 30% of its flour.", "30%"),
        ("When did the mill burn?", "The mill burned on 15 September 2024.", "15 September 2024"),
        ("Who will build the mill again?", '"We will," said engineer Ruth Halloran.', "Ruth Halloran"),
        ("Which company bought the mill?", "Moonshot AI bought the mill.", "Moonshot AI"),
        ("Where does the mill buy its grain?", "The mill buys its grain in Shanghai.", "Shanghai"),
        ("Which companies own the mill?", "It belongs to Alibaba, Baidu and Xiaomi.", "Alibaba, Baidu, Xiaomi"),
    ],
)
def test_each_kind_of_question_gets_the_value_of_its_kind(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("池塘上有多少只鹅？", "池塘上住着四十二只鹅。", "四十二只"),
        ("磨坊花了多少钱？", "磨坊最后花了三百万元。", "三百万元"),
        ("面粉损失的比例是多少？", "面粉损失了百分之三十。", "百分之三十"),
        ("磨坊是什么时候失火的？", "磨坊在2024年9月15日失火。", "2024年9月15日"),
        ("谁检查了磨坊？", "总监周敏表示，磨坊没有问题。", "周敏"),
        ("哪家公司买下了磨坊？", "月之暗面买下了磨坊。", "月之暗面"),
        ("磨坊在哪里买粮食？", "磨坊从上海买粮食。", "上海"),
        ("哪些公司拥有磨坊？", "磨坊由阿里巴巴、百度和小米共同所有。", "阿里巴巴、百度、小米"),
    ],
)
def test_each_kind_of_chinese_question_gets_the_value_of_its_kind(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


# --- languages and scripts ---


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("How many geese live on the pond?", "池塘上住着四十二只鹅。", "42 (四十二只)"),
        (
            "How much did Alibaba put into the mill?",
            "阿里巴巴为磨坊投入了3800亿元。",
            "380 billion yuan (3800亿元)",
        ),
        ("What percentage of the flour was lost?", "面粉损失了百分之三十。", "30% (百分之三十)"),
        ("When did the mill burn?", "磨坊在2024年9月15日失火。", "September 15, 2024 (2024年9月15日)"),
        ("Who visited the mill?", "马斯克上个月参观了磨坊。", "Elon Musk (马斯克)"),
        ("Which company bought the mill?", "月之暗面买下了磨坊。", "Moonshot AI (月之暗面)"),
        ("Where does the mill buy its grain?", "磨坊從上海買糧食。", "Shanghai (上海)"),
        ("Which companies own the mill?", "磨坊属于阿里巴巴和百度。", "Alibaba (阿里巴巴), Baidu (百度)"),
    ],
)
def test_an_english_asker_gets_the_value_in_english_and_the_chinese_words_behind_it(
    question: str, sentence: str, value: str
) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("阿里巴巴为磨坊投入了多少钱？", "Alibaba put 5 million dollars into it.", "500万美元（5 million dollars）"),
        ("阿里巴巴為磨坊投入了多少錢？", "Alibaba put 5 million dollars into it.", "500萬美元（5 million dollars）"),
        ("磨坊是什么时候失火的？", "The mill burned on 15 September 2024.", "2024年9月15日（15 September 2024）"),
        ("誰參觀了磨坊？", "Elon Musk visited the mill last month.", "馬斯克（Elon Musk）"),
        ("哪家公司买下了磨坊？", "Moonshot AI bought the mill.", "月之暗面（Moonshot AI）"),
        ("哪些公司擁有磨坊？", "It belongs to Tencent and Xiaomi.", "騰訊（Tencent）、小米（Xiaomi）"),
    ],
)
def test_a_chinese_asker_gets_the_value_in_the_script_asked_in_and_the_english_words_behind_it(
    question: str, sentence: str, value: str
) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("阿里巴巴為磨坊投入了多少錢？", "阿里巴巴为磨坊投入了3800亿元。", "3800億元"),
        ("磨坊花了多少钱？", "磨坊最後花了三百萬元。", "三百万元"),
        ("誰檢查了磨坊？", "馆长张伟表示，磨坊没有问题。", "張偉"),
        ("哪家公司买下了磨坊？", "騰訊買下了磨坊。", "腾讯"),
    ],
)
def test_chinese_words_are_given_in_the_script_of_the_question_without_repeating_them(
    question: str, sentence: str, value: str
) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("面粉损失的比例是多少？", "The mill lost 30% of its flour.", "30%"),
        ("谁说磨坊会重建？", '"We shall build it again," said engineer Ruth Halloran.', "Ruth Halloran"),
        ("哪家公司买下了磨坊？", "OpenAI bought the mill.", "OpenAI"),
    ],
)
def test_what_both_languages_write_alike_is_given_once(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How much did the mill cost?", "2.4 million pounds"),
        ("磨坊花了多少钱？", "240万英镑（2.4 million pounds）"),
    ],
)
def test_a_value_broken_over_two_lines_is_given_on_one(question: str, value: str) -> None:
    assert short(question, "The mill cost 2.4 million\npounds.") == value


def test_a_name_unknown_to_the_other_language_stands_alone() -> None:
    assert in_askers_language("Ruth Halloran", "Ruth Halloran", "en", "zh-Hans") == "Ruth Halloran"


# --- which of several ---


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("How much did the lamp cost?", "The lamp cost 5 dollars, but the bell cost 7 dollars.", "5 dollars"),
        ("How much did the bell cost?", "The lamp cost 5 dollars, but the bell cost 7 dollars.", "7 dollars"),
        ("灯花了多少钱？", "灯花了五百万元，钟花了七百万元。", "五百万元"),
        ("鐘花了多少錢？", "灯花了五百万元，钟花了七百万元。", "七百萬元"),
        ("How much did the bell cost?", "灯花了五百万元，钟花了七百万元。", "7 million yuan (七百万元)"),
        ("Which company bought the bell?", "Baidu bought the lamp, Tencent bought the bell.", "Tencent"),
        ("Who repaired the bell?", "Elon Musk repaired the lamp, Jack Ma repaired the bell.", "Jack Ma"),
    ],
)
def test_the_clause_that_fits_the_question_decides(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("去年的损耗率是多少？", "百分之三十"),
        ("今年的损耗率是多少？", "12%"),
        ("損耗率是多少？", "百分之三十"),
    ],
)
def test_a_clause_goes_on_about_what_was_named_before_it(question: str, value: str) -> None:
    assert short(question, "去年的损耗率为百分之三十，今年下降到12%。") == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("How many of the 300 cows are brown?", "Of the 300 cows 120 are brown.", "120"),
        ("In which year did the 60 cows arrive?", "The 60 cows arrived in 2019.", "2019"),
        ("2019年来了多少只鹅？", "2019年来了四十只鹅。", "四十只"),
        ("Which company bought the mill in Japan?", "The mill in Japan was bought by Huawei.", "Huawei"),
        ("Which company did Huawei sell the mill to?", "Huawei sold the mill to Tencent.", "Tencent"),
    ],
)
def test_what_the_question_holds_itself_is_not_the_answer(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


# --- none at all ---


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Why did the mill burn?", "The mill burned because 30 lamps of Huawei fell in 2024."),
        ("How did the mill burn?", "The mill burned when 30 lamps of Huawei fell in 2024."),
        ("磨坊为什么失火？", "由于三十盏灯掉落，华为的磨坊在2024年失火。"),
        ("磨坊是怎麼失火的？", "三十盞燈掉落，華為的磨坊在2024年失火。"),
        ("Is the mill closed?", "The mill of Huawei has been closed since 2024."),
        ("What did the mill announce?", "The mill announced in 2024 that 30 lamps are missing."),
    ],
)
def test_a_question_that_asks_for_no_value_gets_no_short_answer(question: str, sentence: str) -> None:
    assert short(question, sentence) is None


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How much did the mill cost?", "The mill was too dear for the town."),
        ("When did the mill close in 2024?", "The mill closed in 2024."),
        ("How much of the 5 million dollars was spent?", "The 5 million dollars were spent."),
        ("Who bought the mill?", "The mill was bought by a stranger."),
        ("Which company bought the mill?", "The mill in Japan was sold."),
        ("Where does Shanghai buy its grain?", "Shanghai buys its grain from Huawei."),
        ("Which companies own the mill?", "The mill belongs to Alibaba."),
    ],
)
def test_a_sentence_without_the_value_asked_for_gives_no_short_answer(question: str, sentence: str) -> None:
    assert short(question, sentence) is None


# --- values that are no answer ---


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("磨坊那几天为什么停工？", "头三天磨坊停工，面粉没了。"),
        ("磨坊是哪一年建成的？", "磨坊在6月建成。"),
        ("What year was the mill built?", "The mill was built in June."),
        ("这样的磨坊一共有多少？", "排行榜前十名都是这样的磨坊。"),
        ("How many visitors does the mill have?", "The mill follows at number 20."),
        ("磨坊有多少名员工？", "支持磨坊的公司有17家。"),
        ("How many people work at the mill?", "The mill supplies 17 companies."),
        ("How many geese live there?", "More live there, up from 180."),
    ],
)
def test_a_value_of_another_thing_gives_no_short_answer(question: str, sentence: str) -> None:
    assert short(question, sentence) is None


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("What year was the mill built?", "The mill was built on 3 May 1921.", "3 May 1921"),
        ("How many people use the mill?", "The mill has 12 million users.", "12 million users"),
        ("How many geese live there?", "The pond has 212 geese, up from 180.", "212"),
        ("How many geese was it up from?", "More live there, up from 180.", "180"),
        ("磨坊排第几？", "磨坊排名第3位。", "第3位"),
        ("Which company does he work for?", "He works in Japan for Baidu.", "Baidu"),
        ("他在哪家公司上班？", "他在日本替百度工作。", "百度"),
    ],
)
def test_the_value_that_fits_the_question_is_given(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("磨坊的面積多大？", "磨坊的面積是58平方公里。", "58平方公里"),
        ("磨坊的面積多大？", "磨坊的面積是58，周圍是田。", "58"),
        ("How large is the field?", "The field covers 58 square kilometres.", "58 square kilometres"),
    ],
)
def test_a_measure_keeps_its_unit(question: str, sentence: str, value: str) -> None:
    assert short(question, sentence) == value


def test_a_list_holds_neither_the_newspaper_cited_nor_a_product_behind_its_makers_name() -> None:
    sentence = "《Baidu》说，买下磨坊的有华为昇腾、腾讯和小米。"
    assert short("哪些公司买下了磨坊？", sentence) == "华为、腾讯、小米"


# --- in an answer ---


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How much did Zhipu pay for the apple orchard?", "380 billion yuan (3800亿元)"),
        ("智谱花多少钱买下苹果园？", "3800亿元"),
        ("智譜花多少錢買下蘋果園？", "3800億元"),
    ],
)
def test_the_short_answer_is_the_first_line_of_the_answer(open_index: OpenIndex, question: str, value: str) -> None:
    assistant = open_index({"orchard.txt": "智谱花3800亿元买下河谷里的苹果园。\n"}, refuse_below=0.0)
    answer = assistant.ask(question)
    assert answer.short_answer == value
    assert answer.text.split("\n")[0] == value
    assert len(answer.text.split("\n")) == 3


def test_an_answer_without_a_short_answer_opens_with_the_lead(open_index: OpenIndex) -> None:
    assistant = open_index({"mill.txt": "The mill burned because 30 lamps fell in 2024.\n"}, refuse_below=0.0)
    answer = assistant.ask("Why did the mill burn?")
    assert answer.short_answer is None
    assert answer.text == "The articles say:\n“The mill burned because 30 lamps fell in 2024.” [1]"


def test_a_known_name_in_the_question_does_not_hinder_the_choice_of_the_clause() -> None:
    sentence = "Alibaba grew by 30% last year, and Baidu grew by 12%."
    assert short("By how many percent did Baidu grow?", sentence) == "12%"
    assert short("By how many percent did Alibaba grow?", sentence) == "30%"
