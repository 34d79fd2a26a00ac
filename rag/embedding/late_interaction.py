"""Late interaction over the bundled model's piece vectors.

For every distinct question piece, the best cosine among the pieces of a passage (MaxSim: Khattab and Zaharia 2020,
"ColBERT"), weighted by how rare the piece is and zero for function words. The same matrix of best cosines ranks
passages and tells which words matched, across languages too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.text.words import is_function_word

# below this log rarity a piece is in nearly every text (measured on development questions)
_COMMON = 4.0
_SHARPNESS = 2.0


@dataclass(frozen=True, slots=True)
class QuestionPieces:
    """The distinct pieces of a question: ids, weights that sum to 1, and unit vectors (pieces × dimensions)."""

    pieces: NDArray[np.uint32]
    weights: NDArray[np.float32]
    vectors: NDArray[np.float32]


def question_pieces(model: StaticModel, question: str) -> QuestionPieces:
    """Cut a question into its distinct pieces; a question of function words alone keeps them all."""
    pieces = np.unique(model.pieces([question])[0])
    weights = np.maximum(model.rarity[pieces] - _COMMON, 0.5)
    content = np.array([not is_function_word(model.piece_text(int(piece))) for piece in pieces], dtype=bool)
    if content.any():
        weights = weights * content
    total = float(weights.sum())
    weights = (weights / total if total else weights).astype(np.float32)
    return QuestionPieces(pieces, weights, model.vectors(pieces))


def best_cosines(
    model: StaticModel, question: QuestionPieces, texts: Sequence[NDArray[np.uint32]]
) -> NDArray[np.float32]:
    """The best cosine of every question piece in every text, shape (texts, question pieces), 0..1.

    `texts` are piece ids; a text without pieces matches nothing.
    """
    best = np.zeros((len(texts), len(question.pieces)), dtype=np.float32)
    if not len(question.pieces) or not any(len(text) for text in texts):
        return best
    distinct, places = np.unique(np.concatenate(texts), return_inverse=True)
    cosines = np.maximum(model.vectors(distinct) @ question.vectors.T, 0.0)
    at = 0
    for row, text in enumerate(texts):
        if len(text):
            best[row] = cosines[places[at : at + len(text)]].max(axis=0)
        at += len(text)
    return np.minimum(best, 1.0)


def late_scores(question: QuestionPieces, best: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weighted mean of the sharpened best cosines, shape (texts,), 0..1."""
    scores: NDArray[np.float32] = (best**_SHARPNESS) @ question.weights
    return scores
