"""Whether the quantities and dates of a sentence stand in the text that it cites, whatever their notation.

Invariant: a quantity of the sentence counts as held only if the text, or the date of its article, states that value;
how it is written (38亿, 3.8 billion, 3,800,000,000; 八成, 80%, four out of five) plays no part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.support_held import QUARTER, Held, closed_up, mentions_of, multiples, quarters
from rag.text.quantities import DateMention, Mention, Quantity, same_quantity
from rag.text.quantity_forms import normal_form

_ORDINAL_BEFORE = re.compile(r"(?:第|排名?|\bnumber|\bno\.|\branks?|\branked|#)\s?$")
_CURRENCY = r"(?:[\s的了]|\w{0,8}\s)?(?:us|人民币|新台币)?[$¥]?$"
_OVER = re.compile(
    r"(?:more than|over|above|exceed\w*|at least|upwards? of|no less than|surpass\w*|beyond|"
    rf"超过|逾|超|多于|高于|至少|突破|升破|不低于|不少于|不止|高达){_CURRENCY}"
)
_OVER_AFTER = re.compile(r"^\s?(?:多|余|以上|之上|出头|or more|and more|plus|\+)")
_UNDER = re.compile(
    r"(?:less than|under|below|fewer than|at most|no more than|up to|nearly|almost|close to|just short of|as many as|"
    rf"不到|不足|低于|少于|将近|近|接近|至多|最多|不超过|多达|几近){_CURRENCY}"
)
_UNDER_AFTER = re.compile(r"^\s?(?:以下|以内|之内|不到|or less|or fewer)")
_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|some|nearly|almost|close to|"
    r"约|大约|约为|约占|大概|大致|近|将近|接近|左右)[\s是在]?(?:us|人民币|新台币)?[$¥]?$"
)
_ABOUT_AFTER = re.compile(r"^\s?(?:左右|上下|or so)")
_SEAM = re.compile(r"(?<=[一-鿿])(?=[0-9])|(?<=[0-9])(?=[一-鿿])")
_COUNTED = ("", "次", "person", "个")
_NEAR, _BOUND = 0.05, 0.12
"""How far a rounded number may be from what is stated, as a share of it: "about" either way, "over" and "nearly"."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing: words of the sentence that are not held, and how many are held with the other bound."""

    missing: tuple[str, ...]
    bounds: int


def compare(sentence: str, passage: Held, date: str | None = None) -> Compared:
    """Compare the quantities of a sentence with what a passage holds; `date` is that of its article (ISO 8601)."""
    text = closed_up(sentence)
    plain = normal_form(text)
    mentions = list(_apart([*mentions_of(text), *multiples(plain)]))
    missing, bounds = [], 0
    for mention in mentions:
        if plain[mention.end : mention.end + 1] == "-" and mention.kind == "ratio":
            # half-hearted, double-click
            continue
        found = _find(mention, plain, passage, date)
        if found is None:
            missing.append(mention.text)
        elif isinstance(found, Quantity):
            bounds += _bound(plain, mention) * _bound(normal_form(passage.text), found) < 0
    for match in QUARTER.finditer(plain):
        if not quarters(match.group()) <= passage.quarters and not _is_three_months(match.group(), passage):
            missing.append(text[match.start() : match.end()])
    return Compared(tuple(_as_written(words, sentence) for words in missing), bounds)


def _as_written(words: str, sentence: str) -> str:
    """The words as the sentence has them, with the spaces between Chinese and digits."""
    pattern = _SEAM.sub(r"\\s?", re.escape(words))
    found = re.search(pattern, sentence)
    return found.group() if found else words


def _is_three_months(written: str, passage: Held) -> bool:
    months = Quantity("duration", 3.0, "month", 0, 0, "")
    return "months" in written and any(same_quantity(months, m) for m in passage.mentions)


def _apart(mentions: Sequence[Mention]) -> Iterator[Mention]:
    end = -1
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if mention.start >= end:
            end = mention.end
            yield mention


def _find(mention: Mention, plain: str, passage: Held, date: str | None) -> Mention | bool | None:
    """The mention of the passage that states the same; `True` where something else does, `None` where nothing."""
    if isinstance(mention, DateMention):
        return _find_date(mention, passage, date)
    for other in passage.mentions:
        if same_quantity(mention, other):
            return other
    for other in passage.mentions:
        if isinstance(other, Quantity) and _agrees(mention, other, plain):
            return other
    if mention.kind == "percent" and _leaves_out_percent(mention, passage):
        return True
    if _stands_in(mention, passage.text):
        return True
    if mention.high is not None and {mention.value, mention.high} <= passage.values:
        return True
    if mention.kind == "ordinal" or _ORDINAL_BEFORE.search(plain[: mention.start]):
        return True if mention.value in passage.values else None
    if mention.kind == "count" and mention.value == 2 and not _counts_otherwise(mention, passage):
        return True
    return None


def _leaves_out_percent(mention: Quantity, passage: Held) -> bool:
    """Whether a passage that speaks of percentages states one without the sign ("a fall from 99 to 80")."""
    quantities = [other for other in passage.mentions if isinstance(other, Quantity)]
    bare = any(m.kind == "count" and not m.unit and mention.value in (m.value, m.high) for m in quantities)
    return bare and any(m.kind == "percent" for m in quantities)


