"""Names that are written by sound in the other language, found where no list of names and no vector knows them.

A proper noun of an English question is looked for among the characters of a Chinese passage, a run of the question
that reads like a transliterated name among the capitalised words of an English one. What matches that way counts as
matched in late interaction, as surely as its likeness says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.late_interaction import late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.question import Question
from rag.text.folding import fold_text
from rag.text.transliteration import PreparedName, PreparedWord, transliteration
from rag.text.words import is_function_word

SURE = 0.8
"""Likeness below which a match is chance as often as not: a passage holds many runs and words."""

_CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}")


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
            word = self.sound.best_match(_CAPITALISED.findall(text), capitalised_only=True)
            similarity = word.similarity if word else 0.0
        return similarity if similarity >= SURE else 0.0


def spoken_names(question: Question, model: StaticModel) -> tuple[SpokenName, ...]:
    """The names of a question that might be written by sound in the other language; known names are left out."""
    table = transliteration()
    known = [(mention.start, mention.end) for mention in question.names]
    sounds: list[tuple[str, PreparedWord | PreparedName]]
    if question.language == "en":
        words = [m for m in _CAPITALISED.finditer(question.text) if m.start() > 0 and _apart(m.span(), known)]
        sounds = [(m.group(), table.prepared(m.group())) for m in words if not is_function_word(m.group().lower())]
    else:
        folded = fold_text(question.text)
        # folding may change the length of a text: then known names cannot be told by their place
        placed = known if len(folded) == len(question.text) else []
        runs = [(start, end) for start, end in table.name_runs(folded) if _apart((start, end), placed)]
        sounds = [(folded[start:end], table.prepared_name(folded[start:end])) for start, end in runs]
    columns = {int(piece): at for at, piece in enumerate(question.pieces.pieces[: question.pieces.own])}
    named = [
        SpokenName(tuple(columns[int(p)] for p in model.pieces([text])[0] if int(p) in columns), s)
        for text, s in sounds
    ]
    return tuple(name for name in named if name.columns)


def _apart(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in others)


def sound_gains(
    question: Question, names: Sequence[SpokenName], texts: Sequence[str], best: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much late interaction rises when names that sound alike count as matched, shape (texts,), 0..1.

    `best` holds the best cosine of every own question piece in every text (texts × pieces).
    """
    raised = best.copy()
    for name in names:
        for row, text in enumerate(texts):
            columns = list(name.columns)
            # a name that the vectors know already needs no second look
            if raised[row, columns].min() < SURE:
                raised[row, columns] = np.maximum(raised[row, columns], name.likeness(text))
    gains: NDArray[np.float32] = late_scores(question.pieces, raised) - late_scores(question.pieces, best)
    return gains
