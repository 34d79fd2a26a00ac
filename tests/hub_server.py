"""A model hub for tests: real HTTP on loopback with the paths, headers and errors of the real one.

    with HubServer({"owner/name": {"config.json": b"{}"}}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)

Large files (those of `LARGE` endings) are stored as the hub stores them: their ETag is their SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".gguf", ".bin", ".onnx", ".pt")


@dataclass(frozen=True)
class Sent:
    """A file that was asked for: from which byte on, and how many bytes of it were sent."""

    file: str
    start: int
    count: int


@dataclass
class HubServer:
    """A running hub; attributes may be changed between requests.

    `gated` and `status` (by repository) refuse. `cut_after` cuts the connection of large files after so many bytes,
    `cuts` times (-1: always). `short` sends so many bytes less of large files than it says the file has. `claims` is
    the size that the listing says of a file. `wrong_sums` states checksums that the files do not have. `ranges`
    off answers a request for a range with the whole file. `page` answers everything with an HTML page.
    """

    repos: Mapping[str, Mapping[str, bytes]]
    gated: set[str] = field(default_factory=set)
    status: dict[str, int] = field(default_factory=dict)
    cut_after: int = 0
    cuts: int = 0
    short: int = 0
    claims: dict[str, int] = field(default_factory=dict)
    wrong_sums: bool = False
    ranges: bool = True
    page: bool = False
    sent: list[Sent] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def bytes_sent(self, file: str) -> int:
        """Bytes of one file that went out, in all requests."""
        return sum(sent.count for sent in self.sent if sent.file == file)

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def listing(self, repo: str) -> dict[str, Any]:
        """What the hub tells of a repository."""
        files = self.repos[repo].items()
        return {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": [self._sibling(*file) for file in files]}

    def _sibling(self, name: str, content: bytes) -> dict[str, Any]:
        size = self.claims.get(name, len(content))
        entry: dict[str, Any] = {"rfilename": name, "size": size, "blobId": _git_sum(content)}
        if name.endswith(LARGE):
            entry["lfs"] = {"sha256": self.etag(name, content), "size": size, "pointerSize": 135}
        return entry

    def etag(self, name: str, content: bytes) -> str:
        """The checksum under which the hub stores a file."""
        if not name.endswith(LARGE):
            return _git_sum(content)
        return "0" * 64 if self.wrong_sums else hashlib.sha256(content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._route()

    def do_GET(self) -> None:
        self._route()

    def _route(self) -> None:
        path = self.path.split("?")[0]
        self.hub.paths.append(f"{self.command} {path}")
        if self.hub.page:
            self._send(200, b"<html>Please sign in</html>", {"Content-Type": "text/html"})
            return
        if api := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/[^/]+)?", path):
            self._api(api[1], api[2] or "")
        elif file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._file(file[1], file[2])
        else:
            self._refuse(404, "EntryNotFound")

    def _may(self, repo: str) -> bool:
        if repo in self.hub.gated:
            self._refuse(403, "GatedRepo")
        elif repo in self.hub.status:
            self._refuse(self.hub.status[repo], "")
        elif repo not in self.hub.repos:
            # the real hub does not tell a missing repository from a private one
            self._refuse(401, "RepoNotFound")
        else:
            return True
        return False

    def _api(self, repo: str, kind: str) -> None:
        if not self._may(repo):
            return
        form: object = self.hub.listing(repo)
        if kind == "tree":
            files = self.hub.repos[repo].items()
            form = [{"type": "file", "path": n, "size": len(c), "oid": _git_sum(c)} for n, c in files]
        self._send(200, json.dumps(form).encode(), {"Content-Type": "application/json"})

    def _file(self, repo: str, name: str) -> None:
        if not self._may(repo):
            return
        content = self.hub.repos[repo].get(name)
        if content is None:
            self._refuse(404, "EntryNotFound")
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if self.hub.ranges else None
        start = int(asked[1]) if asked else 0
        headers = {
            "ETag": f'"{self.hub.etag(name, content)}"',
            "X-Repo-Commit": COMMIT,
            **({"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if asked else {}),
        }
        body = content[start : len(content) - (self.hub.short if name.endswith(LARGE) else 0)]
        count = len(body)
        if self.command == "GET" and name.endswith(LARGE) and self.hub.cuts and self.hub.cut_after < count:
            self.hub.cuts -= 1
            count = self.hub.cut_after
        if self.command == "GET":
            self.hub.sent.append(Sent(name, start, count))
        self._send(206 if asked else 200, body, headers, count)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": "no"} if code else {})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], count: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            # a client that was interrupted has gone
            with suppress(ConnectionError):
                self.wfile.write(body[:count])
        if count is not None and count < len(body):
            self.close_connection = True


def _git_sum(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
