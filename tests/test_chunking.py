"""Chunking: passages are slices of whole sentences, sized, sectioned and complete."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingestion.chunking import OVERFULL, CountPieces, chunk
from rag.ingestion.headings import find_headings
from rag.text.sentences import split_sentences
from rag.types import Article, Language, Passage, Span

SENTENCES = [f"The old harbour has {n} cranes and one is new." for n in range(10, 40)]
LONG = "The harbour opened on Monday after nine years of work. It cost 40 million, twice the plan."


def article(text: str, language: Language = "en", title: str = "T", boilerplate: tuple[Span, ...] = ()) -> Article:
    """An article with this text."""
    return Article("a", "a.txt", title, language, text, boilerplate=boilerplate)


def words(texts: Sequence[str]) -> list[int]:
    """A stand-in for the model's count of pieces."""
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def cut(text: str, most: int = 30, **values: object) -> tuple[Passage, ...]:
    """The passages of an English text, sized in words."""
    return chunk(article(text, **values), words, most)  # type: ignore[arg-type]


def test_a_short_article_is_one_passage() -> None:
    (passage,) = cut(LONG)
    assert (passage.start, passage.end, passage.text, passage.heading) == (0, len(LONG), LONG, "")


def test_passages_are_filled_up_to_the_maximum_and_share_one_sentence() -> None:
    passages = cut(" ".join(SENTENCES[:7]), 30)
    # ten words a sentence: three in a passage, the first of which closes the passage before
    assert [passage.text for passage in passages] == [
        " ".join(SENTENCES[0:3]), " ".join(SENTENCES[2:5]), " ".join(SENTENCES[4:7]),
    ]  # fmt: skip


def test_overlap_can_be_turned_off() -> None:
    passages = chunk(article(" ".join(SENTENCES[:6])), words, 30, overlap_sentences=0)
    assert [passage.text for passage in passages] == [" ".join(SENTENCES[:3]), " ".join(SENTENCES[3:6])]


def test_a_sentence_longer_than_the_maximum_stands_alone() -> None:
    long = "The " + "very " * 40 + "old harbour is closed."
    passages = cut(f"{SENTENCES[0]} {long} {SENTENCES[1]}", 30)
    assert [passage.text for passage in passages] == [SENTENCES[0], long, SENTENCES[1]]


def test_a_small_tail_joins_the_passage_before() -> None:
    passages = cut(" ".join(SENTENCES[:3]) + " That was all.", 30)
    assert [passage.text for passage in passages] == [" ".join(SENTENCES[:3]) + " That was all."]


def test_passages_do_not_cross_headings() -> None:
    text = f"# Report\n\n{LONG}\n\n## Costs\n\n{LONG}\n\n### Who *pays*\n\n{LONG}\n\n## Next\n\n{LONG}"
    passages = cut(text, 100, title="Report")
    assert [passage.heading for passage in passages] == ["", "Costs", "Costs › Who pays", "Next"]
    assert all(passage.text == LONG for passage in passages)


def test_short_lines_between_prose_are_headings() -> None:
    text = f"A harbour opens\n{LONG}\nWhat it cost\n{LONG}\n-02- 下一步\n{LONG}\n"
    assert [heading.title for heading in find_headings(text)] == ["A harbour opens", "What it cost", "下一步"]


@pytest.mark.parametrize(
    "text",
    [
        "Some of the people who came to see the harbour\nhad walked for hours to be there on the first\nday of the "
        "year and they were not disappointed\nby what they saw when the sun came up at last.",
        f"{LONG}\n需要指出的是，与其他城市相比\n{LONG}",
        f"{LONG}\n- one pier\n- two piers\n{LONG}",
        f"{LONG}\nPier | Length\nEast | 90\n{LONG}",
        f"{LONG}\nThe end",
        f"```\n# a comment in code\n```\n{LONG}",
    ],
)
def test_other_short_lines_are_no_headings(text: str) -> None:
    assert find_headings(text) == ()


