"""Folding: one comparable form for texts that differ only in script, width, case or regional words.

Invariant: `fold(text)` keeps, for every folded character, the span of the original text it came from, so that
whatever is found in folded text can be shown in the original script. Folding changes lengths (網際網路 → 互联网,
㍿ → 株式会社, İ → i̇); it is never undone by converting back, only by following the map.

The steps are Unicode NFKC with full case folding (Unicode Standard Annex 15 and chapter 3.13), the removal of
invisible characters (formats, variation selectors), and OpenCC's `tw2sp` (Traditional to Simplified with Taiwan
vocabulary), settled where `tw2sp` would change its own result again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
# longer than any entry of the vocabulary dictionaries
_REACH = 12
# `tw2sp` also meets text that is Simplified already, where some of its Taiwan words are parts of other words or mean
# something else (尼日利亚, 程序); each group of words that it pulls apart is given one form here
_SETTLED = {"程序": "进程", "文件": "文档", "呼叫": "调用", "U盘": "u盘"}
_UNSETTLED = re.compile(r"(?<=尼日)尔(?=尔|利亚)|(?<=厄瓜多尔)尔|(?<=塔吉克斯坦)斯坦|程序|文件|呼叫|U盘")
# full-width punctuation that NFKC maps one to one, so that ordinary Chinese text takes the short way
_WIDE = str.maketrans("，！？；：（）％", ",!?;:()%")
_SPECIAL = r"[^\n\r\t\x20-\x7e一-鿿。、“”‘’《》「」『』【】—，！？；：（）％]"
_NEEDS_CLUSTERS = re.compile(_SPECIAL)
# with the character before them, which they may compose with
_SPECIAL_RUN = re.compile(rf"[\s\S]?{_SPECIAL}+")


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


def fold_texts(texts: Sequence[str]) -> list[str]:
    """Fold many texts in one go, which is several times faster than one by one; equals `fold_text` of each."""
    lines = fold_text("\n".join(texts)).split("\n")
    folded: list[str] = []
    at = 0
    for text in texts:
        # folding keeps every line break and looks at nothing beyond it
        count = text.count("\n") + 1
        folded.append("\n".join(lines[at : at + count]))
        at += count
    return folded


def _normalise_text(text: str) -> str:
    if not _NEEDS_CLUSTERS.search(text):
        return text.translate(_WIDE).casefold()
    parts: list[str] = []
    at = 0
    for run in _SPECIAL_RUN.finditer(text):
        parts.append(text[at : run.start()].translate(_WIDE).casefold())
        parts += [_fold_cluster(run[0][a:b]) for a, b in _clusters(run[0])]
        at = run.end()
    return "".join(parts) + text[at:].translate(_WIDE).casefold()


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
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))


@lru_cache(maxsize=8192)
def _joins_previous(char: str) -> bool:
    return (
        unicodedata.combining(char) != 0
        or "\u1160" <= char <= "\u11ff"
        or unicodedata.category(char).startswith("M")
        or unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0
    )


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    # half a surrogate pair is no character, and the converter refuses it; a NUL ends its text
    kept = ("\ufffd" if "\ud800" <= char <= "\udfff" or char == "\0" else char for char in folded)
    return "".join(char for char in kept if not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    """Format characters, variation selectors (Unicode 23.4) and the grapheme joiner."""
    return (
        unicodedata.category(char) == "Cf"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or char == "\u034f"
    )


@lru_cache(maxsize=1)
def _converters() -> tuple[Any, Any]:
    import opencc  # the maintained C++ converter with the dictionaries of Taiwan vocabulary

    return opencc.OpenCC("tw2sp"), opencc.OpenCC("t2s")


def _simplify(text: str) -> str:
    if not _HAN_RUN.search(text):
        return text
    simplified: str = _converters()[0].convert(text)
    return _UNSETTLED.sub(_settle, simplified)


def _settle(match: re.Match[str]) -> str:
    return _SETTLED.get(match.group(), "")


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
    """Pair the Han runs, and what lies between them, of two texts; line by line, as no word crosses a line."""
    mine, theirs = before.split("\n"), after.split("\n")
    if len(mine) != len(theirs):
        return [((0, len(before)), (0, len(after)))]
    pairs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    p = q = 0
    for left, right in zip(mine, theirs, strict=True):
        for (a, b), (c, d) in _runs_of_line(left, right):
            pairs.append(((p + a, p + b), (q + c, q + d)))
        p, q = p + len(left), q + len(right)
        if p < len(before):
            pairs.append(((p, p + 1), (q, q + 1)))
        p, q = p + 1, q + 1
    return pairs


def _runs_of_line(before: str, after: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pair the runs of one line; the whole line where a word changed outside its Han characters (隨身碟 → u盘)."""
    whole = [((0, len(before)), (0, len(after)))]
    if before == after or _HAN_RUN.split(before) != _HAN_RUN.split(after):
        return whole
    mine = [0, *(at for m in _HAN_RUN.finditer(before) for at in m.span()), len(before)]
    theirs = [0, *(at for m in _HAN_RUN.finditer(after) for at in m.span()), len(after)]
    return list(zip(pairwise(mine), pairwise(theirs), strict=True))


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
