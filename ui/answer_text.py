"""The text of an answer as HTML: each mark `[n]` leads to its source, each sentence in doubt is underlined with why.

Invariant: wherever the sentences say that they begin and end, every word of the text is shown once, in order, and no
mark is cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from rag.types import Answer, Citation, Sentence, Span
from ui.escaping import attribute, isolated, plain
from ui.words import label

_QUOTES = " \u3000\"'“”‘’「」『』"
_MARKER = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of HTML; `doubt` is the place among the doubted sentences of the one it belongs to.

    It stands `behind` that sentence or in it.
    """

    html: str
    doubt: int | None = None
    behind: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    """A text and what its pieces need to be drawn.

    `numbered` are the citations by number, `name` the turn whose source cards the marks lead to, `doubted` the
    sentences that their sources do not support, in order. `firsts` is where the first mark of each number stands.
    """

    text: str
    language: str
    text_language: str = ""
    name: str = ""
    numbered: Mapping[int, Citation] = field(default_factory=dict)
    doubted: tuple[Sentence, ...] = ()
    firsts: Mapping[int, int] = field(default_factory=dict)


def answer_text(answer: Answer, name: str, language: str) -> str:
    """The short answer first, then the text with its marks linked to the source cards of turn `name`."""
    numbered = {citation.number: citation for citation in answer.citations}
    doubted = _doubted(answer)
    written = _Written(answer.text, language, answer.language, name, numbered, doubted, first_marks(answer))
    short = ""
    if answer.short_answer:
        told = f"<span class='unseen'>{plain(label('short_answer', language))}: </span>"
        short = f"<p class='short'>{told}{isolated(answer.short_answer, answer.language)}</p>"
    legend = f"<p class='legend'>{plain(label('doubted.legend', language))}</p>" if doubted else ""
    return short + _paragraphs(written, _begin(answer, doubted)) + legend


def first_marks(answer: Answer) -> Mapping[int, int]:
    """Where in the text the first mark of each citation is drawn; a citation without a mark is not among them.

    The mark of citation n has the id `NAME-cite-n`, to which its source card leads back.
    """
    numbers, firsts = {citation.number for citation in answer.citations}, dict[int, int]()
    for marker in _MARKER.finditer(answer.text, _begin(answer, _doubted(answer))):
        if int(marker[1]) in numbers:
            firsts.setdefault(int(marker[1]), marker.start())
    return firsts


def plain_paragraphs(text: str, language: str, text_language: str = "") -> str:
    """Text whose marks lead nowhere: what was written so far, or a refusal."""
    return _paragraphs(_Written(text, language, text_language))


def doubt(sentence: Sentence, language: str) -> str:
    """Why a sentence is underlined, with the words that its source lacks, in an interface language."""
    why = label(f"doubted.{sentence.reason or 'meaning'}", language)
    if sentence.missing:
        words = label("list", language).join(sentence.missing)
        why += label("doubted.missing", language, missing=words)
    return label("doubted", language, why=why)


def _doubted(answer: Answer) -> tuple[Sentence, ...]:
    return tuple(sorted((s for s in answer.sentences if not s.supported), key=lambda s: s.start))


def _begin(answer: Answer, doubted: Sequence[Sentence]) -> int:
    """Where the text begins to be shown: it may open with the short answer, and once is enough."""
    first, end, _ = answer.text.partition("\n")
    repeated = answer.short_answer is not None and first.strip() == answer.short_answer.strip()
    # the short answer itself carries no underline
    in_doubt = any(sentence.start < len(first) for sentence in doubted)
    return len(first) + len(end) if repeated and not in_doubt else 0


def _paragraphs(written: _Written, begin: int = 0) -> str:
    lang, at, drawn = attribute("lang", written.text_language), 0, ""
    for line in written.text.splitlines(keepends=True):
        if at >= begin and line.strip():
            drawn += f"<p{lang}>{_line(written, Span(at, at + len(line.rstrip())))}</p>"
        at += len(line)
    return drawn


def _line(written: _Written, line: Span) -> str:
    drawn = ""
    for place, pieces in groupby(_pieces(written, line), key=lambda piece: piece.doubt):
        together = list(pieces)
        if place is None:
            drawn += _joined(together)
        else:
            drawn += _in_doubt(together, doubt(written.doubted[place], written.language))
    return drawn


def _pieces(written: _Written, line: Span) -> Iterator[_Piece]:
    at = line.start
    last: int | None = None
    for marker in _MARKER.finditer(written.text, line.start, line.end):
        citation = written.numbered.get(int(marker[1]))
        if citation is None and written.numbered:
            continue
        for piece in _words(written, Span(at, marker.start()), citation):
            last = piece.doubt
            yield piece
        shown = (
            _link(citation, written, marker.start()) if citation else f"<span class='cite'>{plain(marker[0])}</span>"
        )
        inside = _doubt_at(written, marker.start())
        # a mark right behind a sentence belongs to it
        last = last if inside is None else inside
        yield _Piece(shown, last, behind=inside is None)
        at = marker.end()
    yield from _words(written, Span(at, line.end), None)


def _words(written: _Written, run: Span, citation: Citation | None) -> Iterator[_Piece]:
    """The words before a mark, cut where a sentence in doubt begins or ends."""
    end = run.start + len(written.text[run.start : run.end].rstrip())
    edges = {edge for s in written.doubted for edge in (s.start, s.end) if run.start < edge < end}
    for start, stop in pairwise(sorted({run.start, *edges, end})):
        words = written.text[start:stop]
        shown = isolated(words, _language_quoted(words, citation)) if words.strip() else plain(words)
        yield _Piece(shown, _doubt_at(written, start))


def _doubt_at(written: _Written, offset: int) -> int | None:
    return next((i for i, s in enumerate(written.doubted) if s.start <= offset < s.end), None)


def _in_doubt(pieces: Sequence[_Piece], why: str) -> str:
    """A sentence in doubt, underlined, its marks, and why; a tap or the Tab key shows what a pointer reads."""
    words = _joined(piece for piece in pieces if not piece.behind)
    marks = _joined(piece for piece in pieces if piece.behind)
    said = f"<span class='unseen why'> {plain(why)}</span>"
    return f"<span class='doubted' tabindex='0'{attribute('title', why)}><u>{words}</u>{marks}{said}</span>"


def _joined(pieces: Iterable[_Piece]) -> str:
    return "".join(piece.html for piece in pieces)


def _language_quoted(words: str, citation: Citation | None) -> str:
    """The quote's language for words that stand in it; Chinese glyphs differ between the scripts."""
    return citation.language if citation and words.strip(_QUOTES) in citation.quote else ""


def _link(citation: Citation, written: _Written, offset: int) -> str:
    said = label("go_to_source", written.language, number=citation.number, title=citation.title)
    if not citation.supported:
        said = f"{said}. {label('unsupported', written.language)}"
    kind = "cite" if citation.supported else "cite unsupported"
    place = f"{written.name}-source-{citation.number}"
    described = attribute("title", said) + attribute("aria-label", said)
    first = written.firsts.get(citation.number) == offset
    called = f" id='{written.name}-cite-{citation.number}'" if first else ""
    return f"<a class='{kind}' href='#{place}' data-source='{place}'{called}{described}>[{citation.number}]</a>"
