"""The chat formats of the model families, for tiny models: special tokens, a template, and how a turn ends.

Invariant: the templates are written here, in the format of each family but shorter than the makers' own; they render
a conversation of system, user and assistant, and what a family's template says about thinking.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One chat format.

    `template` is Jinja; `end` is the token that ends a reply, `special` are the other special tokens, `marks` tokens
    that open and close thinking, which are in the vocabulary but not special. `bos` is empty where there is none.
    """

    template: str
    end: str
    special: tuple[str, ...]
    marks: tuple[str, ...] = ()
    bos: str = ""


def _template(system: str, user: str, assistant: str, opening: str, start: str = "") -> str:
    """Jinja for turns with `{}` for their words; a part must not begin with a line break, which Jinja would drop."""
    turns = [part.replace("{}", "{{ m.content }}") for part in (system, user, assistant)]
    return (
        f"{start}{{% for m in messages %}}{{% if m.role == 'system' %}}{turns[0]}{{% elif m.role == 'user' %}}"
        f"{turns[1]}{{% else %}}{turns[2]}{{% endif %}}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{opening}{{% endif %}}"
    )


def _chatml(opening: str, marks: tuple[str, ...] = (), bos: str = "") -> Format:
    turn = "<|im_start|>{{ m.role }}\n{}<|im_end|>\n"
    template = _template(turn, turn, turn, f"<|im_start|>assistant\n{opening}", start="{{ bos_token }}" if bos else "")
    return Format(template, "<|im_end|>", ("<|im_start|>", "<|endoftext|>"), marks, bos)


def _when_off(flag: str, off: str, on: str = "") -> str:
    return f"{{% if {flag} is defined and not {flag} %}}{off}{{% else %}}{on}{{% endif %}}"


def _kimi() -> Format:
    turn = "<|im_{{ m.role }}|>{{ m.role }}<|im_middle|>{}<|im_end|>"
    special = ("[BOS]", "[EOS]", "<|im_system|>", "<|im_user|>", "<|im_assistant|>", "<|im_middle|>")
    return Format(_template(turn, turn, turn, "<|im_assistant|>assistant<|im_middle|>"), "<|im_end|>", special, _THINK)


def _glm(opening: str) -> Format:
    template = _template(
        "<|system|>\n{}", "<|user|>\n{}", "<|assistant|>\n{}", f"<|assistant|>{opening}", start="[gMASK]<sop>"
    )
    special = ("[gMASK]", "<sop>", "<|system|>", "<|assistant|>", "<|endoftext|>")
    return Format(template, "<|user|>", special, _THINK)


def _hunyuan(opening: str, marks: tuple[str, ...]) -> Format:
    template = _template(
        "{}<｜hy_place▁holder▁no▁3｜>",
        "<｜hy_User｜>{}",
        "<｜hy_Assistant｜>{}<｜hy_place▁holder▁no▁2｜>",
        f"<｜hy_Assistant｜>{opening}",
        start="{{ bos_token }}",
    )
    special = ("<｜hy_User｜>", "<｜hy_Assistant｜>", "<｜hy_place▁holder▁no▁3｜>")
    return Format(template, "<｜hy_place▁holder▁no▁2｜>", special, marks, "<｜hy_begin▁of▁sentence｜>")


def _deepseek(opening: str) -> Format:
    template = _template(
        "{}",
        "<｜User｜>{}",
        "<｜Assistant｜>{}<｜end▁of▁sentence｜>",
        f"<｜Assistant｜>{opening}",
        start="{{ bos_token }}",
    )
    return Format(
        template, "<｜end▁of▁sentence｜>", ("<｜User｜>", "<｜Assistant｜>"), _THINK, "<｜begin▁of▁sentence｜>"
    )


_THINK = ("<think>", "</think>")
_EMPTY_THOUGHT = "<think>\n\n</think>\n\n"

