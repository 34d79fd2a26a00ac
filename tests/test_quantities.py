from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.quantities import DateMention, Quantity, asks_for, find_quantities, render, same_quantity
from rag.types import Language

NUMBERS = (
    "1",
    "2",
    "17",
    "3,800",
    "14.4",
    "１２",
    "0",
    "2025",
    "half",
    "a third",
    "一",
    "二",
    "十二",
    "两",
    "百",
    "千",
    "萬",
    "亿",
    "兆",
)
UNITS = (
    "元",
    "美元",
    "家",
    "個",
    "个月",
    "月",
    "日",
    "年",
    "號",
    "成",
    "倍",
    "半",
    "點",
    "%",
    "yuan",
    "billion",
    "k",
    "M",
    "B",
    "people",
)
OTHERS = (
    "第",
    "排名",
    "前",
    "分之",
    "百分之",
    "多",
    "$",
    "US$",
    "RMB",
    "March",
    "May",
    "5th",
    "am",
    "Qwen3",
    "GPT-4",
    "R1",
    "公司",
)
MARKS = (".", ",", "－", "-", "—", "到", "to", "and", "between", ":", "/", "[", "]", "(", ")", " ", "\n")
PIECES = st.sampled_from(NUMBERS + UNITS + OTHERS + MARKS)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES, max_size=30).map(" ".join))


def only(text: str) -> Quantity:
    (found,) = find_quantities(text)
    assert isinstance(found, Quantity)
    return found


def only_date(text: str) -> DateMention:
    (found,) = find_quantities(text)
    assert isinstance(found, DateMention)
    return found


@pytest.mark.parametrize(
    ("text", "written", "kind", "value", "unit"),
    [
        ("投入3800亿元用于建设", "3800亿元", "money", 3.8e11, "CNY"),
        ("共3,800亿元。", "3,800亿元", "money", 3.8e11, "CNY"),
        ("３，８００億元", "３，８００億元", "money", 3.8e11, "CNY"),
        ("規模達14.4萬億元", "14.4萬億元", "money", 1.44e13, "CNY"),
        ("約1.5兆元", "1.5兆元", "money", 1.5e12, "CNY"),
        ("新台幣300億元", "新台幣300億元", "money", 3e10, "TWD"),
        ("12.4 million kroner", "12.4 million kroner", "money", 1.24e7, "krone"),
        ("1240萬克朗", "1240萬克朗", "money", 1.24e7, "krone"),
        ("3.8 million crowns", "3.8 million crowns", "money", 3.8e6, "krone"),
        ("百万美元", "百万美元", "money", 1e6, "USD"),
        ("380 billion yuan", "380 billion yuan", "money", 3.8e11, "CNY"),
        ("worth $1.5 trillion now", "$1.5 trillion", "money", 1.5e12, "USD"),
        ("US$98 billion", "US$98 billion", "money", 9.8e10, "USD"),
        ("RMB 200m", "RMB 200m", "money", 2e8, "CNY"),
        ("over 100 billion dollars", "100 billion dollars", "money", 1e11, "USD"),
        ("half a billion dollars", "half a billion dollars", "money", 5e8, "USD"),
        ("56%的用户", "56%", "percent", 56.0, "percent"),
        ("百分之五十六", "百分之五十六", "percent", 56.0, "percent"),
        ("56 percent of users", "56 percent", "percent", 56.0, "percent"),
        ("九成五", "九成五", "percent", 95.0, "percent"),
        ("跌了近20个百分点", "20个百分点", "percent", 20.0, "point"),
        ("20 percentage points", "20 percentage points", "percent", 20.0, "point"),
        ("只有三分之一", "三分之一", "ratio", 1 / 3, ""),
        ("a third of them", "a third", "ratio", 1 / 3, ""),
        ("two-thirds", "two-thirds", "ratio", 2 / 3, ""),
        ("不到一半", "一半", "ratio", 0.5, ""),
        ("about half of users", "half", "ratio", 0.5, ""),
        ("提升5.5倍", "5.5倍", "ratio", 5.5, "times"),
        ("5.5 times faster", "5.5 times", "ratio", 5.5, "times"),
        ("用户1.19亿", "1.19亿", "count", 1.19e8, ""),
        ("两千万", "两千万", "count", 2e7, ""),
        ("十二家企业", "十二家", "count", 12.0, "company"),
        ("17 domestic chip companies", "17", "count", 17.0, "company"),
        ("2,048 GPUs", "2,048", "count", 2048.0, ""),
        ("twenty", "twenty", "count", 20.0, ""),
        ("40 million users", "40 million users", "count", 4e7, "user"),
        ("a 7B model", "7B", "count", 7e9, "parameter"),
        ("70亿参数", "70亿参数", "count", 7e9, "parameter"),
        ("用了20多天", "20多天", "duration", 20.0, "day"),
        ("五年", "五年", "duration", 5.0, "year"),
        ("一年半", "一年半", "duration", 1.5, "year"),
        ("half a year", "half a year", "duration", 0.5, "year"),
        ("排名第四", "第四", "ordinal", 4.0, ""),
        ("第10名", "第10名", "ordinal", 10.0, ""),
        ("fourth place", "fourth", "ordinal", 4.0, ""),
        ("ranked 14th", "14th", "ordinal", 14.0, ""),
        ("下午三点半", "三点半", "time", 930.0, "minute"),
        ("at 3:30 pm", "3:30 pm", "time", 930.0, "minute"),
    ],
)
def test_a_number_is_read_with_its_scale_and_unit(text: str, written: str, kind: str, value: float, unit: str) -> None:
    found = only(text)
    assert (found.text, found.kind, found.unit, found.high) == (written, kind, unit, None)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "kind", "unit", "low", "high"),
    [
        ("90%—95%", "percent", "percent", 90, 95),
        ("10亿美元到1500亿美元", "money", "USD", 1e9, 1.5e11),
        ("10到15亿元", "money", "CNY", 1e9, 1.5e9),
        ("$10-15 billion", "money", "USD", 1e10, 1.5e10),
        ("3-4 months", "duration", "month", 3, 4),
        ("三到五年", "duration", "year", 3, 5),
        ("三四个月", "duration", "month", 3, 4),
        ("七八十人", "count", "person", 70, 80),
    ],
)
def test_a_range_is_one_quantity_with_both_ends(text: str, kind: str, unit: str, low: float, high: float) -> None:
    found = only(text)
    assert (found.text, found.kind, found.unit, found.value, found.high) == (text, kind, unit, low, high)


