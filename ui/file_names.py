"""Names that people give, made safe to be names of files and folders on any system, and still to be read as given.

Invariant: a safe name is one part of a path. It is not empty, holds no separator, control or direction character, is
no reserved name, is neither hidden nor ends in a dot or space, and is at most `LONGEST_BYTES` long. Making a safe name
safe again leaves it as it is.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_BYTES = 180
"""Bytes of a safe name in UTF-8; every file system takes 255, and a number may be added."""

_DEEPEST = 4
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")
# a name with a question mark keeps it, in the wide form that is free on every system
_WIDE = {ord(char): chr(ord(char) + 0xFEE0) for char in '<>:"/\\|?*'}
_OPENING = re.compile(r"^(?:[. ]|~\$)+")
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)", re.IGNORECASE)
# the index writes the articles of such a file as FILE#ID, which no other file may look like
_LINE_PLACE = re.compile(r"(\.(?:jsonl|ndjson))#", re.IGNORECASE)
_WIDE_NUMBER_SIGN = "\uff03"
_JOINERS = "\u200c\u200d"  # they hold words and emoji together and move nothing
_LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def safe_name(name: str, otherwise: str = "file") -> str:
    """The name of one file or folder; `otherwise`, itself safe, where nothing of it is left."""
    shown = "".join(" " if char.isspace() else char for char in name if char.isspace() or _is_visible(char))
    named = unicodedata.normalize("NFC", shown).translate(_WIDE)
    named = _LINE_PLACE.sub(rf"\1{_WIDE_NUMBER_SIGN}", " ".join(named.split()))
    named = _OPENING.sub("", named)
    if _RESERVED.match(named):
        named = f"_{named}"
    return _shortened(named) or otherwise


def safe_parts(path: str, otherwise: str = "file") -> tuple[str, ...]:
    """The folders and the file of a path from another machine, each safe, without steps up; the innermost four."""
    parts = [part for part in re.split(r"[/\\]", path) if part.strip(" .")]
    return tuple(safe_name(part, otherwise) for part in parts[-_DEEPEST:]) or (otherwise,)


def is_litter(path: str) -> bool:
    """Whether a file of a folder is not meant to be read: hidden, or put there by a system or an office program."""
    parts = [part for part in re.split(r"[/\\]", path) if part.strip(" .")]
    return any(part.startswith((".", "~$")) or part.lower() in _LITTER for part in parts)


def numbered(name: str, number: int) -> str:
    """`notes.md` as `notes (2).md`."""
    suffix = _suffix(name)
    return f"{name[: len(name) - len(suffix)]} ({number}){suffix}"


def comparable(name: str) -> str:
    """The form in which two names are the same file on some system: without case and composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _is_visible(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co")


def _suffix(name: str) -> str:
    found = _SUFFIX.search(name)
    return found[0] if found and found.start() else ""


def _shortened(name: str) -> str:
    suffix = _suffix(name)
    stem = name[: len(name) - len(suffix)].encode("utf-8")[: LONGEST_BYTES - len(suffix)].decode("utf-8", "ignore")
    return (stem.rstrip(" ." + _JOINERS) + suffix) if suffix else stem.rstrip(" ." + _JOINERS)
