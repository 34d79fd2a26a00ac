"""Sentences of English, Chinese and mixed text, as spans of the original.

Invariant: the spans are ordered and disjoint, hold every character that is not whitespace, begin and end with such a
character, and none is longer than `LONGEST` characters. A text is first cut into blocks where its lines end
something (`rag.text.lines`); inside a block a mark ends a sentence unless what stands around it says otherwise.
Every step looks a bounded distance around a position, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re

from rag.text.abbreviations import dot_is_inside
from rag.text.lines import Block, blocks, is_heading_line
from rag.text.script import is_han
from rag.types import Span

__all__ = ["LONGEST", "is_heading_line", "split_sentences"]

LONGEST = 400
"""No sentence has more characters; a longer one is cut at a clause mark."""

_FOOTNOTE = r"(?:\[\d{1,3}(?:[,，、\-–]\s?\d{1,3})*\]|【\d{1,3}】|[¹²³⁰⁴-⁹]{1,4})"
_CLOSER = r"[”’」』）)\]】》〉\"'＂＇*_]"
_END = re.compile(
    r"(?P<marks>[。！？｡!?；;…．.](?:[。！？｡!?…．.]*))"
    rf"(?P<closers>(?:{_FOOTNOTE}|{_CLOSER})*(?:[ \u00a0]{_FOOTNOTE})*)"
)
_WORD = re.compile(r"[^\W_]")
_NOT_SPACE = re.compile(r"\S")
_CLAUSE = re.compile(r"(?:[；;，、]|,(?!\d))[”’」』）)\]】]*")
_GOES_ON_AFTER = "，,、：:；;"
# after a closing quote these say that the quotation was a part of the sentence
_AFTER_QUOTE = "的地等之"
_AFTER_EXCLAMATION = "的地等之这這一是就"
# an aside in brackets, as far as it is looked for
_ASIDE = 80


def split_sentences(text: str) -> tuple[Span, ...]:
    """Spans of the sentences of `text`, in order; `()` for a text of whitespace only. Takes any text."""
    spans: list[Span] = []
    for block in blocks(text):
        for start, end in _sentences(text, block):
            spans.extend(_bounded(text, start, end))
    return tuple(spans)


def _sentences(text: str, block: Block) -> list[tuple[int, int]]:
    """Cut one block at its ends of sentences; whitespace around the pieces is left out."""
    found: list[tuple[int, int]] = []
    start = block.start
    word = _first_word(text, block.body, block.end)
    for match in _END.finditer(text, block.body, block.end):
        end = _end_with_own_closers(text, match, start)
        if match.start() < word or not _ends_here(text, match, start, end, block.end):
            continue
        found.append((start, end))
        start = _next_visible(text, end, block.end)
        # a mark without words belongs to the sentence that follows it
        word = _first_word(text, start, block.end)
    if start < block.end:
        found.append((start, block.end))
    return found


def _end_with_own_closers(text: str, match: re.Match[str], start: int) -> int:
    """Where the mark's closers end; a straight quote that opens the next sentence is not one of them."""
    end = match.end()
    for at in range(match.end("marks"), end):
        char = text[at]
        if char in '"＂' and text.count(char, max(start, at - LONGEST), at) % 2 == 0:
            return _rstrip(text, match.start(), at)
        if char in "*_'＇" and at + 1 < len(text) and at == match.end("marks") and _WORD.match(text, at + 1):
            return at
    return end


def _ends_here(text: str, match: re.Match[str], start: int, end: int, limit: int) -> bool:
    """Whether the marks of `match`, with closers up to `end`, end the sentence that began at `start`."""
    marks = match["marks"]
    nearest = text[end] if end < limit else ""
    after = _next_visible(text, end, limit)
    following = text[after] if after < limit else ""
    if not following:
        return True
    if following in _GOES_ON_AFTER or (nearest and nearest in "”’」』）)]】》〉"):
        return False
    closers = text[match.end("marks") : end]
    if closers and nearest and not _quotation_ends(marks, closers, nearest):
        return False
    if marks in ".．":
        return _dot_ends(text, match.start(), end, after, start, limit)
    if marks[0] in "；;":
        return _semicolon_ends(text, match.start(), nearest, start)
    return _mark_ends(text, match.start(), marks, closers, nearest, after, limit)


