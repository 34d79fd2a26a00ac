"""Language and script are told from a text's own grammar and tell-tale characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.script import detect_language, han_share, has_letters, is_han, other_language, to_script
from rag.types import LANGUAGES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DeepSeek R1 什么时候发布?", "zh-Hans"),
        ("Kimi K2 什麼時候推出", "zh-Hant"),
        ("What does 月之暗面 mean?", "en"),
        ("WHAT IS 月之暗面", "en"),
        ("Qwen3", "en"),
        ("阿里巴巴", "zh-Hans"),
        ("Kimi K2 Moonshot AI 估值", "zh-Hans"),
        ("openai 估值", "zh-Hans"),
        ("How much did 阿里巴巴 invest in 云和硬件基础设施?", "en"),
        ("What is 阿里巴巴云计算有限公司?", "en"),
        ("Summarize 三星的财报", "en"),
        ("谁是 Sam Altman", "zh-Hans"),
        ("Manus 為何爆紅？", "zh-Hant"),
        ("昇腾芯片", "zh-Hans"),
    ],
)
def test_a_question_is_in_the_language_of_its_grammar(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_quoted_title_does_not_decide_the_language_of_a_question() -> None:
    assert detect_language("《What is a model》讲了什么") == "zh-Hans"
    assert detect_language("What does “天下没有免费的午餐” mean?") == "en"
    assert detect_language("“輸電”是什么意思") == "zh-Hans"


def test_chinese_without_a_tell_takes_the_default() -> None:
    assert detect_language("阿里巴巴", default="zh-Hant") == "zh-Hant"
    assert detect_language("阿里巴巴", default="en") == "zh-Hans"
    assert detect_language("什么", default="zh-Hant") == "zh-Hans"


def test_a_text_without_letters_takes_the_default() -> None:
    assert detect_language("2025?") == "en"
    assert detect_language("2025?", default="zh-Hant") == "zh-Hant"


def test_a_traditional_article_with_a_simplified_quotation_is_traditional() -> None:
    text = "這家公司發布了新的語言模型,並說明訓練的過程。記者問及價格,負責人只說“价格会降”,沒有談到時間。"
    assert detect_language(text) == "zh-Hant"


def test_characters_in_use_in_both_scripts_tell_nothing() -> None:
    assert detect_language("后里台只面才云系干余", default="zh-Hant") == "zh-Hant"
    assert detect_language("后里台只面才云系干余") == "zh-Hans"


def test_an_article_with_many_foreign_names_is_in_the_language_of_its_bulk() -> None:
    chinese = "DeepSeek 与 OpenAI 的竞争推动了 Qwen 和 Llama 等模型的更新，价格也随之下降。" * 5
    english = "The company, known as 月之暗面 at home, raised money again and hired more engineers. " * 5
    assert detect_language(chinese) == "zh-Hans"
    assert detect_language(english) == "en"


def test_a_share_counts_han_characters_against_latin_words() -> None:
    assert han_share("模型 GPT-4") == pytest.approx(2 / 3)
    assert han_share("don't stop") == 0.0
    assert han_share("模型") == 1.0
    assert han_share("123 !") == 0.0


@pytest.mark.parametrize("text", ["", "？！…", "😀🎉", "1️⃣", "\u3164", "——", "\n \t"])
def test_punctuation_emoji_and_invisible_letters_are_no_words(text: str) -> None:
    assert not has_letters(text)


@pytest.mark.parametrize("text", ["5", "é?", "（云）", "привет", "か"])
def test_any_letter_or_digit_is_a_word(text: str) -> None:
    assert has_letters(text)


def test_han_includes_rare_and_compatibility_characters_but_no_kana_or_punctuation() -> None:
    assert all(is_han(char) for char in "云雲〇㐀\U00020000\uf900")
    assert not any(is_han(char) for char in "あア。A한1")


@pytest.mark.parametrize(
    "text",
    ["DeepSeek とは何ですか", "Что такое DeepSeek?", "한국어로 모델 설명해", "ما هو النموذج", "東京大学の研究です"],
)
def test_a_text_mainly_in_another_script_is_another_language(text: str) -> None:
    assert other_language(text)


@pytest.mark.parametrize("text", ["α系数是多少", "What does Привет mean?", "你好", "???", "", "Qual é o modelo?"])
def test_a_foreign_word_does_not_make_another_language(text: str) -> None:
    assert not other_language(text)


def test_conversion_uses_regional_words() -> None:
    assert to_script("软件和网络", "zh-Hant") == "軟體和網路"
    assert to_script("軟體和網路", "zh-Hans") == "软件和网络"


def test_conversion_leaves_english_and_the_wanted_script_alone() -> None:
    assert to_script("软件", "en") == "软件"
    assert to_script("plain words", "zh-Hant") == "plain words"
    assert to_script("這份文件", "zh-Hant") == "這份文件"


@given(st.text())
def test_any_text_has_a_language_and_a_share(text: str) -> None:
    assert detect_language(text) in LANGUAGES
    assert 0.0 <= han_share(text) <= 1.0
    assert not (other_language(text) and not has_letters(text))
