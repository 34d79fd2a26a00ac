"""The built-in answerer: no model writes, the one to three sentences that answer are quoted as they stand.

Invariant: every quote of an answer is a slice of a stored article and carries its own [n]; the words around the
quotes are in the asker's language and script, the quotes in the article's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from rag.answering.selection import Chosen, choose
from rag.answering.sentences import Scored, score_sentences
from rag.answering.short_answer import short_answer
from rag.embedding.contextual import ContextualModel
from rag.embedding.static import StaticModel
from rag.errors import ArticleUnknown
from rag.messages import say
from rag.retrieval.question import Question
from rag.text.aliases import NameTable
from rag.types import Answer, AnswerEvent, Article, Citation, Evidence, Span

NAME = "extractive"
_MATCHED = 0.6
_MARK = re.compile(r"(?:[-*+•‣]|#{1,6}|\d{1,2}[.)])\s+")


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
        self._article, self._refuse_below = article, refuse_below

    def stream(self, question: Question, evidence: Evidence) -> Iterator[AnswerEvent]:
        """The answer piece by piece, then whole."""
        scored = score_sentences(question, evidence.hits, self._model, self._encoder, self._names)
        chosen = choose(scored, evidence.coverage)
        confidence = 0.0 if question.empty else chosen.confidence
        if not chosen.rows or confidence < self._refuse_below:
            answer = self._refusal(question, evidence, confidence)
            yield AnswerEvent("text", text=answer.text)
        else:
            short = self._short(question, scored, chosen)
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

    def _refusal(self, question: Question, evidence: Evidence, confidence: float) -> Answer:
        key = "answer.refused" if evidence.hits else "answer.nothing_found"
        return Answer(
            question=evidence.question,
            language=question.language,
            text=say(key, question.language),
            refused=True,
            confidence=confidence,
            evidence=evidence.hits,
            generator=NAME,
        )

    def _short(self, question: Question, scored: Scored, chosen: Chosen) -> str | None:
        top = chosen.rows[0]
        sentence = scored.sentences[top]
        language = sentence.hit.passage.language
        return short_answer(question, sentence.text, language, scored.found[top], self._names, self._model)

    def _citation(self, question: Question, scored: Scored, row: int, number: int) -> Citation:
        sentence = scored.sentences[row]
        hit, skipped = sentence.hit, _mark_length(sentence.text)
        span, quote = Span(sentence.span.start + skipped, sentence.span.end), sentence.text[skipped:]
        page, date = self._page_and_date(hit.passage.article_id, span.start)
        support = float(np.clip(scored.best_context[row] @ scored.weights, 0, 1))
        return Citation(
            number=number,
            passage_id=hit.passage.id,
            article_id=hit.passage.article_id,
            source=hit.source,
            title=hit.title,
            language=hit.passage.language,
            start=span.start,
            end=span.end,
            quote=quote,
            # the sentence of the answer is the quote itself
            supported=True,
            support=support,
            page=page,
            date=date,
            matched=self._matched(question, quote, span.start),
        )

    def _page_and_date(self, article_id: str, offset: int) -> tuple[int | None, str | None]:
        """What the article says of a quote's place; nothing where it was removed after the evidence was found."""
        try:
            article = self._article(article_id)
        except ArticleUnknown:
            return None, None
        return article.page_of(offset), article.date

    def _matched(self, question: Question, text: str, offset: int) -> tuple[Span, ...]:
        """The words of a quote that some content piece of the question matched, across languages too."""
        pieces, spans = self._model.pieces_with_spans(text)
        if not len(pieces):
            return ()
        weights = question.pieces.weights[: question.pieces.own]
        wanted = question.pieces.vectors[: question.pieces.own][weights > 0]
        if not len(wanted):
            return ()
        best = (self._model.vectors(pieces) @ wanted.T).max(axis=1)
        marked = [span for span, cosine in zip(spans, best, strict=True) if cosine >= _MATCHED]
        marked += [(m.start, m.end) for m in self._names.find(text) if m.group in {n.group for n in question.names}]
        return _merged(marked, offset)


def _mark_length(text: str) -> int:
    """The length of the mark of a list item or a heading that a sentence begins with."""
    mark = _MARK.match(text)
    return mark.end() if mark and mark.end() < len(text) else 0


def _merged(spans: list[tuple[int, int]], offset: int) -> tuple[Span, ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Span(offset + start, offset + end) for start, end in merged)


def _pieces(question: Question, short: str | None, citations: tuple[Citation, ...]) -> Iterator[str]:
    """The text of an answer: the short answer, a lead-in, then a line for each quote."""
    if short:
        yield say("answer.short", question.language, short=short) + "\n"
    yield say("answer.lead", question.language) + "\n"
    left, right = ("“", "”") if question.language != "zh-Hant" else ("「", "」")
    for citation in citations:
        end = "\n" if citation.number < len(citations) else ""
        yield f"{left}{citation.quote.strip()}{right} [{citation.number}]{end}"
