"""Word documents: paragraphs and tables in their order, headings marked with `#`.

Invariant: nothing is parsed before the archive has been unpacked once, block by block, within its limits, and no
XML part declares entities.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from rag.errors import UnreadableFile
from rag.ingestion.decoding import storable
from rag.ingestion.formats import Content
from rag.ingestion.metadata import Hints, valid_title

MOST_UNPACKED = 256 << 20
"""Bytes that all parts of a document may have together when unpacked."""

MOST_XML = 64 << 20
"""Bytes that the XML parts of a document may have together when unpacked."""

_MOST_PARTS = 10_000
_HIGHEST_RATIO = 200
# small parts of equal bytes may well be packed better than the ratio
_RATIO_FROM = 8 << 20
_BLOCK = 1 << 20


def read_word(data: bytes, path: object) -> Content:
    """The text of a .docx file; raises `UnreadableFile` for damaged files and archive or entity bombs."""
    try:
        _check_archive(data, path)
        return _extract(data)
    except UnreadableFile:
        raise
    # python-docx and lxml raise whatever a broken document leads them to
    except Exception as error:
        raise UnreadableFile(path=path, reason_key="reason.bad_docx") from error


def _check_archive(data: bytes, path: object) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if "word/document.xml" not in archive.namelist():
            raise UnreadableFile(path=path, reason_key="reason.bad_docx")
        declared = sum(part.file_size for part in parts)
        if len(parts) > _MOST_PARTS or declared > MOST_UNPACKED or _too_dense(declared, len(data)):
            raise UnreadableFile(path=path, reason_key="reason.zip_bomb")
        unpacked = xml = 0
        for part in parts:
            is_xml = part.filename.lower().endswith((".xml", ".rels"))
            size = _unpack(archive, part, is_xml, path)
            unpacked, xml = unpacked + size, xml + size * is_xml
            if unpacked > MOST_UNPACKED or xml > MOST_XML or _too_dense(unpacked, len(data)):
                raise UnreadableFile(path=path, reason_key="reason.zip_bomb")


def _too_dense(unpacked: int, packed: int) -> bool:
    return unpacked > _RATIO_FROM and unpacked > _HIGHEST_RATIO * packed


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, is_xml: bool, path: object) -> int:
    """Unpack one part block by block and count its bytes, stopping at the limit."""
    size, tail = 0, b""
    with archive.open(part) as stream:
        while size <= MOST_UNPACKED:
            try:
                block = stream.read(_BLOCK)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise UnreadableFile(path=path, reason_key="reason.bad_docx") from error
            if not block:
                break
            size += len(block)
            # without its NULs, UTF-16 reads as ASCII does
            if is_xml and b"<!DOCTYPE" in tail + block.replace(b"\0", b""):
                raise UnreadableFile(path=path, reason_key="reason.zip_bomb")
            tail = block[-32:].replace(b"\0", b"")
    return size


def _extract(data: bytes) -> Content:
    import docx

    document: Any = docx.Document(io.BytesIO(data))
    text = storable("\n\n".join(_blocks(document)))
    return Content(text, Hints(title=valid_title(document.core_properties.title)))


def _blocks(document: Any) -> Iterator[str]:
    """Paragraphs and tables as Markdown; the items of a list stay on neighbouring lines."""
    items: list[str] = []
    for block in document.iter_inner_content():
        text = _table(block) if hasattr(block, "rows") else _paragraph(block)
        if text.startswith("- "):
            items.append(text)
            continue
        if items:
            yield "\n".join(items)
            items = []
        if text:
            yield text
    if items:
        yield "\n".join(items)


def _paragraph(paragraph: Any) -> str:
    text: str = paragraph.text.strip()
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    if not text:
        return ""
    if style.startswith("list"):
        return f"- {text}"
    if style == "title" or style in ("标题", "標題"):
        return "# " + " ".join(text.split())
    if style.startswith(("heading", "标题", "標題")):
        level = min(6, int(style[-1])) if style[-1:].isdigit() else 2
        return "#" * max(1, level) + " " + " ".join(text.split())
    return text


def _table(table: Any) -> str:
    rows: list[str] = []
    for row in table.rows:
        # a merged cell is listed once for every column it spans
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
        rows.append(" | ".join(cells.values()))
    return "\n".join(row for row in rows if row.strip(" |"))
