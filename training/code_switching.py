"""English sentences with some of their words put into Chinese, so that rare words are met in prose.

Dictionary entries alone teach a word without a context, and the parallel texts are about software and law. So in
English sentences words and short phrases are replaced by an entry that a dictionary gives for them, and the mixed
sentence must land where the teacher puts the English one (after Qin et al. 2020, "CoSDA-ML: Multi-Lingual
Code-Switching Data Augmentation"). Where a word has several entries, one is drawn; those that the static model finds
nearer are drawn more often, so that a sense that does not fit is rare. Everything is seeded.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import StaticModel
from rag.text.words import is_function_word
from training.data import SOURCES, read_rows, row_pairs

LONGEST, ENTRIES = 4, 4
"""Words of a phrase, and entries of it that are drawn from."""

SHORTEST_PLURAL = 4
"""A word of so many letters is no plural: was, gas."""

SHARE = (0.3, 0.9)
"""The share of a sentence's known phrases that is replaced is drawn from here, evenly."""

TEMPERATURE = 0.1

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_FIRST = re.compile(r"^(?:to be|to|an?|the) (?=[a-z])")


@dataclass(frozen=True, slots=True)
class Glossary:
    """Chinese entries by English phrase in lower case, with the chance that each is drawn."""

    entries: Mapping[str, tuple[Sequence[str], NDArray[np.float64]]]

    def switched(self, sentence: str, rng: random.Random) -> str:
        """The sentence with some of its phrases in Chinese; itself where no phrase is known."""
        share = rng.uniform(*SHARE)
        words = list(_WORD.finditer(sentence))
        parts, at, i = [], 0, 0
        while i < len(words):
            phrase, length = self._longest(sentence, words, i)
            if phrase and rng.random() < share:
                found, chances = self.entries[phrase]
                parts += [sentence[at : words[i].start()], rng.choices(found, chances.tolist())[0]]
                at = words[i + length - 1].end()
            i += length
        return "".join([*parts, sentence[at:]])

    def _longest(self, sentence: str, words: Sequence[re.Match[str]], i: int) -> tuple[str, int]:
        """The longest known phrase that begins at word `i`, and how many words it has; an empty one has one."""
        for length in range(min(LONGEST, len(words) - i), 0, -1):
            phrase = sentence[words[i].start() : words[i + length - 1].end()].lower()
            singular = phrase.removesuffix("s") if len(phrase) > SHORTEST_PLURAL else phrase
            known = next((form for form in (phrase, singular) if form in self.entries), "")
            if known and not is_function_word(phrase):
                return known, length
        return "", 1


def glossary(data: Path, model: StaticModel) -> Glossary:
    """The dictionaries of a data folder turned round; raises `OSError` where one is missing."""
    found: dict[str, dict[str, None]] = {}
    for source in SOURCES:
        if source.kind != "dictionary":
            continue
        for row in read_rows(data / source.path):
            for gloss, entry in row_pairs(source, row):
                for phrase in phrases(gloss):
                    found.setdefault(phrase, {})[entry] = None
    return Glossary({phrase: _drawn(phrase, _whole_words(entries), model) for phrase, entries in found.items()})


def _whole_words(entries: Iterable[str]) -> list[str]:
    """The entries without single characters, which are mostly bound forms; all of them where there is no other."""
    kept = list(entries)
    return [entry for entry in kept if len(entry) > 1] or kept


def phrases(gloss: str) -> Iterator[str]:
    """The phrases that may be replaced, in lower case: notes and particles dropped, function words left out."""
    for part in re.split(r"[;,/]", _NOTE.sub(" ", gloss)):
        phrase = _FIRST.sub("", " ".join(part.lower().split()))
        words = phrase.split()
        if 1 <= len(words) <= LONGEST and all(_WORD.fullmatch(w) for w in words) and not is_function_word(words[0]):
            yield phrase


def _drawn(phrase: str, entries: Sequence[str], model: StaticModel) -> tuple[Sequence[str], NDArray[np.float64]]:
    """The entries nearest to a phrase with their chances, which sum to 1."""
    vectors = model.encode_passages([phrase, *entries])
    cosines = (vectors[1:] @ vectors[0]).astype(np.float64)
    best = np.argsort(-cosines, kind="stable")[:ENTRIES]
    chances = np.exp((cosines[best] - cosines[best[0]]) / TEMPERATURE)
    return [entries[i] for i in best], chances / chances.sum()


def switched(sentences: Iterable[str], words: Glossary, seed: int) -> list[tuple[str, str]]:
    """Mixed sentences with the English ones they come from; those without a known phrase are left out."""
    rng = random.Random(seed)
    mixed = ((words.switched(sentence, rng), sentence) for sentence in sentences)
    return [(text, sentence) for text, sentence in mixed if text != sentence]
