"""The sentences of the evidence, and how well each one fits the question: features with fixed names and order.

Invariant: `FEATURES` names the columns of every feature array; the weights in `resources/answering.json` carry the
same names, so a change here without new weights is noticed when they are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rag.answering.expectation import Expectation, Found
from rag.embedding.contextual import ContextualModel
from rag.embedding.late_interaction import best_cosines, late_scores
from rag.embedding.static import StaticModel
from rag.retrieval.question import Question, with_spelt_names
from rag.text.aliases import NameTable
from rag.text.sentences import split_sentences
from rag.types import Hit, Span

FEATURES = (
    "late",
    "late_context",
    "dense",
    "encoder",
    "contextual",
    "contextual_weakest",
    "passage",
    "exact",
    "neighbour",
    "names",
    "names_context",
    "quantities",
    "number_kind",
    "number_any",
    "number_missing",
    "date",
    "date_missing",
    "name",
    "name_missing",
    "reason",
    "list",
    "definition",
    "length",
    "short",
    "interrogative",
    "other_language",
)
READ = 16
"""Sentences that the sentence encoder reads: those that late interaction likes best."""

_MATCHED = 0.99


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit; `span` is in the article, `context` its title, heading and the sentence before it."""

    hit: Hit
    span: Span
    text: str
    context: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """The sentences of some evidence with all that was computed of them, row by row.

    `features` has shape (sentences, FEATURES), `best` (sentences, question pieces): the best cosine of each
    question piece in each sentence, `best_context` the same with its context, `vectors` (sentences, dimensions).
    `weights` are those of the question pieces, `attribute` marks those that say what is asked about,
    `unknown` are the columns of proper nouns that are no known names, `unknown_across` of those that the other language
    writes with the same letters.
    """

    sentences: tuple[Sentence, ...]
    found: tuple[Found, ...]
    features: NDArray[np.float32]
    best: NDArray[np.float32]
    best_context: NDArray[np.float32]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    attribute: NDArray[np.bool_]
    unknown: tuple[tuple[int, ...], ...]
    unknown_across: tuple[tuple[int, ...], ...]


def sentences_of(hits: Sequence[Hit]) -> tuple[Sentence, ...]:
    """The sentences of the hits, best hit first, each once though passages overlap."""
    sentences: dict[tuple[str, int, int], Sentence] = {}
    for hit in hits:
        passage, before = hit.passage, ""
        for span in split_sentences(passage.text):
            text = passage.text[span.start : span.end]
            place = Span(passage.start + span.start, passage.start + span.end)
            context = tuple(part for part in (hit.title, passage.heading, before) if part)
            sentences.setdefault((passage.article_id, place.start, place.end), Sentence(hit, place, text, context))
            before = text
    return tuple(sentences.values())


def score_sentences(
    question: Question,
    hits: Sequence[Hit],
    model: StaticModel,
    encoder: Callable[[], ContextualModel],
    names: NameTable,
) -> Scored:
    """Compute the features of every sentence of the hits; `encoder` gives the encoder when it is needed."""
    sentences = sentences_of(hits)
    pieces = model.pieces([sentence.text for sentence in sentences])
    around = _pieces_of_contexts(sentences, pieces, model)
    best = best_cosines(model, question.pieces, pieces)
    best = with_spelt_names(question, [sentence.text for sentence in sentences], best)
    around_best = best_cosines(model, question.pieces, around)
    around_best = with_spelt_names(question, [" ".join(sentence.context) for sentence in sentences], around_best)
    context = np.maximum(best, around_best)
    vectors = model.encode_pieces(pieces)
    expectation = Expectation(question, names)
    looked = [expectation.look(sentence.text, sentence.context) for sentence in sentences]
    found = _in_their_passages(expectation, sentences, looked)
    late, late_context = late_scores(question.pieces, best), late_scores(question.pieces, context)
    dense = vectors @ model.encode_query(question.text) if len(sentences) else np.zeros(0, dtype=np.float32)
    languages = np.array([sentence.hit.passage.language[:2] for sentence in sentences])
    weights = question.pieces.weights[: question.pieces.own]
    lengths = np.array([len(own) for own in pieces], dtype=np.float32)
    columns = {
        "late": _against_background(late, languages),
        "late_context": _against_background(late_context, languages) - _against_background(late, languages),
        "dense": _against_background(dense, languages),
        **_by_encoder(question.text, sentences, late_context, encoder),
        "passage": np.array([sentence.hit.score for sentence in sentences]) - max((h.score for h in hits), default=0),
        "exact": (best > _MATCHED) @ weights,
        "neighbour": _neighbours(sentences, late),
        "length": np.log1p(lengths) / 5,
        "short": (lengths < 6).astype(np.float32),
        "interrogative": np.array([sentence.text.rstrip('”"』」 ').endswith(("?", "？")) for sentence in sentences]),
        "other_language": languages != question.language[:2],
        **{name: np.array([one.features[name] for one in found]) for name in (found[0].features if found else ())},
    }
    features = (
        np.stack([np.asarray(columns[name], dtype=np.float32) for name in FEATURES], axis=1)
        if found
        else (np.zeros((0, len(FEATURES)), dtype=np.float32))
    )
    return Scored(
        sentences,
        found,
        features,
        best,
        context,
        vectors,
        weights,
        question.attribute,
        question.unknown,
        question.unknown_across,
    )


