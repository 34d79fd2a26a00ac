"""The language and script of an answer: judged by its own words, converted outside its quotations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.answer_language import converted, fits
from rag.types import LANGUAGES, Language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The repair cost 2.4 million pounds [1]."),
        ("en", "BYD (比亚迪) sold 3 million cars, and 宁德时代 supplied the batteries [1]."),
        ("en", "The three firms are 比亚迪, 宁德时代 and 蔚来 [1]."),
        ("en", "The article is called 《白沙島的渡輪》 and praises the quiet of the boat [1]."),
        ("en", "The captain says: “渡輪航行的時候幾乎沒有聲音，乘客都很高興” [1]."),
        ("en", "比亚迪 [1]"),
        ("en", "2.4 million"),
        ("en", ""),
        ("zh-Hans", "维修花费了240万英镑[1]。"),
        ("zh-Hans", "OpenAI、Anthropic 和 Google DeepMind [1]"),
        ("zh-Hans", "Moonshot AI"),
        ("zh-Hans", "2.4 million pounds"),
        ("zh-Hans", "文中写道：“The lamp is visible from thirty miles away, says the engineer”[1]。"),
        ("zh-Hans", "Qwen3-235B-A22B 由阿里云发布 [1]。"),
        ("zh-Hans", "请运行 `pip install the package and then run it again` 再试[1]。"),
        ("zh-Hant", "維修花費了240萬英鎊[1]。"),
        ("zh-Hant", "他說：“这里的灯光三十英里外都能看见”[1]。"),
    ],
)
def test_names_quotations_code_and_numbers_do_not_make_an_answer_foreign(language: Language, text: str) -> None:
    assert fits(text, language) == "fits"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "维修花费了240万英镑，由渔民协会支付[1]。"),
        ("en", "維修花費了240萬英鎊，由漁民協會支付[1]。"),
        ("en", "The lighthouse 在关闭了十一年之后重新点亮，费用由渔民协会支付 again [1]."),
        ("en", "修理の費用は漁師組合が支払いました[1]。"),
        ("en", "Ремонт оплатила гильдия рыбаков в прошлом году."),
        ("zh-Hans", "The repair cost 2.4 million pounds and was paid by the guild [1]."),
        ("zh-Hant", "The repair cost 2.4 million pounds and was paid by the guild [1]."),
        ("zh-Hans", "根据资料，the repair was paid by the guild of the fishermen in the bay [1]。"),
        ("zh-Hans", "수리 비용은 어부 조합이 지불했습니다."),
    ],
)
def test_an_answer_in_another_language_is_seen(language: Language, text: str) -> None:
    assert fits(text, language) == "language"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-Hans", "維修花費了240萬英鎊[1]。"),
        ("zh-Hant", "维修花费了240万英镑[1]。"),
        ("zh-Hant", "維修花費了240萬英鎊，由渔民支付[1]。"),
    ],
)
def test_the_other_script_is_seen_also_where_it_is_mixed_in(language: Language, text: str) -> None:
    assert fits(text, language) == "script"
    assert fits(converted(text, language), language) == "fits"


def test_conversion_changes_regional_words_and_leaves_quotations() -> None:
    text = "他说：“这里的网络很好”，软件也很好[1]。"
    assert converted(text, "zh-Hant") == "他說：“这里的网络很好”，軟體也很好[1]。"
    assert converted("軟體和網路很好。「島民的船票」[2]", "zh-Hans") == "软件和网络很好。「島民的船票」[2]"
    assert converted('他說"這裡"，很遠', "zh-Hans") == '他说"這裡"，很远'
    assert converted("见 https://例.org/网络 和 `网络`，网络", "zh-Hant") == "見 https://例.org/网络 和 `网络`，網路"


def test_a_text_in_the_right_script_is_unchanged() -> None:
    for text in ("台北的里長說得對", "皇后在樓上", "公里數"):
        assert converted(text, "zh-Hant") == text
    assert converted("維修费用", "en") == "維修费用"


@settings(max_examples=60, deadline=None)
@given(st.text("渔漁说說网络網路a1 。[]\n", max_size=60), st.sampled_from(LANGUAGES))
def test_a_quotation_survives_any_conversion(text: str, language: Language) -> None:
    assert "“渔漁”" in converted(f"{text}“渔漁”{text}", language)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_any_text_can_be_judged_and_english_changes_nothing(text: str, language: Language) -> None:
    assert fits(text, language) in ("fits", "script", "language")
    assert converted(text, "en") == text
