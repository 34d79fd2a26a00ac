"""The search itself: candidates per language from words and vectors, one balanced ranking, then close reading.

Invariant: candidates are drawn for each language apart, so how many articles of one language there are never
decides whether those of the other are looked at. Simplified and Traditional are one language here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.retrieval.article_context import in_context
from rag.retrieval.close_reading import CloseReader
from rag.retrieval.cross_encoder import CrossEncoderReranker
from rag.retrieval.evidence import OTHER_LANGUAGE_SHARE
from rag.retrieval.fusion import reciprocal_rank_fusion
from rag.retrieval.heard_names import HeardNames, may_be_spelt
from rag.retrieval.question import Question, analyse
from rag.retrieval.reranking import Ranked, rerank
from rag.text.aliases import NameMention, NameTable
from rag.types import Candidate, Encoder, Filters, Hit, Language, Mode, Store, StoreSnapshot

CANDIDATES = 100
"""Passages of each language that late interaction looks at; each side nominates as many."""

_GROUPS: tuple[tuple[Language, ...], ...] = (("en",), ("zh-Hans", "zh-Hant"))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits, best first, and the best cosine of each question piece over all candidates (empty unless hybrid)."""

    hits: tuple[Hit, ...]
    coverage: tuple[float, ...]


class HybridRetriever:
    """Finds the passages of a store that bear on a question. Thread-safe: it holds no state of a search, only the
    names of the newest generation.

    Without a `reader` the ranking stays as words and vectors give it; a `reranker` orders the first passages last.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        model: StaticModel,
        names: NameTable,
        reader: CloseReader | None = None,
        reranker: CrossEncoderReranker | None = None,
    ) -> None:
        self.store, self.encoder, self.model, self.names = store, encoder, model, names
        self.reader, self.reranker = reader, reranker
        self._heard = (-1, HeardNames(()))

    def analyse(self, text: str) -> Question:
        """The question as the stages see it; raises `EmptyQuestion`."""
        return analyse(text, self.model, self.names, self._sounding_like, self._spelt_in)

    def _sounding_like(self, name: str) -> tuple[str, ...]:
        """The names of the store that a name of the other language may be."""
        return self._heard_names().like(name)

    def _spelt_in(self, text: str, language: Language, known: Sequence[NameMention]) -> Mapping[str, tuple[str, ...]]:
        """The names in a question that the other language spells in pinyin."""
        return self._heard_names().spelt_in(text, language, known) if may_be_spelt(text, language) else {}

    def _heard_names(self) -> HeardNames:
        """The names of the store."""
        snapshot = self.store.snapshot()
        generation, heard = self._heard
        if generation != snapshot.generation:
            # two threads may both make it; either one's is right
            heard = HeardNames(snapshot.names())
            self._heard = (snapshot.generation, heard)
        return heard

    def search(
        self, question: Question, k: int = 10, mode: Mode = "hybrid", filters: Filters | None = None
    ) -> tuple[Hit, ...]:
        """The k best passages, best first; fewer where there are fewer.

        Where both languages have a good passage, both are among two or more.
        """
        return self.find(question, k, mode, filters).hits

    def find(self, question: Question, k: int = 10, mode: Mode = "hybrid", filters: Filters | None = None) -> Ranking:
        """The k best passages, and how well every piece of the question was matched by any candidate."""
        snapshot = self.store.snapshot()
        filters = filters or Filters()
        vector = self.encoder.encode_query(question.text) if mode != "lexical" else None
        ranked = [
            one
            for group in _wanted_groups(snapshot, filters)
            for one in self._search_group(snapshot, question, vector, mode, replace(filters, languages=group), k)
        ]
        ranked.sort(key=lambda one: -one.score)
        if self.reader is not None and mode == "hybrid":
            ranked = self.reader.read(question, ranked)
        if self.reranker is not None and mode == "hybrid":
            ranked = self.reranker.rerank(question, ranked)
        hits = tuple(
            Hit(r.stored.passage, r.stored.source, r.stored.title, r.score, rank, r.components)
            for rank, r in enumerate(_first(ranked, k), start=1)
        )
        matched = [one.best for one in ranked if one.best is not None]
        return Ranking(hits, tuple(np.max(matched, axis=0).tolist()) if matched else ())

    def _search_group(
        self,
        snapshot: StoreSnapshot,
        question: Question,
        vector: NDArray[np.float32] | None,
        mode: Mode,
        filters: Filters,
        k: int,
    ) -> Sequence[Ranked]:
        depth = max(CANDIDATES, k)
        dense = snapshot.dense(vector, depth, filters) if vector is not None else ()
        lexical = snapshot.lexical(question.words, depth, filters) if mode != "dense" else ()
        if mode != "hybrid":
            return _one_sided(snapshot, dense or lexical, mode)
        fused = reciprocal_rank_fusion([dense, lexical])[:depth]
        stored = snapshot.passages([candidate.key for candidate in fused])
        return in_context(rerank(question, self.model, stored, _by_key(dense), _by_key(lexical)))


def _first(ranked: list[Ranked], k: int) -> list[Ranked]:
    """The first k of a ranked list; the last place goes to a language that has none, if its best is good enough."""
    first = ranked[:k]
    shown = {one.stored.passage.language[:2] for one in first}
    for one in ranked[k:] if k > 1 else ():
        if one.stored.passage.language[:2] not in shown and one.score >= OTHER_LANGUAGE_SHARE * first[0].score:
            return [*first[:-1], one]
    return first


def _wanted_groups(snapshot: StoreSnapshot, filters: Filters) -> Iterator[tuple[Language, ...]]:
    held = snapshot.languages()
    for group in _GROUPS:
        allowed = [language for language in group if not filters.languages or language in filters.languages]
        wanted = tuple(language for language in allowed if held.get(language))
        if wanted:
            yield wanted


def _by_key(candidates: tuple[Candidate, ...]) -> dict[int, float]:
    return {candidate.key: candidate.score for candidate in candidates}


def _one_sided(snapshot: StoreSnapshot, candidates: tuple[Candidate, ...], side: str) -> tuple[Ranked, ...]:
    stored = snapshot.passages([candidate.key for candidate in candidates])
    return tuple(
        Ranked(one, candidate.score, {side: candidate.score}) for one, candidate in zip(stored, candidates, strict=True)
    )
