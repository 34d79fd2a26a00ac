"""What `rag models list` shows: models on this machine, running servers, and recommended models with their sizes.

Invariant: nothing is asked outside this machine.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.console import flat
from rag.errors import SettingsError
from rag.messages import say
from rag.models.choice import parse
from rag.models.families import FAMILIES
from rag.models.hub_cache import Installed, installed, model_at
from rag.models.memory import Memory, fits, in_words, memory
from rag.models.servers import Server, running


@dataclass(frozen=True, slots=True)
class Recommended:
    """A model worth fetching: `name` is what `rag models pull` takes, `memory_gb` at 4 bits."""

    name: str
    repo: str
    family: str
    billions: float
    memory_gb: float
    fits: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that the list shows."""

    machine: Memory
    installed: tuple[Installed, ...]
    servers: tuple[Server, ...]
    recommended: tuple[Recommended, ...]


def inventory(settings: Settings) -> Inventory:
    """Look at the cache, at the folder or file that the setting `model` names, and at this machine's servers."""
    machine = memory()
    sizes = [(family, size) for family in FAMILIES for size in family.sizes]
    recommended = (
        Recommended(s.ollama or s.repo, s.repo, f.name, s.billions, s.memory_gb, fits(s.memory_gb, machine))
        for f, s in sizes
    )
    return Inventory(machine, (*_named(settings), *installed()), running(), tuple(recommended))


def inventory_form(found: Inventory) -> dict[str, Any]:
    """The list as JSON; sizes in bytes."""
    return {
        "memory": {"total": found.machine.total, "available": found.machine.available, "gpu": found.machine.gpu},
        "installed": [
            {
                "name": model.name,
                "kind": model.kind,
                "path": str(model.path),
                "size": model.size_bytes,
                "complete": model.complete,
                "setting": setting_of(model),
            }
            for model in found.installed
        ],
        "servers": [
            {"url": server.base_url, "models": [{"name": m.name, "loaded": m.loaded} for m in server.models]}
            for server in found.servers
        ],
        "recommended": [
            {
                "name": size.name,
                "repo": size.repo,
                "family": size.family,
                "billions": size.billions,
                "memory_gb": size.memory_gb,
                "fits": size.fits,
            }
            for size in found.recommended
        ],
    }


def inventory_lines(found: Inventory, language: str) -> list[str]:
    """The list as a reader sees it, in an interface language."""

    def word(key: str, **values: object) -> str:
        return say(key, language, **values)

    machine = found.machine
    gpu = in_words(machine.gpu) if machine.gpu else word("models.not_looked")
    here = [
        (m.name, m.kind, in_words(m.size_bytes), setting_of(m) if m.complete else word("models.incomplete"))
        for m in found.installed
    ]
    served = [
        (f"{server.base_url}#{model.name}", word("models.loaded") if model.loaded else "")
        for server in found.servers
        for model in server.models
    ]
    worth = [
        (r.name, f"{r.billions:g} B", f"{r.memory_gb:g} GB", word("models.yes" if r.fits else "models.no"), r.repo)
        for r in found.recommended
    ]
    heads = (
        ("models.installed", here, ("models.name", "models.kind", "models.size", "models.setting")),
        ("models.running", served, ("models.setting", "models.state")),
        (
            "models.recommended",
            worth,
            ("models.name", "models.parameters", "models.memory", "models.fits", "models.repository"),
        ),
    )
    lines = [word("models.machine", total=in_words(machine.total), available=in_words(machine.available), gpu=gpu)]
    for title, rows, columns in heads:
        lines += ["", word(title)]
        lines += table([[word(column) for column in columns], *rows]) if rows else [f"  {word('models.none')}"]
    return lines


def setting_of(model: Installed) -> str:
    """The line of `rag.toml` that uses a model."""
    name = model.kind if model.kind in ("encoder", "reranker") else "model"
    # a string of JSON is one of TOML
    return f"{name} = {json.dumps(value_of(model), ensure_ascii=False)}"


def value_of(model: Installed) -> str:
    """The value of the setting that uses a model."""
    if model.kind == "gguf":
        return f"gguf:{model.path}"
    return f"hf:{model.name}" if model.kind == "chat" else model.name


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns; a Chinese character takes two places."""
    cells = [[flat(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    padded = ([cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in cells)
    return [f"  {'  '.join(row)}".rstrip() for row in padded]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _named(settings: Settings) -> tuple[Installed, ...]:
    """The folder or file that the setting names, where it is one."""
    try:
        choice = parse(settings.model)
    except SettingsError:
        return ()
    found = model_at(Path(choice.name)) if choice.kind in ("gguf", "hf") else None
    return (found,) if found else ()
