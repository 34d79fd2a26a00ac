"""Whether the names in a sentence stand in the text that it cites: by letters, by a known other form, or by sound.

Invariant: every name given back as missing is a slice of the sentence as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.text.aliases import NameMention, NameTable
from rag.text.folding import fold_text
from rag.text.jieba_dictionary import segment
from rag.text.name_words import CAPITALISED
from rag.text.people import find_people
from rag.text.quantity_forms import MONTHS, words_of
from rag.text.script import is_han
from rag.text.transliteration import transliteration
from rag.text.words import is_function_word, lexical_words

_TOKEN = re.compile(r"[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9]*(?:[.\-'’&+][A-Za-zÀ-ɏ0-9]+)*")
_DIGITS_ONLY = re.compile(r"[0-9][0-9.,\-]*(?:st|nd|rd|th|s|x|%|bn|m|k|am|pm)?", re.IGNORECASE)
_NUMBER_WITH_UNIT = re.compile(r"(?:[a-z]+-)?[0-9][0-9.,]*(?:['’]?-?[a-z]+)*|covid-?19|[kcm]?m[23]")
_SPEAKING = re.compile(r"(?<=[A-Za-z])['’]s?$")
_SQUEEZED = re.compile(r"[\s\-‐‑_]+")
_KNOWN = 0.4
"""Sharpened cosine from which on the vectors know a name in the other language."""
_UNSURE = 0.7
_SEPARATOR = r"[\s\-‐‑_]*"
Likeness = Callable[[str], float]
"""Says how near a text has a word, 0..1."""
_NAMED_BY = re.compile(
    "(?:(?<=^)|(?<=[，。；：、“”的由和与在据]))(?P<n>[一-鿿]{2,4}?)"
    "(?:(?:银行|证券|公司|大学|研究院|研究所|集团|日报|时报|基金|科技|资本)"
    "|(?=认为|表示|预测|预期|预计|指出|估计|透露|等(?:西方|国内|海外|美国|中国)?(?:企业|公司)|的(?:调查|数据|统计|研究)))"
)
"""A Chinese name by what stands behind it: the kind of organisation, or a verb of saying."""
_NEVER = frozenset(
    words_of(
        "ai ceo cto cfo coo vp us usa uk eu api apis app apps ip it pc tv i a an the jan feb mar apr jun jul aug sep "
        "sept oct nov dec monday tuesday wednesday thursday friday saturday sunday english chinese american european "
        "asian western eastern north south east west mr ms mrs dr usd cny rmb q1 q2 q3 q4 vs ok no"
    )
) | frozenset(MONTHS)
"""Words in capitals that name nothing, or what is said otherwise in the other language."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text ready to be searched for names: folded, without separators, its groups, its words and its capitals."""

    folded: str
    squeezed: str
    groups: frozenset[str]
    places: frozenset[str]
    words: frozenset[str]
    capitals: tuple[str, ...]
    han: bool


@dataclass(frozen=True, slots=True)
class NamesCompared:
    """Names of the sentence that the text surely lacks, places apart.

    `doubt` is the share, 0..1, of names that may be translated and of which the text has no sign; `unsure` are those.
    """

    missing: tuple[str, ...]
    doubt: float
    unsure: tuple[str, ...]
    places: tuple[str, ...]


def named(text: str, names: NameTable) -> Named:
    """Prepare a text."""
    folded = fold_text(text)
    groups = names.groups(text)
    return Named(
        folded,
        _SQUEEZED.sub("", folded),
        groups,
        frozenset(group for group in groups if names.kind(group) == "place"),
        frozenset(lexical_words(text)),
        tuple(CAPITALISED.findall(text)),
        sum(map(is_han, text)) * 3 > sum(map(str.isalpha, text)),
    )


def places(text: str, names: NameTable) -> tuple[tuple[int, str], ...]:
    """The names of a text in order: where each begins, and its key, a group id or the Latin name as folded."""
    mentions = [m for m in names.find(text) if names.kind(m.group) != "concept"]
    found = [(m.start, m.group) for m in mentions]
    found += [
        (start, fold_text(word)) for start, word in _latin(text) if not any(m.start <= start < m.end for m in mentions)
    ]
    return tuple(sorted(found))


