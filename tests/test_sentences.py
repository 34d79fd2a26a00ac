"""Sentences end where a reader would say so, and their spans hold everything that can be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import LONGEST, is_heading_line, split_sentences


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def test_chinese_marks_end_sentences() -> None:
    assert cut("价格降了。为什么？因为便宜！他没说；她说了……后来呢") == [
        "价格降了。",
        "为什么？",
        "因为便宜！",
        "他没说；",
        "她说了……",
        "后来呢",
    ]


def test_half_width_marks_end_sentences_between_han_characters() -> None:
    assert cut("價格降了.為什麼?因為便宜!他沒說;她說了") == [
        "價格降了.",
        "為什麼?",
        "因為便宜!",
        "他沒說;",
        "她說了",
    ]


def test_half_width_commas_and_colons_do_not_end_sentences() -> None:
    text = "今年3月,新模型(代號:甲)上線,用戶很多。"
    assert cut(text) == [text]


def test_english_marks_end_sentences() -> None:
    assert cut("Prices fell. Why? Costs fell too! Nobody knew; they guessed.") == [
        "Prices fell.",
        "Why?",
        "Costs fell too!",
        "Nobody knew; they guessed.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It grew 3.5 percent with R1.5 and GPT-4.1 in use.",
        "The U.S. market leads and the U.S. Congress watches.",
        "Acme Inc. Chairman Jones met Dr. Smith at 5 p.m. on Monday.",
        "Some tools, e.g. Python, are free.",
        "See No. 5 and Fig. 2 for more.",
        "J. K. Smith and A. B. Jones wrote it.",
        "Z.ai and 01.AI post at https://example.com/a?b=1.2;c=3 and on example.org every day.",
        "He paused... then went on.",
        "模型 k1.5 的成绩提高了2.3个百分点。",
        "They asked (why not?) and left.",
        "“Is it free?” asked one user.",
    ],
)
def test_stops_inside_numbers_names_and_asides_do_not_end_a_sentence(text: str) -> None:
    assert cut(text) == [text]


def test_an_abbreviation_can_end_a_sentence() -> None:
    assert cut("They sell in the U.S. The firm grew.") == ["They sell in the U.S.", "The firm grew."]
    assert cut("It was bought by Acme Inc. However, nobody knew.") == [
        "It was bought by Acme Inc.",
        "However, nobody knew.",
    ]


def test_a_version_at_a_real_end_ends_the_sentence() -> None:
    assert cut("They released R1. Users came.") == ["They released R1.", "Users came."]
    assert cut("他们发布了R1.用户来了。") == ["他们发布了R1.", "用户来了。"]


def test_a_name_in_lower_case_can_open_a_sentence() -> None:
    assert cut("Sales grew. iPhone prices fell.") == ["Sales grew.", "iPhone prices fell."]


def test_closing_quotes_brackets_and_footnotes_stay_with_their_sentence() -> None:
    assert cut("他说：“可以。”后来变了。") == ["他说：“可以。”", "后来变了。"]
    assert cut("「好。」她走了。（完。）再見") == ["「好。」", "她走了。", "（完。）", "再見"]
    assert cut('He said "yes." She left.[1] It ended.[2][3]') == ['He said "yes."', "She left.[1]", "It ended.[2][3]"]


def test_a_straight_quote_that_opens_goes_to_the_next_sentence() -> None:
    assert cut('他走了。"我累了。"她说') == ["他走了。", '"我累了。"', "她说"]


def test_a_quotation_inside_a_sentence_does_not_end_it() -> None:
    for text in ("“好。”，他说", "“好!”,他說", "他问“怎么办？”的时候没人回答", "《去哪里？》一书卖得很好"):
        assert cut(text) == [text]


def test_a_semicolon_in_an_aside_does_not_end_the_sentence() -> None:
    text = "该公司（总部在北京；成立于2000年）宣布降价。"
    assert cut(text) == [text]


def test_headings_list_items_and_empty_lines_end_a_sentence() -> None:
    assert cut("# Prices\nThey fell.\n- first\n- second one\n1. third\n\nShort\n\nlast") == [
        "# Prices",
        "They fell.",
        "- first",
        "- second one",
        "1. third",
        "Short",
        "last",
    ]


def test_a_colon_at_a_line_end_ends_a_sentence() -> None:
    assert cut("The committee that was set up last year named three reasons:\nprice, speed and size.") == [
        "The committee that was set up last year named three reasons:",
        "price, speed and size.",
    ]


def test_wrapped_english_prose_goes_on_over_line_ends() -> None:
    text = (
        "The committee said on Monday that the rules for exports of\n"
        "Dutch machines would be reviewed, and that members from the\n"
        "industry would be heard before the end of the year."
    )
    assert cut(text) == [text]


def test_a_short_line_before_prose_is_a_sentence_of_its_own() -> None:
    assert cut("New rules for exports\nThe committee met on Monday.") == [
        "New rules for exports",
        "The committee met on Monday.",
    ]


def test_a_long_headline_does_not_run_into_the_paragraph() -> None:
    headline = "Committee to review the rules for exports of machines within a year"
    body = "The committee said on Monday that it would hear members of the industry before it decides on new rules."
    assert cut(f"{headline}\n{body}") == [headline, body]


def test_a_sentence_broken_by_the_page_layout_goes_on() -> None:
    text = "据统计，已经有数十家企业宣布支持它，其中包括几家手机厂（原来的电\n\n信设备商）以及云服务公司，还会增加。"
    assert cut(text) == [text]
    english = (
        "The report says that the number of users went up again in the\n\nsecond half of the year, when prices fell."
    )
    assert cut(english) == [english]


def test_a_title_does_not_run_into_the_first_paragraph() -> None:
    title = "多家企业宣布支持新模型，云服务市场的价格格局正在发生变化"
    body = "截至二月中旬，已经有数十家企业宣布支持这个模型，预计还会增加。"
    assert cut(f"{title}\n\n{body}") == [title, body]


def test_a_subheading_between_paragraphs_stands_alone() -> None:
    assert cut(
        "一家公司宣布降价，其他公司也跟着降价，市场因此发生了很大变化。\n\n降低门槛\n\n业内人士认为这是好事。"
    ) == [
        "一家公司宣布降价，其他公司也跟着降价，市场因此发生了很大变化。",
        "降低门槛",
        "业内人士认为这是好事。",
    ]


def test_a_sentence_without_end_is_cut_at_a_clause() -> None:
    text = "价格下降了" * 30 + "，" + "用户增加了" * 70
    assert [len(piece) for piece in cut(text)] == [151, 350]
    assert [len(piece) for piece in cut("word " * 200)] == [399, 399, 199]
    assert [len(piece) for piece in cut("字" * 900)] == [400, 400, 100]


def test_marks_without_words_make_no_sentence_between_others() -> None:
    assert cut("！！！ 真的。") == ["！！！ 真的。"]


def test_empty_texts_have_no_sentences() -> None:
    assert split_sentences("") == split_sentences(" \n\u3000\x1c") == ()


def test_heading_lines_are_told_from_prose() -> None:
    assert is_heading_line("## 结论。")
    assert is_heading_line("降低硬件门槛")
    assert is_heading_line("Cost advantage drives adoption")
    assert not is_heading_line("价格降了。")
    assert not is_heading_line("- an item")
    assert not is_heading_line("")
    assert not is_heading_line("字" * 40)


@given(
    st.text(alphabet=st.sampled_from("ab Z1.。！?;；，”“\"'()（）[]\n\r\u3000字中-#…*")) | st.text(), st.integers(0, 2)
)
def test_spans_are_ordered_and_hold_all_that_is_visible(text: str, repeat: int) -> None:
    text = text * (1 + 40 * repeat)
    position = 0
    for span in split_sentences(text):
        assert not text[position : span.start].strip()
        piece = text[span.start : span.end]
        assert piece
        assert piece == piece.strip()
        assert len(piece) <= LONGEST
        assert all(piece[inner.start : inner.end].strip() for inner in split_sentences(piece))
        position = span.end
    assert not text[position:].strip()
