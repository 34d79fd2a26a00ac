"""Reading the best candidates closely: which of their sentences says what the question asks.

Ranking by the words of a whole passage cannot tell a passage that says a thing from one that has its words strewn
about. So the best passages of each language, at most `READ` of those whose score is within `REACH` of the best, are
looked at sentence by sentence: by late interaction over single sentences and neighbouring pairs, and by the sentence
encoder, whole and piece by piece. Words say less across languages, so more are read there, `READ_ACROSS`. The encoder
takes some milliseconds a sentence and therefore reads only the `SENTENCES` of each passage that late interaction likes
best. Reading more gained a point at most (`training/NOTES.md`).

A passage's score gains, for every feature, its weight times how far the feature lies above its background, the
mean over wrong candidates. Weights and backgrounds are separate for passages in the question's language and in the
other, so that the languages stay balanced; `training/ranking.py` fits them into `resources/ranking.json`. What was
not read gains nothing, or loses as much as the least of what was read in its language, so that nothing overtakes by
not being read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.contextual import ContextualModel, Reading
from rag.embedding.late_interaction import best_cosines, late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.passage_sentences import PassageSentences, SentenceCutter
from rag.retrieval.question import Question
from rag.retrieval.reranking import Ranked
from rag.retrieval.sound import sound_gains, spoken_names

WEIGHTS_FILE = Path(__file__).parent.parent / "resources" / "ranking.json"
READ, READ_ACROSS, REACH, SENTENCES = 10, 15, 0.3, 2
ACROSS_SCALE = 0.8
"""A score across languages is worth this share of itself beside one within the question's language.

