"""Choosing the sentences of an answer: the best by learned weights, then others that add something.

The weights are few, named, and kept in `resources/answering.json`; `training/answering.py` fits them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.answering.confidence import FEATURES as CONFIDENCE_FEATURES
from rag.answering.confidence import Logistic, confidence, confidence_features
from rag.answering.sentences import FEATURES, Scored

WEIGHTS_FILE = Path(__file__).parent.parent / "resources" / "answering.json"
AT_MOST = 3
"""Sentences of an answer."""

MARGIN = 2.0
"""How far below the best, in log odds, a sentence may score and still be quoted."""

ALIKE = 0.92
"""Cosine above which two sentences say the same."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned weights: of the sentence features, of whether the best one answers, of whether any treats of it."""

    choice: Mapping[str, float]
    answers: Logistic
    treats: Logistic


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of the chosen sentences, best first, the choice score of every sentence, and the confidence, 0..1."""

    rows: tuple[int, ...]
    scores: NDArray[np.float64]
    confidence: float


@lru_cache(maxsize=1)
def learned_weights() -> Weights:
    """The bundled weights; raises as `read_weights` does."""
    return read_weights(WEIGHTS_FILE)


def read_weights(file: Path) -> Weights:
    """The weights of a file of the bundled one's form; raises `ValueError` when fitted for other features."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    choice = stored["choice"]
    answers, treats = (Logistic(stored[name]["weights"], float(stored[name]["bias"])) for name in ("answers", "treats"))
    if set(choice) != set(FEATURES) or any(set(one.weights) != set(CONFIDENCE_FEATURES) for one in (answers, treats)):
        raise ValueError(f"{file.name} was fitted for other features; run python -m training.answering")
    return Weights(choice, answers, treats)


def choose(scored: Scored, coverage: Sequence[float] = (), weights: Weights | None = None) -> Chosen:
    """Choose one to three sentences, none where there is no sentence at all."""
    weights = weights or learned_weights()
    if not scored.sentences:
        return Chosen((), np.zeros(0), 0.0)
    scores = scored.features.astype(np.float64) @ np.array([weights.choice[name] for name in FEATURES])
    order = np.argsort(-scores, kind="stable")
    rows: list[int] = []
    for row in order:
        if len(rows) == AT_MOST or (rows and scores[row] < scores[rows[0]] - MARGIN):
            break
        if not any(_alike(scored, int(row), other) for other in rows):
            rows.append(int(row))
    sure = confidence(weights.answers, weights.treats, confidence_features(scored, scores, coverage))
    return Chosen(tuple(rows), scores, sure)


def _alike(scored: Scored, row: int, other: int) -> bool:
    return float(scored.vectors[row] @ scored.vectors[other]) > ALIKE
