"""Lines of a text, and where one of them ends more than itself.

Invariant: the blocks are ordered and disjoint and hold every visible character; a sentence never crosses the border
of two blocks. A line goes on into the next one only where that can be told: prose wrapped at a fixed width, or a
sentence that a page layout has broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.script import has_letters, is_han

_LINE = re.compile(r"\S[^\n\r\x0b\x0c\x85\u2028\u2029]*")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")
_LIST_MARK = re.compile(
    r"(?:[-*+•‣▪◦●○■□◆►–—·](?=\s)|\(?\d{1,3}[.)](?=\s|[^\W\d_])|[（(]?\d{1,3}[）、．]|[①-⑳]|[A-Za-z][.)](?=\s)"
    r"|[（(]?[一二三四五六七八九十]{1,3}[)）、.．])\s*"
)
_BLOCK_MARK = re.compile(r"#{1,6}\s|>|\||`{3}|~{3}|[-=*_]{3,}\s*$|-\s?\d{1,3}\s?-")
_CLOSERS = "”’」』）)]】》〉\"'＂＇"
_FINAL = "。！？｡!?；;…：:"
_SENTENCE = re.compile(r"[。！？!?]")
_CLAUSE = re.compile(r"[，。；、,;：]")
_LEAD = re.compile(r"\S{1,40}")
# a line of fewer characters is taken for a heading, never for a broken sentence
_LONG = 25
# a title of one clause is shorter
_TITLE = 45
_WRAPPED = range(50, 200)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that holds whole sentences; before `body` stands only the mark of a list item or heading."""

    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its surrounding whitespace; `columns` counts wide characters twice."""

    start: int
    end: int
    columns: int
    marked: int
    closed: bool


def is_heading_line(line: str) -> bool:
    """Whether one line reads like a heading: Markdown's `#`, or few words without final punctuation."""
    line = line.strip()
    if re.match(r"#{1,6}\s+\S", line):
        return True
    if not line or _LIST_MARK.match(line) or line[0] in "|>`" or not has_letters(line):
        return False
    last = line.rstrip(_CLOSERS)[-1:]
    return _columns(line) <= 60 and last not in f"{_FINAL}.，,、"


def blocks(text: str) -> list[Block]:
    """Cut `text` where a line ends a sentence whatever its last character is."""
    found: list[Block] = []
    for paragraph, gap in _paragraphs(text):
        widths = sorted(line.columns for line in paragraph)
        wrap = widths[-1] if len(widths) > 2 and widths[-2] >= 0.8 * widths[-1] else 0
        previous: _Line | None = None
        for line in paragraph:
            if previous is None:
                goes_on = bool(gap) and _goes_on_across(text, gap[0], line, first=len(found) == 1)
            else:
                goes_on = _goes_on(text, previous, line, wrap, first=len(found) == 1)
            if goes_on:
                found[-1] = Block(found[-1].start, found[-1].body, line.end)
            else:
                found.append(Block(line.start, line.start + line.marked, line.end))
            previous = line
    return found


def _paragraphs(text: str) -> list[tuple[list[_Line], list[_Line]]]:
    """Runs of lines without an empty one between, each with the line that stands before it, if any."""
    runs: list[tuple[list[_Line], list[_Line]]] = []
    end = 0
    for match in _LINE.finditer(text):
        line = _line(match)
        if not runs or _empty_between(text, end, line.start):
            runs.append(([], runs[-1][0][-1:] if runs else []))
        runs[-1][0].append(line)
        end = match.end()
    return runs


def _empty_between(text: str, end: int, start: int) -> bool:
    breaks = _BREAK.finditer(text, end, start)
    return next(breaks, None) is not None and next(breaks, None) is not None


def _line(match: re.Match[str]) -> _Line:
    words = match.group().rstrip()
    mark = _LIST_MARK.match(words)
    block = _BLOCK_MARK.match(words)
    body = words[mark.end() :] if mark else words
    closed = block is not None or not body
    return _Line(match.start(), match.start() + len(words), _columns(words), mark.end() if mark else 0, closed)


def _columns(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _goes_on(text: str, previous: _Line, line: _Line, wrap: int, first: bool) -> bool:
    """Whether a sentence crosses a single line break."""
    if line.marked or line.closed or previous.closed or _is_final(text, previous):
        return False
    if previous.columns in _WRAPPED and text[line.start].islower():
        return True
    if wrap in _WRAPPED and previous.columns + _lead(text, line) > wrap:
        return True
    return _goes_on_across(text, previous, line, first)


def _goes_on_across(text: str, previous: _Line, line: _Line, first: bool) -> bool:
    """Whether a page layout has broken a sentence between two long lines, perhaps with empty ones between."""
    if line.marked or line.closed or previous.closed:
        return False
    if previous.end - previous.start < _LONG or (line.end - line.start < _LONG and not _is_final(text, line)):
        return False
    last, following = text[previous.end - 1], text[line.start]
    if last.islower():
        return following.islower()
    if not is_han(last) or not (is_han(following) or following in f"{_CLOSERS}，、；,;"):
        return False
    return _is_prose(text[previous.start : previous.end], first)


def _is_prose(line: str, first: bool) -> bool:
    """Whether a long line without an end is prose rather than a heading; the first line is likely the title."""
    if line.count("（") + line.count("(") > line.count("）") + line.count(")"):
        return True
    clauses = len(_CLAUSE.findall(line))
    if not first:
        return clauses > 0
    return clauses > 1 or len(line) >= _TITLE or _SENTENCE.search(line) is not None


def _is_final(text: str, line: _Line) -> bool:
    """Whether a line ends with a mark that can end a sentence; a stop may also be an abbreviation's."""
    end = line.end
    while end > line.start and text[end - 1] in _CLOSERS:
        end -= 1
    return end > line.start and text[end - 1] in _FINAL


def _lead(text: str, line: _Line) -> int:
    """Columns that the first word of a line, with the space before it, would have needed on the line before."""
    if is_han(text[line.start]):
        return 5
    match = _LEAD.match(text, line.start, line.end)
    return 1 + _columns(match.group()) if match else 0