def _in_their_passages(
    expectation: Expectation, sentences: Sequence[Sentence], looked: Sequence[Found]
) -> tuple[Found, ...]:
    """What was found in each sentence, with what its passage and its article lack."""
    named: dict[str, frozenset[str]] = {}
    for sentence, one in zip(sentences, looked, strict=True):
        article = sentence.hit.passage.article_id
        named[article] = named.get(article, frozenset()) | one.groups
    found: list[Found] = []
    for _, both in groupby(zip(sentences, looked, strict=True), key=lambda both: both[0].hit.passage.id):
        own = list(both)
        around = named[own[0][0].hit.passage.article_id]
        found += expectation.within_passage([one for _, one in own], around)
    return tuple(found)


def _by_encoder(
    question: str,
    sentences: Sequence[Sentence],
    late: NDArray[np.float32],
    encoder: Callable[[], ContextualModel],
) -> dict[str, NDArray[np.float32]]:
    """What the encoder makes of the sentences that it reads; the others get the worst of these.

    `encoder` is the cosine with the question, `contextual` what the question's pieces in their context find in the
    sentence, `contextual_weakest` the most that one of them misses, by its worth.
    """
    if not sentences:
        return {name: np.zeros(0, dtype=np.float32) for name in ("encoder", "contextual", "contextual_weakest")}
    rows = np.argsort(-late, kind="stable")[:READ]
    asked, *told = encoder().read([question, *(sentences[int(row)].text for row in rows)])
    best = np.array([asked.best_in(reading) for reading in told])
    read = {
        "encoder": np.array([reading.vector for reading in told]) @ asked.vector,
        "contextual": best @ asked.worth,
        "contextual_weakest": ((1 - best) * asked.worth).max(axis=1, initial=0.0),
    }
    columns = {}
    for name, values in read.items():
        worst = values.max() if name == "contextual_weakest" else values.min()
        columns[name] = np.full(len(sentences), worst, dtype=np.float32)
        columns[name][rows] = values
    return columns


def _pieces_of_contexts(
    sentences: Sequence[Sentence], pieces: Sequence[NDArray[np.uint32]], model: StaticModel
) -> list[NDArray[np.uint32]]:
    """The pieces of every context; a title or sentence that stands in many contexts is cut into pieces once."""
    known = {sentence.text: own for sentence, own in zip(sentences, pieces, strict=True)}
    missing = list({part: None for sentence in sentences for part in sentence.context if part not in known})
    known.update(zip(missing, model.pieces(missing), strict=True))
    none = np.zeros(0, dtype=np.uint32)
    return [np.concatenate([none, *(known[part] for part in sentence.context)]) for sentence in sentences]


def _against_background(values: NDArray[np.float32], languages: NDArray[np.str_]) -> NDArray[np.float32]:
    """Values less the mean of their language, so that sentences of two languages can be compared."""
    centred = values.copy()
    for language in np.unique(languages):
        same = languages == language
        centred[same] -= values[same].mean()
    return centred


def _neighbours(sentences: Sequence[Sentence], late: NDArray[np.float32]) -> NDArray[np.float32]:
    """The better of the scores of the sentences before and after, in the same article; 0 where there is none."""
    best = np.zeros(len(sentences), dtype=np.float32)
    for i in range(1, len(sentences)):
        if sentences[i].hit.passage.id == sentences[i - 1].hit.passage.id:
            best[i] = max(best[i], late[i - 1])
            best[i - 1] = max(best[i - 1], late[i])
    return best
