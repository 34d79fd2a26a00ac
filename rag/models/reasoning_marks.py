"""The marks that part thinking from text, the tokens that end a turn, and what the end of a prompt opens.

Invariant: no mark is the beginning of another, so that the first mark found in a stream is the only one there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.models.family_types import Reasoning

THINK = ("<think>", "</think>")
KNOWN: tuple[tuple[str, str], ...] = (
    THINK,
    ("<thinking>", "</thinking>"),
    ("<think:opensource>", "</think:opensource>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel>thought", "<channel|>"),
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
)
ANSWERS: tuple[tuple[str, str], ...] = (
    ("<answer>", "</answer>"),
    ("<response>", "</response>"),
    ("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
)
HARMONY = ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")
HARD_ENDS = frozenset(
    (
        *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|end|>", "<|return|>", "<|call|>"),
        *("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end_of_sentence|>", "<|end_of_msg|>", "<|eos|>"),
        *("<｜end▁of▁sentence｜>", "<｜hy_place▁holder▁no▁2｜>", "<｜hy_eos:opensource｜>"),
        *("<|user|>", "<|observation|>", "<turn|>", "<seed:eos>", "<|close|>message<|sep|>"),
    )
)
"""Tokens that no answer writes: dropped wherever they stand."""

SOFT_ENDS = frozenset(("</s>", "<eos>", "<end_of_turn>", "[e~["))
"""Tokens that could also be words of an answer about markup: dropped only at the end of thinking or text."""

_QUOTES = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "«": "»", "(": ")", "（": "）"}

State = tuple[Literal["text", "thinking", "header"], str, str]
"""Kind of block, the mark that closes it, and the channel read so far."""


def quoted(before: str) -> str | None:
    """The character that closes a quotation which `before` opens; `None` where it opens none."""
    return _QUOTES.get(before)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one way of thinking; `pattern` finds any of them, acting or not."""

    closing_of: dict[str, str]
    closings: frozenset[str]
    answer_openings: frozenset[str]
    family_answers: bool
    harmony: frozenset[str]
    pattern: re.Pattern[str]
    beginnings: frozenset[str]
    longest: int

    def held_from(self, text: str) -> int:
        """Where the end of `text` may be the beginning of a mark; its length where it cannot."""
        for start in range(max(0, len(text) - self.longest + 1), len(text)):
            if text[start:] in self.beginnings:
                return start
        return len(text)

    def state_after(self, prompt: str) -> State | None:
        """Where a reply to this rendered prompt begins; `None`: as text, with nothing before it."""
        end = prompt.rstrip().removesuffix("<seed:cot_budget_reflect>")
        for opening, closing in self.closing_of.items():
            if end.endswith(opening):
                return "thinking", closing, ""
        header = re.search(r"<\|channel\|>([^<]*)(<\|message\|>)?$", end) if self.harmony else None
        if header is None:
            return None
        if header[2] is None:
            return "header", "", header[1]
        return ("text" if header[1].strip() == "final" else "thinking"), "", ""


@lru_cache(maxsize=64)
def marks_of(reasoning: Reasoning | None) -> Marks:
    """The marks of a way of thinking; all known ones for `None` and for a family that is not known to think."""
    known = reasoning is not None and reasoning.can_think
    pairs: tuple[tuple[str, str], ...] = KNOWN
    if reasoning is not None and known:
        pairs = tuple(dict.fromkeys((reasoning.marks, THINK))) if reasoning.marks else ()
    answers = (reasoning.answer_marks,) if reasoning is not None and reasoning.answer_marks else ANSWERS
    harmony = frozenset(HARMONY) if not known or (reasoning is not None and reasoning.harmony) else frozenset()
    every = {mark for pair in (*pairs, *answers) for mark in pair} | harmony | HARD_ENDS | SOFT_ENDS
    return Marks(
        closing_of=dict(pairs),
        closings=frozenset(closing for _, closing in pairs),
        answer_openings=frozenset(opening for opening, _ in answers),
        family_answers=reasoning is not None and reasoning.answer_marks is not None,
        harmony=harmony,
        pattern=re.compile("|".join(re.escape(mark) for mark in sorted(every))),
        beginnings=frozenset(mark[:size] for mark in every for size in range(1, len(mark))),
        longest=max(map(len, every)),
    )
