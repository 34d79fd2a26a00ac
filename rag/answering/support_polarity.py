"""Whether one text denies or turns round what another says: negations, opposite words, names in another order.

Invariant: two negations in one clause, a negation beside an opposite word ("did not rise", "fell"), and an opposite
word beside names in reversed order ("A is larger than B", "B is smaller than A") cancel each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.answering.support_pieces import Cut, bounds, cosines, mean
from rag.answering.support_words import COMPARES, NEGATION, NO_NEGATION, OPPOSITES, SOFTENED
from rag.text.folding import fold_text

_FORWARD = 0.65
"""How much of the likeness of two clauses is what the one covers of the other; the rest is the way back."""

Places = Callable[[str], Sequence[tuple[int, str]]]
"""Gives the names of a text in order: where they begin, and their keys."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How surely a sentence turns round what a passage says, each 0..1.

    `denied` where a clause has a negation and the nearest clause of the passage nothing like one; `denied_alone` where
    besides nothing near it in the passage has; `denied_there` where the nearest clause has a negation and the sentence
    nothing like one.
    `opposite` where the nearest clause has the opposite word, `opposite_alone` where the sentences of the passage have
    only that; `order` where names that are compared stand in another order.
    """

    denied: float = 0.0
    denied_alone: float = 0.0
    denied_there: float = 0.0
    opposite: float = 0.0
    opposite_alone: float = 0.0
    order: float = 0.0


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return fold_text(text).replace("’", "'")


def denies(text: str) -> bool:
    """Whether a clause holds an odd number of negations."""
    return _negations(text) % 2 == 1


@lru_cache(maxsize=8192)
def _negations(text: str) -> int:
    return len(NEGATION.findall(NO_NEGATION.sub(" ", _folded(text))))


@lru_cache(maxsize=8192)
def _softened(text: str) -> int:
    """How many words of a text deny, or may stand for a negation in other words."""
    return len(SOFTENED.findall(NO_NEGATION.sub(" ", _folded(text))))


def opposite(one: str, other: str) -> bool:
    """Whether of any pair of opposites the one text has one side and the other only the other."""
    pairs = zip(_sides(one), _sides(other), strict=True)
    return any((a == 1 and b == 2) or (a == 2 and b == 1) for a, b in pairs)


@lru_cache(maxsize=8192)
def _sides(text: str) -> tuple[int, ...]:
    """For each pair of opposites: 1 and 2 where one side stands alone, 3 for both, 0 for neither."""
    plain = _folded(text)
    return tuple((left.search(plain) is not None) + 2 * (right.search(plain) is not None) for left, right in OPPOSITES)


def reversed_order(one: str, other: str, places: Places) -> bool:
    """Whether a name that stands before a comparing word in one text stands behind one in the other, and the other way.

    Looked at are the two names nearest to a comparing word on either side.
    """
    theirs = list(_compared(other, places))
    return any(
        before & behind_there and behind & before_there
        for before, behind in _compared(one, places)
        for before_there, behind_there in theirs
    ) and not any(
        before & before_there and behind & behind_there
        for before, behind in _compared(one, places)
        for before_there, behind_there in theirs
    )


def _compared(text: str, places: Places) -> Iterator[tuple[set[str], set[str]]]:
    """For each comparing word the names nearest before and behind it."""
    named = places(text)
    for match in COMPARES.finditer(text.lower() if text.isascii() else _folded(text)):
        before = [key for at, key in named if at < match.start()][-2:]
        behind = [key for at, key in named if at >= match.start()][:2]
        if before and behind:
            yield set(before) - set(behind), set(behind) - set(before)


def turns(sentence: str, own: Cut, window: str, cuts: Sequence[Cut], places: Places) -> Turns:
    """Compare a sentence with a passage, cut sentence by sentence; `window` is the part that carries it best."""
    order = reversed_order(sentence, window, places)
    denied = there = flipped = 0.0
    cancelled = False
    for likeness, mine, other in _aligned(own, cuts):
        turned = opposite(mine, other)
        here, back = _denies_more(mine, other), _denies_more(other, mine) and not _softened(sentence)
        if turned and (here or back or order):
            cancelled = True
            continue
        denied, there = max(denied, likeness * here), max(there, likeness * back)
        flipped = max(flipped, likeness * turned)
    if cancelled:
        return Turns(denied, 0.0, there, flipped)
    alone = any(denies(clause) for clause in own.clauses) and not _softened(window)
    return Turns(denied, float(alone), there, flipped, float(opposite(sentence, window)), float(order))


def _denies_more(one: str, other: str) -> bool:
    """Whether only the one clause is a negation, and the other does not say the same by other words."""
    return denies(one) and not denies(other) and _softened(one) > _softened(other)


def _aligned(own: Cut, cuts: Sequence[Cut]) -> list[tuple[float, str, str]]:
    """Every clause of the sentence with the clause of the passage most like it, and how like, 0..1."""
    best = [(0.0, clause, "") for clause in own.clauses]
    for other in cuts:
        if not len(other.pieces) or not len(own.pieces):
            continue
        values = cosines(own, other)
        forward = np.maximum.reduceat(values, other.starts, axis=1)
        back = np.maximum.reduceat(values, own.starts, axis=0)
        for at, (start, end) in enumerate(bounds(own)):
            for i, (a, b) in enumerate(bounds(other)):
                likeness = _FORWARD * mean(forward[start:end, i], own.weights[start:end])
                likeness += (1 - _FORWARD) * mean(back[at, a:b], other.weights[a:b])
                if likeness > best[at][0]:
                    best[at] = (likeness, own.clauses[at], other.clauses[i])
    return [one for one in best if one[0] > 0]
