"""Directions: which language asks, and in which language the answer stands.

Invariant: every judged question counts in `all` and in exactly one direction. A question whose evidence stands in
several languages counts where it is easiest: in its own language and script, else across scripts, else across
languages. An unanswerable question counts in the direction within its own language, since no article answers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.types import Language

ALL = "all"
ACROSS_SCRIPTS = "across-scripts"
ZH_EN, EN_ZH = "zh-en", "en-zh"
DIRECTIONS: tuple[str, ...] = ("en", "zh-Hans", "zh-Hant", ZH_EN, EN_ZH, ACROSS_SCRIPTS)
"""The names as a command and the files of a run write them, in the order of a report; question first, article last."""

_SHOWN: Mapping[str, str] = {ZH_EN: "zh→en", EN_ZH: "en→zh"}


def direction(asked: Language, written: Iterable[Language]) -> str:
    """The direction of a question and the languages of its evidence, none for an unanswerable one."""
    languages = set(written)
    if not languages or asked in languages:
        return asked
    if asked != "en" and any(language != "en" for language in languages):
        return ACROSS_SCRIPTS
    return EN_ZH if asked == "en" else ZH_EN


def directions_of(asked: Language, written: Iterable[Language]) -> tuple[str, ...]:
    """All groups that a question counts in, its direction first."""
    return (direction(asked, written), ALL)


def shown(name: str) -> str:
    """A direction with an arrow (`zh→en`), other names as they are."""
    return _SHOWN.get(name, name)


def direction_named(text: str) -> str | None:
    """The direction that a text names (`zh-en`, `zh→en`, `ZH-HANS`, `across scripts`, `all`); `None` for none."""
    plain = text.strip().lower().replace("→", "-").replace("->", "-").replace(" ", "-")
    return next((name for name in (*DIRECTIONS, ALL) if name.lower() == plain), None)
