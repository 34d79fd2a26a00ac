"""Questions with the sentence that answers them and sentences that nearly do: what the encoder learns asking from.

A question stands beside the sentence that holds its answer and the sentences of the whole set most like it that do
not, as retrieval would put them before the encoder. The part of each set that is held out for measuring is left out.

Across languages there are no questions to learn from, so every question is asked a second time word by word in the
other language: each word is replaced by its nearest neighbour of that language among the static vectors.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rag.embedding.late_interaction import best_cosines, late_scores, question_pieces
from rag.embedding.static import StaticModel
from rag.text.sentences import split_sentences
from rag.text.words import is_function_word
from training.data import folded, measured, read_rows

SETS = ("squad11.dev.no-xquad", "cmrc2018.trial", "cmrc2018.dev", "drcd.dev")

NEAREST, HARD = 40, 8
"""Sentences that are compared closely, and hard ones kept, for a question."""

SHORTEST = 6
"""Characters of a sentence that may answer or mislead; shorter ones are remains of cutting."""

NEIGHBOURS, NEAR = 60_000, 0.45
"""The most frequent pieces that a word may be replaced by, and the least cosine for it."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A folded question, the sentence that answers it, sentences that do not, nearest first, and accepted answers."""

    question: str
    right: str
    wrong: tuple[str, ...]
    accepted: tuple[str, ...] = ()


def is_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return _HAN.search(text) is not None


def questions(data: Path, model: StaticModel, seed: int = 0) -> list[Asked]:
    """All questions in their own language and word by word in the other, in a seeded order.

    Raises `OSError` where a set is missing.
    """
    own = [asked for name in SETS for asked in _of_set(data, name, model)]
    words = WordByWord(model)
    found = own + [replace(one, question=words.translate(one.question)) for one in own]
    random.Random(seed).shuffle(found)
    return found


def _of_set(data: Path, name: str, model: StaticModel) -> Iterator[Asked]:
    rows = [row for row in read_rows(data / f"qa/{name}.jsonl.gz") if not measured(name, row)]
    cut = {text: _sentences(text) for text in dict.fromkeys(str(row["context"]) for row in rows)}
    near = _Finder([text for spans in cut.values() for _, text in spans], model)
    for row in tqdm(rows, desc=name, mininterval=10):
        right = _holding(row, cut[str(row["context"])])
        question = folded(str(row["question"]))
        accepted = tuple(dict.fromkeys(folded(str(answer["text"])) for answer in row["answers"]))
        wrong = [text for text in near.nearest(question) if not any(answer in text for answer in accepted)]
        if right and wrong:
            yield Asked(question, right, tuple(wrong[:HARD]), accepted)


def _sentences(text: str) -> list[tuple[int, str]]:
    """The folded sentences of a paragraph, each with the place where it ends."""
    found = [(span.end, folded(text[span.start : span.end])) for span in split_sentences(text)]
    return [(end, sentence) for end, sentence in found if len(sentence) >= SHORTEST]


def _holding(row: dict[str, Any], sentences: Sequence[tuple[int, str]]) -> str:
    """The sentence that the first accepted answer begins in; empty where it is too short to be one."""
    start = int(row["answers"][0]["start"])
    sentence = next((text for end, text in sentences if start < end), "")
    return sentence if folded(str(row["answers"][0]["text"])) in sentence else ""


class _Finder:
    """The sentences most like a question: by their vectors, then by late interaction."""

    def __init__(self, sentences: Sequence[str], model: StaticModel) -> None:
        self._model, self._sentences = model, list(dict.fromkeys(sentences))
        self._pieces = model.pieces(self._sentences)
        self._vectors = model.encode_pieces(self._pieces)

    def nearest(self, question: str) -> list[str]:
        cosines = self._vectors @ self._model.encode_query(question)
        rough = np.argpartition(-cosines, min(NEAREST, len(cosines) - 1))[:NEAREST]
        pieces = question_pieces(self._model, question)
        scores = late_scores(pieces, best_cosines(self._model, pieces, [self._pieces[i] for i in rough]))
        return [self._sentences[i] for i in rough[np.argsort(-scores, kind="stable")]]


class WordByWord:
    """Puts a text into the other language piece by piece; the order of words stays."""

    def __init__(self, model: StaticModel) -> None:
        self._model = model
        self._texts = [model.piece_text(i).strip("▁ #") for i in range(len(model.rarity))]
        common = np.argsort(model.rarity, kind="stable")[:NEIGHBOURS]
        self._chinese = np.array([i for i in common if is_chinese(self._texts[i])], dtype=np.uint32)
        self._english = np.array([i for i in common if _WORD.fullmatch(self._texts[i])], dtype=np.uint32)
        self._vectors = {True: model.vectors(self._chinese), False: model.vectors(self._english)}
        self._known: dict[int, str] = {}

    def translate(self, text: str) -> str:
        """The text in the other language; what has no near neighbour stays, unless it is a function word."""
        chinese = is_chinese(text)
        pieces, spans = self._model.pieces_with_spans(text)
        words = [self._word(int(piece), text[start:end]) for piece, (start, end) in zip(pieces, spans, strict=True)]
        return (" " if chinese else "").join(word for word in words if word)

    def _word(self, piece: int, text: str) -> str:
        if piece not in self._known:
            self._known[piece] = self._neighbour(piece) if re.search(r"\w", text) else ""
        return self._known[piece] or ("" if is_function_word(text.strip()) else text.strip())

    def _neighbour(self, piece: int) -> str:
        to_chinese = not is_chinese(self._texts[piece])
        ids: NDArray[np.uint32] = self._chinese if to_chinese else self._english
        cosines = self._vectors[to_chinese] @ self._model.vectors(np.array([piece], dtype=np.uint32))[0]
        best = int(np.argmax(cosines))
        return self._texts[int(ids[best])] if cosines[best] > NEAR else ""
