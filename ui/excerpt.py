"""Where a quote stands in its article: the piece of text around it, and the marks upon it.

Offsets are those of the stored article text; what stands between the marks is that text, character for character. What
only marks a heading, a list or a table in it is there too, in an element that the page's style does not show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.types import Span
from ui.article_blocks import only_marks
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


def marked(text: str, shown: Span, quote: Span, matched: Iterable[Span] = (), hidden: Sequence[Span] = ()) -> str:
    """The shown part as HTML: `<mark>` around the quote, `<strong>` inside it around what matched the question.

    The spans of `hidden`, in order and apart, are not shown.
    """
    held = clipped(quote, shown)
    before = _words(text, Span(shown.start, held.start), (), hidden)
    after = _words(text, Span(held.end, shown.end), (), hidden)
    if held.start == held.end:
        return before + after
    return f"{before}<mark>{_words(text, held, matched, hidden)}</mark>{after}"


def in_context(text: str, quote: Span, matched: Iterable[Span] = (), source: str = "") -> str:
    """The quote marked inside its surroundings, with an ellipsis on a side that its paragraph was cut at.

    The name of the article's `source` says whether its text has marks of headings, lists and tables.
    """
    shown = around(text, quote)
    before = "" if _begins_paragraph(text, shown.start) else "… "
    after = "" if _ends_paragraph(text, shown.end) else " …"
    return before + marked(text, shown, quote, matched, only_marks(text, shown, source)) + after


def in_brief(text: str, source: str) -> str:
    """A whole passage as HTML, in running lines."""
    whole = Span(0, len(text))
    return _words(text, whole, (), only_marks(text, whole, source))


def shown_words(text: str, source: str) -> str:
    """The words of a passage without what only marks its headings, lists and tables."""
    whole = Span(0, len(text))
    marks = only_marks(text, whole, source)
    edges = [0, *(edge for span in marks for edge in (span.start, span.end)), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


def _words(text: str, part: Span, matched: Iterable[Span], hidden: Sequence[Span]) -> str:
    inside = [clipped(span, part) for span in matched]
    unseen = [clipped(span, part) for span in hidden]
    edges = sorted({part.start, part.end, *(edge for span in (*inside, *unseen) for edge in (span.start, span.end))})
    pieces: list[str] = []
    for start, end in pairwise(edges):
        words = plain(text[start:end])
        if any(span.start <= start and end <= span.end for span in unseen):
            words = f"<span class='hidden'>{words}</span>"
        elif any(span.start <= start and end <= span.end for span in inside):
            words = f"<strong>{words}</strong>"
        pieces.append(words)
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
