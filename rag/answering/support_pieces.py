"""Sentences and passages cut into clauses of pieces, so that each clause can be looked for in the other text.

Invariant: the clauses of a text are in order, none is empty, and together they hold every piece of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.text.words import is_function_word

# below this log rarity a piece is in nearly every text (as in `rag.embedding.late_interaction`)
_COMMON = 4.0
_SHARPNESS = 1.5
_LEAST = 2
_CLAUSE_END = re.compile(
    r"[，；：:;。！？!?]|,(?!\d)|\s[–—-]\s|——|—|\.(?=\s)"
    r"|\s(?=(?:but|while|whereas|although|though|yet|because|and|which|who)\s)"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as pieces: ids, weights (0 for function words), unit vectors, and its clauses.

    `starts` are the places of the first piece of each clause, `clauses` the texts of the clauses.
    """

    pieces: NDArray[np.uint32]
    weights: NDArray[np.float32]
    vectors: NDArray[np.float32]
    starts: NDArray[np.intp]
    clauses: tuple[str, ...]


def cut(model: StaticModel, text: str) -> Cut:
    """Cut a text; one without any piece has no clause."""
    pieces, spans = model.pieces_with_spans(text)
    weights = _weights(model, pieces)
    starts, clauses = _clauses(text, spans, weights)
    return Cut(pieces, weights, model.vectors(pieces), np.array(starts, dtype=np.intp), tuple(clauses))


def _weights(model: StaticModel, pieces: NDArray[np.uint32]) -> NDArray[np.float32]:
    weights = np.maximum(model.rarity[pieces] - _COMMON, 0.5)
    content = np.array([not is_function_word(model.piece_text(int(piece))) for piece in pieces], dtype=bool)
    kept: NDArray[np.float32] = (weights * content if content.any() else weights).astype(np.float32)
    return kept


def _clauses(text: str, spans: list[tuple[int, int]], weights: NDArray[np.float32]) -> tuple[list[int], list[str]]:
    """First pieces and texts of the clauses; one of less than two content pieces belongs to the one before it."""
    if not spans:
        return [], []
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    starts, texts, begun = [], [], 0
    first = 0
    for end in [*ends, len(text)]:
        last = next((i for i in range(first, len(spans)) if spans[i][0] >= end), len(spans))
        if last == first or (int((weights[first:last] > 0).sum()) < _LEAST and end < len(text)):
            continue
        starts.append(first)
        texts.append(text[begun:end])
        first, begun = last, end
    if len(texts) > 1 and int((weights[starts[-1] :] > 0).sum()) < _LEAST:
        starts.pop()
        texts[-2:] = [texts[-2] + texts[-1]]
    return starts, texts


def bounds(text: Cut) -> list[tuple[int, int]]:
    """First piece and end of every clause."""
    starts = text.starts.tolist()
    return list(zip(starts, [*starts[1:], len(text.pieces)], strict=True)) if starts else []


def cosines(one: Cut, other: Cut) -> NDArray[np.float32]:
    """The sharpened cosine of every piece with every piece, shape (pieces of one, pieces of other), 0..1."""
    found: NDArray[np.float32] = np.minimum(np.maximum(one.vectors @ other.vectors.T, 0.0), 1.0) ** _SHARPNESS
    return found


def mean(values: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """The weighted mean; 0 where nothing weighs."""
    total = float(weights.sum())
    return float(values @ weights) / total if total else 0.0
