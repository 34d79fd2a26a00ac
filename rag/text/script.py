"""Language and script of a text, and conversion between the two Chinese scripts.

Invariant: script is decided by one-sided evidence only. A character counts as Traditional when OpenCC's `t2s`
changes it, as Simplified when both `s2tw` and `s2hk` change it; a character in real use in both scripts
(后, 里, 台, 云 …) counts for neither, so a text without tell-tale characters has no script of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from rag.types import Language

_HAN = "〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_CHAR = re.compile(f"[{_HAN}]")
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿＡ-Ｚａ-ｚ"
_LATIN_WORD = re.compile(rf"[{_LATIN}](?:[{_LATIN}0-9]|['’](?=[{_LATIN}]))*")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
# scripts written without spaces, or by the syllable: two characters weigh about as much as a word
_SYLLABLES = re.compile(r"[\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3131-\u318e\uac00-\ud7a3]")
_OTHER_WORD = re.compile(rf"(?:(?![{_HAN}{_LATIN}])[^\W\d_])+")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
# letters by their Unicode category, but nothing is to be seen of them
_FILLERS = str.maketrans("", "", "\u115f\u1160\u3164\uffa0")
_QUOTED = re.compile(r"《[^《》]{1,200}》|“[^“”]{1,200}”|「[^「」]{1,200}」|『[^『』]{1,200}』|\"[^\"]{1,200}\"")

# Simplified by OpenCC's first choice, yet ordinary in Traditional text as well
_BOTH = frozenset(
    "后里台只面才云系干余于并占游准群升冲向采范几划叶吁岳咸唇征筑涂杠斗朴丑丰伙佣志布松郁雇厘岩凶吃床乾瞭昇"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH_WORDS = _words(
    "what who whom whose which when where why how is are was were be been do does did has have had can could "
    "should would the an of to in on at by for from with about into than and or but not this that these those its "
    "their there please tell explain summarize summarise compare describe list give show"
)
_CHINESE_WORDS = re.compile(
    r"什么|什麼|甚麼|怎么|怎麼|怎样|怎樣|多少|几|幾|哪|谁|誰|何|吗|嗎|呢|吧|了|的|是|在|有|和|与|與|对|對|为|為|请|請|如"
)
# above this many words and Han characters a text is an article, and its bulk decides
_SHORT = 60


def is_han(char: str) -> bool:
    """Whether one character is a Chinese character (including 〇, compatibility and rare ones)."""
    return _HAN_CHAR.fullmatch(char) is not None


def has_letters(text: str) -> bool:
    """Whether `text` holds any letter or digit of any script; keycap emoji and invisible letters do not count."""
    return any(char.isalnum() for char in _KEYCAP.sub("", text).translate(_FILLERS))


def han_share(text: str) -> float:
    """Han characters among Han characters and Latin words, in 0..1; 0 for a text with neither."""
    han, latin = _sizes(text)
    return han / (han + latin) if han + latin else 0.0


def other_language(text: str) -> bool:
    """Whether `text` is mainly in a script that is neither Latin nor Han: kana, Hangul, Cyrillic, Arabic …

    Japanese is told from Chinese by its kana: where they are a fifth of the text, its Han characters are kanji.
    """
    text = text.translate(_FILLERS)
    han, latin = _sizes(text)
    kana = len(_KANA.findall(text))
    syllables = len(_SYLLABLES.findall(text))
    words = len(_OTHER_WORD.findall(_SYLLABLES.sub(" ", _KANA.sub(" ", text))))
    kanji = han if kana * 4 >= han and kana > 1 else 0
    foreign = words + (kana + syllables + kanji) / 2
    return foreign > latin + (han - kanji) / 2


def detect_language(text: str, default: Language | None = None) -> Language:
    """The language and script of an article or a question, also a mixed one.

    A question is in the language that its grammar is in, whatever language its names are in. `default` is given
    back for a text without letters (else `en`), and for a Chinese one without tell-tale characters where it is
    Chinese (else `zh-Hans`).
    """
    han, latin = _sizes(text)
    if not han:
        return "en" if latin else default or "en"
    own = text if han + latin > _SHORT else _unquoted(text)
    if latin and not _is_chinese(own, short=han + latin <= _SHORT):
        return "en"
    return _script(own) or _script(text) or ("zh-Hant" if default == "zh-Hant" else "zh-Hans")


def to_script(text: str, language: Language) -> str:
    """Chinese in the script and the regional words of `language` (OpenCC `s2twp`, `tw2sp`); `en` changes nothing.

    A text that is wholly in the wanted script already is given back as it is.
    """
    if language == "en" or not _HAN_CHAR.search(text):
        return text
    traditional, simplified = _tells(text)
    mine, theirs = (traditional, simplified) if language == "zh-Hant" else (simplified, traditional)
    if mine and not theirs:
        return text
    converted: str = _converter("s2twp" if language == "zh-Hant" else "tw2sp").convert(text)
    return converted


def _sizes(text: str) -> tuple[int, int]:
    """How many Han characters and how many Latin words."""
    return len(_HAN_CHAR.findall(text)), sum(1 for _ in _LATIN_WORD.finditer(text))


def _unquoted(text: str) -> str:
    """A question without what it quotes, where something is left: the asker's own words."""
    outside = _QUOTED.sub(" ", text)
    return outside if has_letters(outside) else text


def _is_chinese(text: str, short: bool) -> bool:
    """Whether a text with both Han characters and Latin words is in Chinese."""
    han, latin = _sizes(text)
    if not short:
        return han * 0.6 >= latin
    words = _LATIN_WORD.findall(text)
    known = [word.casefold() in _ENGLISH_WORDS for word in words]
    # what a question opens with tells more of its grammar than what stands inside
    english = sum(known) + (1 if known and known[0] and text.lstrip().startswith(words[0]) else 0)
    chinese = len(_CHINESE_WORDS.findall(text))
    if english != chinese:
        return chinese > english
    # capitalised words are mostly names, which either language uses; a small one is English
    small = sum(1 for word in words if len(word) > 1 and word.isalpha() and word.islower())
    return chinese > 0 or (han > 0 and han >= small)


def _script(text: str) -> Language | None:
    """The script by majority of tell-tale characters; `None` where there is no majority."""
    traditional, simplified = _tells(text)
    if traditional == simplified:
        return None
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _tells(text: str) -> tuple[int, int]:
    """How many Traditional and how many Simplified tell-tale characters."""
    traditional = simplified = 0
    for char, count in Counter(_HAN_CHAR.findall(text)).items():
        tell = _tell(char)
        traditional += count * (tell > 0)
        simplified += count * (tell < 0)
    return traditional, simplified


@lru_cache(maxsize=16384)
def _tell(char: str) -> int:
    """1 for a character only Traditional text has, -1 for one only Simplified text has, else 0."""
    if char in _BOTH:
        return 0
    if _converter("t2s").convert(char) != char:
        return 1
    changes = all(_converter(name).convert(char) != char for name in ("s2tw", "s2hk"))
    return -1 if changes else 0


@lru_cache(maxsize=8)
def _converter(name: str) -> Any:
    import opencc  # the maintained C++ converter with the dictionaries of Taiwan vocabulary

    return opencc.OpenCC(name)
