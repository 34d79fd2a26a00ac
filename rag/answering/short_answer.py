"""The few words that answer: a number, a date, a name or a list found in the best sentence.

A value found in another language is given in the asker's, with the words of the source behind it in brackets:
"380 billion yuan (3800亿元)", "Moonshot AI (月之暗面)".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.answering.expectation import Found
from rag.retrieval.question import Question
from rag.text.aliases import NameMention, NameTable
from rag.text.quantities import Mention
from rag.text.quantity_writing import render
from rag.text.script import to_script
from rag.types import Language

_NAMES_IN_A_LIST = 6


def short_answer(question: Question, text: str, language: Language, found: Found, names: NameTable) -> str | None:
    """The span that answers, in the asker's language; `None` where the question asks for no such thing.

    `text` is the best sentence, in `language`, and `found` what it holds of what was expected.
    """
    if found.values:
        return _value(question, text, language, found.values)
    if question.asks & {"name_person", "name_org", "place", "list"} and found.names:
        return _names(question, language, found.names, names)
    return None


def _value(question: Question, text: str, language: Language, values: Sequence[Mention]) -> str:
    value = _nearest(question, text, values)
    return in_askers_language(value.text, render(value, question.language), language, question.language)


def _nearest(question: Question, text: str, values: Sequence[Mention]) -> Mention:
    """The value nearest to where the sentence names what the question names; the first where nothing tells."""
    anchors = [at for mention in question.names if (at := text.find(mention.text)) >= 0]
    if not anchors or len(values) == 1:
        return values[0]
    return min(values, key=lambda value: float(np.min([abs(value.start - at) for at in anchors])))


def _names(question: Question, language: Language, mentions: Sequence[NameMention], names: NameTable) -> str:
    distinct = list({mention.group: mention for mention in mentions}.values())
    if "list" not in question.asks:
        distinct = distinct[:1]
    shown = [
        in_askers_language(m.text, names.show(m.group, question.language), language, question.language)
        for m in distinct[:_NAMES_IN_A_LIST]
    ]
    return (", " if question.language == "en" else "、").join(shown)


def in_askers_language(words: str, rendered: str, language: Language, asker: Language) -> str:
    """The rendered words, with those of the source behind them where the source is in the other language."""
    if language[:2] == asker[:2]:
        return to_script(words, asker)
    if rendered.casefold() == words.casefold():
        return words
    return f"{rendered} ({words})" if asker == "en" else f"{rendered}（{words}）"
