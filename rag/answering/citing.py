"""A citation made of a span of a passage: the quote, its place, and the words in it that matched the question."""

from __future__ import annotations

from collections.abc import Callable

from rag.embedding.static import StaticModel
from rag.errors import ArticleUnknown
from rag.retrieval.question import Question
from rag.text.aliases import NameTable
from rag.types import Article, Citation, Hit, Span

_MATCHED = 0.6


class Citer:
    """Makes citations; `article` gives an article by its id. Thread-safe: it holds no state of a question."""

    def __init__(self, model: StaticModel, names: NameTable, article: Callable[[str], Article]) -> None:
        self._model, self._names, self._article = model, names, article

    def cite(self, question: Question, hit: Hit, span: Span, number: int, supported: bool, support: float) -> Citation:
        """The citation of `span`, offsets into the article that lie in the passage of `hit`."""
        passage = hit.passage
        quote = passage.text[span.start - passage.start : span.end - passage.start]
        page, date = self._page_and_date(passage.article_id, span.start)
        return Citation(
            number=number,
            passage_id=passage.id,
            article_id=passage.article_id,
            source=hit.source,
            title=hit.title,
            language=passage.language,
            start=span.start,
            end=span.end,
            quote=quote,
            supported=supported,
            support=support,
            page=page,
            date=date,
            matched=self._matched(question, quote, span.start),
        )

    def date(self, hit: Hit) -> str | None:
        """The date of the article of a hit."""
        return self._page_and_date(hit.passage.article_id, 0)[1]

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


def _merged(spans: list[tuple[int, int]], offset: int) -> tuple[Span, ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Span(offset + start, offset + end) for start, end in merged)
