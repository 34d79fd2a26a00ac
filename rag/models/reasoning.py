"""Parts a streamed reply into thinking and text.

Invariant: thinking and text depend on the reply alone, never on where it was cut into chunks, and no mark that acts
reaches either of them.

Where a mark acts:
- An opening mark acts at the beginning of the reply, right after thinking, and at the beginning of a line outside a
  code fence. In the middle of a line it is text: an answer may speak of `<think>`.
- A closing mark without an opened one means that all text so far was thinking (the template had opened it). It is
  text where it stands in quotes, or closes an opening mark that was text. After thinking it is dropped.
- Inside thinking only the closing mark of that kind acts. Tokens of the harmony format act everywhere.
- Answer marks act where the family has them or thinking came before: the opening one before any text.
Whitespace around thinking and text is dropped; blocks of one kind are joined by an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rag.models.family_types import Reasoning
from rag.models.reasoning_marks import HARD_ENDS, SOFT_ENDS, Marks, marks_of, quoted


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a reply; `retract` withdraws all text so far, repeated in `text`, which is thinking."""

    kind: Literal["text", "thinking", "retract"]
    text: str


class ReasoningSplitter:
    """Takes a reply in chunks and gives thinking and text apart, as early as it is certain what they are.

    `reasoning` is how the family thinks; `None`, or a family that does not think, stands for all known marks.
    `prompt` is the rendered prompt, whose end tells whether the reply begins inside thinking; `None` where a server
    renders it: then the reply begins as text, which may be withdrawn.
    """

    def __init__(self, reasoning: Reasoning | None = None, prompt: str | None = None) -> None:
        self._marks: Marks = marks_of(reasoning)
        self._buffer = ""
        self._pieces: list[Piece] = []
        self._kind: Literal["text", "thinking", "header"] = "text"
        self._closing = ""  # the mark that ends the thinking under way; empty in harmony
        self._header = ""  # what stands between <|channel|> and <|message|>
        self._role = False  # whether <|start|> came, and no <|channel|> yet
        self._segment = ""  # all of the block under way, held back or not
        self._pending = ""  # whitespace and end marks at the end of the block, dropped if nothing follows
        self._begun = False  # whether the block under way has given a piece
        self._shown = ""  # all text given so far
        self._given_thinking = False
        self._thought = False  # whether a block of thinking, even an empty one, came before
        self._literal: dict[str, int] = {}  # closing mark -> its opening marks that were text
        self._begin(prompt)

    def feed(self, text: str) -> list[Piece]:
        """Take a chunk; returns what became certain, perhaps nothing."""
        self._buffer += text
        self._drain(final=False)
        return self._take()

    def close(self) -> list[Piece]:
        """End the reply: a mark that never completed is given as what it is."""
        self._drain(final=True)
        if self._kind != "header":
            self._write(self._buffer)
        self._buffer = ""
        return self._take()

    def _begin(self, prompt: str | None) -> None:
        state = self._marks.state_after(prompt or "")
        if state is None:
            return
        self._kind, self._closing, self._header = state
        self._thought = self._kind == "thinking"

    def _take(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _drain(self, *, final: bool) -> None:
        """Act on every whole mark in the buffer, and give what cannot be the beginning of one."""
        while match := self._marks.pattern.search(self._buffer):
            if not final and match.end() == len(self._buffer) and self._waits(match):
                self._write(self._buffer[: match.start()])
                self._buffer = match.group()
                return
            self._write(self._buffer[: match.start()])
            after, self._buffer = self._buffer[match.end() : match.end() + 1], self._buffer[match.end() :]
            self._act(match.group(), after)
        held = len(self._buffer) if final else self._marks.held_from(self._buffer)
        self._write(self._buffer[:held])
        self._buffer = self._buffer[held:]

    def _waits(self, match: re.Match[str]) -> bool:
        """Whether the next character decides if a closing mark stands in quotes."""
        before = (self._segment + self._buffer[: match.start()])[-1:]
        return self._kind == "text" and match.group() in self._marks.closings and quoted(before) is not None

    def _act(self, mark: str, after: str) -> None:
        if mark in HARD_ENDS and mark not in self._marks.harmony:
            return
        if mark in SOFT_ENDS:
            self._segment += mark
            self._pending += mark
        elif mark in self._marks.harmony:
            self._act_harmony(mark)
        elif self._kind == "thinking":
            self._act_in_thinking(mark)
        elif self._kind == "text":
            self._act_in_text(mark, after)

    def _act_harmony(self, mark: str) -> None:
        if mark in ("<|start|>", "<|channel|>"):
            self._enter("header")
            self._header, self._role = "", mark == "<|start|>"
        elif mark == "<|message|>":
            if self._kind == "header":
                channel = (self._header.split() or ["final"])[0]
                self._enter("text" if channel == "final" else "thinking")
        elif self._kind != "text":
            self._enter("text")

    def _act_in_thinking(self, mark: str) -> None:
        if mark == self._closing:
            self._enter("text")
        elif self._segment.strip() or self._marks.closing_of.get(mark) != self._closing or not self._closing:
            self._write(mark)

    def _act_in_text(self, mark: str, after: str) -> None:
        closing = self._marks.closing_of.get(mark)
        if closing is not None:
            if self._at_line_start():
                self._enter("thinking")
                self._closing = closing
            else:
                self._literal[closing] = self._literal.get(closing, 0) + 1
                self._write(mark)
        elif mark in self._marks.closings:
            self._act_bare_closing(mark, after)
        else:
            self._act_answer(mark)

    def _act_bare_closing(self, mark: str, after: str) -> None:
        if self._literal.get(mark, 0):
            self._literal[mark] -= 1
            self._write(mark)
        elif quoted(self._segment[-1:]) == after and after:
            self._write(mark)
        elif not self._thought:
            if self._shown:
                self._pieces.append(Piece("retract", self._shown))
                self._given_thinking, self._shown = True, ""
            self._thought = True
            self._enter("text")

    def _act_answer(self, mark: str) -> None:
        acts = self._marks.family_answers or self._thought
        opening = mark in self._marks.answer_openings
        if not acts or (opening and self._segment.strip()):
            self._write(mark)

    def _at_line_start(self) -> bool:
        line = self._segment.rpartition("\n")[2]
        return not line.strip() and self._segment.count("```") % 2 == 0

    def _enter(self, kind: Literal["text", "thinking", "header"]) -> None:
        self._kind, self._closing = kind, ""
        self._segment = self._pending = ""
        self._begun = False
        self._thought = self._thought or kind == "thinking"

    def _write(self, text: str) -> None:
        """Give text of the block under way, all but what may turn out to be its end."""
        if not text:
            return
        if self._kind == "header":
            self._header += "" if self._role else text
            return
        self._segment += text
        body = text.rstrip()
        if not body:
            self._pending += text
            return
        body, self._pending = self._pending + body, text[len(body) :]
        self._give(body if self._begun else body.lstrip())

    def _give(self, body: str) -> None:
        earlier = self._shown if self._kind == "text" else self._given_thinking
        if earlier and not self._begun:
            body = "\n\n" + body
        self._begun = True
        if self._kind == "text":
            self._shown += body
            self._pieces.append(Piece("text", body))
        else:
            self._given_thinking = True
            self._pieces.append(Piece("thinking", body))


def collect(pieces: Iterable[Piece]) -> tuple[str, str]:
    """Thinking and text that pieces amount to once text was withdrawn."""
    thinking = text = ""
    for piece in pieces:
        if piece.kind == "text":
            text += piece.text
        elif piece.kind == "thinking":
            thinking += piece.text
        else:
            thinking, text = thinking + text, ""
    return thinking, text


def split(text: str, reasoning: Reasoning | None = None, prompt: str | None = None) -> tuple[str, str]:
    """Thinking and text of a whole reply."""
    splitter = ReasoningSplitter(reasoning, prompt)
    return collect([*splitter.feed(text), *splitter.close()])
