"""An optional cross-encoder that reads question and passage together and orders the first passages anew.

It is run by sentence-transformers, from this machine's files only, and loaded at the first search. Its score is the
logistic function of the model's output (0..1), as its makers define relevance (Nogueira and Cho, arXiv:1901.04085).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np

from rag.errors import IncompleteModel, MissingDependency, ModelNotFound, RagError
from rag.retrieval.question import Question
from rag.retrieval.reranking import Ranked

READ = 30
"""Passages that it reads for a question, the best of late interaction; the rest keep their order behind them."""


class CrossEncoderReranker:
    """Ranks by a cross-encoder, by name or folder. Thread-safe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: RagError | None = None
        self._model: Any = None
        self._lock = Lock()

    def rerank(self, question: Question, ranked: Sequence[Ranked]) -> list[Ranked]:
        """The first `READ` by the model's score, best first, then the others.

        Where the model cannot be loaded `error` says why, and the order stays.
        """
        first, rest = list(ranked[:READ]), list(ranked[READ:])
        if not first or not self._ready():
            return list(ranked)
        pairs = [(question.text, one.stored.passage.text) for one in first]
        with self._lock:
            raw = self._model.predict(pairs, show_progress_bar=False, activation_fn=_same)
        scores = 1 / (1 + np.exp(-np.asarray(raw, dtype=np.float64)))
        read = [_scored(one, float(score)) for one, score in zip(first, scores, strict=True)]
        read.sort(key=lambda one: -one.score)
        # what was not read comes after all that was, in its order
        below = read[-1].score - 1
        return read + [replace(one, score=below - place) for place, one in enumerate(rest)]

    def _ready(self) -> bool:
        with self._lock:
            if self._model is None and self.error is None:
                try:
                    self._model = _load(self.name)
                except RagError as error:
                    self.error = error
            return self._model is not None


def _scored(one: Ranked, score: float) -> Ranked:
    return replace(one, score=score, components={**one.components, "cross_encoder": score})


def _same(values: Any) -> Any:
    return values


def _load(name: str) -> Any:
    try:
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise MissingDependency(package="sentence-transformers", extra="sentence-transformers") from error
    try:
        model = CrossEncoder(name, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # every loader below has its own kinds
        raise ModelNotFound(model=name, reason=str(error).splitlines()[0] if str(error) else error) from error
    if model.num_labels != 1:
        raise IncompleteModel(model=name, reason_key="reason.no_relevance")
    return model