def compare_names(sentence: str, passage: Named, names: NameTable, likeness: Likeness) -> NamesCompared:
    """Which names of a sentence a text lacks; `likeness` says how near the text has a word, 0..1."""
    mentions = names.find(sentence)
    known = [m for m in mentions if names.kind(m.group) in ("name", "person")]
    places = [m for m in mentions if names.kind(m.group) == "place"]
    missing = [m.text for m in known if not _holds_group(m, passage, names)]
    away = [m.text for m in places if m.group not in passage.places and m.group != "china"]
    doubts = [(mention.text, 0.0) for mention in known]
    for start, word in _latin(sentence):
        inside = next((m for m in mentions if m.start <= start < m.end), None)
        digits = any(char.isdigit() for char in word)
        if inside is not None and not (digits and not any(c.isdigit() for c in inside.text)):
            continue
        if _holds_word(word, passage):
            doubts.append((word, 0.0))
        elif digits or _is_code(word) or not passage.han:
            missing.append(word)
        else:
            doubts.append((word, _doubt(_sounds_in(word, passage.folded), likeness(word))))
    doubts += [(run, _doubt_of_han(run, passage, likeness)) for run in _han_names(sentence, mentions)]
    return NamesCompared(
        missing=tuple(dict.fromkeys(missing)),
        doubt=sum(doubt for _, doubt in doubts) / max(1, len(doubts) + len(missing)),
        unsure=tuple(dict.fromkeys(word for word, doubt in doubts if doubt > _UNSURE)),
        places=tuple(dict.fromkeys(away)),
    )


def _doubt_of_han(run: str, passage: Named, likeness: Likeness) -> float:
    if _holds_han(run, passage):
        return 0.0
    return 1.0 if passage.han else _doubt(_reads_in(fold_text(run), passage.capitals), likeness(run))


def _doubt(sound: float, likeness: float) -> float:
    """How doubtful it is, 0..1, that a text in the other language has a name."""
    return 1 - max(sound, min(1.0, likeness / _KNOWN))


def _holds_group(mention: NameMention, passage: Named, names: NameTable) -> bool:
    if mention.group in passage.groups or fold_text(mention.text) in passage.folded:
        return True
    return any(_squeezed(form) in passage.squeezed for form in names.forms(mention.group) if len(form) > 3)


def _squeezed(text: str) -> str:
    return _SQUEEZED.sub("", fold_text(text))


def _latin(text: str) -> Iterator[tuple[int, str]]:
    """The words in Latin letters that are names: with digits or in capitals, those that begin a text left out."""
    chinese = any(is_han(char) for char in text)
    for match in _TOKEN.finditer(text):
        word = _SPEAKING.sub("", match.group())
        if "-" in word and not any(char.isdigit() for char in word):
            # anti-Trump, Chinese-made: only what is in capitals is a name
            for part in re.finditer(r"[^-]+", word):
                if part.group()[0].isupper() and part.group().lower() not in _NEVER and len(part.group()) > 1:
                    yield match.start() + part.start(), part.group()
            continue
        if _DIGITS_ONLY.fullmatch(word) or word.lower() in _NEVER or len(word) < 2:
            continue
        inner = any(char.isupper() or char.isdigit() for char in word[1:])
        capital = word[0].isupper() and (match.start() > 0 or chinese)
        if (inner or capital) and not is_function_word(word.lower()) and not _is_quantity(word):
            yield match.start(), word


def _is_quantity(word: str) -> bool:
    """Whether a word is a number with a unit: 20-year, 3.8bn."""
    plain = word.lower().startswith("covid") or not any(char.isupper() for char in word)
    return plain and _NUMBER_WITH_UNIT.fullmatch(word.lower()) is not None


def _is_code(word: str) -> bool:
    """Whether a name is written alike in every language, such as WhatsApp; acronyms are often translated."""
    return any(char.isupper() for char in word[1:]) and any(char.islower() for char in word) and "-" not in word


def _holds_word(word: str, passage: Named) -> bool:
    if any(_spelt(form).search(passage.folded) for form in _forms(word)):
        return True
    digits = any(char.isdigit() for char in word)
    if digits and "-" in word:
        # the parts of Kimi-K2-Instruct or H800-based, each for itself
        parts = [part for part in word.split("-") if any(char.isdigit() for char in part) or part[:1].isupper()]
        return 0 < len(parts) <= word.count("-") and all(_holds_word(part, passage) for part in parts)
    return not digits and any(stem in passage.words for stem in lexical_words(word)[:1])


