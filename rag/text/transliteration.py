"""Names written by sound: how likely a run of Chinese characters is the sound of an English word, and where it is.

Invariant: every similarity is a probability in 0..1, and the offsets of a match slice the text that was given.
Chinese text is expected folded (`rag.text.folding.fold_text`), so that Traditional forms match as well.

The score of a run for a word is linear in its steps: for each character, the logarithm of P(letters | syllable)
for the letters that it stands for, and how much more often the character is written in such names than in running
text; then the word's own probability by letter pairs, its length, and what stands beside the run. The best run
of a text is therefore found exactly by dynamic programming (Viterbi), and a logistic function turns its score into
a probability; there is one function for each use, since the best of many candidates is often right by chance.
The tables come from `training/transliteration.py`; the model is the joint chunk model of Li, Zhang and Su (2004),
"A Joint Source-Channel Model for Machine Transliteration", conditioned on the toneless Pinyin syllable.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Any

from rag.text.folding import fold_text

MIN_CHARACTERS, MAX_CHARACTERS = 2, 7
MIN_LETTERS, MAX_LETTERS = 3, 20
LONGEST_CHUNK = 6
WEIGHTS = ("bias", "chunk", "word", "prior", "character", "letter", "before", "after", "edge")
"""The linear score; its terms are described at `Transliteration`."""
USES = ("pair", "text", "words")
"""One calibration each: a run against a word, the best run of a text, the best word of a list."""

_RESOURCE = Path(__file__).parent.parent / "resources" / "transliteration.json"
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_CHUNK = re.compile(r"([a-z]*)(\d+)")
_NOTHING = -1e9
# a run whose beginning scores less is not followed: hardly any true name starts so badly
_HOPELESS = -6.0
_LETTERS_APART = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_MARKS = re.compile(r"[\s'’ʻʼ`´.\-‐‑]+")
_POSSESSIVE = re.compile(r"(?<=[a-z])['’]s$")
# by chance two or three name characters stand together; a name has more, or rarer ones
_NAME_RUN, _NAME_PAIR = 4.0, 5.0
# a point stands between the parts of a foreign name and hardly anywhere else
_NAME_PART, _POINTS = 1.5, frozenset("·・‧•")
_COMMON_IN_A_NAME = -1.5


@dataclass(frozen=True, slots=True)
class Match:
    """A run `[start, end)` of the Chinese text that sounds like the word; `similarity` is in 0..1."""

    text: str
    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True)
class WordMatch:
    """The English word, at `index` of the words given, that the Chinese name sounds like; `similarity` in 0..1."""

    word: str
    index: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A run `[start, end)` and its linear score, before calibration."""

    start: int
    end: int
    score: float


@lru_cache(maxsize=65536)
def letters_of(word: str) -> str:
    """The letters a to z of a word, without accents, marks and a possessive; empty where it holds anything else."""
    plain = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", word.strip().casefold()).translate(_LETTERS_APART))
    plain = _MARKS.sub("", "".join(char for char in plain if not unicodedata.combining(char)))
    return plain if plain.isascii() and plain.isalpha() else ""


