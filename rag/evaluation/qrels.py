"""Which passages and articles of an index answer each gold question, derived by overlap.

Invariant: every place that any passage holds makes at least one passage relevant. A passage is relevant that holds a
quarter of the letters of the evidence, or whose own letters are half evidence; so a sentence cut in two counts in both
halves, and a passage that shares two characters with a quote does not. All grades are 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.evaluation.types import Located, Missing, Place, Qrels, Relevant
from rag.types import Filters, Language, Passage, Span

if TYPE_CHECKING:
    from rag.assistant import Assistant

OF_EVIDENCE = 0.25
"""A passage with this share of the letters of the evidence holds it."""

OF_PASSAGE = 0.5
"""So does a passage with this share of evidence among its own letters."""

Passages = Mapping[str, Sequence[Passage]]
"""The passages of each article, by its id."""


def derive_qrels(assistant: Assistant, located: Sequence[Located]) -> Qrels:
    """What is relevant to each answerable question in this index as it is now chunked."""
    return qrels_of(located, passages_of(assistant, (place.article_id for one in located for place in one.places)))


def passages_of(assistant: Assistant, article_ids: Iterable[str]) -> dict[str, tuple[Passage, ...]]:
    """All passages of these articles, in text order; raises `ArticleUnknown`."""
    snapshot = assistant.store.snapshot()
    counts = {info.id: info.passages for info in snapshot.articles()}
    # every passage is equally near to no direction at all, so a search by it gives all that the filter lets through
    nowhere = np.zeros(assistant.encoder.dimensions, dtype=np.float32)
    found: dict[str, tuple[Passage, ...]] = {}
    for article_id in dict.fromkeys(article_ids):
        if article_id not in counts:
            snapshot.article(article_id)
        candidates = snapshot.dense(nowhere, counts[article_id], Filters(articles=(article_id,)))
        stored = snapshot.passages(candidate.key for candidate in candidates)
        found[article_id] = tuple(sorted((one.passage for one in stored), key=lambda passage: passage.start))
    return found


def qrels_of(located: Sequence[Located], passages: Passages) -> Qrels:
    """What is relevant to each answerable question among these passages."""
    relevant: dict[str, Relevant] = {}
    missing: list[Missing] = []
    for one in located:
        if one.pair.answerable:
            held = {place: holding(place, passages.get(place.article_id, ())) for place in one.places}
            relevant[one.pair.id] = _relevant(held)
            missing += [
                Missing(one.pair.id, place.source, quote_of(one, place), "passage")
                for place, found in held.items()
                if not found
            ]
    return Qrels(relevant, tuple(missing))


def holding(place: Place, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages that hold the evidence at a place, in text order; empty where none shares a letter with it."""
    span = Span(place.start, place.end)
    shared = {passage.id: (passage, _shared(passage, span)) for passage in passages}
    shared = {key: (passage, letters) for key, (passage, letters) in shared.items() if letters}
    if not shared:
        return ()
    most = max(letters for _, letters in shared.values())
    least = OF_EVIDENCE * _evidence_letters(span, [passage for passage, _ in shared.values()])
    return tuple(
        passage
        for passage, letters in shared.values()
        if letters == most or letters >= least or letters >= OF_PASSAGE * _letters(passage.text)
    )


def quote_of(located: Located, place: Place) -> str:
    """The gold words that were found at a place."""
    quotes = [
        e.quote for e in located.pair.evidence if e.part == place.part and e.doc in (place.source, place.article_id)
    ]
    return quotes[0] if quotes else ""


def _relevant(held: Mapping[Place, Sequence[Passage]]) -> Relevant:
    passages: dict[str, int] = {}
    articles: dict[str, int] = {}
    parts: dict[str, set[str]] = {}
    languages: dict[str, Language] = {}
    for place, found in held.items():
        articles[place.article_id] = 1
        languages[place.article_id] = place.language
        parts.setdefault(place.part, set()).update(passage.id for passage in found)
        for passage in found:
            passages[passage.id] = 1
            languages[passage.id] = passage.language
    return Relevant(passages, articles, tuple(frozenset(ids) for ids in parts.values()), languages)


def _shared(passage: Passage, span: Span) -> int:
    start, end = max(passage.start, span.start), min(passage.end, span.end)
    return _letters(passage.text[start - passage.start : end - passage.start]) if start < end else 0


def _evidence_letters(span: Span, passages: Sequence[Passage]) -> int:
    """Letters of the evidence, from the passages that hold it; passages may overlap each other."""
    letters = 0
    at = span.start
    for passage in sorted(passages, key=lambda one: one.start):
        begin, end = max(passage.start, at), min(passage.end, span.end)
        if begin < end:
            letters += _letters(passage.text[begin - passage.start : end - passage.start])
            at = end
    return letters


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
