"""Dates, fractions, ordinals and times of day: the forms that are read before plain numbers, because they hold some.

Invariant: every form yields mentions whose text is the written form alone (the 第四 of 排名第四, not the verb before
it); a form that cannot be (February 31 days long is fine, month 13 is not) yields nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from rag.text.quantity_forms import (
    ARABIC,
    FRACTIONS,
    MONTH_NUMBER,
    MONTHS,
    ORDINALS,
    UNITS,
    ZH_DIGITS,
    ZH_NUMBER,
    DateMention,
    Kind,
    Mention,
    Quantity,
    parse_chinese,
    parse_english,
)

_ZH_MONTH = r"(?:[0-9]{1,2}|十[一二]?|[一二三四五六七八九])"
_ZH_PART = r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
# between two digits that follow each other
_NEXT = "(?:" + "|".join(f"(?<={one})(?={other})" for one, other in pairwise("一二三四五六七八九十")) + ")"
_YEAR = r"(?P<y>(?:19|20)[0-9]{2})(?![0-9])"
_MONTH = rf"(?<![a-z])(?P<m>{'|'.join(MONTHS)}|sept|{'|'.join(name[:3] for name in MONTHS)})(?![a-z])\.?"
_DAY = r"(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9a-z%]|[.,][0-9])"
_AFTER_IN = (
    r"\b(?:in|since|by|until|till|before|after|during|from|last|this|next|of|early|mid|late|on|to|and|or)[\s-]{1,2}$"
)
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![0-9a-z./-])(?P<y>(?:19|20)[0-9]{2})(?P<sep>[-/.])(?P<m>[01]?[0-9])(?P=sep)(?P<d>[0-3]?[0-9])(?![0-9a-z/-])",
        r"(?<![0-9a-z./-])(?P<y>(?:19|20)[0-9]{2})-(?P<m>[01][0-9])(?![0-9a-z/-])",
        r"(?<![0-9])(?<![0-9][.,])(?P<era>民[国國])?(?P<y>(?:(?<=民国)[0-9]{2,3}|1[0-9]{3}|20[0-9]{2}|[一二][零〇一二三四五六七八九]{3}))"
        rf"\s?年(?!代)(?:度|\s?(?P<m>{_ZH_MONTH})\s?月(?:份|\s?(?P<d>{_ZH_PART})\s?[日号])?)?",
        rf"(?<![0-9][.,])(?<![0-9个一二三四五六七八九十几数])(?P<m>{_ZH_PART})\s?月(?![亮球饼薪刊租活])(?:份|\s?(?P<d>{_ZH_PART})\s?[日号])?",
        # two months as one: 三四月份, and the first of 7、8月
        rf"(?<![0-9一二三四五六七八九十第个])(?P<m>[一二三四五六七八九])(?={_NEXT}.月)",
        rf"{_NEXT}(?P<m>[二三四五六七八九十])月份?",
        r"(?<![0-9一二三四五六七八九十第个])(?P<m>1?[0-9])(?=[、至到和-]1?[0-9]\s?月(?:份|间|[^0-9]|$))",
        r"(?<![0-9][.,])(?<![0-9一二三四五六七八九十第])(?P<d>[0-9]{1,2}|[一二三]?十[一二三四五六七八九]?)\s?日(?![本元均活经常志益报语产子])",
        rf"{_MONTH}\s{_DAY}(?:,?\s(?:of\s)?{_YEAR})?",
        rf"(?<![0-9a-z.,$-]){_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?",
        rf"{_MONTH},?\s(?:of\s)?{_YEAR}",
        rf"(?<![a-z])(?P<m>{'|'.join(MONTHS)})(?![a-z])",
        r"(?<=on the )(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)(?![a-z0-9])(?!\s(?:floor|day|anniversary|century))",
    )
)


def find_dates(text: str, plain: str) -> Iterator[Mention]:
    """Dates of `text`, form by form, most precise first, possibly overlapping; `plain` is its normal form."""
    for pattern in _DATES:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            year, month, day = (_date_part(parts.get(name)) for name in "ymd")
            if parts.get("era") and year is not None:
                year += 1911
            names_month = month is not None and match.group("m")[0].isalpha() and match.group("m")[0].isascii()
            if not _is_date(year, month, day) or (names_month and not _is_month_name(text, plain, match)):
                continue
            yield DateMention(year, month, day, match.start(), match.end(), text[match.start() : match.end()])


def _date_part(written: str | None) -> int | None:
    if written is None:
        return None
    if written in MONTH_NUMBER:
        return MONTH_NUMBER[written]
    if written.isdigit():
        return int(written)
    if len(written) == 4:
        return int("".join(str(ZH_DIGITS[char]) for char in written))
    value = parse_chinese(written)
    return -1 if value is None else int(value)


def _is_date(year: int | None, month: int | None, day: int | None) -> bool:
    in_year = year is None or 1000 <= year <= 2100
    return in_year and (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31)


def _is_month_name(text: str, plain: str, match: re.Match[str]) -> bool:
    """Whether the English word is a month here, not the verb may or march."""
    at = match.start("m")
    before = re.search(_AFTER_IN, plain[max(0, at - 12) : at]) is not None
    if match.group() == match.group("m"):
        return before and text[at].isupper()
    return (
        before
        or match.group("m") not in ("may", "march", "mar")
        or text[at].isupper()
        or bool(match.groupdict().get("y"))
    )


# Fixed forms: fractions, ordinals, times of day

_Meaning = tuple[Kind, float, str]
_N = rf"(?:{ARABIC}|{ZH_NUMBER})"
_ZH1 = "一二三四五六七八九"
_EN_DENOMINATOR = "|".join(name for name in FRACTIONS if name not in ("half", "quarter"))
_ORDINAL_WORD = "|".join(ORDINALS)


def _percent_form(match: re.Match[str]) -> _Meaning | None:
    value = parse_chinese(match.group("n"))
    return None if value is None else ("percent", value, "percent")


def _zh_fraction(match: re.Match[str]) -> _Meaning | None:
    below, above = parse_chinese(match.group("below")), parse_chinese(match.group("n"))
    return ("ratio", above / below, "") if below and above is not None else None


def _tenths(match: re.Match[str]) -> _Meaning:
    value = 10.0 * (parse_chinese(match.group("n")) or 0)
    return "percent", value + ZH_DIGITS.get(match.group("d") or "", 5 if match.group("d") else 0), "percent"


def _half(match: re.Match[str]) -> _Meaning:
    return "ratio", 0.5, ""


def _en_fraction(match: re.Match[str]) -> _Meaning:
    above = {"a": 1.0, "an": 1.0}.get(match.group("n")) or parse_english(match.group("n"))
    below = match.group("below")
    return "ratio", above / FRACTIONS.get(below, FRACTIONS.get(below.rstrip("s"), 2)), ""


def _slash_fraction(match: re.Match[str]) -> _Meaning | None:
    above, below = int(match.group("n")), int(match.group("below"))
    return ("ratio", above / below, "") if 0 < above < below <= 100 else None


def _half_duration(match: re.Match[str]) -> _Meaning:
    return "duration", 0.5, UNITS[match.group("n")][1]


def _ordinal(match: re.Match[str]) -> _Meaning | None:
    written = match.group("n")
    value = ORDINALS.get(written) or (1 if written == "one" else parse_chinese(re.sub("[a-z]+$", "", written)))
    return None if not value or value != int(value) else ("ordinal", float(value), "")


def _front_count(match: re.Match[str]) -> _Meaning | None:
    value = parse_chinese(match.group("n"))
    return None if value is None or value < 2 else ("count", value, "")


def _clock(match: re.Match[str]) -> _Meaning | None:
    parts = match.groupdict()
    hour, minute = _date_part(parts["h"]), parts.get("min") or "0"
    if hour is None or not 0 <= hour <= 24:
        return None
    if (parts.get("part") or "") in ("p", "下午", "晚上", "晚", "傍晚") and hour < 12:
        hour += 12
    elif parts.get("part") == "a" and hour == 12:
        hour = 0
    return "time", 60.0 * hour + (30 if minute == "半" else int(minute)), "minute"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Meaning | None]], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (rf"百分之\s?(?P<n>{_N})", _percent_form),
        (rf"(?<![0-9a-z.第百千])(?P<below>{_N}|[百千万])分之\s?(?P<n>{_N})", _zh_fraction),
        (
            rf"(?<![0-9第{_ZH1}十])(?P<n>[{_ZH1}]|[1-9](?![0-9]))成(?P<d>[{_ZH1}半])?"
            r"(?![为立功长本果员熟交就都型人分绩百像品套器])",
            _tenths,
        ),
        (r"一半|半数", _half),
        (r"(?<![上下前后两多大小一])半(?P<n>年|个月|天|个?小时)(?![报刊度])", _half_duration),
        (r"\bhalf[\s-](?:an?\s)?(?P<n>year|month|day|hour)(?![a-z])", _half_duration),
        (
            rf"\b(?P<n>one|two|three|four|five|six|seven|eight|nine)[\s-](?P<below>(?:{_EN_DENOMINATOR}|quarter)s?)(?![a-z])",
            _en_fraction,
        ),
        (
            rf"\b(?P<n>an?)\s(?P<below>{_EN_DENOMINATOR}|quarter)(?=\sof\b|\s?[.,;:?!)]|\s?$|\s(?:the|as|less|more|that)\b)",
            _en_fraction,
        ),
        (
            r"(?<!first )(?<!second )(?<!other )(?<!latter )(?<!final )(?<![a-z0-9-])half"
            r"(?![a-z]|[\s-](?:a|year)\b|\san?\s(?:dozen|hundred|thousand|million|billion|trillion))",
            _half,
        ),
        (r"(?<![0-9a-z./-])(?P<n>[0-9]{1,2})/(?P<below>[0-9]{1,3})(?![0-9a-z/.-])", _slash_fraction),
        (
            r"(?<![0-9])(?P<h>[01]?[0-9]|2[0-4])[:：](?P<min>[0-5][0-9])(?![0-9:：])(?:\s?(?P<part>[ap])\.?m(?![a-z])\.?)?",
            _clock,
        ),
        (r"(?<![0-9a-z.:])(?P<h>1[0-2]|[1-9])\s?(?P<part>[ap])\.?m(?![a-z])\.?", _clock),
        (
            r"(?P<part>凌晨|清晨|早上|早|上午|中午|下午|傍晚|晚上|晚)(?P<at>(?P<h>[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
            r"[点时](?P<min>半|[0-5]?[0-9](?=分))?分?)(?!钟)",
            _clock,
        ),
        (rf"第(?!三方|一时间|一手|一线)\s?(?P<n>{_N})(?:[名位])?", _ordinal),
        (
            rf"(?:排名?|名列|位列|位居|排行|排在|排到)[在于为至到]?(?P<at>第?\s?(?P<n>{_N})[名位]?)(?![0-9a-z])",
            _ordinal,
        ),
        (
            r"(?:\b(?:no\.|number|ranked|ranks|ranking)\s?|#)(?P<at>(?P<n>[0-9]{1,4}|one)(?:st|nd|rd|th)?)(?![0-9a-z%.])",
            _ordinal,
        ),
        (r"(?<![0-9a-z.,])(?P<n>[0-9]{1,4}(?:st|nd|rd|th))(?![0-9a-z])", _ordinal),
        (
            rf"\b(?:ranked|ranks|ranking|placed|finished|came|is|was|in|to|at)\s(?:the\s)?(?P<at>(?P<n>{_ORDINAL_WORD}))"
            r"(?=\s?[.,;:?!(]|\s?$|\s(?:place|in|among|on|with|globally|worldwide|overall|behind|after)\b)",
            _ordinal,
        ),
        (
            rf"\b(?P<n>{_ORDINAL_WORD})(?=[\s-](?:place|rank|largest|biggest|highest)(?![a-z])|\s\([0-9])",
            _ordinal,
        ),
        (rf"前(?P<at>(?P<n>[二三四五六七八九十两][百千万]?))(?![0-9{_ZH1}十百千万年天月日周个季次期点])", _front_count),
    )
)


def find_fixed_forms(text: str, plain: str) -> Iterator[Mention]:
    """Fractions, ordinals and times of day of `text`, form by form, possibly overlapping."""
    for pattern, meaning in _FORMS:
        for match in pattern.finditer(plain):
            told = meaning(match)
            if told is not None:
                start, end = match.span("at" if "at" in match.re.groupindex else 0)
                yield Quantity(*told, start, end, text[start:end])
