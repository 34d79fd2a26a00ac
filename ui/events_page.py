"""The events of the page as a whole: a browser arrives, its language changes, drawers open and close."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui import render
from ui.access import SIGN_OUT_SCRIPT
from ui.front import Front, Place
from ui.layout import QUIET, Parts, articles_heading, worded
from ui.preferences import parse
from ui.preferences_panel import READ_SCRIPT, PanelWords, join

_ARRIVE_SCRIPT = f"() => [{READ_SCRIPT}, ragPage.browser(), ragPage.talk(), ragPage.folder(), '']"


def join_page(page: gr.Blocks, parts: Parts, front: Front) -> None:
    """Join what happens when the page opens and when its language changes."""
    words = PanelWords(front.settings, front.models)

    def arrive(stored: str, browser: str, talk: str, folder: str, language: str, request: gr.Request) -> list[Any]:
        preferences = parse(stored)
        language = preferences.speaks(front.settings, request.headers.get("accept-language"))
        at = front.place(browser, talk, folder, language, request)
        kept = front.kept(at)
        at = Place(at.owner, talk if kept else "", front.folder(kept.info.collection if kept else folder), language)
        drawn = [
            render.header(language),
            front.chooser(at),
            front.talks(at),
            front.drawn(at),
            articles_heading(language),
            front.collection_tools(at),
            "",
            "",
        ]
        return [
            *(browser, at.talk, at.folder, language),
            *drawn,
            *worded(language),
            *words.updates(preferences, language),
        ]

    inputs = [parts.preferences.stored, *parts.where]
    drawn = [
        *(parts.header, parts.chooser, parts.talks, parts.conversation, parts.articles_head, parts.tools),
        *(parts.editing, parts.note),
    ]
    outputs = [*parts.where, *drawn, *parts.worded, *parts.preferences.drawn]
    page.load(arrive, inputs, outputs, js=_ARRIVE_SCRIPT, **QUIET)
    pool = front.desk(front.collections.default).pool
    for event in join(parts.preferences, words, pool, parts.language, parts.settings.click):
        event.then(arrive, inputs, outputs, **QUIET)


def join_drawers(parts: Parts) -> None:
    """Join what only the browser does."""
    scripts = {
        parts.menu: "() => ragPage.toggleSide()",
        parts.articles: "() => ragPage.open('articles-drawer')",
        parts.settings: "() => ragPage.open('settings-drawer')",
        parts.close_articles: "() => ragPage.close()",
        parts.close_settings: "() => ragPage.close()",
        parts.leave: SIGN_OUT_SCRIPT,
    }
    for button, script in scripts.items():
        button.click(None, None, None, js=script, **QUIET)
