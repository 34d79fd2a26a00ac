"""From an article to its passages.

Invariant: a passage is a slice of the stored text, a run of whole sentences of one section, without boilerplate and
without headings; passages are ordered, and every sentence with letters that is not boilerplate or a heading is in
one. The time is linear in the length of the text: every sentence is found, and its pieces counted, once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.ingestion.headings import Heading, find_headings
from rag.text.script import detect_language, han_share
from rag.text.sentences import split_sentences
from rag.types import Article, Language, Passage, Span

SMALL_TAIL = 0.25
"""A last passage with fewer pieces than this share of the maximum joins the one before it."""

OVERFULL = 1.25
"""How full, as a share of the maximum, a passage may get by taking in a small tail."""

_BETWEEN = " › "
_DEEPEST = 3
# Han characters and words that show a passage's language beyond the names in it
_ENOUGH = 20


CountPieces = Callable[[Sequence[str]], Sequence[int]]
"""How many pieces of the embedding model each of some texts has."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence's span in the article and its size in pieces."""

    start: int
    end: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage and the spans, in the article, of the sentences it is made of."""

    passage: Passage
    sentences: tuple[Span, ...]


def chunk(
    article: Article, count_pieces: CountPieces, max_pieces: int = 180, overlap_sentences: int = 1
) -> tuple[Passage, ...]:
    """The passages of `chunks`."""
    return tuple(one.passage for one in chunks(article, count_pieces, max_pieces, overlap_sentences))


def chunks(
    article: Article, count_pieces: CountPieces, max_pieces: int = 180, overlap_sentences: int = 1
) -> tuple[Chunk, ...]:
    """Cut an article into passages of at most `max_pieces` pieces, as `count_pieces` counts them by sentence.

    Neighbours in a section share up to `overlap_sentences` sentences, as far as those fit. A longer sentence stands
    alone; a small tail may fill a passage up to `OVERFULL` times the maximum. An article of headings only gives
    passages of them; one without a letter gives none. Raises `ValueError` when `max_pieces` is below 1 or
    `overlap_sentences` below 0.
    """
    if max_pieces < 1 or overlap_sentences < 0:
        raise ValueError(
            f"max_pieces {max_pieces} must be at least 1, overlap_sentences {overlap_sentences} at least 0"
        )
    skipped = _disjoint(article.boilerplate)
    found: list[Chunk] = []
    for run, heading in _runs(article, skipped):
        sentences = _sentences(article.text, run, count_pieces)
        for group in _groups(sentences, max_pieces, overlap_sentences):
            passage = _passage(article, group[0].start, group[-1].end, heading)
            found.append(Chunk(passage, tuple(Span(sentence.start, sentence.end) for sentence in group)))
    return tuple(found)


def _passage(article: Article, start: int, end: int, heading: str) -> Passage:
    text = article.text[start:end]
    return Passage(article.id, start, end, text, _language(text, article.language), heading)


def _language(text: str, language: Language) -> Language:
    """The article's language unless the passage is clearly in another one."""
    share = han_share(text)
    differs = share > 0.6 if language == "en" else share < 0.05
    return detect_language(text) if differs and sum(char.isalnum() for char in text) > _ENOUGH else language


def _runs(article: Article, skipped: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    """The stretches of text without heading or boilerplate, each with the headings above it."""
    headings = find_headings(article.text, skipped)
    title = _key(article.title)
    above: list[Heading] = []
    start = 0
    for heading in (*headings, None):
        end = heading.start if heading else len(article.text)
        label = _BETWEEN.join(item.title for item in above[-_DEEPEST:] if _key(item.title) != title)
        yield from ((span, label) for span in _outside(Span(start, end), skipped))
        if heading:
            above = [item for item in above if item.level < heading.level] + [heading]
            start = heading.end


def _key(title: str) -> str:
    return "".join(title.split()).casefold()


def _disjoint(spans: Sequence[Span]) -> list[Span]:
    """The same characters as sorted spans that do not touch."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        elif span.start < span.end:
            joined.append(span)
    return joined


def _outside(stretch: Span, skipped: Sequence[Span]) -> Iterator[Span]:
    """The parts of `stretch` that no span of `skipped`, which is sorted and disjoint, covers."""
    at = stretch.start
    for number in range(bisect_right(skipped, at, key=lambda span: span.end), len(skipped)):
        span = skipped[number]
        if span.start >= stretch.end:
            break
        if span.start > at:
            yield Span(at, span.start)
        at = span.end
    if at < stretch.end:
        yield Span(at, stretch.end)


def _sentences(text: str, run: Span, count_pieces: CountPieces) -> list[_Sentence]:
    places = [(run.start + s.start, run.start + s.end) for s in split_sentences(text[run.start : run.end])]
    places = [(start, end) for start, end in places if any(char.isalnum() for char in text[start:end])]
    sizes = count_pieces([text[start:end] for start, end in places]) if places else ()
    return [_Sentence(start, end, max(1, size)) for (start, end), size in zip(places, sizes, strict=True)]


def _groups(sentences: Sequence[_Sentence], most: int, overlap: int) -> list[Sequence[_Sentence]]:
    """Fill passages one after the other; each but the first begins with the end of the one before it."""
    groups: list[Sequence[_Sentence]] = []
    begin = 0
    while begin < len(sentences):
        first = _overlapping(sentences, begin, most, overlap) if groups else begin
        end = begin + 1
        size = sum(sentence.pieces for sentence in sentences[first:end])
        while end < len(sentences) and size + sentences[end].pieces <= most:
            size += sentences[end].pieces
            end += 1
        groups.append(sentences[first:end])
        begin, last_begin = end, begin
    if len(groups) > 1:
        _merge_tail(groups, sentences[last_begin:], most)
    return groups


def _overlapping(sentences: Sequence[_Sentence], begin: int, most: int, overlap: int) -> int:
    """Where a passage begins whose first new sentence is `begin`: as far before it as overlap and size allow."""
    first, size = begin, sentences[begin].pieces
    while first > max(0, begin - overlap) and size + sentences[first - 1].pieces <= most:
        first -= 1
        size += sentences[first].pieces
    return first


def _merge_tail(groups: list[Sequence[_Sentence]], tail: Sequence[_Sentence], most: int) -> None:
    added = sum(sentence.pieces for sentence in tail)
    before = sum(sentence.pieces for sentence in groups[-2])
    if added < SMALL_TAIL * most and before + added <= OVERFULL * most:
        groups[-2:] = [[*groups[-2], *tail]]
