"""The events of a conversation: a question asked, asked again or changed, stopped; sources opened, answers rated."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import gradio as gr

from rag.errors import RagError
from ui import details
from ui.escaping import plain
from ui.front import CONCURRENT, WAITING, Front, Place
from ui.layout import QUIET, Parts
from ui.preferences import parse
from ui.words import label


def join_asking(parts: Parts, front: Front) -> None:
    """Join the events that bring answers, and those that stop them."""

    def answering(question: str, at: Place, stored: str, instead_of: int, words: str | None) -> Iterator[list[Any]]:
        """The steps as updates; `words` is what the box is to hold, `None` for what it holds."""
        stopper = Event()
        box = gr.skip() if words is None else gr.Textbox(value=words)
        controls = [stopper, box, "", "", gr.Button(visible=False), gr.Button(visible=True)]
        # Gradio builds a component that is skipped anew each time, but not one that is given its value again; only the
        # box is skipped, since the next question may be typed into it already
        same = [gr.skip(), gr.skip(), "", "", label("send", at.language), label("stop", at.language)]
        listed = ""
        for step in front.ask(question, at, parse(stored), stopper, instead_of):
            if step.trouble:
                gr.Warning(plain(step.trouble))
            if stopper.is_set():
                # the last of the answer may still come: nothing is left to stop, and it is too early to ask
                controls[4:6] = [gr.Button(visible=True, interactive=False), gr.Button(visible=False)]
            listed = listed or front.talks(Place(at.owner, step.talk, at.folder, at.language))
            yield [step.talk, step.drawn, listed, *controls]
            controls = [*same]

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
        yield from answering(text, at, stored, _number(editing), "")

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
                yield from answering(one.question, at, stored, number, None)

    def settle(browser: str, talk: str, folder: str, language: str, request: gr.Request) -> list[Any]:
        # the language may have been changed while the answer came
        at = front.place(browser, talk, folder, language, request)
        return [
            None,
            front.drawn(at),
            front.talks(at),
            gr.Button(visible=True, interactive=True),
            gr.Button(visible=False),
        ]

    def stop(running: Event | None) -> None:
        if running is not None:
            running.set()

    outputs = [parts.talk, parts.conversation, parts.talks, parts.running, parts.question, parts.editing, parts.note]
    outputs += [parts.send, parts.stop]
    settled = [parts.running, parts.conversation, parts.talks, parts.send, parts.stop]
    # all may come in: those that wait are told how many are ahead of them
    line: dict[str, Any] = {"trigger_mode": "once", "concurrency_limit": CONCURRENT + WAITING, "concurrency_id": "ask"}
    stored = parts.preferences.stored
    asking = gr.on(
        [parts.send.click, parts.question.submit],
        ask,
        [parts.question, parts.editing, stored, *parts.where],
        outputs,
        **line,
        **QUIET,
    )
    asking.then(settle, parts.where, settled, **QUIET)
    asked = parts.conversation.again(again, [stored, *parts.where], outputs, **line, **QUIET)
    asked.then(settle, parts.where, settled, **QUIET)
    parts.stop.click(stop, [parts.running], None, **QUIET)


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

    parts.conversation.edit(edit, parts.where, [parts.question, parts.editing, parts.note], **QUIET)
    parts.note.leave_editing(lambda: ["", "", ""], None, [parts.question, parts.editing, parts.note], **QUIET)


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
        return details.opened(str(event.turn), front.talk(at).turns, language)

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


def _number(value: object) -> int:
    """The number of a turn, 0 for anything else."""
    try:
        return int(str(value))
    except ValueError:
        return 0
