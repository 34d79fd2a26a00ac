"""Names that are written by sound in the other language, found where no list of names and no vector knows them.

A proper noun of an English question is looked for among the characters of a Chinese passage, a run of the question
that reads like a transliterated name among the capitalised words of an English one. What matches that way counts as
matched in late interaction, as surely as its likeness says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.late_interaction import late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.question import Question, with_spelt_names
from rag.text.folding import fold_text
from rag.text.name_words import CAPITALISED
from rag.text.transliteration import PreparedName, PreparedWord, transliteration

SURE = 0.8
"""Likeness below which a match is chance as often as not: a passage holds many runs and words."""


@dataclass(frozen=True, slots=True)
class SpokenName:
    """A name of the question: the columns of its pieces, and what it sounds like."""

    columns: tuple[int, ...]
    sound: PreparedWord | PreparedName

    def likeness(self, text: str) -> float:
        """How likely it is, 0..1, that a passage of the other language holds the name by sound; 0 below `SURE`."""
        if isinstance(self.sound, PreparedWord):
            found = self.sound.best_match(fold_text(text))
            similarity = found.similarity if found else 0.0
        else:
            word = self.sound.best_match(CAPITALISED.findall(text), capitalised_only=True)
            similarity = word.similarity if word else 0.0
        return similarity if similarity >= SURE else 0.0


def spoken_names(question: Question, model: StaticModel) -> tuple[SpokenName, ...]:
    """The names of a question that might be written by sound in the other language; known names are left out."""
    table = transliteration()
    prepare: Callable[[str], PreparedWord | PreparedName]
    prepare = table.prepared if question.language == "en" else table.prepared_name
    names = question.unlisted
    columns = {int(piece): at for at, piece in enumerate(question.pieces.pieces[: question.pieces.own])}
    named = [
        SpokenName(tuple(columns[int(p)] for p in own if int(p) in columns), prepare(name))
        for name, own in zip(names, model.pieces(names), strict=True)
    ]
    return tuple(name for name in named if name.columns)


def sound_gains(
    question: Question, names: Sequence[SpokenName], texts: Sequence[str], best: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much late interaction rises when names that sound alike count as matched, shape (texts,), 0..1.

    `best` holds the best cosine of every own question piece in every text (texts × pieces).
    """
    raised = with_spelt_names(question, texts, best).copy()
    for name in names:
        for row, text in enumerate(texts):
            columns = list(name.columns)
            # a name that the vectors know already needs no second look
            if raised[row, columns].min() < SURE:
                raised[row, columns] = np.maximum(raised[row, columns], name.likeness(text))
    gains: NDArray[np.float32] = late_scores(question.pieces, raised) - late_scores(question.pieces, best)
    return gains
