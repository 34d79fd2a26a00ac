"""The product's own retrieval over a temporary index in which every text of a pool is one article.

Invariant: texts go in through the product's ingest as JSON-lines articles and are found by the retriever that the
assistant uses; nothing is scored here. An article counts once, whatever number of passages it was cut into.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding.static import StaticModel
from rag.index.preparation import Preparer
from rag.index.store import LocalStore
from rag.index.synchronise import synchronise
from rag.retrieval.retriever import HybridRetriever
from rag.types import Hit
from training.directions import Direction

DEPTH = 50
"""Passages that a search gives: as many as the assistant asks for."""

ADDED = 10_000
"""Passages of the other language that the balance check adds."""


@dataclass(frozen=True, slots=True)
class Balanced:
    """Ranks before and after `passages` passages of the other language were added to the index."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    passages: int


class TemporaryIndex:
    """An index in a folder, and the retriever over it, with a model of one's choice."""

    def __init__(self, model: StaticModel, folder: Path) -> None:
        settings = Settings()
        self._folder = folder
        self._store = LocalStore.open(folder / "index", model.fingerprint, model.dimensions, create=True)
        self._preparer = Preparer(model, model, settings.passage_pieces)
        self.retriever: HybridRetriever = Assistant(self._store, model, settings).retriever
        if self.retriever.model is not model:
            # the assistant knows the bundled model alone
            self.retriever.model = model

    def add(self, articles: Mapping[str, str]) -> int:
        """Ingest texts by article id, and return how many passages they came to; raises `ValueError` for a bad one."""
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", suffix=".jsonl", dir=self._folder, delete=False
        ) as lines:
            for name, text in articles.items():
                lines.write(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n")
        with self._store.exclusive():
            report = synchronise(self._store, self._preparer, [Path(lines.name)])
        bad = [file.reason for file in report.files if file.status != "added"]
        if bad:
            raise ValueError(f"{len(bad)} of {len(articles)} texts were not ingested, the first: {bad[0]}")
        return sum(file.passages for file in report.files)

    def add_passages(self, texts: Sequence[str], wanted: int) -> int:
        """Add texts in turn until they come to about `wanted` passages or end; returns the passages added."""
        added = at = 0
        while added < wanted and at < len(texts):
            # a text may give several passages, so a part at a time
            end = at + max(1, (wanted - added) // 2)
            added += self.add({f"added-{at + i}": text for i, text in enumerate(texts[at:end])})
            at = end
        return added


@contextmanager
def temporary_index(model: StaticModel, pool: Sequence[str]) -> Iterator[TemporaryIndex]:
    """An index of the texts of a pool, article `article_id(place)` each; it is gone afterwards."""
    # a reader may still hold a file of the index
    with tempfile.TemporaryDirectory(prefix="rag-measure-", ignore_cleanup_errors=True) as folder:
        index = TemporaryIndex(model, Path(folder))
        index.add({article_id(place): text for place, text in enumerate(pool)})
        yield index


def article_id(place: int) -> str:
    """The id of the article that is the text at `place` of a pool."""
    return f"pool-{place}"


def rank_by_retrieval(retriever: HybridRetriever, direction: Direction, depth: int = DEPTH) -> NDArray[np.float64]:
    """The rank of each question's right article, from 1; infinite where no passage of it is among the `depth` best.

    `retriever` searches an index that holds the pool as `temporary_index` makes it, and maybe more.
    """
    found = np.empty(len(direction.questions))
    asked = zip(direction.questions, direction.gold, strict=True)
    for row, (question, gold) in enumerate(tqdm(asked, direction.name, len(found), leave=False)):
        hits = retriever.search(retriever.analyse(question), depth)
        found[row] = article_rank(hits, {article_id(place) for place in gold})
    return found


def article_rank(hits: Sequence[Hit], right: Collection[str]) -> float:
    """The rank, over distinct articles and from 1, of the first right one; infinite where there is none.

    A wrong article with the same score goes before the right one.
    """
    scores: dict[str, float] = {}
    for hit in hits:
        scores.setdefault(hit.passage.article_id, hit.score)
    places = [place for place, name in enumerate(scores) if name in right]
    if not places:
        return math.inf
    own = list(scores.values())[places[0]]
    after = list(scores.items())[places[0] + 1 :]
    return 1.0 + places[0] + sum(1 for name, score in after if score == own and name not in right)


def balanced(
    index: TemporaryIndex, direction: Direction, before: NDArray[np.float64], sections: Sequence[str], wanted: int
) -> Balanced:
    """Add about `wanted` passages of `sections` to the index and rank again."""
    passages = index.add_passages(sections, wanted)
    return Balanced(before, rank_by_retrieval(index.retriever, direction), passages)
