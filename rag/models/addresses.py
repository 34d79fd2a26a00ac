"""Addresses of models: of servers, and which lie within the user's own network; and names of the hub.

Invariant: an address is judged by its text alone; no name is looked up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from rag.errors import SettingsError

SERVERS: Mapping[str, int] = {"ollama": 11434, "llama-server": 8080, "vllm": 8000, "sglang": 30000, "lmstudio": 1234}
"""Programs that serve models, and the port on which each listens where nothing else is said."""

REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
"""How the hub writes the id of a model."""

HUB_PAGE = re.compile(r"https?://(?:huggingface\.co|hf\.co|hf-mirror\.com)/([\w.-]+/[\w.-]+)", re.ASCII)
"""The address of a model's page, as it is copied from a browser."""

_NEAR_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


def split_address(url: str, where: str = "model") -> SplitResult:
    """The parts of a server's address; raises `SettingsError` naming `where` for one that is unusable.

    An address with a password is refused, since answers name their server.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise SettingsError(where=where, reason_key="reason.bad_address", url=url) from error
    if not usable or "@" in parts.netloc or not re.fullmatch(r"[!-~]*", parts.netloc + parts.path):
        raise SettingsError(where=where, reason_key="reason.bad_address", url=url)
    return parts


def ollama_url(host: str, where: str = "model") -> str:
    """The address that a value of `OLLAMA_HOST` means (`:11500`, `box`, `0.0.0.0`, `http://box:80`), with `/v1`."""
    scheme, separator, place = host.strip().rpartition("://")
    parts = split_address(f"{scheme or 'http'}://{_with_host(place)}", where)
    # Ollama takes the scheme's own port where a scheme is written
    port = parts.port or ({"http": 80, "https": 443}[parts.scheme] if separator else SERVERS["ollama"])
    # an address to listen on is none to connect to
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts.hostname or "", parts.hostname or "")
    place = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{place}:{port}{parts.path.rstrip('/')}/v1"


def is_near(url: str) -> bool:
    """Whether an address is this machine or one of the user's own network, as far as its text tells.

    True for loopback, private and link-local addresses, and for names without dots or of local domains.
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_NEAR_NAMES))
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool((mapped.is_private or mapped.is_link_local or mapped.is_loopback) and not mapped.is_unspecified)


def _with_host(place: str) -> str:
    """A place with a host where it has only a port, and with brackets around an IPv6 address."""
    try:
        return f"[{ipaddress.IPv6Address(place)}]"
    except ValueError:
        return f"127.0.0.1{place}" if place.startswith(":") else place
