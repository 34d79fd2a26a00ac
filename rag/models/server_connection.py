"""HTTP to model servers: short questions, and a connection for one reply that can be cut from another thread.

Invariant: no proxy is used and no redirect followed, whatever the environment says; nothing is sent but to the
server's own address.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 5.0
REPLY_SECONDS = 600.0
"""The longest silence of a server that works: a long prompt on a slow machine."""

_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer to a short question: the HTTP status, and the JSON or `None` where it is none."""

    status: int
    form: Any

    def get(self, name: str) -> Any:
        """A field of a JSON object; `None` where there is no such field or no object."""
        return self.form.get(name) if isinstance(self.form, dict) else None


def ask(url: str, body: Mapping[str, Any] | None = None, *, key: str = "", seconds: float = 3.0) -> Reply:
    """GET, or POST where there is a body; raises `OSError` where the server does not answer in time or in HTTP."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    try:
        sent = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", parts.path or "/", sent, headers)
        response = connection.getresponse()
        content = response.read(_MOST_BYTES)
    except http.client.HTTPException as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    finally:
        connection.close()
    try:
        return Reply(response.status, json.loads(content))
    except ValueError:
        return Reply(response.status, None)


class Connection:
    """The HTTP client of one reply; `cut` ends it from any thread, also while the server is silent."""

    def __init__(self, url: str) -> None:
        import openai

        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._cut = False
        self.client = openai.DefaultHttpxClient(
            timeout=openai.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS),
            verify=_trust(url),
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._watch]},
        )

    def cut(self) -> None:
        """Close the connection at once; the server sees that nobody listens any more."""
        with self._lock:
            self._cut = True
            if self._socket is not None:
                _shut(self._socket)

    def close(self) -> None:
        """Free the client; called by the thread that reads."""
        self.client.close()
        with self._lock:
            self._socket = None

    def _watch(self, request: Any) -> None:
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, values: Mapping[str, Any]) -> None:
        """Keep the socket of a new connection: a client tells it only once the server has answered."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        with self._lock:
            self._socket = values["return_value"].get_extra_info("socket")
            if self._cut and self._socket is not None:
                _shut(self._socket)


def _shut(connected: socket.socket) -> None:
    # closing alone would wake no thread that waits for data; TLS needs no farewell here
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _trust(url: str) -> ssl.SSLContext:
    """The certificates to trust; reading them takes time and plain HTTP needs none."""
    return ssl.create_default_context() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
