"""Conversation, answers and sources as HTML: the same values give the same string, and only our own markup is markup.

Every word that comes from outside passes through `ui.escaping`; Markdown in it is not interpreted. `lookup` gives
the article of an id, or `None` when it is no longer held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.messages import say
from rag.types import Answer, Article, Citation, Hit, Span
from ui.answer_text import answer_text, plain_paragraphs
from ui.conversation import Turn, instead
from ui.escaping import attribute, isolated, plain
from ui.excerpt import in_context
from ui.words import Example, label

Lookup = Callable[[str], Article | None]

LONG_QUESTION = 300
"""Characters of a question beyond which it is drawn small and scrolls in place, so that its answer stays in view."""


def header(language: str) -> str:
    """The title of the page and one line about it."""
    return f"<h1>{plain(label('title', language))}</h1><p class='tagline'>{plain(label('tagline', language))}</p>"


def welcome(language: str, examples: Sequence[Example], holds_articles: bool) -> str:
    """What an empty conversation shows: how to begin, and example questions to click."""
    if not holds_articles:
        return f"<p class='welcome'>{plain(label('no_articles', language))}</p>"
    if not examples:
        return f"<p class='welcome'>{plain(label('empty', language))}</p>"
    buttons = "".join(
        f"<li><button type='button' class='example' lang='{e.language}'{attribute('data-example', e.text)}>"
        f"{plain(e.text)}</button></li>"
        for e in examples
    )
    return f"<section class='welcome'><h2>{plain(label('examples', language))}</h2><ul>{buttons}</ul></section>"


def conversation(turns: Sequence[Turn], language: str, lookup: Lookup, opening: str = "") -> str:
    """All turns, oldest first; the sources of the last one are open, those of the others folded away.

    `opening` is shown in place of an empty conversation.
    """
    drawn = "".join(turn(one, language, lookup, newest=one is turns[-1]) for one in turns)
    return framed(drawn or opening, turns, language)


def framed(drawn: str, turns: Sequence[Turn], language: str) -> str:
    """Turns that are already drawn, with what a screen reader is told about the last one."""
    told = progress(turns[-1], language) if turns else ""
    page = f"data-language='{plain(language)}'{attribute('data-title', label('title', language))}"
    name = attribute("aria-label", label("conversation", language))
    return f"<p class='unseen' role='status'>{told}</p><section class='turns' {page}{name}>{drawn}</section>"


def progress(one: Turn, language: str) -> str:
    """Where a turn stands, in a few words, with what should be known about its answer."""
    if one.answer is not None:
        return _outcome(one.answer, language)
    if one.status == "failed":
        return plain(one.error.in_language(language) if one.error else say("error.general", language))
    key = "thinking" if _thinks(one) else one.status
    return plain(label(key, language, count=one.found))


def _outcome(answer: Answer, language: str) -> str:
    key = "refused" if answer.refused else "ready"
    # an answer stopped before its first word is not ready; its notice says what it is
    words = [plain(label(key, language, count=len(answer.citations)))] if answer.text.strip() else []
    return " ".join([*words, *(isolated(notice, answer.language) for notice in answer.notices)])


def turn(one: Turn, language: str, lookup: Lookup, newest: bool = True) -> str:
    """One question with its answer and, beside it, its sources."""
    name = f"turn-{one.number}"
    look = "class='question long' tabindex='0'" if len(one.question) > LONG_QUESTION else "class='question'"
    asked = (
        f"<h2 {look} id='{name}-question'><span class='unseen'>{plain(label('you_asked', language))} </span>"
        f"{isolated(one.question, one.answer.language if one.answer else '')}</h2>{_searched_for(one, language)}"
    )
    body = _answered(one, one.answer, language, lookup, newest) if one.answer else _unanswered(one, language)
    return f"<article class='turn' id='{name}' aria-labelledby='{name}-question'>{asked}{body}</article>"


def _searched_for(one: Turn, language: str) -> str:
    """The question as it was searched for, where that is another."""
    searched = instead(one.question, one.answer.searched_for or "") if one.answer else one.searched_for
    if not searched:
        return ""
    told = plain(label("searched_for", language))
    return f"<p class='searched'>{told}{isolated(searched, one.answer.language if one.answer else '')}</p>"


def _unanswered(one: Turn, language: str) -> str:
    thought = thinking(one.thinking, f"turn-{one.number}", _thinks(one), language)
    written = plain_paragraphs(one.text, language)
    state = f"<p class='state {one.status}'>{progress(one, language)}</p>"
    return f"<div class='beside'><div class='answer'>{thought}{written}{state}</div></div>"


def _thinks(one: Turn) -> bool:
    return one.status == "writing" and bool(one.thinking.strip()) and not one.text.strip()


def _answered(one: Turn, answer: Answer, language: str, lookup: Lookup, newest: bool) -> str:
    name = f"turn-{one.number}"
    text = thinking(answer.thinking, name, False, language)
    text += refusal(answer, language) if answer.refused else answer_text(answer, name, language)
    text += f"{notices(answer)}<p class='made'>{made(answer, language)}</p>"
    beside = sources(answer, name, language, lookup, newest)
    return f"<div class='beside'><div class='answer'>{text}</div>{beside}</div>"


def made(answer: Answer, language: str) -> str:
    """Which generator answered, or only judged, and how long it took; nothing is said of who wrote no word."""
    seconds = answer.timings_ms.total / 1000
    took = plain(label("seconds", language, seconds=f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"))
    if answer.generator == "extractive":
        return f"{plain(label('made.refused' if answer.refused else 'made.quoted', language))} · {took}"
    if not answer.text.strip():
        return took
    key = "made.judged" if answer.refused else "made.written"
    return f"{isolated(label(key, language, generator=answer.generator))} · {took}"


def refusal(answer: Answer, language: str) -> str:
    """That the articles do not answer, calmly, in the asker's language."""
    return f"<div class='refusal'>{plain_paragraphs(answer.text, language, answer.language)}</div>"


