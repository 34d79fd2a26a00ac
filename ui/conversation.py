"""A conversation as the page keeps it: turns in the order they were asked, each frozen, each drawn from itself alone.

Nothing here is drawn yet: a turn holds values, not words, so that a change of language can say it all again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.errors import RagError
from rag.types import Answer, AnswerEvent

Status = Literal["searching", "writing", "answered", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it.

    `number` counts from 1. `found` is how many passages were retrieved, `text` what has been written so far.
    `error` is set where a turn failed with something that has words of its own.
    """

    number: int
    question: str
    status: Status = "searching"
    text: str = ""
    found: int = 0
    answer: Answer | None = None
    error: RagError | None = None

    def after(self, event: AnswerEvent) -> Turn:
        """The turn one step of the answer later."""
        if event.answer is not None:
            return replace(self, status="answered", answer=event.answer, text=event.answer.text)
        if event.evidence is not None:
            return replace(self, status="writing", found=len(event.evidence.hits))
        return replace(self, status="writing", text=self.text + event.text)

    def failed(self, error: Exception) -> Turn:
        """The turn ended by an error."""
        return replace(self, status="failed", error=error if isinstance(error, RagError) else None)

    def settled(self) -> Turn:
        """The turn when nothing more will come: what was still running counts as stopped."""
        return replace(self, status="stopped") if self.status in ("searching", "writing") else self


Conversation = tuple[Turn, ...]


def history(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """Earlier questions and answers, oldest first; what was stopped or failed is left out."""
    return tuple((turn.question, turn.answer.text) for turn in turns if turn.answer is not None)
