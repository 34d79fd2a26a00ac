"""The messages that ask a model for an answer, and whether what it wrote is a refusal.

Invariant: the system message holds only words of this project; the evidence, its titles, the question and the
conversation stand in the other messages, each made harmless first (`rag.answering.guard`). Source n is the n-th of
the sources given, fenced as `<source id="n" …>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answering.guard import neutralised, neutralised_line, visible
from rag.answering.marks import MarkReader
from rag.answering.prompt_texts import REFUSAL_PHRASES, TEXTS
from rag.answering.refusals import is_refusal
from rag.text.sentences import split_sentences
from rag.types import Language

__all__ = [
    "REFUSAL_PHRASES",
    "History",
    "Message",
    "Source",
    "answer_messages",
    "is_refusal",
    "remembered",
    "without_marks",
]

History = Sequence[tuple[str, str]]
"""Earlier questions and answers of a conversation, oldest first."""

TURNS = 6
"""Turns of a conversation that a prompt holds at most: the last ones."""
ANSWER_CHARACTERS = 400
"""Characters of an earlier answer in a prompt at most, cut at the end of a sentence."""
QUESTION_CHARACTERS = 2_000
_TITLE_CHARACTERS = 200
# characters of an earlier answer that are looked at for its first sentences
_LOOKED_AT = 4 * ANSWER_CHARACTERS
_BRACKETS = re.compile(r"[\[\]【】［］]")


@dataclass(frozen=True, slots=True)
class Message:
    """One message for a chat model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered text that the answer may use; `date` is ISO 8601, as precise as known."""

    number: int
    title: str
    date: str | None
    language: Language
    text: str


def answer_messages(
    question: str, language: Language, sources: Sequence[Source], history: History = (), insist: bool = False
) -> tuple[Message, ...]:
    """The system message, the conversation so far, and last the sources with the question.

    The instructions are in `language`, which is also the one asked for. `insist` asks for it once more, for a second
    attempt.
    """
    texts = TEXTS[language]
    rules = texts.rules.format(refusal=REFUSAL_PHRASES[language])
    messages = [Message("system", f"{rules}\n{texts.insist}" if insist else rules)]
    for asked, answered in remembered(history):
        messages += [Message("user", asked), Message("assistant", answered)]
    parts = (
        texts.sources,
        *map(_fenced, sources),
        "",
        texts.ask.format(question=neutralised(question[:QUESTION_CHARACTERS])),
        texts.remind_insist if insist else texts.remind,
    )
    return (*messages, Message("user", "\n".join(parts)))


def remembered(history: History) -> tuple[tuple[str, str], ...]:
    """The last turns of a conversation for a prompt: answers shortened and without marks, all of it harmless.

    Turns without a question or an answer are left out, since chat templates want both by turns.
    """
    turns = [(_line(asked), _shortened(answered)) for asked, answered in history[-TURNS:]]
    return tuple((neutralised(asked), neutralised(answered)) for asked, answered in turns if asked and answered)


def without_marks(text: str) -> str:
    """`text` without its citation marks."""
    reader = MarkReader()
    return "".join(token.text for token in [*reader.feed(text), *reader.close()])


def _fenced(source: Source) -> str:
    date = f' date="{neutralised_line(source.date, 20)}"' if source.date else ""
    title = neutralised_line(source.title, _TITLE_CHARACTERS)
    return f'<source id="{source.number}" title="{title}"{date}>\n{neutralised(source.text).strip()}\n</source>'


def _line(question: str) -> str:
    return " ".join(visible(question[:QUESTION_CHARACTERS]).split())


def _shortened(answer: str) -> str:
    """The first sentences of an answer without its marks, the first one whole whatever its length."""
    answer = _unmarked(visible(answer[:_LOOKED_AT])).strip()
    if len(answer) <= ANSWER_CHARACTERS:
        return answer
    spans = split_sentences(answer)
    ends = [span.end for span in spans if span.end <= ANSWER_CHARACTERS]
    return answer[: ends[-1] if ends else spans[0].end]


def _unmarked(answer: str) -> str:
    for _ in range(3):
        bare = without_marks(answer).strip()
        if bare == answer:
            return answer
        answer = bare
    # what is left around a mark becomes one again and again: no answer of ours
    return _BRACKETS.sub("", answer)
