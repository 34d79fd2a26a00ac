"""Headings of a text, Markdown's and those that are only short lines.

Invariant: a heading is a whole line, and below it stands something to read: a line of `#` marks with nothing below
is text like any other, so that no words get lost. Without a mark, a line is a heading only between prose.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Span

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_MARKED = re.compile(r"(#{1,6})[ \t]+(\S.*?)[ \t#]*$")
_FENCE = re.compile(r"```|~~~")
_HAN = re.compile(r"[㐀-鿿]")
_BROAD = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")
_LIST_OR_TABLE = re.compile(r"[-*+•·▪]\s|[|>]|\(?\d{1,3}[.)]\s")
_NUMBERED = re.compile(
    r"[-—–]?\s?\d{1,2}\s?[-—–、.．)]|[（(]?[一二三四五六七八九十]{1,3}[、)）.．]|第[一二三四五六七八九十\d]{1,3}[章节節部]|Part\s\d",
    re.I,
)
_NUMBER_MARK = re.compile(r"^[-—–]\s?\d{1,2}\s?[-—–]\s*")
_CLOSERS = "\"'”’」』）)】]》〉*_"
_ENDS = ".!?。！？…;；:：,，、—"
_SENTENCE_ENDS = ".!?。！？…;；:："
_INSIDE = re.compile(r"[。！？；]")
_MARKUP = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_WIDEST = 80
_MOST_WORDS = 14


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line at `[start, end)` of a text; `level` counts from 1, `title` is without marks."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    blank_before: bool
    fenced: bool


def find_headings(text: str, skipped: Sequence[Span] = ()) -> tuple[Heading, ...]:
    """The headings of `text` in order; lines inside the sorted spans `skipped` are passed over as if not there."""
    lines = _lines(text, skipped)
    wrapped = _is_wrapped(lines)
    found: list[tuple[int, Heading]] = []
    for number, line in enumerate(lines):
        marked = None if line.fenced else _MARKED.match(line.text)
        if marked:
            found.append((number, Heading(line.start, line.end, len(marked[1]), _plain(marked[2]))))
        elif _is_plain_heading(lines, number, wrapped):
            level = 1 if number == 0 else 2
            title = _plain(_NUMBER_MARK.sub("", line.text) or line.text)
            found.append((number, Heading(line.start, line.end, level, title)))
    return _with_something_below(found, len(lines))


def _lines(text: str, skipped: Sequence[Span]) -> list[_Line]:
    """The lines that hold letters, white space stripped, without those in `skipped`."""
    lines: list[_Line] = []
    fenced, at, last_end = False, 0, 0
    for found in _LINE.finditer(text):
        stripped = found[0].strip()
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        while at < len(skipped) and skipped[at].end <= start:
            at += 1
        if _FENCE.match(stripped):
            fenced = not fenced
        inside = at < len(skipped) and skipped[at].start <= start
        if not inside and any(char.isalnum() for char in stripped):
            gap = text[last_end:start]
            blank = gap.count("\n") + gap.count("\r") - gap.count("\r\n") > 1
            lines.append(_Line(start, start + len(stripped), stripped, blank, fenced))
        if stripped:
            last_end = start + len(stripped)
    return lines


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Whether paragraphs are broken into lines of a fixed width, as in e-mail: most lines then end in mid-sentence."""
    pairs = [(a, b) for a, b in itertools.pairwise(lines) if not b.blank_before and len(a.text) >= 15]
    return len(pairs) > 2 and sum(_final(a.text) not in _SENTENCE_ENDS for a, _ in pairs) * 2 > len(lines)


def _final(text: str) -> str:
    """The last character that is not a closing quote or bracket."""
    return text.rstrip(_CLOSERS)[-1:] or text[-1]


def _is_plain_heading(lines: Sequence[_Line], number: int, wrapped: bool) -> bool:
    line = lines[number]
    if line.fenced or number + 1 == len(lines) or not _reads_like_heading(line.text):
        return False
    before = lines[number - 1] if number else None
    after = lines[number + 1]
    if before and not line.blank_before and _final(before.text) not in _SENTENCE_ENDS:
        return False
    if before and _NUMBERED.match(line.text) and _NUMBERED.match(before.text):
        return False
    if not after.blank_before and (wrapped or after.text[0].islower()):
        return False
    return _is_prose(after.text) or bool(_LIST_OR_TABLE.match(after.text)) or _MARKED.match(after.text) is not None


def _reads_like_heading(text: str) -> bool:
    if _final(text) in _ENDS or _INSIDE.search(text) or text[0].islower():
        return False
    if _LIST_OR_TABLE.match(text) or len(text) + len(_BROAD.findall(text)) > _WIDEST:
        return False
    if _HAN.search(text):
        # a comma in a short Chinese line is more often a broken sentence than a heading
        return "，" not in text or _NUMBERED.match(text) is not None
    return len(text.split()) <= _MOST_WORDS


def _is_prose(text: str) -> bool:
    broad = len(text) + len(_BROAD.findall(text))
    return broad > _WIDEST or (broad >= 15 and _final(text) in _SENTENCE_ENDS)


def _with_something_below(found: Sequence[tuple[int, Heading]], total: int) -> tuple[Heading, ...]:
    """Keep the headings whose section, with its subsections, holds a line that is no heading."""
    useful: set[int] = set()
    open_: list[int] = []
    for at, (number, heading) in enumerate(found):
        while open_ and found[open_[-1]][1].level >= heading.level:
            open_.pop()
        open_.append(at)
        following = found[at + 1][0] if at + 1 < len(found) else total
        if following > number + 1:
            useful.update(open_)
    return tuple(heading for at, (_, heading) in enumerate(found) if at in useful)


def _plain(title: str) -> str:
    return " ".join(_LINK.sub(r"\1", _MARKUP.sub(r"\2", title)).split())
