"""Promises of headings, lists and tables in an opened article: seen as what they are, and no offset is moved by it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Article, Span
from ui.article_blocks import blocks, only_marks
from ui.article_text import Marked, article_text
from ui.excerpt import in_brief, in_context, shown_words

PIECES = (
    *("# ", "## 茶园 ##", "- ", "  * ", "1. ", "> ", "|", "| a | b |\n", "a | b\n", "|-|-|\n", "```\n", "\\|", "\n"),
    *("words ", "词语。", " "),
)
TABLE = "| Month | Pickers |\n|:--|--:|\n| March | 312 |\n| April | 298 |\n"
NOWHERE = Span(0, 0)
_HIDDEN = re.compile("<span class='hidden'>.*?</span>", re.S)

written = st.lists(st.sampled_from(PIECES)).map("".join)


def drawn(text: str, place: Span = NOWHERE, source: str = "a.md") -> str:
    return article_text(Marked(Article("a", source, "A", "en", text), Span(0, len(text)), place), "en")


def read(html: str) -> str:
    """What a reader sees of a piece of HTML."""
    return unescape(re.sub("<[^>]*>", "", _HIDDEN.sub("", html)))


def stored(html: str) -> str:
    """All that stands between the tags."""
    return unescape(re.sub("<[^>]*>", "", html))


def cells(html: str) -> list[list[str]]:
    rows = re.findall("<tr>(.*?)</tr>", html, re.S)
    return [[read(cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)] for row in rows]


@pytest.mark.parametrize(
    ("line", "level", "words"),
    [
        ("# The ledger\n", 3, "The ledger"),
        ("###  Who counted ##  \n", 5, "Who counted"),
        ("###### 谁在数", 6, "谁在数"),
        ("# 1 #2", 3, "1 #2"),
    ],
)
def test_a_heading_is_a_heading_without_its_marks(line: str, level: int, words: str) -> None:
    html = drawn(f"{line}Text.")
    (heading,) = re.findall(f"<div class='heading h\\d' role='heading' aria-level='{level}'>(.*?)</div>", html, re.S)
    assert read(heading).startswith(words)


@pytest.mark.parametrize("line", ["#hashtag", "####### seven", "# ", "text # no", "```\n# a comment\n```"])
def test_what_is_no_heading_stays_as_it_is_written(line: str) -> None:
    assert drawn(line) == line


def test_a_table_has_rows_and_cells_and_its_first_row_names_the_columns() -> None:
    html = drawn(f"Before.\n\n{TABLE}\nAfter.")
    assert cells(html) == [["Month", "Pickers"], ["March", "312"], ["April", "298"]]
    assert html.count("<th scope='col'>") == 2
    assert "--" not in read(html)
    assert "|" not in read(html)
    assert read(html).startswith("Before.\n\n")
    assert read(html).endswith("\nAfter.")


def test_a_table_as_word_files_and_web_pages_are_read_has_rows_without_names() -> None:
    html = drawn("月份 | 人數\n三月 | 56\n四月 | 61", source="a.docx")
    assert cells(html) == [["月份", "人數"], ["三月", "56"], ["四月", "61"]]
    assert "<th" not in html


def test_an_escaped_pipe_stays_in_its_cell_and_an_empty_cell_stays_a_cell() -> None:
    html = drawn("| a \\| b | |\n|---|---|\n| c | d \\|\n")
    assert cells(html) == [["a \\| b", ""], ["c", "d \\|"]]


@pytest.mark.parametrize("text", ["Home | News | About\n\nOne line.", "```\na | b\nc | d\n```\n"])
def test_one_line_with_pipes_and_code_are_no_table(text: str) -> None:
    assert "<table" not in drawn(text)


def test_lists_show_their_items_below_one_another_with_their_depth_and_numbers() -> None:
    html = drawn("- one\n  goes on\n  - two\n* three\n2. four\n\n---\n- - -")
    items = re.findall(r"<li class='(\w+) depth-(\d)'>(.*?)</li>", html, re.S)
    assert [(kind, depth, read(words)) for kind, depth, words in items] == [
        ("bullet", "0", "one\n  goes on"),
        ("bullet", "1", "two"),
        ("bullet", "0", "three"),
        ("numbered", "0", "2. four"),
    ]
    assert html.count("<ul>") == 1
    assert read(html).endswith("\n---\n- - -")


def test_words_quoted_in_an_article_stand_apart_without_their_marks() -> None:
    html = drawn("> First.\n> Second.\nThird.")
    assert read(html) == "First.\nSecond.Third."
    assert re.search("<div class='quoted'>.*Second.*</div>Third.", html, re.S)


def test_a_plain_text_is_left_alone() -> None:
    text = f"# Title\n- item\n> quote\n{TABLE}"
    assert unescape(drawn(text, source="a.txt")) == text
    assert only_marks(text, Span(0, len(text)), "a.txt") == ()


def test_a_place_that_runs_through_a_table_is_marked_cell_by_cell() -> None:
    place = Span(TABLE.index("March"), TABLE.index("298") + 3)
    marks = re.findall("<mark>(.*?)</mark>", drawn(TABLE, place), re.S)
    assert [words.strip() for words in marks if words.strip()] == ["March", "312", "April", "298"]


@given(written, st.integers(0, 60), st.integers(0, 60))
def test_blocks_move_no_character_and_the_marked_words_are_those_of_the_offsets(
    text: str, one: int, other: int
) -> None:
    place = Span(min(one, other, len(text)), min(max(one, other), len(text)))
    html = drawn(text, place)
    assert stored(html) == text
    hidden = blocks(text, Span(0, len(text))).hidden
    seen = "".join(
        char
        for at, char in enumerate(text[place.start : place.end], start=place.start)
        if not any(span.start <= at < span.end for span in hidden)
    )
    assert "".join(stored(words) for words in re.findall("<mark>(.*?)</mark>", html, re.S)) == seen


@given(written)
def test_what_is_hidden_is_in_order_apart_and_never_a_word(text: str) -> None:
    hidden = blocks(text, Span(0, len(text))).hidden
    edges = [edge for span in hidden for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert not re.search(r"[^\W\d_]", "".join(text[span.start : span.end] for span in hidden))


def test_a_card_shows_a_passage_of_a_table_in_running_lines() -> None:
    html = in_brief(f"## Picked\n{TABLE}- and\n- so on", "a.md")
    lines = [" ".join(line.split()) for line in read(html).splitlines()]
    assert lines == ["Picked", "Month Pickers", "March 312", "April 298", "and", "so on"]
    assert "<table" not in html
    assert shown_words("## Picked\n| a | b |\n| c | d |", "a.md").split() == ["Picked", "a", "b", "c", "d"]


def test_a_quote_in_a_table_is_marked_in_its_card_character_for_character() -> None:
    quote = Span(TABLE.index("March"), TABLE.index("312") + 3)
    html = in_context(TABLE, quote, (Span(quote.end - 3, quote.end),), "a.md")
    (marked,) = re.findall("<mark>(.*?)</mark>", html, re.S)
    assert stored(marked) == TABLE[quote.start : quote.end]
    assert "<strong>312</strong>" in marked


@given(written, st.integers(0, 60), st.integers(0, 60))
def test_a_card_holds_every_character_of_what_it_shows(text: str, one: int, other: int) -> None:
    assert stored(in_brief(text, "a.md")) == text
    quote = Span(min(one, other, len(text)), min(max(one, other), len(text)))
    assert stored(in_context(text, quote, (), "a.md")) == stored(in_context(text, quote, (), "a.txt"))
