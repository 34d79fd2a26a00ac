"""How Chinese names are spelt in Latin letters by their readings: 田丰 is Tian Feng, 云坪 is Yunping.

Invariant: spellings are lower-case ASCII letters without tones or spaces. A character without a known reading makes
a name that has no spelling. The readings are those of Standard Chinese; `python -m training.pinyin_table` makes the
table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, pairwise, product
from pathlib import Path

_TABLE = Path(__file__).parent.parent / "resources" / "pinyin.json"
LONGEST = 4
"""Characters of the longest name that is spelt."""

_MOST_READINGS, _MOST_WORDS, _LONGEST_SYLLABLE = 16, 3, 6
# a capitalised word, with the apostrophe that parts two syllables: Shen'ao
_CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]+(?:['’](?!s\b)[a-z]+)?(?![A-Za-z])")
# without its dots 吕 is written Lu, Lv and Lyu
_WRITTEN = {"lv": ("lv", "lu", "lyu"), "nv": ("nv", "nu", "nyu"), "lve": ("lve", "lue"), "nve": ("nve", "nue")}


@lru_cache(maxsize=1)
def _readings() -> Mapping[str, tuple[str, ...]]:
    """The syllables of each character, as they are written."""
    readings: dict[str, list[str]] = {}
    for syllable, characters in json.loads(_TABLE.read_text(encoding="utf-8")).items():
        for character in characters:
            readings.setdefault(character, []).extend(_WRITTEN.get(syllable, (syllable,)))
    return {character: tuple(syllables) for character, syllables in readings.items()}


@lru_cache(maxsize=1)
def _syllables() -> re.Pattern[str]:
    syllables = sorted({syllable for own in _readings().values() for syllable in own}, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(syllables)})+")


def is_pinyin(word: str) -> bool:
    """Whether a lower-case word can be cut into syllables of Chinese."""
    return _syllables().fullmatch(word) is not None


@lru_cache(maxsize=4096)
def spellings(name: str) -> frozenset[str]:
    """The ways a Chinese name of at most `LONGEST` characters is spelt, in one word; empty where it has none.

    `name` is folded. Of a name whose characters have many readings, the first 16 combinations.
    """
    if not name or len(name) > LONGEST:
        return frozenset()
    readings = [_readings().get(character, ()) for character in name]
    return frozenset("".join(way) for way in islice(product(*readings), _MOST_READINGS))


def runs_of_pinyin(text: str) -> Iterator[tuple[int, int]]:
    """Where up to three capitalised words follow each other that may be pinyin; longer runs come first."""
    words = [m.span() for m in _CAPITALISED.finditer(text) if is_pinyin(letters_of(m.group()))]
    for count in range(_MOST_WORDS, 0, -1):
        for run in zip(*(words[at:] for at in range(count)), strict=False):
            if all(text[one[1] : other[0]] in (" ", "-") for one, other in pairwise(run)):
                yield run[0][0], run[-1][1]


def letters_of(name: str) -> str:
    """The letters of a name in small letters, without what parts them."""
    return "".join(char for char in name.lower() if char.isalpha())


@lru_cache(maxsize=512)
def characters_spelt(letters: str) -> re.Pattern[str] | None:
    """A pattern for two to four folded characters in a row that are spelt with these small letters; `None` if none."""
    ways = [way for way in _cuts(letters, LONGEST) if len(way) > 1]
    patterns = ["".join(f"[{_read_as()[syllable]}]" for syllable in way) for way in ways]
    return re.compile("|".join(patterns)) if patterns else None


@lru_cache(maxsize=1)
def _read_as() -> Mapping[str, str]:
    """The characters of each syllable, as it is written."""
    read: dict[str, str] = {}
    for character, syllables in _readings().items():
        for syllable in syllables:
            read[syllable] = read.get(syllable, "") + character
    return read


def _cuts(letters: str, most: int) -> Iterator[tuple[str, ...]]:
    """The ways to cut letters into at most so many syllables."""
    if not letters:
        yield ()
    elif most:
        for end in range(1, min(len(letters), _LONGEST_SYLLABLE) + 1):
            if letters[:end] in _read_as():
                yield from ((letters[:end], *rest) for rest in _cuts(letters[end:], most - 1))
