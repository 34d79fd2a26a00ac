"""Batches: JSON lines of questions in, one JSON object a line out, in the same order.

Invariant: every line that is not blank gives one object, with `error` where it could not be answered; no line keeps
the others from being answered.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from rag.console import message_of, print_json_line, short, tell_text, use_utf8
from rag.errors import BadRequest

Answerer = Callable[[str, str], dict[str, Any]]
"""From a text and the id of its line to the object that is written."""


def run_batch(file: str, field: str, answer: Answerer) -> bool:
    """Answer every line of a file (`-`: standard input), whose text is under `field`; whether all could be answered.

    Raises `BadRequest` where the file cannot be read.
    """
    complete = True
    with _lines_of(file) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                form = _answer_line(line, number, field, answer)
                complete = complete and "error" not in form
                print_json_line(form)
    return complete


def _lines_of(file: str) -> TextIO:
    if file == "-":
        use_utf8(sys.stdin, "utf-8-sig")
        return sys.stdin
    try:
        return open(file, encoding="utf-8-sig", errors="replace")
    except FileNotFoundError as error:
        raise BadRequest(what=file, reason_key="reason.not_found") from error
    except OSError as error:
        from rag.ingestion.readers import unreadable

        raise BadRequest(what=file, **unreadable(Path(file), error).values) from error


def _answer_line(line: str, number: int, field: str, answer: Answerer) -> dict[str, Any]:
    key = str(number)
    try:
        row = _row(line, number)
        if row.get("id") is not None:
            key = _id(row["id"])
        text = row.get(field, row.get("question", row.get("query")))
        if not isinstance(text, str):
            raise BadRequest(what=short(line, 40), reason_key="reason.bad_json_field", line=number, field=field)
        # JSON may write half a character, which no text can hold
        return answer(text.encode("utf-8", "replace").decode(), key)
    except Exception as error:  # an error that nobody foresaw costs its line as well
        message = message_of(error)
    tell_text(message)
    return {"id": key, "error": message}


def _id(value: Any) -> str:
    """An id as text: a string as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise BadRequest(what=short(line, 40), reason_key="reason.bad_json_line", line=number)
    return row
