"""A question as retrieval and answering see it: its language, words, names, quantities and what it asks for.

Computed once per question and handed on, so that every stage means the same by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding.late_interaction import QuestionPieces, question_pieces
from rag.embedding.static import StaticModel
from rag.errors import EmptyQuestion
from rag.retrieval.heard_names import unlisted_names
from rag.text.aliases import NameMention, NameTable
from rag.text.folding import fold_texts
from rag.text.pinyin import characters_spelt, letters_of, runs_of_pinyin
from rag.text.quantities import Mention, find_quantities
from rag.text.quantity_forms import MONTHS
from rag.text.question_kinds import asks_for
from rag.text.script import detect_language, has_letters
from rag.text.words import is_function_word, lexical_words
from rag.types import Language

# the end of the text before a word that begins a sentence
_BEGINS = re.compile(r"(?:^|[.!?。！？:：])[\s\W]*$")
# capitals alone make no name of these
_NO_NAMES = frozenset(MONTHS) | {
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("app", "apps", "ceo", "cfo", "cto", "ipo", "pc", "tv"),
}
_PROPER = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*[A-Za-z0-9.-]*[A-Za-z0-9]|(?<![A-Za-z0-9])[a-z]+\d[A-Za-z0-9]*(?:\.\d+)*"
)

MAX_QUESTION = 2_000
"""Characters of a question that are looked at; what is longer is a pasted text, whose start asks the question."""

EXPANSION_WEIGHT = 0.7
"""Weight of a word that stands for a name in the other language, against 1 for a word of the question itself."""

KNOWN = 0.4
"""Cosine of two names from which on the vectors know that they are one: a name that only sounds alike then counts no
more than they say."""


SoundingLike = Callable[[str], Sequence[str]]
SpeltIn = Callable[[str, Language, Sequence[NameMention]], Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Question:
    """An analysed question.

    `words` maps each word for lexical search to its weight. `attribute` marks the question pieces that say what is
    asked about rather than of whom or when: content pieces outside names and numbers, bool, shape (own pieces,).
    `unknown` are the columns of each proper noun in Latin letters that is no known name (BMW, H20, Malaysian): a
    text that answers holds it letter by letter, `unknown_across` those that a text of the other language does, too.
    `unlisted` are the names, folded, that no list knows and another
    language might write by sound, `spelt` the columns of each name that may be pinyin, with what characters it may be.
    `empty` says that no word carries meaning ("what is it?").
    """

    text: str
    language: Language
    pieces: QuestionPieces
    words: dict[str, float]
    names: tuple[NameMention, ...]
    quantities: tuple[Mention, ...]
    asks: frozenset[str]
    attribute: NDArray[np.bool_]
    unknown: tuple[tuple[int, ...], ...]
    unlisted: tuple[str, ...]
    empty: bool
    spelt: tuple[tuple[tuple[int, ...], re.Pattern[str]], ...] = ()
    unknown_across: tuple[tuple[int, ...], ...] = ()


def analyse(
    text: str,
    model: StaticModel,
    names: NameTable,
    sounding_like: SoundingLike | None = None,
    spelt_in: SpeltIn | None = None,
) -> Question:
    """Analyse a question; raises `EmptyQuestion` where there is no letter or digit in it.

    `sounding_like` gives the names of the other language that an unlisted one of the question may be, `spelt_in` the
    names in the question that the other language spells in pinyin, with these; they then stand for them.
    """
    text = " ".join(text.split())[:MAX_QUESTION]
    if not has_letters(text):
        raise EmptyQuestion()
    language, mentions = detect_language(text), names.find(text)
    unlisted = unlisted_names(text, language, mentions)
    alike = {name: sounding_like(name) for name in unlisted} if sounding_like else {}
    if spelt_in:
        alike |= spelt_in(text, language, mentions)
    heard = {name: own for name, own in alike.items() if own}
    forms = {mention.text: names.forms(mention.group) for mention in mentions}
    new = {name: own for name, own in heard.items() if not _is_known(model, name, own[0])}
    pieces = question_pieces(model, text, {**forms, **new})
    named = [mention.text for mention in mentions if names.kind(mention.group) != "concept"]
    unknown = list(_unknown(text, model, pieces, mentions, heard.keys() - new.keys()))
    return Question(
        text=text,
        language=language,
        pieces=pieces,
        words=_weighted_words(text, names, alike.values()),
        names=mentions,
        quantities=find_quantities(text),
        asks=asks_for(text),
        attribute=_attribute(model, pieces, named),
        unknown=tuple(columns for _, columns in unknown),
        unlisted=unlisted,
        spelt=tuple(_spelt(text, model, pieces, mentions)),
        unknown_across=tuple(columns for word, columns in unknown if language != "en" or _keeps_its_letters(word)),
        empty=all(is_function_word(word) for word in lexical_words(text)),
    )


def _unknown(
    text: str, model: StaticModel, pieces: QuestionPieces, mentions: tuple[NameMention, ...], heard: Collection[str]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each unknown proper noun with its columns; names `heard` in the other language are no letters to find."""
    elsewhere = {word for name in heard for word in name.split()} | _NO_NAMES
    columns = {int(piece): column for column, piece in enumerate(pieces.pieces[: pieces.own])}
    for match in _PROPER.finditer(text):
        word = match.group()
        at_start = _BEGINS.search(text, 0, match.start()) and not any(c.isdigit() or c.isupper() for c in word[1:])
        known = any(m.start < match.end() and match.start() < m.end for m in mentions)
        if at_start or known or word.lower() in elsewhere or is_function_word(word.lower()):
            continue
        own = tuple(columns[int(p)] for p in model.pieces([word])[0] if int(p) in columns)
        if own:
            yield word, own


