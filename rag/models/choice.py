"""Which model the one setting `model` names, and opening it with the runtime that runs it.

Invariant: a `Choice` says everything that its runtime needs; `parse(choice.label)` gives the same choice again.
Nothing here asks a disk, a server or a hub whether the model is there, but for telling a folder from a name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlunsplit

from rag.errors import ModelNotFound, SettingsError
from rag.models.addresses import HUB_PAGE, REPO, SERVERS, is_near, ollama_url, split_address
from rag.models.base import ChatOptions, LocalChatModel

Kind = Literal["auto", "extractive", "server", "gguf", "hf"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs, and which model.

    `label` is the setting that chooses it. `name` is a server's name of the model (empty: the best that it has), a
    GGUF file's path, or the id or folder of a Transformers model. `base_url` is a server's, up to and with `/v1`.
    """

    kind: Kind
    label: str
    name: str = ""
    base_url: str = ""


def parse(setting: str, environ: Mapping[str, str] | None = None) -> Choice:
    """The choice that a text names; the forms are those of the message `reason.need_model`.

    `environ` is read for `OLLAMA_HOST` only (the process's own by default). Raises `SettingsError`.
    """
    text = setting.strip()
    if "\x00" in text:
        raise SettingsError(where="model", reason_key="reason.need_model")
    kind, colon, rest = text.partition(":")
    kind, rest = kind.lower(), rest.strip()
    if text.lower() in ("", "auto"):
        return Choice("auto", "auto")
    if text.lower() == "extractive":
        return Choice("extractive", "extractive")
    if page := HUB_PAGE.match(text):
        return _transformers(page[1])
    if kind in ("http", "https"):
        return server_choice(text)
    if kind in SERVERS:
        return Choice("server", f"{kind}:{rest}", rest, _served_by(kind, os.environ if environ is None else environ))
    if kind in ("gguf", "hf") and colon and rest:
        return _file(rest) if kind == "gguf" else _transformers(rest)
    return _bare(text)


def server_choice(url: str, name: str = "") -> Choice:
    """A server by its address, with or without `/v1` and `#NAME`; raises `SettingsError` where it is none."""
    parts = split_address(url)
    path = re.sub(r"/(chat/completions|completions|models)$", "", parts.path.rstrip("/")) or "/v1"
    base_url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    name = name or parts.fragment
    return Choice("server", f"{base_url}#{name}" if name else base_url, name, base_url)


def open_model(choice: Choice, options: ChatOptions) -> LocalChatModel:
    """Load a model, or find the server that runs it; raises `ModelError` and its kinds.

    A choice of kind `auto` is resolved by `rag.models.detect` before it comes here, `extractive` opens nothing:
    both raise `ValueError`.
    """
    if choice.kind == "server":
        from rag.models.openai_compatible import ServerChat

        key = key_for(choice.base_url, os.environ)
        named = choice if choice.name else _best_served(choice, key)
        return ServerChat.open(named.base_url, named.name, options, named.label, api_key=key)
    if choice.kind == "gguf":
        from rag.models.gguf import GgufChat

        return GgufChat.open(choice.name, options, choice.label)
    if choice.kind == "hf":
        from rag.models.transformers_chat import TransformersChat

        return TransformersChat.open(choice.name, options, choice.label)
    raise ValueError(choice.kind)


def key_for(base_url: str, environ: Mapping[str, str]) -> str:
    """The key that a server is sent: `RAG_API_KEY`, and `OPENAI_API_KEY` only where `OPENAI_BASE_URL` points."""
    if own := environ.get("RAG_API_KEY", "").strip():
        return own
    with suppress(SettingsError):
        if server_choice(environ.get("OPENAI_BASE_URL", "").strip()).base_url == base_url:
            return environ.get("OPENAI_API_KEY", "").strip()
    return ""


def _best_served(choice: Choice, key: str) -> Choice:
    """The choice with the name of the server's best chat model."""
    from rag.models.servers import best_model, look

    best = best_model(look(choice.base_url, key=key))
    if best is None:
        raise ModelNotFound(model=choice.label, reason_key="reason.serves_no_chat")
    separator = "" if choice.label.endswith(":") else "#"
    return Choice("server", f"{choice.label}{separator}{best.name}", best.name, choice.base_url)


def _served_by(kind: str, environ: Mapping[str, str]) -> str:
    host = environ.get("OLLAMA_HOST", "").strip() if kind == "ollama" else ""
    if not host:
        return f"http://127.0.0.1:{SERVERS[kind]}/v1"
    url = ollama_url(host, "OLLAMA_HOST")
    if not is_near(url):
        raise SettingsError(where="OLLAMA_HOST", reason_key="reason.far_server", url=url)
    return url


def _file(path: str) -> Choice:
    name = os.path.expanduser(path)
    return Choice("gguf", f"gguf:{name}", name)


def _transformers(name: str) -> Choice:
    expanded = os.path.expanduser(name)
    return Choice("hf", f"hf:{expanded}", expanded)


def _bare(text: str) -> Choice:
    """A path or an id that names no runtime."""
    if text.lower().endswith(".gguf"):
        return _file(text)
    if Path(os.path.expanduser(text), "config.json").is_file() or REPO.fullmatch(text):
        return _transformers(text)
    raise SettingsError(where="model", reason_key="reason.need_model")
