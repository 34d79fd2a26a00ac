"""The events of the list of conversations: begun anew, opened, renamed, deleted, searched, exported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import RagError
from ui import export
from ui.conversation_list import download, no_download
from ui.escaping import plain
from ui.front import TALKS, Front, Place
from ui.gold_candidates import as_json_lines, file_name, gold_candidates
from ui.layout import QUIET, Parts
from ui.words import label


def join_talks(parts: Parts, front: Front) -> None:
    """Join the events of the list of conversations."""

    def listed(at: Place, words: str, limit: str) -> str:
        return front.talks(at, words, _limit(limit))

    def at_place(at: Place, words: str, limit: str) -> list[Any]:
        """What shows another conversation: where the browser is, what it sees, and an empty box."""
        shown = [at.talk, at.folder, front.chooser(at), front.drawn(at), listed(at, words, limit)]
        return [*shown, "", ""]

    def begin_anew(
        words: str, limit: str, browser: str, talk: str, folder: str, language: str, request: gr.Request
    ) -> list[Any]:
        return at_place(replace(front.place(browser, talk, folder, language, request), talk=""), words, limit)

    def choose(
        words: str,
        limit: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> list[Any]:
        chosen = front.folder(str(event.folder))
        # the sources of a conversation lie in one collection, so another one begins another conversation
        return at_place(front.place(browser, "", chosen, language, request), words, limit)

    def open_talk(
        words: str,
        limit: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> list[Any]:
        at = replace(front.place(browser, talk, folder, language, request), talk=str(event.talk))
        kept = front.kept(at)
        at = replace(at, folder=front.folder(kept.info.collection)) if kept else replace(at, talk="")
        return at_place(at, words, limit)

    def rename_talk(
        words: str,
        limit: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> str:
        at = front.place(browser, talk, folder, language, request)
        try:
            front.store.rename(at.owner, str(event.talk), str(event.title))
        except RagError as error:
            gr.Warning(plain(error.in_language(language)))
        return listed(at, words, limit)

    def delete_talk(
        words: str,
        limit: str,
        browser: str,
        talk: str,
        folder: str,
        language: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> list[Any]:
        at = front.place(browser, talk, folder, language, request)
        try:
            front.store.delete(at.owner, str(event.talk))
        except RagError as error:
            gr.Warning(plain(error.in_language(language)))
        if event.talk == talk:
            return at_place(replace(at, talk=""), words, limit)
        return [*[gr.skip()] * 4, listed(at, words, limit), gr.skip(), gr.skip()]

    def export_talk(
        browser: str, talk: str, folder: str, language: str, event: gr.EventData, request: gr.Request
    ) -> str:
        at = replace(front.place(browser, talk, folder, language, request), talk=str(event.talk))
        try:
            kept = front.store.load(at.owner, at.talk)
        except RagError as error:
            gr.Warning(plain(error.in_language(language)))
            return ""
        if event.form == "json":
            return download(export.file_name(kept, "json"), export.as_json(kept), "application/json")
        return download(export.file_name(kept, "md"), export.as_markdown(kept, language), "text/markdown")

    def export_rated(browser: str, talk: str, folder: str, language: str, request: gr.Request) -> str:
        at = front.place(browser, talk, folder, language, request)
        collection = front.folder(at.folder)
        try:
            rated = [one for one in front.store.rated(at.owner) if one.collection == collection]
        except RagError as error:
            return no_download(error.in_language(language))
        candidates = tuple(gold_candidates(rated))
        if not candidates:
            return no_download(label("talks.rated.none", language))
        review = sum("review" in one for one in candidates)
        told = label("talks.rated.done", language, count=len(candidates), review=review)
        return download(file_name(collection), as_json_lines(rated), "application/jsonl", told)

    def search(words: str, limit: str, browser: str, talk: str, folder: str, language: str, request: gr.Request) -> str:
        return listed(front.place(browser, talk, folder, language, request), words, limit)

    def more(
        words: str, limit: str, browser: str, talk: str, folder: str, language: str, request: gr.Request
    ) -> list[str]:
        wider = str(_limit(limit) + TALKS)
        return [wider, listed(front.place(browser, talk, folder, language, request), words, wider)]

    state = [parts.search, parts.limit, *parts.where]
    place = [parts.talk, parts.folder, parts.chooser, parts.conversation, parts.talks, parts.editing, parts.note]
    gr.on([parts.new.click, parts.new_too.click], begin_anew, state, place, **QUIET)
    parts.chooser.choose_collection(choose, state, place, **QUIET)
    parts.talks.open_talk(open_talk, state, place, **QUIET)
    parts.talks.rename_talk(rename_talk, state, [parts.talks], **QUIET)
    parts.talks.delete_talk(delete_talk, state, place, **QUIET)
    parts.talks.export_talk(export_talk, parts.where, [parts.file], **QUIET)
    parts.talks.export_rated(export_rated, parts.where, [parts.file], **QUIET)
    parts.talks.more_talks(more, state, [parts.limit, parts.talks], **QUIET)
    parts.search.change(search, state, [parts.talks], trigger_mode="always_last", **QUIET)


def _limit(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 6 else TALKS
