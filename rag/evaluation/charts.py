"""Small charts as SVG text that takes its colours from the page around it.

Invariant: a chart is a pure function of its values, asks for nothing outside the page, and every text in it is
escaped. Classes (`bar`, `axis`, `s0` …) get their colours from the style sheet of `rag.evaluation.report_html`, so a
chart is readable on a light page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 640
"""Width of every chart in its own units; the page scales it."""

STYLES = 7
"""How many lines can be told apart (classes `s0` …)."""

_LABELS, _NUMBERS, _ROW = 150, 116, 26
_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 54, 16, 14, 46, 280
_CELL_WIDTH, _CELL_HEIGHT, _HEAT_LEFT, _HEAT_TOP = 140, 46, 200, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its interval, all in the chart's unit, and a note that stands behind it."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A named line through points (x, y)."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of an axis, the places of its ticks with their texts, and what it shows."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    @classmethod
    def share(cls, label: str) -> Axis:
        """An axis from 0 to 1 in fifths."""
        return cls(label, 0.0, 1.0, tuple((i / 5, f"{i / 5:.1f}") for i in range(6)))

    def place(self, value: float) -> float:
        """Where a value lies on the axis, 0..1; values outside lie at the ends."""
        if self.high <= self.low:
            return 0.0
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def bars(title: str, items: Sequence[Bar], axis: Axis | None = None) -> str:
    """Horizontal bars, one below the other, with a line for the interval of each."""
    axis = axis or Axis.share("")
    height = _ROW * len(items) + 24
    wide = WIDTH - _LABELS - _NUMBERS
    parts = [
        _line(_LABELS + wide * axis.place(at), 4, _LABELS + wide * axis.place(at), height - 20) for at, _ in axis.ticks
    ]
    parts += [_text(_LABELS + wide * axis.place(at), height - 6, name, "tick", "middle") for at, name in axis.ticks]
    for row, item in enumerate(items):
        parts += _bar(item, axis, row * _ROW + 4, wide)
    return _svg(title, height, parts)


def lines(title: str, series: Sequence[Series], across: Axis, up: Axis) -> str:
    """Lines over two axes, with a legend where there are two or more."""
    wide, high = WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = []
    for at, name in across.ticks:
        x = _LEFT + wide * across.place(at)
        parts += [_line(x, _TOP, x, _TOP + high), _text(x, _TOP + high + 16, name, "tick", "middle")]
    for at, name in up.ticks:
        y = _TOP + high * (1 - up.place(at))
        parts += [_line(_LEFT, y, _LEFT + wide, y), _text(_LEFT - 6, y + 4, name, "tick", "end")]
    parts.append(_text(_LEFT + wide / 2, _HEIGHT - 12, across.label, "label", "middle"))
    parts.append(
        f'<text class="label" text-anchor="middle" transform="translate(13 {_n(_TOP + high / 2)}) rotate(-90)">'
        f"{escape(up.label)}</text>"
    )
    for number, one in enumerate(series):
        places = [(_LEFT + wide * across.place(x), _TOP + high * (1 - up.place(y))) for x, y in one.points]
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
        parts.append(
            f'<polyline class="line s{number % STYLES}" points="{path}"><title>{escape(one.name)}</title></polyline>'
        )
    height = _HEIGHT
    if len(series) > 1:
        parts += _legend([one.name for one in series], height)
        height += 20 * ((len(series) + 2) // 3)
    return _svg(title, height, parts)


def heat(title: str, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]],
         notes: Sequence[Sequence[str]]) -> str:  # fmt: skip
    """A table of cells whose strength shows a value in 0..1; `None` is an empty cell."""
    parts = [
        _text(_HEAT_LEFT + (i + 0.5) * _CELL_WIDTH, _HEAT_TOP - 10, name, "label", "middle")
        for i, name in enumerate(columns)
    ]
    for row, name in enumerate(rows):
        top = _HEAT_TOP + row * _CELL_HEIGHT
        parts.append(_text(_HEAT_LEFT - 8, top + _CELL_HEIGHT / 2 + 4, name, "label", "end"))
        for column, value in enumerate(values[row]):
            parts += _cell(_HEAT_LEFT + column * _CELL_WIDTH, top, value, notes[row][column])
    return _svg(title, _HEAT_TOP + len(rows) * _CELL_HEIGHT + 6, parts)


def _bar(item: Bar, axis: Axis, top: float, wide: float) -> Iterator[str]:
    middle = top + _ROW / 2
    start, end = (_LABELS + wide * axis.place(at) for at in (item.low, item.high))
    yield _text(_LABELS - 8, middle + 4, item.label, "label", "end")
    length = wide * axis.place(item.value)
    yield f'<rect class="bar" x="{_LABELS}" y="{_n(top + 5)}" width="{_n(length)}" height="{_ROW - 10}" rx="2"/>'
    if item.high > item.low:
        yield f'<path class="whisker" d="M{_n(start)} {_n(middle)}H{_n(end)}M{_n(start)} {_n(middle - 4)}v8' \
              f'M{_n(end)} {_n(middle - 4)}v8"/>'  # fmt: skip
    yield _text(WIDTH - _NUMBERS + 10, middle + 4, item.note, "number", "start")


def _cell(left: float, top: float, value: float | None, note: str) -> Iterator[str]:
    size = f'x="{_n(left + 2)}" y="{_n(top + 2)}" width="{_CELL_WIDTH - 4}" height="{_CELL_HEIGHT - 4}" rx="4"'
    if value is None:
        yield f'<rect class="empty" {size}/>'
        return
    yield f'<rect class="cell" {size} fill-opacity="{0.08 + 0.62 * min(1.0, max(0.0, value)):.2f}"/>'
    yield _text(left + _CELL_WIDTH / 2, top + _CELL_HEIGHT / 2 + 4, note, "number", "middle")


def _legend(names: Sequence[str], top: float) -> Iterator[str]:
    for number, name in enumerate(names):
        x, y = _LEFT + (number % 3) * 190, top + 20 * (number // 3) + 4
        yield f'<rect class="key s{number % STYLES}" x="{_n(x)}" y="{_n(y)}" width="14" height="4"/>'
        yield _text(x + 20, y + 6, name, "label", "start")


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {_n(height)}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
