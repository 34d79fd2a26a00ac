"""Whether two quantities state the same, whatever language and unit they are written in.

Invariant: the relation is symmetric and every quantity is the same as itself; it is not transitive, because a plain
number agrees with both an amount of money and a count.
"""

from __future__ import annotations

from rag.text.quantity_forms import MEASURE_WORDS, DateMention, Mention, Quantity

_FAMILY = {"user": "person"}
_DAYS = {"year": 365.25, "quarter": 365.25 / 4, "month": 365.25 / 12, "week": 7.0, "day": 1.0, "hour": 1 / 24}
_DAYS |= {"minute": 1 / 1440, "second": 1 / 86400}
TOLERANCE = 0.01
"""How far two values may differ, as a share of the larger one, and still be the same."""


def same_quantity(a: Mention, b: Mention) -> bool:
    """Whether two mentions state the same: one kind and unit in any language, values within 1%, dates compatible.

    A percentage equals the fraction of one it stands for, a duration the same time in other units, and a plain number
    an amount of money or a count of anything with that value. Dates agree in month and day, and in the year where
    both name it.
    """
    if isinstance(a, DateMention) or isinstance(b, DateMention):
        return isinstance(a, DateMention) and isinstance(b, DateMention) and _same_date(a, b)
    (kind_a, unit_a, low_a, high_a), (kind_b, unit_b, low_b, high_b) = _comparable(a), _comparable(b)
    if kind_a != kind_b and {kind_a, kind_b} != {"money", "count"}:
        return False
    if unit_a != unit_b and unit_a and unit_b:
        return False
    if kind_a != kind_b and (unit_a if kind_a == "count" else unit_b):
        return False
    return _close(low_a, low_b) and _close(high_a, high_b)


def _same_date(a: DateMention, b: DateMention) -> bool:
    if (a.month, a.day) != (b.month, b.day):
        return False
    return a.year == b.year or (a.month is not None and (a.year is None or b.year is None))


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def _comparable(quantity: Quantity) -> tuple[str, str, float, float]:
    """Kind, unit and both ends in units that every language shares."""
    kind, unit, factor = str(quantity.kind), _FAMILY.get(quantity.unit, quantity.unit), 1.0
    if kind == "percent" and unit == "percent":
        kind, unit, factor = "ratio", "share", 0.01
    elif kind == "ratio" and not unit:
        unit = "share"
    elif kind == "duration":
        factor, unit = _DAYS[unit], "day"
    elif kind == "count" and unit in MEASURE_WORDS:
        unit = ""
    high = quantity.value if quantity.high is None else quantity.high
    return kind, unit, quantity.value * factor, high * factor
