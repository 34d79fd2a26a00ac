"""Citation marks are read from a stream, whole, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.marks import MarkReader, Token, joined


def read(*pieces: str) -> list[Token]:
    reader = MarkReader()
    tokens = [token for piece in pieces for token in reader.feed(piece)]
    return joined(tokens + reader.close())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Rain fell [1]", (1,)),
        ("下雨了【2】", (2,)),
        ("下雨了［１２］", (12,)),
        ("Rain fell [1, 3]", (1, 3)),
        ("下雨了[1、3]", (1, 3)),
        ("Rain fell [2-4]", (2, 3, 4)),
        ("Rain fell [2–4, 7]", (2, 3, 4, 7)),
        ("Rain fell [^5]", (5,)),
        ("Rain fell [Source 3]", (3,)),
        ("下雨了[来源 3]", (3,)),
        ("Rain fell【4†L10-L12】", (4,)),
        ("Rain fell [1 and 2]", (1, 2)),
    ],
)
def test_every_way_of_writing_a_mark_is_read(text: str, numbers: tuple[int, ...]) -> None:
    tokens = read(text)
    assert [token.numbers for token in tokens if token.numbers] == [numbers]
    assert tokens[0].text in ("Rain fell", "下雨了")


def test_marks_that_follow_each_other_are_all_read() -> None:
    assert read("A [1][2] and B [3].") == [
        Token("A"),
        Token(numbers=(1,)),
        Token(numbers=(2,)),
        Token(" and B"),
        Token(numbers=(3,)),
        Token("."),
    ]


@pytest.mark.parametrize(
    "text", ["a list [x, y] of things", "see [note]", "an array a[i] here", "【注意】小心", "[]", "[-]"]
)
def test_brackets_that_are_no_marks_stay_text(text: str) -> None:
    assert read(text) == [Token(text)]


@pytest.mark.parametrize("end", [" [", " [1", "【1", " [1, ", " [source 1", "【3†L1"])
def test_a_mark_cut_off_by_the_end_is_not_shown(end: str) -> None:
    assert read("Rain fell" + end) == [Token("Rain fell")]


def test_nothing_of_a_mark_is_shown_before_it_is_whole() -> None:
    reader = MarkReader()
    shown = [token for char in "Rain fell [12" for token in reader.feed(char)]
    assert "".join(token.text for token in shown) == "Rain fell"
    assert reader.feed("]") == [Token(numbers=(12,))]


_TEXT = st.lists(
    st.sampled_from([*"a字 1]【】［］[,-†^.\n", "[1]", "【2】", " [3, 4]", "[1-2]", "word ", "来源"]), max_size=25
)


@given(_TEXT, st.randoms(use_true_random=False))
def test_any_cutting_of_the_stream_gives_the_same_tokens(parts: list[str], random: object) -> None:
    text = "".join(parts)
    cuts = sorted(random.sample(range(len(text) + 1), min(4, len(text) + 1)))  # type: ignore[attr-defined]
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces) == read(text) == read(*text)


@given(st.text(alphabet=st.characters(exclude_characters="[]【】［］"), max_size=60))
def test_text_without_brackets_comes_through_unchanged(text: str) -> None:
    assert "".join(token.text for token in read(*text)) == text
