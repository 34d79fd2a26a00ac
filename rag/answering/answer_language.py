"""Whether an answer is in the asker's language and script, and the conversion of its script.

Invariant: quotations, program code and addresses are neither judged nor changed; citation marks, names and numbers
never make an answer foreign. The language is judged sentence by sentence, by grammar rather than by names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rag.answering.prompts import without_marks
from rag.text.script import detect_language, is_han, other_language, to_script
from rag.text.sentences import split_sentences
from rag.types import Language

Fit = Literal["fits", "script", "language"]
"""`script`: Chinese as it should be, but in the other script (or partly)."""

_FOREIGN_SHARE = 0.3
# shorter than this, in words or Han characters, is a name or a number
_SHORT = 7
_KEPT = re.compile(
    r"```[\s\S]*?(?:```|\Z)|`[^`\n]*`|https?://[^\s，。；、）」』”]+|“[^“”]{1,600}”|「[^「」]{1,600}」|『[^『』]{1,600}』|"
    r'"[^"\n]{1,600}"|＂[^＂\n]{1,600}＂'
)
# a title is a name, in whatever language
_TITLE = re.compile(r"《[^《》]{1,200}》")
_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’-][A-Za-zÀ-ÖØ-öø-ɏ]+)*")
# English that goes on: four words in lower case, which no name has
_ENGLISH_RUN = re.compile(r"(?:\b[a-z][a-z'’-]*,?\s+){3,}[a-z][a-z'’-]*\b")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
# characters of Chinese grammar, rare in names
_GRAMMAR = re.compile(r"[的了是在和与與为為也都将將被这這从從对對并並把所们們]")


def fits(text: str, language: Language) -> Fit:
    """How an answer meets the asker's language; a short one, without a sentence of its own, meets any."""
    said = _KEPT.sub(" ", without_marks(text))
    if _foreign(_TITLE.sub(" ", said), language):
        return "language"
    return "script" if language != "en" and _other_script(said, language) else "fits"


def converted(text: str, language: Language) -> str:
    """A Chinese answer in the script and the regional words of `language`; what is quoted stays as it is.

    A text that holds no character of the other script is given back unchanged, as is any text for `en`.
    """
    if language == "en":
        return text
    parts = list(_parts(text))
    own = "".join(part for part, kept in parts if not kept)
    if not _other_script(own, language) and _own_script(own, language):
        return text
    return "".join(part if kept else to_script(part, language) for part, kept in parts)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and of each whether it is kept as it is."""
    at = 0
    for match in _KEPT.finditer(text):
        yield text[at : match.start()], False
        yield match.group(), True
        at = match.end()
    yield text[at:], False


def _foreign(said: str, language: Language) -> bool:
    """Whether more than a bearable share of the words is in another language."""
    foreign = total = 0
    for span in split_sentences(said):
        sentence = said[span.start : span.end]
        size = max(_size(sentence), _SHORT) if other_language(sentence) else _size(sentence)
        total += size
        foreign += _foreign_size(sentence, language, size)
    return total >= _SHORT and foreign > total * _FOREIGN_SHARE


def _foreign_size(sentence: str, language: Language, size: int) -> int:
    if other_language(sentence):
        return size
    if size < _SHORT:
        # a name, or a heading: only what has grammar is foreign
        return size if _is_sentence_of(sentence, language) else 0
    if (detect_language(sentence, default=language) == "en") != (language == "en"):
        return size if _has_foreign_grammar(sentence, language) else 0
    return _foreign_runs(sentence, language)


def _is_sentence_of(sentence: str, language: Language) -> bool:
    """Whether a short run of words is a sentence of the other language rather than names."""
    if language == "en":
        return any(_GRAMMAR.search(run) and len(run) > 3 for run in _HAN_RUN.findall(sentence))
    return not any(map(is_han, sentence)) and bool(_ENGLISH_RUN.search(sentence))


def _has_foreign_grammar(sentence: str, language: Language) -> bool:
    """Whether a sentence that counts as the other language has a word of it that is no name."""
    if language == "en":
        return bool(_GRAMMAR.search(sentence)) or sum(map(is_han, sentence)) > 2 * len(_WORD.findall(sentence))
    return any(word.islower() and len(word) > 1 for word in _WORD.findall(sentence))


def _foreign_runs(sentence: str, language: Language) -> int:
    """What of a sentence in the right language falls into the other one."""
    if language == "en":
        return sum(len(run) for run in _HAN_RUN.findall(sentence) if _GRAMMAR.search(run) and len(run) > 3)
    return sum(len(run.split()) for run in _ENGLISH_RUN.findall(sentence))


def _size(text: str) -> int:
    return sum(map(is_han, text)) + len(_WORD.findall(text))


def _other_script(text: str, language: Language) -> bool:
    """Whether a character is in the text that only the other script has."""
    return any(detect_language(char, default=language) != language for char in set(filter(is_han, text)))


def _own_script(text: str, language: Language) -> bool:
    """Whether a character is in the text that only this script has."""
    other: Language = "zh-Hans" if language == "zh-Hant" else "zh-Hant"
    return any(detect_language(char, default=other) == language for char in set(filter(is_han, text)))
