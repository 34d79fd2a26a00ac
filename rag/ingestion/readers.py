"""One file in, its articles out.

Invariant: `UnreadableFile` is the only exception that leaves this module, and its reason is in the user's words. A
JSON-lines file is read line by line, so that its size does not matter; every other file gives one article.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnreadableFile
from rag.ingestion.formats import Content, read_markdown, read_plain, read_web_page
from rag.ingestion.json_lines import LineArticle, holds_gold_pairs, read_lines
from rag.ingestion.metadata import date_in_name, language_of, title_of, valid_date, valid_url
from rag.ingestion.pdf import read_pdf
from rag.ingestion.word import read_word
from rag.types import Article, Language, Span

TEXT_LIMIT = 256 << 20
"""Bytes a plain text or Markdown file may have."""

DOCUMENT_LIMIT = 50 << 20
"""Bytes a web page, PDF or Word document may have, which is taken apart in memory."""

_READERS: Mapping[str, tuple[Callable[[bytes, object], Content], int]] = {
    ".md": (read_markdown, TEXT_LIMIT),
    ".markdown": (read_markdown, TEXT_LIMIT),
    ".html": (read_web_page, DOCUMENT_LIMIT),
    ".htm": (read_web_page, DOCUMENT_LIMIT),
    ".xhtml": (read_web_page, DOCUMENT_LIMIT),
    ".pdf": (read_pdf, DOCUMENT_LIMIT),
    ".docx": (read_word, DOCUMENT_LIMIT),
}
_JSON_LINES = (".jsonl", ".ndjson")
_TEXT_SUFFIXES = ("", ".txt", ".text")
_REASONS: Mapping[int, str] = {
    errno.ENOENT: "reason.vanished",
    errno.ENOTDIR: "reason.vanished",
    errno.ESTALE: "reason.vanished",
    errno.EACCES: "reason.permission",
    errno.EPERM: "reason.permission",
    errno.EISDIR: "reason.directory",
    errno.ELOOP: "reason.link_loop",
}


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as read, before it has an id and before cleaning; the fields mean what they do in `Article`.

    `path` is where it was read: the absolute path, `PATH#ID` for a JSON-lines article.
    """

    path: str
    source: str
    title: str
    language: Language
    text: str
    date: str | None = None
    url: str | None = None
    pages: tuple[int, ...] = ()

    def article(self, article_id: str, boilerplate: tuple[Span, ...] = ()) -> Article:
        """The same as an `Article`."""
        return Article(
            article_id, self.source, self.title, self.language, self.text, self.date, self.url, self.pages, boilerplate
        )


def read_file(path: Path, source: str) -> Iterator[RawArticle | UnreadableFile]:
    """Read a file's articles, lazily for JSON lines.

    Raises `UnreadableFile` when the file as a whole gives nothing: at the call, or while iterating when a JSON-lines
    file becomes unreadable midway. A JSON-lines file of gold pairs holds no articles and yields none. A JSON line that
    cannot be used is yielded as an `UnreadableFile` that names the line, in its place among the articles, which go on
    after it.
    """
    suffix = path.suffix.lower()
    if suffix in _JSON_LINES:
        _checked_size(path, None)
        try:
            # gold pairs lie beside the articles that they are about
            return iter(()) if holds_gold_pairs(path) else _line_articles(path)
        except OSError as error:
            raise unreadable(path, error) from error
    read, limit = _READERS.get(suffix, (read_plain, TEXT_LIMIT))
    data = _read_bytes(path, limit)
    try:
        content = read(data, path)
    except UnreadableFile as error:
        unknown = read is read_plain and suffix not in _TEXT_SUFFIXES
        if unknown and error.values.get("reason_key") == "reason.binary":
            raise UnreadableFile(path=path, reason_key="reason.unsupported", suffix=suffix) from error
        raise
    if not any(char.isalnum() for char in content.text):
        written = content.text.strip() or (read in (read_web_page, read_word) and data.strip())
        raise UnreadableFile(path=path, reason_key="reason.no_text" if written else "reason.empty")
    return iter((_article(content, path, source),))


def unreadable(path: Path, error: OSError) -> UnreadableFile:
    """The error to show for what the operating system said about a file."""
    key = _REASONS.get(error.errno or 0, "reason.disk")
    return UnreadableFile(path=path, reason_key=key, detail=error.strerror or type(error).__name__)


def _article(content: Content, path: Path, source: str) -> RawArticle:
    hints = content.hints
    return RawArticle(
        path=os.path.abspath(path),
        source=source,
        title=title_of(content.text, path, hints.title),
        language=language_of(content.text, hints.language),
        text=content.text,
        date=valid_date(hints.date) or date_in_name(path.stem),
        url=valid_url(hints.url),
        pages=content.pages,
    )


def _line_articles(path: Path) -> Iterator[RawArticle | UnreadableFile]:
    found = False
    try:
        with open(path, "rb") as stream:
            for line in read_lines(stream, path):
                found = True
                yield _line_article(line, path) if isinstance(line, LineArticle) else line
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise UnreadableFile(path=path, reason_key="reason.empty")


def _line_article(line: LineArticle, path: Path) -> RawArticle:
    hints = line.hints
    return RawArticle(
        path=f"{os.path.abspath(path)}#{line.id}",
        source=line.id,
        title=title_of(line.text, Path(line.id.replace("/", " ")), hints.title),
        language=language_of(line.text, hints.language),
        text=line.text,
        date=valid_date(hints.date),
        url=valid_url(hints.url),
    )


def _checked_size(path: Path, limit: int | None) -> None:
    """Refuse what is not a regular file, and what is empty or larger than `limit` bytes."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            readable = os.access(path, os.R_OK | os.X_OK)
            raise UnreadableFile(path=path, reason_key="reason.directory" if readable else "reason.permission")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFile(path=path, reason_key="reason.not_a_file")
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in the path
        raise UnreadableFile(path=path, reason_key="reason.vanished") from error
    if status.st_size == 0:
        raise UnreadableFile(path=path, reason_key="reason.empty")
    if limit is not None and status.st_size > limit:
        raise _too_large(path, status.st_size, limit)


def _read_bytes(path: Path, limit: int) -> bytes:
    _checked_size(path, limit)
    try:
        with open(path, "rb") as stream:
            # one more than allowed, for a file that grows while it is read
            data = stream.read(limit + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > limit:
        raise _too_large(path, len(data), limit)
    return data


def _too_large(path: Path, size: int, limit: int) -> UnreadableFile:
    return UnreadableFile(path=path, reason_key="reason.too_large", size=-(-size // (1 << 20)), limit=limit >> 20)
