"""The sources of an answer as HTML: a card for each citation, and apart from them what was only retrieved.

A mark `[n]` in the answer leads to card n, whose number leads back. `Lookup` gives the article of an id, or `None`
when it is no longer held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from rag.types import Answer, Article, Citation, Hit, Span
from ui.answer_text import first_marks
from ui.article import Asked
from ui.escaping import attribute, isolated, plain
from ui.excerpt import in_brief, in_context
from ui.words import label

Lookup = Callable[[str], Article | None]


def sources(
    answer: Answer, name: str, language: str, lookup: Lookup, opened: bool = True, explained: bool = False
) -> str:
    """One card for each citation of the turn `name`, and apart from them the passages that were only retrieved.

    `opened` says whether they are unfolded, `explained` whether the details of the search can be opened.
    """
    lookup = lru_cache(maxsize=None)(lookup)
    marks = {} if answer.refused else first_marks(answer)
    cited = {citation.passage_id for citation in answer.citations}
    others = [hit for hit in answer.evidence if hit.passage.id not in cited]
    cards = "".join(source_card(one, name, language, lookup, one.number in marks) for one in answer.citations)
    found = "".join(passage_card(hit, name, language, lookup) for hit in others)
    parts = [_group("sources.count", "cards", len(answer.citations), cards, opened, language, f"{name}-sources")]
    key = "nearest.count" if answer.refused else "also_found"
    parts.append(_group(key, "cards found", len(others), found, opened and answer.refused, language, f"{name}-found"))
    parts.append(_explained(name, language) if explained else "")
    if not any(parts):
        return ""
    called = label("nearest" if answer.refused else "sources", language)
    # a group, not a landmark: a long conversation would hold many of one name
    return f"<div class='sources' role='group'{attribute('aria-label', called)}>{''.join(parts)}</div>"


def source_card(citation: Citation, name: str, language: str, lookup: Lookup, marked: bool = True) -> str:
    """A numbered source: what it is, and the quote marked inside its surroundings.

    The number leads back to the mark in the answer where the answer is `marked` with it.
    """
    article = lookup(citation.article_id)
    quote = Span(citation.start, citation.end)
    held = article is not None and article.text[citation.start : citation.end] == citation.quote
    shown = (
        in_context(article.text, quote, citation.matched, citation.source)
        if article and held
        else f"<mark>{plain(citation.quote)}</mark>"
    )
    facts = _facts(citation.language, language, [citation.date, citation.source, _page(citation.page, language)])
    doubt = "" if citation.supported else f"<p class='doubt'>{plain(label('unsupported', language))}</p>"
    asked = Asked(citation.article_id, quote, name)
    opener = _opener(asked, citation.title, language) if article else _gone(language)
    number = _back(citation.number, name, language) if marked else f"<span class='number'>{citation.number}</span>"
    return (
        f"<li class='card' id='{name}-source-{citation.number}' tabindex='-1'><p class='card-title'>"
        f"{number}{isolated(citation.title, citation.language)}</p>{facts}"
        f"<blockquote dir='auto' lang='{plain(citation.language)}'>{shown}</blockquote>{doubt}{opener}</li>"
    )


def passage_card(hit: Hit, name: str, language: str, lookup: Lookup) -> str:
    """A passage that was retrieved and not cited. Cards stand in order; the figures are in the details."""
    passage, article = hit.passage, lookup(hit.passage.article_id)
    page = article.page_of(passage.start) if article else None
    date = article.date if article else None
    facts = _facts(passage.language, language, [date, hit.source, _page(page, language)])
    asked = Asked(passage.article_id, Span(passage.start, passage.end), name)
    opener = _opener(asked, hit.title, language) if article else _gone(language)
    words = in_brief(passage.text, hit.source)
    return (
        f"<li class='card'><p class='card-title'>{isolated(hit.title, passage.language)}</p>{facts}"
        f"<blockquote dir='auto' lang='{plain(passage.language)}'>{words}</blockquote>{opener}</li>"
    )


def _group(key: str, kind: str, count: int, cards: str, opened: bool, language: str, name: str) -> str:
    if not count:
        return ""
    heading = f"<h3>{plain(label(key, language, count=count))}</h3>"
    fold = f"<details id='{name}'{' open' if opened else ''}>"
    return f"{fold}<summary>{heading}</summary><ul class='{kind}'>{cards}</ul></details>"


def _explained(name: str, language: str) -> str:
    told = plain(label("details.open", language))
    return f"<button type='button' class='open-details'{attribute('data-details', name)}>{told}</button>"


def _back(number: int, name: str, language: str) -> str:
    """The number of a source, as the way back to the mark that led to it."""
    place = f"{name}-cite-{number}"
    said = label("source.back", language, number=number)
    described = attribute("title", said) + attribute("aria-label", said)
    return f"<a class='number' href='#{place}' data-cite='{place}'{described}>{number}</a>"


def _page(page: int | None, language: str) -> str:
    return label("page", language, page=page) if page else ""


def _facts(text_language: str, language: str, facts: Sequence[str | None]) -> str:
    badge = f"<span class='badge'>{plain(label(f'language.{text_language}', language))}</span>"
    return f"<p class='facts'>{badge}{''.join(isolated(fact, classes='fact') for fact in facts if fact)}</p>"


def _opener(asked: Asked, title: str, language: str) -> str:
    said = attribute("aria-label", label("open_named", language, title=title))
    words = plain(label("open_article", language))
    return f"<button type='button' class='open-article'{asked.attributes()}{said}>{words}</button>"


def _gone(language: str) -> str:
    return f"<p class='doubt'>{plain(label('article_gone', language))}</p>"