def _keeps_its_letters(word: str) -> bool:
    """Whether Chinese texts write a name in Latin letters too: BMW, H20, GitHub; others are written by sound."""
    return any(char.isdigit() or char.isupper() for part in word.split("-") for char in part[1:])


def _spelt(
    text: str, model: StaticModel, pieces: QuestionPieces, mentions: tuple[NameMention, ...]
) -> Iterator[tuple[tuple[int, ...], re.Pattern[str]]]:
    """The columns of each name that no list knows and that may be pinyin, with a pattern of its characters."""
    columns = {int(piece): column for column, piece in enumerate(pieces.pieces[: pieces.own])}
    for start, end in runs_of_pinyin(text):
        pattern = characters_spelt(letters_of(text[start:end]))
        known = any(m.start < end and start < m.end for m in mentions)
        if pattern is not None and not known and not is_function_word(text[start:end].lower()):
            yield tuple(columns[int(p)] for p in model.pieces([text[start:end]])[0] if int(p) in columns), pattern


def with_spelt_names(question: Question, texts: Sequence[str], best: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best cosines (texts × own pieces) with the names counted as matched that a text writes in Chinese."""
    if not question.spelt or not len(texts):
        return best
    raised, folded = best.copy(), fold_texts(texts)
    for columns, pattern in question.spelt:
        rows = [row for row, text in enumerate(folded) if pattern.search(text)]
        raised[np.ix_(rows, columns)] = 1.0
    return raised


def _attribute(model: StaticModel, pieces: QuestionPieces, named: list[str]) -> NDArray[np.bool_]:
    own = pieces.pieces[: pieces.own]
    content = pieces.weights[: pieces.own] > 0
    of_names = np.isin(own, np.concatenate([*model.pieces(named), np.zeros(0, dtype=np.uint32)]))
    numbers = np.array([model.piece_text(int(piece)).isdigit() for piece in own], dtype=bool)
    attribute: NDArray[np.bool_] = content & ~of_names & ~numbers
    return attribute


def _is_known(model: StaticModel, name: str, other: str) -> bool:
    return float(model.encode_query(name) @ model.encode_query(other)) >= KNOWN


def _weighted_words(text: str, names: NameTable, alike: Iterable[Sequence[str]]) -> dict[str, float]:
    own = lexical_words(text)
    content = [word for word in own if not is_function_word(word)]
    weights = dict.fromkeys(content or own, 1.0)
    for surface in (*names.expand(text), *(form for forms in alike for form in forms)):
        for word in lexical_words(surface):
            weights.setdefault(word, EXPANSION_WEIGHT)
    return weights
