"""Trying a model: how long it takes to open and to begin, how fast it writes, and what it says.

Invariant: times are those of this one run, on this machine as busy as it is; they rank models, they are no benchmark.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rag.messages import say
from rag.models.base import ChatOptions, LocalChatModel, Turn
from rag.models.choice import Choice, open_model
from rag.models.memory import process_bytes

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk


@dataclass(frozen=True, slots=True)
class Trial:
    """What one question showed.

    `open_seconds` until the model was ready, `first_seconds` from the question to the first token (thinking counts),
    `tokens_a_second` from there on, thinking included; `tokens` as the model counts them, else the pieces that it
    sent. `memory_mb` is what this process holds, in 10^6 bytes, and 0 where a server holds the model. `reply` is the
    text without thinking.
    """

    model: str
    family: str
    context: int
    open_seconds: float
    first_seconds: float
    tokens: int
    tokens_a_second: float
    memory_mb: int
    thought: bool
    reply: str


def trial(choice: Choice, options: ChatOptions, language: str) -> Trial:
    """Open a model, ask it the built-in question and close it; raises `ModelError` and its kinds."""
    began = time.monotonic()
    model = open_model(choice, options)
    try:
        steps = trial_steps(model, language, time.monotonic() - began, choice.kind != "server")
        return [step for step in steps if isinstance(step, Trial)][-1]
    finally:
        model.close()


def trial_form(report: Trial) -> dict[str, Any]:
    """A trial as JSON."""
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(report).items()}


def trial_steps(
    model: LocalChatModel, language: str, opened: float = 0.0, here: bool = True
) -> Iterator[float | Trial]:
    """Ask an open model the built-in question: first the seconds to the first token, last what the trial showed.

    `opened` is how many seconds opening took, `here` whether this process holds the model. Raises `ModelError` and
    its kinds. A model that says nothing gives the trial alone.
    """
    from langchain_core.messages import HumanMessage

    text = f"{say('models.check_passage', language)}\n\n{say('models.check_question', language)}"
    began = time.monotonic()
    first, pieces, counted, reply, thought = 0.0, 0, 0, "", False
    for chunk in model.stream_turn([HumanMessage(text)], Turn()):
        extra = chunk.additional_kwargs
        if extra.get("retracted"):
            reply, thought = "", True
        thought = thought or bool(extra.get("reasoning_content"))
        reply += str(chunk.content)
        if chunk.content or extra.get("reasoning_content"):
            pieces += 1
            if not first:
                first = time.monotonic() - began
                yield first
        counted = max(counted, _counted(chunk))
    writing = max(time.monotonic() - began - first, 1e-6)
    tokens = counted or pieces
    yield Trial(
        model=model.label,
        family=model.family.name if model.family else "",
        context=model.context_tokens(),
        open_seconds=opened,
        first_seconds=first,
        tokens=tokens,
        # the first token came at the start of this time
        tokens_a_second=max(tokens - 1, 0) / writing,
        memory_mb=round(process_bytes() / 1e6) if here else 0,
        thought=thought,
        reply=reply,
    )


def _counted(chunk: AIMessageChunk) -> int:
    return chunk.usage_metadata["output_tokens"] if chunk.usage_metadata else 0
