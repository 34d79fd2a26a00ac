"""JSON lines: many articles in one file, read one line at a time.

Invariant: one bad line costs one article; it is reported by its number, counted from 1, and the rest go on. An id
occurs once; the first line that has it wins.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO

from rag.errors import UnreadableFile
from rag.ingestion.decoding import decode, storable
from rag.ingestion.metadata import Hints

LINE_LIMIT = 64 << 20
"""Bytes one line may have."""

_LONGEST_ID = 500
_SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class LineArticle:
    """The article on one line: its id, its text and what else the line says."""

    id: str
    text: str
    hints: Hints


def read_lines(stream: BinaryIO, path: object) -> Iterator[LineArticle | UnreadableFile]:
    """The articles of an open JSON-lines file in order; blank lines are passed over.

    A line that cannot be used is yielded as the `UnreadableFile` that says why; binary data raises it.
    """
    seen: set[str] = set()
    for number, raw in enumerate(_raw_lines(stream, path), start=1):
        if not raw.strip():
            continue
        try:
            yield _parse(raw, number, path, seen)
        except UnreadableFile as error:
            yield error


def holds_gold_pairs(path: str | PathLike[str]) -> bool:
    """Whether a file holds questions with their answers rather than articles, by its first line."""
    with open(path, "rb") as stream:
        first = stream.readline(LINE_LIMIT)
    try:
        record = json.loads(first)
    except ValueError:
        return False
    return isinstance(record, dict) and "question" in record and "text" not in record


def _raw_lines(stream: BinaryIO, path: object) -> Iterator[bytes]:
    """Lines as bytes; one that is too long is cut, which makes it a bad line, and its rest dropped."""
    start = stream.read(_SAMPLE)
    _refuse_binary(start, path)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:4]:
        stream.seek(0)
        # line breaks cannot be found in the bytes of UTF-16, so such a file is read as a whole, up to the limit
        yield from decode(stream.read(LINE_LIMIT), path).encode("utf-8").splitlines()
        return
    stream.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
    while line := stream.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
            while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
                pass
            line = b"{"
        yield line


def _refuse_binary(start: bytes, path: object) -> None:
    try:
        decode(start, path)
    except UnreadableFile as error:
        # the sample may end inside a character, which only looks like an unknown encoding
        if error.values.get("reason_key") == "reason.binary":
            raise


def _parse(raw: bytes, number: int, path: object, seen: set[str]) -> LineArticle:
    record = _record(raw, number, path)
    identity, text = record.get("id"), record.get("text")
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if not isinstance(identity, str) or not identity.strip() or len(identity) > _LONGEST_ID:
        raise UnreadableFile(path=path, reason_key="reason.bad_json_field", line=number, field="id")
    if not isinstance(text, str) or not any(char.isalnum() for char in text):
        raise UnreadableFile(path=path, reason_key="reason.bad_json_field", line=number, field="text")
    identity = storable(identity)
    if identity in seen:
        raise UnreadableFile(path=path, reason_key="reason.repeated_id", line=number, id=identity)
    seen.add(identity)
    hints = Hints(*(_storable(record.get(name)) for name in ("title", "date", "language", "url")))
    return LineArticle(identity, storable(text), hints)


def _record(raw: bytes, number: int, path: object) -> Mapping[str, object]:
    try:
        record = json.loads(decode(raw, path))
    except (ValueError, RecursionError, UnreadableFile) as error:
        raise UnreadableFile(path=path, reason_key="reason.bad_json_line", line=number) from error
    if not isinstance(record, dict):
        raise UnreadableFile(path=path, reason_key="reason.bad_json_line", line=number)
    return record


def _storable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value
