"""Plain text, Markdown and web pages: from the bytes of a file to its text and what it says about itself.

Invariant: plain text and the body of a Markdown file come out as they are written; of a web page only the main text
comes out, its blocks parted by blank lines and its headings marked with `#`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.errors import UnreadableFile
from rag.ingestion.decoding import decode, storable
from rag.ingestion.metadata import Hints, split_front_matter

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{3,20})|<\?xml[^>]{0,80}encoding=[\"']([\w-]+)", re.I
)
_SPACE = re.compile(r"[ \t\r\n]+")
_ASIAN_BREAK = re.compile(r"(?<=[　-鿿＀-￯])[ \t]*\r?\n[ \t]*(?=[　-鿿＀-￯])")
_BLOCKS = "//p|//h1|//h2|//h3|//h4|//h5|//h6|//li|//blockquote|//pre|//td|//th|//dt|//dd|//figcaption"


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file, what it says about itself, and the offset at which each page begins (PDF)."""

    text: str
    hints: Hints = field(default_factory=Hints)
    pages: tuple[int, ...] = ()


def read_plain(data: bytes, path: object) -> Content:
    """A plain text, as it is."""
    return Content(decode(data, path))


def read_markdown(data: bytes, path: object) -> Content:
    """A Markdown text, as it is, after its front matter."""
    front = split_front_matter(decode(data, path))
    return Content(front.body, front.hints())


def read_web_page(data: bytes, path: object) -> Content:
    """The main text of a web page, and its metadata; raises `UnreadableFile` when it cannot be taken apart."""
    page = _decode_page(data, path)
    try:
        # only what cannot be parsed is named here; the parsers raise too many kinds to list
        return _extract(page)
    except Exception as error:
        raise UnreadableFile(path=path, reason_key="reason.bad_html") from error


def _decode_page(data: bytes, path: object) -> str:
    declared = _CHARSET.search(data[:4096])
    name = (declared[1] or declared[2]).decode("ascii").lower() if declared else "utf-8"
    if name in ("utf-8", "utf8", "iso-8859-1", "us-ascii"):
        return decode(data, path)
    try:
        return storable(data.decode({"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}.get(name, name)))
    except (UnicodeDecodeError, LookupError):
        return decode(data, path)


def _extract(page: str) -> Content:
    import trafilatura

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    document: Any = trafilatura.bare_extraction(
        page,
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    blocks = "\n\n".join(_blocks(document.body)) if document is not None else ""
    hints = Hints(document.title, document.date, None, document.url) if document is not None else Hints()
    return Content(storable(blocks or _all_text(page)), hints)


def _blocks(body: Any) -> Iterator[str]:
    """The blocks of trafilatura's document tree as Markdown, in order."""
    for element in body.iterchildren():
        kind = element.tag
        if kind == "head":
            level = re.sub(r"\D", "", element.get("rend") or "") or "2"
            text = _flat(element)
            yield from (f"{'#' * int(level[0])} {text}",) if text else ()
        elif kind == "list":
            items = [f"- {_flat(item)}" for item in element.iter("item") if _flat(item)]
            yield from ("\n".join(items),) if items else ()
        elif kind == "table":
            rows = [" | ".join(filter(None, map(_flat, row.iter("cell")))) for row in element.iter("row")]
            yield from ("\n".join(filter(None, rows)),) if any(rows) else ()
        elif len(element) and kind in ("quote", "div") and element.find("p") is not None:
            yield from _blocks(element)
        else:
            text = _flat(element)
            yield from (text,) if text else ()


def _flat(element: Any) -> str:
    """The text of an element on one line; line breaks that are marked as such stay."""
    for mark in element.iter("lb"):
        mark.tail = "\x0b" + (mark.tail or "")
    text = _ASIAN_BREAK.sub("", "".join(element.itertext()))
    return "\n".join(filter(None, (_SPACE.sub(" ", line).strip() for line in text.split("\x0b"))))


def _all_text(page: str) -> str:
    """Every block of a page too short or too odd to have a main text."""
    import trafilatura

    # without its outermost element, a page is not taken for one
    whole = page if "<html" in page.lower() else f"<html><body>{page}</body></html>"
    tree: Any = trafilatura.load_html(whole)
    if tree is None:
        return ""
    for unwanted in tree.xpath("//script|//style|//noscript|//template|//nav|//footer"):
        unwanted.drop_tree()
    blocks = [_flat(block) for block in tree.xpath(_BLOCKS) if not block.xpath(".//p|.//li")]
    body = tree.find("body")
    return "\n\n".join(filter(None, blocks)) or (_flat(body) if body is not None else "")
