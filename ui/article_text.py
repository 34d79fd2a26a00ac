"""The text of an article with its marks: the place that was opened, every citation with its number, the pages.

Invariant: the text between the tags is that of the part shown, character for character as stored (or as converted),
beside the numbers and page labels, which are elements of their own. What only marks a heading, a list or a table is
there too, in an element that the page's style does not show.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rag.types import Article, Citation, Span
from ui.article_blocks import STRUCTURED, Blocks, blocks
from ui.escaping import attribute, plain
from ui.excerpt import clipped
from ui.other_script import Converted
from ui.words import label

Kind = Literal["place", "also", "furniture", "hidden", "text"]
_OPEN: dict[Kind, str] = {
    "place": "<mark>",
    "also": "<mark class='also'>",
    "furniture": "<span class='furniture'>",
    "hidden": "<span class='hidden'>",
    "text": "",
}
_CLOSE: dict[Kind, str] = {
    "place": "</mark>",
    "also": "</mark>",
    "furniture": "</span>",
    "hidden": "</span>",
    "text": "",
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A part of an article and what is marked in it, all as offsets into the stored text.

    `place` is what was opened, `cited` the citations whose words still stand there. `reading` is the part in the
    other Chinese script, where it is read in that.
    """

    article: Article
    shown: Span
    place: Span
    cited: tuple[Citation, ...] = ()
    reading: Converted | None = None


def article_text(marked: Marked, language: str) -> str:
    """The part shown as HTML; numbers, page labels and the names of tables are in an interface language."""
    found = _blocks(marked, language)
    edges = _edges(marked, found)
    kinds, strong, openings = _kinds(marked, found, edges), _matched(marked, edges), _openings(marked, language)
    current: Kind = "text"
    drawn: list[str] = []
    for at, words in enumerate(_words(marked, edges)):
        edge = edges[at]
        opening = found.closing.get(edge, "") + found.opening.get(edge, "") + openings.get(edge, "")
        if opening or kinds[at] != current:
            drawn.append(_CLOSE[current] + opening + _OPEN[kinds[at]])
            current = kinds[at]
        emphasised = strong[at] and words and current != "hidden"
        drawn.append(f"<strong>{plain(words)}</strong>" if emphasised else plain(words))
    drawn.append(_CLOSE[current] + found.closing.get(edges[-1], ""))
    return "".join(drawn).replace("</strong><strong>", "")


def quoted(citation: Citation) -> Span:
    """Where the quote stands."""
    return Span(citation.start, citation.end)


def _words(marked: Marked, edges: Sequence[int]) -> list[str]:
    if marked.reading is not None:
        return marked.reading.between(edges)
    return [marked.article.text[start:end] for start, end in pairwise(edges)]


def _blocks(marked: Marked, language: str) -> Blocks:
    """The blocks of the part shown; a text without Markdown's marks has none."""
    if not marked.article.source.lower().endswith(STRUCTURED):
        return Blocks()
    return blocks(marked.article.text, marked.shown, attribute("aria-label", label("article.table", language)))


def _edges(marked: Marked, found: Blocks) -> list[int]:
    """Where a mark, a block or a page begins or ends, within the part shown and with both its ends."""
    article, shown = marked.article, marked.shown
    spans = [marked.place, *article.boilerplate]
    for citation in marked.cited:
        spans += [quoted(citation), *citation.matched]
    within = [clipped(span, shown) for span in spans]
    pages = [offset for offset in article.pages if shown.start < offset < shown.end]
    ends = {edge for span in within for edge in (span.start, span.end)}
    return sorted({shown.start, shown.end, *pages, *ends, *found.edges()})


def _kinds(marked: Marked, found: Blocks, edges: Sequence[int]) -> list[Kind]:
    """What each piece between two edges is; of several the last named here."""
    kinds: list[Kind] = ["text"] * len(edges)
    layers: tuple[tuple[Kind, Sequence[Span]], ...] = (
        ("furniture", marked.article.boilerplate),
        ("also", [quoted(citation) for citation in marked.cited]),
        ("place", [marked.place]),
        ("hidden", found.hidden),
    )
    for kind, spans in layers:
        for span in spans:
            for at in _pieces(span, edges):
                kinds[at] = kind
    return kinds


def _matched(marked: Marked, edges: Sequence[int]) -> list[bool]:
    """Whether each piece holds words of a quote that matched the question."""
    strong = [False] * len(edges)
    for citation in marked.cited:
        for span in citation.matched:
            for at in _pieces(clipped(span, quoted(citation)), edges):
                strong[at] = True
    return strong


def _pieces(span: Span, edges: Sequence[int]) -> range:
    return range(bisect_left(edges, span.start), bisect_left(edges, span.end))


def _openings(marked: Marked, language: str) -> dict[int, str]:
    """By offset, the label of the page that begins there, and the numbers of the citations that do.

    The part shown opens with the page that it begins in.
    """
    article, shown = marked.article, marked.shown
    openings: dict[int, str] = {}
    for offset in sorted({shown.start, *article.pages}) if article.pages else ():
        if shown.start <= offset < shown.end:
            told = plain(label("page", language, page=article.page_of(offset)))
            openings[offset] = f"<span class='page-mark'>{told}</span>"
    for citation in sorted(marked.cited, key=lambda one: one.number):
        if quoted(citation).overlaps(shown):
            begin = clipped(quoted(citation), shown).start
            openings[begin] = openings.get(begin, "") + _number(citation.number, language)
    return openings


def _number(number: int, language: str) -> str:
    told = f"<span class='unseen'>{plain(label('article.source', language))} </span>"
    return f"<bdi class='number' data-cited='{number}' tabindex='-1'>{told}{number}</bdi>"
