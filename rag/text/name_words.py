"""Names in running text that another language might write by sound or spell: Manning and 曼宁, 田丰 and Tian Feng.

An English name is a capitalised word that does not begin its sentence, a Chinese one a run of characters that foreign
names are written with, a person, or a word that is rare. All are given folded, as words are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.text.folding import fold_text
from rag.text.jieba_dictionary import is_rare
from rag.text.people import find_people
from rag.text.pinyin import LONGEST
from rag.text.script import is_han
from rag.text.transliteration import MAX_CHARACTERS, transliteration
from rag.text.words import is_function_word

_LETTER = re.compile(r"\w")
_COUNTING = frozenset("一二三四五六七八九十百千万亿两几多")
CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}")


def english_names(sentence: str) -> Iterator[tuple[int, int]]:
    """Where capitalised words stand that do not begin the text, or what follows a bullet, and are no function words."""
    for match in CAPITALISED.finditer(sentence):
        if not is_function_word(match.group().lower()) and _LETTER.search(sentence, 0, match.start()):
            yield match.span()


def names_in(sentence: str, folded: str, words: Iterable[str]) -> Iterator[str]:
    """The names of a sentence, given as written, folded and as words; repeats are kept."""
    for start, end in english_names(sentence):
        yield sentence[start:end].lower()
    spoken = [folded[start:end] for start, end in transliteration().name_runs(folded)]
    yield from (name for name in spoken if len(name) <= MAX_CHARACTERS)
    people = (fold_text(person.text) for person in find_people(sentence))
    for word in (*_without_parts(words), *people):
        may_be = 2 <= len(word) <= LONGEST and all(map(_may_be_in_name, word)) and is_rare(word)
        if may_be and not any(word in name for name in spoken):
            yield word


def _without_parts(words: Iterable[str]) -> Iterator[str]:
    """The words without those that are only parts of the word before."""
    whole = ""
    for word in words:
        if word not in whole:
            whole = word
            yield word


def _may_be_in_name(char: str) -> bool:
    return is_han(char) and char not in _COUNTING and not is_function_word(char)
