"""What one browser prefers: which model answers, what is searched, and how the page looks.

Invariant: whatever text the browser hands in, `parse` gives preferences that can be used; a part of it that cannot
takes its default, the others stay. A default (an empty text, 0 or `()`) means: as the settings of the server say.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar, get_args

from rag.config import EFFORTS, THINKING, Settings
from rag.types import LANGUAGES, Effort, Filters, Language, Thinking
from ui.words import interface_language

Theme = Literal["auto", "light", "dark"]
Size = Literal["normal", "small", "large"]

THEMES: tuple[Theme, ...] = get_args(Theme)
SIZES: tuple[Size, ...] = ("small", "normal", "large")
MOST_SOURCES = 50
STORAGE_KEY = "rag-preferences"
"""The name in the browser's own storage; `ui/themes.js` reads it before the page is painted."""

_LONGEST = 8_192
_LONGEST_MODEL = 1_024
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Preferences:
    """One browser's choices.

    `model`, `thinking`, `effort` and `sources` are the settings of these names. `languages` are those searched, all
    of them where empty; `language` is that of the page, empty for the browser's.
    """

    model: str = ""
    thinking: Thinking | Literal[""] = ""
    effort: Effort | Literal[""] = ""
    sources: int = 0
    languages: tuple[Language, ...] = ()
    language: Language | Literal[""] = ""
    theme: Theme = "auto"
    size: Size = "normal"

    def to_json(self) -> str:
        """The text that the browser keeps, in ASCII."""
        return json.dumps(asdict(self), sort_keys=True)

    def apply(self, settings: Settings) -> Settings:
        """The settings with what is preferred in place of theirs."""
        return replace(
            settings,
            model=self.model or settings.model,
            thinking=self.thinking or settings.thinking,
            effort=self.effort or settings.effort,
            sources=self.sources or settings.sources,
            languages=self.languages or settings.languages,
            language=self.language or settings.language,
        )

    def filters(self) -> Filters:
        """What a search is to look through."""
        return Filters(languages=self.languages)

    def speaks(self, settings: Settings, accept_language: str | None) -> str:
        """The interface language: the one preferred, else that of the settings, else the browser's."""
        return self.language or interface_language(settings.language, accept_language)

    def searching(self, languages: Collection[str]) -> Preferences:
        """With these languages searched; none and all of them mean the same."""
        chosen = tuple(language for language in LANGUAGES if language in languages)
        return replace(self, languages=() if len(chosen) == len(LANGUAGES) else chosen)


def parse(kept: object) -> Preferences:
    """The preferences that a browser kept, as the text of `to_json` or as what it decodes to."""
    form = _decoded(kept)
    languages = form.get("languages")
    return Preferences(
        model=_model(form.get("model")),
        thinking=_one_of(form.get("thinking"), THINKING, ""),
        effort=_one_of(form.get("effort"), EFFORTS, ""),
        sources=_sources(form.get("sources")),
        language=_one_of(form.get("language"), LANGUAGES, ""),
        theme=_one_of(form.get("theme"), THEMES, "auto"),
        size=_one_of(form.get("size"), SIZES, "normal"),
    ).searching([one for one in languages if isinstance(one, str)] if isinstance(languages, list | tuple) else ())


def _decoded(kept: object) -> Mapping[str, Any]:
    if isinstance(kept, str) and len(kept) <= _LONGEST:
        try:
            kept = json.loads(kept)
        except (ValueError, RecursionError):
            return {}
    return kept if isinstance(kept, Mapping) else {}


def _one_of(value: object, allowed: Collection[_T], default: Any) -> Any:
    return value if isinstance(value, str) and value in allowed else default


def _sources(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SOURCES:
        return value
    return 0


def _model(value: object) -> str:
    """A text that could be a value of the setting; whether it is on offer is for `ui.assistant_pool` to say."""
    usable = isinstance(value, str) and len(value) <= _LONGEST_MODEL and value.isprintable()
    return str(value).strip() if usable else ""
