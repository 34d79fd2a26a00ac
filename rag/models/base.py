"""What every runtime of a local model offers beyond LangChain's `BaseChatModel`.

Invariant: text that a user may see is in a chunk's `content`; thinking is in `additional_kwargs["reasoning_content"]`
and nowhere else. Where a bare closing mark shows that all text so far was thinking, a chunk without content carries
`additional_kwargs["retracted"] = True`: what was shown so far is withdrawn and is thinking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol

from rag.types import Effort, Thinking

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage

    from rag.models.families import Family


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How a model is asked; the fields are the settings of the same names (`rag.config.Settings`).

    `thinking_tokens` and `answer_tokens` are the most tokens of each; `context` is 0 for what the model says;
    `seed` makes sampling repeatable where the runtime allows it.
    """

    thinking: Thinking = "auto"
    effort: Effort = "medium"
    thinking_tokens: int = 2048
    answer_tokens: int = 800
    context: int = 0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """How one request differs from the options.

    `thinking` overrides the option. `reasoned` is thinking that was cut off: the model is to take it as done and go
    on with the answer. `cancelled` ends the generation within a tenth of a second or a token once it is set.
    """

    thinking: Thinking | None = None
    reasoned: str = ""
    max_tokens: int | None = None
    cancelled: Event | None = None


class LocalChatModel(Protocol):
    """A `BaseChatModel` that runs here. Thread-safe: several questions may stream at once or wait for each other."""

    @property
    def label(self) -> str:
        """The model as answers name it: the setting that would choose it (`ollama:qwen3:4b`)."""

    @property
    def family(self) -> Family | None:
        """The family it was recognised as."""

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """Generate; thinking and text apart. Closing the iterator stops the generation.

        Raises `ModelError` and its kinds only, also in the middle of the stream.
        """

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Tokens of the prompt that these messages become, by the model's own tokenizer where it can be had."""

    def context_tokens(self) -> int:
        """Tokens that prompt, thinking and answer may have together."""

    def close(self) -> None:
        """Stop every thread and server of this model and free its memory; may be called twice."""
