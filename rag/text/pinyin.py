"""How Chinese names are spelt in Latin letters by their readings: 田丰 is Tian Feng, 云坪 is Yunping.

Invariant: spellings are lower-case ASCII letters without tones or spaces. A character without a known reading makes
a name that has no spelling. The readings are those of Standard Chinese; `python -m training.pinyin_table` makes the
table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

_TABLE = Path(__file__).parent.parent / "resources" / "pinyin.json"
LONGEST = 4
"""Characters of the longest name that is spelt."""

_MOST_READINGS = 16
# 吕 is written Lü, Lu, Lv and Lyu
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
