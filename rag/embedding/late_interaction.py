"""Late interaction over the bundled model's piece vectors.

For every distinct question piece, the best cosine among the pieces of a passage (MaxSim: Khattab and Zaharia 2020,
"ColBERT"), weighted by how rare the piece is and zero for function words. The same matrix of best cosines ranks
passages and tells which words matched, across languages too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.text.words import is_function_word

# below this log rarity a piece is in nearly every text (measured on development questions)
_COMMON = 4.0
_SHARPNESS = 1.5
# the cosine of a piece with itself, but for rounding
_SAME = 0.99


@dataclass(frozen=True, slots=True)
class QuestionPieces:
    """The distinct pieces of a question: ids, weights that sum to 1, and unit vectors (pieces × dimensions).

    The first `own` pieces are the question's; those behind belong to other forms of the names in it and weigh
    nothing by themselves. Each of `aliases` is the columns of a name in the question with, for every other form of
    it, the columns of that form: a text that holds a whole form matches the name.
    """

    pieces: NDArray[np.uint32]
    weights: NDArray[np.float32]
    vectors: NDArray[np.float32]
    own: int
    aliases: tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...] = ()


def question_pieces(
    model: StaticModel, question: str, names: Mapping[str, Sequence[str]] | None = None
) -> QuestionPieces:
    """Cut a question into its distinct pieces; a question of function words alone keeps them all.

    `names` maps names as the question writes them to their other forms.
    """
    own = np.unique(model.pieces([question])[0])
    weights = np.maximum(model.rarity[own] - _COMMON, 0.5)
    content = np.array([not is_function_word(model.piece_text(int(piece))) for piece in own], dtype=bool)
    if content.any():
        weights = weights * content
    weights /= max(float(weights.sum()), 1e-9)
    pieces, aliases = _with_other_forms(model, own, names or {})
    padded = np.concatenate([weights, np.zeros(len(pieces) - len(own))]).astype(np.float32)
    return QuestionPieces(pieces, padded, model.vectors(pieces), len(own), aliases)


def _with_other_forms(
    model: StaticModel, own: NDArray[np.uint32], names: Mapping[str, Sequence[str]]
) -> tuple[NDArray[np.uint32], tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...]]:
    columns = {int(piece): column for column, piece in enumerate(own)}
    aliases = []
    for name, forms in names.items():
        mine, *others = model.pieces([name, *forms])
        at = tuple(columns[int(piece)] for piece in mine if int(piece) in columns)
        ways = [tuple(columns.setdefault(int(piece), len(columns)) for piece in other) for other in others]
        aliases.append((at, tuple(way for way in ways if way)))
    return np.array(list(columns), dtype=np.uint32), tuple(aliases)


def best_cosines(
    model: StaticModel, question: QuestionPieces, texts: Sequence[NDArray[np.uint32]]
) -> NDArray[np.float32]:
    """The best cosine of every question piece in every text, shape (texts, own question pieces), 0..1.

    `texts` are piece ids; a text without pieces matches nothing. The pieces of a name count as matched where the
    text holds another form of the name whole.
    """
    best = np.zeros((len(texts), len(question.pieces)), dtype=np.float32)
    if not len(question.pieces) or not any(len(text) for text in texts):
        return best[:, : question.own]
    distinct, places = np.unique(np.concatenate(texts), return_inverse=True)
    cosines = np.maximum(model.vectors(distinct) @ question.vectors.T, 0.0)
    at = 0
    for row, text in enumerate(texts):
        if len(text):
            best[row] = cosines[places[at : at + len(text)]].max(axis=0)
        at += len(text)
    for mine, forms in question.aliases:
        for form in forms:
            whole = best[:, form].min(axis=1) > _SAME
            best[np.ix_(whole, mine)] = 1.0
    return np.minimum(best[:, : question.own], 1.0)


def late_scores(question: QuestionPieces, best: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weighted mean of the sharpened best cosines, shape (texts,), 0..1."""
    scores: NDArray[np.float32] = np.power(best, _SHARPNESS, dtype=np.float32) @ question.weights[: question.own]
    return scores
