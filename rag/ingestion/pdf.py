"""PDF: the text of its pages, lines joined to paragraphs.

Invariant: `pages[n]` is the offset at which page n+1 begins, offsets never fall, and running headers and footers
stand in paragraphs of their own, so that cleaning can mark them without touching a sentence. A paragraph that runs on
over a page break stays whole: the headers and footers between its halves are put before it.
"""

from __future__ import annotations

import io
import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rag.errors import UnreadableFile
from rag.ingestion.decoding import storable
from rag.ingestion.formats import Content
from rag.ingestion.metadata import Hints, valid_title

_END = re.compile(r"[.!?。！？…:：;；][\"'”’」』）)\]]*$")
_HAN_OR_WIDE = re.compile(r"[　-〿㐀-鿿＀-￯“”‘’—…]")
_LIST_ITEM = re.compile(r"^(?:[-*•·▪◦‣]\s|\d{1,3}[.)、]\s?|[（(]?[一二三四五六七八九十]{1,3}[)）、.])")
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page|第|p\.?)?\s*\d{1,4}\s*(?:(?:of|/|／|页|頁)\s*\D{0,3}\d{0,4}\s*[页頁]?)?\W*$", re.I
)
_EDGE_LINES = 2
# a PDF whose text is larger than this is a decompression bomb, in characters
_MOST_TEXT = 64 << 20


def read_pdf(data: bytes, path: object) -> Content:
    """The text of a PDF; raises `UnreadableFile` for one that is damaged, cut off, locked or without text."""
    if b"%PDF-" not in data[:1024]:
        raise UnreadableFile(path=path, reason_key="reason.bad_pdf")
    if b"startxref" not in data[-8192:]:
        raise UnreadableFile(path=path, reason_key="reason.truncated_pdf")
    try:
        # pypdf raises whatever a broken file leads it to, from KeyError to RecursionError
        title, pages = _extract(data, path)
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(path=path, reason_key="reason.bad_pdf") from error
    if not any(char.isalnum() for page in pages for char in page):
        raise UnreadableFile(path=path, reason_key="reason.no_text")
    text, starts = join_pages(pages)
    return Content(text, Hints(title=valid_title(title)), starts)


def _extract(data: bytes, path: object) -> tuple[object, list[str]]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not _opens_without_password(reader):
        raise UnreadableFile(path=path, reason_key="reason.encrypted_pdf")
    pages: list[str] = []
    size = 0
    for page in reader.pages:
        pages.append(storable(page.extract_text()))
        size += len(pages[-1])
        if size > _MOST_TEXT:
            raise UnreadableFile(path=path, reason_key="reason.zip_bomb")
    return reader.metadata.title if reader.metadata else None, pages


def _opens_without_password(reader: Any) -> bool:
    import pypdf.errors

    try:
        return bool(reader.decrypt(""))
    except (pypdf.errors.PyPdfError, NotImplementedError):
        return False


def join_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """One text from the texts of the pages, and the offset at which each page begins."""
    lines = [[line.strip() for line in page.splitlines()] for page in pages]
    running = _running_lines(lines)
    blocks: list[str] = []
    starts: list[tuple[int, int]] = []
    open_paragraph = False
    for page in lines:
        edges, body = _without_edges(page, running)
        paragraphs = list(_paragraphs(body))
        if open_paragraph and paragraphs and _runs_on(blocks[-1], paragraphs[0]):
            last = len(blocks) - 1
            joined = _join_lines(blocks.pop(), paragraphs[0])
            blocks += [*edges, joined]
            starts = [(block + len(edges) * (block == last), offset) for block, offset in starts]
            starts.append((len(blocks) - 1, len(joined) - len(paragraphs[0])))
            blocks += paragraphs[1:]
        else:
            starts.append((len(blocks), 0))
            blocks += [*edges, *paragraphs]
        open_paragraph = bool(paragraphs)
    return "\n\n".join(blocks), _offsets(blocks, starts)


def _offsets(blocks: Sequence[str], starts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Offsets into the joined text for (block, offset in the block); a page after all text begins at its end."""
    begins = list(itertools.accumulate((len(block) + 2 for block in blocks), initial=0))
    end = max(0, begins[-1] - 2)
    return tuple(min(begins[block] + offset, end) for block, offset in starts)


def _without_edges(page: Sequence[str], running: frozenset[str]) -> tuple[list[str], list[str]]:
    """The running headers and footers of a page, and its other lines."""
    filled = [number for number, line in enumerate(page) if line]
    at_edge = {n for n in filled[:_EDGE_LINES] + filled[-_EDGE_LINES:] if _shape(page[n]) in running}
    return [page[n] for n in sorted(at_edge)], [line for n, line in enumerate(page) if n not in at_edge]


def _runs_on(paragraph: str, following: str) -> bool:
    """Whether a paragraph without an end goes on in the first one of the next page."""
    if _END.search(paragraph) or len(paragraph) < 40 or _LIST_ITEM.match(following):
        return False
    return following[0].islower() or bool(_HAN_OR_WIDE.match(following[0]) and _HAN_OR_WIDE.search(paragraph))


def _running_lines(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """The shapes of lines that open or close most pages; digits count as equal, since page numbers differ."""
    if len(pages) < 2:
        return frozenset()
    seen: Counter[str] = Counter()
    for page in pages:
        filled = [line for line in page if line]
        seen.update({_shape(line) for line in filled[:_EDGE_LINES] + filled[-_EDGE_LINES:] if len(line) <= 120})
    enough = max(2, len(pages) // 2 + 1)
    return frozenset(shape for shape, count in seen.items() if shape and count >= enough)


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line) if not _PAGE_NUMBER.match(line) else "page 0"


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Join the printed lines of a page to paragraphs; a line well short of the measure ends one."""
    widths = sorted(_width(line) for line in lines if line)
    measure = widths[int(len(widths) * 0.9)] if widths else 0
    current, last_width = "", 0
    for line in lines:
        ended = _END.search(current) and last_width < 0.85 * measure
        if current and (not line or ended or last_width < 0.6 * measure or _LIST_ITEM.match(line)):
            yield current
            current = ""
        if line:
            current = _join_lines(current, line) if current else line
            last_width = _width(line)
    if current:
        yield current


def _width(line: str) -> int:
    """A rough printed width: a Han or wide character counts twice."""
    return len(line) + len(_HAN_OR_WIDE.findall(line))


def _join_lines(left: str, right: str) -> str:
    if left.endswith("\u00ad") or (re.search(r"[^\W\d_]-$", left) and right[:1].islower()):
        return left[:-1] + right
    if _HAN_OR_WIDE.match(left[-1]) or _HAN_OR_WIDE.match(right[0]):
        return left + right
    return f"{left} {right}"