def _stands_in(mention: Quantity, text: str) -> bool:
    """Whether letters and digits (3M, 7B), or a bare number, stand in a text as they are."""
    written = mention.text.strip()
    if written.isascii() and written.isalnum() and not written.isdigit():
        return re.search(rf"(?<![A-Za-z0-9.]){re.escape(written)}(?![A-Za-z0-9]|\.[0-9])", text) is not None
    numbers = [number.rstrip(".") for number in re.findall(r"[0-9][0-9.]*", written)]
    if not numbers or mention.kind not in ("count", "time", "ordinal"):
        return False
    # a number with a scale or a unit behind it means something else
    plain = mention.kind == "time" or {float(number) for number in numbers} == {
        mention.value,
        mention.high or mention.value,
    }
    return plain and all(
        re.search(rf"(?<![0-9.,]){re.escape(number)}(?![0-9]|[.,][0-9]|\s?[%％万亿萬億兆成倍])", text)
        for number in numbers
    )


def _find_date(mention: DateMention, passage: Held, date: str | None) -> Mention | bool | None:
    dates = [other for other in passage.mentions if isinstance(other, DateMention)]
    own = _read_date(date)
    if mention.month is None and mention.day is not None and float(mention.day) in passage.values:
        return True
    for other in dates:
        if _includes(mention, other, own):
            return other
    if own is None:
        return True if mention.month is None and passage.relative_year else None
    if mention.month is None and mention.year == own.year:
        return True
    if mention.month is None and passage.relative_year:
        return True if mention.year is not None and own.year is not None and 0 <= own.year - mention.year <= 1 else None
    return True if mention.day is None and (mention.year, mention.month) == (own.year, own.month) else None


def _read_date(date: str | None) -> DateMention | None:
    parts = [int(part) for part in (date or "").split("-") if part.isdigit()]
    if not parts:
        return None
    year, month, day = (*parts, None, None)[:3]
    return DateMention(year, month, day, 0, 0, date or "")


def _includes(mention: DateMention, other: DateMention, own: DateMention | None) -> bool:
    """Whether a date of the passage lies in the one that the sentence names, which may be less precise."""
    if mention.month is None:
        return mention.year == other.year if mention.day is None else mention.day == other.day
    if mention.month != other.month or (mention.day is not None and mention.day != other.day):
        return False
    if mention.year is None or other.year is None:
        year, known = mention.year, own.year if own else None
        return year is None or known is None or year == known or (year == known - 1)
    return mention.year == other.year


def _agrees(mention: Quantity, other: Quantity, plain: str) -> bool:
    """Whether two quantities that are not written alike may state the same: rounded, unit left out, end of a range."""
    if other.high is not None and mention.high is None:
        ends = (replace(other, high=None), replace(other, value=other.high, high=None))
        if any(same_quantity(mention, end) or _alike(mention, end) for end in ends):
            return True
    return _rounds(mention, other, plain) or _alike(mention, other)


def _alike(mention: Quantity, other: Quantity) -> bool:
    """Whether two values are equal and only their units differ in what languages differ in: 次 and "times", no unit."""
    if abs(mention.value - other.value) > 0.01 * abs(other.value) or mention.high != other.high:
        return False
    if mention.kind == other.kind == "count":
        return True
    for bare, unbare in ((mention, other), (other, mention)):
        if bare.kind != "count":
            continue
        if unbare.kind == "ratio" and unbare.unit == "times" and bare.unit in _COUNTED:
            return True
        if not bare.unit and unbare.kind in ("ratio", "ordinal", "duration"):
            return True
    return False


def _rounds(mention: Quantity, other: Quantity, plain: str) -> bool:
    """Whether the sentence rounds: "about 130 billion" of 127 billion, "over 20 million" of 22 million."""
    if mention.high is not None or other.high is not None or not mention.value or abs(other.value) < 20:
        return False
    same_kind = same_quantity(mention, replace(other, value=mention.value))
    if not same_kind:
        return False
    share, bound = (other.value - mention.value) / mention.value, _bound(plain, mention)
    near = _ABOUT.search(plain[: mention.start]) or _ABOUT_AFTER.search(plain[mention.end : mention.end + 8])
    return (near is not None and abs(share) <= _NEAR) or (bound != 0 and 0 <= share * bound <= _BOUND)


def _bound(plain: str, mention: Mention) -> int:
    """1 where the words beside a number say that it is a lower bound, -1 for an upper one, 0 for neither."""
    before, after = plain[max(0, mention.start - 24) : mention.start], plain[mention.end : mention.end + 10]
    inside = mention.text
    under = _UNDER.search(before) or _UNDER_AFTER.search(after)
    over = _OVER.search(before) or _OVER_AFTER.search(after) or re.search("[多余餘]", inside)
    if under:
        return -1
    return 1 if over else 0


def _counts_otherwise(mention: Quantity, passage: Held) -> bool:
    """Whether the passage counts the same things, but not two of them."""
    return any(
        isinstance(other, Quantity) and other.kind == "count" and other.unit == mention.unit and 2 < other.value <= 10
        for other in passage.mentions
    )
