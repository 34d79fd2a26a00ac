"""The few words that answer: a number, a date, a name or a list found in the best sentence.

A value found in another language is given in the asker's, with the words of the source behind it in brackets:
"380 billion yuan (3800亿元)", "Moonshot AI (月之暗面)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.expectation import Found
from rag.answering.fitting_values import fitting_values, with_measure
from rag.embedding.late_interaction import best_cosines, late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.question import Question
from rag.text.aliases import NameMention, NameTable
from rag.text.quantity_writing import render
from rag.text.script import to_script
from rag.types import Language

_NAMES_IN_A_LIST = 8
_EXACT = 0.95
_BREAK = re.compile(r"[，；;。]|,(?!\d)|——| – | but | while | and (?=\w+ (?:is|was|will|has|had)\b)")


def short_answer(
    question: Question, text: str, language: Language, found: Found, names: NameTable, model: StaticModel
) -> str | None:
    """The span that answers, in the asker's language; `None` where the question asks for no such thing.

    `text` is the best sentence, in `language`, and `found` what it holds of what was expected.
    """
    if values := fitting_values(question, text, found.values):
        value = values[_best_clause(question, text, [(m.start, m.end) for m in values], model)]
        words = with_measure(text, value)
        return in_askers_language(words, render(value, question.language), language, question.language)
    if "name_person" in question.asks:
        return _person(question, text, language, found, names, model)
    wanted = _wanted_names(question, found, names)
    if "list" in question.asks:
        listed = _members(wanted, text)
        return _list(question, language, listed, names) if len(listed) > 1 else None
    if wanted and question.asks & {"name_org", "place"}:
        best = wanted[_best_clause(question, text, [(m.start, m.end) for m in wanted], model)]
        return _shown(best, question.language, language, names)
    return None


def _wanted_names(question: Question, found: Found, names: NameTable) -> list[NameMention]:
    """The names of the kind asked for, each group once; a country is no company, nor is a company's product."""
    # "at which company" asks for a place by its words only
    kind = "place" if "place" in question.asks and "name_org" not in question.asks else "name"
    distinct = {
        mention.group: mention
        for mention in reversed(found.names)
        if names.kind(mention.group) == kind and not ("name_org" in question.asks and names.owner(mention.group))
    }
    return sorted(distinct.values(), key=lambda mention: mention.start)


def _person(
    question: Question, text: str, language: Language, found: Found, names: NameTable, model: StaticModel
) -> str | None:
    known = [m for m in found.names if names.kind(m.group) == "person"]
    if known:
        best = known[_best_clause(question, text, [(m.start, m.end) for m in known], model)]
        return _shown(best, question.language, language, names)
    if not found.people:
        return None
    person = found.people[_best_clause(question, text, [(m.start, m.end) for m in found.people], model)]
    return in_askers_language(person.text, person.text, language, question.language)


def _best_clause(question: Question, text: str, spans: Sequence[tuple[int, int]], model: StaticModel) -> int:
    """Which of several spans stands in the clause that fits the question best; of equals the first.

    A clause often leaves out what those before it have named ("the loss was 30%, this year 12%"), so it is measured
    by itself and together with them. Words that stand there letter by letter count before those that are alike: last
    year is not this year.
    """
    if len(spans) == 1:
        return 0
    places = [_clause(text, start, end) for start, end in spans]
    clauses = [text[low:high] for low, high in places] + [text[:high] for _, high in places]
    best = best_cosines(model, question.pieces, model.pieces(clauses))
    scores = late_scores(question.pieces, best).reshape(2, -1).sum(axis=0)
    weights = question.pieces.weights[: question.pieces.own]
    own, together = ((best >= _EXACT) @ weights).round(4).reshape(2, -1)
    return max(range(len(spans)), key=lambda at: (together[at], own[at], scores[at], -at))


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause of `text` around a span begins and ends."""
    breaks = [match.end() for match in _BREAK.finditer(text)]
    low = max((at for at in breaks if at <= start), default=0)
    high = min((at for at in breaks if at >= end), default=len(text))
    return low, high


def _members(mentions: Sequence[NameMention], text: str) -> list[NameMention]:
    """The names that a list holds: neither a cited newspaper nor the product that stands behind its maker's name."""
    members: list[NameMention] = []
    end = -1
    for mention in mentions:
        cited = text[: mention.start].endswith("《") and text.startswith("》", mention.end)
        if not cited and (end < 0 or text[end : mention.start].strip()):
            members.append(mention)
        end = mention.end
    return members


def _list(question: Question, language: Language, mentions: Sequence[NameMention], names: NameTable) -> str:
    shown = [_shown(mention, question.language, language, names) for mention in mentions[:_NAMES_IN_A_LIST]]
    return (", " if question.language == "en" else "、").join(shown)


def _shown(mention: NameMention, asker: Language, language: Language, names: NameTable) -> str:
    return in_askers_language(mention.text, names.show(mention.group, asker), language, asker)


def in_askers_language(words: str, rendered: str, language: Language, asker: Language) -> str:
    """The rendered words, with those of the source behind them where the source is in the other language."""
    # a value may be broken over two lines of its article
    words, rendered = " ".join(words.split()), " ".join(rendered.split())
    if language[:2] == asker[:2]:
        return to_script(words, asker)
    if rendered.casefold() == words.casefold():
        return words
    return f"{rendered} ({words})" if asker == "en" else f"{rendered}（{words}）"