The gains across are fitted to tell passages of one language apart and spread wider; articles of both languages about
one topic would otherwise push each other out. Chosen on the questions in `tests/data` and the development half of
`corpus/gold` beside what ten thousand passages of the other language, added to XQuAD's, cost: two points from Chinese
to English, else one at most.
"""

FEATURES = ("sentence", "pair", "encoder", "second", "contextual", "contextual_pair", "sound")
"""Late interaction of the best sentence and pair; the encoder's cosine of the best and the second-best sentence; what
the question's pieces in their context find in the best sentence and in all that the encoder reads; what names that
only sound alike add to late interaction, across languages."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a feature is worth and what it is for an unrelated passage, in the order of `FEATURES`."""

    weights: NDArray[np.float64]
    background: NDArray[np.float64]

    def gain(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """What passages gain, shape (passages,), of their features, shape (passages, FEATURES)."""
        gains: NDArray[np.float64] = (features - self.background) @ self.weights
        return gains


@lru_cache(maxsize=1)
def learned_weighing() -> Mapping[str, Weighing]:
    """The bundled weights of passages `within` the question's language and `across`."""
    return read_weighing(WEIGHTS_FILE)


def read_weighing(file: Path) -> Mapping[str, Weighing]:
    """The weights of a file of the bundled one's form; raises `ValueError` when fitted for other features."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    found = {}
    for name in ("within", "across"):
        weights, background = stored[name]["weights"], stored[name]["background"]
        if set(weights) != set(FEATURES) or set(background) != set(FEATURES):
            raise ValueError(f"{file.name} was fitted for other features; run python -m training.ranking")
        found[name] = Weighing(np.array([weights[f] for f in FEATURES]), np.array([background[f] for f in FEATURES]))
    return found


class CloseReader:
    """Reads passages closely. Thread-safe; the encoder is loaded when it is first needed."""

    def __init__(self, model: StaticModel, encoder: Callable[[], ContextualModel], cutter: SentenceCutter) -> None:
        self._model, self._encoder, self._cutter = model, encoder, cutter

    def read(self, question: Question, ranked: Sequence[Ranked]) -> list[Ranked]:
        """The candidates in the order that close reading gives them.

        `components` gain the features of what was read, the `gain`, and `balance`, which is added across languages.
        """
        languages = dict.fromkeys(one.stored.passage.language[:2] for one in ranked)
        groups = [[one for one in ranked if one.stored.passage.language[:2] == language] for language in languages]
        read = [one for group in groups for one in self._read_language(question, group)]
        return sorted(read, key=lambda one: -one.score)

    def _read_language(self, question: Question, ranked: Sequence[Ranked]) -> list[Ranked]:
        """The candidates of one language, best first, with their gains."""
        across = ranked[0].stored.passage.language[:2] != question.language[:2]
        most = READ_ACROSS if across else READ
        reach = sum(one.score >= ranked[0].score - REACH for one in ranked[:most])
        features = self.features(question, [one.stored.passage.text for one in ranked[:reach]], across)
        gains = learned_weighing()["across" if across else "within"].gain(features)
        parts = [{**_named(row), "gain": float(gain)} for row, gain in zip(features, gains, strict=True)]
        unread = min(0.0, float(gains.min()))
        parts += [{"gain": unread}] * (len(ranked) - reach)
        scale = ACROSS_SCALE if across else 1.0
        return [_gained(one, own, scale) for one, own in zip(ranked, parts, strict=True)]

    def features(self, question: Question, texts: Sequence[str], across: bool) -> NDArray[np.float64]:
        """The features of passages of one language, `across` if it is not the question's; shape (texts, FEATURES)."""
        cut = [self._cutter.cut(text) for text in texts]
        matched = self._matched(question, cut)
        single = [late_scores(question.pieces, best) for best in matched]
        pairs = [late_scores(question.pieces, _pairs(best)) for best in matched]
        chosen = [np.argsort(-scores, kind="stable")[:SENTENCES] for scores in single]
        asked, told = self._read_sentences(
            question, [[c.texts[int(i)] for i in rows] for c, rows in zip(cut, chosen, strict=True)]
        )
        cosines = [np.array([reading.vector for reading in own]) @ asked.vector for own in told]
        found = [np.stack([asked.best_in(reading) for reading in own]) for own in told]
        names = spoken_names(question, self._model) if across else ()
        columns = {
            "sentence": [scores.max() for scores in single],
            "pair": [scores.max() for scores in pairs],
            "encoder": [own.max() for own in cosines],
            "second": [np.sort(own)[-2:][0] for own in cosines],
            "contextual": [(best @ asked.worth).max() for best in found],
            "contextual_pair": [best.max(axis=0) @ asked.worth for best in found],
            "sound": sound_gains(question, names, texts, np.stack([best.max(axis=0) for best in matched])),
        }
        return np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in FEATURES])

    def _matched(self, question: Question, cut: Sequence[PassageSentences]) -> list[NDArray[np.float32]]:
        """The best cosine of every question piece in every sentence (sentences × pieces), by passage."""
        best = best_cosines(self._model, question.pieces, [pieces for one in cut for pieces in one.pieces])
        return np.split(best, np.cumsum([len(one.texts) for one in cut])[:-1])

    def _read_sentences(
        self, question: Question, sentences: Sequence[Sequence[str]]
    ) -> tuple[Reading, list[list[Reading]]]:
        """What the encoder makes of the question and of sentences, by passage."""
        asked, *told = self._encoder().read([question.text, *(text for own in sentences for text in own)])
        readings = iter(told)
        return asked, [[next(readings) for _ in own] for own in sentences]


def _pairs(best: NDArray[np.float32]) -> NDArray[np.float32]:
    """What every two neighbouring sentences match together; the sentence itself where there is but one."""
    return np.maximum(best[:-1], best[1:]) if len(best) > 1 else best


def _gained(one: Ranked, components: Mapping[str, float], scale: float) -> Ranked:
    """A candidate with its gain, on the scale of those in the question's language."""
    gain = components["gain"]
    if scale == 1.0:
        return one.lifted(gain, components)
    balance = (scale - 1) * (one.score + gain)
    return one.lifted(gain + balance, {**components, "balance": balance})


def _named(row: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(FEATURES, row.tolist(), strict=True))
