"""True and false cases for `training.transliteration`: drawn from pairs and texts, and scored by a model.

A draw depends only on the seed, the material and the draws before it. A case that no path of the model leads
through is left out, so that features, scores and labels always have the same number of rows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.text.transliteration import WEIGHTS, Transliteration, letters_of
from training.transliteration_pairs import HAN, Pair


class Samples:
    """Seeded true and false cases: names put into running text, texts without the name, lists of English words."""

    def __init__(self, pairs: Sequence[Pair], texts: Sequence[str], english: Sequence[list[str]], seed: int) -> None:
        """`english`: the distinct words of English paragraphs, as written."""
        self.random, self.pairs, self.texts, self.english = random.Random(seed), pairs, texts, english

    def text(self, *runs: str) -> tuple[str, int]:
        """A running text with the runs, joined by dots, put between two characters, and where they begin."""
        text = self.random.choice(self.texts)
        at = self.random.randint(0, len(text))
        return text[:at] + "·".join(runs) + text[at:], at

    def with_name(self) -> tuple[str, str, int, int]:
        """(word, text, start, end) of a name in a text, one in three beside another name."""
        (word, run), (_, other) = self.random.choice(self.pairs), self.random.choice(self.pairs)
        runs = self.random.choice([(run,), (run,), (run,), (run,), (run, other), (other, run)])
        text, at = self.text(*runs)
        at += 0 if runs[0] == run else len(other) + 1
        return word, text, at, at + len(run)

    def without_name(self) -> tuple[str, str]:
        """(word, text), half of the texts with two other names in it, one in three words no name."""
        word = self.random.choice(self.pairs)[0]
        if self.random.random() < 0.33:
            word = letters_of(self.random.choice(self.random.choice(self.english)))
        runs = [run for other, run in self.random.sample(self.pairs, 2) if other != word]
        return word, self.text(*runs)[0] if self.random.random() < 0.5 else self.random.choice(self.texts)

    def false_pair(self) -> Pair:
        """A word and the run of another with the same first letter and nearly as many letters."""
        while True:
            (word, _), others = self.random.choice(self.pairs), self.random.sample(self.pairs, 60)
            for other, run in others:
                if other != word and other[0] == word[0] and abs(len(other) - len(word)) < 3:
                    return word, run

    def words(self, *, true: bool) -> tuple[list[str], str]:
        """(the words of an English paragraph, a Chinese name whose word is among them or not)."""
        (word, run), words = self.random.choice(self.pairs), self.random.choice(self.english)
        others = [other.capitalize() for other, _ in self.random.sample(self.pairs, 5) if other != word]
        return [*words, *others, *([word.capitalize()] if true else [])], run


def features(model: Transliteration, word: str, text: str, start: int, end: int) -> list[float] | None:
    """The terms of the score of a run, in the order of `WEIGHTS`; `None` where no path leads through."""
    run = text[start:end]
    score = model.prepared_name(run).score(word)
    if score is None:
        return None
    priors_ = [model.prior[char] for char in run]
    beside = []
    for char in (text[start - 1] if start else "", text[end] if end < len(text) else ""):
        han = bool(HAN.match(char))
        beside.append((max(0.0, model.prior.get(char, 0.0)), 0.0 if han else 1.0))
    terms = [1.0, 0.0, model.word_probability(word), sum(priors_), float(len(run)), float(len(word))]
    # what is left of the score is the term of the chunks
    known = sum(model.weights[n] * v for n, v in zip(WEIGHTS, terms, strict=False)) + 2 * model.weights["edge"]
    terms[1] = (score - known) / model.weights["chunk"]
    return [*terms, beside[0][0], beside[1][0], beside[0][1] + beside[1][1]]


def hard_cases(model: Transliteration, samples: Samples, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features and labels: true runs, the best false ones, and false pairs."""
    rows, labels = [], []

    def add(label: float, word: str, text: str, start: int, end: int) -> None:
        terms = features(model, word, text, start, end)
        if terms is not None:
            rows.append(terms)
            labels.append(label)

    for _ in range(size):
        word, text, start, end = samples.with_name()
        add(1.0, word, text, start, end)
        best = model.prepared(word).best_run(text)
        if best and (best.end <= start or best.start >= end):
            add(0.0, word, text, best.start, best.end)
        word, text = samples.without_name()
        best = model.prepared(word).best_run(text)
        if best:
            add(0.0, word, text, best.start, best.end)
        word, run = samples.false_pair()
        text, at = samples.text(run)
        add(0.0, word, text, at, at + len(run))
    return np.array(rows), np.array(labels)


def outcomes(
    model: Transliteration, samples: Samples, use: str, size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores and whether they are right, as many true cases as false ones, of one use."""
    results: list[tuple[float, float]] = []
    known = set(samples.pairs)

    def add(score: float | None, right: bool) -> None:
        if score is not None:
            results.append((score, float(right)))

    for _ in range(size):
        if use == "pair":
            word, run = samples.random.choice(samples.pairs)
            add(model.prepared_name(run).score(word), True)
            word, run = samples.false_pair()
            add(model.prepared_name(run).score(word), False)
        elif use == "text":
            word, text, start, end = samples.with_name()
            best = model.prepared(word).best_run(text)
            add(best.score if best else None, bool(best and best.start < end and start < best.end))
            best = model.prepared(samples.without_name()[0]).best_run(samples.without_name()[1])
            add(best.score if best else None, False)
        else:
            for true in (True, False):
                words, run = samples.words(true=true)
                name = model.prepared_name(run)
                scores = [(s, w) for w in words if (s := name.score(letters_of(w))) is not None]
                score, best_word = max(scores, default=(None, ""))
                add(score, true and (letters_of(best_word), run) in known)
    return np.array([s for s, _ in results]), np.array([right for _, right in results])