def test_between_and_joins_a_range_but_and_alone_does_not() -> None:
    assert only("between 10 and 20 percent").high == 20
    assert [found.text for found in find_quantities("10 and 20 percent")] == ["10", "20 percent"]


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("2025年2月14日", 2025, 2, 14),
        ("截至2月14日", None, 2, 14),
        ("发布于2025年", 2025, None, None),
        ("二〇二五年三月", 2025, 3, None),
        ("民國114年", 2025, None, None),
        ("2025-02-14", 2025, 2, 14),
        ("on March 6", None, 3, 6),
        ("what happened on march 6", None, 3, 6),
        ("6 March 2025", 2025, 3, 6),
        ("Feb. 2025", 2025, 2, None),
        ("January 2025", 2025, 1, None),
        ("February 14, 2025", 2025, 2, 14),
        ("in 2024", 2024, None, None),
        ("in May", None, 5, None),
    ],
)
def test_dates_are_read_as_precisely_as_they_are_written(
    text: str, year: int | None, month: int | None, day: int | None
) -> None:
    found = only_date(text)
    assert (found.year, found.month, found.day, found.kind) == (year, month, day, "date")


@pytest.mark.parametrize(
    "text",
    [
        "R1 and V3",
        "Qwen3-235B",
        "Qwen2.5-72B",
        "GPT-4",
        "GPT-4o",
        "H100",
        "QwQ-32B",
        "Galaxy S25",
        "Kimi 1.5",
        "iPhone 17",
        "5G",
        "3M",
        "o1模型",
        "版本1.2.3",
        "as shown [1] and [12]",
        "1. Introduction",
        "(512480)",
    ],
)
def test_digits_of_names_versions_and_citations_are_no_quantities(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("no one knows", "one of them", "one company", "tens of billions", "first half", "they may leave"),
        *("一家公司", "统一", "一直", "数十家企业", "几十万", "上千万元", "千万别走", "十分重要", "二次开发", "上半年"),
        *("月之暗面", "零一万物", "百川智能", "六小龙", "90年代", "80后", "part of it"),
    ],
)
def test_articles_vague_numbers_and_names_are_no_quantities(text: str) -> None:
    assert find_quantities(text) == ()


def test_several_quantities_come_in_text_order() -> None:
    found = find_quantities("2023年7月，17家公司投入1206亿元，同比增长41.9%。")
    assert [mention.text for mention in found] == ["2023年7月", "17家", "1206亿元", "41.9%"]


@settings(deadline=None)
@given(TEXTS)
def test_quantities_slice_back_in_order_without_overlap(text: str) -> None:
    end = 0
    for mention in find_quantities(text):
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.start >= end
        end = mention.end


