"""What is known about an article besides its text: title, date, language, address.

Invariant: a value is either certain enough to be shown or absent. A date is a real calendar date in ISO 8601, as
precise as it was given; a language is one of the three; an address begins with http.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.ingestion.cleaning import is_furniture
from rag.text.script import detect_language
from rag.types import Language

_FRONT_MATTER = re.compile(
    r"\A\s*---[ \t]*\r?\n(.{0,65536}?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_DATE = re.compile(
    r"\s*(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s].*)?|\s*月?)|\s*年?)\s*\Z", re.DOTALL
)
_COMPACT_DATE = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*\Z")
_DATE_IN_NAME = re.compile(
    r"(?<![0-9A-Za-z])((?:19|20)\d\d)(?:([-_.]?)(\d\d)\2(\d\d)|[-_](\d\d))(?![0-9A-Za-z]|[-_.]\d)"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_UNTITLED = re.compile(r"untitled|无标题|未命名|無標題|document ?\d*$|microsoft word|powerpoint|\.\w{2,5}$|^\W*$", re.I)
_WORD = re.compile(r"[^\W\d_]{3,}|[㐀-鿿]{2,}")
_BULLET = re.compile(r"^(?:[-*+•·>#]+|\d+[.)、])\s*")
_MARKUP = re.compile(r"(\*\*|__|`)(.+?)\1")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CODES: Mapping[str, Language] = {
    "en": "en", "english": "en", "zh-hans": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-hant": "zh-Hant",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant",
}  # fmt: skip
_LONGEST_TITLE = 200
# a language shows in a small part of a text
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Hints:
    """What a format says about an article; each value as found, not yet checked."""

    title: object = None
    date: object = None
    language: object = None
    url: object = None


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The YAML block that opens a Markdown file, and the text that follows it; no values where there is no block."""

    body: str
    values: Mapping[str, object] = field(default_factory=dict)

    def hints(self) -> Hints:
        """The values that describe an article; the address is `url`, or `source` when that is an address."""
        get = self.values.get
        url = get("url") if valid_url(get("url")) else get("source")
        return Hints(get("title"), get("date"), get("language") or get("lang"), url)


def split_front_matter(text: str) -> FrontMatter:
    """Take the front matter off a Markdown text; what is not a YAML mapping stays part of the text."""
    import yaml

    found = _FRONT_MATTER.match(text)
    if not found:
        return FrontMatter(text)
    try:
        values = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return FrontMatter(text)
    if not isinstance(values, dict):
        return FrontMatter(text)
    return FrontMatter(text[found.end() :], {str(key).strip().lower(): value for key, value in values.items()})


def valid_date(value: object) -> str | None:
    """The date as ISO 8601 (`2025`, `2025-02`, `2025-02-14`), or `None` when there is no such day.

    Takes dates, years as numbers, and text such as `2025/2/14`, `2025年2月` or `2025-02-14T08:00:00Z`.
    """
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = _COMPACT_DATE.match(str(value)) or _DATE.match(str(value))
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    return _iso(year, month, day)


def date_in_name(name: str) -> str | None:
    """The date in a file name such as `2025-02-14-title.md`, `title_20250214.txt` or `2025-02_notes.md`."""
    for year, _, month, day, month_alone in _DATE_IN_NAME.findall(name):
        date = _iso(int(year), int(month or month_alone), int(day) if day else None)
        if date:
            return date
    return None


def _iso(year: int | None, month: int | None, day: int | None) -> str | None:
    if year is None or not 1000 <= year <= 2200:
        return None
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return None
    return f"{year:04}" + (f"-{month:02}" if month is not None else "") + (f"-{day:02}" if day is not None else "")


def valid_language(value: object) -> Language | None:
    """The language a code such as `en-US`, `zh-CN` or `zh-Hant-HK` names; `None` for others and for plain `zh`."""
    code = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    parts = code.split("-")
    return _CODES.get(code) or _CODES.get("-".join(parts[:2])) or _CODES.get(parts[0])


def language_of(text: str, hint: object = None) -> Language:
    """The language named by `hint` when that is valid, else the one detected in the text."""
    return valid_language(hint) or detect_language(text[:_SAMPLE])


def valid_url(value: object) -> str | None:
    """The address when it is one (http or https, without spaces)."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"https?://[^\s/]+\S*", text) and len(text) <= 2000 else None


def valid_title(value: object) -> str | None:
    """A title on one line, at most 200 characters; `None` for placeholders such as "Untitled" or a file name."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    title = " ".join(str(value).split())
    return _shortened(title, _LONGEST_TITLE) if title and not _UNTITLED.search(title) else None


def title_of(text: str, path: Path, hint: object = None) -> str:
    """The best title there is: `hint`, the first heading, a short first line, the file's name, the first words."""
    heading = _HEADING.search(text[:_SAMPLE])
    return (
        (_plain(str(hint)) if isinstance(hint, str) and hint.strip() else valid_title(hint))
        or (valid_title(_plain(heading[1])) if heading else None)
        or _short_first_line(text)
        or _name(path)
        or _first_words(text)
        or path.name
    )


def _plain(title: str) -> str:
    """Markdown emphasis and links of a heading taken off, on one line."""
    return _shortened(" ".join(_LINK.sub(r"\1", _MARKUP.sub(r"\2", title)).split()), _LONGEST_TITLE)


def _lines(text: str) -> list[str]:
    """The first lines that say something, without list marks."""
    lines = (_BULLET.sub("", line.strip()) for line in text[:_SAMPLE].splitlines())
    return [line for line in lines if _WORD.search(line) and not is_furniture(line)][:3]


def _short_first_line(text: str) -> str | None:
    lines = _lines(text)
    if len(lines) < 2 or len(lines[0]) > (45 if re.search("[㐀-鿿]", lines[0]) else 110):
        return None
    return (
        None
        if lines[0].endswith((".", "。", "！", "；", ";", ",", "，", ":", "：", "”", "」"))
        else valid_title(lines[0])
    )


def _name(path: Path) -> str | None:
    """The file's name as a title when it holds a word; a bare number or hash does not."""
    stem = path.stem
    if not _WORD.search(re.sub(r"[0-9a-f]{8,}", "", stem)):
        return None
    return stem.encode("utf-8", "replace").decode("utf-8")


def _first_words(text: str) -> str | None:
    lines = _lines(text)
    return _shortened(lines[0], 40 if re.search("[㐀-鿿]", lines[0]) else 90) if lines else None


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if cut.rfind(" ") > longest // 2 else cut).rstrip(" ,，、") + "…"
