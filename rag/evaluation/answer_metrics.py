"""How good the words of an answer are against the accepted ones.

Invariant: texts are compared in folded form (script, width, case, regional words), without citation marks and
punctuation, as units: each Chinese character is one, and each word or number of other scripts; `a`, `an` and `the`
are none, and 1,000 is 1000. With several accepted answers the best counts. All values but `length` are in 0..1, more
is better.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.answering.prompts import without_marks
from rag.evaluation.types import GoldPair, Scores
from rag.text.folding import fold_text
from rag.text.jieba_dictionary import segment
from rag.text.quantities import Mention, find_quantities, same_quantity
from rag.text.script import detect_language, is_han
from rag.types import Answer, Language

CORRECT_F1 = 0.6
"""An answer whose short answer has this F1 counts as right where it does not contain an accepted one whole."""

_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNIT = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\W_]")
_ARTICLES = frozenset(("a", "an", "the"))
_ITEM = re.compile(r"[,，、;；]|\band\b")
_AND = frozenset(("和", "与", "及", "以及"))


def exact_match(text: str, accepted: Sequence[str]) -> float:
    """1 where the units of an accepted answer are those of the text, in order, else 0; its mean is in 0..1.

    Rajpurkar et al., "SQuAD: 100,000+ questions", EMNLP 2016; by character for Chinese as in CMRC 2018 (Cui et al.).
    """
    own = units(text)
    return float(any(own == units(answer) for answer in accepted))


def f1(text: str, accepted: Sequence[str]) -> float:
    """2PR / (P + R) of the bags of units, in 0..1; P: share of the text's units in the answer, R the reverse.

    Rajpurkar et al. 2016, by character for Chinese.
    """
    return max((_f1(units(text), units(answer)) for answer in accepted), default=0.0)


def contains(text: str, accepted: Sequence[str]) -> float:
    """1 where the units of an accepted answer stand in the text one after the other, else 0; its mean is in 0..1.

    Words are whole: "no" is not in "know". After the check of passages in Chen et al., ACL 2017 (DrQA).
    """
    own = units(text)
    return float(any(_stands_in(units(answer), own) for answer in accepted))


def quantity_match(text: str, accepted: Sequence[str]) -> float | None:
    """1 where the text states every quantity of an accepted answer, in any language and unit, else 0.

    38亿 is 3.8 billion. Its mean is in 0..1. `None` where no accepted answer is a quantity, that is has half of its
    letters in quantities and dates. Equality is that of `rag.text.quantity_comparison`; no paper's.
    """
    wanted = [_quantities(answer) for answer in accepted if _is_quantity(answer)]
    if not wanted:
        return None
    stated = _quantities(text)
    return float(any(all(any(same_quantity(q, own) for own in stated) for q in answer) for answer in wanted))


def list_recall(text: str, accepted: Sequence[str]) -> float:
    """The share of the items of an accepted list that the text contains, in any order; in 0..1.

    Set recall (Manning et al. 2008, ch. 8) of the list that fits best. Items are cut at commas, 、, semicolons, "and",
    and 和, 与, 及 where they are words of their own (not in 共和国).
    """
    own = units(text)
    lists = [[item for part in _items(answer) if (item := units(part))] for answer in accepted]
    return max((sum(_stands_in(item, own) for item in items) / len(items) for items in lists if items), default=0.0)


def in_language(text: str, language: Language) -> bool:
    """Whether a text is in this language and script; Chinese without tell-tale characters is in either script."""
    return detect_language(without_marks(text), default=language) == language


def answer_scores(pair: GoldPair, answer: Answer) -> dict[str, float]:
    """The scores of one answer.

    For an answerable question `exact_match` and `f1` of the short answer (of the whole text where there is none) and
    `contains`, `quantity_match` (where an accepted answer has a quantity) and `list_recall` (for lists) of the text
    with the short answer, all 0 for a refusal; as the measure of refusals, an unanswerable question has none of
    them. For what is not refused `language_match`, and `length`, the characters of the text without marks.
    """
    text = without_marks(answer.text).strip()
    scores: dict[str, float] = {}
    if not answer.refused:
        scores["language_match"] = float(in_language(text, pair.language))
        scores["length"] = float(len(text))
    if not pair.answerable:
        return scores
    short = "" if answer.refused else (answer.short_answer or text)
    whole = "" if answer.refused else f"{answer.short_answer or ''}\n{text}"
    scores |= {
        "exact_match": exact_match(short, pair.answers),
        "f1": f1(short, pair.answers),
        "contains": contains(whole, pair.answers),
    }
    matched = quantity_match(whole, pair.answers)
    if matched is not None:
        scores["quantity_match"] = matched
    if pair.type == "list":
        scores["list_recall"] = list_recall(whole, pair.answers)
    return scores


def is_correct(scores: Scores) -> bool:
    """Whether an answer to an answerable question counts as right: it contains an accepted one, states its quantities,
    lists all its items, or its short answer has an F1 of `CORRECT_F1`.
    """
    whole = ("contains", "quantity_match", "list_recall")
    return any(scores.get(name, 0.0) >= 1 for name in whole) or scores.get("f1", 0.0) >= CORRECT_F1


@lru_cache(maxsize=4096)
def units(text: str) -> tuple[str, ...]:
    """What of a text is compared, in order."""
    found: list[str] = []
    for match in _UNIT.finditer(_GROUPED.sub("", fold_text(text))):
        unit = match.group().replace("’", "'").removesuffix("'s")
        found += _characters(unit)
    return tuple(unit for unit in found if unit not in _ARTICLES)


def _characters(run: str) -> list[str]:
    """A run of letters with its Chinese characters apart."""
    parts: list[str] = []
    word = ""
    for char in run:
        if is_han(char):
            parts += [word, char]
            word = ""
        else:
            word += char
    return [part for part in (*parts, word) if part]


@lru_cache(maxsize=4096)
def _quantities(text: str) -> tuple[Mention, ...]:
    return find_quantities(text)


def _is_quantity(text: str) -> bool:
    """Whether half of the letters of a text are in quantities: it states them, and does not only mention them."""
    inside = sum(_letters(quantity.text) for quantity in _quantities(text))
    return inside > 0 and 2 * inside >= _letters(text)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _items(listed: str) -> Iterator[str]:
    for part in _ITEM.split(fold_text(listed)):
        item = ""
        for word in segment(part):
            if word in _AND:
                yield item
            item = "" if word in _AND else item + word
        yield item


def _f1(own: Sequence[str], wanted: Sequence[str]) -> float:
    shared = (Counter(own) & Counter(wanted)).total()
    return 2 * shared / (len(own) + len(wanted)) if shared else 0.0


def _stands_in(wanted: Sequence[str], own: Sequence[str]) -> bool:
    length = len(wanted)
    return length > 0 and any(own[at : at + length] == wanted for at in range(len(own) - length + 1))
