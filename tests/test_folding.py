"""Folded texts compare equal across script, width, case and regional words, and map back to the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.folding import fold, fold_text

MIXED = (
    st.text(alphabet=st.sampled_from("軟體資訊網際路隨身碟程式尼日利亞的模型云雲 Ａa，.\n㍿é\u0301\u200b\ufe0fİﬁ字"))
    | st.text()
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＤｅｅｐＳｅｅｋ，Ｒ１", "deepseek,r1"),
        ("網際網路", "互联网"),
        ("軟體", "软件"),
        ("ﬁve", "five"),
        ("㍿", "株式会社"),
        ("Straße", "strasse"),
        ("Deep\u200bSeek", "deepseek"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_width_case_script_and_regional_words_fold(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("奈及利亞", "尼日利亚"),
        ("尼日", "尼日尔"),
        ("厄瓜多", "厄瓜多尔"),
        ("塔吉克", "塔吉克斯坦"),
        ("應用程式", "应用程序"),
        ("檔案", "文件"),
        ("隨身碟", "U盘"),
    ],
)
def test_regional_words_meet_their_simplified_form(traditional: str, simplified: str) -> None:
    assert fold_text(traditional) == fold_text(simplified)
    assert fold_text(fold_text(traditional)) == fold_text(traditional)


def test_simplified_country_names_are_not_doubled() -> None:
    for name in ("尼日利亚", "尼日尔", "厄瓜多尔", "塔吉克斯坦"):
        assert fold_text(name) == name


def test_composed_and_decomposed_letters_fold_alike() -> None:
    assert fold_text("Cafe\u0301") == fold_text("Café") == "café"
    assert fold_text("\u1025\u102e") == fold_text("\u1026")


@pytest.mark.parametrize(
    ("text", "part", "original"),
    [
        ("我用網際網路看", "互联网", "網際網路"),
        ("我用網際網路看", "看", "看"),
        ("買隨身碟x", "u盘", "隨身碟"),
        ("買隨身碟x", "x", "x"),
        ("第一行\n這個軟體好\n隨身碟壞了", "坏", "壞"),
        ("㍿和模型", "模型", "模型"),
        ("Deep\u200bSeek R1", "seek", "Seek"),
        ("ＡＢＣ模型", "bc", "ＢＣ"),
    ],
)
def test_a_folded_part_maps_to_the_original_words(text: str, part: str, original: str) -> None:
    folded = fold(text)
    at = folded.text.index(part)
    start, end = folded.original_span(at, at + len(part))
    assert text[start:end] == original


def test_a_span_outside_the_folded_text_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        fold("模型").original_span(1, 3)
    with pytest.raises(ValueError, match="outside"):
        fold("模型").original_span(-1, 1)


def test_texts_of_invisible_characters_fold_to_nothing() -> None:
    assert fold("\u200b\u200d").text == ""
    assert fold("").original_span(0, 0) == (0, 0)


@given(MIXED)
def test_every_folded_character_maps_into_the_original_in_order(text: str) -> None:
    folded = fold(text)
    assert folded.text == fold_text(text)
    previous = (0, 0)
    for at in range(len(folded.text)):
        start, end = folded.original_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous[0]
        assert end >= previous[1]
        previous = (start, end)


@given(MIXED, st.integers(0, 40), st.integers(0, 40))
def test_any_folded_span_maps_to_an_original_span(text: str, one: int, other: int) -> None:
    folded = fold(text)
    start, end = sorted((min(one, len(folded.text)), min(other, len(folded.text))))
    first, last = folded.original_span(start, end)
    assert 0 <= first <= last <= len(text)


@given(MIXED)
def test_case_does_not_matter_to_ascii(text: str) -> None:
    swapped = "".join(char.swapcase() if char.isascii() else char for char in text)
    assert fold_text(swapped) == fold_text(text)


def test_a_nul_ends_nothing() -> None:
    assert fold_text("軟體\0網路") == "软件\ufffd网络"
    assert fold("\0軟體").original_span(1, 3) == (1, 3)
