"""The built-in answerer: no model writes, the one to three sentences that answer are quoted as they stand.

Invariant: every quote of an answer is a slice of a stored article and carries its own [n]; the words around the
quotes are in the asker's language and script, the quotes in the article's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rag.answering.citing import Citer
from rag.answering.selection import Chosen, choose
from rag.answering.sentences import Scored, score_sentences
from rag.answering.short_answer import short_answer
from rag.embedding.contextual import ContextualModel
from rag.embedding.static import StaticModel
from rag.messages import say
from rag.retrieval.question import Question
from rag.text.aliases import NameTable
from rag.types import Answer, AnswerEvent, Article, Citation, Evidence, Span

NAME = "extractive"
_MARK = re.compile(r"(?:[-*+•‣]|#{1,6}|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The scored sentences of the evidence and which of them answer; `empty` is a question without words."""

    scored: Scored
    chosen: Chosen
    empty: bool

    @property
    def confidence(self) -> float:
        """The estimated probability, 0..1, that the evidence answers."""
        return 0.0 if self.empty else self.chosen.confidence


class ExtractiveAnswerer:
    """Answers by quoting. Thread-safe: it holds no state of a question."""

    def __init__(
        self,
        model: StaticModel,
        encoder: Callable[[], ContextualModel],
        names: NameTable,
        article: Callable[[str], Article],
        refuse_below: float,
    ) -> None:
        self._model, self._encoder, self._names = model, encoder, names
        self._citer, self._refuse_below = Citer(model, names, article), refuse_below

    def assess(self, question: Question, evidence: Evidence) -> Assessment:
        """What the evidence holds for the question; the first half of `stream`."""
        scored = score_sentences(question, evidence.hits, self._model, self._encoder, self._names)
        return Assessment(scored, choose(scored, evidence.coverage), question.empty)

    def stream(
        self, question: Question, evidence: Evidence, assessment: Assessment | None = None
    ) -> Iterator[AnswerEvent]:
        """The answer piece by piece, then whole; the assessment is made where it is not given."""
        assessed = assessment or self.assess(question, evidence)
        scored, chosen = assessed.scored, assessed.chosen
        if not chosen.rows or assessed.confidence < self._refuse_below:
            answer = refusal(question, evidence, assessed.confidence)
            yield AnswerEvent("text", text=answer.text)
        else:
            short = self.short(question, assessed)
            citations = tuple(self._citation(question, scored, row, n) for n, row in enumerate(chosen.rows, start=1))
            pieces = list(_pieces(question, short, citations))
            for piece in pieces:
                yield AnswerEvent("text", text=piece)
            answer = Answer(
                question=evidence.question,
                language=question.language,
                text="".join(pieces),
                refused=False,
                confidence=chosen.confidence,
                citations=citations,
                evidence=evidence.hits,
                short_answer=short,
                generator=NAME,
            )
        yield AnswerEvent("answer", answer=answer)

    def short(self, question: Question, assessed: Assessment) -> str | None:
        """The few words of the best sentence that answer, where there are such."""
        scored, top = assessed.scored, assessed.chosen.rows[0]
        sentence = scored.sentences[top]
        language = sentence.hit.passage.language
        return short_answer(question, sentence.text, language, scored.found[top], self._names, self._model)

    def _citation(self, question: Question, scored: Scored, row: int, number: int) -> Citation:
        sentence = scored.sentences[row]
        skipped = _mark_length(sentence.text)
        span = Span(sentence.span.start + skipped, sentence.span.end)
        support = float(np.clip(scored.best_context[row] @ scored.weights, 0, 1))
        # the sentence of the answer is the quote itself
        return self._citer.cite(question, sentence.hit, span, number, True, support)


def refusal(question: Question, evidence: Evidence, confidence: float, generator: str = NAME) -> Answer:
    """An answer that says, in the asker's language, that the articles do not answer."""
    key = "answer.refused" if evidence.hits else "answer.nothing_found"
    return Answer(
        question=evidence.question,
        language=question.language,
        text=say(key, question.language),
        refused=True,
        confidence=confidence,
        evidence=evidence.hits,
        generator=generator,
    )


def _mark_length(text: str) -> int:
    """The length of the mark of a list item or a heading that a sentence begins with."""
    mark = _MARK.match(text)
    return mark.end() if mark and mark.end() < len(text) else 0


def _pieces(question: Question, short: str | None, citations: tuple[Citation, ...]) -> Iterator[str]:
    """The text of an answer: the short answer, a lead-in, then a line for each quote."""
    if short:
        yield say("answer.short", question.language, short=short) + "\n"
    yield say("answer.lead", question.language) + "\n"
    left, right = ("“", "”") if question.language != "zh-Hant" else ("「", "」")
    for citation in citations:
        end = "\n" if citation.number < len(citations) else ""
        yield f"{left}{citation.quote.strip()}{right} [{citation.number}]{end}"
