"""What is put into the head of the page, and what is left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ui.first_paint import FirstPaint

PAGE = "<!doctype html><html><head><title>x</title></head><body>é</body></html>".encode()
HTML = [(b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Length", str(len(PAGE)).encode()), (b"X-Own", b"1")]


def asked(path: str = "/", method: str = "GET", headers: Any = HTML, parts: tuple[bytes, ...] = (PAGE,)) -> list[Any]:
    """What is sent for a request to an application that answers everything with `parts`."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": part is not parts[-1]})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path}
    asyncio.run(FirstPaint(app)(scope, None, send))
    return sent


@pytest.mark.parametrize("parts", [(PAGE,), (PAGE[:18], PAGE[18:40], PAGE[40:])])
def test_the_theme_stands_first_in_the_head_of_the_page(parts: tuple[bytes, ...]) -> None:
    start, body = asked(parts=parts)
    headers = dict(start["headers"])
    opening, _, rest = body["body"].decode().partition("<head>")
    assert opening == "<!doctype html><html>"
    assert rest.startswith("<style>")
    assert rest.index("rag-preferences") < rest.index("</script><title>x</title></head><body>é</body></html>")
    assert int(headers[b"content-length"]) == len(body["body"])
    assert headers[b"X-Own"] == b"1"
    assert b"Content-Length" not in headers


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/config"},
        {"method": "HEAD"},
        {"headers": [(b"content-type", b"application/json")]},
        {"headers": [*HTML, (b"content-encoding", b"gzip")]},
    ],
)
def test_whatever_is_not_the_page_is_sent_as_it_is(other: dict[str, Any]) -> None:
    start, body = asked(**other)
    assert start["headers"] == other.get("headers", HTML)
    assert body["body"] == PAGE
