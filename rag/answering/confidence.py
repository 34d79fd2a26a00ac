"""How likely it is that the evidence answers: a logistic regression over what the best sentence looks like.

A threshold on the score alone cannot tell: questions near the topic score as high as answerable ones. What tells
is what stays unmatched of the question (names, quantities, rare words) and a value of the wrong kind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rag.answering.sentences import FEATURES as SENTENCE_FEATURES
from rag.answering.sentences import Scored

FEATURES = (
    "late",
    "late_context",
    "late_absolute",
    "dense",
    "score",
    "margin",
    "exact",
    "unmatched",
    "unmatched_context",
    "unmatched_everywhere",
    "weakest",
    "names",
    "names_missing",
    "quantities_missing",
    "number_missing",
    "number_wrong_kind",
    "date_missing",
    "name_missing",
    "pieces",
    "other_language",
    "other_language_late",
)
_WEAK = 0.55


def confidence_features(scored: Scored, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """The features of the best sentence and its surroundings, shape (FEATURES,); `scores` are the choice scores."""
    top = int(np.argmax(scores))
    own = dict(zip(SENTENCE_FEATURES, scored.features[top].tolist(), strict=True))
    weights = scored.weights
    same = [i for i, s in enumerate(scored.sentences) if s.hit.passage.id == scored.sentences[top].hit.passage.id]
    passage = np.maximum(scored.best_context[same].max(axis=0), scored.best[same].max(axis=0))
    others = np.delete(scores, same)
    absolute = float((scored.best_context[top] ** 1.5) @ weights)
    asks_names, asks_quantities = scored.expects_names, scored.expects_quantities
    values = {
        "late": own["late"],
        "late_context": own["late_context"],
        "late_absolute": absolute,
        "dense": own["dense"],
        "score": float(scores[top]),
        "margin": float(scores[top] - (others.max() if len(others) else 0.0)),
        "exact": own["exact"],
        "unmatched": float((scored.best[top] < _WEAK) @ weights),
        "unmatched_context": float((scored.best_context[top] < _WEAK) @ weights),
        "unmatched_everywhere": float((passage < _WEAK) @ weights),
        "weakest": float(((1 - passage) * weights).max()) if len(weights) else 0.0,
        "names": own["names"],
        "names_missing": float(asks_names) * (1 - own["names_context"]),
        "quantities_missing": float(asks_quantities) * (1 - own["quantities"]),
        "number_missing": own["number_missing"],
        "number_wrong_kind": own["number_any"] - own["number_kind"],
        "date_missing": own["date_missing"],
        "name_missing": own["name_missing"],
        "pieces": math.log1p(int((weights > 0).sum())),
        "other_language": own["other_language"],
        "other_language_late": own["other_language"] * absolute,
    }
    return np.array([values[name] for name in FEATURES])


def confidence(weights: Mapping[str, float], bias: float, features: NDArray[np.float64]) -> float:
    """The estimated probability, 0..1, that the best sentence answers."""
    logit = bias + float(np.dot([weights[name] for name in FEATURES], features))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
