"""Settings: `rag.toml`, then `RAG_…` environment variables, then arguments; the later wins.

`rag.toml` is looked for in the working folder, or named by `RAG_CONFIG`. Every setting has the same name in all
three places: `refuse_below = 0.4`, `RAG_REFUSE_BELOW=0.4`; a list is `["en", "zh-Hans"]` in the file and
`en,zh-Hans` in a variable. Every option of the command line is a setting, of the same name but for `--language` and
`--article` of `ask` and `search`, which may be given several times: they are `languages` and `articles`. A variable
that is empty counts as not set.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import SettingsError
from rag.messages import language_from_locale
from rag.types import LANGUAGES, Effort, Language, Mode, Thinking

BUNDLED_ENCODER = "bundled"
DEFAULT_INDEX = "indexes/default"
MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
THINKING: tuple[Thinking, ...] = ("auto", "on", "off")
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")

_RANGES = {
    "passage_pieces": (20, 2000),
    "sources": (1, 50),
    "refuse_below": (0, 1),
    "port": (0, 65535),
    "k": (1, 1000),
    "n": (1, 10_000),
    "thinking_tokens": (0, 131_072),
    "answer_tokens": (16, 32_768),
    "context": (0, 10_000_000),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": ("", *LANGUAGES),
    "languages": LANGUAGES,
    "mode": MODES,
    "thinking": THINKING,
    "effort": EFFORTS,
}
_YES_NO = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults.

    index: folder of the index. encoder: `bundled`, or name or path of a sentence-transformers model. aliases: a
    JSON file of known names that extends the bundled list. language: the interface language, empty for the
    system's. passage_pieces: length of a passage in pieces of the bundled model. sources: passages handed to the
    answerer at most. refuse_below: confidence under which a question is refused, 0..1. model: what writes the
    answer, as `rag.models.choice` reads it (`auto`, `extractive`, `ollama:NAME`, `gguf:FILE`, `hf:NAME`,
    `http://HOST/v1#NAME`). thinking, effort: whether and how long a model that can think does so. thinking_tokens,
    answer_tokens: the most tokens of each. context: tokens of question, evidence and answer together, 0 for what the
    model says. reranker: a cross-encoder (name or folder) that ranks after late interaction, empty for none.
    host, port: of the page. auth: who may open it, `name:password`, several with commas, or a file with one a line;
    needed where `host` is not this machine alone, and kept out of the settings' `repr`. corpus: the folder that the
    page indexes first when the default index is empty.

    Of the commands `ask` and `search`: json: print JSON. batch: a file of questions, used where none is given. k:
    how many passages a search gives. mode: how candidates are found. languages, articles, since, until: which
    articles may be used, as in `rag.types.Filters`.

    Of the command `eval`: squad: files in SQuAD's format, used where no gold is given. out: the folder of the run, of
    `eval draft` the file of the drafts. baseline: folder of a run to compare with. fail_under: thresholds, as
    `rag.evaluation.compare.parse_gate` reads them. gate: a file of them. judge: ask the model for its opinion.
    feedback: a file of what readers said, from which drafts are made. n: how many drafts at most.
    """

    index: str = DEFAULT_INDEX
    encoder: str = BUNDLED_ENCODER
    aliases: str = ""
    language: str = ""
    passage_pieces: int = 160
    sources: int = 8
    refuse_below: float = 0.28
    model: str = "auto"
    thinking: Thinking = "auto"
    effort: Effort = "medium"
    thinking_tokens: int = 2048
    answer_tokens: int = 800
    context: int = 0
    reranker: str = ""
    host: str = "127.0.0.1"
    port: int = 7860
    auth: str = field(default="", repr=False)
    corpus: str = "corpus"
    json: bool = False
    batch: str = ""
    k: int = 10
    mode: Mode = "hybrid"
    languages: tuple[Language, ...] = ()
    articles: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    squad: tuple[str, ...] = ()
    out: str = ""
    baseline: str = ""
    fail_under: tuple[str, ...] = ()
    gate: str = ""
    judge: bool = False
    feedback: str = ""
    n: int = 20

    @staticmethod
    def load(folder: Path = Path(), environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Read the settings; an argument that is `None` or `()` is not given.

        Raises `SettingsError` naming the place of an unusable one.
        """
        environ = os.environ if environ is None else environ
        path = Path(environ.get("RAG_CONFIG") or folder / "rag.toml")
        settings = _merge(Settings(), _read(path, required=bool(environ.get("RAG_CONFIG"))), f"{path}: ")
        named = {f.name: environ.get(f"RAG_{f.name.upper()}", "") for f in fields(Settings)}
        settings = _merge(settings, {k: v for k, v in named.items() if v}, "RAG_", str.upper)
        return _merge(settings, {k: v for k, v in arguments.items() if v not in (None, ())}, "--")


def is_date(text: str) -> bool:
    """Whether a text is an ISO 8601 date known to the year, the month or the day."""
    try:
        date.fromisoformat(text + "0001-01-01"[len(text) :])
    except ValueError:
        return False
    return len(text) in (4, 7, 10)


def interface_language(tag: str) -> str:
    """`en`, `zh-Hans` or `zh-Hant` for a language tag (`zh-TW`, `EN`); empty for one of neither language."""
    if tag in LANGUAGES:
        return tag
    start = tag.replace("_", "-").split("-")[0].lower()
    return language_from_locale(tag) if start in ("en", "zh") else ""


def _read(path: Path, required: bool) -> dict[str, Any]:
    if not required and not os.path.lexists(path):
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsError(where=str(path), reason_key="reason.not_found") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(where=str(path), reason=str(error)) from error


def _merge(settings: Settings, values: Mapping[str, Any], where: str, written: Callable[[str], str] = str) -> Settings:
    """Settings with these values; an error names the place by `where` and the name as it is `written` there."""
    checked: dict[str, Any] = {}
    for name, value in values.items():
        place = where + written(name)
        if name not in Settings.__dataclass_fields__:
            raise SettingsError(where=place, reason_key="reason.unknown_setting", name=name)
        checked[name] = _checked(name, _converted(value, getattr(Settings(), name), place), place)
    return replace(settings, **checked)


def _converted(value: Any, default: Any, place: str) -> Any:
    """The value as the kind of its default; a text (of a variable) is read as that kind."""
    kind = type(default)
    try:
        if kind is bool:
            return value if isinstance(value, bool) else _YES_NO[value.strip().lower()]
        if kind is tuple:
            parts = value.split(",") if isinstance(value, str) else list(value)
            return tuple(part.strip() for part in parts if part.strip())
        if kind is str:
            return os.fspath(value)
        if isinstance(value, bool) or (kind is int and isinstance(value, float)):
            raise ValueError(value)
        return kind(value)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise SettingsError(where=place, reason_key=f"reason.need_{kind.__name__}") from error


def _checked(name: str, value: Any, place: str) -> Any:
    """The value, where it is one that the setting may have."""
    if name in _RANGES:
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise SettingsError(where=place, reason_key="reason.out_of_range", low=low, high=high)
    if name == "language" and value:
        value = interface_language(value) or value
    choices = _CHOICES.get(name)
    given = value if isinstance(value, tuple) else (value,)
    if choices and not set(given) <= set(choices):
        raise SettingsError(where=place, reason_key="reason.need_choice", choices=", ".join(filter(None, choices)))
    if name in ("since", "until") and value and not is_date(value):
        raise SettingsError(where=place, reason_key="reason.need_date")
    return value
