"""The facade that the command line, the page and other programs use: one index, questions in, cited answers out.

An assistant may be used from several threads at once. Nothing is held between questions but the open index and the
open model; what was ingested by another process is seen by the next question.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Self

from rag.answering.citing import Citer
from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.standing_alone import stand_alone
from rag.answering.support import SupportChecker
from rag.answering.written import WrittenAnswerer
from rag.config import BUNDLED_ENCODER, MODES, Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.errors import ArticleUnknown, BadRequest
from rag.index.store import LocalStore
from rag.messages import say
from rag.models.base import ChatOptions
from rag.models.holder import Held, ModelHolder
from rag.models.retuned import Retuned
from rag.retrieval.close_reading import CloseReader
from rag.retrieval.cross_encoder import CrossEncoderReranker
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
    from rag.models.base import LocalChatModel
    from rag.retrieval.question import Question

History = Sequence[tuple[str, str]]
"""Earlier questions and answers of a conversation, oldest first."""


class Assistant:
    """Answers questions about the articles of one index."""

    def __init__(self, store: LocalStore, encoder: Encoder, settings: Settings) -> None:
        self.store, self.encoder, self.settings = store, encoder, settings
        self._options = _chat_options(settings)
        self._holder = ModelHolder(settings.model, self._options)
        self._own_model, self._thinking = True, False

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

    def beside(self, index: str | Path) -> Assistant:
        """An assistant over another index folder, made when missing, that shares all that is loaded with this one.

        The shared models belong to this assistant: `close` of the other one leaves them open. Raises as `open`.
        """
        store = LocalStore.open(Path(index), self.encoder.fingerprint, self.encoder.dimensions, create=True)
        other = Assistant(store, self.encoder, replace(self.settings, index=str(index)))
        other.names, other._reader, other._reranker = self.names, self._reader, self._reranker
        other._borrow(self)
        return other

    def with_settings(self, settings: Settings, lender: Assistant | None = None) -> Assistant:
        """An assistant over the same index with other settings; `index` and `encoder` stay those of this one.

        What the settings leave as it is, is shared: the search, and the model where only thinking differs. A shared
        model belongs to this assistant, or to the `lender`: `close` of the other one leaves it open.
        """
        other = Assistant(self.store, self.encoder, settings)
        same = self.settings.aliases == settings.aliases
        if same:
            other.names, other._checker = self.names, self._checker
        if same and self.settings.reranker == settings.reranker:
            other.retriever = self.retriever
        if same and self.settings.refuse_below == settings.refuse_below:
            other.answerer = self.answerer
        other._borrow(lender or self)
        return other

    def _borrow(self, lender: Assistant) -> None:
        """Answer with the model of another assistant, where one open model serves both."""
        if same_model(lender.settings, self.settings):
            self._holder, self._own_model = lender._holder, False
            self._thinking = lender._thinking or lender.settings.thinking != self.settings.thinking

    @cached_property
    def names(self) -> NameTable:
        """The known names: the bundled list and the user's."""
        return NameTable.load(Path(self.settings.aliases) if self.settings.aliases else None)

    @cached_property
    def retriever(self) -> HybridRetriever:
        """The search over this index."""
        return HybridRetriever(self.store, self.encoder, bundled_model(), self.names, self._reader, self._reranker)

    @cached_property
    def _reader(self) -> CloseReader:
        model = bundled_model()
        return CloseReader(model, bundled_encoder, SentenceCutter(model))

    @cached_property
    def _reranker(self) -> CrossEncoderReranker | None:
        return CrossEncoderReranker(self.settings.reranker) if self.settings.reranker else None

    @cached_property
    def answerer(self) -> ExtractiveAnswerer:
        """The built-in answerer, which needs no model."""
        return ExtractiveAnswerer(
            bundled_model(), bundled_encoder, self.names, self.article, self.settings.refuse_below
        )

    @cached_property
    def _checker(self) -> SupportChecker:
        return SupportChecker(bundled_model(), bundled_encoder, self.names, self.article)

    def generator(self) -> Held:
        """What writes the answers, opened if it is not yet, and why; without a model the built-in answerer does.

        Raises `SettingsError` for a setting that names nothing.
        """
        held = self._holder.get()
        if held.model is None or not self._thinking:
            return held
        return replace(held, model=Retuned(held.model, self.settings.thinking))

    def close(self) -> None:
        """Stop the local model and free its memory; the index needs no closing."""
        if self._own_model:
            self._holder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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

    def stream(
        self,
        question: str,
        history: History = (),
        filters: Filters | None = None,
        cancelled: Event | None = None,
    ) -> Iterator[AnswerEvent]:
        """The evidence first, then text as it comes, last the whole answer.

        A question that leans on `history` is searched for as it would stand alone. Setting `cancelled` ends a model's
        writing at once, with the answer as far as it came.
        """
        began = time.perf_counter()
        analysed, searched_for = self._asked(question, history, cancelled)
        evidence = self._evidence(analysed, filters)
        found = time.perf_counter()
        yield AnswerEvent("evidence", evidence=evidence)
        for event in self._steps(analysed, evidence, history, cancelled):
            if event.answer is not None:
                timings = _timings(began, found, time.perf_counter())
                answer = replace(event.answer, question=question, timings_ms=timings, searched_for=searched_for)
                event = replace(event, answer=answer)
            yield event

    def _asked(self, question: str, history: History, cancelled: Event | None = None) -> tuple[Question, str | None]:
        """The question as it is searched for, in the asker's language, and its words where they are not the asker's."""
        analysed = self.retriever.analyse(question)
        if not history:
            return analysed, None
        model = self.generator().model
        alone = stand_alone(question, analysed.language, history, model, cancelled)
        if alone == question:
            return analysed, None
        return replace(self.retriever.analyse(alone), language=analysed.language), alone

    def _steps(
        self, question: Question, evidence: Evidence, history: History = (), cancelled: Event | None = None
    ) -> Iterator[AnswerEvent]:
        """The answer by the model, or by the built-in answerer where there is none; with notices of what failed."""
        held, language = self.generator(), question.language
        notices = tuple(self._failures(held, language))
        if held.model is None:
            steps = self.answerer.stream(question, evidence)
        else:
            steps = self._writer(held.model).stream(question, evidence, history, cancelled)
        for event in steps:
            if event.answer is not None and notices:
                event = replace(event, answer=replace(event.answer, notices=(*notices, *event.answer.notices)))
            yield event

    def _writer(self, model: LocalChatModel) -> WrittenAnswerer:
        citer = Citer(bundled_model(), self.names, self.article)
        return WrittenAnswerer(model, self._options, self.answerer, self._checker, citer)

    def _failures(self, held: Held, language: str) -> Iterator[str]:
        if held.error is not None:
            reason = held.error.in_language(language)
            yield say("notice.model_failed", language, model=held.label, reason=reason)
        reranker = self.retriever.reranker
        if reranker is not None and reranker.error is not None:
            yield say("notice.reranker_failed", language, reason=reranker.error.in_language(language))

    def answer_steps(self, evidence: Evidence, history: History = ()) -> Iterator[AnswerEvent]:
        """The answer to a question whose evidence is known: text as it comes, last the whole answer."""
        asked = replace(self.retriever.analyse(evidence.question), language=evidence.language)
        return self._steps(asked, evidence, history)

    def as_retriever(self, filters: Filters | None = None) -> PassageRetriever:
        """This index as a LangChain `BaseRetriever`."""
        from rag.answering.chain import PassageRetriever

        return PassageRetriever(retrieve=self.evidence, filters=filters)

    def as_chain(self, filters: Filters | None = None) -> Runnable[Any, Any]:
        """Question (or `{"question", "history"}`) → evidence → answer as a LangChain Runnable.

        Streamed, it yields the evidence first.
        """
        from rag.answering.chain import build_chain

        def find(inputs: dict[str, Any]) -> Evidence:
            return self._evidence(self._asked(inputs["question"], inputs.get("history", ()))[0], filters)

        def steps(inputs: dict[str, Any]) -> Iterator[AnswerEvent]:
            evidence: Evidence = inputs["evidence"]
            asked = self.retriever.analyse(inputs["question"]).text
            for event in self.answer_steps(evidence, inputs.get("history", ())):
                if event.answer is not None and asked != evidence.question:
                    event = replace(event, answer=replace(event.answer, searched_for=evidence.question))
                yield event

        return build_chain(find, steps)


def open_encoder(settings: Settings) -> Encoder:
    """The embedding model that the settings name; raises `ModelNotFound` or `MissingDependency`."""
    if settings.encoder == BUNDLED_ENCODER:
        return bundled_model()
    from rag.embedding.transformer import TransformerEncoder

    return TransformerEncoder(settings.encoder)


def same_model(one: Settings, other: Settings) -> bool:
    """Whether one open model serves both settings; thinking is said anew with each question."""
    options = replace(_chat_options(one), thinking=other.thinking)
    return one.model.strip() == other.model.strip() and options == _chat_options(other)


def _chat_options(settings: Settings) -> ChatOptions:
    return ChatOptions(
        settings.thinking, settings.effort, settings.thinking_tokens, settings.answer_tokens, settings.context
    )


def _timings(began: float, found: float, ended: float) -> Timings:
    return Timings((found - began) * 1000, (ended - found) * 1000, (ended - began) * 1000)
