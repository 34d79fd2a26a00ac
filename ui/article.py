"""A whole article as a panel over the page, with the cited places marked and a way to read it in the other script.

What a button asks for is written on it by `Asked.attributes` and read again by `Asked.read`: the browser holds no
state of its own, and what it sends is a wish that is fitted to the article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rag.types import Article, Citation, Language, Span
from ui.article_text import Marked, article_text, quoted
from ui.conversation import Turn
from ui.escaping import attribute, isolated, plain
from ui.excerpt import clipped
from ui.other_script import Converted, converted
from ui.words import label

LIMIT = 200_000
"""Characters of an article that a panel shows at most; a browser draws many more only slowly."""

_OTHER: Mapping[Language, Literal["zh-Hans", "zh-Hant"]] = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked to see: an article at a place.

    `turn` names the turn whose citations are marked. `script` is the Chinese script to read it in, empty as it was
    written. `part` is the part of a long article to show, `None` the one around the place.
    """

    article_id: str
    place: Span
    turn: str = ""
    script: Literal["", "zh-Hans", "zh-Hant"] = ""
    part: Span | None = None

    @staticmethod
    def read(data: Mapping[str, Any]) -> Asked:
        """What a button that was clicked asks for; raises `KeyError`, `TypeError`, `ValueError` or `OverflowError`."""
        part = Span(int(data["from"]), int(data["to"])) if "from" in data and "to" in data else None
        script = data.get("script")
        return Asked(
            str(data["article"]),
            Span(int(data["start"]), int(data["end"])),
            str(data.get("turn", "")),
            script if script in ("zh-Hans", "zh-Hant") else "",
            part,
        )

    def attributes(self) -> str:
        """The same, for the element that asks for it."""
        where = f"{attribute('data-article', self.article_id)} data-start='{self.place.start}'"
        where += (
            f" data-end='{self.place.end}'{attribute('data-turn', self.turn)}{attribute('data-script', self.script)}"
        )
        return where + (f" data-from='{self.part.start}' data-to='{self.part.end}'" if self.part else "")


@dataclass(frozen=True, slots=True)
class _View:
    """The article as it is shown; `changed` are citations of it whose words no longer stand where they stood."""

    asked: Asked
    marked: Marked
    changed: tuple[Citation, ...]
    language: str

    @property
    def article(self) -> Article:
        return self.marked.article

    @property
    def reading(self) -> Converted | None:
        return self.marked.reading


def opened(article: Article, asked: Asked, turns: Sequence[Turn], language: str) -> str:
    """The panel that was asked for, with the citations of the turn that it was opened from."""
    answers = [turn.answer for turn in turns if turn.name == asked.turn and turn.answer is not None]
    cited = [citation for answer in answers for citation in answer.citations]
    return panel(article, asked.place, language, asked, [one for one in cited if one.article_id == article.id])


def panel(
    article: Article, place: Span, language: str, asked: Asked | None = None, cited: Sequence[Citation] = ()
) -> str:
    """A dialog with the article; `place` and what `cited` cites are marked, what is not article is drawn faintly."""
    view = _view(article, clipped(place, Span(0, len(article.text))), language, asked, cited)
    script = view.asked.script
    text = article_text(view.marked, language)
    title = isolated(_in_script(view, article.title), script or article.language)
    head = f"{_facts(view)}{_notes(view)}{_tools(view)}"
    body = (
        f"<div class='panel-text' tabindex='0' role='region' aria-labelledby='panel-title' dir='auto' "
        f"lang='{script or article.language}'>{_further(view, 'earlier')}{text}{_further(view, 'later')}</div>"
    )
    return dialog(title, head, body, language)


def missing(message: str, language: str) -> str:
    """A dialog that says why there is no article to show."""
    return dialog(plain(message), "", "", language)


def dialog(title: str, head: str, body: str, language: str, classes: str = "panel") -> str:
    """A dialog over the page from HTML that is already safe."""
    return (
        f"<dialog class='{classes}' aria-labelledby='panel-title'><div class='panel-head'><div class='panel-about'>"
        f"<h2 id='panel-title'>{title}</h2>{head}</div>"
        f"<button type='button' class='close'>{plain(label('close', language))}</button></div>{body}</dialog>"
    )


