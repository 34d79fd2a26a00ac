"""A written answer as it grows: its sentences, the citations behind each, and what the check says of them.

Invariant: what was shown is a prefix of the answer, whatever the stream was cut into. A sentence is checked as soon
as its mark is read, or, where it has none, as soon as the next sentence begins; so a citation is numbered, and its
quote chosen, before its mark is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rag.answering.marks import MarkReader, Token
from rag.answering.support import SupportChecker, Verdict
from rag.text.quantities import find_quantities
from rag.text.script import has_letters, is_han
from rag.text.sentences import split_sentences
from rag.types import Hit, Language, Sentence, Span

_ENDS = "。！？｡!?…．."
_CLOSERS = "”’」』）)]】》〉\"'*_"
# a line that begins a list or a heading; what the mark says is not part of the sentence
_BULLET = re.compile(r"\s*(?:[-*+•‣·]\s+|#{1,6}\s+|\(?\d{1,2}[.)、]\s*)?")
_LEAD_IN = "：:"
_EMPHASIS = "**"
# less than this says nothing that could be checked
_WORDS, _HAN = 3, 5


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation of the draft: which of the hits, and the span of the article that carries the sentence."""

    hit: int
    verdict: Verdict


@dataclass(slots=True)
class _Open:
    """The sentence that is being written."""

    start: int
    end: int = 0
    text: str = ""
    segment: int = 0
    found: list[tuple[int, Verdict]] = field(default_factory=list)


