"""A server's reply as message chunks: thinking and text apart, whether or not the server parted them.

Invariant: text is in `content`, thinking in `additional_kwargs["reasoning_content"]`, and where text turns out to
have been thinking a chunk carries `additional_kwargs["retracted"]` (see `rag.models.base`).
"""

from __future__ import annotations

from collections.abc import Iterable

from langchain_core.messages import AIMessageChunk

from rag.models.chunks import chunk_of
from rag.models.families import Reasoning
from rag.models.reasoning import Piece, ReasoningSplitter

_MARKS = ("<think>", "</think>")


def after_thinking(reasoning: Reasoning | None) -> ReasoningSplitter:
    """A splitter for what follows thinking that is over."""
    known = reasoning if reasoning is not None and reasoning.marks is not None else None
    opening, closing = (known.marks if known else None) or _MARKS
    splitter = ReasoningSplitter(known, f"{opening}\n")
    splitter.feed(closing)
    return splitter


class ReplyParts:
    """Parts one reply. `continued`: its thinking is done already, and whatever the server says it is is text."""

    def __init__(self, reasoning: Reasoning | None, continued: bool = False) -> None:
        self._reasoning, self._continued = reasoning, continued
        self._parted = continued
        self._splitter = after_thinking(reasoning) if continued else ReasoningSplitter(reasoning)

    def feed(self, text: str, thinking: str = "") -> Iterable[AIMessageChunk]:
        """What a piece of the reply gives to show, perhaps nothing."""
        if thinking and self._continued:
            text, thinking = thinking + text, ""
        if thinking:
            if not self._parted:
                yield from map(chunk_of, self._splitter.close())
                self._parted = True
                self._splitter = after_thinking(self._reasoning)
            yield chunk_of(Piece("thinking", thinking))
        if text:
            yield from map(chunk_of, self._splitter.feed(text))

    def close(self, finish: str) -> Iterable[AIMessageChunk]:
        """The end: what was held back, then an empty chunk whose `response_metadata` says why the reply ended."""
        yield from map(chunk_of, self._splitter.close())
        yield AIMessageChunk(content="", response_metadata={"finish_reason": finish})
