"""One conversation as a file to keep: Markdown for readers, JSON for programs, both with every source.

Invariant: in the Markdown only our own words are markup; what was asked, written and quoted is shown as text by any
reader of Markdown (CommonMark and GitHub's), whatever it holds. The JSON holds the whole turns and answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

from rag.types import Answer, Citation
from ui.conversation import Turn
from ui.conversation_forms import turn_form
from ui.conversation_store import Feedback, Kept
from ui.escaping import plain
from ui.words import label

FORMAT = 1
"""Version of the exported JSON; raised when a name changes its meaning."""

_MARKUP = re.compile(r"[\\`*_\[\]<>&#|~$^{}]")
# what GitHub makes a link of without any brackets, and addresses of mail
_LINKS = re.compile(r"(?i:(?<=http)|(?<=https)|(?<=ftp)|(?<=mailto)|(?<=xmpp)):|(?i:(?<=www))\.|@")
# what begins a list, a rule, a heading's underline, a table of colons, a title block or a footnote of other dialects
_OPENING = re.compile(r"^([-+=:%!]|[0-9]{1,9}(?=[.)](?:\s|$)))")
_MARK = re.compile(r"\\\[(\d{1,4})\\\](?![(:{\[]|\\\[\^)")
_UNFIT = re.compile(r"[^\w\-. ]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def as_markdown(kept: Kept, language: str) -> str:
    """The conversation for a reader: each question, its answer with `[n]`, and the sources behind the numbers."""
    info = kept.info
    begun = label("written.begun", language, date=_day(info.created))
    about = f"{begun} · {as_text(label('written.collection', language, collection=info.collection))}"
    blocks = [f"# {as_text(info.title) or label('talks.untitled', language)}", about]
    for turn in kept.turns:
        blocks += _turn(turn, kept.feedback.get(turn.number), language)
    return "\n\n".join(blocks) + "\n"


def as_json(kept: Kept) -> str:
    """The conversation for a program: `{"format", "id", "title", "collection", "created", "updated", "turns"}`.

    Times are ISO 8601 in UTC. A turn is that of `turn_form` with its `feedback`: `{"verdict", "reason", "given"}` or
    null; its `answer` is the contract's answer object.
    """
    info = kept.info
    form = {
        "format": FORMAT,
        "id": info.id,
        "title": info.title,
        "collection": info.collection,
        "created": _moment(info.created),
        "updated": _moment(info.updated),
        "turns": [
            turn_form(turn) | {"feedback": _feedback_form(kept.feedback.get(turn.number))} for turn in kept.turns
        ],
    }
    return written_json(form, indent=2) + "\n"


def file_name(kept: Kept, ending: str) -> str:
    """A name for the file that any system takes: the day it was begun, words of the title, and the ending."""
    words = " ".join(_UNFIT.sub(" ", kept.info.title).split())[:50].strip(". ")
    return f"{_day(kept.info.created)} {words}".strip() + f".{ending}"


def written_json(form: Any, indent: int | None = None) -> str:
    """JSON that UTF-8 can hold: half a surrogate pair, which it cannot, is written as its escape."""
    text = json.dumps(form, ensure_ascii=False, indent=indent)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_text(text: str) -> str:
    """One line of Markdown that shows this text: nothing in it is a link, an element, a list or a heading.

    Controls are shown as the page shows them.
    """
    harmless = " ".join(unescape(plain(text)).split())
    escaped = _LINKS.sub(r"\\\g<0>", _MARKUP.sub(r"\\\g<0>", harmless))
    return _OPENING.sub(_opened, escaped)


def _turn(turn: Turn, feedback: Feedback | None, language: str) -> Iterator[str]:
    answer = turn.answer
    yield f"## {label('written.question', language, number=turn.number)}"
    yield _quoted(turn.question)
    searched = answer.searched_for if answer else turn.searched_for
    if searched:
        yield f"{label('searched_for', language)}{as_text(searched)}"
    if answer is None:
        yield from _paragraphs(turn.text, frozenset())
        yield _ending(turn, language)
    else:
        yield from _answer(answer, language)
    if feedback is not None:
        yield " ".join([label(f"written.feedback.{feedback.verdict}", language), as_text(feedback.reason)]).strip()


def _ending(turn: Turn, language: str) -> str:
    if turn.error is not None:
        return as_text(turn.error.in_language(language))
    return label("stopped" if turn.status != "failed" else "written.failed", language)


def _answer(answer: Answer, language: str) -> Iterator[str]:
    if answer.refused:
        yield f"**{label('refused', language)}**"
    first = answer.text.partition("\n")[0].strip()
    if answer.short_answer and answer.short_answer.strip() and first != answer.short_answer.strip():
        yield f"**{as_text(answer.short_answer)}**"
    numbers = frozenset(citation.number for citation in answer.citations)
    yield from _paragraphs(answer.text, numbers)
    yield from (f"*{as_text(notice)}*" for notice in answer.notices if notice.strip())
    yield _made(answer, language)
    if answer.citations:
        yield f"### {label('sources', language)}"
        for citation in answer.citations:
            yield _source(citation, language)


def _made(answer: Answer, language: str) -> str:
    if answer.generator == "extractive":
        made = label("made.refused" if answer.refused else "made.quoted", language)
    else:
        key = "made.judged" if answer.refused else "made.written"
        made = label(key, language, generator=as_text(answer.generator))
    return f"{made} · {label('seconds', language, seconds=f'{answer.timings_ms.total / 1000:.1f}')}"


def _source(citation: Citation, language: str) -> str:
    page = label("page", language, page=citation.page) if citation.page else ""
    facts = [
        as_text(citation.date or ""),
        label(f"language.{citation.language}", language),
        as_text(citation.source),
        page,
    ]
    doubt = "" if citation.supported else f"\n\n{label('unsupported', language)}"
    told = " · ".join(fact for fact in facts if fact)
    title = as_text(citation.title) or label("talks.untitled", language)
    # not a list of Markdown: it would count on from the first number and swallow what follows
    return f"[{citation.number}] **{title}** · {told}\n\n{_quoted(citation.quote)}{doubt}"


def _paragraphs(text: str, numbers: frozenset[int]) -> Iterator[str]:
    for line in text.splitlines():
        if shown := as_text(line):
            yield _MARK.sub(lambda mark: f"[{mark[1]}]" if int(mark[1]) in numbers else mark[0], shown)


def _quoted(text: str) -> str:
    lines = [shown for line in text.splitlines() if (shown := as_text(line))]
    # a line of its own for each: the backslash is Markdown's visible way to break a line
    return "\\\n".join(f"> {line}" for line in lines) or "> "


def _opened(found: re.Match[str]) -> str:
    # a digit cannot be escaped, the stop behind it can
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _feedback_form(feedback: Feedback | None) -> dict[str, str] | None:
    if feedback is None:
        return None
    return {"verdict": feedback.verdict, "reason": feedback.reason, "given": _moment(feedback.given)}


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
