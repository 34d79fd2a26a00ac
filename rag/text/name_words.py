"""Names in running text that another language might write by sound: Manning and 曼宁.

An English name is a capitalised word that does not begin its sentence, a Chinese one a run of characters that are
written in such names. Both are given folded, as words are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.transliteration import MAX_CHARACTERS, transliteration
from rag.text.words import is_function_word

CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}")


def english_names(sentence: str) -> Iterator[tuple[int, int]]:
    """Where capitalised words stand that do not begin the text and are no function words."""
    for match in CAPITALISED.finditer(sentence):
        if match.start() > 0 and not is_function_word(match.group().lower()):
            yield match.span()


def names_in(sentence: str, folded: str) -> Iterator[str]:
    """The names of a sentence, given as written and folded; repeats are kept."""
    for start, end in english_names(sentence):
        yield sentence[start:end].lower()
    for start, end in transliteration().name_runs(folded):
        if end - start <= MAX_CHARACTERS:
            yield folded[start:end]