def window(text: str, place: Span, limit: int = LIMIT) -> Span:
    """The whole text, or `limit` characters around the place, cut at line ends where there are any."""
    if len(text) <= limit:
        return Span(0, len(text))
    start = max(0, min((place.start + place.end - limit) // 2, len(text) - limit))
    end = min(len(text), start + limit)
    line = text.find("\n", start, place.start)
    last = text.rfind("\n", place.end, end)
    return Span(line + 1 if start and line >= 0 else start, last if end < len(text) and last >= 0 else end)


def before(text: str, shown: Span, limit: int = LIMIT) -> Span | None:
    """The part that ends where `shown` begins; `None` at the beginning of the text."""
    if shown.start <= 0:
        return None
    start = max(0, shown.start - limit)
    line = text.find("\n", start, shown.start - 1) if start else -1
    return Span(line + 1 if line >= 0 else start, shown.start)


def after(text: str, shown: Span, limit: int = LIMIT) -> Span | None:
    """The part that begins where `shown` ends; `None` at the end of the text."""
    if shown.end >= len(text):
        return None
    end = min(len(text), shown.end + limit)
    line = text.rfind("\n", shown.end + 1, end) if end < len(text) else -1
    return Span(shown.end, line if line >= 0 else end)


def _view(article: Article, place: Span, language: str, asked: Asked | None, cited: Sequence[Citation]) -> _View:
    asked = replace(asked or Asked(article.id, place), place=place)
    shown = _part(article.text, asked.part) if asked.part else window(article.text, place)
    if asked.script != _OTHER.get(article.language):
        asked = replace(asked, script="")
    held = tuple(one for one in cited if article.text[one.start : one.end] == one.quote)
    changed = tuple(one for one in cited if one not in held)
    if any(quoted(one) == place for one in changed):
        # the words at the old offsets are others now
        place = Span(place.start, place.start)
    reading = converted(article.text, shown, asked.script) if asked.script else None
    return _View(asked, Marked(article, shown, place, held, reading), changed, language)


def _part(text: str, wanted: Span) -> Span:
    inside = clipped(wanted, Span(0, len(text)))
    return Span(inside.start, min(inside.end, inside.start + LIMIT))


def _in_script(view: _View, text: str) -> str:
    if view.reading is None:
        return text
    return "".join(converted(text, Span(0, len(text)), view.reading.script).between([0, len(text)]))


def _facts(view: _View) -> str:
    article, place = view.article, view.asked.place
    badge = f"<span class='badge'>{plain(label(f'language.{article.language}', view.language))}</span>"
    number = article.page_of(place.start)
    page = label("page", view.language, page=number) if number else ""
    known = (article.date, article.source, article.url, page)
    return f"<p class='facts'>{badge}{''.join(isolated(fact, classes='fact') for fact in known if fact)}</p>"


def _notes(view: _View) -> str:
    """What to know before reading: that it is a part, that it was converted, that it has changed."""
    article, shown, language = view.article, view.marked.shown, view.language
    notes = ""
    if shown != Span(0, len(article.text)):
        told = label("article.part", language, start=shown.start + 1, end=shown.end, all=len(article.text))
        notes += f"<p class='doubt'>{plain(told)}</p>"
    for citation in view.changed:
        quote = f"<blockquote dir='auto' lang='{plain(citation.language)}'>{plain(citation.quote)}</blockquote>"
        number = f"<bdi class='number'>{citation.number}</bdi>"
        notes += f"<div class='doubt'>{number} {plain(label('article.changed', language))}{quote}</div>"
    if view.reading is not None:
        script = label(f"language.{article.language}", language)
        notes += f"<p class='note'>{plain(label('article.converted', language, script=script))}</p>{_original(view)}"
    return notes


def _original(view: _View) -> str:
    """The words of the place as they were written, folded."""
    place = clipped(view.marked.place, view.marked.shown)
    if place.start == place.end:
        return ""
    words = plain(view.article.text[place.start : place.end])
    return (
        f"<details class='original'><summary>{plain(label('article.original_words', view.language))}</summary>"
        f"<blockquote dir='auto' tabindex='0' lang='{view.article.language}'>{words}</blockquote></details>"
    )


def _tools(view: _View) -> str:
    tools = _switch(view) + _places(view)
    return f"<div class='panel-tools'>{tools}</div>" if tools else ""


def _switch(view: _View) -> str:
    """The button that shows the same part in the other Chinese script, or as it was written."""
    other = _OTHER.get(view.article.language)
    if other is None:
        return ""
    key = f"article.read_in.{other}" if view.reading is None else "article.as_written"
    asked = replace(view.asked, script=other if view.reading is None else "")
    return _button("script", asked, label(key, view.language))


def _places(view: _View) -> str:
    """A button for each cited place, where there is more to go to than the place that is open."""
    cited, language = sorted(view.marked.cited, key=lambda one: one.number), view.language
    if all(quoted(one) == view.marked.place for one in cited):
        return ""
    buttons = ""
    for one in cited:
        asked = replace(view.asked, place=quoted(one), part=None)
        current = " aria-current='true'" if quoted(one) == view.marked.place else ""
        said = attribute("aria-label", label("article.place", language, number=one.number))
        buttons += _button("place", asked, str(one.number), f" data-number='{one.number}'{said}{current}")
    name = label("article.places", language)
    return (
        f"<div class='places' role='group'{attribute('aria-label', name)}>"
        f"<span aria-hidden='true'>{plain(name)}</span>{buttons}</div>"
    )


def _further(view: _View, way: Literal["earlier", "later"]) -> str:
    """The button that leads to the part of a long article before or after the one that is shown."""
    part = (before if way == "earlier" else after)(view.article.text, view.marked.shown)
    if part is None:
        return ""
    return (
        f"<p class='further'>{_button(way, replace(view.asked, part=part), label(f'article.{way}', view.language))}</p>"
    )


def _button(step: str, asked: Asked, words: str, attributes: str = "") -> str:
    return f"<button type='button' data-step='{step}'{asked.attributes()}{attributes}>{plain(words)}</button>"
