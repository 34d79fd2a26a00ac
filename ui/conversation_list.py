"""The list of conversations, the feedback under an answer, and a file to download, as HTML.

Invariant: the same values give the same string, and only our own markup is markup. What a reader can do is a native
button, form or fold with `data-` attributes; the scripts of the same part turn these into events.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

from ui.conversation_store import REASON, TITLE, ConversationInfo, Feedback, Listing, Verdict
from ui.escaping import attribute, isolated, plain
from ui.words import label

_THUMB = (
    "<svg viewBox='0 0 24 24' aria-hidden='true' focusable='false'><path d='M7 10.5v9H4v-9h3Zm3 9h7.2c.8 0 1.5-.6 "
    "1.7-1.4l1.1-5.3c.2-1.1-.6-2-1.7-2h-4.4l.7-3.6c.2-1-.5-1.9-1.5-1.9-.5 0-1 .3-1.2.7L10 10.5v9Z'/></svg>"
)


def conversation_list(listing: Listing, language: str, current: str = "", searched: str = "", notice: str = "") -> str:
    """Conversations as a navigation, `current` marked; after a search for `searched`, those found.

    `notice` is what `ConversationStore.notice` says.
    """
    told = f"<p class='talks-notice' role='note'>{isolated(notice)}</p>" if notice else ""
    name = attribute("aria-label", label("talks", language))
    items = "".join(_item(one, language, one.id == current) for one in listing.conversations)
    body = f"<ul>{items}</ul>" if items else f"<p class='talks-empty'>{_empty(searched, language)}</p>"
    # only what a search found is told: the plain list changes with every answer
    count = plain(label("talks.found", language, count=listing.total)) if searched.strip() else ""
    return (
        f"<nav class='talks' tabindex='-1'{name} data-language='{plain(language)}'>"
        f"<p class='unseen' role='status'>{count}</p>{told}{body}{_more(listing, language)}"
        f"{_rated(listing, searched, language)}</nav>"
    )


def feedback_bar(turn: int, feedback: Feedback | None, language: str) -> str:
    """Thumbs up and down for the answer of a turn, the given one pressed, and once given a small form for why."""
    asked = attribute("aria-label", label("feedback", language))
    verdicts: tuple[Verdict, ...] = ("up", "down")
    thumbs = "".join(
        _thumb(verdict, feedback is not None and feedback.verdict == verdict, language) for verdict in verdicts
    )
    kept = f"<span class='feedback-kept'>{plain(label('feedback.kept', language))}</span>" if feedback else ""
    why = _why(turn, feedback, language) if feedback else ""
    return (
        f"<div class='feedback' role='group' data-turn='{turn}'{asked}><div class='thumbs'>{thumbs}"
        f"<span role='status'>{kept}</span></div>{why}</div>"
    )


def download(name: str, text: str, media_type: str, told: str = "") -> str:
    """A file for `download.js` to hand to the browser, byte for byte, under this name; `told` is said in the list."""
    data = b64encode(text.encode("utf-8")).decode("ascii")
    about = f"{attribute('data-name', name)}{attribute('data-type', media_type)}{attribute('data-told', told)}"
    return f"<span class='download' hidden{about} data-file='{data}'></span>"


def no_download(told: str) -> str:
    """That there is no file, and why, for the list to say."""
    return f"<span class='download' hidden{attribute('data-told', told)}></span>"


def _item(one: ConversationInfo, language: str, current: bool) -> str:
    title = one.title or label("talks.untitled", language)
    marked = " aria-current='true'" if current else ""
    matched = isolated(one.matched, classes="talk-match") if one.matched and one.matched != title else ""
    return (
        f"<li class='talk{' current' if current else ''}'{attribute('data-talk', one.id)}><div class='talk-row'>"
        f"<button type='button' class='talk-open' data-act='open'{marked}{attribute('title', title)}>"
        f"{isolated(title, classes='talk-title')}{matched}{_when(one.updated)}</button>"
        f"{_actions(title, language)}</div>{_renaming(one, language)}{_deleting(title, language)}</li>"
    )


def _when(seconds: float) -> str:
    """The day in UTC; the page's script puts the reader's own time in its place."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"<time class='talk-when' datetime='{moment:%Y-%m-%dT%H:%M:%SZ}'>{moment:%Y-%m-%d}</time>"


