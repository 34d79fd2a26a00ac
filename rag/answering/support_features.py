"""What tells whether a passage says a sentence: features with fixed names and order.

Invariant: `FEATURES` names the columns of every feature array, and the weights in `resources/support.json` carry the
same names, so that a change here without new weights is noticed when they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.answering.support_held import Held, held
from rag.answering.support_names import Named, NamesCompared, compare_names, named, places
from rag.answering.support_pieces import Cut, bounds, cosines, cut, mean
from rag.answering.support_polarity import Turns, turns
from rag.answering.support_quantities import Compared, compare
from rag.embedding.contextual import ContextualModel
from rag.embedding.static import StaticModel
from rag.text.aliases import NameTable
from rag.text.sentences import split_sentences
from rag.types import Hit, Language, Span

FEATURES = (
    "encoder",
    "contextual",
    "static",
    "clause",
    "back",
    "names_missing",
    "names_doubtful",
    "places_missing",
    "quantities_missing",
    "quantities_elsewhere",
    "denied",
    "denied_alone",
    "denied_there",
    "opposite",
    "opposite_alone",
    "order",
    "across",
    "across_encoder",
    "across_contextual",
    "across_clause",
)
"""`encoder` and `static`: cosines of the sentence with what carries it. `contextual`: how much of it the pieces of that
cover, each in its context. `clause`: how much of its worst covered clause is covered, `back`: how much it covers of
what carries it. `quantities_elsewhere`: quantities that the passage states, but not there. The next are those of
`support_polarity.Turns`; the last tell passages in the other language apart.
"""
KEPT = 512
"""Passages and sentences that stay in memory in pieces."""
ENCODED = 3
"""Sentences of a passage that the encoder reads: those that cover most of the sentence."""
PAIR_GAIN = 0.06
"""How much more two neighbouring sentences must carry than the better of them."""
_ENOUGH = 0.8
"""Cosine from which on being more alike says nothing: an altered sentence is as near as a true one."""


@dataclass(frozen=True, slots=True)
class PreparedPassage:
    """A passage cut once: its sentences as spans and pieces, what it names and states, and what stands above it."""

    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    cuts: tuple[Cut, ...]
    around: Cut
    named: Named
    held: Held


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence read against a passage.

    `features` has shape (FEATURES,); `span` are the offsets in the article of what carries the sentence; `quantities`
    and `names` are the words of the sentence that the passage lacks, `unsure` those that it may lack; `turned` says
    that the sentence turns something round.
    """

    features: NDArray[np.float64]
    span: Span
    quantities: tuple[str, ...]
    names: tuple[str, ...]
    unsure: tuple[str, ...]
    turned: bool


@dataclass(frozen=True, slots=True)
class _Window:
    """The sentences of a passage that carry a sentence: their rows, text, and place in the passage."""

    rows: tuple[int, ...]
    text: str
    span: Span
    cosine: float
    contextual: float


