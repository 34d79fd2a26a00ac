"""Ending a streamed reply at a text that is not to come.

Invariant: the visible text is that of the whole reply up to the stop that is complete first, however it was cut into
chunks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessageChunk


def until_stop(chunks: Iterator[AIMessageChunk], stops: Sequence[str]) -> Iterator[AIMessageChunk]:
    """The chunks up to the first of `stops` in their content; what could become one is held back."""
    wanted = [stop for stop in stops if stop]
    held = ""
    for chunk in chunks:
        if not chunk.content:
            ends = chunk.chunk_position == "last"
            if ends and held:
                yield AIMessageChunk(content=held)
            if ends or chunk.additional_kwargs.get("retracted"):
                held = ""
            yield chunk
            continue
        held += chunk.text
        found = _found(held, wanted)
        certain = _certain(held, wanted) if found is None else found
        if certain:
            yield AIMessageChunk(content=held[:certain])
        held = held[certain:]
        if found is not None:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
            yield AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}, chunk_position="last")
            return
    if held:
        yield AIMessageChunk(content=held)


def _found(text: str, stops: Sequence[str]) -> int | None:
    """Where the stop begins that is complete first."""
    places = [(place + len(stop), place) for stop in stops if (place := text.find(stop)) >= 0]
    return min(places)[1] if places else None


def _certain(text: str, stops: Sequence[str]) -> int:
    """How much of the text cannot be the beginning of a stop."""
    longest = max(map(len, stops), default=1)
    for start in range(max(0, len(text) - longest + 1), len(text)):
        if any(stop.startswith(text[start:]) for stop in stops):
            return start
    return len(text)
