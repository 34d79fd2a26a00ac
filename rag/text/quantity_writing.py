"""Writing quantities in the asker's language.

Invariant: a quantity already in the asked language keeps its own words, in the script asked for; any other is written
from its value, so 3800亿元 becomes 380 billion yuan and never a translation of its words.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rag.text.quantity_forms import MONTHS, ORDINALS, DateMention, Mention, Quantity, words_of, write_number

if TYPE_CHECKING:
    from rag.types import Language

_HAN = re.compile("[㐀-鿿]")
_LATIN = re.compile("[A-Za-z]")
_ZH_SMALL = "零一二三四五六七八九十"
_EN_SMALL = words_of("zero one two three four five six seven eight nine ten")
_EN_MONEY = {
    "USD": "${}",
    "EUR": "€{}",
    "GBP": "£{}",
    "HKD": "HK${}",
    "TWD": "NT${}",
    "SGD": "S${}",
    "CNY": "{} yuan",
    "JPY": "{} yen",
    "KRW": "{} won",
    "INR": "{} rupees",
    "AUD": "A${}",
    "CAD": "C${}",
    "THB": "{} baht",
    "VND": "{} dong",
    "MYR": "{} ringgit",
    "IDR": "{} rupiah",
    "RUB": "{} roubles",
    "BRL": "{} reais",
    "PLN": "{} zlotys",
    "ZAR": "{} rand",
    "franc": "{} francs",
    "krone": "{} kroner",
    "peso": "{} pesos",
    "lira": "{} lira",
    "dirham": "{} dirhams",
}
_ZH_MONEY = {
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "HKD": "港元",
    "TWD": "新台币",
    "SGD": "新加坡元",
    "CNY": "元",
    "JPY": "日元",
    "KRW": "韩元",
    "INR": "卢比",
    "AUD": "澳元",
    "CAD": "加元",
    "THB": "泰铢",
    "VND": "越南盾",
    "MYR": "林吉特",
    "IDR": "印尼盾",
    "RUB": "卢布",
    "BRL": "雷亚尔",
    "PLN": "兹罗提",
    "ZAR": "兰特",
    "franc": "法郎",
    "krone": "克朗",
    "peso": "比索",
    "lira": "里拉",
    "dirham": "迪拉姆",
}
_ZH_TIMES = {
    "year": "年",
    "quarter": "个季度",
    "month": "个月",
    "week": "周",
    "day": "天",
    "hour": "小时",
    "minute": "分钟",
}
_ZH_COUNTS = {
    "company": "家",
    "person": "人",
    "user": "用户",
    "country": "个国家",
    "parameter": "参数",
    "token": "词元",
}
_ZH_MEASURES = {
    "gb": "GB",
    "tb": "TB",
    "nm": "纳米",
    "kilometre": "公里",
    "metre": "米",
    "kilogram": "公斤",
    "ton": "吨",
}
_EN_MEASURES = {
    "parameter": "parameters",
    "token": "tokens",
    "gb": "GB",
    "tb": "TB",
    "nm": "nm",
    "millimetre": "mm",
    "kilometre": "km",
    "metre": "metres",
    "kilogram": "kg",
    "ton": "tons",
}


def render(quantity: Mention, language: Language) -> str:
    """The quantity or date as a reader of `language` (`en`, `zh-Hans`, `zh-Hant`) writes it."""
    chinese = language != "en"
    if _is_already(quantity, chinese):
        written = quantity.text
    elif isinstance(quantity, DateMention):
        written = _zh_date(quantity) if chinese else _en_date(quantity)
    else:
        written = _zh_quantity(quantity) if chinese else _en_quantity(quantity)
    return _in_script(written, language) if chinese else written


def _is_already(quantity: Mention, chinese: bool) -> bool:
    han, latin = bool(_HAN.search(quantity.text)), bool(_LATIN.search(quantity.text))
    if han or latin:
        return han == chinese
    if isinstance(quantity, DateMention):
        return quantity.month is None and not chinese
    # "$100" is English; bare digits, "56%" and "1/3" are at home everywhere
    return not chinese or quantity.kind != "money"


def _en_date(date: DateMention) -> str:
    month = MONTHS[date.month - 1].capitalize() if date.month else ""
    year = "" if date.year is None else str(date.year)
    if date.day is None:
        return f"{month} {year}".strip()
    return f"{month} {date.day}{', ' if year else ''}{year}" if month else _en_ordinal(date.day)


def _zh_date(date: DateMention) -> str:
    parts = ((date.year, "年"), (date.month, "月"), (date.day, "日"))
    return "".join(f"{value}{unit}" for value, unit in parts if value is not None)


def _en_quantity(quantity: Quantity) -> str:
    low = _en_value(quantity, quantity.value)
    if quantity.high is not None:
        return f"{low} to {_en_value(quantity, quantity.high)}"
    return f"over {low}" if re.search("[多余餘]", quantity.text) else low


def _en_value(quantity: Quantity, value: float) -> str:
    number, unit = write_number(value, chinese=False), quantity.unit
    plural = "" if value == 1 else "s"
    match quantity.kind:
        case "money":
            return _EN_MONEY.get(unit, "{} " + unit).format(number)
        case "percent":
            return f"{number}%" if unit == "percent" else f"{number} percentage point{plural}"
        case "ratio":
            return f"{number} times" if unit else _en_fraction(value)
        case "duration":
            return "half a " + unit if value == 0.5 else f"{number} {unit}{plural}"
        case "ordinal":
            return _en_ordinal(int(value))
        case "time":
            return f"{int(value) // 60}:{int(value) % 60:02d}"
        case "count":
            return f"{number} {_EN_MEASURES[unit]}" if unit in _EN_MEASURES else number


def _en_ordinal(value: int) -> str:
    for name, number in ORDINALS.items():
        if number == value:
            return name
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def _en_fraction(value: float) -> str:
    share = Fraction(value).limit_denominator(1000)
    above, below = share.numerator, share.denominator
    if below == 2 and above == 1:
        return "half"
    if 2 < below <= 10 and 0 < above <= 10:
        name = "quarter" if below == 4 else next(name for name, number in ORDINALS.items() if number == below)
        return f"{_EN_SMALL[above]} {name}{'s' if above > 1 else ''}"
    return f"{above}/{below}"


def _zh_quantity(quantity: Quantity) -> str:
    low = _zh_value(quantity, quantity.value)
    return low if quantity.high is None else f"{low}到{_zh_value(quantity, quantity.high)}"


def _zh_value(quantity: Quantity, value: float) -> str:
    number, unit = write_number(value, chinese=True), quantity.unit
    match quantity.kind:
        case "money":
            return number + _ZH_MONEY.get(unit, unit)
        case "percent":
            return f"{number}%" if unit == "percent" else f"{number}个百分点"
        case "ratio":
            return f"{number}倍" if unit else _zh_fraction(value)
        case "duration":
            return f"半{_ZH_TIMES.get(unit, '秒')}" if value == 0.5 else number + _ZH_TIMES.get(unit, "秒")
        case "ordinal":
            return f"第{_zh_small(int(value))}"
        case "time":
            return f"{int(value) // 60}:{int(value) % 60:02d}"
        case "count":
            return number + (_ZH_COUNTS.get(unit) or _ZH_MEASURES.get(unit, ""))


def _zh_fraction(value: float) -> str:
    share = Fraction(value).limit_denominator(1000)
    if share == Fraction(1, 2):
        return "一半"
    return f"{_zh_small(share.denominator)}分之{_zh_small(share.numerator)}"


def _zh_small(value: int) -> str:
    return _ZH_SMALL[value] if 0 <= value <= 10 else str(value)


def _in_script(written: str, language: Language) -> str:
    converted: str = _converter("s2tw" if language == "zh-Hant" else "t2s").convert(written)
    return converted


@lru_cache(maxsize=2)
def _converter(name: str) -> Any:
    import opencc  # the maintained C++ converter

    return opencc.OpenCC(name)
