"""Questions to begin with, drawn from the articles at hand.

Where a sample article is held, a question written for it is offered. Other articles are asked about by their titles,
each in its own language. Those in the reader's language stand first, and every script at hand is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from rag.types import LANGUAGES, ArticleInfo
from ui.words import EXAMPLES, Example, label

MOST = 4
"""Examples that are offered at most."""

_TITLE = range(4, 70)
_FEW_LETTERS = 0.6


def examples(held: Sequence[ArticleInfo], language: str = "en", most: int = MOST) -> tuple[Example, ...]:
    """The examples for these articles and an interface language, none for no articles."""
    sources = {info.source for info in held}
    written = [one for one in EXAMPLES if one.source in sources]
    asked = {one.source for one in written}
    about = list(_about([info for info in held if info.source not in asked]))
    every = [*_own_first(written, language), *_own_first(about, language)]
    firsts = [next((one for one in every if one.language == code), None) for code in LANGUAGES]
    present = [one for one in firsts if one is not None]
    rest = [one for one in every if one not in present]
    chosen = [*_own_first(present, language), *rest][:most]
    return tuple(_own_first(chosen, language))


def _own_first(some: Sequence[Example], language: str) -> list[Example]:
    """The same, in the same order but for those in this language, which come first."""
    return sorted(some, key=lambda one: one.language != language)


def _about(articles: Sequence[ArticleInfo]) -> Iterator[Example]:
    """Questions about articles by title, the newest of each language first, the languages in turn."""
    dated = sorted((info for info in articles if _speaks(info.title)), key=lambda info: info.date or "", reverse=True)
    by_language = [[info for info in dated if info.language == language] for language in LANGUAGES]
    for info in chain.from_iterable(zip_longest(*by_language)):
        if info is not None:
            title = " ".join(info.title.split()).strip("《》“”\"'「」")
            yield Example(label("example.about", info.language, title=title), info.language, info.source)


def _speaks(title: str) -> bool:
    """Whether a title reads as one: neither a file name nor a heap of signs, and short enough for a button."""
    letters = sum(char.isalpha() or char.isspace() for char in title)
    return len(title) in _TITLE and "_" not in title and letters >= _FEW_LETTERS * len(title)
