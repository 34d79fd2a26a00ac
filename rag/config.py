"""Settings: `rag.toml`, then `RAG_…` environment variables, then arguments; the later wins.

`rag.toml` is looked for in the working folder, or named by `RAG_CONFIG`. Every setting has the same name in all
three places: `passage_pieces = 180`, `RAG_PASSAGE_PIECES=180`, `--passage-pieces` where a command offers it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rag.errors import SettingsError

BUNDLED_ENCODER = "bundled"
DEFAULT_INDEX = "indexes/default"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults.

    index: folder of the index. encoder: `bundled`, or name or path of a sentence-transformers model. aliases: a
    JSON file of known names that extends the bundled list. language: the interface language, empty for the
    system's. passage_pieces: length of a passage in pieces of the bundled model. sources: passages handed to the
    answerer at most. refuse_below: confidence under which a question is refused, 0..1. host, port: of the page.
    """

    index: str = DEFAULT_INDEX
    encoder: str = BUNDLED_ENCODER
    aliases: str = ""
    language: str = ""
    passage_pieces: int = 160
    sources: int = 8
    refuse_below: float = 0.5
    host: str = "127.0.0.1"
    port: int = 7860
    corpus: str = "corpus"

    @staticmethod
    def load(folder: Path = Path(), environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Read the settings; raises `SettingsError` naming the place of an unusable one."""
        environ = os.environ if environ is None else environ
        path = Path(environ.get("RAG_CONFIG") or folder / "rag.toml")
        settings = _merge(Settings(), _read(path, required="RAG_CONFIG" in environ), str(path))
        named = {f.name: environ[f"RAG_{f.name.upper()}"] for f in fields(Settings) if f"RAG_{f.name.upper()}" in environ}
        settings = _merge(settings, named, "RAG_…")
        return _merge(settings, {k: v for k, v in arguments.items() if v is not None}, "arguments")


def _read(path: Path, required: bool) -> dict[str, Any]:
    if not path.exists() and not required:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(where=str(path), reason=error) from error


def _merge(settings: Settings, values: Mapping[str, Any], where: str) -> Settings:
    known = {f.name: type(getattr(settings, f.name)) for f in fields(Settings)}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(where=where, reason=f"there is no setting called {name}")
        try:
            checked[name] = known[name](value)
        except (TypeError, ValueError) as error:
            raise SettingsError(where=f"{where}: {name}", reason=error) from error
    settings = replace(settings, **checked)
    _check_ranges(settings, where)
    return settings


def _check_ranges(settings: Settings, where: str) -> None:
    ranges = {"passage_pieces": (20, 2000), "sources": (1, 50), "refuse_below": (0, 1), "port": (0, 65535)}
    for name, (low, high) in ranges.items():
        if not low <= getattr(settings, name) <= high:
            raise SettingsError(where=f"{where}: {name}", reason=f"it must lie between {low} and {high}")
