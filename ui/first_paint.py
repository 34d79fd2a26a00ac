"""What a browser needs before Gradio has drawn anything: the theme, the colours and the size of the letters.

Invariant: only the page at `/` is changed, and only by what is put at the opening of its head. Gradio itself fills the
head by a script, after the first paint: a dark page would flash up light, under a word in English.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from ui.layout import read

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_HEAD = b"<head>"


class FirstPaint:
    """ASGI middleware around the page."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """Pass a request on, and put what is needed first into the page."""
        is_page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in ("", "/")
        await self.app(scope, receive, _dressing(send) if is_page else send)


def _dressing(send: Send) -> Send:
    """A `send` that holds an HTML page back until it is whole."""
    started: Message | None = None
    body = b""

    async def dressed(message: Message) -> None:
        nonlocal started, body
        if message["type"] == "http.response.start" and _is_html(message):
            started = message
        elif started is None or message["type"] != "http.response.body":
            await send(message)
        else:
            body += message.get("body", b"")
            if not message.get("more_body"):
                whole = body.replace(_HEAD, _HEAD + _needed_first(), 1)
                length = (b"content-length", str(len(whole)).encode())
                kept = [pair for pair in started["headers"] if pair[0].lower() != b"content-length"]
                await send({**started, "headers": [*kept, length]})
                await send({**message, "body": whole})

    return dressed


def _is_html(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    # what is packed cannot be changed
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers


@cache
def _needed_first() -> bytes:
    styles = "".join(read(name) for name in ("themes.css", "first.css"))
    return f"<style>{styles}</style><script>{read('themes.js')}</script>".encode()
