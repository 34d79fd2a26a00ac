"""One question through the assistant, and what came of it.

Invariant: everything is judged from what a user would get: the evidence of the stream and its last answer. A question
that could not be answered is a failed row, never a missing one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rag.assistant import Assistant
from rag.errors import RagError
from rag.evaluation.answer_metrics import answer_scores, is_correct
from rag.evaluation.citation_metrics import citation_scores
from rag.evaluation.directions import directions_of
from rag.evaluation.judge import judge_answer
from rag.evaluation.losses import FAILED, Course, loss_of
from rag.evaluation.retrieval_metrics import retrieval_scores
from rag.evaluation.types import Judged, Located, Outcome, Place, Relevant
from rag.models.base import LocalChatModel
from rag.types import Answer, Citation, Evidence, Hit, Language

NEAR_THE_TOP = 5
"""How many passages the heat map of languages looks at."""

_QUOTING = "extractive"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the assistant made of a question."""

    evidence: Evidence
    answer: Answer

    @property
    def retrieved(self) -> tuple[str, ...]:
        """Passage ids, best first, the cut ones last."""
        return tuple(hit.passage.id for hit in (*self.evidence.hits, *self.evidence.cut))


def ask(assistant: Assistant, question: str) -> Asked:
    """Evidence and answer of one question; raises what the assistant raises."""
    evidence: Evidence | None = None
    answer: Answer | None = None
    for event in assistant.stream(question):
        evidence, answer = event.evidence or evidence, event.answer or answer
    if evidence is None or answer is None:
        raise RagError
    return Asked(evidence, answer)


def judge_question(
    assistant: Assistant, located: Located, relevant: Relevant | None, model: LocalChatModel | None = None
) -> Judged:
    """Ask and judge one question; with a `model` its opinion stands beside (`judge_…`)."""
    try:
        asked = ask(assistant, located.pair.question)
    except RagError as error:
        return _failed(located, relevant, str(error))
    except Exception as error:  # one error that nobody foresaw does not end a run of hours
        _log.warning("question %s failed", located.pair.id)
        _log.debug("unexpected", exc_info=error)
        return _failed(located, relevant, f"{type(error).__name__}: {error}")
    row = judged(assistant, located, relevant, asked)
    if model is None:
        return row
    opinion = judge_answer(model, located.pair.question, located.pair.answers, row.answer)
    return _row(located, asked, {**row.scores, **opinion}, row.loss)


def judged(assistant: Assistant, located: Located, relevant: Relevant | None, asked: Asked) -> Judged:
    """Judge what the assistant made of a question.

    Beside the scores of the metrics: `correct`, 1 where `is_correct`, or where an answer that quotes quotes all parts
    of the evidence; `right_decision`, 1 where the answerable was answered and the unanswerable refused;
    `found_en@5`, `found_zh-Hans@5`, …, 1 where evidence in that language is among the first five.
    """
    pair, answer = located.pair, asked.answer
    scores = dict(retrieval_scores(asked.retrieved, relevant)) if relevant is not None else {}
    scores |= answer_scores(pair, answer)
    scores |= citation_scores(located, relevant, answer, assistant.article)
    scores["right_decision"] = float(answer.refused != pair.answerable)
    if pair.answerable:
        quoted = answer.generator == _QUOTING and scores.get("citation_recall", 0.0) >= 1
        scores["correct"] = float(not answer.refused and (quoted or is_correct(scores)))
    if relevant is not None:
        scores |= _by_language(asked.retrieved[:NEAR_THE_TOP], relevant)
    loss = loss_of(
        Course(
            answerable=pair.answerable,
            refused=answer.refused,
            correct=scores.get("correct", 0.0) >= 1,
            parts=relevant.parts if relevant is not None else (),
            retrieved=asked.retrieved,
            kept=len(asked.evidence.hits),
            limit=assistant.settings.sources,
            cited=frozenset(citation.passage_id for citation in answer.citations),
        )
    )
    return _row(located, asked, scores, loss)


def outcome_of(row: Judged) -> Outcome:
    """What refusal is judged by."""
    return Outcome(row.answerable, row.refused, row.confidence, row.scores.get("correct", 0.0) >= 1)


def _by_language(first: tuple[str, ...], relevant: Relevant) -> dict[str, float]:
    found: dict[Language, float] = {}
    for passage in relevant.passages:
        language = relevant.languages[passage]
        found[language] = max(found.get(language, 0.0), float(passage in first))
    return {f"found_{language}@{NEAR_THE_TOP}": value for language, value in found.items()}


def _failed(located: Located, relevant: Relevant | None, error: str) -> Judged:
    """The row of a question that got no answer: nothing found, nothing said, nothing right."""
    scores = {"right_decision": 0.0}
    if relevant is not None:
        scores |= retrieval_scores((), relevant) | _by_language((), relevant)
    if located.pair.answerable:
        scores |= dict.fromkeys(("correct", "contains", "exact_match", "f1", "citation_recall"), 0.0)
    return _row(located, None, scores, FAILED, error)


def _row(located: Located, asked: Asked | None, scores: Mapping[str, float], loss: str, error: str = "") -> Judged:
    pair, answer = located.pair, asked.answer if asked else None
    return Judged(
        id=pair.id,
        question=pair.question,
        language=pair.language,
        type=pair.type,
        answerable=pair.answerable,
        answers=pair.answers,
        places=located.places,
        directions=directions_of(pair.language, _languages(located.places)),
        refused=answer.refused if answer else False,
        confidence=answer.confidence if answer else 0.0,
        scores=scores,
        answer=_answer_form(answer) if answer else {},
        retrieved=asked.retrieved if asked else (),
        stages_ms={name: round(ms, 2) for name, ms in asdict(answer.timings_ms).items()} if answer else {},
        loss=loss,
        error=error,
    )


def _languages(places: tuple[Place, ...]) -> list[Language]:
    return [place.language for place in places]


def _answer_form(answer: Answer) -> dict[str, Any]:
    """The contract's answer object without the texts of the evidence, which the index holds."""
    return {
        "question": answer.question,
        "language": answer.language,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "refused": answer.refused,
        "confidence": round(answer.confidence, 4),
        "citations": [_citation_form(citation) for citation in answer.citations],
        "evidence": [_hit_form(hit) for hit in answer.evidence],
        "generator": answer.generator,
        "notices": list(answer.notices),
    }


def _citation_form(citation: Citation) -> dict[str, Any]:
    form = asdict(citation)
    form["matched"] = [[span.start, span.end] for span in citation.matched]
    form["support"] = round(citation.support, 4)
    return form


def _hit_form(hit: Hit) -> dict[str, Any]:
    return {
        "passage_id": hit.passage.id,
        "source": hit.source,
        "title": hit.title,
        "language": hit.passage.language,
        "score": round(hit.score, 4),
        "rank": hit.rank,
    }
