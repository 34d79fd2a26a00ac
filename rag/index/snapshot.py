"""One generation of an index, opened for reading.

Invariant: a snapshot answers from the same catalog, vectors and words for as long as it lives, also after newer
generations have appeared and its own files are deleted. Vectors or words that are missing or damaged are made again
from the catalog, in memory.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.index.catalog import Catalog, PassageRow
from rag.index.dense import EXACT_LIMIT, DenseIndex, Selection
from rag.index.layout import Layout, State
from rag.index.lexical import LexicalIndex
from rag.index.parts import Parts
from rag.types import Article, ArticleInfo, Candidate, Filters, HeldFile, Language, StoredPassage

logger = logging.getLogger(__name__)

# about the texts of 10,000 passages; 8 to 16 MB
_TEXT_CHARACTERS = 8_000_000
_FILTERS_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a filter lets through: passages for the vectors, article numbers (`None`: all) for the words."""

    selection: Selection
    articles: tuple[int, ...] | None


class LocalSnapshot:
    """One consistent state of a local index; every method may be called from any thread."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, lexical: LexicalIndex, generation: int) -> None:
        """Answer from these three, which hold the same passages."""
        self._catalog = catalog
        self._dense = dense
        self._lexical = lexical
        self._generation = generation
        self._texts = _Texts(catalog)
        self._allowed: OrderedDict[Filters, _Allowed] = OrderedDict()
        self._guard = threading.Lock()

    @classmethod
    def assemble(
        cls, place: Layout, catalog: Catalog, parts: Parts, state: State, limit: int = EXACT_LIMIT
    ) -> LocalSnapshot:
        """Make a snapshot, with what `parts` lacks made again from the catalog."""
        dense, lexical = parts.dense, parts.lexical
        if dense is None:
            logger.warning("the vectors in %s are missing or damaged; made again in memory", place.root)
            keys, vectors = catalog.vectors()
            dense = DenseIndex.build(keys, vectors, state.dimensions, limit)
        if lexical is None:
            logger.warning("the words in %s are missing or damaged; made again in memory", place.root)
            lexical = LexicalIndex.in_memory(catalog.words())
        return cls(catalog, dense, lexical, state.generation)

    @property
    def generation(self) -> int:
        """Counts up by one with every change that became visible."""
        return self._generation

    def languages(self) -> Mapping[Language, int]:
        """How many passages each language has."""
        return self._languages

    @cached_property
    def _languages(self) -> Mapping[Language, int]:
        # asked for by every search, and counted over all passages
        return self._catalog.languages()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return self._catalog.names()

    def names(self) -> tuple[str, ...]:
        """The distinct names that stand in the articles and might be written by sound, folded and ordered."""
        return self._names

    def articles(self) -> tuple[ArticleInfo, ...]:
        """All articles, ordered by source, then id."""
        return self._catalog.articles()

    def article(self, article_id: str) -> Article:
        """One article with its text; raises `ArticleUnknown`."""
        return self._catalog.article(article_id)

    def files(self) -> tuple[HeldFile, ...]:
        """What was ingested from where, ordered by source, then article id."""
        return self._catalog.files()

    def dense(self, vector: NDArray[np.float32], k: int, filters: Filters) -> tuple[Candidate, ...]:
        """The k passages of the highest inner product with `vector`, shape (dimensions,); best first, ties by key."""
        if filters == Filters():
            return self._dense.search(vector, k)
        return self._dense.search(vector, k, self._allowed_by(filters).selection)

    def lexical(self, words: Mapping[str, float], k: int, filters: Filters) -> tuple[Candidate, ...]:
        """The k passages of the highest BM25 over weighted words, best first, ties by key; only those with a word."""
        if filters == Filters():
            return self._lexical.search(words, k)
        return self._lexical.search(words, k, filters.languages, self._allowed_by(filters).articles)

    def passages(self, keys: Iterable[int]) -> tuple[StoredPassage, ...]:
        """The passages of these keys, in the order given; raises `KeyError` for a key of another generation."""
        wanted = list(keys)
        rows = self._catalog.passages(wanted)
        texts = self._texts.get({row.article for row in rows.values()})
        return tuple(_stored(rows[key], texts) for key in wanted)

    def faults(self) -> list[str]:
        """Where the vectors or the words hold other passages than the catalog, or the catalog is damaged."""
        keys = self._catalog.keys(Filters())
        held = {"vectors": self._dense.keys(), "words": self._lexical.keys()}
        differing = [
            f"{name}: {len(found)} passages, catalog: {len(keys)}"
            for name, found in held.items()
            if not np.array_equal(found, keys)
        ]
        return self._catalog.faults() + differing

    def _allowed_by(self, filters: Filters) -> _Allowed:
        with self._guard:
            if filters in self._allowed:
                self._allowed.move_to_end(filters)
                return self._allowed[filters]
        allowed = _Allowed(Selection(self._catalog.keys(filters)), self._catalog.article_numbers(filters))
        with self._guard:
            self._allowed[filters] = allowed
            while len(self._allowed) > _FILTERS_KEPT:
                self._allowed.popitem(last=False)
        return allowed


def _stored(row: PassageRow, texts: Mapping[int, str]) -> StoredPassage:
    return StoredPassage(row.key, row.passage(texts[row.article]), row.source, row.title, row.pieces)


class _Texts:
    """The texts of the articles used last, up to a number of characters in all."""

    def __init__(self, catalog: Catalog, characters: int = _TEXT_CHARACTERS) -> None:
        self._catalog = catalog
        self._room = characters
        self._held: OrderedDict[int, str] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, numbers: Iterable[int]) -> dict[int, str]:
        """The texts of these articles, by number."""
        with self._guard:
            texts = {number: self._held[number] for number in numbers if number in self._held}
            for number in texts:
                self._held.move_to_end(number)
        missing = self._catalog.texts(number for number in numbers if number not in texts)
        with self._guard:
            for number, text in missing.items():
                self._keep(number, text)
        return texts | missing

    def _keep(self, number: int, text: str) -> None:
        if number in self._held:
            return
        self._held[number] = text
        self._room -= len(text)
        while self._room < 0:
            _, dropped = self._held.popitem(last=False)
            self._room += len(dropped)
