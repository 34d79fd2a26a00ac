"""How numbers and units are written in English and Chinese: the patterns, what they mean, and how to write them.

Invariant: everything here works on the normal form of a text, which has exactly one character for every character
of the text (ASCII lower case, half width, Simplified), so that offsets into the one are offsets into the other.
Every pattern matches in linear time: repeats are possessive or bounded, and a number is only tried where one begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "percent", "count", "time", "duration", "ordinal", "ratio"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as `text[start:end]` states it; `high` is the upper end where it states a range.

    `unit` is canonical: a currency code (CNY, USD, …) for money; `percent` or `point` for percent; `year`, `month`,
    `day`, … for durations; `times` for multiples; `company`, `person`, `model`, …, a Chinese measure word, or empty
    for counts. A ratio without unit is a fraction of one (a third, 一半).
    """

    kind: Kind
    value: float
    unit: str
    start: int
    end: int
    text: str
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as precise as `text[start:end]` states it; the parts it leaves out are `None`."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int
    text: str

    @property
    def kind(self) -> Literal["date"]:
        """Always `date`, so that mentions can be told apart by kind."""
        return "date"


Mention = Quantity | DateMention

_TRADITIONAL = (
    "萬億兩點個餘幾數週鐘時間歲圓幣臺國歐鎊韓門項種隻輛條顆塊張戶號輪屆層頁參業廠機構員開發後納過紀從這東處噸師學雙陸類"
)
_SIMPLIFIED = (
    "万亿两点个余几数周钟时间岁元币台国欧镑韩门项种只辆条颗块张户号轮届层页参业厂机构员开发后纳过纪从这东处吨师学双陆类"
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，。；：！？（）"}
_NORMAL = {
    **_WIDE,
    **{code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    **{code: code - 0xFEE0 + 32 for code in range(0xFF21, 0xFF3B)},
    **dict(zip(map(ord, _TRADITIONAL), map(ord, _SIMPLIFIED), strict=True)),
    **str.maketrans("￥～　\u00a0’圆", "¥~  '元"),
}

# a full-width comma ends a clause, but for the one between the groups of a full-width number
_WIDE_GROUPING = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")


def words_of(listed: str) -> tuple[str, ...]:
    """The words of a list written with spaces."""
    return tuple(listed.split())


def normal_form(text: str) -> str:
    """The comparable form of `text`, of the same length."""
    return _WIDE_GROUPING.sub(",", text).translate(_NORMAL)


ZH_DIGITS: Mapping[str, int] = {char: i % 10 for i, char in enumerate("零一二三四五六七八九〇")} | {"两": 2}
ZH_SCALES: Mapping[str, float] = {"十": 10, "百": 100, "千": 1000, "万": 1e4, "亿": 1e8, "兆": 1e12}
EN_SMALL: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        words_of(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
} | {
    word: 10 * value for value, word in enumerate(words_of("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
EN_SCALES: Mapping[str, float] = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}
SHORT_SCALES: Mapping[str, float] = {
    "k": 1e3,
    **dict.fromkeys(("m", "mn", "mln"), 1e6),
    **dict.fromkeys(("b", "bn", "bln"), 1e9),
    **dict.fromkeys(("t", "tn"), 1e12),
}
ORDINALS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(words_of("first second third fourth fifth sixth seventh eighth ninth tenth"), 1)
} | {"eleventh": 11, "twelfth": 12, "twentieth": 20, "hundredth": 100}
FRACTIONS: Mapping[str, int] = {
    **{name: value for name, value in ORDINALS.items() if value > 2},
    "half": 2,
    "quarter": 4,
}
MONTHS = words_of("january february march april may june july august september october november december")
MONTH_NUMBER: Mapping[str, int] = {
    **{name: i for i, name in enumerate(MONTHS, 1)},
    **{name[:3]: i for i, name in enumerate(MONTHS, 1)},
    "sept": 9,
}

PREFIX_CURRENCIES: Mapping[str, str] = {code.lower(): code for code in words_of("CNY USD EUR GBP HKD TWD JPY")} | {
    "us$": "USD",
    "hk$": "HKD",
    "nt$": "TWD",
    "s$": "SGD",
    "$": "USD",
    "¥": "CNY",
    "€": "EUR",
    "£": "GBP",
    "rmb": "CNY",
    "人民币": "CNY",
    "新台币": "TWD",
    "港币": "HKD",
    "美金": "USD",
}
_MONEY = {
    "CNY": "元人民币 人民币元 人民币 块钱 元 yuan renminbi rmb cny",
    "USD": "美元 美金 us-dollars us-dollar u.s.-dollars dollars dollar usd",
    "HKD": "港元 港币 hong-kong-dollars hkd",
    "TWD": "新台币 台币 元新台币 元台币 new-taiwan-dollars taiwan-dollars nt-dollars twd",
    "JPY": "日元 japanese-yen yen jpy",
    "EUR": "欧元 euros euro eur",
    "GBP": "英镑 british-pounds pounds gbp",
    "KRW": "韩元 south-korean-won korean-won krw",
    "SGD": "新加坡元 新元 singapore-dollars sgd",
    "INR": "卢比 rupees rupee inr",
    "AUD": "澳元 澳大利亚元 australian-dollars australian-dollar aud",
    "CAD": "加元 加拿大元 canadian-dollars canadian-dollar",
    "THB": "泰铢 baht thb",
    "VND": "越南盾 vietnamese-dong vnd",
    "MYR": "林吉特 令吉 ringgit myr",
    "IDR": "印尼盾 印尼卢比 rupiah",
    "RUB": "卢布 roubles rouble rubles ruble",
    "BRL": "雷亚尔 reais",
    "PLN": "兹罗提 zlotys zloty",
    "ZAR": "兰特 south-african-rand",
    # of several countries; a text seldom says which
    "franc": "瑞士法郎 法郎 swiss-francs swiss-franc francs franc",
    "krone": "瑞典克朗 挪威克朗 丹麦克朗 克朗 swedish-kronor norwegian-kroner danish-kroner kronor krona kroner crowns",
    "peso": "墨西哥比索 菲律宾比索 比索 mexican-pesos philippine-pesos pesos peso",
    "lira": "土耳其里拉 里拉 turkish-lira lira",
    "dirham": "迪拉姆 dirhams dirham",
}
_SHARES = {
    "percent": "% percent per-cent pct",
    "point": "个百分点 百分点 percentage-points percentage-point pp",
}
_TIMES = {
    "year": "个年头 周年 年 岁 years year",
    "quarter": "个季度 quarters",
    "month": "个多月 个月 months month",
    "week": "个星期 星期 周 weeks week",
    "day": "个工作日 天 days day",
    "hour": "个小时 小时 个钟头 hours hour hrs",
    "minute": "分钟 minutes minute mins",
    "second": "秒钟 秒 seconds",
}
_NOUNS = {
    "company": "家 公司 企业 厂商 companies firms startups start-ups enterprises vendors manufacturers chipmakers "
    "businesses makers",
    "person": "人 人次 名 位 员工 people persons employees workers engineers researchers students staff experts",
    "user": "用户 users customers subscribers developers 开发者",
    "model": "模型 models",
    "country": "国家 个国家 国 countries nations",
    "parameter": "参数 parameters",
    "token": "tokens token 词元",
    "gb": "gb gigabytes",
    "tb": "tb terabytes",
    "nm": "纳米 nm nanometers nanometres",
    "kilometre": "公里 千米 km kilometers kilometres",
    "millimetre": "毫米 mm millimeters millimetres millimeter millimetre",
    "metre": "米 meters metres",
    "kilogram": "公斤 千克 kg kilograms",
    "ton": "吨 tons tonnes",
    "gigawatt": "吉瓦 gw gigawatts",
    "megawatt": "兆瓦 mw megawatts",
    "kilowatt-hour": "千瓦时 kwh",
}
MEASURE_WORDS = words_of(
    "个 款 项 种 只 台 部 辆 次 支 条 颗 块 张 座 枚 架 艘 份 件 套 间 所 户 篇 本 门 届 轮 层 页 期 场 句 字 股 "
    "组 类 大"
)
_KINDS: tuple[tuple[Kind, Mapping[str, str]], ...] = (
    ("money", _MONEY),
    ("percent", _SHARES),
    ("duration", _TIMES),
    ("count", _NOUNS),
)
UNITS: Mapping[str, tuple[Kind, str]] = {
    **{measure: ("count", measure) for measure in MEASURE_WORDS},
    **{
        word.replace("-", " "): (kind, unit)
        for kind, units in _KINDS
        for unit, words in units.items()
        for word in words.split()
    },
    **dict.fromkeys(("倍", "times", "x", "fold"), ("ratio", "times")),
}
"""Written unit → kind and canonical unit."""


def unit_of(written: str) -> tuple[Kind, str]:
    """Kind and canonical unit of a unit as it was matched, with spaces or hyphens inside."""
    return UNITS[re.sub(r"[\s-]", " ", written)]


def _any_of(words: Mapping[str, object] | list[str] | tuple[str, ...]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in sorted(words, key=len, reverse=True))


_LATIN = [unit for unit in UNITS if unit[0].isascii() and unit[0].isalpha()]
_HAN = [unit for unit in UNITS if unit not in _LATIN]
UNIT = re.compile(
    rf"(?:(?P<more>\s?[多余来])?\s?(?P<han>(?:{_any_of(_HAN)}))(?P<half>半)?|"
    rf"[\s-]{{0,2}}(?P<latin>{_any_of(_LATIN)})(?![a-z0-9]))"
)
"""A unit directly after a number."""
NOT_A_UNIT = re.compile(
    r"年代|年级|天津|天数|天猫|天下|名单|名列|名为|名字|国产|国内|国际|大关|大模|大型|大小|大量|大厂|大概|大约|大幅|"
    r"字节|字符|本来|本地|本次|本月|本年|"
    r"期间|期待|期望|位于|位列|位居|人工|人形|人民(?!币)|人均|人类|人才|部分|部署|部门|块链|个人|只有|只是|只能|"
    r"只要|项目|支持|支撑|台湾|台积|"
    r"架构|股票|股份|组织|场景|所有|所以|家庭|家具|家电|周边|周期|条件|件事|轮番|米[家粉]"
)
_NOUN_UNITS = {
    word: unit for unit in words_of("company user model country parameter person") for word in _NOUNS[unit].split()
}
ZH_NOUN_UNITS: Mapping[str, str] = {
    word: unit
    for word, unit in _NOUN_UNITS.items()
    if not word.isascii() and len(word) > 1 and word not in ("人次", "个国家")
}
_CURRENCY_NAMES = [name.replace("-", " ") for names in _MONEY.values() for name in words_of(names)]
ZH_CURRENCY_NAMES = _any_of([name for name in _CURRENCY_NAMES if not name.isascii()])
EN_CURRENCY_NAMES = _any_of([name for name in _CURRENCY_NAMES if name.isascii()])
"""Patterns of what currencies are called, folded: 美元, dollars."""

_EN_NOUNS = _any_of([word.replace("-", " ") for word in _NOUN_UNITS if word.isascii()])
ZH_NOUN = re.compile(rf"[^0-9,，。；;、!?！？:：\n一二三四五六七八九十]{{0,8}}?({'|'.join(ZH_NOUN_UNITS)})")
EN_NOUN = re.compile(
    r"(?:\s(?!(?:of|and|in|to|for|on|at|by|with|from|the|is|are|was|were|have|has|had|as|that|or|than|a)\b)"
    rf"[a-z][a-z'-]{{0,20}}+){{0,3}}?\s({_EN_NOUNS})(?![a-z])"
)
"""The nearest noun after a number, at most eight characters or three words on."""

# no possessive groups: Python before 3.11.5 loses what they matched
ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}(?![0-9])(?:\.[0-9]++)?|[0-9]++(?:\.[0-9]++)?)"
_ZH_TAIL = "[零〇一二三四五六七八九两十百千万亿兆]{0,20}+"
ZH_NUMBER = rf"(?:[一二三四五六七八九两十]{_ZH_TAIL}(?:点[零〇一二三四五六七八九]{{1,8}}[百千万亿兆]{{0,3}})?)"
_SMALL, _BIG = _any_of(EN_SMALL), _any_of(EN_SCALES)
EN_NUMBER = rf"(?:(?:half\sa|an?)\s(?:{_BIG})|(?:{_SMALL})(?:[\s-](?:and\s)?(?:{_SMALL}|{_BIG})){{0,12}})(?![a-z0-9])"
_CURRENCY = (
    r"(?P<currency>us\$|hk\$|nt\$|s\$|[$¥€£]|(?<![a-z])(?:rmb|cny|usd|eur|gbp|hkd|twd|jpy)|人民币|新台币|港币|美金)"
)
NUMBER = re.compile(
    rf"(?:{_CURRENCY}\s?|(?<![a-z0-9_.])(?<![a-z]-)(?P<sign>(?:(?<=[\s(（:：,，为])|^)-(?=[0-9]))?)"
    rf"(?:(?P<arabic>(?:{ARABIC}\s?(?:万亿|亿|万))?{ARABIC}(?:\s?(?P<few>[多余])?[十百千]?(?:万亿|亿万?|万|"
    rf"兆(?!瓦))|\s?[千百](?![瓦克米字卡分]))?)"
    rf"(?P<scale>[\s-](?:{_BIG})(?:\s(?:{_BIG}))?(?![a-z])|\s?(?:{_any_of(SHORT_SCALES)})(?![a-z0-9'$]))?(?!\.[0-9])"
    rf"|(?<![零〇一二三四五六七八九十百千万亿兆两点数几第])(?P<chinese>{ZH_NUMBER}|"
    rf"(?<!上)[百千]{{1,2}}[万亿](?=美?[元金]))"
    rf"|(?P<english>{EN_NUMBER}))"
)
"""A number with its scale and a currency before it."""


def parse_chinese(written: str) -> float | None:
    """The value of digits, Chinese numerals and scales (14.4万亿, 二十); `None` where they make no number."""
    if written[0] in "百千" and len(written) > 1:
        written = "一" + written
    total = section = 0.0
    pending: float | None = None
    last_scale, last_written = 1.0, ""
    for token in re.findall(
        r"[0-9][0-9,.]*+|[零〇一二三四五六七八九两]点[零〇一二三四五六七八九]+|.", written.replace(" ", "")
    ):
        if token in ZH_SCALES:
            scale = ZH_SCALES[token]
            if scale >= 1e4:
                # what was counted in 万 and is followed by 亿 is multiplied whole: 14.4万亿
                whole = section + (pending if pending is not None else 0.0)
                total = (total + whole) * scale if total < scale else total + whole * scale
                section = 0.0
            else:
                section += (1.0 if pending is None else pending) * scale
            pending, last_scale = None, scale
        elif token in "零〇" and pending is None:
            last_scale = 1.0
        else:
            if pending is not None:
                return None
            pending = _plain_value(token)
            if pending is None:
                return None
        last_written = token
    if pending is not None and last_written in ZH_DIGITS and last_scale >= 100 and not written[:1].isdigit():
        # 两千五 leaves out the next scale down
        pending *= last_scale / 10
    return total + section + (pending or 0.0)


def _plain_value(token: str) -> float | None:
    if token[0].isdigit() and token[0].isascii():
        digits = token.replace(",", "").rstrip(".")
        return float(digits) if len(digits) <= 20 and digits.count(".") <= 1 else None
    if "点" in token:
        whole, _, decimals = token.partition("点")
        return float(f"{ZH_DIGITS[whole]}.{''.join(str(ZH_DIGITS[char]) for char in decimals)}")
    return float(ZH_DIGITS[token]) if token in ZH_DIGITS else None


def parse_english(written: str) -> float:
    """The value of an English number in words (two million, a hundred, half a billion, twenty-one)."""
    total, current = 0.0, 0.0
    for word in re.split(r"[\s-]+", written):
        if word == "half":
            current = 0.5
        elif word in EN_SMALL:
            current += EN_SMALL[word]
        elif word in EN_SCALES:
            scale = EN_SCALES[word]
            current = (current or 1.0) * scale
            if scale >= 1000:
                total, current = total + current, 0.0
    return total + current


def write_number(value: float, chinese: bool) -> str:
    """The number with the scale words of a language: 380 billion, 3800亿, 2,048, 2048."""
    scales = (
        (("万亿", 1e12), ("亿", 1e8), ("万", 1e4))
        if chinese
        else (("trillion", 1e12), ("billion", 1e9), ("million", 1e6))
    )
    for name, scale in scales:
        if abs(value) >= scale and abs(round(value / scale, 4) * scale - value) < 1e-9 * abs(value):
            return f"{_trim(value / scale, 4)}{'' if chinese else ' '}{name}"
    return _trim(value, 6) if chinese or abs(value) < 1000 else _trim(value, 6, ",")


def _trim(value: float, decimals: int, grouping: str = "") -> str:
    written = f"{value:{grouping}.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
