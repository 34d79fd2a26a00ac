"""Numbers with their meaning: found in English and Chinese, comparable across both, written in the asker's language.

Invariant: what `find_quantities` returns is in text order, does not overlap, and `text[m.start:m.end] == m.text`.
Values are in base units (38亿 and 3.8 billion are both 3.8e9; 56% is 56.0 percent; 3:30 is 210 minutes after
midnight). The digits of model names (R1, GPT-4, Qwen3-235B, Galaxy S25) are no quantities, nor are vague numbers
(数十家, millions of), nor "one" and 一 before a thing counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.text.quantity_comparison import same_quantity
from rag.text.quantity_dates import find_dates, find_fixed_forms
from rag.text.quantity_forms import (
    EN_NOUN,
    EN_SCALES,
    NOT_A_UNIT,
    NUMBER,
    PREFIX_CURRENCIES,
    SHORT_SCALES,
    UNIT,
    ZH_DIGITS,
    ZH_NOUN,
    ZH_NOUN_UNITS,
    DateMention,
    Kind,
    Mention,
    Quantity,
    normal_form,
    parse_chinese,
    parse_english,
    unit_of,
    words_of,
)
from rag.text.quantity_writing import render
from rag.text.question_kinds import asks_for

__all__ = ["DateMention", "Kind", "Mention", "Quantity", "asks_for", "find_quantities", "render", "same_quantity"]


def find_quantities(text: str) -> tuple[Mention, ...]:
    """Every quantity and date of `text`, in order and without overlap. Never raises; linear in the length."""
    plain = normal_form(text)
    taken = bytearray(len(text))
    found = list(_free(find_dates(text, plain), taken))
    found += _free(find_fixed_forms(text, plain), taken)
    found += _free(_mentions(text, plain, taken), taken)
    return tuple(sorted(found, key=lambda mention: mention.start))


def _free(mentions: Iterator[Mention], taken: bytearray) -> Iterator[Mention]:
    """The mentions whose characters no earlier mention took."""
    for mention in mentions:
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
            yield mention


@dataclass(frozen=True, slots=True)
class _Number:
    """A number while its neighbours are still to be seen; `stands` is whether it means something without a range."""

    kind: Kind
    value: float
    unit: str
    start: int
    end: int
    stands: bool
    scale: float = 1.0
    high: float | None = None
    year: bool = False


_CONNECTOR = re.compile(r"\s?(?:-|–|—|――|——|~|至|到|\bto\b|\band\b)\s?")


def _mentions(text: str, plain: str, taken: bytearray) -> Iterator[Mention]:
    numbers = [n for n in _numbers(text, plain) if not any(taken[n.start : n.end])]
    at = 0
    while at < len(numbers):
        number = numbers[at]
        span = _range(number, numbers[at + 1], plain) if at + 1 < len(numbers) else None
        if span is not None:
            number = span
            at += 1
        at += 1
        if number.stands:
            yield _finished(number, text)


def _finished(number: _Number, text: str) -> Mention:
    words = text[number.start : number.end]
    if number.year and number.high is None:
        return DateMention(int(number.value), None, None, number.start, number.end, words)
    return Quantity(number.kind, number.value, number.unit, number.start, number.end, words, number.high)


def _range(low: _Number, high: _Number, plain: str) -> _Number | None:
    """Both ends as one where only a connector stands between them: 90%—95%, 10亿到15亿, between 3 and 4 months."""
    if high.start - low.end > 6:
        return None
    connector = _CONNECTOR.fullmatch(plain, low.end, high.start)
    joins = connector and (
        "and" not in connector.group() or plain[max(0, low.start - 8) : low.start].endswith("between ")
    )
    if not joins or low.high is not None or high.high is not None or (low.year and high.year):
        return None
    low_bare, high_bare = _is_bare(low), _is_bare(high)
    if not (low_bare or high_bare) and (low.kind, low.unit) != (high.kind, high.unit):
        return None
    value = low.value
    if low.scale == 1 < high.scale and value < high.value / high.scale:
        value *= high.scale
    if not value < high.value:
        return None
    meant = high if low_bare else low
    return replace(meant, value=value, high=high.value, start=low.start, end=high.end, stands=low.stands or high.stands)


def _is_bare(number: _Number) -> bool:
    return number.kind == "count" and not number.unit


_NAME_HYPHEN = re.compile(r"[a-z][a-z0-9.]{0,22}-$")


def _numbers(text: str, plain: str) -> Iterator[_Number]:
    for match in NUMBER.finditer(plain):
        number = _read(match, text, plain)
        if number is not None:
            yield number


def _read(match: re.Match[str], text: str, plain: str) -> _Number | None:
    """One number with its scale, unit and currency; `None` for what is no quantity."""
    value, high = _value(match)
    if value is None or _ends_a_name(match, plain):
        return None
    scale, unit = _scale(match, text)
    if scale is None:
        return None
    if match.group("sign"):
        value = -value
    value *= scale
    kind, unit, end, extra = _unit(match, plain, unit)
    currency = match.group("currency")
    if currency:
        # 新台币300亿元 is not in renminbi
        kind, unit, end = "money", PREFIX_CURRENCIES[currency], end if kind == "money" else match.end()
    if end == match.end() and plain[end : end + 1].isalpha() and plain[end : end + 1].isascii():
        return None
    chinese_unit = not plain[match.end() : end].isascii()
    if kind == "count" and not (currency or chinese_unit) and _numbers_a_name(match, text):
        return None
    named = kind != "count" or end > match.end() or bool(unit)
    if not _counts(match, value, kind, named):
        return None
    if kind == "count" and unit in ("", "个", "款"):
        noun = _noun(plain, end)
        # 款 counts products, whoever makes them
        unit = noun if noun and (unit != "款" or noun == "model") else unit
    plain_digits = match.group("arabic") is not None and not named and scale == 1 and match.group("arabic").isdigit()
    year = plain_digits and 1900 <= value < 2040 and len(match.group("arabic")) == 4
    stands = named or _stands_alone(match, plain, year)
    total_scale = scale * (_written_scale(match) if match.group("arabic") else 1.0)
    return _Number(kind, value + extra, unit, match.start(), end, stands, total_scale, high, year)


def _ends_a_name(match: re.Match[str], plain: str) -> bool:
    """The 235B of Qwen3-235B."""
    start = match.start()
    return plain[start - 1 : start] == "-" and _NAME_HYPHEN.search(plain, max(0, start - 24), start) is not None


def _value(match: re.Match[str]) -> tuple[float | None, float | None]:
    """The value written, and the upper one of 三四 or 七八十."""
    if match.group("english"):
        return parse_english(match.group("english")), None
    written = re.sub(r"[\s多余]", "", match.group("arabic") or match.group("chinese"))
    value = parse_chinese(written)
    if value is not None or len(written) < 2:
        return value, None
    first, second = ZH_DIGITS.get(written[0]), ZH_DIGITS.get(written[1])
    if not first or second != first + 1:
        return None, None
    return parse_chinese(written[0] + written[2:]), parse_chinese(written[1:])


def _written_scale(match: re.Match[str]) -> float:
    """The scale written in Chinese after the digits (亿 in 15亿), which the lower end of a range may share."""
    scale = 1.0
    for char in match.group("arabic"):
        scale *= {"十": 10, "百": 100, "千": 1e3, "万": 1e4, "亿": 1e8, "兆": 1e12}.get(char, 1.0)
    return scale


def _scale(match: re.Match[str], text: str) -> tuple[float | None, str]:
    """The English scale after the digits and the unit it implies; `None` where the letter belongs to a name (3M)."""
    written = match.group("scale")
    if written is None:
        return 1.0, ""
    words = written.replace("-", " ").split()
    if words[0] in EN_SCALES:
        value = 1.0
        for word in words:
            value *= EN_SCALES[word]
        return value, ""
    as_written = text[match.start("scale") : match.end("scale")]
    if match.group("currency") or len(words[0]) > 1:
        return SHORT_SCALES[words[0]], ""
    if as_written == "B":
        return 1e9, "parameter"
    if as_written in ("M", "K", "k") and re.match(r"\s[a-z]", text[match.end() : match.end() + 2]):
        return SHORT_SCALES[words[0]], ""
    return None, ""


def _unit(match: re.Match[str], plain: str, implied: str) -> tuple[Kind, str, int, float]:
    """Kind, unit, where the written form ends, and what a 半 after the unit adds."""
    unit = UNIT.match(plain, match.end())
    if unit is None or (implied and _canonical(unit)[1] != implied):
        return "count", implied, match.end(), 0.0
    if unit.group("han"):
        after_scale = unit.group("han") == "大" and plain[match.end() - 1] in "万亿"
        if after_scale or NOT_A_UNIT.match(plain, unit.start("han")):
            return "count", implied, match.end(), 0.0
        kind, name = _canonical(unit)
        return kind, name, unit.end(), 0.5 if unit.group("half") else 0.0
    kind, name = _canonical(unit)
    return kind, name, unit.end(), 0.0


def _canonical(unit: re.Match[str]) -> tuple[Kind, str]:
    return unit_of(unit.group("han") or unit.group("latin"))


def _noun(plain: str, end: int) -> str:
    """What is counted, from the nearest noun after the number; empty where it is none that both languages share."""
    chinese = ZH_NOUN.match(plain, end)
    if chinese:
        return ZH_NOUN_UNITS[chinese.group(1)]
    english = EN_NOUN.match(plain, end)
    return unit_of(english.group(1))[1] if english else ""


def _counts(match: re.Match[str], value: float, kind: Kind, named: bool) -> bool:
    """Leaves out "one" and 一 where they are articles or parts of words."""
    chinese = match.group("chinese")
    if chinese == "一":
        before = match.string[match.start() - 1 : match.start()] if match.start() else ""
        return kind in ("money", "percent", "duration", "ratio") and before not in tuple(
            "统唯单之万同专第这那哪某每上下前"
        )
    if chinese == "二":
        # things are counted with 两; 二 before a unit is part of a word (二次, 二手, 二期)
        return kind in ("money", "percent")
    if match.group("english"):
        return value > 1 or (kind in ("percent", "duration", "money") and value > 0)
    return True


_NAME_BEFORE = re.compile(r"(?<![A-Za-z0-9])([A-Z][A-Za-z0-9.]*|[a-z]+[A-Z][A-Za-z0-9]*)\s$")
_ORDINARY_BEFORE = frozenset(
    words_of(
        "in over about around some nearly almost only at by from to of with than more less up under the all its their "
        "these those and or but for between top a as is are was were has have had since until before after during on "
        "another roughly approximately exactly fewer least most every last next how that this when where while if our "
        "we they it there what which who top yes no not just still what's released sold raised counted"
    )
)


_NOT_AFTER = re.compile(r"[-:][a-z0-9]|'[a-z]|[/\\_=^*]|年代|后(?![0-9，,])|世纪")


def _stands_alone(match: re.Match[str], plain: str, year: bool) -> bool:
    """Whether a number without unit is a quantity rather than part of a name, a list mark or a citation."""
    if match.group("english"):
        return True
    if match.group("chinese"):
        return match.group("chinese")[-1] in "万亿兆"
    start, end = match.span()
    before, after, digits = plain[max(0, start - 8) : start], plain[end : end + 6], match.group("arabic")
    if year:
        return before[-1:] not in ("/", "#", "@", "[") and not re.match(r"[-/][0-9]{1,3}(?![0-9])|年代", after)
    if _NOT_AFTER.match(after) or (before and before[-1] in "/\\:#@=&_^*【†-") or re.match("0[0-9]", digits):
        return False
    in_brackets = before.rfind("[") > before.rfind("]")
    return not (in_brackets or _is_code(digits, before, after) or _is_list_mark(start, before, after))


def _numbers_a_name(match: re.Match[str], text: str) -> bool:
    """The 4 of "Watch 4 users": a small plain number right after a name, but not a year."""
    digits = match.group("arabic")
    if digits is None or len(digits) > 3 or match.group("scale"):
        return False
    name = _NAME_BEFORE.search(text[max(0, match.start() - 24) : match.start()])
    return name is not None and name.group(1).lower() not in _ORDINARY_BEFORE


def _is_code(digits: str, before: str, after: str) -> bool:
    """A stock or article code: five digits or more alone in brackets."""
    return before[-1:] in ("(", "（") and after[:1] in (")", "）") and len(digits) >= 5 and digits.isdigit()


def _is_list_mark(start: int, before: str, after: str) -> bool:
    opens_line = not before.rpartition("\n")[2].strip() and (start <= 8 or "\n" in before)
    return opens_line and re.match(r"[.、)）]\s?\S", after) is not None
