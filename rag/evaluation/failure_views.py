"""A failed question as a reader sees it: what was asked, expected and got, and where the evidence stood.

Invariant: the pieces of a quote, put together, are the quote; every text is as it was stored or written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.evaluation.report import Report
from rag.evaluation.types import Judged, Place
from rag.evaluation.words import direction_word

MOST_EVIDENCE = 4
"""Pieces of evidence that are shown of one question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a quote; `marked` where its words matched the question."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation of the answer; `right` where it holds gold evidence."""

    number: int
    source: str
    pieces: tuple[Piece, ...]
    right: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """Evidence of the gold: its source, its words, and its best rank, `None` where it is not among the candidates."""

    source: str
    text: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class FailureView:
    """A failed question, ready to be written."""

    id: str
    loss: str
    loss_word: str
    direction: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[Expected, ...]
    got: str
    confidence: float
    quotes: tuple[Quote, ...]
    error: str


def failure_view(report: Report, row: Judged) -> FailureView:
    """One failed question."""
    return FailureView(
        id=row.id,
        loss=row.loss,
        loss_word=report.word(f"loss.{row.loss}"),
        direction=direction_word(row.directions[0], report.language) if row.directions else "",
        question=row.question,
        answers=row.answers or (() if row.answerable else (report.word("expected.refusal"),)),
        evidence=tuple(_expected(report, row, place) for place in row.places[:MOST_EVIDENCE]),
        got=str(row.answer.get("answer", "")),
        confidence=row.confidence,
        quotes=tuple(_quote(citation, row.places) for citation in row.answer.get("citations", ())),
        error=row.error,
    )


def pieces_of(quote: str, start: int, matched: Sequence[Sequence[int]]) -> Iterator[Piece]:
    """A quote cut at the parts that matched; `matched` and `start` are offsets into the article."""
    at = 0
    for begin, end in sorted((max(0, a - start), min(len(quote), b - start)) for a, b in matched):
        if max(begin, at) < end:
            if begin > at:
                yield Piece(quote[at:begin], False)
            yield Piece(quote[max(begin, at) : end], True)
            at = end
    if at < len(quote):
        yield Piece(quote[at:], False)


def _expected(report: Report, row: Judged, place: Place) -> Expected:
    ranks = [rank for rank, passage in enumerate(row.retrieved, start=1) if _meets(place, passage)]
    return Expected(place.source, report.words_of(place), min(ranks, default=None))


def _quote(citation: Mapping[str, Any], places: Sequence[Place]) -> Quote:
    start, end = int(citation["start"]), int(citation["end"])
    right = any(p.article_id == citation["article_id"] and p.start < end and start < p.end for p in places)
    pieces = tuple(pieces_of(citation["quote"], start, citation.get("matched", ())))
    return Quote(int(citation["number"]), str(citation["source"]), pieces, right)


def _meets(place: Place, passage_id: str) -> bool:
    """Whether a passage, by its id, shares a character with a place."""
    article, _, span = passage_id.rpartition(":")
    start, _, end = span.partition("-")
    return article == place.article_id and int(start) < place.end and place.start < int(end)
