"""From a read article to a row of the store: cleaned, cut into passages, each with its vector, words and pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import BUNDLED_FOLDER, StaticModel
from rag.ingestion.chunking import chunks
from rag.ingestion.cleaning import find_boilerplate
from rag.ingestion.readers import RawArticle
from rag.text.folding import fold_texts
from rag.text.name_words import names_in
from rag.text.words import words_of_folded
from rag.types import Encoder, NewArticle, Passage

RECIPE = "3"
"""Counts up whenever cleaning, chunking, words, pieces or names change, so that unchanged files are made anew."""


class Preparer:
    """Prepares articles with one encoder; `passage_pieces` is the length of a passage in pieces."""

    def __init__(self, model: StaticModel, encoder: Encoder, passage_pieces: int) -> None:
        self._model, self._encoder, self.passage_pieces = model, encoder, passage_pieces

    @property
    def portable(self) -> bool:
        """Whether another process can make the same preparer by itself: the bundled model, and no other."""
        return self._encoder is self._model and self._model.folder == BUNDLED_FOLDER

    @property
    def recipe(self) -> str:
        """What besides its content decides how an article is stored."""
        return f"{RECIPE}/{self.passage_pieces}/{self._encoder.fingerprint}"

    def prepare(self, raw: RawArticle, article_id: str, content_hash: str) -> NewArticle:
        """The article ready to be stored."""
        boilerplate = find_boilerplate(raw.text, raw.language, pages=raw.pages)
        article = raw.article(article_id, boilerplate)
        reader = _SentenceReader(self._model)
        found = chunks(article, reader.count_pieces, max_pieces=self.passage_pieces)
        passages = tuple(one.passage for one in found)
        # the heading is context: it says what the passage is about, so it is searched with it
        parts = [
            [reader.read(one.passage.heading), *(reader.read(raw.text[s.start : s.end]) for s in one.sentences)]
            for one in found
        ]
        pieces = [np.concatenate([part.pieces for part in whole]) for whole in parts]
        if self._encoder is self._model:
            # the pieces are cut already
            vectors = self._model.encode_pieces(pieces)
        else:
            vectors = self._encoder.encode_passages([searchable(passage) for passage in passages])
        return NewArticle(
            article=article,
            passages=passages,
            vectors=vectors,
            words=tuple(tuple(word for part in whole for word in part.words) for whole in parts),
            pieces=tuple(np.unique(own) for own in pieces),
            content_hash=content_hash,
            path=raw.path,
            names=tuple(dict.fromkeys(name for whole in parts for part in whole for name in part.names)),
        )


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The pieces, the words and the names of a sentence or a heading."""

    pieces: NDArray[np.uint32]
    words: tuple[str, ...]
    names: tuple[str, ...]


class _SentenceReader:
    """Reads every sentence of an article once, though it is counted first and then stands in two passages."""

    def __init__(self, model: StaticModel) -> None:
        self._model = model
        self._counted: dict[str, tuple[str, NDArray[np.uint32]]] = {}
        self._read: dict[str, _Sentence] = {}

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many pieces each text has."""
        folded = fold_texts(texts)
        pieces = self._model.pieces_of_folded(folded)
        self._counted.update(zip(texts, zip(folded, pieces, strict=True), strict=True))
        return [len(own) for own in pieces]

    def read(self, text: str) -> _Sentence:
        """The pieces, words and names of a text."""
        if text not in self._read:
            if text not in self._counted:
                self.count_pieces([text])
            folded, pieces = self._counted[text]
            words = words_of_folded(folded)
            self._read[text] = _Sentence(pieces, words, tuple(names_in(text, folded, words)))
        return self._read[text]


def searchable(passage: Passage) -> str:
    """What is searched of a passage: its heading and its text."""
    return f"{passage.heading}\n{passage.text}" if passage.heading else passage.text
