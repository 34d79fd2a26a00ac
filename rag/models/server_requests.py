"""What is asked of a model server for one reply: sampling, thinking, length, in the words of each kind.

Invariant: nothing is sent to a server that is known to refuse it, and a wish that a server cannot follow is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage

from rag.models.base import ChatOptions, Turn
from rag.models.families import Family, sampling_of, template_arguments, thinks
from rag.models.server_facts import ServerKind
from rag.types import Thinking

CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}
"""How vLLM and SGLang are told to go on with the last message."""

_CHINESE = re.compile(r"[一-鿿]")
_ANSWER_NOW = (
    "\n\nYou have already thought about this:\n{reasoned}\n\nDo not think any longer. Write the answer now.",
    "\n\n以下是你已经完成的思考：\n{reasoned}\n\n不要再思考，现在直接写出答案。",
)


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """One request. `fields` are of OpenAI's protocol, `extra` the server's own, `arguments` the chat template's."""

    fields: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """As keyword arguments of the OpenAI client."""
        extra = {**self.extra, **({"chat_template_kwargs": self.arguments} if self.arguments else {})}
        return {**self.fields, **({"extra_body": extra} if extra else {})}


def request_for(
    kind: ServerKind, family: Family | None, options: ChatOptions, turn: Turn, can_think: bool = True
) -> ServerRequest:
    """The request of a turn, without its messages; `can_think` is what the server says of the model."""
    wish = turn.thinking or options.thinking
    thinking = can_think and thinks(family, wish)
    sampling = sampling_of(family, thinking)
    most = options.answer_tokens + (options.thinking_tokens if thinking else 0)
    fields: dict[str, Any] = {
        "max_tokens": turn.max_tokens or most,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if options.seed is not None:
        fields["seed"] = options.seed
    arguments = arguments_for(kind, family, options, wish)
    if kind == "ollama":
        fields |= _ollama_thinking(family, options, wish, can_think)
    elif family is not None and family.reasoning.harmony and kind != "transformers":
        fields["reasoning_effort"] = "low" if wish == "off" else options.effort
    return ServerRequest(fields, _sampling_extra(kind, family, thinking), arguments)


def arguments_for(kind: ServerKind, family: Family | None, options: ChatOptions, wish: Thinking) -> dict[str, Any]:
    """Arguments for the model's chat template; none for Ollama, whose templates take none."""
    if kind == "ollama":
        return {}
    return template_arguments(family, wish, options.effort, options.thinking_tokens)


def continues(kind: ServerKind, family: Family | None) -> bool:
    """Whether thinking that was cut off can be given back as the beginning of the reply."""
    return kind in ("vllm", "sglang", "llama.cpp") and family is not None and family.reasoning.marks is not None


def closed_thinking(family: Family | None, reasoned: str, prompt: str = "") -> str:
    """The beginning of a reply whose thinking is done; the opening mark only where `prompt` does not end in it."""
    opening, closing = (family.reasoning.marks if family else None) or ("", "")
    begun = bool(opening) and prompt.rstrip().endswith(opening)
    start = "" if begun else f"{opening}\n"
    return f"{start}{reasoned.strip()}\n{closing}\n\n"


def answer_now(messages: Sequence[BaseMessage], reasoned: str) -> list[BaseMessage]:
    """The messages with the thinking given back in the last question, and the wish to answer now."""
    told = list(messages)
    last = next((place for place in reversed(range(len(told))) if told[place].type == "human"), None)
    text = str(told[last].content) if last is not None else ""
    added = _ANSWER_NOW[bool(_CHINESE.search(text))].format(reasoned=reasoned.strip())
    if last is None:
        return [*told, HumanMessage(added.strip())]
    told[last] = HumanMessage(text + added)
    return told


def _ollama_thinking(family: Family | None, options: ChatOptions, wish: Thinking, can_think: bool) -> dict[str, Any]:
    """The one switch that Ollama has: none, low, medium or high; it refuses the last three for a model without it."""
    if family is None or not family.reasoning.can_think:
        return {}
    if not can_think or not thinks(family, wish):
        return {"reasoning_effort": "none"}
    return {"reasoning_effort": "low" if wish == "off" else options.effort}


def _sampling_extra(kind: ServerKind, family: Family | None, thinking: bool) -> dict[str, Any]:
    sampling = sampling_of(family, thinking)
    if kind == "llama.cpp":
        # its own defaults (top_k 40, min_p 0.05) hold where nothing is said
        return {"top_k": sampling.top_k, "min_p": sampling.min_p, "repeat_penalty": sampling.repetition_penalty}
    if kind not in ("vllm", "sglang"):
        return {}
    said = {
        "top_k": sampling.top_k or None,
        "min_p": sampling.min_p or None,
        "repetition_penalty": None if sampling.repetition_penalty == 1.0 else sampling.repetition_penalty,
    }
    return {name: value for name, value in said.items() if value is not None}
