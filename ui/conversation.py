"""A conversation as the page keeps it: turns in the order they were asked, each frozen, each drawn from itself alone.

Nothing here is drawn yet: a turn holds values, not words, so that a change of language can say it all again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.errors import RagError
from rag.types import Answer, AnswerEvent, Evidence

OPENING = 48
"""Characters that are kept of a passage that the search left out, to know it again by."""

Status = Literal["searching", "writing", "answered", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it.

    `number` counts from 1. `found` is how many passages were retrieved, `text` what has been written so far, and
    `thinking` what a model thought. `searched_for` is the question that was searched for, where it is another.
    `error` is set where a turn failed with something that has words of its own. `evidence` is what the search found;
    of its cut passages only the first `OPENING` characters are held, since the index has the rest. `ahead` is how many
    questions of others are answered before this one, while it waits.
    """

    number: int
    question: str
    status: Status = "searching"
    text: str = ""
    found: int = 0
    answer: Answer | None = None
    error: RagError | None = None
    thinking: str = ""
    searched_for: str = ""
    evidence: Evidence | None = None
    ahead: int = 0

    @property
    def name(self) -> str:
        """What the turn is called in the page: the id of its element."""
        return f"turn-{self.number}"

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.status in ("searching", "writing")

    def after(self, event: AnswerEvent) -> Turn:
        """The turn one step of the answer later."""
        if event.answer is not None:
            return replace(self, status="answered", answer=event.answer, text=event.answer.text)
        if event.evidence is not None:
            searched_for = instead(self.question, event.evidence.question)
            found = len(event.evidence.hits)
            light = _light(event.evidence)
            return replace(self, status="writing", found=found, searched_for=searched_for, evidence=light)
        if event.kind == "thinking":
            return replace(self, status="writing", thinking=self.thinking + event.text)
        if event.kind == "restart":
            return replace(self, status="writing", text="")
        return replace(self, status="writing", text=self.text + event.text)

    def failed(self, error: Exception) -> Turn:
        """The turn ended by an error."""
        return replace(self, status="failed", error=error if isinstance(error, RagError) else None)

    def settled(self) -> Turn:
        """The turn when nothing more will come: what was still running counts as stopped."""
        return replace(self, status="stopped") if self.running else self


Conversation = tuple[Turn, ...]


def _light(evidence: Evidence) -> Evidence:
    cut = tuple(replace(hit, passage=replace(hit.passage, text=hit.passage.text[:OPENING])) for hit in evidence.cut)
    return replace(evidence, cut=cut)


def history(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """Earlier questions and answers, oldest first; what failed or was stopped without a word is left out."""
    answered = ((turn.question, turn.answer.text) for turn in turns if turn.answer is not None)
    return tuple((question, text) for question, text in answered if text.strip())


def instead(question: str, searched_for: str) -> str:
    """The question searched for, or nothing where it is the one asked, give or take spaces and a cut at its end."""
    asked, searched = (" ".join(words.split()) for words in (question, searched_for))
    return "" if asked.startswith(searched) else searched