def test_an_article_of_headings_only_gives_them_as_text() -> None:
    (passage,) = cut("# Harbour\n\n## Pier\n")
    assert passage.text == "# Harbour\n\n## Pier"


def test_a_heading_with_nothing_below_is_text() -> None:
    passages = cut(f"## Costs\n\n{LONG}\n\n## To be written\n")
    assert [passage.text for passage in passages] == [f"{LONG}\n\n## To be written"]


def test_boilerplate_is_in_no_passage() -> None:
    text = f"{LONG}\n\nPhoto: Jane Doe\n\n{LONG}"
    start = text.index("Photo")
    passages = cut(text, 100, boilerplate=(Span(start, start + len("Photo: Jane Doe")),))
    assert [passage.text for passage in passages] == [LONG, LONG]


def test_a_text_without_letters_gives_nothing() -> None:
    assert cut("*** ---\n\n…") == ()


def test_a_passage_in_another_language_says_so() -> None:
    chinese = "港口在九年的施工之后终于在星期一开放，市长说这一天对全城的人来说都是值得记住的日子。"
    english = "The harbour opened on Monday after nine years of work, said the mayor of the town."
    passages = chunk(article(f"## A\n\n{chinese}\n\n## B\n\n{english}", "zh-Hans"), characters, 180)
    assert [passage.language for passage in passages] == ["zh-Hans", "en"]


def test_a_chinese_passage_keeps_the_script_of_its_article() -> None:
    passages = chunk(article("DeepSeek 与 Kimi 都上榜了。", "zh-Hant"), characters, 180)
    assert [passage.language for passage in passages] == ["zh-Hant"]


def test_each_sentence_is_counted_once() -> None:
    counted: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.extend(texts)
        return words(texts)

    chunk(article(" ".join(SENTENCES)), count, 30)
    assert counted == SENTENCES


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="max_pieces"):
        chunk(article(LONG), words, 0)


LINES = [
    LONG,
    *SENTENCES[:3],
    "## Costs",
    "# Harbour",
    "What it cost",
    "港口开放",
    "港口在星期一开放。费用是四千万元！",
    "- a pier",
    "",
    "***",
]
COUNTS: list[CountPieces] = [words, characters]


@given(
    text=st.lists(st.sampled_from(LINES)).map("\n".join) | st.text(),
    most=st.integers(1, 60),
    overlap=st.integers(0, 2),
    count=st.sampled_from(COUNTS),
    marked=st.lists(st.integers(0, 200), max_size=4, unique=True).map(sorted),
)
def test_passages_are_ordered_slices_that_hold_every_sentence(
    text: str, most: int, overlap: int, count: CountPieces, marked: list[int]
) -> None:
    spans = tuple(Span(a, b) for a, b in zip(marked[::2], marked[1::2], strict=False) if b <= len(text))
    passages = chunk(article(text, boilerplate=spans), count, most, overlap)
    covered: set[int] = set()
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert not any(span.overlaps(Span(passage.start, passage.end)) for span in spans)
        covered.update(range(passage.start, passage.end))
    assert [p.start for p in passages] == sorted(p.start for p in passages)
    assert [p.end for p in passages] == sorted({p.end for p in passages})
    headings = {at for heading in find_headings(text, spans) for at in range(heading.start, heading.end)}
    outside = {at for span in spans for at in range(span.start, span.end)} | headings | covered
    missing = [at for at, char in enumerate(text) if char.isalnum() and at not in outside]
    assert missing == []


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=30), st.integers(10, 80))
def test_passages_of_ordinary_sentences_respect_the_maximum(sentences: list[str], most: int) -> None:
    passages = cut(" ".join(sentences), most)
    for passage in passages:
        inside = split_sentences(passage.text)
        assert sum(words([passage.text[s.start : s.end] for s in inside])) <= OVERFULL * most