class SupportReader:
    """Computes the features. Thread-safe."""

    def __init__(self, model: StaticModel, encoder: Callable[[], ContextualModel], names: NameTable) -> None:
        self._model, self._encoder, self._names = model, encoder, names
        self._passage = lru_cache(maxsize=KEPT)(self._prepare)
        self._sentence = lru_cache(maxsize=KEPT)(self._cut)
        self._places = lru_cache(maxsize=4 * KEPT)(self._find_places)
        self._held = lru_cache(maxsize=KEPT)(held)

    def coverage(self, sentence: str, hits: Sequence[Hit]) -> list[float]:
        """How much of a sentence each passage covers, 0..1; cheap."""
        own = self._sentence(sentence)
        return [mean(_best(own, self._prepared(hit)).max(axis=1), own.weights) for hit in hits]

    def read(self, sentence: str, language: Language, hit: Hit, date: str | None = None) -> Reading:
        """Read a sentence against the passage of a hit; `date` is that of its article (ISO 8601)."""
        own, passage = self._sentence(sentence), self._prepared(hit)
        best = _best(own, passage)
        window = self._window(sentence, own, best, hit.passage.text, passage)
        quantities = compare(sentence, passage.held, date)
        names = compare_names(sentence, passage.named, self._names, lambda word: self._likeness(word, passage))
        turned = turns(sentence, own, window.text, passage.cuts, self._places)
        values = {
            **self._likenesses(own, best, passage, window, hit.passage.language[:2] != language[:2]),
            **_lacking(names, quantities),
            "quantities_elsewhere": self._elsewhere(sentence, passage, window, date, len(quantities.missing)),
            "denied": turned.denied,
            "denied_alone": turned.denied_alone,
            "denied_there": turned.denied_there,
            "opposite": turned.opposite,
            "opposite_alone": max(turned.opposite_alone, float(quantities.bounds > 0)),
            "order": turned.order,
        }
        return Reading(
            np.array([values[name] for name in FEATURES], dtype=np.float64),
            Span(hit.passage.start + window.span.start, hit.passage.start + window.span.end),
            quantities.missing,
            names.missing,
            (*names.unsure, *names.places),
            turned != Turns() or quantities.bounds > 0,
        )

    def _cut(self, text: str) -> Cut:
        return cut(self._model, text)

    def _find_places(self, text: str) -> tuple[tuple[int, str], ...]:
        return places(text, self._names)

    def _prepared(self, hit: Hit) -> PreparedPassage:
        return self._passage(hit.passage.text, hit.passage.heading, hit.title)

    def _prepare(self, text: str, heading: str, title: str) -> PreparedPassage:
        spans = split_sentences(text) or (Span(0, len(text)),)
        texts = tuple(text[span.start : span.end] for span in spans)
        above = tuple(part for part in (heading, title) if part)
        return PreparedPassage(
            spans,
            texts,
            tuple(self._cut(one) for one in texts),
            self._cut("\n".join(above)),
            named("\n".join((text, *above)), self._names),
            self._held((text, *above)),
        )

    def _window(
        self, sentence: str, own: Cut, best: NDArray[np.float32], text: str, passage: PreparedPassage
    ) -> _Window:
        """The sentence, or the two neighbours, that carry a sentence best."""
        late = np.array([mean(best[:, row], own.weights) for row in range(len(passage.cuts))])
        encoded = self._encoded(sentence, passage, late)
        rows = _rows(best, own.weights, late, encoded)
        span = Span(passage.spans[rows[0]].start, passage.spans[rows[-1]].end)
        words = text[span.start : span.end]
        cosine = max(float(encoded[row]) for row in rows)
        if len(rows) > 1:
            # the encoder may see more in a pair than in either half
            vectors = self._encoder().encode([sentence, words])
            cosine = max(cosine, float(vectors[0] @ vectors[1]))
        said, *told = self._encoder().read([sentence, *(passage.texts[row] for row in rows)])
        covered = np.maximum.reduce([said.best_in(one) for one in told])
        return _Window(rows, words, span, cosine, float(covered @ said.worth))

    def _encoded(self, sentence: str, passage: PreparedPassage, late: NDArray[np.float64]) -> NDArray[np.float64]:
        """The encoder's cosine with the sentences that cover most; of the others, the least of these."""
        rows = np.argsort(-late, kind="stable")[:ENCODED]
        vectors = self._encoder().encode([sentence, *(passage.texts[int(row)] for row in rows)])
        read = (vectors[1:] @ vectors[0]).astype(np.float64)
        cosine = np.full(len(late), float(read.min()))
        cosine[rows] = read
        return cosine

    def _likenesses(
        self, own: Cut, best: NDArray[np.float32], passage: PreparedPassage, window: _Window, across: bool
    ) -> dict[str, float]:
        """The features that say how alike the sentence and what carries it are."""
        cuts = [passage.cuts[row] for row in window.rows]
        covered = best[:, list(window.rows)].max(axis=1)
        if len(own.pieces) and len(passage.around.pieces):
            covered = np.maximum(covered, cosines(own, passage.around).max(axis=1))
        pooled = self._model.pooled(own.pieces) @ self._model.pooled(np.concatenate([one.pieces for one in cuts]))
        encoder, clause = min(window.cosine, _ENOUGH), _least_clause(own, covered)
        return {
            "encoder": encoder,
            "contextual": window.contextual,
            "static": min(float(pooled), _ENOUGH),
            "clause": clause,
            "back": max(_back(own, one) for one in cuts),
            "across": float(across),
            "across_encoder": across * encoder,
            "across_contextual": across * window.contextual,
            "across_clause": across * clause,
        }

    def _likeness(self, word: str, passage: PreparedPassage) -> float:
        """How much of a word the whole passage covers, 0..1."""
        own = self._sentence(word)
        return float(_best(own, passage).max(axis=1).mean()) if len(own.pieces) else 0.0

    def _elsewhere(
        self, sentence: str, passage: PreparedPassage, window: _Window, date: str | None, missing: int
    ) -> float:
        """How many quantities the passage states outside the sentences that carry the sentence, at most 2."""
        near = self._held(tuple(passage.texts[row] for row in window.rows))
        return float(min(2, max(0, len(compare(sentence, near, date).missing) - missing)))


def _lacking(names: NamesCompared, quantities: Compared) -> dict[str, float]:
    """The features that say what the passage lacks."""
    return {
        "names_missing": min(3.0, len(names.missing)),
        "names_doubtful": names.doubt,
        "places_missing": min(2.0, len(names.places)),
        "quantities_missing": min(2.0, len(quantities.missing)),
    }


def _best(own: Cut, passage: PreparedPassage) -> NDArray[np.float32]:
    """The best cosine of every piece in every sentence of the passage, shape (pieces, sentences)."""
    best = np.zeros((len(own.pieces), len(passage.cuts)), dtype=np.float32)
    for column, other in enumerate(passage.cuts):
        if len(other.pieces) and len(own.pieces):
            best[:, column] = cosines(own, other).max(axis=1)
    return best


def _rows(
    best: NDArray[np.float32], weights: NDArray[np.float32], late: NDArray[np.float64], encoded: NDArray[np.float64]
) -> tuple[int, ...]:
    """The row of the best sentence, or those of the best pair where it carries clearly more."""
    top = int(np.argmax(late + encoded))
    value, rows = float(late[top] + encoded[top]), (top,)
    found: tuple[int, ...] = rows
    for first in (top - 1, top):
        if first < 0 or first + 1 >= len(late):
            continue
        together = np.maximum(best[:, first], best[:, first + 1])
        pair = mean(together, weights) + float(encoded[first : first + 2].max()) - PAIR_GAIN
        if pair > value:
            value, found = pair, (first, first + 1)
    return found


def _least_clause(own: Cut, covered: NDArray[np.float32]) -> float:
    """How well the worst covered clause is covered."""
    parts = [slice(start, end) for start, end in bounds(own)]
    return min((mean(covered[part], own.weights[part]) for part in parts if own.weights[part].any()), default=0.0)


def _back(own: Cut, other: Cut) -> float:
    """How much of the passage's sentence the sentence covers."""
    if not len(own.pieces) or not len(other.pieces):
        return 0.0
    return mean(cosines(own, other).max(axis=0), other.weights)
