"""A chat model that says what a test tells it to, piece by piece, through the interface that every runtime offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

from langchain_core.messages import AIMessageChunk, BaseMessage

from rag.models.base import Turn
from rag.models.families import Family, recognise


@dataclass(frozen=True)
class Think:
    """A piece of thinking."""

    text: str


@dataclass(frozen=True)
class Retract:
    """The text so far was thinking."""


@dataclass(frozen=True)
class Wait:
    """Nothing comes until the turn is cancelled."""


@dataclass(frozen=True)
class Length:
    """The reply ends here, for want of tokens."""


Step = str | Length | Think | Retract | Wait | Exception


@dataclass
class ScriptedModel:
    """Plays one reply a request, the last one again and again; remembers what it was asked."""

    replies: Sequence[Sequence[Step]]
    family: Family | None = field(default_factory=lambda: recognise("qwen3-4b"))
    label: str = "scripted"
    context: int = 8192
    finish: str = "stop"
    prompts: list[list[BaseMessage]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    open_streams: int = 0
    closed: bool = False

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        self.prompts.append(list(messages))
        self.turns.append(turn)
        reply = self.replies[min(len(self.prompts), len(self.replies)) - 1]
        self.open_streams += 1
        try:
            for step in reply:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Wait):
                    (turn.cancelled or Event()).wait(5)
                    return
                if isinstance(step, Length):
                    yield AIMessageChunk(content="", response_metadata={"finish_reason": "length"})
                    return
                yield _chunk(step)
            yield AIMessageChunk(content="", response_metadata={"finish_reason": self.finish})
        finally:
            self.open_streams -= 1

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        return sum(len(str(message.content)) for message in messages) // 2

    def context_tokens(self) -> int:
        return self.context

    def close(self) -> None:
        self.closed = True


def _chunk(step: str | Think | Retract) -> AIMessageChunk:
    if isinstance(step, Think):
        return AIMessageChunk(content="", additional_kwargs={"reasoning_content": step.text})
    if isinstance(step, Retract):
        return AIMessageChunk(content="", additional_kwargs={"retracted": True})
    return AIMessageChunk(content=step)


def in_pieces(text: str, size: int = 3) -> list[Step]:
    """A text as a model streams it."""
    return [text[at : at + size] for at in range(0, len(text), size)]
