"""The names of an index, found by what the name in a question sounds like: 曼宁 leads to Manning.

Vectors know common names, and the list of known names more; but most people and places of a text are in neither. Its
names are kept when it is ingested, and the name of a question is compared with all of those of the other language.
What sounds alike is then searched and matched like another form of the name. Chinese names that are spelt in pinyin are
found by their spelling, which must be the same: Tian Feng leads to 田丰.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from rag.text.aliases import NameMention
from rag.text.folding import fold_text
from rag.text.jieba_dictionary import is_rare, segment
from rag.text.name_words import english_names
from rag.text.people import find_people, is_surname
from rag.text.pinyin import LONGEST, letters_of, runs_of_pinyin, spellings
from rag.text.script import is_han
from rag.text.transliteration import transliteration
from rag.types import Language

SURE, MOST, NEAR = 0.9, 3, 3.0
"""The likeness that a form must have, how many count, and how far below the best one's score; chosen among a few values
on XQuAD's development part (from Chinese to English @5 .927 to .946; with one form .940)."""

_FAMILY = (1, 2)
"""Characters that a family name has."""
_TOO_SHORT = 2
_PLACES = "村镇乡县市省区"
_HAN_RUN = re.compile(r"[一-鿿]+")
REMEMBERED = 1_000
"""Names whose likes are remembered: a question is analysed several times, and looking takes up to 70 ms among 12,000
names."""


def unlisted_names(text: str, language: Language, known: Sequence[NameMention]) -> tuple[str, ...]:
    """The names of a question, folded, that might be written by sound; known names are left out."""
    taken, folded = [(mention.start, mention.end) for mention in known], fold_text(text)
    if language == "en":
        spans = list(english_names(text))
        return tuple(fold_text(text[start:end]) for start, end in spans if _apart((start, end), taken))
    # folding may change the length of a text: then known names cannot be told by their place
    placed = taken if len(folded) == len(text) else []
    return tuple(
        folded[start:end] for start, end in transliteration().name_runs(folded) if _apart((start, end), placed)
    )


def _apart(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in others)


def may_be_spelt(text: str, language: Language) -> bool:
    """Whether a question may hold a name that the other language spells in pinyin; spares looking for it otherwise."""
    spans = runs_of_pinyin(text) if language == "en" else _chinese_names(text, fold_text(text))
    return next(iter(spans), None) is not None


class HeardNames:
    """Names of both languages, ready to be found by sound. Thread-safe; what was found is remembered."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names` are folded, as a snapshot gives them."""
        self._names = frozenset(name for name in names if name)
        chinese = sorted(name for name in self._names if is_han(name[0]))
        self._spelt = [name for name in chinese if 1 < len(name) <= LONGEST]
        self._chinese = [name for name in chinese if transliteration().name_runs(name)]
        self._english: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self._names.difference(chinese):
            self._english[name[0], name[-1]].append(name)
        self._found: dict[str, tuple[str, ...]] = {}

    def like(self, name: str) -> tuple[str, ...]:
        """The names of the other language that this one, of a letter or more and folded, most likely is; best first."""
        found = self._found.get(name)
        if found is None:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            found = self._found[name] = self._like(name)
        return found

    def spelt_in(self, text: str, language: Language, known: Sequence[NameMention]) -> dict[str, tuple[str, ...]]:
        """The names in a question that the other language spells in pinyin, folded, with what they stand for there."""
        taken, folded = [(mention.start, mention.end) for mention in known], fold_text(text)
        if language == "en":
            return dict(self._in_pinyin(text, taken))
        placed = taken if len(folded) == len(text) else []
        return {
            folded[start:end]: found
            for start, end in _chinese_names(text, folded)
            if _apart((start, end), placed) and (found := self._spelt_as(folded[start:end]))
        }

    def _in_pinyin(self, text: str, taken: list[tuple[int, int]]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Capitalised words of pinyin that spell a Chinese name, the most that follow each other first."""
        taken = list(taken)
        for start, end in runs_of_pinyin(text):
            found = self._by_spelling.get(letters_of(text[start:end]))
            if found and _apart((start, end), taken):
                taken.append((start, end))
                yield fold_text(text[start:end]), found

    @cached_property
    def _by_spelling(self) -> Mapping[str, tuple[str, ...]]:
        """The Chinese names of the index by their spellings, family name first and last."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        named = [*self._spelt, *(name[:-1] for name in self._spelt if len(name) > 2 and name[-1] in _PLACES)]
        for name in named:
            turned = [name[at:] + name[:at] for at in _FAMILY if at < len(name) and is_surname(name[:at])]
            for spelling in frozenset().union(*map(spellings, (name, *turned))):
                found[spelling][name] = None
        return {spelling: tuple(names) for spelling, names in found.items()}

    def _spelt_as(self, name: str) -> tuple[str, ...]:
        """The words of the index that spell a Chinese name: one for a place, two for a person."""
        whole = tuple(sorted(spelling for spelling in spellings(name) if spelling in self._names))
        if whole:
            return whole
        return tuple(
            f"{family} {given}"
            for at in _FAMILY
            if at < len(name) and is_surname(name[:at])
            for family, given in product(sorted(spellings(name[:at])), sorted(spellings(name[at:])))
            # words of two letters, as Wu, are not kept as names
            if given in self._names and (family in self._names or len(family) == _TOO_SHORT)
        )

    def _like(self, name: str) -> tuple[str, ...]:
        scored = sorted(self._in_english(name) if is_han(name[0]) else self._in_chinese(name), reverse=True)
        likely = [form for score, form in scored[:MOST] if score >= scored[0][0] - NEAR and _is_sure(score)]
        return tuple(likely + [form for form in map(_other_number, likely) if form in self._names])

    def _in_english(self, name: str) -> Iterator[tuple[float, str]]:
        prepared = transliteration().prepared_name(name)
        for ends in product(prepared.initials(), prepared.finals()):
            for word in self._english.get(ends, ()):
                score = prepared.score(word)
                if score is not None:
                    yield score, word

    def _in_chinese(self, word: str) -> Iterator[tuple[float, str]]:
        prepared = transliteration().prepared(word)
        # names that begin alike follow each other, so what their beginning sounds like is found once
        begun, places, hopeless = "", [{0: 0.0}], ""
        for name in self._chinese:
            if hopeless and name.startswith(hopeless):
                continue
            del places[_shared(begun, name) + 1 :]
            while places[-1] and len(places) <= len(name):
                places.append(prepared.extended(places[-1], name[len(places) - 1]))
            begun = name[: len(places) - 1]
            hopeless = "" if places[-1] else begun
            score = prepared.whole_score(places[-1]) if begun == name else None
            if score is not None:
                yield score, name


def _chinese_names(text: str, folded: str) -> Iterator[tuple[int, int]]:
    """Where people and rare words stand in a question."""
    if len(text) == len(folded):
        yield from ((person.start, person.end) for person in find_people(text))
    for match in _HAN_RUN.finditer(folded):
        at = match.start()
        for word in segment(match.group()):
            if 1 < len(word) <= LONGEST and is_rare(word):
                yield at, at + len(word)
            at += len(word)


def _shared(a: str, b: str) -> int:
    """How many characters two names have in common from their beginning on."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _is_sure(score: float) -> bool:
    return transliteration().probability(score, "words") >= SURE


def _other_number(word: str) -> str:
    """The plural of a singular English word, or the reverse, by the usual ending."""
    return word.removesuffix("s") if word.endswith("s") else word + "s"