def _actions(title: str, language: str) -> str:
    named = attribute("aria-label", label("talks.actions", language, title=title))
    buttons = "".join(_button(act, f"talks.{act}", language) for act in ("rename", "markdown", "json", "delete"))
    return (
        f"<details class='talk-more'><summary{named}><span aria-hidden='true'>⋯</span></summary>"
        f"<div class='talk-acts'>{buttons}</div></details>"
    )


def _renaming(one: ConversationInfo, language: str) -> str:
    named = attribute("aria-label", label("talks.name", language))
    value = attribute("value", one.title)
    save = f"<button type='submit'>{plain(label('talks.save', language))}</button>"
    return (
        f"<form class='talk-rename' hidden><input type='text' name='title' maxlength='{TITLE}' dir='auto' "
        f"autocomplete='off'{named}{value}><div class='talk-choice'>{save}"
        f"{_button('cancel', 'talks.cancel', language)}</div></form>"
    )


def _deleting(title: str, language: str) -> str:
    named = attribute("aria-label", f"{label('talks.delete', language)}: {title}")
    sure = _button("delete_sure", "talks.delete", language, "danger")
    return (
        f"<div class='talk-delete' role='group' hidden{named}><p>{plain(label('talks.delete_sure', language))}</p>"
        f"<div class='talk-choice'>{sure}{_button('cancel', 'talks.keep', language)}</div></div>"
    )


def _button(act: str, key: str, language: str, classes: str = "") -> str:
    return f"<button type='button'{attribute('class', classes)} data-act='{act}'>{plain(label(key, language))}</button>"


def _empty(searched: str, language: str) -> str:
    words = searched.strip()
    return plain(label("talks.none_found", language, words=words) if words else label("talks.empty", language))


def _more(listing: Listing, language: str) -> str:
    shown = len(listing.conversations)
    if not shown or shown >= listing.total:
        return ""
    return f"<button type='button' class='talks-more' data-act='more'>{plain(label('talks.more', language))}</button>"


def _rated(listing: Listing, searched: str, language: str) -> str:
    """The button that exports what was rated, with a place for what came of it; not among what a search found."""
    if not listing.conversations or searched.strip():
        return ""
    about = attribute("title", label("talks.rated.about", language))
    button = f"<button type='button' data-act='rated'{about}>{plain(label('talks.rated', language))}</button>"
    return f"<div class='talks-rated'>{button}<p class='told' role='status'></p></div>"


def _thumb(verdict: Verdict, pressed: bool, language: str) -> str:
    said = label(f"feedback.{verdict}", language)
    named = attribute("aria-label", said) + attribute("title", said)
    state = "true" if pressed else "false"
    return (
        f"<button type='button' class='thumb {verdict}' data-verdict='{verdict}' aria-pressed='{state}'{named}>"
        f"{_THUMB}</button>"
    )


def _why(turn: int, feedback: Feedback, language: str) -> str:
    """Folded away once there is a reason; a fold keeps its state by its id while turns are drawn anew."""
    said, key = ("", "feedback.why") if not feedback.reason else (isolated(feedback.reason), "feedback.change")
    shown = f"<p class='reason'>{said}</p>" if said else ""
    named = attribute("aria-label", label("feedback.reason", language))
    box = f"<textarea name='reason' rows='2' maxlength='{REASON}' dir='auto'{named}>{plain(feedback.reason)}</textarea>"
    return (
        f"{shown}<details class='why-form' id='turn-{turn}-why'><summary>{plain(label(key, language))}</summary>"
        f"<form>{box}"
        f"<button type='submit'>{plain(label('feedback.send', language))}</button></form></details>"
    )
