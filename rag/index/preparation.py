"""From a read article to a row of the store: cleaned, cut into passages, each with its vector, words and pieces."""

from __future__ import annotations

import numpy as np

from rag.embedding.static import StaticModel
from rag.ingestion.chunking import chunk
from rag.ingestion.cleaning import find_boilerplate
from rag.ingestion.readers import RawArticle
from rag.text.words import lexical_words
from rag.types import Encoder, NewArticle, Passage

RECIPE = "1"
"""Counts up whenever cleaning, chunking, words or pieces change, so that unchanged files are made anew."""


class Preparer:
    """Prepares articles with one encoder; `passage_pieces` is the length of a passage in pieces."""

    def __init__(self, model: StaticModel, encoder: Encoder, passage_pieces: int) -> None:
        self._model, self._encoder, self._passage_pieces = model, encoder, passage_pieces

    @property
    def recipe(self) -> str:
        """What besides its content decides how an article is stored."""
        return f"{RECIPE}/{self._passage_pieces}/{self._encoder.fingerprint}"

    def prepare(self, raw: RawArticle, article_id: str, content_hash: str) -> NewArticle:
        """The article ready to be stored."""
        boilerplate = find_boilerplate(raw.text, raw.language, pages=raw.pages)
        article = raw.article(article_id, boilerplate)
        passages = chunk(article, self._model.count_pieces, max_pieces=self._passage_pieces)
        # the heading is context: it says what the passage is about, so it is searched with it
        texts = [searchable(passage) for passage in passages]
        pieces = self._model.pieces(texts)
        if self._encoder is self._model:
            vectors = self._model.encode_pieces(pieces)
        else:
            vectors = self._encoder.encode_passages(texts)
        return NewArticle(
            article=article,
            passages=passages,
            vectors=vectors,
            words=tuple(lexical_words(text) for text in texts),
            pieces=tuple(np.unique(found) for found in pieces),
            content_hash=content_hash,
            path=raw.path,
        )


def searchable(passage: Passage) -> str:
    """What is searched of a passage: its heading and its text."""
    return f"{passage.heading}\n{passage.text}" if passage.heading else passage.text
