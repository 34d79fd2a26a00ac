"""Writing to the terminal: data to standard output, messages in the user's language to standard error.

Invariant: text of articles and file names reaches a terminal without control characters; JSON is left as it is.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from typing import Any

import click

from rag.config import Settings, interface_language
from rag.errors import RagError
from rag.messages import language_from_locale, say

_log = logging.getLogger(__name__)
# what a terminal takes for a command; articles come from anywhere
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# line breaks to some readers of JSON lines, which JSON does not escape by itself
_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}


def use_utf8(stream: Any, encoding: str = "utf-8") -> None:
    """Let a standard stream use UTF-8, whatever the locale says; what cannot be written becomes `?`."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding=encoding, errors="replace")


def language() -> str:
    """The interface language: the setting, else the system's locale."""
    try:
        chosen = Settings.load().language
    except RagError:
        chosen = interface_language(os.environ.get("RAG_LANGUAGE", ""))
    # the names are read, not set: messages do not need the locale to be installed
    system = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    return chosen or language_from_locale(system)


def message_of(error: Exception) -> str:
    """The message of an error; one that nobody foresaw shows what it is, and its traceback only in the log."""
    if isinstance(error, RagError):
        return error.in_language(language())
    _log.debug("unexpected", exc_info=error)
    return say("error.unexpected", language(), reason=flat(f"{type(error).__name__}: {error}"))


def print_text(text: str) -> None:
    """Write data for a reader."""
    click.echo(_CONTROLS.sub(" ", text))


def print_piece(text: str) -> None:
    """Write a piece of data for a reader at once, without a line break behind it."""
    click.echo(_CONTROLS.sub(" ", text), nl=False)


def print_json(value: object) -> None:
    """Write data for a program, over several lines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_line(value: object) -> None:
    """Write data for a program on one line, also for a reader that breaks lines where Unicode does."""
    click.echo(json.dumps(value, ensure_ascii=False).translate(_BREAKS))


def tell(key: str, **values: object) -> None:
    """Write a message of `rag.messages`."""
    tell_text(say(key, language(), **values))


def tell_text(text: str) -> None:
    """Write a message that is in the user's language already."""
    click.echo(_CONTROLS.sub(" ", text), err=True)


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def short(text: str, width: int = 160) -> str:
    """The start of a text on one line, at most `width` characters and an ellipsis."""
    line = flat(text)
    return line if len(line) <= width else f"{line[:width]}…"


def leave_quietly() -> bool:
    """Write what is still held back; where nobody reads any more give back `False` and see that exit does not fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
