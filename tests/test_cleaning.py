"""Cleaning: what is marked as not article, and above all what is not."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingestion.cleaning import MOST_MARKED, find_boilerplate, is_furniture

PROSE = (
    "The new harbour opened on Monday after nine years of work, and the mayor spoke of a great day for the town.\n"
    "Costs\n"
    "It cost 40 million, which is twice what had been planned when the council voted for it in the spring of 2015.\n"
    "The next step is a second pier that will be longer than the first, and nobody knows yet who will pay for it.\n"
)
_BREAK = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]")
HEADLINES = (
    "Ferry company orders three electric ships from a yard in the north\n"
    "Museum shows paintings of the coast for the first time in a century\n"
    "New bus line connects the station with the university every ten minutes\n"
)
CHINESE = (
    "港口在九年的施工之后终于在星期一开放，市长说这一天对全城的人来说都是值得记住的日子，许多居民一早就来到码头。\n"
    "费用与计划\n"
    "工程一共花费四千万元，是二〇一五年春天议会表决时所计划的两倍，其中一半由市政府承担，另外一半来自企业的捐助。\n"
    "下一步是修建第二座码头，它将比第一座更长，但是目前没有人知道这笔钱应当由谁来出，讨论预计要持续到明年的夏天。\n"
)


def marked(text: str, pages: tuple[int, ...] = ()) -> list[str]:
    """The marked lines of a text."""
    spans = find_boilerplate(text, "en", pages=pages)
    return [line.strip() for span in spans for line in text[span.start : span.end].splitlines() if line.strip()]


@pytest.mark.parametrize("lead_in", ["", "See also\n", "Related stories:\n", "Veja também\n", "## Read more\n"])
def test_headlines_of_other_stories_at_the_end_are_marked(lead_in: str) -> None:
    assert marked(PROSE + lead_in + HEADLINES) == (lead_in + HEADLINES).splitlines()


@pytest.mark.parametrize("lead_in", ["相关阅读\n", "延伸閱讀：\n", "【推荐阅读】\n", "猜你喜欢\n"])
def test_chinese_lists_of_other_stories_are_marked(lead_in: str) -> None:
    tail = lead_in + "轮渡公司向北方船厂订购三艘电动船\n博物馆展出百年未见的海岸风景画\n"
    assert marked(CHINESE + tail) == tail.splitlines()


def test_a_list_of_links_after_a_lead_in_is_marked() -> None:
    assert marked(PROSE + "Related\n- Ferry orders\n- Bus line\n") == ["Related", "- Ferry orders", "- Bus line"]


@pytest.mark.parametrize(
    "tail",
    [
        "The council will vote on these points:\n" + HEADLINES,
        "- " + HEADLINES.replace("\n", "\n- ").removesuffix("- "),
        "Harbour\nPier\nCrane\nFerry\n",
        "Pier | Length in metres | Year of opening\nEast | 90 | 2024 in spring\nWest | 80 | 2015 in autumn\n",
        HEADLINES + "That was all that the council decided in its meeting of last week, the mayor said.\n",
        "See also the report of the council, which lists every bill that was paid since 2015.\n",
        HEADLINES.split("\n")[0] + "\n",
    ],
)
def test_lists_that_may_belong_to_the_article_are_kept(tail: str) -> None:
    assert marked(PROSE + tail) == []


def test_an_article_that_is_a_list_is_kept() -> None:
    items = "".join(f"- Point {n} of the plan says that the harbour needs {n} cranes more\n" for n in range(2, 14))
    assert marked(items) == []


def test_section_headings_are_kept() -> None:
    assert marked(PROSE) == []
    assert marked(CHINESE) == []
    assert marked("## Costs\n\n" + PROSE + "\n## Costs\n\n" + PROSE.replace("Monday", "Tuesday")[:100]) == []


@pytest.mark.parametrize(
    "line",
    [
        "文 | 港口周刊 李某某", "編輯 | 王 某", "本报记者 张某某 上海报道", "记者 李某 北京报道", "王某/制图",
        "李某／攝",
        "资料来源：根据港口年报整理", "圖片來源：港務局", "责任编辑：张某", "（記者王某某／台北報導）",
        "图1：新港口的平面图",
        "▲ 新码头的夜景", "图为新港口", "版权所有，转载必究", "未经书面授权，不得转载本文", "分享到微信",
        "扫码关注我们", "閱讀原文",
        "Photo: Jane Doe", "Photograph by Jane Doe", "Source: Harbour Authority",
        "Reporting by Jane Doe; editing by A. N. Other",
        "Written by Jane Doe", "Figure 3: The new pier", "© 2024 Harbour News", "Copyright 2024 Harbour News Ltd.",
        "All rights reserved.", "We use cookies to improve your experience.", "Accept all cookies",
        "Share this article",
        "Subscribe to our newsletter", "Advertisement", "Page 3 of 9", "第 3 页 共 9 页",
        "Read more: Ferry company orders ships",
        "延伸閱讀：渡輪公司訂購三艘電動船",
    ],
)  # fmt: skip
def test_credits_captions_and_page_furniture_are_recognised(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "（文中张某为化名。）", "(文中李某為化名。)", "编辑部决定明年停刊。",
        "记者在现场看到，码头上已经停了三艘船。", "作者认为，费用还会增加。",
        "来源不明的资金占了一半。", "设计：从草图到成品", "订阅制的未来", "分享经济", "图书馆的故事",
        "版权所有者是谁？", "-01- 一个新的港口",
        "Copyright law changed in 2020.", "Share prices fell by 3%.", "Sharing the cost",
        "By Monday the harbour was full.",
        "Sources close to the council said so.", "Figure 3: The pier is now 90 metres long, twice what it was.",
        "Related work", "Photography is allowed.", "Subscribe to win", "We use cranes.", "1,500", "Twitter", "42",
        "第一章 港口", "第3页写道，码头将于明年完工。",
    ],
)  # fmt: skip
def test_sentences_and_headings_are_no_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_bylines_are_marked_near_the_edges_only() -> None:
    text = "A harbour opens\nBy Jane Doe and John Q. Public\n" + PROSE
    assert marked(text) == ["By Jane Doe and John Q. Public"]
    middle = "".join(
        f"The council met in room {n} and talked of the {n} piers that it would like.\n" for n in range(20)
    )
    assert marked(middle + "By Train Through Europe\n" + middle.replace("room", "hall")) == []


def test_a_pulled_quote_is_marked_where_it_stands_alone() -> None:
    quote = "这一天对全城的人来说都是值得记住的日子，许多居民一早就来到码头。"
    text = CHINESE.replace("费用与计划\n", f"{quote.replace('，', '， ')}\n费用与计划\n")
    assert marked(text) == [quote.replace("，", "， ")]


def test_a_pulled_quote_in_the_other_script_is_marked() -> None:
    quote = "這一天對全城的人來說都是值得記住的日子，許多居民一早就來到碼頭。"
    assert marked(CHINESE + quote + "\n") == [quote]


def test_a_pulled_quote_with_another_beginning_is_marked() -> None:
    quote = "港口一共花费四千万元，是二〇一五年春天议会表决时所计划的两倍。"
    assert marked(CHINESE + quote + "\n") == [quote]


def test_a_paragraph_with_another_number_is_no_pulled_quote() -> None:
    text = "The harbour cost 40 million and took nine years to build. " + PROSE
    assert marked(text + "The harbour cost 50 million and took nine years to build.\n") == []


def test_the_second_of_two_equal_paragraphs_is_marked() -> None:
    paragraph = PROSE.splitlines()[2]
    spans = find_boilerplate(PROSE + paragraph, "en")
    assert [(span.start, span.end) for span in spans] == [(len(PROSE), len(PROSE) + len(paragraph))]


def test_running_headers_and_page_numbers_are_marked_in_texts_with_pages() -> None:
    pages = [
        f"Harbour Report 2024\n\n{n}\n\n{line}"
        for n, line in enumerate(PROSE.splitlines()[2:] + CHINESE.splitlines()[2:], 1)
    ]
    text = "\n\n".join(pages)
    starts = tuple(text.index(page) for page in pages)
    assert marked(text, starts) == [line for n in range(1, 5) for line in ("Harbour Report 2024", str(n))]
    assert marked(text) == []


@given(
    st.lists(
        st.sampled_from(
            [
                *PROSE.splitlines(),
                *HEADLINES.splitlines(),
                *CHINESE.splitlines(),
                "See also",
                "文 | 某某",
                "3",
                "- a",
                "",
                " ",
            ]
        )
    ).map("\n".join)
    | st.text()
)
def test_spans_are_ordered_whole_lines_and_never_most_of_a_text(text: str) -> None:
    spans = find_boilerplate(text, "en", pages=(0, len(text) // 2))
    assert all(a.end < b.start for a, b in itertools.pairwise(spans))
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        assert not _BREAK.split(text[: span.start])[-1].strip()
        assert not _BREAK.split(text[span.end :])[0].strip()
    visible = len("".join(text.split()))
    assert sum(len("".join(text[span.start : span.end].split())) for span in spans) <= MOST_MARKED * visible + 1
