"""The components of the page and where they stand: a sidebar, the conversation over its question box, two drawers.

Invariant: every word of a component stands in `_WORDED`, so that a change of language says all of them again. What a
browser is told about itself is kept in hidden boxes of its own page (`Parts.where`), never on the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ui import preferences_panel, render
from ui.escaping import plain
from ui.front import Front, Place
from ui.words import label

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Of every event: Gradio shows no progress of its own, and the event is no part of an API."""

_HERE = Path(__file__).parent
_LEAVE = """element.addEventListener("click", (event) => {
  if (event.target.closest("button")) trigger("leave_editing", {});
});"""
_WORDED: tuple[tuple[str, str, str], ...] = (
    ("menu", "value", "menu.short"),
    ("new", "value", "new"),
    ("new_too", "value", "new"),
    ("search", "label", "talks.search"),
    ("search", "placeholder", "talks.search"),
    ("articles", "value", "articles"),
    ("settings", "value", "settings"),
    ("leave", "value", "signin.leave"),
    ("question", "label", "question"),
    ("question", "placeholder", "question.hint"),
    ("send", "value", "send"),
    ("stop", "value", "stop"),
    ("keys", "value", "question.keys"),
    ("close_articles", "value", "close"),
    ("close_settings", "value", "close"),
    ("files", "label", "articles.upload"),
    ("folder_files", "label", "articles.upload.folder"),
    ("paste", "label", "articles.paste"),
    ("paste_title", "label", "articles.paste.title"),
    ("paste_text", "label", "articles.paste.text"),
    ("paste_add", "value", "articles.paste.add"),
    ("filter", "label", "articles.search"),
    ("filter", "placeholder", "articles.search.hint"),
    ("reindex", "value", "articles.reindex"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of the page, by name.

    `browser`, `talk`, `folder` and `language` are hidden boxes that say where the browser is; `editing` holds the
    number of the turn whose question is being changed, `limit` how many conversations are listed, `keys` what the keys
    do in the question box. `preferences` is the panel of settings.
    """

    browser: Any
    talk: Any
    folder: Any
    language: Any
    editing: Any
    limit: Any
    menu: Any
    new_too: Any
    header: Any
    new: Any
    chooser: Any
    search: Any
    talks: Any
    articles: Any
    settings: Any
    leave: Any
    conversation: Any
    note: Any
    question: Any
    send: Any
    stop: Any
    keys: Any
    articles_head: Any
    close_articles: Any
    tools: Any
    files: Any
    folder_files: Any
    paste: Any
    paste_title: Any
    paste_text: Any
    paste_add: Any
    report: Any
    filter: Any
    reindex: Any
    library: Any
    close_settings: Any
    preferences: preferences_panel.Panel
    panel: Any
    file: Any

    @property
    def where(self) -> list[Any]:
        """The inputs that say where a browser is, in the order of `Front.place`."""
        return [self.browser, self.talk, self.folder, self.language]

    @property
    def worded(self) -> list[Any]:
        """The components that `worded` has updates for."""
        return [getattr(self, name) for name in dict.fromkeys(name for name, _, _ in _WORDED)]


def worded(language: str) -> list[Any]:
    """Gradio updates for `Parts.worded` in an interface language."""
    return [gr.update(**properties) for properties in _properties(language).values()]


def articles_heading(language: str) -> str:
    """The heading of the drawer with the articles."""
    return f"<h2>{plain(label('articles', language))}</h2>"


def lay_out(front: Front, language: str) -> Parts:
    """The components, to be called where they are to stand."""
    said = _properties(language)
    at = Place("", "", front.collections.default, language)
    held: dict[str, Any] = {
        "browser": _hidden("browser"),
        "talk": _hidden("talk"),
        "folder": _hidden("folder", at.folder),
        "language": _hidden("language", language),
        "editing": _hidden("editing"),
        "limit": _hidden("limit"),
    }
    with gr.Row(elem_id="page"):
        with gr.Column(elem_id="side"):
            held |= _side(front, at, said)
        with gr.Column(elem_id="main"):
            held |= _main(front, at, said)
    with gr.Column(elem_id="articles-drawer", elem_classes="drawer"):
        held |= _articles(said, at, front)
    with gr.Column(elem_id="settings-drawer", elem_classes="drawer"):
        held["close_settings"] = gr.Button(**said["close_settings"], elem_classes="close-drawer")
        held["preferences"] = preferences_panel.build(
            preferences_panel.PanelWords(front.settings, front.models), language
        )
    held["panel"] = html("", elem_id="panel", js_on_load=read("panel.js"))
    held["file"] = html("", elem_id="file", js_on_load=read("download.js"))
    return Parts(**held)


def _side(front: Front, at: Place, said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "header": html(render.header(at.language), elem_id="header"),
        "new": gr.Button(**said["new"], elem_id="new"),
        "chooser": html(front.chooser(at), elem_id="chooser", js_on_load=read("chooser.js")),
        "search": gr.Textbox(
            **said["search"], elem_id="search", show_label=False, container=False, max_lines=1, type="text"
        ),
        "talks": html("", elem_id="talks", js_on_load=read("conversations.js")),
        **_foot(front, said),
    }


def _foot(front: Front, said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    with gr.Row(elem_id="side-foot"):
        return {
            "articles": gr.Button(**said["articles"], elem_id="articles"),
            "settings": gr.Button(**said["settings"], elem_id="settings"),
            "leave": gr.Button(**said["leave"], elem_id="leave", visible=bool(front.settings.auth.strip())),
        }


def _main(front: Front, at: Place, said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    with gr.Row(elem_id="bar"):
        held["menu"] = gr.Button(**said["menu"], elem_id="menu")
        held["new_too"] = gr.Button(**said["new_too"], elem_id="new-too")
    scripts = read("asking.js") + read("page.js") + read("sources.js") + read("feedback.js")
    held["conversation"] = html(front.desk(at.folder).opening(at.language), elem_id="conversation", js_on_load=scripts)
    with gr.Column(elem_id="composer"):
        held["note"] = html("", elem_id="note", js_on_load=_LEAVE)
        with gr.Row(elem_id="asking"):
            held["question"] = gr.Textbox(
                **said["question"], elem_id="question", max_lines=6, show_label=False, container=False, autofocus=True
            )
            held["send"] = gr.Button(**said["send"], variant="primary", elem_id="send")
            held["stop"] = gr.Button(**said["stop"], elem_id="stop")
        held["keys"] = html(**said["keys"], elem_id="keys")
    return held


def _articles(said: dict[str, dict[str, Any]], at: Place, front: Front) -> dict[str, Any]:
    held: dict[str, Any] = {"close_articles": gr.Button(**said["close_articles"], elem_classes="close-drawer")}
    held["articles_head"] = html(articles_heading(at.language), elem_id="articles-head")
    held["tools"] = html(front.collection_tools(at), elem_id="collection-tools", js_on_load=read("chooser.js"))
    with gr.Row(elem_id="uploads"):
        held["files"] = gr.File(**said["files"], file_count="multiple", height=132, elem_id="files")
        held["folder_files"] = gr.File(**said["folder_files"], file_count="directory", height=132, elem_id="folder")
    with gr.Accordion(**said["paste"], open=False, elem_id="paste") as paste:
        held["paste_title"] = gr.Textbox(**said["paste_title"], max_lines=1, elem_id="paste-title")
        held["paste_text"] = gr.Textbox(**said["paste_text"], lines=6, max_lines=12, elem_id="paste-text")
        held["paste_add"] = gr.Button(**said["paste_add"], elem_id="paste-add")
    held["paste"] = paste
    held["report"] = html("", elem_id="report")
    with gr.Row(elem_id="library-tools"):
        held["filter"] = gr.Textbox(
            **said["filter"], elem_id="filter", show_label=False, container=False, max_lines=1, type="text"
        )
        held["reindex"] = gr.Button(**said["reindex"], elem_id="reindex")
    held["library"] = html("", elem_id="library", js_on_load=read("articles.js"))
    return held


def _properties(language: str) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = {}
    for name, one, key in _WORDED:
        properties.setdefault(name, {})[one] = label(key, language)
    return properties


def _hidden(name: str, value: str = "") -> Any:
    return gr.Textbox(value, label=name, visible="hidden", elem_id=f"at-{name}")


def html(value: str, **properties: Any) -> Any:
    """HTML of our own, without Gradio's looks; once its script is at work, the element says so (`data-listens`)."""
    script = properties.pop("js_on_load", None)
    properties["js_on_load"] = f"{script}\nelement.dataset.listens = '';" if script else None
    return gr.HTML(value, apply_default_css=False, **properties)


def read(name: str) -> str:
    """A style or script of the page."""
    return (_HERE / name).read_text(encoding="utf-8")