def _quotation_ends(marks: str, closers: str, nearest: str) -> bool:
    """Whether a mark inside quotes or brackets ends the sentence around them too, when `nearest` follows at once."""
    if nearest.isspace():
        return True
    if marks[-1] in "。｡.．":
        return nearest not in _AFTER_QUOTE
    return closers[-1] in "”’」』\"'" and nearest not in _AFTER_EXCLAMATION


def _mark_ends(text: str, at: int, marks: str, closers: str, nearest: str, after: int, limit: int) -> bool:
    """Exclamation and question marks, full stops of Chinese, ellipses."""
    if marks[0] in "。！？｡":
        return True
    if "…" in marks or marks.startswith(".."):
        return not _continues_in_lower_case(text, after, limit) and not (nearest.isascii() and nearest.isalnum())
    before = text[at - 1] if at else " "
    if nearest.isascii() and not nearest.isspace() and before.isascii():
        # inside an address or a name, as in `?page=1` and `Yahoo!Finance`
        return not (nearest.isalnum() or nearest in "=&/#%+-_")
    return not (("!" in marks[-1] or closers) and _continues_in_lower_case(text, after, limit))


def _semicolon_ends(text: str, at: int, nearest: str, start: int) -> bool:
    """A Chinese semicolon ends a sentence unless it stands inside an aside in brackets; an English one never does."""
    if text[at] == ";" and at and text[at - 1].isascii():
        return False
    low = max(start, at - _ASIDE)
    opened = max(text.rfind("（", low, at), text.rfind("(", low, at))
    closed = max(text.rfind("）", low, at), text.rfind(")", low, at))
    if opened <= closed:
        return True
    high = at + _ASIDE
    return text.find("）", at, high) < 0 and text.find(")", at, high) < 0


def _dot_ends(text: str, at: int, end: int, after: int, start: int, limit: int) -> bool:
    """A half-width stop: an end, or part of a number, a name, an address or an abbreviation."""
    before = text[at - 1] if at > start else " "
    nearest = text[end] if end < limit else ""
    if end == at + 1 and nearest and not nearest.isspace():
        if is_han(before):
            return not nearest.isdigit()
        if nearest.isascii() or (nearest.isalnum() and not is_han(nearest)):
            return False
    if _continues_in_lower_case(text, after, limit):
        return False
    return not dot_is_inside(text, at, start, after, limit)


def _continues_in_lower_case(text: str, after: int, limit: int) -> bool:
    """Whether what follows begins in lower case, names such as iPhone and xAI aside."""
    if after >= limit or not text[after].islower():
        return False
    return not (after + 1 < limit and text[after + 1].isupper())


def _bounded(text: str, start: int, end: int) -> list[Span]:
    """The sentence whole, or cut so that no piece is longer than `LONGEST`."""
    pieces: list[Span] = []
    while end - start > LONGEST:
        cut = _cut(text, start)
        pieces.append(Span(start, _rstrip(text, start, cut)))
        start = _next_visible(text, cut, end)
    if start < end:
        pieces.append(Span(start, end))
    return pieces


def _cut(text: str, start: int) -> int:
    """Where to cut a sentence that is too long: after its last clause mark, else at a space, else at the limit."""
    limit = start + LONGEST
    clause = space = -1
    for match in _CLAUSE.finditer(text, start, limit):
        clause = match.end()
    if clause - start > LONGEST // 4:
        return clause
    for at in range(limit, start, -1):
        if text[at].isspace():
            space = at
            break
    return space if space - start > LONGEST // 4 else limit


def _first_word(text: str, start: int, limit: int) -> int:
    match = _WORD.search(text, start, limit)
    return match.start() if match else limit


def _next_visible(text: str, start: int, limit: int) -> int:
    match = _NOT_SPACE.search(text, start, limit)
    return match.start() if match else limit


def _rstrip(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
