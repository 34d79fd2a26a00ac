"""A whole article as a panel over the page, with the cited place marked; its text is shown as it is stored."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.types import Article, Span
from ui.escaping import isolated, plain
from ui.excerpt import clipped
from ui.words import label

LIMIT = 200_000
"""Characters of an article that a panel shows at most; a browser draws many more only slowly."""


_HEADING = re.compile(r"^#{1,6} .+$", re.MULTILINE)
_MARKDOWN = (".md", ".markdown")


def panel(article: Article, place: Span, language: str) -> str:
    """A dialog with the article; the words of `place` are marked, and what is not article is drawn faintly."""
    whole = Span(0, len(article.text))
    place = clipped(place, whole)
    shown = window(article.text, place)
    cut = f"<p class='doubt'>{plain(label('article_cut', language))}</p>" if shown != whole else ""
    badge = f"<span class='badge'>{plain(label(f'language.{article.language}', language))}</span>"
    facts = "".join(isolated(fact, classes="fact") for fact in (article.date, article.source, article.url) if fact)
    text = _text(article, shown, place)
    return (
        "<dialog class='panel' aria-labelledby='panel-title'><div class='panel-head'><div>"
        f"<h2 id='panel-title'>{isolated(article.title, article.language)}</h2><p class='facts'>{badge}{facts}</p>{cut}"
        f"</div><button type='button' class='close'>{plain(label('close', language))}</button></div>"
        f"<div class='panel-text' tabindex='0' dir='auto' lang='{article.language}'>{text}</div>"
        "</dialog>"
    )


def missing(message: str, language: str) -> str:
    """A dialog that says why there is no article to show."""
    return (
        "<dialog class='panel' aria-labelledby='panel-title'><div class='panel-head'>"
        f"<h2 id='panel-title'>{plain(message)}</h2>"
        f"<button type='button' class='close'>{plain(label('close', language))}</button></div></dialog>"
    )


def window(text: str, place: Span, limit: int = LIMIT) -> Span:
    """The whole text, or `limit` characters around the place, cut at line ends where there are any."""
    if len(text) <= limit:
        return Span(0, len(text))
    start = max(0, min((place.start + place.end - limit) // 2, len(text) - limit))
    end = min(len(text), start + limit)
    line = text.find("\n", start, place.start)
    last = text.rfind("\n", place.end, end)
    return Span(line + 1 if start and line >= 0 else start, last if end < len(text) and last >= 0 else end)


def _text(article: Article, shown: Span, place: Span) -> str:
    headings = _headings(article)
    spans = [clipped(span, shown) for span in (place, *article.boilerplate, *headings)]
    edges = sorted({shown.start, shown.end, *(s.start for s in spans), *(s.end for s in spans)})
    return "".join(_piece(article, Span(*edge), place, headings) for edge in pairwise(edges))


def _headings(article: Article) -> list[Span]:
    markdown = article.source.lower().endswith(_MARKDOWN)
    return [Span(*found.span()) for found in _HEADING.finditer(article.text)] if markdown else []


def _piece(article: Article, piece: Span, place: Span, headings: list[Span]) -> str:
    words = plain(article.text[piece.start : piece.end])
    if piece.overlaps(place):
        return f"<mark>{words}</mark>"
    if any(piece.overlaps(span) for span in article.boilerplate):
        return f"<span class='furniture'>{words}</span>"
    if any(piece.overlaps(heading) for heading in headings):
        return f"<span class='heading'>{words}</span>"
    return words
