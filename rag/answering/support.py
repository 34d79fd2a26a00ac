"""Whether the passage that a written sentence cites really says it, and which words of the passage do.

A model that writes may cite a passage that does not say what it wrote. Each sentence is therefore read against its
passage: how much of it the best one or two neighbouring sentences cover, what the sentence encoder makes of the two,
whether every quantity and name of it is there, and whether one of them denies or turns round what the other says. A
logistic regression over these features gives `support`; its weights, fitted by `python -m training.support`, are in
`resources/support.json`.

Invariant: a sentence with a quantity that the passage, its title, heading and date lack is never `supported`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.answering.support_features import FEATURES, Reading, SupportReader
from rag.embedding.contextual import ContextualModel
from rag.embedding.static import StaticModel
from rag.errors import ArticleUnknown
from rag.text.aliases import NameTable
from rag.types import Article, Hit, Language, Span

WEIGHTS_FILE = Path(__file__).parent.parent / "resources" / "support.json"
READ = 5
"""Hits that `best` reads closely: those that cover most of the sentence."""

Reason = Literal["", "quantity", "name", "negation", "meaning"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of reading a sentence against a passage.

    `support` is the estimated probability, 0..1, that the passage says it. `span` are the offsets, in the article, of
    the one or two neighbouring sentences of the passage that carry it best. Where it is not `supported`, `reason` says
    why: a quantity or a name that the passage lacks, a negation or an opposite word in one of them only, or another
    meaning; `missing` are the words of the sentence whose number or name the passage lacks, as written.
    """

    support: float
    supported: bool
    span: Span
    reason: Reason
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighing:
    """The fitted logistic regression: weights in the order of `FEATURES`; support from `threshold` on is enough."""

    weights: NDArray[np.float64]
    bias: float
    threshold: float

    def support(self, features: NDArray[np.float64]) -> float:
        """The probability, 0..1, for features of shape (FEATURES,)."""
        logit = self.bias + float(features @ self.weights)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@lru_cache(maxsize=1)
def learned_weighing() -> Weighing:
    """The bundled weights."""
    return read_weighing(WEIGHTS_FILE)


def read_weighing(file: Path) -> Weighing:
    """The weights of a file of the bundled one's form; raises `ValueError` when fitted for other features."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    weights: Mapping[str, float] = stored["weights"]
    if set(weights) != set(FEATURES):
        raise ValueError(f"{file.name} was fitted for other features; run python -m training.support")
    return Weighing(np.array([weights[name] for name in FEATURES]), float(stored["bias"]), float(stored["threshold"]))


class SupportChecker:
    """Reads sentences against passages. Thread-safe; the encoder is loaded when it is first needed."""

    def __init__(
        self,
        model: StaticModel,
        encoder: Callable[[], ContextualModel],
        names: NameTable,
        article: Callable[[str], Article] | None = None,
    ) -> None:
        """`article` gives the article of an id, for its date; without it, years must stand in the passage."""
        self._reader = SupportReader(model, encoder, names)
        self._article = article

    def check(self, sentence: str, language: Language, hit: Hit) -> Verdict:
        """Whether the passage of `hit` says the sentence, which is given without its [n] marks."""
        return self._verdict(self._reader.read(sentence, language, hit, self._date(hit)))

    def best(self, sentence: str, language: Language, hits: Sequence[Hit]) -> tuple[int, Verdict] | None:
        """The index of the hit that supports the sentence best, with its verdict; `None` where none supports it."""
        covered = self._reader.coverage(sentence, hits)
        nearest = sorted(range(len(hits)), key=lambda i: -covered[i])[:READ]
        verdicts = [(i, self.check(sentence, language, hits[i])) for i in nearest]
        supporting = [(i, verdict) for i, verdict in verdicts if verdict.supported]
        return max(supporting, key=lambda one: (one[1].support, -one[0]), default=None)

    def _date(self, hit: Hit) -> str | None:
        if self._article is None:
            return None
        try:
            return self._article(hit.passage.article_id).date
        except ArticleUnknown:
            return None

    def _verdict(self, reading: Reading) -> Verdict:
        weighing = learned_weighing()
        support = weighing.support(reading.features)
        supported = support >= weighing.threshold and not reading.quantities
        if supported:
            return Verdict(support, True, reading.span, "")
        reason = _reason(reading)
        names = reading.names or (reading.unsure if reason == "name" else ())
        return Verdict(support, False, reading.span, reason, (*reading.quantities, *names))


def _reason(reading: Reading) -> Reason:
    if reading.quantities:
        return "quantity"
    if reading.names:
        return "name"
    if reading.turned:
        return "negation"
    return "name" if reading.unsure else "meaning"
