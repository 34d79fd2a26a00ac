"""The events of the drawer with the articles: files added, texts pasted, articles removed, collections made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from rag.errors import RagError
from ui import article_list
from ui.escaping import plain
from ui.front import Front, Place
from ui.layout import QUIET, Parts
from ui.library_types import Step
from ui.uploads import handed_in

_DRAW_EVERY = 0.3  # seconds between two drawings of a report that grows


def join_articles(parts: Parts, front: Front) -> None:
    """Join the events that change what can be asked about; the conversation is drawn anew after each."""

    def listed(folder: str, language: str, words: str = "", told: str = "") -> str:
        library = front.library(folder)
        pending = article_list.pending_notice(library.pending(), language)
        return pending + article_list.article_list(library.listing(words), language, words, told)

    def reported(steps: Iterator[Step], language: str) -> Iterator[str]:
        """The report while it grows, and once more at its end."""
        came: list[Step] = []
        drawn = 0.0
        try:
            for step in steps:
                came.append(step)
                if time.monotonic() - drawn >= _DRAW_EVERY:
                    yield article_list.upload_report(came, language)
                    drawn = time.monotonic()
        except RagError as error:
            gr.Warning(plain(error.in_language(language)))
        yield article_list.upload_report(came, language)

    def added(steps: Iterator[Step], folder: str, language: str, emptied: Sequence[Any] = ()) -> Iterator[list[Any]]:
        """The report while it grows; at its end also the list, an empty box for words, and what is `emptied`."""
        report, kept = "", [gr.skip()] * len(emptied)
        for report in reported(steps, language):
            yield [report, gr.skip(), gr.skip(), *kept]
        yield [report, listed(folder, language), "", *emptied]

    def add(files: Sequence[Mapping[str, Any]] | None, folder: str, language: str) -> Iterator[list[Any]]:
        yield from added(front.library(folder).add(handed_in(files), language), folder, language, [None])

    def paste(title: str, text: str, folder: str, language: str) -> Iterator[list[Any]]:
        emptied = ["", ""]

        def steps() -> Iterator[Step]:
            for step in front.library(folder).add_text(text, title, language):
                if step.status == "failed":
                    # what could not be taken stays in its boxes
                    emptied[:] = [gr.skip(), gr.skip()]
                yield step

        yield from added(steps(), folder, language, emptied)

    def reindex(folder: str, language: str) -> Iterator[list[Any]]:
        yield from added(front.library(folder).reindex(language), folder, language)

    def pending(folder: str, language: str, event: gr.EventData) -> Iterator[list[Any]]:
        library = front.library(folder)
        if event.act == "abandon":
            library.abandon()
            yield ["", listed(folder, language), ""]
        else:
            yield from added(library.resume(language), folder, language)

    def remove(words: str, folder: str, language: str, event: gr.EventData) -> str:
        try:
            told = article_list.removed(front.library(folder).remove(str(event.article)).info, language)
        except RagError as error:
            told = error.in_language(language)
        return listed(folder, language, words, told)

    def draw(browser: str, talk: str, folder: str, language: str, request: gr.Request) -> str:
        return front.drawn(front.place(browser, talk, folder, language, request))

    here = [parts.folder, parts.language]
    outputs = [parts.report, parts.library, parts.filter]
    # unprocessed, a file has the name that it has on the person's machine
    uploading: dict[str, Any] = {"preprocess": False}
    one_writer: dict[str, Any] = {"concurrency_limit": 4, "trigger_mode": "multiple", **QUIET}
    changes = [
        *(
            field.upload(add, [field, *here], [*outputs, field], **uploading, **one_writer)
            for field in (parts.files, parts.folder_files)
        ),
        parts.paste_add.click(
            paste,
            [parts.paste_title, parts.paste_text, *here],
            [*outputs, parts.paste_title, parts.paste_text],
            **one_writer,
        ),
        parts.reindex.click(reindex, here, outputs, **one_writer),
        parts.library.pending_uploads(pending, here, outputs, **one_writer),
        parts.library.remove_article(remove, [parts.filter, *here], [parts.library], **QUIET),
    ]
    for change in changes:
        change.then(draw, parts.where, [parts.conversation], **QUIET)
    search = {"fn": lambda words, folder, language: listed(folder, language, words), **QUIET}
    parts.filter.change(**search, inputs=[parts.filter, *here], outputs=[parts.library], trigger_mode="always_last")
    # emptied at once: what is typed, or told of a file, while the server is slow to list the articles stays
    opened = parts.articles.click(None, None, [parts.report, parts.filter], js="() => ['', '']", **QUIET)
    opened.then(listed, here, [parts.library], **QUIET)


def join_collections(parts: Parts, front: Front) -> None:
    """Join the events that make, rename and delete collections."""

    def shown(at: Place, changed: bool) -> list[Any]:
        """The collection of a place in the whole page; a `changed` one begins a conversation of its own."""
        library = front.library(at.folder)
        listed = article_list.article_list(library.listing(), at.language)
        talk = [at.talk, front.drawn(at)] if changed else [gr.skip(), gr.skip()]
        return [at.folder, *talk, front.chooser(at), front.collection_tools(at), listed, ""]

    def create(folder: str, language: str, browser: str, event: gr.EventData, request: gr.Request) -> list[Any]:
        try:
            made = front.collections.create(str(event.name))
        except RagError as error:
            return troubled(error, language)
        return shown(front.place(browser, "", made.folder, language, request), changed=True)

    def rename(folder: str, language: str, browser: str, event: gr.EventData, request: gr.Request) -> list[Any]:
        try:
            front.collections.rename(front.folder(folder), str(event.name))
        except RagError as error:
            return troubled(error, language)
        return shown(front.place(browser, "", folder, language, request), changed=False)

    def delete(folder: str, language: str, browser: str, request: gr.Request) -> list[Any]:
        try:
            front.forget_collection(folder)
        except RagError as error:
            return troubled(error, language)
        return shown(front.place(browser, "", front.collections.default, language, request), changed=True)

    def troubled(error: RagError, language: str) -> list[Any]:
        gr.Warning(plain(error.in_language(language)))
        return [gr.skip()] * 7

    inputs = [parts.folder, parts.language, parts.browser]
    outputs = [parts.folder, parts.talk, parts.conversation, parts.chooser, parts.tools, parts.library, parts.report]
    parts.tools.create_collection(create, inputs, outputs, **QUIET)
    parts.tools.rename_collection(rename, inputs, outputs, **QUIET)
    parts.tools.delete_collection(delete, inputs, outputs, **QUIET)
    # what another page made or renamed is seen when the drawer opens
    parts.articles.click(
        lambda folder, language: front.collection_tools(Place("", "", folder, language)),
        [parts.folder, parts.language],
        [parts.tools],
        **QUIET,
    )
