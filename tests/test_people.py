"""People are found by a sign beside their names, in the original script, and few other things are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.people import find_people, may_hold_bare_name


def named(text: str) -> list[str]:
    return [mention.text for mention in find_people(text)]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("王晓岚表示，大桥将在秋天通车。", ["王晓岚"]),
        ("創辦人陳怡君指出，明年會開第二家店。", ["陳怡君"]),
        ("餐廳老闆林美玲表示，湯要熬六小時。", ["林美玲"]),
        ("据张伟介绍，这条路线很受欢迎。", ["张伟"]),
        ("在周敏看来，价格偏高。", ["周敏"]),
        ("分析師林志明、研究员王芳，都到了。", ["林志明", "王芳"]),
        ("欧阳娜娜表示满意，諸葛明說不。", ["欧阳娜娜", "諸葛明"]),
        ("她向记者透露，李强说过此事。", ["李强"]),
        ("会计骆小满把账抄好。", ["骆小满"]),
        ("技術員尹若溪在配方裡加了竹漿。", ["尹若溪"]),
    ],
)
def test_a_chinese_name_is_found_by_its_title_or_a_verb_of_speaking(text: str, people: list[str]) -> None:
    assert named(text) == people


@pytest.mark.parametrize("text", ["记者 刘洋 报道", "文｜刘洋", "文/刘洋\n湖水变清了。", "作者：刘洋 "])
def test_the_author_of_an_article_is_found_in_its_byline(text: str) -> None:
    assert named(text) == ["刘洋"]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ('"It works," said engineer Tom Halloran.', ["Tom Halloran"]),
        ("Jane Ferris, who leads the yard, left.", ["Jane Ferris"]),
        ("Mary-Jane K. Watson wrote to the mayor.", ["Mary-Jane K. Watson"]),
        ("Anna O'Neill told reporters.", ["Anna O'Neill"]),
        ("José García and Ronald McDonald said no.", ["Ronald McDonald"]),
        ("José García said no.", ["José García"]),
        ("Mr. Smith’s plan failed.", ["Smith"]),
        ("CEO Jane Ferris's plan failed.", ["Jane Ferris"]),
        ("President Lin Wei said the reef recovers.", ["Lin Wei"]),
    ],
)
def test_an_english_name_is_found_by_its_title_or_what_it_does(text: str, people: list[str]) -> None:
    assert named(text) == people


@pytest.mark.parametrize(
    "text",
    [
        "",
        "北京表示欢迎。",
        "高通表示将发布芯片。",
        "高管表示要涨价。",
        "马上就要下雨了。",
        "周一表示不行。",
        "向记者表示感谢。",
        "金融分析师表示看好。",
        "The White House said no.",
        "In New York, a man waited.",
        "Last Monday the chief left.",
        "the harbour said nothing",
        "Jane Ferris",
    ],
)
def test_places_companies_and_other_words_are_not_taken_for_people(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize("text", ["女儿卓以宁负责这道工序。", "張予彤在社群媒體上透露此事。"])
def test_a_bare_name_may_be_a_person(text: str) -> None:
    assert may_hold_bare_name(text)


@pytest.mark.parametrize("text", ["", "任何公司都可以用，金融业也一样方便。", "高层向来如此。", "On Monday it rained."])
def test_common_words_are_no_persons(text: str) -> None:
    assert not may_hold_bare_name(text)


PARTS = st.sampled_from(
    [
        "王",
        "晓岚",
        "表示",
        "，",
        "记者 ",
        "欧阳",
        "創辦人",
        "President ",
        "Jane ",
        "Ferris ",
        "said ",
        "Mr. ",
        "\n",
        "高",
        "的",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=14).map("".join))
def test_mentions_slice_the_text_in_order_and_never_overlap(text: str) -> None:
    mentions = find_people(text)
    assert all(text[mention.start : mention.end] == mention.text != "" for mention in mentions)
    assert all(one.end <= other.start for one, other in pairwise(mentions))