FORMATS: dict[str, Format] = {
    "chatml": _chatml(""),
    "qwen3": _chatml(_when_off("enable_thinking", _EMPTY_THOUGHT), _THINK),
    "qwen3_5": _chatml(_when_off("enable_thinking", _EMPTY_THOUGHT, "<think>\n"), _THINK),
    "internlm": _chatml("", bos="<s>"),
    "deepseek_r1": _deepseek("<think>\n"),
    "deepseek_v3": _deepseek("{% if thinking is defined and thinking %}<think>{% else %}</think>{% endif %}"),
    "kimi": _kimi(),
    "harmony": Format(
        _template(
            "<|start|>developer<|message|># Instructions\n\n{}<|end|>",
            "<|start|>user<|message|>{}<|end|>",
            "<|start|>assistant<|channel|>final<|message|>{}<|end|>",
            "<|start|>assistant",
            start="<|start|>system<|message|>Reasoning: {{ reasoning_effort | default('medium') }}<|end|>",
        ),
        "<|return|>",
        ("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|call|>"),
    ),
    "glm4": _glm("\n"),
    "glm4_5": _glm(_when_off("enable_thinking", "{{ '\n' }}<think></think>")),
    "glm4_7": _glm(_when_off("enable_thinking", "</think>", "<think>")),
    "minimax": Format(
        _template(
            "<beginning_of_sentence>system ai_setting=assistant\n{}<end_of_sentence>\n",
            "<beginning_of_sentence>user name=user\n{}<end_of_sentence>\n",
            "<beginning_of_sentence>ai name=assistant\n{}<end_of_sentence>\n",
            "<beginning_of_sentence>ai name=assistant\n",
        ),
        "<end_of_sentence>",
        ("<beginning_of_sentence>",),
        _THINK,
    ),
    "minimax_m2": Format(
        _template("]~b]system\n{}[e~[\n", "]~b]user\n{}[e~[\n", "]~b]ai\n{}[e~[\n", "]~b]ai\n<think>\n", start="]~!b["),
        "[e~[",
        ("]~b]", "]~!b["),
        _THINK,
    ),
    "hunyuan": _hunyuan(_when_off("enable_thinking", _EMPTY_THOUGHT), _THINK),
    "hunyuan_3": _hunyuan(
        "{% if reasoning_effort is defined and reasoning_effort != 'no_think' %}<think:opensource>"
        "{% else %}<think:opensource></think:opensource>{% endif %}",
        ("<think:opensource>", "</think:opensource>"),
    ),
    "hunyuan_answer": Format(
        _template("<|startoftext|>{}<|extra_4|>", "{}<|extra_0|>", "{}<|eos|>", ""),
        "<|eos|>",
        ("<|startoftext|>", "<|extra_0|>", "<|extra_4|>"),
        (*_THINK, "<answer>", "</answer>"),
    ),
    "ernie": Format(
        _template("{}\n", "User: {}\n", "Assistant: {}</s>", "Assistant: ", start="{{ bos_token }}"),
        "</s>",
        (),
        (),
        "<|begin_of_sentence|>",
    ),
    "llama3": Format(
        _template(
            "<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|>",
            "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
            "<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            start="{{ bos_token }}",
        ),
        "<|eot_id|>",
        ("<|start_header_id|>", "<|end_header_id|>", "<|end_of_text|>"),
        (),
        "<|begin_of_text|>",
    ),
    "gemma": Format(
        _template(
            "{{ raise_exception('System role not supported') }}",
            "<start_of_turn>user\n{}<end_of_turn>\n",
            "<start_of_turn>model\n{}<end_of_turn>\n",
            "<start_of_turn>model\n",
            start="{{ bos_token }}",
        ),
        "<end_of_turn>",
        ("<start_of_turn>", "<eos>"),
        (),
        "<bos>",
    ),
    "gemma4": Format(
        _template(
            "<|turn>system\n{}<turn|>\n",
            "<|turn>user\n{}<turn|>\n",
            "<|turn>model\n{}<turn|>\n",
            "<|turn>model\n",
            start="{{ bos_token }}{% if enable_thinking is defined and enable_thinking %}<|think|>{% endif %}",
        ),
        "<turn|>",
        ("<|turn>", "<eos>", "<|think|>", "<|channel>", "<channel|>"),
        (),
        "<bos>",
    ),
    "mistral": Format(
        _template("[SYSTEM_PROMPT]{}[/SYSTEM_PROMPT]", "[INST]{}[/INST]", "{}</s>", "", start="{{ bos_token }}"),
        "</s>",
        ("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        (),
        "<s>",
    ),
    "seed": Format(
        _template(
            "<seed:bos>system\n{}<seed:eos>",
            "<seed:bos>user\n{}<seed:eos>",
            "<seed:bos>assistant\n{}<seed:eos>",
            "<seed:bos>assistant\n"
            "{% if thinking_budget is defined and thinking_budget == 0 %}"
            "<seed:think>\n<seed:cot_budget_reflect></seed:cot_budget_reflect>\n</seed:think>{% endif %}",
        ),
        "<seed:eos>",
        ("<seed:bos>",),
        ("<seed:think>", "</seed:think>"),
    ),
}
"""The formats by name."""
