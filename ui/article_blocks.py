"""The blocks of a Markdown-like text: where headings, lists, tables and quotes begin and end, and what only marks them.

Invariant: nothing is taken away and nothing moved. A block is a pair of tags at offsets into the text, properly nested
at one offset, and what marks it (`##`, `-`, `|`, the line of dashes) is named as a span to be hidden, not removed. What
stands inside a line is left as it was written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.types import Span

STRUCTURED = (".md", ".markdown", ".docx", ".html", ".htm")
"""Endings of the sources whose stored text has these marks, as their authors or our readers wrote them."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r"(?P<mark>(?P<level>#{1,6})[ \t]+)(?=\S)[^\n]*?(?P<after>(?:[ \t]+#+)?[ \t]*\n?)$")
_FENCE = re.compile(r"[ ]{0,3}(?P<mark>`{3,}|~{3,})")
_BULLET = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-*+][ \t]+)(?=\S)")
_NUMBERED = re.compile(r"(?P<indent>[ \t]*)(?=\d{1,3}[.)][ \t]+\S)")
_QUOTE = re.compile(r"[ ]{0,3}>[ \t]?")
_RULE = re.compile(r"[ ]{0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_DASHES = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_PIPE = re.compile(r"(?<!\\)\|")
_DEEPEST = 3
_TABLE = ("<div class='table' tabindex='0' role='group'{named}><table><tbody>", "</tbody></table></div>")


@dataclass(slots=True)
class Blocks:
    """The tags that stand at each offset, and the spans that are only marks, in order and apart.

    At one offset the tags of `closing` stand before those of `opening`.
    """

    opening: defaultdict[int, str] = field(default_factory=lambda: defaultdict(str))
    closing: defaultdict[int, str] = field(default_factory=lambda: defaultdict(str))
    hidden: list[Span] = field(default_factory=list)

    def edges(self) -> set[int]:
        """Every offset at which something begins or ends."""
        return {*self.opening, *self.closing, *(edge for span in self.hidden for edge in (span.start, span.end))}

    def _element(self, opening: str, span: Span, closing: str) -> None:
        """An element whose children, if it has any, were added before it."""
        self.opening[span.start] = opening + self.opening[span.start]
        self.closing[span.end] += closing

    def _hide(self, start: int, end: int) -> None:
        if start < end:
            self.hidden.append(Span(start, end))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the text with its line end, at `start`."""

    start: int
    text: str
    code: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def words_end(self) -> int:
        return self.start + len(self.text.rstrip("\n"))

    @property
    def pipes(self) -> list[int]:
        """Offsets of the pipes that part cells."""
        return [] if self.code else [self.start + found.start() for found in _PIPE.finditer(self.text)]


def blocks(text: str, shown: Span, table_name: str = "") -> Blocks:
    """The blocks of a part of a text, best of whole lines; `table_name` is the attribute that names a table."""
    found, lines, at = Blocks(), list(_lines(text, shown)), 0
    while at < len(lines):
        at += _table(found, lines, at, table_name) or _list(found, lines, at) or _quote(found, lines, at)
        if at < len(lines) and not _begins_block(lines, at):
            _heading(found, lines[at])
            at += 1
    return found


def only_marks(text: str, shown: Span, source: str) -> tuple[Span, ...]:
    """What running lines can do without: the marks of blocks, but never the last line end of them."""
    if not source.lower().endswith(STRUCTURED):
        return ()
    spans: list[Span] = []
    for span in blocks(text, shown).hidden:
        line_end = text.rfind("\n", span.start, span.end)
        parts = (span,) if line_end < 0 else (Span(span.start, line_end), Span(line_end + 1, span.end))
        spans += [part for part in parts if part.start < part.end]
    return tuple(spans)


def _begins_block(lines: Sequence[_Line], at: int) -> bool:
    return bool(_table_length(lines, at)) or _is_item_or_quote(lines[at])


def _lines(text: str, shown: Span) -> Iterator[_Line]:
    fence = ""
    for found in _LINE.finditer(text, shown.start, shown.end):
        mark = _FENCE.match(found[0])
        inside = bool(fence)
        if mark and not fence:
            fence = mark["mark"]
        elif mark and mark["mark"].startswith(fence):
            fence = ""
        yield _Line(found.start(), found[0], inside or bool(mark))


def _heading(found: Blocks, line: _Line) -> None:
    heading = None if line.code else _HEADING.match(line.text)
    if heading is None:
        return
    depth = len(heading["level"])
    found._hide(line.start, line.start + heading.end("mark"))
    found._hide(line.start + heading.start("after"), line.end)
    # the title of the panel is the heading above them all
    level = min(6, depth + 2)
    found._element(f"<div class='heading h{depth}' role='heading' aria-level='{level}'>", _span(line), "</div>")


def _item(line: _Line) -> re.Match[str] | None:
    if line.code or _RULE.match(line.text.rstrip("\n")):
        return None
    return _BULLET.match(line.text) or _NUMBERED.match(line.text)


def _list(found: Blocks, lines: Sequence[_Line], first: int) -> int:
    """How many lines a list takes that begins at the line `first`; 0 where none does."""
    at = first
    while at < len(lines) and (item := _item(lines[at])):
        line, last = lines[at], at
        while last + 1 < len(lines) and _goes_on(lines[last + 1]):
            last += 1
        marked = "mark" in item.re.groupindex
        found._hide(line.start, line.start + item.end("mark" if marked else "indent"))
        found._hide(lines[last].words_end, lines[last].end)
        depth = min(_DEEPEST, len(item["indent"].expandtabs(4)) // 2)
        kind = f"{'bullet' if marked else 'numbered'} depth-{depth}"
        found._element(f"<li class='{kind}'>", Span(line.start, lines[last].end), "</li>")
        at = last + 1
    if at > first:
        found._element("<ul>", Span(lines[first].start, lines[at - 1].end), "</ul>")
    return at - first


def _goes_on(line: _Line) -> bool:
    """Whether a line goes on with the item above it."""
    return not line.code and line.text[:1] in " \t" and bool(line.text.strip()) and not _item(line)


def _quoted(line: _Line) -> re.Match[str] | None:
    return None if line.code else _QUOTE.match(line.text)


def _quote(found: Blocks, lines: Sequence[_Line], first: int) -> int:
    at = first
    while at < len(lines) and (quoted := _quoted(lines[at])):
        found._hide(lines[at].start, lines[at].start + quoted.end())
        at += 1
    if at > first:
        last = lines[at - 1]
        found._hide(max(last.words_end, found.hidden[-1].end), last.end)
        found._element("<div class='quoted'>", Span(lines[first].start, last.end), "</div>")
    return at - first


def _table_length(lines: Sequence[_Line], first: int) -> int:
    """How many neighbouring lines are rows; one line with a pipe is no table yet."""
    at = first
    while at < len(lines) and lines[at].pipes and not _is_item_or_quote(lines[at]):
        at += 1
    return at - first if at - first > 1 else 0


def _is_item_or_quote(line: _Line) -> bool:
    """Whether a line is an item of a list or quoted, and so no row of a table though it holds a pipe."""
    return bool(_item(line) or _quoted(line))


def _table(found: Blocks, lines: Sequence[_Line], first: int, named: str) -> int:
    length = _table_length(lines, first)
    headed = length > 1 and _dashes(lines[first + 1])
    for line in lines[first : first + length]:
        if headed and line is lines[first + 1]:
            continue
        tag = "th scope='col'" if headed and line is lines[first] else "td"
        end = lines[first + 1].end if headed and line is lines[first] else line.end
        _row(found, line, end, tag)
    if length:
        opening, closing = _TABLE
        table = Span(lines[first].start, lines[first + length - 1].end)
        found._element(opening.format(named=named), table, closing)
    return length


def _dashes(line: _Line) -> bool:
    return bool(_DASHES.match(line.text.rstrip("\n")))


def _row(found: Blocks, line: _Line, end: int, tag: str) -> None:
    """A row with a cell between each two pipes; what lies behind the words, up to `end`, is hidden in the last one."""
    pipes = line.pipes
    framed = len(pipes) > 1 and pipes[-1] == line.start + len(line.text.rstrip()) - 1
    last = pipes[-1] if framed else line.words_end
    starts = [pipe for pipe in pipes if pipe != last]
    if line.text.lstrip().startswith("|"):
        del starts[0]
    starts.insert(0, line.start)
    for pipe in pipes:
        if pipe != last:
            found._hide(pipe, pipe + 1)
    found._hide(last, end)
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        found._element(f"<{tag}>", Span(start, stop), f"</{tag.split()[0]}>")
    found._element("<tr>", Span(line.start, end), "</tr>")


def _span(line: _Line) -> Span:
    return Span(line.start, line.end)
