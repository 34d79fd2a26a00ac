"""The facade that the command line, the page and other programs use: one index, questions in, cited answers out.

An assistant may be used from several threads at once. Nothing is held between questions but the open index; what
was ingested by another process is seen by the next question.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answering.extractive import ExtractiveAnswerer
from rag.config import BUNDLED_ENCODER, MODES, Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.errors import ArticleUnknown, BadRequest
from rag.index.store import LocalStore
from rag.retrieval.close_reading import CloseReader
from rag.retrieval.evidence import select_evidence
from rag.retrieval.passage_sentences import SentenceCutter
from rag.retrieval.retriever import CANDIDATES, HybridRetriever
from rag.text.aliases import NameTable
from rag.types import (
    Answer,
    AnswerEvent,
    Article,
    ArticleInfo,
    Encoder,
    Evidence,
    Filters,
    Hit,
    IngestReport,
    Mode,
    Timings,
)

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from rag.answering.chain import PassageRetriever
    from rag.index.synchronise import Progress
    from rag.retrieval.question import Question

History = Sequence[tuple[str, str]]
"""Earlier questions and answers of a conversation, oldest first."""


class Assistant:
    """Answers questions about the articles of one index."""

    def __init__(self, store: LocalStore, encoder: Encoder, settings: Settings) -> None:
        self.store, self.encoder, self.settings = store, encoder, settings

    @classmethod
    def open(cls, index: str | Path | None = None, settings: Settings | None = None, create: bool = True) -> Assistant:
        """Open an index folder, making it when missing unless `create` is false.

        Raises `IndexMissing`, `FormatMismatch`, `EncoderMismatch`, `IndexCorrupt` or `ModelNotFound`.
        """
        settings = settings or Settings.load()
        folder = Path(index if index is not None else settings.index)
        encoder = open_encoder(settings)
        store = LocalStore.open(folder, encoder.fingerprint, encoder.dimensions, create=create)
        return cls(store, encoder, settings)

    @cached_property
    def names(self) -> NameTable:
        """The known names: the bundled list and the user's."""
        return NameTable.load(Path(self.settings.aliases) if self.settings.aliases else None)

    @cached_property
    def retriever(self) -> HybridRetriever:
        """The search over this index."""
        model = bundled_model()
        reader = CloseReader(model, bundled_encoder, SentenceCutter(model))
        return HybridRetriever(self.store, self.encoder, model, self.names, reader)

    @cached_property
    def answerer(self) -> ExtractiveAnswerer:
        """What turns evidence into an answer."""
        return ExtractiveAnswerer(
            bundled_model(), bundled_encoder, self.names, self.article, self.settings.refuse_below
        )

    def ingest(
        self,
        *paths: str | Path,
        progress: Progress | None = None,
        language: str | None = None,
        processes: int = 1,
    ) -> IngestReport:
        """Bring the index in step with files and folders; reasons in the report are in the interface `language`.

        More `processes` make a large ingest faster. They import the calling script again, so a script that asks for
        them keeps its own work under `if __name__ == "__main__":`.
        """
        # reading files takes a tenth of a second to import, which a question need not wait for
        from rag.index.preparation import Preparer
        from rag.index.synchronise import synchronise

        preparer = Preparer(bundled_model(), self.encoder, self.settings.passage_pieces)
        language = language or self.settings.language or "en"
        with self.store.exclusive():
            return synchronise(self.store, preparer, [Path(p) for p in paths], language, progress, processes)

    def articles(self) -> tuple[ArticleInfo, ...]:
        """All articles held, ordered by source."""
        return self.store.snapshot().articles()

    def article(self, article_id: str) -> Article:
        """One article with its text; raises `ArticleUnknown`."""
        return self.store.snapshot().article(article_id)

    def remove(self, *articles: str) -> tuple[str, ...]:
        """Remove articles by id or source and give back their ids; raises `ArticleUnknown` before removing any."""
        held = self.articles()
        found: list[str] = []
        for name in articles:
            matching = [info.id for info in held if info.id == name] or [i.id for i in held if i.source == name]
            if not matching:
                raise ArticleUnknown(article=name)
            found += matching
        self.store.write((), found)
        return tuple(found)

    def search(self, query: str, k: int = 10, mode: Mode = "hybrid", filters: Filters | None = None) -> tuple[Hit, ...]:
        """The k best passages for a query, best first; raises `EmptyQuestion`, or `BadRequest` for another mode."""
        if mode not in MODES:
            raise BadRequest(what=f"mode={mode}", reason_key="reason.need_choice", choices=", ".join(MODES))
        return self.retriever.search(self.retriever.analyse(query), max(k, 0), mode, filters)

    def evidence(self, question: str, filters: Filters | None = None) -> Evidence:
        """What is retrieved for a question, after the cut; raises `EmptyQuestion`."""
        return self._evidence(self.retriever.analyse(question), filters)

    def _evidence(self, analysed: Question, filters: Filters | None) -> Evidence:
        found = self.retriever.find(analysed, CANDIDATES // 2, "hybrid", filters)
        return select_evidence(analysed.text, analysed.language, found.hits, self.settings.sources, found.coverage)

    def ask(self, question: str, history: History = (), filters: Filters | None = None) -> Answer:
        """Answer a question; a refusal is an answer. Raises `EmptyQuestion`."""
        return [event.answer for event in self.stream(question, history, filters) if event.answer][-1]

    async def aask(self, question: str, history: History = (), filters: Filters | None = None) -> Answer:
        """`ask`, off the event loop."""
        import asyncio

        return await asyncio.to_thread(self.ask, question, history, filters)

    def stream(self, question: str, history: History = (), filters: Filters | None = None) -> Iterator[AnswerEvent]:
        """The evidence first, then text as it comes, last the whole answer.

        The built-in answerer takes every question by itself: `history` does not change its answer.
        """
        began = time.perf_counter()
        analysed = self.retriever.analyse(question)
        evidence = self._evidence(analysed, filters)
        found = time.perf_counter()
        yield AnswerEvent("evidence", evidence=evidence)
        for event in self.answerer.stream(analysed, evidence):
            if event.answer is not None:
                timings = _timings(began, found, time.perf_counter())
                event = replace(event, answer=replace(event.answer, question=question, timings_ms=timings))
            yield event

    def answer_steps(self, evidence: Evidence) -> Iterator[AnswerEvent]:
        """The answer to a question whose evidence is known: text as it comes, last the whole answer."""
        return self.answerer.stream(self.retriever.analyse(evidence.question), evidence)

    def as_retriever(self, filters: Filters | None = None) -> PassageRetriever:
        """This index as a LangChain `BaseRetriever`."""
        from rag.answering.chain import PassageRetriever

        return PassageRetriever(retrieve=self.evidence, filters=filters)

    def as_chain(self, filters: Filters | None = None) -> Runnable[Any, Any]:
        """Question → evidence → answer as a LangChain Runnable, which streams the evidence first."""
        from rag.answering.chain import build_chain

        return build_chain(self.as_retriever(filters), self.answer_steps)


def open_encoder(settings: Settings) -> Encoder:
    """The embedding model that the settings name; raises `ModelNotFound` or `MissingDependency`."""
    if settings.encoder == BUNDLED_ENCODER:
        return bundled_model()
    from rag.embedding.transformer import TransformerEncoder

    return TransformerEncoder(settings.encoder)


def _timings(began: float, found: float, ended: float) -> Timings:
    return Timings((found - began) * 1000, (ended - found) * 1000, (ended - began) * 1000)
