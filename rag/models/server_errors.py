"""Errors of model servers, in the words of this project.

Invariant: a server's own message is shown as its first line and at most `MOST_CHARACTERS` of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import openai

from rag.errors import ModelError, ModelNotFound, OutOfMemory, PromptTooLong, ServerDown, ServerRejected

MOST_CHARACTERS = 200

# vLLM, SGLang, llama.cpp, LM Studio and Ollama each have their own words
_TOO_LONG = re.compile(
    r"(context|prompt|input|tokens?)\b.*(exceed|longer|too (long|large|many)|maximum|overflow|reduce|only)"
    r"|(exceed|longer|too (long|large|many)|maximum|overflow).*\b(context|prompt|input|tokens?)",
    re.IGNORECASE | re.DOTALL,
)
_NO_MODEL = re.compile(r"model\b.*(not (found|exist|loaded|available)|does not exist|no such)|pinned to", re.IGNORECASE)
_NO_MEMORY = re.compile(
    r"out of memory|more system memory|(failed|unable) to allocate|insufficient memory", re.IGNORECASE
)


class StreamBroken(Exception):
    """A reply ended without its last chunk."""


class StreamError(Exception):
    """A server sent an error in place of a chunk; `body` is what it sent."""

    def __init__(self, body: object) -> None:
        self.body = body
        super().__init__(message_of(body))


def model_error(
    error: Exception, url: str, model: str, limit: Callable[[], int], names: Callable[[], Sequence[str]]
) -> ModelError:
    """The error to raise in place of what a server or the connection to it raised.

    `limit` gives the tokens that the model may have (0: not known), `names` the models that the server has; both are
    asked only where the error tells them.
    """
    if isinstance(error, ModelError):
        return error
    if isinstance(error, (openai.APIConnectionError, StreamBroken, OSError)):
        return ServerDown(url=url)
    status = error.status_code if isinstance(error, openai.APIStatusError) else 0
    body = error.body if isinstance(error, (openai.APIError, StreamError)) else None
    reason = first_line(message_of(body) or str(error)) or type(error).__name__
    if _NO_MEMORY.search(reason):
        return OutOfMemory(model=model)
    if status in (400, 404) and (_NO_MODEL.search(reason) or _code(body) == "model_not_found"):
        return _not_found(url, model, names())
    if status in (0, 400, 413, 422, 500) and _TOO_LONG.search(reason):
        return PromptTooLong(model=model, limit=limit() or "?")
    return ServerRejected(url=url, reason=reason)


def message_of(body: object) -> str:
    """The message in the body of an error, whichever form the server gives it; empty where there is none."""
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return ""
    for name in ("message", "error", "detail"):
        if body.get(name):
            inner = body[name]
            return message_of(inner) if isinstance(inner, (dict, str)) else str(inner)
    return ""


def first_line(text: str) -> str:
    """The first line that says something, cut to `MOST_CHARACTERS`."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"


def _code(body: Any) -> object:
    return body.get("code") if isinstance(body, dict) else None


def _not_found(url: str, model: str, names: Sequence[str]) -> ModelNotFound:
    if not names:
        return ModelNotFound(model=model, reason_key="reason.not_served", url=url)
    return ModelNotFound(model=model, reason_key="reason.others_served", url=url, names=", ".join(names[:8]))
