"""Citation marks in a stream of text: `[1]`, `【1】`, `［１］`, `[1, 2]`, `[1-3]`, `[^1]`, `[来源1]`, `【1†…】`.

Invariant: the tokens of a text are the same however the stream was cut, and no part of a mark is ever in a text.
Spaces before a mark belong to it; a mark that the end of the stream cut off is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 48
"""Characters of a mark at most; what is longer is text."""

_WIDEST_RANGE = 20
_OPEN, _CLOSE = "[【［", "]】］"
_WORD = r"(?:sources?|refs?|来源|來源|资料|資料|出处|出處)"
_ONE = rf"(?:{_WORD}\s*)?[\^#]?\s*\d{{1,4}}"
_BODY = re.compile(rf"\s*{_ONE}(?:\s*(?:[,，、;；&]|and|和|[-–—~～至])\s*{_ONE})*\s*(?:†[^\[\]【】［］\n]*)?\s*", re.I)
# what may stand inside a mark that is not closed yet
_BEGUN = re.compile(
    r"[\s\d,，、;；&^#–—~～至和-]*(?:[a-z来源來资料資出处處]{1,7}[\s\d,，、;；&^#–—~～至和-]*)*(?:†[^\[\]【】［］\n]*)?",
    re.I,
)
_CUT_OFF = re.compile(rf"\s*(?:{_WORD}\s*)?[\^#]?[\s\d,，、;；&^#–—~～至和-]*(?:†.*)?", re.I | re.S)
_NUMBER = re.compile(r"(?P<low>\d+)(?:\s*[-–—~～至]\s*(?:[\^#]\s*)?(?P<high>\d+))?")


@dataclass(frozen=True, slots=True)
class Token:
    """A run of text, or a mark: then `text` is empty and `numbers` are those it names, in order."""

    text: str = ""
    numbers: tuple[int, ...] = ()


class MarkReader:
    """Reads a stream piece by piece; what may become a mark is held back until it is one or is not."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[Token]:
        """The tokens that are certain after this piece."""
        self._held += text
        return self._settled(ended=False)

    def close(self) -> list[Token]:
        """The rest, when nothing more will come."""
        return self._settled(ended=True)

    def _settled(self, ended: bool) -> list[Token]:
        tokens: list[Token] = []
        text, self._held = self._held, ""
        at = plain = 0
        while (begin := _first_open(text, at)) is not None:
            end = _closing(text, begin)
            if end is None and not ended and _may_close(text[begin + 1 :]):
                break
            if end is None and ended and _CUT_OFF.fullmatch(text, begin + 1):
                text = text[:begin].rstrip(" \t\u3000")
                break
            if end is None or not _BODY.fullmatch(text, begin + 1, end):
                at = begin + 1
                continue
            _add(tokens, text[plain:begin].rstrip(" \t\u3000"))
            tokens.append(Token(numbers=_numbers(text[begin + 1 : end])))
            at = plain = end + 1
        rest = text[plain:] if begin is None or ended else text[plain:begin]
        # spaces may turn out to stand before a mark
        kept = rest if ended else rest.rstrip(" \t\u3000")
        _add(tokens, kept)
        self._held = "" if ended else text[plain + len(kept) :]
        return tokens


def _first_open(text: str, at: int) -> int | None:
    return next((i for i in range(at, len(text)) if text[i] in _OPEN), None)


def _closing(text: str, begin: int) -> int | None:
    """Where the bracket opened at `begin` closes, if it does within the length of a mark."""
    for i in range(begin + 1, min(len(text), begin + 1 + LONGEST)):
        if text[i] in _CLOSE:
            return i
        if text[i] in _OPEN:
            return None
    return None


def _may_close(body: str) -> bool:
    return len(body) < LONGEST and bool(_BEGUN.fullmatch(body))


def _numbers(body: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _NUMBER.finditer(body.split("†")[0]):
        low, high = int(match["low"]), int(match["high"] or match["low"])
        # a wide range is two numbers, not a list
        found += range(low, high + 1) if low <= high <= low + _WIDEST_RANGE else (low, high)
    return tuple(dict.fromkeys(found))


def _add(tokens: list[Token], text: str) -> None:
    if text:
        tokens.append(Token(text))


def joined(tokens: list[Token]) -> list[Token]:
    """The same tokens with neighbouring texts put together."""
    out: list[Token] = []
    for token in tokens:
        if out and not token.numbers and not out[-1].numbers:
            out[-1] = Token(out[-1].text + token.text)
        else:
            out.append(token)
    return out
