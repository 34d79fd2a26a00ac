"""Model servers: which run on this machine, which models they have, and which of these is best for answering.

Invariant: a probe speaks to loopback only and ends within `PROBE_SECONDS`; no proxy is used and no redirect followed.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ModelError, ServerDown, ServerRejected
from rag.models.addresses import SERVERS
from rag.models.families import FAMILIES, Size, recognise
from rag.models.memory import Memory, fits, memory
from rag.models.server_connection import ask

PROBE_SECONDS = 0.28
"""How long all probes take together at most."""

_LOOK_SECONDS = 3.0
_NO_CHAT = re.compile(
    r"embed|rerank|\bbge\b|nomic|minilm|(?<![a-z0-9])e5(?![a-z0-9])|\bgte\b|colbert|paraphrase|whisper|\btts\b"
)
_BILLIONS = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z])")


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server has; `loaded` where the server says that it is in memory."""

    name: str
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answered, and its chat models (those for embedding and reranking are left out)."""

    base_url: str
    models: tuple[Served, ...]

    @property
    def here(self) -> bool:
        """Whether it runs on this machine, as far as its address tells."""
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "::1", "localhost")


def look(base_url: str, seconds: float = _LOOK_SECONDS, key: str = "") -> Server:
    """Ask one server for its models; `key` is sent as a bearer token.

    Raises `ServerDown` where nothing answers, `ServerRejected` where something else does.
    """
    try:
        reply = ask(f"{base_url}/models", key=key, seconds=seconds)
    except OSError as error:
        raise ServerDown(url=base_url) from error
    if reply.status != 200:
        raise ServerRejected(url=base_url, reason=f"HTTP {reply.status}")
    listed = reply.get("data")
    if not isinstance(listed, list):
        raise ServerRejected(url=base_url, reason_key="reason.no_model_server")
    entries = [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    in_memory = _loaded_in_ollama(base_url, entries, seconds)
    chat = (entry for entry in entries if entry["id"] and not _NO_CHAT.search(entry["id"].lower()))
    return Server(base_url, tuple(Served(e["id"], e["id"] in in_memory or _says_loaded(e)) for e in chat))


def running(ports: Sequence[int] = tuple(SERVERS.values()), seconds: float = PROBE_SECONDS) -> tuple[Server, ...]:
    """The servers that listen on these ports of this machine and have a chat model, in the order of the ports.

    All are asked at once; one that takes longer than `seconds` counts as none.
    """
    found: dict[int, Server] = {}
    end = time.monotonic() + seconds

    def probe(port: int) -> None:
        if _listens(port, seconds / 2):
            try:
                server = look(f"http://127.0.0.1:{port}/v1", max(0.01, end - time.monotonic()))
            except ModelError:
                return
            if server.models:
                found[port] = server

    # daemons: a server that never finishes its reply must not hold up the program's end
    threads = [Thread(target=probe, args=(port,), name=f"probe-{port}", daemon=True) for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    answered = dict(found)
    return tuple(answered[port] for port in ports if port in answered)


def best_model(server: Server, machine: Memory | None = None) -> Served | None:
    """The model to answer with: of a known family before others, then loaded, fitting, recommended, and larger ones.

    Fitting: with weights of 4 bits it fits this machine; a server elsewhere is taken to have room for what it has.
    Recommended: listed in `rag.models.families`. Larger: more parameters, as the name says. Last the name decides.
    """
    machine = (machine or memory()) if server.here else Memory(0, 0)

    def rank(model: Served) -> tuple[bool, bool, bool, bool, float]:
        size = recommended(model.name)
        billions = size.billions if size else billions_of(model.name)
        room = fits(size.memory_gb if size else 0.65 * billions + 1, machine)
        return recognise(model.name) is not None, model.loaded, model.loaded or room, size is not None, billions

    return max(sorted(server.models, key=lambda model: model.name), key=rank, default=None)


def recommended(name: str) -> Size | None:
    """The listed size that a model's name (Ollama tag or hub repository) is."""
    sizes = (size for family in FAMILIES for size in family.sizes)
    # a size without a tag has an empty one
    return next((s for s in sizes if name and name.lower() in (s.ollama.lower(), s.repo.lower())), None)


def billions_of(name: str) -> float:
    """Parameters in billions, as a name says (`qwen3:4b`, `Qwen3-30B-A3B`); 0 where it does not."""
    found = _BILLIONS.search(name.lower())
    return float(found[1]) if found else 0.0


def _listens(port: int, seconds: float) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=seconds).close()
    except OSError:
        return False
    return True


def _loaded_in_ollama(base_url: str, entries: Sequence[Mapping[str, Any]], seconds: float) -> set[str]:
    """Names of the models that an Ollama holds in memory; only asked where there is a choice."""
    if len(entries) < 2 or not any(entry.get("owned_by") == "library" for entry in entries):
        return set()
    try:
        models = ask(f"{base_url.removesuffix('/v1')}/api/ps", seconds=seconds).get("models")
    except OSError:
        return set()
    return {str(model.get("name")) for model in models or () if isinstance(model, dict)}


def _says_loaded(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of a llama-server with several models, or of LM Studio, says that it is in memory."""
    status = entry.get("status", entry.get("state"))
    return (status.get("value") if isinstance(status, dict) else status) == "loaded"
