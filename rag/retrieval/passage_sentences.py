"""The sentences of a passage with their pieces, cut once while the passage stays in use.

Cutting a passage into sentences and those into pieces takes a millisecond; a question looks at the sentences of
twenty passages, and the same passages come up again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.text.sentences import split_sentences

KEPT = 2_000


@dataclass(frozen=True, slots=True)
class PassageSentences:
    """The sentences of one passage, and the pieces of each in order."""

    texts: tuple[str, ...]
    pieces: tuple[NDArray[np.uint32], ...]


class SentenceCutter:
    """Cuts passages into sentences with the pieces of one model. Thread-safe."""

    def __init__(self, model: StaticModel) -> None:
        self._model = model
        self.cut = lru_cache(maxsize=KEPT)(self._cut)

    def _cut(self, text: str) -> PassageSentences:
        texts = tuple(text[span.start : span.end] for span in split_sentences(text)) or (text,)
        return PassageSentences(texts, tuple(self._model.pieces(texts)))
