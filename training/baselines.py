"""What the product is compared with: BM25 over three kinds of words, and the encoder all-MiniLM-L6-v2.

BM25 is tantivy's, through the product's own word index, and each baseline differs in its words alone. Letters are
made small in all three; a word that a question repeats counts as often.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.index.catalog import WordsRow
from rag.index.lexical import LexicalIndex, as_term
from rag.text.folding import fold_text
from rag.text.jieba_dictionary import segment
from training.directions import Direction, ranks
from training.start import teacher_folder

_WORD = re.compile(r"\b\w+\b")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|[^\W{_HAN}]+")


def regex_words(text: str) -> list[str]:
    r"""The matches of `\b\w+\b`: a run of Chinese characters is one word."""
    return _WORD.findall(text.lower())


def jieba_words(text: str) -> list[str]:
    """The same, with every run of Chinese characters cut by jieba; the script stays."""
    words: list[str] = []
    for run in _RUN.finditer(text.lower()):
        words += segment(run.group()) if run.group(1) else [run.group()]
    return words


def folded_words(text: str) -> list[str]:
    """The words that jieba cuts from the folded text, so that both Chinese scripts give the same."""
    return jieba_words(fold_text(text))


BM25: Mapping[str, Callable[[str], list[str]]] = {
    "bm25-regex": regex_words,
    "bm25-jieba": jieba_words,
    "bm25-jieba-folded": folded_words,
}
"""The lexical baselines: how each cuts a text into words."""

MINILM = "all-MiniLM-L6-v2"


def rank_by_words(words: Callable[[str], list[str]], direction: Direction) -> NDArray[np.float64]:
    """The rank of each question's right text by BM25, from 1; a text without a word of the question scores 0."""
    rows = [WordsRow(key, 0, "en", " ".join(map(as_term, words(text)))) for key, text in enumerate(direction.pool)]
    index = LexicalIndex.in_memory(rows)
    scores = np.zeros((len(direction.questions), len(direction.pool)), dtype=np.float32)
    for row, question in enumerate(direction.questions):
        for candidate in index.search(Counter(words(question)), len(direction.pool)):
            scores[row, candidate.key] = candidate.score
    return ranks(scores, direction.gold)


class MiniLm:
    """The sentence encoder all-MiniLM-L6-v2. Every text is encoded once, as the pools share most of theirs."""

    def __init__(self) -> None:
        """Load it; raises `ImportError` where the package that carries it is absent."""
        folder = teacher_folder()
        os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu")
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def rank(self, direction: Direction) -> NDArray[np.float64]:
        """The rank of each question's right text by cosine, from 1."""
        scores = self._encode(direction.questions) @ self._encode(direction.pool).T
        return ranks(scores, direction.gold)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (texts, 384)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            encoded = self._model.encode(new, normalize_embeddings=True, show_progress_bar=True)
            self._vectors.update(zip(new, encoded, strict=True))
        return np.stack([self._vectors[text] for text in texts])
