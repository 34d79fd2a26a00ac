"""The prompt as a model's own template renders it.

Invariant: every word of the messages is in the prompt, also where a template knows no system role or wants user and
assistant to take turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage

from rag.errors import NoChatTemplate
from rag.models.families import Reasoning

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}

Turns = list[dict[str, str]]
"""Messages as templates read them: `role` and `content`."""


def as_turns(messages: Sequence[BaseMessage]) -> Turns:
    """Messages of LangChain as a template reads them; what is none of its roles is the user's."""
    return [{"role": _ROLES.get(message.type, "user"), "content": str(message.text)} for message in messages]


def render(tokenizer: Any, turns: Turns, arguments: Mapping[str, Any], model: str) -> str:
    """The prompt up to where the reply begins; raises `NoChatTemplate` naming `model` where the template fails."""
    try:
        prompt = _apply(tokenizer, turns, arguments)
        if all(turn["content"].strip() in prompt for turn in turns if turn["role"] == "system"):
            return prompt
    except _errors_of_templates():
        pass
    try:
        return _apply(tokenizer, _joined(_without_system(turns)), arguments)
    except _errors_of_templates() as error:
        raise NoChatTemplate(model=model) from error


def thinking_done(prompt: str, reasoned: str, reasoning: Reasoning | None) -> str:
    """The prompt with thinking that is over, so that the answer comes next; as it is for a model that never thinks."""
    if reasoning is None or not reasoning.can_think:
        return prompt
    if reasoning.harmony:
        thought = f"<|channel|>analysis<|message|>{reasoned}<|end|>"
        return f"{prompt}{thought}<|start|>assistant<|channel|>final<|message|>"
    assert reasoning.marks is not None
    opening, closing = reasoning.marks
    opened = prompt if prompt.rstrip().endswith(opening) else f"{prompt}{opening}"
    answer = f"{reasoning.answer_marks[0]}\n" if reasoning.answer_marks else ""
    return f"{opened.rstrip()}\n{reasoned.strip()}\n{closing}\n\n{answer}"


def _apply(tokenizer: Any, turns: Turns, arguments: Mapping[str, Any]) -> str:
    return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **arguments))


def _errors_of_templates() -> tuple[type[Exception], ...]:
    from jinja2.exceptions import TemplateError

    return (TemplateError, TypeError, ValueError)


def _without_system(turns: Iterable[Mapping[str, str]]) -> Turns:
    """The turns with what the system says before the words of the user's first."""
    turns = list(turns)
    said = [turn["content"] for turn in turns if turn["role"] == "system"]
    others = [dict(turn) for turn in turns if turn["role"] != "system"]
    first = next((turn for turn in others if turn["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": "\n\n".join(said)}, *others]
    first["content"] = "\n\n".join([*said, first["content"]])
    return others


def _joined(turns: Turns) -> Turns:
    """The turns with neighbours of one role made one."""
    joined: Turns = []
    for turn in turns:
        if joined and joined[-1]["role"] == turn["role"]:
            joined[-1]["content"] += f"\n\n{turn['content']}"
        else:
            joined.append(dict(turn))
    return joined
