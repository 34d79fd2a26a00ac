"""Every sentence that a user reads, in English, Simplified and Traditional Chinese.

A message is a key with three texts and named gaps; the three texts of a key have the same gaps (a test holds it).
The chat page's own labels live beside its code, in `ui/words.py`, in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping

from rag.messages.answers import ANSWERS
from rag.messages.errors import ERRORS
from rag.messages.evaluation import EVALUATION
from rag.messages.models import MODELS
from rag.messages.reasons import REASONS
from rag.messages.texts import Texts

_ORDER = {"en": 0, "zh-Hans": 1, "zh-Hant": 2}

MESSAGES: Mapping[str, Texts] = {**ANSWERS, **ERRORS, **EVALUATION, **MODELS, **REASONS}


def say(key: str, language: str, **values: object) -> str:
    """The message `key` in an interface language, gaps filled; unknown languages read English."""
    return MESSAGES[key][_ORDER.get(language, 0)].format(**values)


def language_from_locale(locale: str | None) -> str:
    """The interface language for a locale name (`zh_TW.UTF-8`) or a browser's language tag (`zh-Hant-HK`)."""
    tag = (locale or "").replace("_", "-").split(".")[0].lower()
    if not tag.startswith("zh"):
        return "en"
    parts = tag.split("-")
    if "hans" in parts:
        return "zh-Hans"
    return "zh-Hant" if any(part in parts for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"


__all__ = ["MESSAGES", "Texts", "language_from_locale", "say"]
