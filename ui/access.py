"""Who gets through to the page: requests from this machine by its own names, and with a password those signed in.

Invariant: without leave nothing behind this middleware is reached, whatever its path. Gradio's own `auth` is not
used: it leaves many of its routes open, keeps passwords as they are, and lets them be guessed at any speed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool

from rag.config import Settings
from rag.config import interface_language as known_language
from ui.accounts import SESSION_SECONDS, Gatekeeper, accounts, is_loopback
from ui.sign_in import SIGN_IN, SIGN_OUT, failure, policy, sign_in_page
from ui.words import interface_language

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "rag-session"
SIGN_OUT_SCRIPT = "() => { fetch('sign-out', { method: 'POST' }).finally(() => location.reload()); }"
"""What a button of the page runs to sign out."""

_LONGEST_FORM = 4096
_OWN_NAME = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
# Gradio asks itself for this once at the start, and it answers nobody with more than a yes or no
_OPEN = ("GET", "/gradio_api/startup-events")
_READING = ("GET", "HEAD", "OPTIONS")


class Access:
    """ASGI middleware around the whole page: `Middleware(Access, **access(settings))`, before all others.

    `keeper` checks passwords, `own_names` says whether the page may be called by the names of this machine only,
    `language` is the setting of that name. Behind it, `scope["rag_user"]` is the name signed in, or empty.
    """

    def __init__(self, app: App, keeper: Gatekeeper, own_names: bool, language: str = "") -> None:
        self.app, self._keeper, self._own_names, self._language = app, keeper, own_names, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        if refused := self._refusal(scope, headers):
            await _refuse(scope, send, refused)
            return
        token = _token(headers)
        user = (await run_in_threadpool(self._keeper.who, token) if token else None) or ""
        scope["rag_user"] = user
        if not self._keeper.closed or (scope.get("method"), scope["path"]) == _OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in (SIGN_IN, SIGN_OUT):
            await self._door(scope, receive, send, headers, token)
        elif user:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in ("", "/") and "text/html" in headers.get("accept", ""):
            await self._ask(scope, send, headers)
        else:
            await _refuse(scope, send, (401, "sign in first"))

    def _refusal(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if self._own_names and not _OWN_NAME.fullmatch(host):
            # a foreign name that was made to mean this machine would let its owner's scripts read the page
            return 421, "this page is for its own machine: open it as http://localhost"
        writes = scope["type"] == "websocket" or scope["method"] not in _READING
        if writes and not _from_here(headers):
            return 403, "another site sent this"
        return None

    async def _door(
        self, scope: Scope, receive: Receive, send: Send, headers: MutableMapping[str, str], token: str
    ) -> None:
        """Signing in and out."""
        if scope["method"] != "POST":
            await self._ask(scope, send, headers, status=200)
        elif scope["path"] == SIGN_OUT:
            self._keeper.sign_out(token)
            await _answer(send, 204, "", [("set-cookie", _cookie(scope, headers, "", 0))])
        else:
            await self._try(scope, receive, send, headers)

    async def _try(self, scope: Scope, receive: Receive, send: Send, headers: MutableMapping[str, str]) -> None:
        form = await _form(receive)
        if form is None:
            await _refuse(scope, send, (413, "too long"))
            return
        caller = (scope.get("client") or ("", 0))[0]
        wait = self._keeper.wait(caller)
        name, password = form.get("name", ""), form.get("password", "")
        token = None if wait else await run_in_threadpool(self._keeper.sign_in, name, password, caller)
        if token is not None:
            cookie = _cookie(scope, headers, token, SESSION_SECONDS)
            await _answer(send, 303, "", [("set-cookie", cookie), ("location", "./")])
            return
        language = known_language(form.get("language", "")) or self._speaks(scope, headers)
        page = sign_in_page(language, failure(language, wait), name[:200])
        retry = [("retry-after", str(int(wait) + 1))] if wait else []
        await _answer(send, 429 if wait else 401, page, [*_page_headers(), *retry])

    async def _ask(self, scope: Scope, send: Send, headers: MutableMapping[str, str], status: int = 401) -> None:
        page = sign_in_page(self._speaks(scope, headers)) if scope["method"] != "HEAD" else ""
        await _answer(send, status, page, _page_headers())

    def _speaks(self, scope: Scope, headers: MutableMapping[str, str]) -> str:
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("language", [""])[0]
        return known_language(asked) or interface_language(self._language, headers.get("accept-language"))


def access(settings: Settings) -> dict[str, Any]:
    """What `Access` is made with for these settings; raises `SettingsError` where a password is missing or unusable."""
    keeper = Gatekeeper(accounts(settings))
    return {"keeper": keeper, "own_names": is_loopback(settings.host), "language": settings.language}


def user_of(request: Any) -> str:
    """The name signed in of a `gr.Request` or a Starlette request; empty on a page without a password."""
    # Gradio's own request gives values only as JSON has them, which a scope is not
    inner = getattr(request, "request", None) or request
    return str(getattr(inner, "scope", {}).get("rag_user", ""))


def _headers(scope: Scope) -> MutableMapping[str, str]:
    """Headers by name in lower case; of repeated cookies all, of other repeated ones the first."""
    found: dict[str, str] = {}
    for raw_name, raw in scope.get("headers", ()):
        name, value = raw_name.decode("latin-1").lower(), raw.decode("latin-1")
        found[name] = f"{found[name]}; {value}" if name == "cookie" and name in found else found.get(name, value)
    return found


def _from_here(headers: MutableMapping[str, str]) -> bool:
    """Whether the page itself sent this, or a program that is no browser.

    Browsers say so themselves, but not on plain HTTP between machines; there the origin is compared with the name
    that the page was called by, also through a proxy.
    """
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] in (headers.get("host"), headers.get("x-forwarded-host"))


def _token(headers: MutableMapping[str, str]) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _cookie(scope: Scope, headers: MutableMapping[str, str], token: str, seconds: int) -> str:
    secure = "https" in (scope.get("scheme"), headers.get("x-forwarded-proto"))
    return f"{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


async def _form(receive: Receive) -> dict[str, str] | None:
    """The first value of every field; `None` for a form that is too long."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
        if len(body) > _LONGEST_FORM:
            return None
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), max_num_fields=8).items()}
    except ValueError:
        return None


def _page_headers() -> list[tuple[str, str]]:
    return [("content-type", "text/html; charset=utf-8"), ("content-security-policy", policy())]


async def _refuse(scope: Scope, send: Send, why: tuple[int, str]) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _answer(send, why[0], f"{why[1]}\n", [("content-type", "text/plain; charset=utf-8")])


async def _answer(send: Send, status: int, body: str, headers: list[tuple[str, str]]) -> None:
    data = body.encode("utf-8", "replace")
    common = [
        ("cache-control", "no-store"),
        ("content-length", str(len(data))),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ]
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in [*common, *headers]]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": data})
