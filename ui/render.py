"""Conversation, answers and sources as HTML: the same values give the same string, and only our own markup is markup.

Every word that comes from outside passes through `ui.escaping`; Markdown in it is not interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.messages import say
from rag.types import Answer
from ui.answer_text import answer_text, plain_paragraphs
from ui.conversation import Turn, instead
from ui.conversation_list import feedback_bar
from ui.conversation_store import Feedback
from ui.escaping import attribute, isolated, plain
from ui.sources import Lookup, sources
from ui.sources import source_card as source_card
from ui.words import Example, label

LONG_QUESTION = 300
"""Characters of a question beyond which it is drawn small and scrolls in place, so that its answer stays in view."""


def header(language: str) -> str:
    """The title of the page."""
    return f"<h1>{plain(label('title', language))}</h1>"


def welcome(language: str, examples: Sequence[Example], holds_articles: bool) -> str:
    """What an empty conversation shows: how to begin, and example questions to click."""
    about = f"<p class='tagline'>{plain(label('tagline', language))}</p>"
    if not holds_articles or not examples:
        told = plain(label("empty" if holds_articles else "no_articles", language))
        return f"<section class='welcome'>{about}<p>{told}</p></section>"
    buttons = "".join(
        f"<li><button type='button' class='example' lang='{e.language}'{attribute('data-example', e.text)}>"
        f"{plain(e.text)}</button></li>"
        for e in examples
    )
    return f"<section class='welcome'>{about}<h2>{plain(label('examples', language))}</h2><ul>{buttons}</ul></section>"


def conversation(
    turns: Sequence[Turn],
    language: str,
    lookup: Lookup,
    opening: str = "",
    talk: str = "",
    feedback: Mapping[int, Feedback] | None = None,
) -> str:
    """All turns, oldest first; the sources of the last one are open, those of the others folded away.

    `opening` is shown in place of an empty conversation. `talk` is the id that the conversation is kept under; with
    `feedback`, by number of turn, a reader can say whether an answer is right.
    """
    drawn = "".join(turn(one, language, lookup, one is turns[-1], feedback) for one in turns)
    return framed(drawn or opening, turns, language, talk)


def framed(drawn: str, turns: Sequence[Turn], language: str, talk: str = "", arriving: bool = False) -> str:
    """Turns that are already drawn, with what a screen reader is told about the last one.

    `arriving` says that the browser has not yet said who it is: its script then holds questions back.
    """
    told = progress(turns[-1], language) if turns else ""
    page = f"data-language='{plain(language)}'{attribute('data-title', label('title', language))}"
    page += attribute("data-talk", talk) + (" data-running" if turns and turns[-1].running else "")
    page += " data-arriving" if arriving else ""
    page += attribute("data-lost", label("lost", language))
    name = attribute("aria-label", label("conversation", language))
    return f"<p class='unseen' role='status'>{told}</p><section class='turns' {page}{name}>{drawn}</section>"


def progress(one: Turn, language: str) -> str:
    """Where a turn stands, in a few words, with what should be known about its answer."""
    if one.answer is not None:
        return _outcome(one.answer, language)
    if one.status == "failed":
        return plain(one.error.in_language(language) if one.error else say("error.general", language))
    if one.ahead and one.running:
        return plain(label("line", language, count=one.ahead))
    key = "thinking" if _thinks(one) else one.status
    return plain(label(key, language, count=one.found))


def _outcome(answer: Answer, language: str) -> str:
    key = "refused" if answer.refused else "ready"
    # an answer stopped before its first word is not ready; its notice says what it is
    words = [plain(label(key, language, count=len(answer.citations)))] if answer.text.strip() else []
    return " ".join([*words, *(isolated(notice, answer.language) for notice in answer.notices)])


def turn(
    one: Turn,
    language: str,
    lookup: Lookup,
    newest: bool = True,
    feedback: Mapping[int, Feedback] | None = None,
) -> str:
    """One question with its answer and, beside it, its sources; the newest can be asked again or changed."""
    name = one.name
    look = "class='question long' tabindex='0'" if len(one.question) > LONG_QUESTION else "class='question'"
    asked = (
        f"<h2 {look} id='{name}-question'><span class='unseen'>{plain(label('you_asked', language))} </span>"
        f"{isolated(one.question, one.answer.language if one.answer else '')}</h2>{_searched_for(one, language)}"
    )
    tools = again(one, language) if newest and feedback is not None and not one.running else ""
    if one.answer is None:
        body = _unanswered(one, language, tools)
    else:
        rated = feedback_bar(one.number, feedback.get(one.number), language) if feedback is not None else ""
        body = _answered(one, one.answer, language, lookup, newest, rated + tools)
    return f"<article class='turn' id='{name}' aria-labelledby='{name}-question'>{asked}{body}</article>"


def _searched_for(one: Turn, language: str) -> str:
    """The question as it was searched for, where that is another."""
    searched = instead(one.question, one.answer.searched_for or "") if one.answer else one.searched_for
    if not searched:
        return ""
    told = plain(label("searched_for", language))
    return f"<p class='searched'>{told}{isolated(searched, one.answer.language if one.answer else '')}</p>"


def again(one: Turn, language: str) -> str:
    """The buttons that ask the question of a turn again, or put it back into the box."""
    buttons = "".join(
        f"<button type='button' class='again' data-{act}='{one.number}'>{plain(label(act, language))}</button>"
        for act in ("again", "edit")
    )
    return f"<div class='turn-tools'>{buttons}</div>"


def _unanswered(one: Turn, language: str, tools: str) -> str:
    thought = thinking(one.thinking, one.name, _thinks(one), language)
    written = plain_paragraphs(one.text, language)
    state = f"<p class='state {one.status}'>{progress(one, language)}</p>"
    return f"<div class='beside'><div class='answer'>{thought}{written}{state}{tools}</div></div>"


def _thinks(one: Turn) -> bool:
    return one.status == "writing" and bool(one.thinking.strip()) and not one.text.strip()


def _answered(one: Turn, answer: Answer, language: str, lookup: Lookup, newest: bool, tools: str) -> str:
    name = one.name
    text = thinking(answer.thinking, name, False, language)
    text += refusal(answer, language) if answer.refused else answer_text(answer, name, language)
    text += f"{notices(answer)}<p class='made'>{made(answer, language)}</p>"
    text += f"<div class='under'>{tools}</div>" if tools else ""
    beside = sources(answer, name, language, lookup, newest, explained=one.evidence is not None)
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
