"""The events of a conversation: a question asked, asked again or changed, stopped; sources opened, answers rated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.errors import RagError, TooBusy
from ui.escaping import plain
from ui.front import CONCURRENT, WAITING, Front, Place
from ui.layout import QUIET, Parts
from ui.preferences import parse
from ui.words import label

_ASKS = "(...data) => ragPage.asks(...data)"
_ASKS_AGAIN = "(...data) => ragPage.asksAgain(...data)"


def join_asking(parts: Parts, front: Front) -> None:
    """Join the events that bring answers, and those that stop them.

    Every step of an answer costs for each component that it sets, so the question box and its buttons are not among
    them: `asking.js` keeps these, from what it hears before an answer (`ragPage.asks`) and after it (`ragPage.over`).
    """

    def answering(question: str, at: Place, stored: str, instead_of: int, request: gr.Request) -> Iterator[list[Any]]:
        listed = ""
        with front.stops.begun(_window(request)) as stopper:
            try:
                for step in front.ask(question, at, parse(stored), stopper, instead_of):
                    if step.trouble:
                        gr.Warning(plain(step.trouble))
                    listed = listed or front.talks(Place(at.owner, step.talk, at.folder, at.language))
                    yield [step.talk, step.drawn, listed]
            except TooBusy as error:
                # nothing was asked: the conversation stays as it is, and the question in its box
                raise gr.Error(plain(error.in_language(at.language)), print_exception=False) from error

    def ask(
        text: str,
        editing: str,
        stored: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        at = front.place(browser, talk, folder, language, request)
        yield from answering(text, at, stored, _number(editing), request)

    def again(
        stored: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        at = front.place(browser, talk, folder, language, request)
        number = _number(event.turn)
        for one in front.talk(at).turns:
            if one.number == number:
                yield from answering(one.question, at, stored, number, request)

    def redraw(browser: str, talk: str, folder: str, language: str, request: gr.Request) -> list[Any]:
        at = front.place(browser, talk, folder, language, request)
        return [front.drawn(at), front.talks(at)]

    def stop(request: gr.Request) -> None:
        front.stops.stop(_window(request))

    outputs = [parts.talk, parts.conversation, parts.talks]
    # all may come in: those that wait are told how many are ahead of them
    line: dict[str, Any] = {"trigger_mode": "once", "concurrency_limit": CONCURRENT + WAITING, "concurrency_id": "ask"}
    # what is drawn here is text already
    line |= {"postprocess": False, **QUIET}
    stored = parts.preferences.stored
    first = [parts.question, parts.editing, stored, *parts.where]
    sends = [parts.send.click, parts.question.submit]
    asked = gr.on(sends, ask, first, outputs, js=_ASKS, **line)
    asked_again = parts.conversation.again(again, [stored, *parts.where], outputs, js=_ASKS_AGAIN, **line)
    for event in (asked, asked_again):
        event.success(None, None, None, js="() => ragPage.over(true)", **QUIET)
        event.failure(None, None, None, js="() => ragPage.over(false)", **QUIET)
    # one that was lost must not keep the next from being heard
    drawn = [parts.conversation, parts.talks]
    parts.conversation.redraw(redraw, parts.where, drawn, trigger_mode="multiple", **QUIET)
    parts.stop.click(stop, None, None, **QUIET)


def join_editing(parts: Parts, front: Front) -> None:
    """Join the events that put a question back into the box, or leave it as it was."""

    def edit(
        browser: str, talk: str, folder: str, language: str, event: gr.EventData, request: gr.Request
    ) -> list[Any]:
        at = front.place(browser, talk, folder, language, request)
        for one in front.talk(at).turns:
            if one.number == _number(event.turn):
                return [one.question, str(one.number), note(language)]
        return [gr.skip()] * 3

    changed = [parts.question, parts.editing, parts.note]
    parts.conversation.edit(edit, parts.where, changed, **QUIET)
    parts.note.leave_editing(None, None, changed, js="() => [ragPage.unedited(), '', '']", **QUIET)
    # the changed question is on its way
    parts.conversation.taken(None, None, [parts.editing, parts.note], js="() => ['', '']", **QUIET)


def join_reading(parts: Parts, front: Front) -> None:
    """Join the events of reading: articles, the details of a search, and what a reader thought of an answer."""

    def open_article(
        browser: str, talk: str, folder: str, language: str, event: gr.EventData, request: gr.Request
    ) -> str:
        at = front.place(browser, talk, folder, language, request)
        return front.desk(at.folder).open_article(event._data or {}, front.talk(at).turns, language)

    def open_details(
        browser: str, talk: str, folder: str, language: str, event: gr.EventData, request: gr.Request
    ) -> str:
        at = front.place(browser, talk, folder, language, request)
        return front.desk(at.folder).open_details(str(event.turn), front.talk(at).turns, language)

    def rate(browser: str, talk: str, folder: str, language: str, event: gr.EventData, request: gr.Request) -> str:
        at = front.place(browser, talk, folder, language, request)
        verdict = event.verdict if event.verdict in ("up", "down") else None
        try:
            front.store.rate(at.owner, talk, _number(event.turn), verdict, str(event.reason))
        except RagError as error:
            gr.Warning(plain(error.in_language(language)))
        return front.drawn(at)

    for component in (parts.conversation, parts.panel, parts.library):
        component.open_article(open_article, parts.where, [parts.panel], **QUIET)
    parts.conversation.open_details(open_details, parts.where, [parts.panel], **QUIET)
    parts.conversation.rate(rate, parts.where, [parts.conversation], **QUIET)


def note(language: str) -> str:
    """That a question is being changed, with the way to leave it."""
    cancel = f"<button type='button'>{plain(label('editing.cancel', language))}</button>"
    return f"<p role='status'>{plain(label('editing', language))}</p>{cancel}"


def _window(request: gr.Request) -> str:
    """One open page of one browser."""
    return str(request.session_hash or "")


def _number(value: object) -> int:
    """The number of a turn, 0 for anything else."""
    try:
        return int(str(value))
    except ValueError:
        return 0
