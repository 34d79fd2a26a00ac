"""Folding: one comparable form for texts that differ only in script, width, case or regional words.

Invariant: `fold(text)` keeps, for every folded character, the span of the original text it came from, so that
whatever is found in folded text can be shown in the original script. Folding changes lengths (網際網路 → 互联网,
㍿ → 株式会社, İ → i̇); it is never undone by converting back, only by following the map.

The steps are Unicode NFKC with full case folding (Unicode Standard Annex 15 and chapter 3.13), the removal of
invisible format characters, and OpenCC's `tw2sp` (Traditional to Simplified with Taiwan vocabulary).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_HAN_RUN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]+")
# longer than any entry of the vocabulary dictionaries
_REACH = 12
# full-width punctuation that NFKC maps one to one, so that ordinary Chinese text takes the short way
_WIDE = str.maketrans("，！？；：（）％", ",!?;:()%")
_NEEDS_CLUSTERS = re.compile(r"[^\n\r\t\x20-\x7e一-鿿。、“”‘’《》「」『』【】—，！？；：（）％]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and where each of its characters came from.

    `starts` and `ends` hold, for every folded character, the half-open span of the original text it stands for;
    both are empty when folding moved nothing, which is the usual case.
    """

    text: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Map the folded span `[start, end)` to the smallest original span that covers it.

        Raises `ValueError` when the span is not inside the folded text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"span {start}:{end} is outside a folded text of {len(self.text)} characters")
        if not self.starts:
            return start, end
        if start == end:
            at = self.starts[start] if start < len(self.starts) else self.ends[-1]
            return at, at
        return self.starts[start], max(self.ends[start:end])


def fold(text: str) -> Folded:
    """Fold `text` and keep the map to the original offsets."""
    normal, starts, ends = _normalise(text)
    simplified = _simplify(normal)
    if simplified == normal:
        return Folded(normal, tuple(starts), tuple(ends))
    if not starts and len(simplified) == len(normal) and not _regional_words_moved(normal, simplified):
        return Folded(simplified)
    return _align(normal, simplified, starts, ends)


def fold_text(text: str) -> str:
    """Fold `text` when the map is not needed; equals `fold(text).text`."""
    return _simplify(_normalise_text(text))


def _normalise_text(text: str) -> str:
    if not _NEEDS_CLUSTERS.search(text):
        return text.translate(_WIDE).casefold()
    return "".join(_fold_cluster(text[a:b]) for a, b in _clusters(text))


def _normalise(text: str) -> tuple[str, list[int], list[int]]:
    if not _NEEDS_CLUSTERS.search(text):
        return text.translate(_WIDE).casefold(), [], []
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    moved = False
    for a, b in _clusters(text):
        folded = _fold_cluster(text[a:b])
        parts.append(folded)
        starts.extend([a] * len(folded))
        ends.extend([b] * len(folded))
        moved = moved or len(folded) != 1 or b - a != 1
    return ("".join(parts), starts, ends) if moved else ("".join(parts), [], [])


def _clusters(text: str) -> list[tuple[int, int]]:
    """Cut `text` where no character can compose with the one before it."""
    cuts = [i for i, char in enumerate(text) if i == 0 or not _joins_previous(char)]
    return list(zip(cuts, cuts[1:] + [len(text)], strict=True))


@lru_cache(maxsize=8192)
def _joins_previous(char: str) -> bool:
    return (
        unicodedata.combining(char) != 0
        or "\u1160" <= char <= "\u11ff"
        or unicodedata.category(char) == "Mc"
        or unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0
    )


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


@lru_cache(maxsize=1)
def _converters() -> tuple[Any, Any]:
    import opencc  # the maintained C++ converter with the dictionaries of Taiwan vocabulary

    return opencc.OpenCC("tw2sp"), opencc.OpenCC("t2s")


def _simplify(text: str) -> str:
    if not _HAN_RUN.search(text):
        return text
    simplified: str = _converters()[0].convert(text)
    return simplified


def _regional_words_moved(before: str, after: str) -> bool:
    """Whether a regional word was replaced, rather than characters one by one."""
    plain: str = _converters()[1].convert(before)
    return plain != after


def _align(before: str, after: str, starts: list[int], ends: list[int]) -> Folded:
    """Carry the spans of `before` over to `after`, run of Han characters by run."""
    if not starts:
        starts, ends = list(range(len(before))), list(range(1, len(before) + 1))
    new_starts: list[int] = []
    new_ends: list[int] = []
    for (a, b), (c, d) in _matching_runs(before, after):
        for i, j in _aligned_characters(before[a:b], after[c:d]):
            new_starts.append(starts[a + i])
            new_ends.append(ends[a + j - 1])
    return Folded(after, tuple(new_starts), tuple(new_ends))


def _matching_runs(before: str, after: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pair the Han runs, and what lies between them, of two texts that differ only inside Han runs."""
    mine = [m.span() for m in _HAN_RUN.finditer(before)]
    theirs = [m.span() for m in _HAN_RUN.finditer(after)]
    if len(mine) != len(theirs):
        return [((0, len(before)), (0, len(after)))]
    pairs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    p = q = 0
    for (a, b), (c, d) in zip(mine, theirs, strict=True):
        pairs += [((p, a), (q, c)), ((a, b), (c, d))]
        p, q = b, d
    return [*pairs, ((p, len(before)), (q, len(after)))]


def _aligned_characters(before: str, after: str) -> list[tuple[int, int]]:
    """For every character of `after`, the span of `before` that it stands for."""
    if before == after or _converters()[1].convert(before) == after:
        return [(i, i + 1) for i in range(len(after))]
    spans: list[tuple[int, int]] = []
    for a, b in _independent_segments(before):
        length = len(_simplify(before[a:b]))
        spans += [(a + i, a + i + 1) if length == b - a else (a, b) for i in range(length)]
    # a conversion that depends on more context than a window shows is mapped as one block
    return spans if len(spans) == len(after) else [(0, len(before))] * len(after)


def _independent_segments(run: str) -> list[tuple[int, int]]:
    """Cut a run of Han characters wherever both sides convert alone as they do together."""
    cuts = [p for p in range(1, len(run)) if _converts_apart(run[max(0, p - _REACH) : p], run[p : p + _REACH])]
    return list(zip([0, *cuts], [*cuts, len(run)], strict=True))


def _converts_apart(left: str, right: str) -> bool:
    return _simplify(left) + _simplify(right) == _simplify(left + right)
