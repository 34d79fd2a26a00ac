"""How likely it is that the evidence answers: two logistic regressions over what the best sentence looks like.

A threshold on the score alone cannot tell: questions near the topic score as high as answerable ones. What tells
is what stays unmatched of the question (names, quantities, rare words) and a value of the wrong kind. That in turn
cannot tell a question about something else altogether, of which nothing is near: so the second one estimates whether
the articles treat of it at all, and the confidence is no higher than that allows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.expectation import SIGNS
from rag.answering.sentences import FEATURES as SENTENCE_FEATURES
from rag.answering.sentences import Scored

FOUND = ("number_kind", "name", "reason", "definition", "short")
"""Features of the best sentence that are taken over as they are: a number or a name of the kind that was asked for, a
reason, a definition, few words. A number or a name is asked for in vain more often than a reason, so its weight may be
negative: it is less than what is taken off where no such value, or one of another kind, is found."""

FEATURES = (
    "late",
    "late_context",
    "late_absolute",
    "dense",
    "encoder",
    "encoder_best",
    "contextual",
    "contextual_best",
    "contextual_weakest",
    "score",
    "margin",
    "exact",
    "unmatched",
    "unmatched_context",
    "unmatched_passage",
    "unmatched_anywhere",
    "weakest_passage",
    "weakest_anywhere",
    "attribute",
    "attribute_context",
    "attribute_passage",
    "attribute_weakest",
    "unknown_missing",
    "unknown_nowhere",
    "number_missing",
    "number_wrong_kind",
    "date_missing",
    *FOUND,
    "pieces",
    "other_language",
    "other_language_encoder",
    "other_language_contextual",
    "other_language_late",
    "other_language_attribute",
    "other_language_unknown",
    *SIGNS,
)
_WEAK, _EXACT = 0.55, 0.95

TREATED = 1.4
"""The confidence is at most so many times the probability that the articles treat of the question: below .2 it is
refused. Of 1,150 questions about something else, asked in five folds, both estimates together refuse .95 at .05 wrong
refusals (`training/NOTES.md` says how it was chosen)."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over `FEATURES`, by name."""

    weights: Mapping[str, float]
    bias: float

    def probability(self, features: NDArray[np.float64]) -> float:
        """The estimated probability, 0..1, for features in the order of `FEATURES`."""
        logit = self.bias + float(np.dot([self.weights[name] for name in FEATURES], features))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def confidence_features(
    scored: Scored, scores: NDArray[np.floating], coverage: Sequence[float] = ()
) -> NDArray[np.float64]:
    """The features of the best sentence and its surroundings, shape (FEATURES,).

    `scores` are the choice scores of the sentences, `coverage` is that of the evidence.
    """
    top = int(np.argmax(scores))
    own = dict(zip(SENTENCE_FEATURES, scored.features[top].tolist(), strict=True))
    weights, attribute = scored.weights, _normalised(scored.weights * scored.attribute)
    same = [i for i, s in enumerate(scored.sentences) if s.hit.passage.id == scored.sentences[top].hit.passage.id]
    sentence, context = scored.best[top], scored.best_context[top]
    passage = np.maximum(scored.best_context[same].max(axis=0), scored.best[same].max(axis=0))
    here = scored.sentences[top].hit.passage.article_id
    of_article = [i for i, s in enumerate(scored.sentences) if s.hit.passage.article_id == here]
    article, found = scored.best_context[of_article].max(axis=0), scored.best_context.max(axis=0)
    anywhere = np.maximum(np.array(coverage), found) if len(coverage) == len(passage) else passage
    # a person's name is written otherwise in the other language
    unknown = scored.unknown_across if own["other_language"] else scored.unknown
    others = np.delete(scores, same)
    late_absolute, attribute_context = float((context**1.5) @ weights), float(context @ attribute)
    values = {
        "late": own["late"],
        "late_context": own["late_context"],
        "late_absolute": late_absolute,
        "dense": own["dense"],
        "encoder": own["encoder"],
        "encoder_best": _most(scored, "encoder"),
        "contextual": own["contextual"],
        "contextual_best": _most(scored, "contextual"),
        "contextual_weakest": own["contextual_weakest"],
        "score": float(scores[top]),
        "margin": float(scores[top] - (others.max() if len(others) else 0.0)),
        "exact": own["exact"],
        "unmatched": float((sentence < _WEAK) @ weights),
        "unmatched_context": float((context < _WEAK) @ weights),
        "unmatched_passage": float((passage < _WEAK) @ weights),
        "unmatched_anywhere": float((anywhere < _WEAK) @ weights),
        "weakest_passage": float(((1 - passage) * weights).max(initial=0.0)),
        "weakest_anywhere": float(((1 - anywhere) * weights).max(initial=0.0)),
        "attribute": float(sentence @ attribute),
        "attribute_context": attribute_context,
        "attribute_passage": float(passage @ attribute),
        "attribute_weakest": float(np.where(attribute > 0, 1 - sentence, 0).max(initial=0.0)),
        "unknown_missing": _missing(unknown, article),
        "unknown_nowhere": _missing(unknown, anywhere),
        "number_missing": own["number_missing"],
        "number_wrong_kind": own["number_any"] - own["number_kind"],
        "date_missing": own["date_missing"],
        **{name: own[name] for name in FOUND},
        "pieces": math.log1p(int((weights > 0).sum())),
        "other_language": own["other_language"],
        "other_language_encoder": own["other_language"] * own["encoder"],
        "other_language_contextual": own["other_language"] * own["contextual"],
        "other_language_late": own["other_language"] * late_absolute,
        "other_language_attribute": own["other_language"] * attribute_context,
        "other_language_unknown": own["other_language"] * _missing(unknown, article),
        **scored.found[top].signs,
    }
    return np.array([values[name] for name in FEATURES])


def _most(scored: Scored, feature: str) -> float:
    return float(scored.features[:, SENTENCE_FEATURES.index(feature)].max())


def _missing(words: Sequence[Sequence[int]], best: NDArray[np.floating]) -> float:
    """The share of words, given by the columns of their pieces, that are not matched letter by letter."""
    return sum(float(best[list(word)].min() < _EXACT) for word in words) / len(words) if words else 0.0


def _normalised(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    total = float(weights.sum())
    return weights / total if total else weights


def confidence(answers: Logistic, treats: Logistic, features: NDArray[np.float64]) -> float:
    """The confidence, 0..1: the probability that the best sentence answers, as far as the articles treat of it."""
    return min(answers.probability(features), TREATED * treats.probability(features), 1.0)