def _forms(word: str) -> tuple[str, ...]:
    folded = fold_text(word)
    return (folded, folded.removesuffix("s")) if len(folded) > 3 and folded.endswith("s") else (folded,)


@lru_cache(maxsize=4096)
def _spelt(folded: str) -> re.Pattern[str]:
    """A name letter by letter, whatever separates its letters from its digits (SR99, SR 99)."""
    runs = [re.escape(run) for run in re.findall(r"[0-9.]+|[^0-9\s\-‐‑_.]+|\.", folded)]
    return re.compile(rf"(?<![a-z0-9]){_SEPARATOR.join(runs)}(?![0-9a-z]|\.[0-9])")


@lru_cache(maxsize=4096)
def _sounds_in(word: str, folded: str) -> float:
    """How surely a Chinese text holds a Latin name by sound, or, for a Chinese name, by its Pinyin; 0..1."""
    if not any(is_han(char) for char in folded):
        return 0.0
    if _pinyin_in(word.lower(), folded):
        return 1.0
    match = transliteration().prepared(word).best_match(folded)
    return match.similarity if match is not None else 0.0


def _pinyin_in(letters: str, folded: str) -> bool:
    """Whether neighbouring characters read as these letters; one unknown character may stand for a rest of 1 to 6."""
    read = transliteration().syllable_of.get
    for start in range(len(folded)):
        at, place, guesses = 0, start, 0
        while place < len(folded) and at < len(letters) and is_han(folded[place]) and place - start < 4:
            syllable = read(folded[place])
            if syllable and letters.startswith(syllable, at):
                at += len(syllable)
            elif syllable is None and guesses == 0 and at > 0 and 1 <= len(letters) - at <= 6:
                at, guesses = len(letters), 1
            else:
                break
            place += 1
        if at == len(letters) and at:
            return True
    return False


def _han_names(sentence: str, mentions: tuple[NameMention, ...]) -> Iterator[str]:
    """People in a Chinese sentence, and runs that read like names written by sound; known names left out."""
    for person in find_people(sentence):
        if is_han(person.text[0]) and not _overlaps(person.start, person.end, mentions):
            yield person.text
    folded = fold_text(sentence)
    if len(folded) != len(sentence) or not any(is_han(char) for char in sentence):
        return
    named = [match.span("n") for match in _NAMED_BY.finditer(folded) if not _says_what_it_is(match.group("n"))]
    for start, end in [*transliteration().name_runs(folded), *named]:
        if not _overlaps(start, end, mentions):
            yield sentence[start:end]


def _says_what_it_is(run: str) -> bool:
    """Whether a run before 公司 and the like is a word for a trade (港务): none of its characters is usual in names."""
    prior = transliteration().prior
    return segment(run) == [run] and all(prior.get(char, -1.0) < 0 for char in run)


def _overlaps(start: int, end: int, mentions: tuple[NameMention, ...]) -> bool:
    return any(m.start < end and start < m.end for m in mentions)


def _holds_han(run: str, passage: Named) -> bool:
    folded = fold_text(run)
    return folded in passage.folded or (passage.han and len(folded) > 2 and folded[:2] in passage.folded)


@lru_cache(maxsize=4096)
def _reads_in(folded: str, capitals: tuple[str, ...]) -> float:
    """How surely one or two neighbouring capitalised words are the Pinyin of a Chinese run or sound like it; 0..1."""
    lowered = [word.lower() for word in capitals]
    pairs = list(pairwise(lowered))
    joined = [*lowered, *("".join(pair) for pair in pairs), *("".join(reversed(pair)) for pair in pairs)]
    if any(_pinyin_in(letters, folded) and _reads_whole(letters, folded) for letters in joined):
        return 1.0
    match = transliteration().prepared_name(folded).best_match(capitals, capitalised_only=True)
    return match.similarity if match is not None else 0.0


def _reads_whole(letters: str, folded: str) -> bool:
    """Whether the letters are long enough to be all of the run rather than one syllable of it."""
    return len(letters) >= 2 * len(folded)