class Draft:
    """Takes the model's text and gives back what is to be shown."""

    def __init__(self, checker: SupportChecker, hits: Sequence[Hit], language: Language) -> None:
        self._checker, self._hits, self._language = checker, hits, language
        self._reader, self._gap, self._star = MarkReader(), "", ""
        self._open = _Open(0)
        self._numbers: dict[tuple[int, int, int], int] = {}
        self.text = ""
        self.sentences: list[Sentence] = []
        self.quoted: list[Quoted] = []
        self.unknown = 0

    def feed(self, text: str) -> str:
        """What this piece adds to the answer."""
        return self._take(self._reader.feed(self._plain(text)))

    def close(self) -> str:
        """What the end of the stream adds."""
        shown = self._take(self._reader.feed(self._star))
        self._star = ""
        return shown + self._take(self._reader.close()) + self._end_sentence()

    def _plain(self, text: str) -> str:
        """The text without marks of emphasis; the answer is shown as plain text."""
        text = self._star + text
        # an odd star at the end may be half of a mark
        self._star = "*" * ((len(text) - len(text.rstrip("*"))) % 2)
        return text[: len(text) - len(self._star)].replace(_EMPHASIS, "")

    def _take(self, tokens: Sequence[Token]) -> str:
        before = len(self.text)
        for token in tokens:
            if token.numbers:
                self._mark(token.numbers)
            for char in token.text:
                self._char(char)
        return self.text[before:]

    def _char(self, char: str) -> None:
        if char.isspace():
            # an answer begins with a word
            self._gap += char if self.text else ""
            return
        if self._open.text and self._begins_sentence(char):
            self._end_sentence()
        self.text += self._gap
        if not self._open.text:
            self._open = _Open(len(self.text))
        else:
            self._open.text += self._gap
        self._gap = ""
        self.text += char
        self._open.text += char
        self._open.end = len(self.text)

    def _begins_sentence(self, char: str) -> bool:
        """Whether a character that is not a space, after what is open and the gap, begins a new sentence."""
        if "\n" in self._gap:
            return True
        ended = self._open.text.rstrip(_CLOSERS)
        if not ended or ended[-1] not in _ENDS or char in _ENDS + _CLOSERS + "，,；;、":
            return False
        if not self._gap and ended[-1] in ".．":
            return False
        return len(split_sentences(f"{self._open.text}{self._gap}{char}")) > 1

    def _mark(self, numbers: Sequence[int]) -> None:
        """A mark in the stream: check what stands before it against each source that it names."""
        known = [number - 1 for number in numbers if 1 <= number <= len(self._hits)]
        self.unknown += len(numbers) - len(known)
        if not self._open.text or not known:
            return
        open_ = self._open
        said = self._said(open_.text[open_.segment :])
        # a mark right behind another one stands for the same words
        if not _says_something(said):
            said = self._said(open_.text)
        for hit in known:
            verdict = self._checker.check(said, self._language, self._hits[hit])
            open_.found.append((hit, verdict))
            self._show(hit, verdict)
        open_.segment = len(open_.text)

    def _said(self, text: str) -> str:
        return text[_bullet_length(text) :].strip(" ，,；;、")

    def _show(self, hit: int, verdict: Verdict) -> None:
        """Number a citation and write its mark; the same quote keeps its number, and is not named twice in a row."""
        key = (hit, verdict.span.start, verdict.span.end)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        if number > len(self.quoted):
            self.quoted.append(Quoted(hit, verdict))
        elif verdict.support < self.quoted[number - 1].verdict.support:
            # a quote is as good as its weakest use
            self.quoted[number - 1] = Quoted(hit, verdict)
        mark = f"[{number}]"
        if not self.text.endswith(mark):
            self.text += mark if self.text.endswith("]") else f" {mark}"

    def _end_sentence(self) -> str:
        """Close the open sentence: find a source where none was named, and note what the check says."""
        before, open_ = len(self.text), self._open
        self._open = _Open(len(self.text))
        said = self._said(open_.text)
        if not open_.text or (not open_.found and not needs_source(said)):
            return ""
        if not open_.found:
            best = self._checker.best(said, self._language, self._hits)
            if best is not None:
                open_.found.append(best)
                self._show(*best)
        self.sentences.append(self._checked(open_, Span(open_.start, open_.end)))
        return self.text[before:]

    def _checked(self, open_: _Open, span: Span) -> Sentence:
        if not open_.found:
            return Sentence(span.start, span.end, (), False, 0.0, "uncited")
        numbers = tuple(dict.fromkeys(self._numbers[h, v.span.start, v.span.end] for h, v in open_.found))
        verdict = self._verdict(open_)
        return Sentence(
            span.start, span.end, numbers, verdict.supported, verdict.support, verdict.reason, verdict.missing
        )

    def _verdict(self, open_: _Open) -> Verdict:
        """Of a sentence with several sources: what one of them holds need not be in the others."""
        if any(verdict.supported for _, verdict in open_.found):
            rest = self._said(open_.text[open_.segment :])
            supported = max((v for _, v in open_.found if v.supported), key=lambda v: v.support)
            if not _says_something(rest):
                return supported
            after = [self._checker.check(rest, self._language, self._hits[h]) for h, _ in open_.found]
            best = max(after, key=lambda v: (v.supported, v.support))
            # what follows the last mark belongs to the sentence: its numbers must be in a source too
            return best if not best.supported and best.reason in ("quantity", "name") else supported
        best = max((v for _, v in open_.found), key=lambda v: v.support)
        missing = set.intersection(*(set(v.missing) for _, v in open_.found))
        if best.missing and not missing and best.reason in ("quantity", "name"):
            return replace(best, supported=True, reason="", missing=())
        return best


def needs_source(said: str) -> bool:
    """Whether a sentence states something: not a lead-in, a question or a few words."""
    return _says_something(said) and said[-1] not in _LEAD_IN and said[-1] not in "?？"


def _says_something(text: str) -> bool:
    if not has_letters(text):
        return False
    han = sum(map(is_han, text))
    return han >= _HAN or len(text.split()) >= _WORDS or bool(find_quantities(text))


def _bullet_length(text: str) -> int:
    match = _BULLET.match(text)
    return match.end() if match else 0


def converted(draft: Draft, convert: Callable[[str], str]) -> tuple[str, tuple[Sentence, ...]]:
    """The draft's text with every run of words converted, and its sentences at their new places; marks stay."""
    edges = sorted({0, len(draft.text), *(edge for s in draft.sentences for edge in (s.start, s.end))})
    place, text = {0: 0}, ""
    for start, end in pairwise(edges):
        text += convert(draft.text[start:end])
        place[end] = len(text)
    return text, tuple(replace(s, start=place[s.start], end=place[s.end]) for s in draft.sentences)
