"""What in a text is not article: credits, page furniture, repeated quotes, lists of other stories.

Invariant: nothing is deleted. Spans of whole lines are marked, sorted and disjoint, never more than `MOST_MARKED` of
a text, and when in doubt a line is kept: headings, list items and table rows are never marked for being short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.ingestion.furniture import ALWAYS, BYLINES, LEAD_INS, PAGE_NUMBERS
from rag.text.folding import fold_text
from rag.types import Language, Span

MOST_MARKED = 0.6
"""The share of a text's characters, white space aside, that may be marked."""

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[㐀-鿿]|[^\W_]+(?:['’.-][^\W_]+)*")
_LIST_OR_TABLE = re.compile(
    r"^(?:[-*+•·▪]\s|\d{1,3}[.)、]|[（(]?[一二三四五六七八九十]{1,3}[)）、]|\||>|#{1,6}\s|```)|\s\|\s"
)
_ENDS_SENTENCE = re.compile(r"[.!?。！？…][\"'”’」』）)\]]*$")
_ENDS_CLAUSE = re.compile(r"[.。…:：;；,，、—][\"'”’」』）)\]]*$")
_NUMERAL = re.compile(r"[\d〇零一二三四五六七八九十百千万萬亿億两兩]")
_NOT_WORD = re.compile(r"[\W_]+")
_SHORTEST_QUOTE = 16
_MOST_OWNERS = 20
# shorter agreements of two paragraphs are chance
_SHORTEST_MATCH = 6
_LONGEST_QUOTE = 400
# larger texts are collections rather than articles, and looking for repeats in them takes seconds
_MOST_TEXT = 2_000_000
_NEAR_EDGE = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without the white space around it."""

    start: int
    end: int
    text: str

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def find_boilerplate(text: str, language: Language, *, pages: Sequence[int] = ()) -> tuple[Span, ...]:
    """The lines of `text` that are not article, as sorted, disjoint spans; neighbouring lines make one span.

    `pages` holds the offset at which each page begins, for texts that come from pages. `language` is that of the
    article; patterns of all languages are tried whatever it is, since articles quote and are translated.
    """
    lines = _lines(text)
    kinds: tuple[Iterable[_Line], ...] = (
        _furniture(lines),
        _running_lines(lines, len(pages)) if len(pages) > 1 else (),
        _repeats(lines) if len(text) <= _MOST_TEXT else (),
        _other_stories(lines),
    )
    allowed = MOST_MARKED * sum(len(line.text) - line.text.count(" ") for line in lines)
    marked: dict[int, _Line] = {}
    for kind in kinds:
        added = {line.start: line for line in kind if line.start not in marked}
        size = sum(len(line.text) - line.text.count(" ") for line in (*marked.values(), *added.values()))
        if size <= allowed:
            marked |= added
    return _merged([marked[start] for start in sorted(marked)], text)


def is_furniture(line: str) -> bool:
    """Whether a line, white space stripped, is a credit, a notice or a control of the page by its wording alone."""
    return len(line) <= 300 and any(pattern.search(line) for pattern in ALWAYS)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    for found in _LINE.finditer(text):
        stripped = found[0].strip()
        if stripped:
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            lines.append(_Line(start, start + len(stripped), stripped))
    return lines


def _merged(lines: Sequence[_Line], text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for line in lines:
        if spans and not text[spans[-1].end : line.start].strip():
            spans[-1] = Span(spans[-1].start, line.end)
        else:
            spans.append(line.span)
    return tuple(spans)


def _furniture(lines: Sequence[_Line]) -> Iterator[_Line]:
    for number, line in enumerate(lines):
        near_edge = number < _NEAR_EDGE or number >= len(lines) - _NEAR_EDGE
        if is_furniture(line.text) or (near_edge and len(line.text) <= 100 and BYLINES.search(line.text)):
            yield line


def _running_lines(lines: Sequence[_Line], pages: int) -> Iterator[_Line]:
    """Page numbers, and short lines that stand on most pages and differ at most in their numbers."""
    shapes = [re.sub(r"\d+", "0", line.text) for line in lines]
    counts = Counter(shapes)
    for line, shape in zip(lines, shapes, strict=True):
        repeated = (
            counts[shape] >= max(2, pages // 2 + 1) and len(line.text) <= 120 and not _LIST_OR_TABLE.search(line.text)
        )
        if PAGE_NUMBERS.search(line.text) or (repeated and not _ENDS_SENTENCE.search(line.text)):
            yield line


def _repeats(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Paragraphs that stand a second time as they are, and quotes pulled out of a longer paragraph."""
    prose = [line for line in lines if len(line.text) >= _SHORTEST_QUOTE and not _LIST_OR_TABLE.search(line.text)]
    prose = [line for line in prose if _ENDS_SENTENCE.search(line.text) or len(line.text) >= 60]
    bodies = [_NOT_WORD.sub("", fold_text(line.text)) for line in prose]
    repeated: set[int] = set()
    seen: set[str] = set()
    for number, body in enumerate(bodies):
        if body in seen and len(body) >= _SHORTEST_QUOTE:
            repeated.add(number)
        seen.add(body)
    repeated |= _pulled_quotes(bodies, repeated)
    yield from (prose[number] for number in sorted(repeated))


def _pulled_quotes(bodies: Sequence[str], repeated: set[int]) -> set[int]:
    """The numbers of the bodies that a longer one contains, nearly or wholly.

    A body is cut into shingles that do not overlap; those found in each longer body are counted, with one look-up
    for every character, and only where half of them are found are the two compared.
    """
    shingles: dict[str, list[int]] = {}
    for number, body in enumerate(bodies):
        if _SHORTEST_QUOTE <= len(body) <= _LONGEST_QUOTE and number not in repeated:
            for shingle in set(_cut(body)):
                owners = shingles.setdefault(shingle, [])
                # a shingle that everybody has says nothing
                if len(owners) < _MOST_OWNERS:
                    owners.append(number)
    pulled: set[int] = set()
    for host in bodies:
        width = _shingle_width(host)
        found = {host[at : at + width] for at in range(len(host) - width + 1)} & shingles.keys()
        counts = Counter(number for shingle in found for number in shingles[shingle])
        pulled.update(
            number
            for number, count in counts.items()
            if count * 2 >= len(set(_cut(bodies[number]))) and _is_pulled_from(bodies[number], host)
        )
    return pulled


def _is_pulled_from(quote: str, host: str) -> bool:
    """Whether `host` says what `quote` says, and more; the little that may differ must be no number."""
    if len(quote) * 1.2 >= len(host):
        return False
    if quote in host:
        return True
    blocks = SequenceMatcher(None, quote, host, autojunk=False).get_matching_blocks()
    kept = [block for block in blocks if block.size >= _SHORTEST_MATCH]
    shared = {at for block in kept for at in range(block.a, block.a + block.size)}
    rest = "".join(char for at, char in enumerate(quote) if at not in shared)
    return len(rest) <= 0.2 * len(quote) and not _NUMERAL.search(rest)


def _cut(body: str) -> list[str]:
    width = _shingle_width(body)
    return [body[at : at + width] for at in range(0, len(body) - width + 1, width)]


def _shingle_width(body: str) -> int:
    """Characters of a shingle: few where each is a word's worth."""
    return 8 if len(_HAN.findall(body)) * 2 > len(body) else 16


def _other_stories(lines: Sequence[_Line]) -> Sequence[_Line]:
    """The list of other stories at the end: from its lead-in, or a run of at least three headlines after the prose."""
    tail = len(lines)
    while tail and (_like_headline(lines[tail - 1].text) or is_furniture(lines[tail - 1].text)):
        tail -= 1
    for number in range(tail, len(lines) - 1):
        if LEAD_INS.search(lines[number].text):
            return lines[number:]
    stories = [line for line in lines[tail:] if not is_furniture(line.text)]
    if len(stories) < 3 or not _is_prose_before(lines[:tail]) or not all(_is_headline(line.text) for line in stories):
        return ()
    return lines[tail:]


def _like_headline(text: str) -> bool:
    """Short, with nothing at its end that a sentence or an announcement ends with."""
    if len(text) > (80 if _HAN.search(text) else 180) or text.startswith("```"):
        return False
    return bool(LEAD_INS.search(text)) or not _ENDS_CLAUSE.search(text)


def _is_headline(text: str) -> bool:
    """A whole headline by itself: several words, and no mark of a list or a table."""
    return not _LIST_OR_TABLE.search(text) and len(_WORD.findall(text)) >= (9 if _HAN.search(text) else 5)


def _is_prose_before(lines: Sequence[_Line]) -> bool:
    """Whether an article stands before the run: prose for the greater part, and no announcement of a list."""
    if not lines or lines[-1].text.endswith((":", "：")) or _LIST_OR_TABLE.search(lines[-1].text):
        return False
    prose = sum(len(line.text) for line in lines if _ENDS_SENTENCE.search(line.text))
    return prose * 2 > sum(len(line.text) for line in lines) and prose >= (100 if _HAN.search(lines[-1].text) else 250)
