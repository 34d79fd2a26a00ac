"""The tables of `training.transliteration`: P(letters | syllable), levels of characters, costs of letters.

Expectation maximisation over all ways to cut a word learns the chunks; counts are smoothed by parts of syllables.
Only sums over the given pairs and texts are used, nothing random: the same input gives the same tables.
Pinyin comes from pypinyin, which only this module needs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp, log
from typing import Any

import numpy as np

from rag.text.transliteration import LONGEST_CHUNK, USES, WEIGHTS
from training.transliteration_pairs import Pair

ROUNDS, FLOOR, BACKING, DISCOUNT, KEPT = 2, 1e-7, 5.0, 0.8, 0.0003
GATE = 0.4
_INITIAL = re.compile(r"[zcs]h|[bpmfdtnlgkhjqxrzcsyw]|")
_ONSET = re.compile(r"[^aeiouy]*")

_Arc = tuple[int, int, float]
_Counts = dict[str, dict[str, float]]


class Chunks:
    """P(letters | syllable), learned by expectation maximisation, backed by P(onset | initial) P(rime | final)."""

    def __init__(self, characters: Iterable[str]) -> None:
        """Readings from pypinyin; of several, `settle_readings` keeps what the pairs speak for."""
        from pypinyin import Style, pinyin

        self.readings = {
            char: [r for r in pinyin(char, Style.NORMAL, heteronym=True)[0] if r.isascii() and r.isalpha()]
            for char in sorted(characters)
        }
        self.syllable = {char: readings[0] for char, readings in self.readings.items() if readings}
        self._counts: _Counts = {}
        self._parts: _Counts = {}
        self._totals: dict[str, float] = {}
        self._known: dict[tuple[str, str], float] = {}

    def probability(self, syllable: str, chunk: str) -> float:
        """P(chunk | syllable)."""
        key = (syllable, chunk)
        if key not in self._known:
            self._known[key] = self._estimate(syllable, chunk)
        return self._known[key]

    def _estimate(self, syllable: str, chunk: str) -> float:
        if not self._totals:
            return 0.05 * exp(-1.5 * _edits(chunk, syllable))
        total = self._totals.get(syllable, 0.0)
        (initial, onset), (final, rime) = _split(syllable, chunk)
        backed = self._share(initial, onset) * self._share(final, rime)
        # what is seen once, often by a wrong pair, counts little (absolute discounting)
        counts = self._counts.get(syllable, {})
        mass = BACKING + DISCOUNT * len(counts)
        seen = max(0.0, counts.get(chunk, 0.0) - DISCOUNT)
        return max(FLOOR, (seen + mass * backed) / (total + BACKING))

    def _share(self, part: str, letters: str) -> float:
        total = self._totals.get(part, 0.0)
        return (self._parts.get(part, {}).get(letters, 0.0) + 1e-4) / (total + 0.02)

    def foreign(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The pairs whose characters have a reading and whose letters are more than that reading."""
        known = [(word, run) for word, run in pairs if all(char in self.syllable for char in run)]
        return [(word, run) for word, run in known if word != "".join(self.syllable[char] for char in run)]

    def likelihood(self, word: str, run: str) -> float:
        """ln P(word | run)."""
        forward, _ = self._forward(word, [self.syllable[char] for char in run])
        return log(max(1e-300, forward[-1].get(len(word), 0.0)))

    def fit(self, pairs: Sequence[Pair]) -> None:
        """One round: expected counts of every chunk, then the new probabilities."""
        counts: _Counts = {}
        for word, run in pairs:
            self._expect(word, [self.syllable[char] for char in run], counts)
        counts = {name: {c: count for c, count in chunks.items() if count > 0.01} for name, chunks in counts.items()}
        self._counts, self._parts = counts, {}
        for syllable, chunks in counts.items():
            for chunk, count in chunks.items():
                for part, letters in _split(syllable, chunk):
                    _add(self._parts, part, letters, count)
        self._totals = {name: sum(c.values()) for table in (counts, self._parts) for name, c in table.items()}
        self._known.clear()

    def _forward(self, word: str, syllables: list[str]) -> tuple[list[dict[int, float]], list[list[_Arc]]]:
        """P of each beginning of the word after each syllable, and the arcs (start, end, P) of each syllable."""
        length, arcs = len(word), []
        forward: list[dict[int, float]] = [{0: 1.0}]
        for at, syllable in enumerate(syllables, 1):
            now: dict[int, float] = defaultdict(float)
            step = []
            # the characters that are left must be able to hold the rest
            least = length - LONGEST_CHUNK * (len(syllables) - at)
            for place, mass in forward[-1].items():
                for end in range(max(place, least), min(length, place + LONGEST_CHUNK) + 1):
                    p = self.probability(syllable, word[place:end])
                    step.append((place, end, p))
                    now[end] += mass * p
            arcs.append(step)
            forward.append(now)
        return forward, arcs

    def _expect(self, word: str, syllables: list[str], counts: _Counts) -> None:
        """Add the expected counts of all ways to cut the word, by forward and backward sums."""
        forward, arcs = self._forward(word, syllables)
        length = len(word)
        total = forward[-1].get(length, 0.0)
        if total <= 0.0:
            return
        backward: dict[int, float] = {length: 1.0}
        for at in range(len(syllables) - 1, -1, -1):
            before: dict[int, float] = defaultdict(float)
            for place, end, p in arcs[at]:
                if end in backward:
                    before[place] += p * backward[end]
                    share = forward[at][place] * p * backward[end] / total
                    if share > 1e-4:
                        _add(counts, syllables[at], word[place:end], share)
            backward = before

    def settle_readings(self, pairs: Sequence[Pair]) -> None:
        """For every character of several readings, keep the one that makes its names most likely."""
        gains: _Counts = {}
        for word, run in pairs:
            for at, char in enumerate(run):
                for reading in self.readings[char] if len(self.readings[char]) > 1 else ():
                    syllables = [self.syllable[c] for c in run]
                    syllables[at] = reading
                    forward, _ = self._forward(word, syllables)
                    _add(gains, char, reading, log(max(1e-30, forward[-1].get(len(word), 0.0))))
        for char, gain in gains.items():
            self.syllable[char] = max(sorted(gain), key=gain.__getitem__)

    def entries(self, syllable: str) -> dict[str, int]:
        """The chunks worth keeping, each with -10 ln P."""
        (initial, _), (final, _) = _split(syllable, "")
        common = [
            [part for part in sorted(self._parts.get(of, {})) if self._share(of, part) > 0.02]
            for of in (initial, final)
        ]
        likely = {onset + rime for onset in common[0] for rime in common[1]}
        chunks = {c for c in {*self._counts.get(syllable, {}), *likely} if len(c) <= LONGEST_CHUNK} | {
            syllable[:LONGEST_CHUNK]
        }
        shares = {chunk: self.probability(syllable, chunk) for chunk in sorted(chunks)}
        return {chunk: round(-10 * log(p)) for chunk, p in shares.items() if p > KEPT or chunk == syllable}


