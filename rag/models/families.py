"""Which family a model belongs to, and what follows for its template, sampling and reply.

Invariant: a wish that a family cannot follow is left out, never sent in a form that its template would misread.
`python -m rag.models.families` prints the table of all families in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.models.family_table import FAMILIES, memory_at_4_bits
from rag.models.family_types import Family, Reasoning, Sampling, Size
from rag.types import Effort, Thinking

__all__ = [
    "FAMILIES",
    "Family",
    "Reasoning",
    "Sampling",
    "Size",
    "memory_at_4_bits",
    "recognise",
    "sampling_of",
    "table",
    "template_arguments",
    "thinks",
]

UNKNOWN_SAMPLING = Sampling(0.6, 0.95)
"""For a model of no known family: what most makers recommend, so rather quiet."""

_EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")
_BUDGET_STEP = 512
"""Templates that take a number of thinking tokens were trained on multiples of this."""


def recognise(name: str, model_type: str = "", architectures: Sequence[str] = ()) -> Family | None:
    """The family of a model, `None` where neither its name nor its type is known.

    `name` is a hub repository, an Ollama tag, or a path of a file or folder, in any case; `model_type` and
    `architectures` are those of config.json, or the architecture that a GGUF file names. The name decides, unless
    the type is known and belongs to another family: a folder `llama-test` that holds a `qwen3` is Qwen3.
    """
    types = [_plain_type(kind) for kind in (model_type, *architectures) if kind]
    by_type = next((family for kind in types for family in FAMILIES if kind in _own_types(family)), None)
    by_name = _by_name(name)
    if by_name is None or by_type is None:
        return by_name or by_type
    fits = any(kind in _own_types(by_name) or kind in map(_plain_type, by_name.shares) for kind in types)
    return by_name if fits else by_type


def thinks(family: Family | None, thinking: Thinking) -> bool:
    """Whether the model will think, given the wish; False for an unknown family."""
    if family is None or not family.reasoning.can_think:
        return False
    if not family.reasoning.can_switch_off:
        return True
    return thinking == "on" or (thinking == "auto" and family.reasoning.default == "on")


def template_arguments(
    family: Family | None, thinking: Thinking, effort: Effort, thinking_tokens: int
) -> dict[str, Any]:
    """Arguments for `apply_chat_template`, or for `chat_template_kwargs` of a server.

    `thinking_tokens` is the most tokens of thinking; a family that is told a number gets the multiple of 512 below.
    """
    if family is None or not family.reasoning.can_think:
        return {}
    reasoning, on = family.reasoning, thinks(family, thinking)
    arguments: dict[str, Any] = {}
    if reasoning.flag:
        arguments[reasoning.flag] = reasoning.flag_values[on]
    if reasoning.degrees:
        wanted = on and (thinking != "off")
        arguments["reasoning_effort"] = reasoning.degree_names[_EFFORTS.index(effort) + 1 if wanted else 0]
    if reasoning.budget:
        steps = max(1, thinking_tokens // _BUDGET_STEP)
        arguments[reasoning.budget] = steps * _BUDGET_STEP if on else 0
    return arguments


def sampling_of(family: Family | None, thinking: bool) -> Sampling:
    """How the makers recommend to sample, while thinking or not."""
    if family is None:
        return UNKNOWN_SAMPLING
    return family.sampling_thinking if thinking else family.sampling


def table() -> str:
    """All families as a Markdown table, ending in a line break."""
    lines = [
        "| Family | Models | Thinking | Context | Recommended sizes (memory at 4 bits) | Verified |",
        "|---|---|---|---|---|---|",
    ]
    for family in FAMILIES:
        sizes = "<br>".join(_size_cell(size) for size in family.sizes) or "–"
        verified = ", ".join(family.verified)
        cells = (family.name, family.maker, _thinking_cell(family), f"{family.context:,}", sizes, verified)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _by_name(name: str) -> Family | None:
    for part in _name_parts(name):
        for family in FAMILIES:
            if any(re.search(pattern, part) for pattern in family.patterns):
                return family
    return None


def _name_parts(name: str) -> Iterator[str]:
    """The parts of a path that may name a model, the last first; the user's own folders above are no hint."""
    parts = [part for part in re.split(r"[/\\]+", name.lower()) if part]
    yield from reversed(parts[-3:])
    yield from (part for part in reversed(parts[:-3]) if part.startswith("models--"))


def _own_types(family: Family) -> set[str]:
    return {_plain_type(kind) for kind in family.model_types}


def _plain_type(kind: str) -> str:
    """`Qwen3MoeForCausalLM`, `qwen3_moe`, `qwen3moe` and `qwen3_moe_text` are one type: `qwen3moe`."""
    bare = re.sub(r"For(CausalLM|ConditionalGeneration)$", "", kind)
    plain = re.sub(r"[-_.]", "", bare.lower()).removesuffix("text")
    return {"hunyuandensev1": "hunyuanv1dense", "hunyuanmoev1": "hunyuanv1moe"}.get(plain, plain)


def _thinking_cell(family: Family) -> str:
    reasoning = family.reasoning
    if not reasoning.can_think:
        return "never"
    if not reasoning.can_switch_off:
        return "always; shortest with `reasoning_effort=low`" if reasoning.degrees else "always"
    if reasoning.flag:
        values = [repr(value) for value in reasoning.flag_values]
        off, on = f"`{reasoning.flag}={values[0]}`", f"`{reasoning.flag}={values[1]}`"
    elif reasoning.budget:
        off, on = f"`{reasoning.budget}=0`", f"`{reasoning.budget}={_BUDGET_STEP}`"
    else:
        off, on = (f"`reasoning_effort={reasoning.degree_names[place]}`" for place in (0, 3))
    return f"on, off with {off}" if reasoning.default == "on" else f"off, on with {on}"


def _size_cell(size: Size) -> str:
    active = "" if size.active == size.billions else f", {size.active:g}B active"
    ollama = f", Ollama `{size.ollama}`" if size.ollama else ""
    return f"`{size.repo}`{ollama} ({size.billions:g}B{active}): {size.memory_gb:g} GB"


if __name__ == "__main__":
    print(table(), end="")
