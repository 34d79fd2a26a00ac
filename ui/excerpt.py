"""Where a quote stands in its article: the piece of text around it, and the marks upon it.

Offsets are those of the stored article text; what is shown between the marks is that text, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from rag.types import Span
from ui.escaping import plain

REACH = 220
"""Characters of context wanted on each side of a quote."""

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
# a Latin full stop ends a sentence only before a space: 3.5 stays whole
_STOP = re.compile(r"""[。！？!?；]["'”’」』）)]*|[.]["'”’)]*(?=\s)|\n""")


def around(text: str, quote: Span, reach: int = REACH) -> Span:
    """The part of the quote's paragraphs to show: at most `reach` characters each side, cut where sentences end.

    The result contains `quote` (clipped to the text) and begins and ends at a character that is not a space.
    """
    inner = clipped(quote, Span(0, len(text)))
    start, end = _reach_back(text, inner.start, reach), _reach_on(text, inner.end, reach)
    while start < inner.start and text[start].isspace():
        start += 1
    while end > inner.end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def clipped(span: Span, within: Span) -> Span:
    """The part of `span` that lies in `within`; empty where they do not meet."""
    start = min(max(span.start, within.start), within.end)
    return Span(start, min(max(span.end, start), within.end))


def marked(text: str, shown: Span, quote: Span, matched: Iterable[Span] = ()) -> str:
    """The shown part as HTML: `<mark>` around the quote, `<strong>` inside it around what matched the question."""
    held = clipped(quote, shown)
    before, after = plain(text[shown.start : held.start]), plain(text[held.end : shown.end])
    if held.start == held.end:
        return before + after
    return f"{before}<mark>{_with_matches(text, held, matched)}</mark>{after}"


def in_context(text: str, quote: Span, matched: Iterable[Span] = ()) -> str:
    """The quote marked inside its surroundings, with an ellipsis on a side that its paragraph was cut at."""
    shown = around(text, quote)
    before = "" if _begins_paragraph(text, shown.start) else "… "
    after = "" if _ends_paragraph(text, shown.end) else " …"
    return before + marked(text, shown, quote, matched) + after


def _with_matches(text: str, held: Span, matched: Iterable[Span]) -> str:
    inside = [clipped(span, held) for span in matched]
    edges = sorted({held.start, held.end, *(s.start for s in inside), *(s.end for s in inside)})
    pieces: list[str] = []
    for start, end in pairwise(edges):
        words = plain(text[start:end])
        hit = any(span.start <= start and end <= span.end for span in inside)
        pieces.append(f"<strong>{words}</strong>" if hit else words)
    return "".join(pieces).replace("</strong><strong>", "")


def _reach_back(text: str, start: int, reach: int) -> int:
    floor = max(0, start - reach)
    breaks = [m.end() for m in _PARAGRAPH.finditer(text, floor, start)]
    if breaks:
        return breaks[-1]
    if floor == 0:
        return 0
    return next((m.end() for m in _STOP.finditer(text, floor, start)), start)


def _reach_on(text: str, end: int, reach: int) -> int:
    ceiling = min(len(text), end + reach)
    paragraph = _PARAGRAPH.search(text, end, ceiling)
    if paragraph:
        return paragraph.start()
    if ceiling == len(text):
        return ceiling
    stops = [m.end() for m in _STOP.finditer(text, end, ceiling)]
    return stops[-1] if stops else end


def _begins_paragraph(text: str, start: int) -> bool:
    gap = text[:start][len(text[:start].rstrip()) :]
    return gap.count("\n") > 1 or len(gap) == start


def _ends_paragraph(text: str, end: int) -> bool:
    rest = text[end:]
    gap = rest[: len(rest) - len(rest.lstrip())]
    return gap.count("\n") > 1 or gap == rest