def _add(counts: _Counts, name: str, key: str, value: float) -> None:
    inner = counts.setdefault(name, {})
    inner[key] = inner.get(key, 0.0) + value


def _split(syllable: str, chunk: str) -> tuple[tuple[str, str], tuple[str, str]]:
    initial, onset = _INITIAL.match(syllable), _ONSET.match(chunk)
    a, b = initial.end() if initial else 0, onset.end() if onset else 0
    return ("^" + syllable[:a], chunk[:b]), ("$" + syllable[a:], chunk[b:])


def _edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return row[-1]


def letter_costs(words: Iterable[str]) -> dict[str, list[int]]:
    """-10 ln P(letter | letter before) of names, `^` before the first."""
    counts = Counter(pair for word in words for pair in pairwise("^" + word))
    letters = [chr(97 + i) for i in range(26)]
    table = {}
    for a in ["^", *letters]:
        total = sum(counts[a, b] for b in letters) + 13
        table[a] = [round(-10 * log((counts[a, b] + 0.5) / total)) for b in letters]
    return table


def learn(pairs: list[Pair], chunks: Chunks, *, anew: bool = False) -> list[Pair]:
    """Fit, drop what stays unlikely against chance, fit again; returns the pairs that were kept.

    With `anew`, two rounds over all pairs come first; else what `chunks` has learned is the start.
    """
    kept = pairs = [pair for pair in pairs if all(char in chunks.syllable for char in pair[1])]
    letters = letter_costs(word for word, _ in pairs)
    if anew:
        chunks.fit(kept)
        chunks.fit(kept)
        chunks.settle_readings(kept)
    for turn in range(ROUNDS):
        gains = [chunks.likelihood(*pair) - chance(pair[0], letters) for pair in pairs]
        kept = [pair for pair, gain in zip(pairs, gains, strict=True) if gain > GATE * len(pair[0]) + 1.5]
        print(f"round {turn}: {len(kept)} of {len(pairs)} pairs, median gain {np.median(gains):.2f}")
        chunks.fit(kept)
    return kept


def chance(word: str, letters: dict[str, list[int]]) -> float:
    """ln P(word) by letter pairs."""
    return -sum(letters[a][ord(b) - 97] for a, b in pairwise("^" + word)) / 10


def priors(kept: Sequence[Pair], texts: Sequence[str], chunks: Chunks) -> dict[str, list[str]]:
    """Characters by level, 10 ln P(character | name) / P(character | text); those seldom in either are left out."""
    names = Counter(char for _, run in kept for char in run)
    running = Counter(char for text in texts for char in text if char in chunks.syllable)
    all_names, all_running = sum(names.values()), sum(running.values())
    levels: dict[str, list[str]] = defaultdict(list)
    for char in sorted(chunks.syllable):
        if names[char] or running[char] > 20:
            inside = (names[char] + 0.3) / (all_names + 1000)
            outside = (running[char] + 2.0) / (all_running + 10000)
            levels[str(round(2 * log(inside / outside)) * 5)].append(char)
    return levels


def table(chunks: Chunks, kept: Sequence[Pair], texts: Sequence[str]) -> dict[str, Any]:
    """The JSON content, with weights that only say that a run may be."""
    levels = priors(kept, texts, chunks)
    characters: dict[str, list[str]] = defaultdict(list)
    for char in sorted(char for level in levels.values() for char in level):
        characters[chunks.syllable[char]].append(char)
    return {
        "weights": dict(zip(WEIGHTS, (0.0, 1.0, -1.0, 0.5, 0.0, 0.0, -0.3, -0.3, 0.3), strict=True)),
        "calibration": {use: [1.0, -3.0] for use in USES},
        "priors": {level: "".join(chars) for level, chars in sorted(levels.items(), key=lambda kv: int(kv[0]))},
        "letters": letter_costs(word for word, _ in kept),
        "syllables": {
            name: ["".join(chars), "".join(f"{c}{v}" for c, v in chunks.entries(name).items())]
            for name, chars in sorted(characters.items())
        },
    }
