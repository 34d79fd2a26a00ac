"""The list of articles, what came of an upload, and the collections to choose from, as HTML and plain values.

Every word that comes from outside passes through `ui.escaping`. An article is named in the page by `token`, its id
percent-encoded, so that no character of it is lost on the way to the browser and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from urllib.parse import quote

from rag.types import ArticleInfo
from ui.escaping import attribute, isolated, plain
from ui.indexes import Collection
from ui.library_types import Entry, Listing, Step
from ui.words import label

ROWS = 100
"""Files that an upload report shows at most; those with a problem come first."""

_BAD = ("failed", "kept", "gone")
_IN_INDEX = ("added", "changed", "unchanged", "same")


def article_list(listing: Listing, language: str, words: str = "", told: str = "") -> str:
    """The list under how many were found; `told` is what was just done, in words, for a screen reader too."""
    status = f"{isolated(told)} " if told else ""
    counted = f"<p class='count' role='status' tabindex='-1'>{status}{plain(_count(listing, language, words))}</p>"
    rows = "".join(_row(entry, language) for entry in listing.entries)
    if not rows:
        key = "articles.none_found" if listing.total else "articles.none"
        return f"<section class='library'>{counted}<p class='none'>{plain(label(key, language))}</p></section>"
    name = attribute("aria-label", label("articles", language))
    more = listing.found > len(listing.entries)
    cut = label("articles.cut", language, shown=len(listing.entries))
    narrow = f"<p class='none'>{plain(cut)}</p>" if more else ""
    return f"<section class='library'>{counted}<ul class='articles'{name}>{rows}</ul>{narrow}</section>"


def upload_report(steps: Sequence[Step], language: str) -> str:
    """How it stands with each file, by the last of its steps; empty before the first."""
    latest = {step.index: step for step in steps}
    if not latest:
        return ""
    # a later step may know of more files
    total = max(step.total for step in latest.values())
    ended = [step for step in latest.values() if step.ended]
    running = len(ended) < total
    bad = sum(step.status in _BAD for step in ended)
    good = sum(step.status in _IN_INDEX for step in ended)
    told = (
        label("upload.running", language, done=len(ended), total=total)
        if running
        else label("upload.ended", language, good=good, bad=bad)
    )
    name = attribute("aria-label", label("upload.report", language))
    bar = f"<progress max='{total}' value='{len(ended)}'{name}></progress>" if running else ""
    shown = sorted(latest.values(), key=lambda step: (step.ended and step.status not in _BAD, step.ended, step.index))
    rows = "".join(_step(step, language) for step in shown[:ROWS])
    rest = len(shown) - ROWS
    cut = f"<p class='none'>{plain(label('upload.cut', language, count=rest))}</p>" if rest > 0 else ""
    return (
        f"<section class='uploads'{name}><p class='count' role='status'>{plain(told)}</p>{bar}"
        f"<ul class='files'>{rows}</ul>{cut}</section>"
    )


def pending_notice(names: Sequence[str], language: str) -> str:
    """That copies are stored and not in the index, with buttons to try again or discard them; else empty."""
    if not names:
        return ""
    listed = label("list", language).join(names[:ROWS]) + ("…" if len(names) > ROWS else "")
    said = isolated(label("articles.pending", language, names=listed))
    buttons = "".join(
        f"<button type='button' class='quiet' data-pending='{act}'>{plain(label(f'articles.{act}', language))}</button>"
        for act in ("resume", "abandon")
    )
    return f"<div class='pending' role='note'><p>{said}</p><div class='actions'>{buttons}</div></div>"


def removed(info: ArticleInfo, language: str) -> str:
    """What is said when an article was removed; text, not HTML."""
    return label("articles.removed", language, title=info.title)


def collection_choices(collections: Sequence[Collection], language: str) -> list[tuple[str, str]]:
    """Names and folders for a Gradio choice, in order; the first, the default one, has a word of its own.

    Names are made harmless and stay text: Gradio shows them as such.
    """
    choices: list[tuple[str, str]] = []
    for place, one in enumerate(collections):
        unnamed = place == 0 and one.name == one.folder
        choices.append((label("collection.default", language) if unnamed else unescape(plain(one.name)), one.folder))
    return choices


def token(article_id: str) -> str:
    """An article's id as it stands in the page; the page's script decodes it with `decodeURIComponent`."""
    return quote(article_id.encode("utf-8", "replace"), safe="/")


def _count(listing: Listing, language: str, words: str) -> str:
    if words.strip():
        return label("articles.found", language, found=listing.found, total=listing.total)
    if listing.total == 1:
        return label("articles.count.one", language)
    return label("articles.count", language, total=f"{listing.total:,}") if listing.total else ""


def _row(entry: Entry, language: str) -> str:
    info = entry.info
    badge = f"<span class='badge'>{plain(label(f'language.{info.language}', language))}</span>"
    one = info.passages == 1
    facts = (
        info.date or label("articles.undated", language),
        label("articles.passages.one" if one else "articles.passages", language, count=f"{info.passages:,}"),
        label("articles.characters", language, count=f"{info.characters:,}"),
        info.source,
    )
    drawn = "".join(isolated(fact, classes="fact") for fact in facts)
    gone = "" if entry.there else f"<p class='doubt'>{plain(label('articles.gone', language))}</p>"
    return (
        f"<li class='row'><div class='what'><p class='row-title'>{isolated(info.title, info.language)}</p>"
        f"<p class='facts'>{badge}{drawn}</p>{gone}</div>"
        f"<div class='actions'>{_open(info, language)}{_ask(info, language)}</div>{_sure(entry, language)}</li>"
    )


def _open(info: ArticleInfo, language: str) -> str:
    said = attribute("aria-label", label("open_named", language, title=info.title))
    where = attribute("data-open", token(info.id))
    return f"<button type='button' class='quiet'{where}{said}>{plain(label('open_article', language))}</button>"


def _ask(info: ArticleInfo, language: str) -> str:
    said = attribute("aria-label", label("articles.remove.named", language, title=info.title))
    shown = plain(label("articles.remove", language))
    return f"<button type='button' class='quiet ask' aria-expanded='false'{said}>{shown}</button>"


def _sure(entry: Entry, language: str) -> str:
    """The question before a removal, hidden until it is asked for: nothing is removed by one press."""
    said = attribute("aria-label", label("articles.remove.named", language, title=entry.info.title))
    sure = label("articles.remove.uploaded" if entry.uploaded else "articles.remove.elsewhere", language)
    where = attribute("data-remove", token(entry.info.id))
    return (
        f"<div class='sure' role='group' hidden{attribute('aria-label', sure)}><p>{plain(sure)}</p>"
        f"<button type='button' class='danger'{where}{said}>{plain(label('articles.remove', language))}</button>"
        f"<button type='button' class='quiet keep'>{plain(label('articles.keep', language))}</button></div>"
    )


def _step(step: Step, language: str) -> str:
    kind = "bad" if step.status in _BAD else "done" if step.ended else "under-way"
    facts = plain(label(f"status.{step.status}", language))
    if step.passages:
        key = "articles.passages.one" if step.passages == 1 else "articles.passages"
        facts += f" · {plain(label(key, language, count=f'{step.passages:,}'))}"
    why = f"<p class='why'>{isolated(step.message)}</p>" if step.message else ""
    return f"<li class='file {kind}'><p>{isolated(step.name, classes='name')}<span>{facts}</span></p>{why}</li>"