def thinking(thought: str, name: str, running: bool, language: str) -> str:
    """What a model thought before its answer, folded away; it is text, never markup."""
    if not thought.strip():
        return ""
    said = plain(label("thinking.running" if running else "thinking.ended", language))
    kind = "thinking running" if running else "thinking"
    return (
        f"<details class='{kind}' id='{name}-thinking'><summary>{said}</summary>"
        f"<div class='thought' tabindex='0' dir='auto'><div>{plain(thought.strip())}</div></div></details>"
    )


def notices(answer: Answer) -> str:
    """What the reader should know about how the answer came to be, in the asker's language."""
    lang = attribute("lang", answer.language)
    told = "".join(f"<p{lang}>{isolated(notice)}</p>" for notice in answer.notices)
    return f"<div class='notices' role='note'>{told}</div>" if told else ""


def sources(answer: Answer, name: str, language: str, lookup: Lookup, opened: bool = True) -> str:
    """One card for each citation, and apart from them the passages that were only retrieved."""
    cited = {citation.passage_id for citation in answer.citations}
    others = [hit for hit in answer.evidence if hit.passage.id not in cited]
    cards = "".join(source_card(citation, name, language, lookup) for citation in answer.citations)
    found = "".join(passage_card(hit, language) for hit in others)
    parts = [_group("sources.count", "cards", len(answer.citations), cards, opened, language, f"{name}-sources")]
    key = "nearest.count" if answer.refused else "also_found"
    parts.append(_group(key, "cards found", len(others), found, opened and answer.refused, language, f"{name}-found"))
    if not any(parts):
        return ""
    called = label("nearest" if answer.refused else "sources", language)
    # a group, not a landmark: a long conversation would hold many of one name
    return f"<div class='sources' role='group'{attribute('aria-label', called)}>{''.join(parts)}</div>"


def _group(key: str, kind: str, count: int, cards: str, opened: bool, language: str, name: str) -> str:
    if not count:
        return ""
    heading = f"<h3>{plain(label(key, language, count=count))}</h3>"
    fold = f"<details id='{name}'{' open' if opened else ''}>"
    return f"{fold}<summary>{heading}</summary><ul class='{kind}'>{cards}</ul></details>"


def source_card(citation: Citation, name: str, language: str, lookup: Lookup) -> str:
    """A numbered source: what it is, and the quote marked inside its surroundings."""
    article = lookup(citation.article_id)
    quote = Span(citation.start, citation.end)
    held = article is not None and article.text[citation.start : citation.end] == citation.quote
    shown = (
        in_context(article.text, quote, citation.matched)
        if article and held
        else f"<mark>{plain(citation.quote)}</mark>"
    )
    page = label("page", language, page=citation.page) if citation.page else ""
    facts = _facts(citation.language, language, [citation.date or "", citation.source, page])
    doubt = "" if citation.supported else f"<p class='doubt'>{plain(label('unsupported', language))}</p>"
    opener = _opener(citation.article_id, quote, citation.title, language) if article else _gone(language)
    return (
        f"<li class='card' id='{name}-source-{citation.number}' tabindex='-1'><p class='card-title'>"
        f"<span class='number'>{citation.number}</span>{isolated(citation.title, citation.language)}</p>{facts}"
        f"<blockquote dir='auto' lang='{plain(citation.language)}'>{shown}</blockquote>{doubt}{opener}</li>"
    )


def passage_card(hit: Hit, language: str) -> str:
    """A passage that was retrieved and not cited, with its score."""
    passage = hit.passage
    score = label("score", language, score=f"{hit.score:.2f}")
    facts = _facts(passage.language, language, [hit.source, score])
    opener = _opener(passage.article_id, Span(passage.start, passage.end), hit.title, language)
    return (
        f"<li class='card'><p class='card-title'>{isolated(hit.title, passage.language)}</p>{facts}"
        f"<blockquote dir='auto' lang='{plain(passage.language)}'>{plain(passage.text)}</blockquote>{opener}</li>"
    )


def _facts(text_language: str, language: str, facts: Sequence[str]) -> str:
    badge = f"<span class='badge'>{plain(label(f'language.{text_language}', language))}</span>"
    return f"<p class='facts'>{badge}{''.join(isolated(fact, classes='fact') for fact in facts if fact)}</p>"


def _opener(article_id: str, place: Span, title: str, language: str) -> str:
    said = attribute("aria-label", label("open_named", language, title=title))
    where = f"{attribute('data-article', article_id)} data-start='{place.start}' data-end='{place.end}'"
    return f"<button type='button' class='open-article'{where}{said}>{plain(label('open_article', language))}</button>"


def _gone(language: str) -> str:
    return f"<p class='doubt'>{plain(label('article_gone', language))}</p>"
