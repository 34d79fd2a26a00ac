"""When a half-width stop belongs to an abbreviation or an initial and ends no sentence.

Invariant: decided from the word before the stop and the word after it alone.
"""

from __future__ import annotations

import re

# longest token that is looked at before a stop
_REACH = 16
_TOKEN = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)*$")
_NEXT = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_END = _words("mr mrs ms dr prof sen rep gov gen col lt sgt capt rev hon st vs cf viz e.g i.e al approx")
_BEFORE_NUMBER = _words("no nos fig figs eq sec vol ch pp p art nr tab app")
_MAY_END = _words(
    "inc corp ltd co llc plc jr sr bros etc jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri "
    "est dept univ assn ave mt ft ed eds ph.d"
)
_OPENERS = _words(
    "the a an in on at it its he she they we i you but and or so yet this that these those there here for with "
    "while when after before as if by to from meanwhile moreover also some many most both each every his her "
    "their our your my what why how who where which although though since according despite still not no one two "
    "three several under over then now last next first second experts analysts however instead even once until "
    "unlike such all any another more other others nearly about only today"
)


def dot_is_inside(text: str, at: int, start: int, after: int, limit: int) -> bool:
    """Whether the stop at `at` belongs to an abbreviation inside a sentence.

    `start` is where the sentence began, `after` the first visible character behind the stop, `limit` the end of what
    may be looked at.
    """
    token = _TOKEN.search(text[max(start, at - _REACH) : at])
    if token is None:
        return False
    word = token.group().lower()
    if word in _NEVER_END:
        return True
    if word in _BEFORE_NUMBER:
        return text[after].isdigit() if after < limit else False
    if word in _MAY_END or "." in word or (len(word) == 1 and token.group().isupper()):
        return not _opens_sentence(text, after, limit)
    return False


def _opens_sentence(text: str, after: int, limit: int) -> bool:
    """Whether the next word is one that commonly opens a sentence, or none that goes on with a name."""
    match = _NEXT.match(text, after, min(limit, after + 24))
    return match is None or not match.group().isascii() or match.group().lower() in _OPENERS
