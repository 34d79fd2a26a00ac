"""A model that is open already, asked with another wish for thinking than the one it was opened with.

Invariant: the model itself is not changed and not closed by it; a turn that brings a wish of its own keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.models.base import LocalChatModel, Turn
from rag.types import Thinking

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage

    from rag.models.families import Family


@dataclass(frozen=True, slots=True)
class Retuned:
    """A `LocalChatModel` over another one; several may stand over the same."""

    model: LocalChatModel
    thinking: Thinking

    @property
    def label(self) -> str:
        """As answers name the model."""
        return self.model.label

    @property
    def family(self) -> Family | None:
        """The family it was recognised as."""
        return self.model.family

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """Generate; raises `ModelError` and its kinds only."""
        return self.model.stream_turn(messages, replace(turn, thinking=turn.thinking or self.thinking))

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Tokens of the prompt that these messages become."""
        return self.model.count_tokens(messages)

    def context_tokens(self) -> int:
        """Tokens that prompt, thinking and answer may have together."""
        return self.model.context_tokens()

    def close(self) -> None:
        """Nothing: the model belongs to whoever opened it."""