@settings(deadline=None)
@given(TEXTS)
def test_every_quantity_equals_itself_and_can_be_written_in_every_language(text: str) -> None:
    for mention in find_quantities(text):
        assert same_quantity(mention, mention)
        languages: tuple[Language, ...] = ("en", "zh-Hans", "zh-Hant")
        assert all(render(mention, language) for language in languages)


@pytest.mark.parametrize(
    "text", ["7" * 200_000, "1," * 50_000, "十" * 100_000, "第" * 50_000 + "1" * 50_000, "1亿" * 20_000]
)
def test_very_long_runs_of_digits_are_survived(text: str) -> None:
    assert all(text[mention.start : mention.end] == mention.text for mention in find_quantities(text))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("38亿", "3.8 billion"),
        ("3800億元", "380 billion yuan"),
        ("RMB 380bn", "3,800亿元"),
        ("50%", "half"),
        ("百分之五十", "一半"),
        ("1206亿", "120.6 billion yuan"),
        ("17家", "17 chipmakers"),
        ("12个月", "1 year"),
        ("2月14日", "February 14, 2025"),
        ("第四", "fourth place"),
        ("7B", "70亿参数"),
        ("20倍", "20 times"),
        ("90%—95%", "90% to 95%"),
        ("1.19亿", "119.5 million"),
    ],
)
def test_the_same_quantity_is_recognised_across_languages(a: str, b: str) -> None:
    (first,), (second,) = find_quantities(a), find_quantities(b)
    assert same_quantity(first, second)
    assert same_quantity(second, first)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("38亿", "38 million"),
        ("5亿元", "$500 million"),
        ("20%", "20个百分点"),
        ("20%", "20"),
        ("17人", "17家"),
        ("March 6", "3月7日"),
        ("2024年2月", "February 2025"),
        ("2024年", "2025年"),
        ("90%—95%", "90%"),
        ("第四", "4家"),
        ("100", "102"),
    ],
)
def test_different_quantities_are_told_apart(a: str, b: str) -> None:
    (first,), (second,) = find_quantities(a), find_quantities(b)
    assert not same_quantity(first, second)
    assert not same_quantity(second, first)


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("3800亿元", "en", "380 billion yuan"),
        ("14.4萬億元", "en", "14.4 trillion yuan"),
        ("10亿美元到1500亿美元", "en", "$1 billion to $150 billion"),
        ("56%", "zh-Hans", "56%"),
        ("1.19亿", "en", "119 million"),
        ("17家", "en", "17"),
        ("2月14日", "en", "February 14"),
        ("2025年2月14日", "en", "February 14, 2025"),
        ("一半", "en", "half"),
        ("三分之二", "en", "two thirds"),
        ("第四", "en", "fourth"),
        ("20多天", "en", "over 20 days"),
        ("20个百分点", "en", "20 percentage points"),
        ("380 billion yuan", "zh-Hans", "3800亿元"),
        ("380 billion yuan", "zh-Hant", "3800億元"),
        ("$100", "zh-Hans", "100美元"),
        ("March 6", "zh-Hans", "3月6日"),
        ("17 companies", "zh-Hans", "17家"),
        ("5 months", "zh-Hant", "5個月"),
        ("three times", "zh-Hans", "3倍"),
        ("ranked 14th", "zh-Hant", "第14"),
        ("half", "zh-Hant", "一半"),
    ],
)
def test_a_quantity_is_written_in_the_askers_language(text: str, language: Language, written: str) -> None:
    (found,) = find_quantities(text)
    assert render(found, language) == written


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("$1.5 trillion", "en", "$1.5 trillion"),
        ("RMB 200m", "en", "RMB 200m"),
        ("3,800亿元", "zh-Hans", "3,800亿元"),
        ("3,800亿元", "zh-Hant", "3,800億元"),
        ("1206億元", "zh-Hans", "1206亿元"),
    ],
)
def test_a_quantity_in_the_askers_language_keeps_its_words(text: str, language: Language, written: str) -> None:
    (found,) = find_quantities(text)
    assert render(found, language) == written


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("三四月份", [3, 4]),
        ("五六月間", [5, 6]),
        ("九十月份", [9, 10]),
        ("2024年三四月", [None, 3, 4]),
        ("7、8月", [7, 8]),
        ("3至4月份", [3, 4]),
        ("in March and April", [3, 4]),
        ("十一月", [11]),
        ("二十一月", []),
    ],
)
def test_two_months_said_as_one_are_two(text: str, months: list[int | None]) -> None:
    assert [m.month for m in find_quantities(text) if isinstance(m, DateMention)] == months


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("这家公司未来三年投入多少？", {"money"}),
        ("花了多少钱？", {"money"}),
        ("多少", {"money", "percent", "count"}),
        ("有多少家企业宣布适配？", {"count"}),
        ("成本高多少倍？", {"ratio"}),
        ("下降了百分之几？", {"percent"}),
        ("市占率是多少？", {"percent"}),
        ("什么时候发布？", {"date"}),
        ("哪年成立的", {"date"}),
        ("持續多久？", {"duration"}),
        ("誰創辦了它？", {"name_person"}),
        ("哪家公司发布了它？", {"name_org"}),
        ("哪些公司接入了？", {"list"}),
        ("為什麼要開源？", {"reason"}),
        ("原因是什么？", {"reason"}),
        ("它開源了嗎？", {"yesno"}),
        ("是否盈利", {"yesno"}),
        ("排名第几？", {"ordinal"}),
        ("如何降低成本？", {"how"}),
        ("什么是具身智能？", {"definition"}),
        ("How much", {"money", "percent", "count"}),
        ("How many firms joined?", {"count"}),
        ("How many kroner did it cost?", {"money"}),
        ("How many won a prize?", {"count"}),
        ("花了多少克朗？", {"money"}),
        ("花了多少人民幣？", {"money"}),
        ("要几块钱？", {"money"}),
        ("What percentage of users stayed?", {"percent"}),
        ("When was it released?", {"date"}),
        ("How long did it take?", {"duration"}),
        ("Who founded it?", {"name_person"}),
        ("Which company released it?", {"name_org"}),
        ("Which companies use it?", {"list"}),
        ("Where is it based?", {"place"}),
        ("Why did it fall?", {"reason"}),
        ("Did it raise money?", {"yesno"}),
        ("What rank did it reach?", {"ordinal"}),
        ("How does it work?", {"how"}),
        ("What is embodied intelligence?", {"definition"}),
        ("Where does the difference lie?", {"place"}),
        ("两家的差别在哪里？", set()),
        ("總部在哪裡？", {"place"}),
        ("水卡在哪裡？", set()),
        ("在哪方面領先？", set()),
        ("towns where pears grow", set()),
        ("Tell me where it stands", {"place"}),
        ("从几月开始？", {"date"}),
        ("花了几个月？", {"duration"}),
        ("花了幾個小時？", {"duration"}),
        ("那几天为什么老是崩溃？", {"reason"}),
        ("几家公司为什么退出？", {"reason"}),
        ("有几家公司退出？", {"count"}),
        ("還有哪幾家跟著投？", {"list"}),
        ("排第几名？", {"ordinal"}),
        ("名次按什么指标排？", set()),
        ("How are websites ranked?", {"how"}),
        ("How does it rank?", {"how", "ordinal"}),
        ("最重的钟有多重？", {"money", "percent", "count"}),
        ("Where does the farm get the figures behind its ranking?", set()),
        ("Where did the money come from?", set()),
        ("When they choose a pear, what do they look at?", set()),
        ("When did they choose, and what?", {"date"}),
        ("Do you know when it was sold?", {"date", "yesno"}),
        ("What is the day job of the woman who sold it?", set()),
        ("What is the name of the woman who sold it?", {"name_person"}),
        ("What did she say about who sold it?", {"name_person"}),
        ("What day was it?", {"date"}),
        ("名单多久更新一次？", set()),
        ("他幾歲？", {"duration"}),
        ("How old is the tree?", {"duration"}),
        ("有没有公布卖了多少梨？", {"yesno"}),
        ("果園有透露什麼時候收成嗎？", {"yesno"}),
        ("公布了多少？", {"money", "percent", "count"}),
        ("Has the farm disclosed how many pears it sold?", {"yesno"}),
        ("從幾件變成幾件？", {"count"}),
        ("称了几斤梨？", {"count"}),
        ("果园2023年总收入", {"money"}),
        ("果園 2025年2月 銷量", {"count"}),
        ("share of the income that comes from pears", {"percent"}),
        ("release date for the second edition", {"date"}),
        ("revenue of the orchard", {"money"}),
        ("Does it pay for the revenue?", {"yesno"}),
        ("收入为什么少了？", {"reason"}),
        ("Tell me about robots", set()),
        ("机器人", set()),
    ],
)
def test_a_question_tells_what_kind_of_answer_it_wants(question: str, kinds: set[str]) -> None:
    assert asks_for(question) == kinds


@settings(deadline=None)
@given(st.text())
def test_any_question_has_a_set_of_kinds(question: str) -> None:
    assert asks_for(question) <= {
        *("money", "percent", "count", "date", "duration", "ordinal", "ratio", "name_person", "name_org", "place"),
        *("reason", "list", "yesno", "how", "definition"),
    }
