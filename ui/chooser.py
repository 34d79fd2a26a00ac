"""The choice of a collection, and what can be done with collections, as HTML.

Both are native controls: a page that was opened before the server began anew still chooses by them. Names come from
`ui.article_list.collection_choices`, harmless and not yet escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from ui.escaping import attribute, plain
from ui.indexes import LONGEST_NAME
from ui.words import label

Choices = Sequence[tuple[str, str]]


def chooser(choices: Choices, current: str, language: str) -> str:
    """The list of collections to ask, as a select; hidden while there is only one."""
    options = "".join(
        f"<option{attribute('value', folder)}{' selected' if folder == current else ''}>{plain(name)}</option>"
        for name, folder in choices
    )
    hidden = " hidden" if len(choices) < 2 else ""
    said = plain(label("collection", language))
    return f"<label class='chooser'{hidden}><span>{said}</span><select>{options}</select></label>"


def collection_tools(choices: Choices, current: str, can_be_deleted: bool, language: str) -> str:
    """The collection whose articles are shown, with ways to make another, rename this one and delete it."""
    name = next((name for name, folder in choices if folder == current), current)
    about = f"<span>{plain(label('collection', language))}</span>"
    shown = f"<p class='collection'>{about} <bdi><strong>{plain(name)}</strong></bdi></p>"
    create = _form("create", "collection.new", "collection.create", "", language)
    rename = _form("rename", "collection.rename", "collection.rename", name, language)
    delete = _deleting(language) if can_be_deleted else ""
    summary = f"<summary>{plain(label('collection.all', language))}</summary>"
    return (
        f"<div class='collections'{attribute('data-folder', current)}>{shown}"
        f"<details>{summary}{create}{rename}{delete}</details></div>"
    )


def _form(act: str, heading: str, button: str, value: str, language: str) -> str:
    named = attribute("aria-label", f"{label(heading, language)}: {label('collection.name', language)}")
    field = (
        f"<input type='text' name='name' maxlength='{LONGEST_NAME}' required dir='auto' autocomplete='off'"
        f"{named}{attribute('value', value)}>"
    )
    return (
        f"<form data-act='{act}'><label><span>{plain(label(heading, language))}</span>{field}</label>"
        f"<button type='submit'>{plain(label(button, language))}</button></form>"
    )


def _deleting(language: str) -> str:
    sure = plain(label("collection.delete.sure", language))
    return (
        f"<button type='button' class='ask'>{plain(label('collection.delete', language))}</button>"
        f"<div class='sure' role='group' hidden><p>{sure}</p>"
        f"<button type='button' class='danger' data-act='delete'>{plain(label('collection.delete', language))}</button>"
        f"<button type='button' class='keep'>{plain(label('collection.keep', language))}</button></div>"
    )