class Transliteration:
    """The learned tables and the searches over them.

    Terms of the score, each times its weight: `chunk` Σ ln P(letters | syllable); `word` ln P(word) by letter
    pairs; `prior` Σ ln P(character | name) / P(character | text); `character` and `letter`, their counts;
    `before` and `after`, the prior of the neighbour where it is above zero, since the name then goes on;
    `edge`, how many of the two neighbours are no Han character.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        """`table` is the content of `resources/transliteration.json`; see `training/transliteration.py`."""
        self.weights = {name: float(table["weights"][name]) for name in WEIGHTS}
        self._calibration = {use: tuple(map(float, table["calibration"][use])) for use in USES}
        self.syllable_of = {char: name for name, entry in table["syllables"].items() for char in entry[0]}
        self.prior = {char: int(level) / 10 for level, chars in table["priors"].items() for char in chars}
        self._letters = {name: [-int(cost) / 10 for cost in costs] for name, costs in table["letters"].items()}
        self.weighted = {
            name: {chunk: self.weights["chunk"] * -int(cost) / 10 for chunk, cost in _CHUNK.findall(entry[1])}
            for name, entry in table["syllables"].items()
        }
        weight, each = self.weights["prior"], self.weights["character"]
        self._step = {char: weight * self.prior[char] + each for char in self.syllable_of}

    def similarity(self, english: str, chinese: str) -> float:
        """The probability that the whole Chinese run is the sound of the whole English word; 0 where it cannot be."""
        run, letters = fold_text(chinese), letters_of(fold_text(english))
        if not run or not MIN_LETTERS <= len(letters) <= MAX_LETTERS or len(run) > MAX_CHARACTERS:
            return 0.0
        score = self.prepared_name(run).score(letters)
        return self.probability(score, "pair") if score is not None else 0.0

    def best_match(self, english: str, chinese_text: str) -> Match | None:
        """The run of a folded text that sounds most like the word; `None` where none has any likeness."""
        return self.prepared(english).best_match(chinese_text)

    def best_match_in_english(
        self, chinese_name: str, english_words: Sequence[str], capitalised_only: bool = False
    ) -> WordMatch | None:
        """The word that a folded Chinese name sounds most like, at its first place; `None` where none has any likeness.

        With `capitalised_only`, words without a capital first letter are passed over.
        """
        return self.prepared_name(chinese_name).best_match(english_words, capitalised_only)

    @lru_cache(maxsize=512)  # noqa: B019  (one instance lives as long as the process)
    def prepared(self, english: str) -> PreparedWord:
        """The word made ready for many texts."""
        return PreparedWord(self, letters_of(fold_text(english)))

    @lru_cache(maxsize=512)  # noqa: B019
    def prepared_name(self, chinese_name: str) -> PreparedName:
        """The Chinese run made ready for many English words."""
        return PreparedName(self, chinese_name)

    def name_runs(self, chinese_text: str) -> list[tuple[int, int]]:
        """Runs of a folded text that look like names written by sound, as `(start, end)` in text order.

        The characters must be written in such names much more often than in text, less so beside the point that
        parts names, and a run never cuts a word of the dictionary of `rag.text.jieba_dictionary`.
        """
        from rag.text.jieba_dictionary import segment

        runs: list[tuple[int, int]] = []
        for match in _HAN_RUN.finditer(chinese_text):
            if not (self._may_hold_a_name(match.group()) or _beside_a_point(chinese_text, *match.span())):
                continue
            at, start, total = match.start(), match.start(), 0.0
            for word in [*segment(match.group()), ""]:
                gain = self._name_gain(word)
                if gain <= 0.0:
                    least = _NAME_PAIR if at - start == MIN_CHARACTERS else _NAME_RUN
                    if _beside_a_point(chinese_text, start, at):
                        least = _NAME_PART
                    if total >= least and MIN_CHARACTERS <= at - start <= 2 * MAX_CHARACTERS:
                        runs.append((start, at))
                    start, total = at + len(word), 0.0
                else:
                    total += gain
                at += len(word)
        return runs

    def _may_hold_a_name(self, text: str) -> bool:
        """Whether any stretch of characters could reach what a name needs; cutting into words takes much longer."""
        total = 0.0
        for char in text:
            prior = self.prior.get(char, -3.0)
            total = total + max(prior, 0.0) if prior > _COMMON_IN_A_NAME else 0.0
            if total >= _NAME_RUN:
                return True
        return False

    def _name_gain(self, word: str) -> float:
        priors = [self.prior.get(char, -3.0) for char in word]
        # a longer word may hold a character that is as common elsewhere (华盛顿)
        return sum(priors) if priors and min(priors) > (_COMMON_IN_A_NAME if len(word) > 2 else 0.0) else _NOTHING

    def word_score(self, letters: str) -> float:
        """The part of the score that depends on the word alone."""
        chance = self.weights["word"] * self.word_probability(letters)
        return self.weights["bias"] + chance + self.weights["letter"] * len(letters)

    def word_probability(self, letters: str) -> float:
        """ln P(word) by letter pairs, `^` standing before the first letter."""
        before = "^" + letters
        return sum(self._letters[a][ord(b) - 97] for a, b in zip(before, letters, strict=False))

    def probability(self, score: float, use: str) -> float:
        """The calibrated probability of a score, for one of `USES`."""
        slope, offset = self._calibration[use]
        return 1 / (1 + exp(min(700.0, max(-700.0, -(slope * score + offset)))))

    def before(self, text: str, start: int) -> float:
        """The part of the score that depends on the character before a run."""
        return self._neighbour(text[start - 1], "before") if start else self.weights["edge"]

    def after(self, text: str, end: int) -> float:
        """The part of the score that depends on the character after a run."""
        return self._neighbour(text[end], "after") if end < len(text) else self.weights["edge"]

    def _neighbour(self, char: str, side: str) -> float:
        prior = self.prior.get(char)
        if prior is not None:
            return self.weights[side] * max(0.0, prior)
        return 0.0 if _HAN_RUN.match(char) else self.weights["edge"]

    def spans_from(self, letters: str, syllable: str, start: int) -> tuple[tuple[int, float], ...]:
        """Where a syllable that begins at `start` of the word may end, and what it adds to the score."""
        chunks = self.weighted.get(syllable, {})
        spans: list[tuple[int, float]] = []
        chance = 0.0
        for end in range(start, min(len(letters), start + LONGEST_CHUNK) + 1):
            if end > start:
                chance += self._letter_score(letters[end - 2] if end > 1 else "^", letters[end - 1])
            value = chunks.get(letters[start:end])
            if value is not None:
                spans.append((end, value + chance))
        return tuple(spans)

    def _letter_score(self, before: str, letter: str) -> float:
        return self.weights["letter"] + self.weights["word"] * self._letters[before][ord(letter) - 97]

    def step(self, char: str) -> tuple[str, float]:
        """The syllable of a known character and what the character adds to the score."""
        return self.syllable_of[char], self._step[char]


def _beside_a_point(text: str, start: int, end: int) -> bool:
    """Whether a point that parts foreign names stands before or after a run."""
    return text[start - 1 : start] in _POINTS or text[end : end + 1] in _POINTS


@lru_cache(maxsize=1024)
def _read(model: Transliteration, text: str) -> tuple[tuple[int, tuple[tuple[str, float], ...]], ...]:
    runs: list[tuple[int, tuple[tuple[str, float], ...]]] = []
    known = model.syllable_of
    for match in _HAN_RUN.finditer(text):
        at = start = match.start()
        while at <= match.end():
            if at == match.end() or text[at] not in known:
                if at - start >= MIN_CHARACTERS:
                    runs.append((start, tuple(map(model.step, text[start:at]))))
                start = at + 1
            at += 1
    return tuple(runs)


class PreparedWord:
    """An English word with the places that each syllable may take in it."""

    def __init__(self, model: Transliteration, letters: str) -> None:
        """`letters` as `letters_of` gives them; a word too short or too long matches nothing."""
        self._model = model
        self.letters = letters
        self._fits = MIN_LETTERS <= len(letters) <= MAX_LETTERS
        # filled as syllables are met, since few of them meet any one word
        self._spans: dict[tuple[str, int], tuple[tuple[int, float], ...]] = {}
        self._first: dict[str, tuple[tuple[int, float], ...]] = {}

    def extended(self, places: Mapping[int, float], character: str) -> dict[int, float]:
        """Where in the word a run may end that one more character makes longer, and its score there so far.

        `{0: 0.0}` is the run before its first character; empty where no path leads on.
        """
        if not self._fits or character not in self._model.syllable_of:
            return {}
        syllable, step = self._model.step(character)
        found: dict[int, float] = {}
        for place, score in places.items():
            for end, value in self._spans_at(syllable, place):
                total = score + value + step
                if total > _HOPELESS and total > found.get(end, _NOTHING):
                    found[end] = total
        return found

    def whole_score(self, places: Mapping[int, float]) -> float | None:
        """The linear score of a run, taken by itself, for the whole word; `None` where it does not reach the end."""
        reached = places.get(len(self.letters))
        return None if reached is None else reached + self._model.weights["bias"] + 2 * self._model.weights["edge"]

    def _spans_at(self, syllable: str, place: int) -> tuple[tuple[int, float], ...]:
        if (syllable, place) not in self._spans:
            self._spans[syllable, place] = self._model.spans_from(self.letters, syllable, place)
        return self._spans[syllable, place]

    def best_match(self, chinese_text: str) -> Match | None:
        """The run of a folded text that sounds most like the word; `None` where none has any likeness."""
        best = self.best_run(chinese_text)
        if best is None:
            return None
        similarity = self._model.probability(best.score, "text")
        return Match(chinese_text[best.start : best.end], best.start, best.end, similarity)

    def best_run(self, text: str) -> Scored | None:
        """The run of highest score, the first of equals."""
        best: Scored | None = None
        if self._fits:
            for offset, steps in _read(self._model, text):
                best = self._best_of_run(text, offset, steps, best)
        return best

    def _best_of_run(
        self, text: str, offset: int, steps: tuple[tuple[str, float], ...], best: Scored | None
    ) -> Scored | None:
        model, first, known, length = self._model, self._first, self._spans, len(self.letters)
        top, bias = best.score if best else _NOTHING, model.weights["bias"]
        states: dict[int, tuple[float, int]] = {}
        for at, (name, step) in enumerate(steps):
            begins = first.get(name)
            if begins is None:
                begins = first[name] = model.spans_from(self.letters, name, 0)
            if not states and not begins:
                continue
            found: dict[int, tuple[float, int]] = {}
            for place, (score, start) in states.items():
                if at - start >= MAX_CHARACTERS:
                    continue
                spans = known.get((name, place))
                if spans is None:
                    spans = known[name, place] = model.spans_from(self.letters, name, place)
                for end, value in spans:
                    total = score + value + step
                    if total > _HOPELESS and (end not in found or total > found[end][0]):
                        found[end] = (total, start)
            if begins:
                base = bias + step
                for end, value in begins:
                    total = base + value
                    if total > _HOPELESS:
                        total += model.before(text, offset + at)
                        if end not in found or total > found[end][0]:
                            found[end] = (total, at)
            states = found
            if length in found:
                score, start = found[length]
                if at + 1 - start >= MIN_CHARACTERS:
                    score += model.after(text, offset + at + 1)
                    if score > top:
                        top, best = score, Scored(offset + start, offset + at + 1, score)
        return best


class PreparedName:
    """A run of Chinese characters with the letters that each may stand for."""

    def __init__(self, model: Transliteration, name: str) -> None:
        """A run that is too short, too long or holds an unknown character matches nothing."""
        self._model = model
        known = MIN_CHARACTERS <= len(name) <= MAX_CHARACTERS and all(char in model.syllable_of for char in name)
        steps = [model.step(char) for char in name] if known else []
        self._chunks = [
            {chunk: value + step for chunk, value in model.weighted[syllable].items()} for syllable, step in steps
        ]
        self._beside = 2 * model.weights["edge"]

    def initials(self) -> frozenset[str]:
        """The letters that a word must begin with to have any likeness."""
        return frozenset(chunk[0] for chunk in _outermost(self._chunks))

    def finals(self) -> frozenset[str]:
        """The letters that a word must end in to have any likeness."""
        return frozenset(chunk[-1] for chunk in _outermost(reversed(self._chunks)))

    def score(self, letters: str) -> float | None:
        """The linear score of the whole run for the whole word, taken by itself; `None` where no path leads through."""
        length = len(letters)
        states = {0: 0.0}
        for chunks in self._chunks:
            found: dict[int, float] = {}
            for place, score in states.items():
                for end in range(place, min(length, place + LONGEST_CHUNK) + 1):
                    value = chunks.get(letters[place:end])
                    if value is not None and score + value > found.get(end, _NOTHING):
                        found[end] = score + value
            states = found
        if not self._chunks or length not in states:
            return None
        return states[length] + self._model.word_score(letters) + self._beside

    def best_match(self, english_words: Sequence[str], capitalised_only: bool = False) -> WordMatch | None:
        """As `Transliteration.best_match_in_english`."""
        best: tuple[float, int] | None = None
        for index, word in enumerate(english_words):
            if capitalised_only and not word[:1].isupper():
                continue
            letters = letters_of(word)
            if MIN_LETTERS <= len(letters) <= MAX_LETTERS:
                score = self.score(letters)
                if score is not None and (best is None or score > best[0]):
                    best = (score, index)
        if best is None:
            return None
        return WordMatch(english_words[best[1]], best[1], self._model.probability(best[0], "words"))


def _outermost(chunks: Iterable[Mapping[str, float]]) -> Iterator[str]:
    """The letters that the first of some syllables may stand for; the next one's too where it may stand for none."""
    for one in chunks:
        yield from filter(None, one)
        if "" not in one:
            return


@lru_cache(maxsize=1)
def transliteration() -> Transliteration:
    """The bundled model, read at the first call."""
    return Transliteration(json.loads(_RESOURCE.read_text("utf-8")))
