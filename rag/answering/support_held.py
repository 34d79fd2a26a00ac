"""What a text states, read so that another text can be compared with it: quantities, dates, shares, multiples, places.

Invariant: nothing here is guessed from outside the text; every mention stands in it, if only as a word ("double",
"a dozen", 榜首).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.text.folding import fold_text
from rag.text.quantities import DateMention, Kind, Mention, Quantity, find_quantities
from rag.text.quantity_forms import EN_SMALL, MONTHS, ORDINALS, ZH_NUMBER, normal_form, parse_chinese, parse_english

_EN_COUNT = rf"(?:{'|'.join(sorted(EN_SMALL, key=len, reverse=True))}|[0-9]{{1,3}})"
_ZH_COUNT = rf"(?:{ZH_NUMBER}|[0-9]{{1,3}})"
_MEASURE = "(?:个|家|次|人|名|款|位|成|台|件|块)?"
_BETWEEN = "[^，。；0-9]{0,6}?"
_SHARES = (
    re.compile(
        rf"\b(?P<n>{_EN_COUNT})\s(?:out of|in|of every|in every)\s(?:every\s|each\s)?(?P<below>{_EN_COUNT})"
        r"(?![a-z0-9,.]\w)"
    ),
    re.compile(
        rf"每?(?P<below>{_ZH_COUNT}){_MEASURE}{_BETWEEN}(?:里|中|裡|当中|之中){_BETWEEN}(?:就)?有(?P<n>{_ZH_COUNT}){_MEASURE}"
    ),
)
_TIMES = (
    (
        re.compile(
            r"\b(?:twice|doubl(?:e|es|ed|ing))\b|翻倍|翻番|翻一番|翻了一番|成倍|加倍|(?:多|增长|增加|上涨|高)一倍"
        ),
        2.0,
    ),
    (re.compile(r"\b(?:thrice|tripl(?:ed|ing))\b|翻两番"), 3.0),
    (re.compile(r"\b(?:quadrupl(?:ed|ing))\b"), 4.0),
)
_FOLD = re.compile(rf"\b(?P<n>{_EN_COUNT})-?fold\b")
_FACTOR = re.compile(rf"\bfactor of (?P<n>{_EN_COUNT}(?:\.[0-9]+)?)\b|\b(?P<one>one|1) to (?P<m>[0-9]{{1,4}})\b")
_DECADES = re.compile(
    rf"\b(?:(?P<n>{_EN_COUNT})\s(?P<unit>decades?|centur(?:y|ies))|(?:a|past|last)\s(?P<one>decade|century))\b(?!-)"
)
QUARTER = re.compile(
    r"\b(?:(?P<w>first|second|third|fourth|last|final)\s(?:quarter|three months)|q(?P<d>[1-4]))\b"
    r"|第?(?P<z>[一二三四])季度?|(?:头|前)(?P<f>三|3)个月"
)
"""A quarter of a year."""
_QUARTER_WORDS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}
_PERIODS = ("year", "month", "week", "day", "hour", "quarter")
_SPOKEN: tuple[tuple[re.Pattern[str], Kind, float, str], ...] = (
    (re.compile(r"\b(?:a|one) dozen\b|一打"), "count", 12.0, ""),
    (re.compile(r"\bmajority\b|过半|半数"), "ratio", 0.5, ""),
    (re.compile(r"\bfortnight\b"), "duration", 2.0, "week"),
    *((re.compile(rf"\b(?:a|the|per|each|every|one|last|past)\s{unit}\b"), "duration", 1.0, unit) for unit in _PERIODS),
)
_ORDINAL_WORD = re.compile(
    rf"\b(?P<n>{'|'.join(ORDINALS)})\b|\brank(?:s|ed)?\s(?P<r>{_EN_COUNT})\b|\bnumber\s(?P<c>{_EN_COUNT})\b"
)
_CENTURY = re.compile(rf"(?P<n>{_ZH_COUNT})\s?(?:世纪|年代)")
_TOP = re.compile(
    r"\b(?:top|lead(?:s|ing)?|led|head|number one|no\. 1|rank one)\b"
    r"|榜首|登顶|冠军|首位|龙头|头名|居首|头一|首家|首款|首次"
)
_RUNNER_UP = re.compile(r"\brunner-up\b|亚军|次席")
_RELATIVE_YEAR = re.compile(
    rf"\b(?:this year|last year|last (?:{'|'.join(MONTHS)})|this (?:spring|summer|autumn|fall|winter)|year before)\b"
    "|今年|去年|当年|本年|年内|前年|今春|今夏|上半年"
)
_YEAR_TO = re.compile(r"(?P<year>(?:19|20)[0-9]{2})\s?(?:to|and|至|到)\s?(?=\S)")
_MONTHS = {name: i for i, name in enumerate(MONTHS, 1)}
_MONTH_NAME = re.compile(rf"\b(?:{'|'.join(name.title() for name in MONTHS)})\b")
_BARE_YEAR = re.compile(r"(?<![0-9.,$¥€£a-z-])(?:1[0-9]{3}|20[0-9]{2})(?![0-9]|[.,][0-9]|[%％万亿])")
_SPACED = re.compile(r"(?<=[一-鿿]) (?=[0-9])|(?<=[0-9]) (?=[一-鿿])")


def closed_up(text: str) -> str:
    """The text without spaces between Chinese characters and digits, with which much of it is set."""
    return _SPACED.sub("", text)


@dataclass(frozen=True, slots=True)
class Held:
    """What a text states.

    `text` is what the mentions refer to; `values` are all numbers of it, ordinals and days among them;
    `relative_year` says that it names a year by its distance (去年, this year).
    """

    text: str
    mentions: tuple[Mention, ...]
    quarters: frozenset[int]
    values: frozenset[float]
    relative_year: bool


def mentions_of(text: str) -> tuple[Mention, ...]:
    """The quantities and dates of a text, shares such as "four out of five" as one, quarters of a year left out."""
    plain = normal_form(text)
    shares = [*_shares(text, plain), *_decades(text, plain)]
    taken = [*((share.start, share.end) for share in shares), *(m.span() for m in QUARTER.finditer(plain))]
    rest = [m for m in _unmixed(text) if not any(m.start < end and start < m.end for start, end in taken)]
    return tuple(sorted([*shares, *rest], key=lambda mention: mention.start))


def _unmixed(text: str) -> Iterator[Mention]:
    """The quantities of a text; what reads like a range from a year to an amount ("in 2023 to 153 billion") is two."""
    for mention in find_quantities(text):
        year = _YEAR_TO.match(mention.text) if isinstance(mention, Quantity) and mention.high is not None else None
        if year is None:
            # 周岁 is one word
            aged = text[mention.end : mention.end + 1] in ("岁", "歲")
            yield replace(mention, unit="year") if aged and isinstance(mention, Quantity) else mention
            continue
        for at, part in ((mention.start, year.group("year")), (mention.start + year.end(), mention.text[year.end() :])):
            for inner in find_quantities(part):
                yield replace(inner, start=at + inner.start, end=at + inner.end)


def _shares(text: str, plain: str) -> Iterator[Quantity]:
    for pattern in _SHARES:
        for match in pattern.finditer(plain):
            above, below = _count(match.group("n")), _count(match.group("below"))
            if above and below and above < below:
                start, end = match.span()
                yield Quantity("ratio", above / below, "", start, end, text[start:end])


def _decades(text: str, plain: str) -> Iterator[Quantity]:
    for match in _DECADES.finditer(plain):
        number = (_count(match.group("n")) or 1.0) if match.group("n") else 1.0
        years = number * (10 if (match.group("unit") or match.group("one")).startswith("d") else 100)
        yield Quantity("duration", years, "year", *match.span(), text[match.start() : match.end()])


def _count(written: str) -> float | None:
    return parse_english(written) if written[0].isascii() and written[0].isalpha() else parse_chinese(written)


def held(texts: tuple[str, ...]) -> Held:
    """What texts hold together: a passage, its heading, its title."""
    text = closed_up("\n".join(texts))
    plain = normal_form(text)
    mentions = mentions_of(text)
    found = [*mentions, *(m for m in find_quantities(text) if m not in mentions), *multiples(plain), *_spoken(plain)]
    # a month beside no preposition ("published one for February") is a month all the same
    loose = (m for m in _MONTH_NAME.finditer(text) if not any(x.start <= m.start() < x.end for x in mentions))
    found += [DateMention(None, _MONTHS[m.group().lower()], None, *m.span(), m.group()) for m in loose]
    values = {m.value for m in found if isinstance(m, Quantity)} | {
        m.high for m in found if isinstance(m, Quantity) and m.high is not None
    }
    return Held(
        text,
        tuple(found),
        quarters(plain),
        frozenset(values | _days(found) | set(_ordinals(fold_text(text)))),
        _relative(plain),
    )


def _days(mentions: Sequence[Mention]) -> set[float]:
    return {float(m.day) for m in mentions if isinstance(m, DateMention) and m.day is not None}


def _relative(plain: str) -> bool:
    return _RELATIVE_YEAR.search(fold_text(plain)) is not None


def multiples(plain: str) -> Iterator[Quantity]:
    """Multiples in words ("twice", "tenfold", 翻倍) of a text in normal form."""
    for pattern, value in _TIMES:
        for match in pattern.finditer(plain):
            yield Quantity("ratio", value, "times", *match.span(), match.group())
    for match in _FOLD.finditer(plain):
        yield Quantity("ratio", _count(match.group("n")) or 0.0, "times", *match.span(), match.group())
    for match in _FACTOR.finditer(plain):
        written = match.group("n") or match.group("m")
        value = float(written) if written.replace(".", "").isdigit() else parse_english(written)
        yield Quantity("ratio", value, "times", *match.span(), match.group())


def _spoken(plain: str) -> Iterator[Mention]:
    """What a text states in words that are no number: a dozen, a majority, a year; and years without a word beside."""
    for pattern, kind, value, unit in _SPOKEN:
        for match in pattern.finditer(plain):
            yield Quantity(kind, value, unit, *match.span(), match.group())
    for match in _BARE_YEAR.finditer(plain):
        yield DateMention(int(match.group()), None, None, *match.span(), match.group())


def quarters(plain: str) -> frozenset[int]:
    """The quarters of a year, 1 to 4, that a text in normal form names."""
    found = set()
    for match in QUARTER.finditer(plain):
        if match.group("w"):
            found.add(_QUARTER_WORDS[match.group("w")])
        elif match.group("d") or match.group("z"):
            found.add(int(_count(match.group("d") or match.group("z")) or 0))
        else:
            found.add(1)
    return frozenset(found)


def _ordinals(plain: str) -> Iterator[float]:
    for match in _ORDINAL_WORD.finditer(plain):
        written = match.group("n") or match.group("r") or match.group("c")
        yield float(ORDINALS[written]) if written in ORDINALS else float(_count(written) or 0)
    for match in _CENTURY.finditer(plain):
        yield _count(match.group("n")) or 0.0
    if _TOP.search(plain):
        yield 1.0
    if _RUNNER_UP.search(plain):
        yield 2.0
