"""What a question is about: its names, dates and words that carry meaning, as spans of it.

Invariant: the spans of one kind are in order and do not overlap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.answering.leaning_words import EN_ATTRIBUTES, EN_BARE, EN_VERBS
from rag.text.aliases import NameTable
from rag.text.folding import fold
from rag.text.people import find_people
from rag.text.quantities import DateMention, find_quantities
from rag.text.words import is_function_word, lexical_words, word_spans
from rag.types import Span

_PROPER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-ZÀ-Þ][A-Za-z0-9À-ÿ]*(?:[.&'’+-][A-Za-z0-9À-ÿ]+)*|[a-z]{1,8}[A-Z][A-Za-z0-9]*|[a-z]+\d[a-z0-9]*)"
    r"(?: (?:[A-ZÀ-Þ][A-Za-z0-9À-ÿ]*(?:[.&'’+-][A-Za-z0-9À-ÿ]+)*|\d+[A-Za-z]*(?![\d年])))*"
)
_TITLED = re.compile(r"《[^《》]{1,60}》|“[^“”]{1,60}”|「[^「」]{1,60}」|\"[^\"]{1,60}\"")
_RELATIVE_DATE = re.compile(
    r"去年|今年|明年|前年|后年|上半年|下半年|[上本下]个?季度|[一二三四]季度|第[一二三四]季度|上个月|下个月|本月|"
    r"\b(?:last|this|next) (?:year|month|quarter|week)\b|\b(?:the )?(?:first|second|third|fourth) quarter\b"
)


@lru_cache(maxsize=1)
def known_names() -> NameTable:
    """The bundled names, read once."""
    return NameTable.load()


def names_in(text: str) -> tuple[Span, ...]:
    """Where names stand: known ones, persons, titles in quotes, and capitalised words that open no sentence."""
    table = known_names()
    spans = [Span(m.start, m.end) for m in table.find(text) if table.kind(m.group) != "concept"]
    spans += [Span(person.start, person.end) for person in find_people(text)]
    spans += [Span(match.start(), match.end()) for match in _TITLED.finditer(text)]
    for match in _PROPER.finditer(text):
        start, end = match.span()
        words = match.group().split(" ")
        if start == 0 and words[0].isalpha() and words[0][1:].islower() and _is_common(words[0]):
            start += len(words[0]) + 1
        if start < end and not all(_is_common(word) for word in text[start:end].split(" ")):
            spans.append(Span(start, len(text[:end].removesuffix("'s").removesuffix("’s"))))
    return apart(spans)


def _is_common(word: str) -> bool:
    lower = word.lower()
    return is_function_word(lower) or lower in EN_VERBS or lower in EN_BARE or lower in EN_ATTRIBUTES


def dates_in(text: str) -> tuple[Span, ...]:
    """Where dates stand, also relative ones (去年, last quarter)."""
    spans = [Span(m.start, m.end) for m in find_quantities(text) if isinstance(m, DateMention)]
    folded = fold(text)
    for match in _RELATIVE_DATE.finditer(folded.text):
        spans.append(Span(*folded.original_span(*match.span())))
    return apart(spans)


def content_in(text: str) -> tuple[Span, ...]:
    """The words that carry meaning, compounds whole, in order; dates and names are among them."""
    return apart([Span(w.start, w.end) for w in word_spans(text) if not is_function_word(w.text)])


def apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order; of those that overlap, the one that begins first, or the longer."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def words_outside(text: str, taken: Sequence[Span]) -> list[str]:
    """The content words, as `lexical_words` has them, outside these spans."""
    rest = list(text)
    for span in taken:
        rest[span.start : span.end] = " " * (span.end - span.start)
    return [w for w in lexical_words("".join(rest)) if not is_function_word(w) and not w.isdigit()]
