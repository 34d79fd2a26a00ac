"""Ranking candidates by late interaction, balanced between languages.

For a candidate, score = late + 0.5 · dense + 0.07 · lexical − background, where `late` is late interaction (0..1),
`dense` the cosine of the pooled vectors, and `lexical` its BM25 score as a share of the best in its language. A
question finds texts of its own language more alike than texts of another, relevant or not. So each language is
measured against its own background, the score of unrelated passages: the mean over its candidates, of which there
may be few and all to the point, weighed with a prior. All constants were chosen by trying a few values on the
development questions in `tests/data` and on XQuAD's development part with both languages in one pool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.late_interaction import best_cosines, late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.question import Question
from rag.types import StoredPassage

DENSE_WEIGHT, LEXICAL_WEIGHT = 0.5, 0.07
BACKGROUND_WITHIN, BACKGROUND_ACROSS, BACKGROUND_WEIGHT = 0.36, 0.29, 100
"""Prior of the background within a language and across, and how many candidates it counts as."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its final score, what it is made of, and how well each question piece matched in it."""

    stored: StoredPassage
    score: float
    components: Mapping[str, float]
    best: NDArray[np.float32] | None = None

    def lifted(self, gain: float, components: Mapping[str, float]) -> Ranked:
        """The candidate with `gain` more, which further `components` explain."""
        # `dataclasses.replace` takes five times as long, and a question lifts some hundreds
        return Ranked(self.stored, self.score + gain, {**self.components, **components}, self.best)


def rerank(
    question: Question,
    model: StaticModel,
    candidates: Sequence[StoredPassage],
    dense: Mapping[int, float],
    lexical: Mapping[int, float],
) -> tuple[Ranked, ...]:
    """Order candidates of one language by their balanced score, best first.

    `dense` and `lexical` hold each side's score by passage key; a passage that the words did not nominate
    counts 0 there, one that the vectors did not nominate as much as their last.
    """
    if not candidates:
        return ()
    best = best_cosines(model, question.pieces, [stored.pieces for stored in candidates])
    late = late_scores(question.pieces, best)
    # a passage outside the nearest is at most as near as the last of them
    farthest = min(dense.values(), default=0.0)
    cosines = np.array([dense.get(stored.key, farthest) for stored in candidates], dtype=np.float32)
    top = max(lexical.values(), default=0.0) or 1.0
    words = np.array([lexical.get(stored.key, 0.0) / top for stored in candidates], dtype=np.float32)
    raw = late + DENSE_WEIGHT * cosines + LEXICAL_WEIGHT * words
    expected = BACKGROUND_ACROSS if _across(question, candidates[0]) else BACKGROUND_WITHIN
    background = (float(raw.sum()) + expected * BACKGROUND_WEIGHT) / (len(raw) + BACKGROUND_WEIGHT)
    scores = raw - background
    parts = zip(candidates, scores, late, cosines, words, best, strict=True)
    ranked = [
        Ranked(
            stored,
            float(score),
            {
                "late": float(m),
                "dense": float(d),
                "lexical": float(w),
                "background": -background,
            },
            matched,
        )
        for stored, score, m, d, w, matched in parts
    ]
    return tuple(sorted(ranked, key=lambda r: -r.score))


def _across(question: Question, stored: StoredPassage) -> bool:
    return question.language[:2] != stored.passage.language[:2]
