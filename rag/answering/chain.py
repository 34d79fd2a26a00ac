"""The chain in LangChain's idiom: question → evidence → answer, as a retriever, an answerer and their composition.

`chain.invoke(question)` gives `{"question", "evidence", "answer"}`; `chain.stream(question)` yields the evidence
first and then the growing answer. The steps are the same functions that the assistant calls itself; importing
langchain_core takes most of a second, so nothing imports this module before it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda, RunnablePassthrough

from rag.types import AnswerEvent, Evidence, Filters, Hit

Retrieve = Callable[[str, Filters | None], Evidence]
Find = Callable[[dict[str, Any]], Evidence]
AnswerSteps = Callable[[dict[str, Any]], Iterator[AnswerEvent]]


class PassageRetriever(BaseRetriever):
    """The evidence of a question as LangChain documents; `metadata` holds the passage's identity and place."""

    retrieve: Retrieve
    filters: Filters | None = None

    def evidence(self, question: str) -> Evidence:
        """The same as the project's own value."""
        return self.retrieve(question, self.filters)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [document_of(hit) for hit in self.evidence(query).hits]


def document_of(hit: Hit) -> Document:
    """A hit as a LangChain document."""
    passage = hit.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "passage_id": passage.id,
            "article_id": passage.article_id,
            "source": hit.source,
            "title": hit.title,
            "language": passage.language,
            "start": passage.start,
            "end": passage.end,
            "score": hit.score,
            "rank": hit.rank,
        },
    )


def answerer(steps: AnswerSteps) -> Runnable[Any, Any]:
    """A Runnable that turns a dict with `evidence` into an `Answer`; streamed, it yields events and ends with it.

    Where the input also holds `question`, the answer carries it as it was asked.
    """

    def events(inputs: Iterator[dict[str, Any]]) -> Iterator[AnswerEvent]:
        whole: dict[str, Any] = {}
        for part in inputs:
            whole.update(part)
        yield from (_as_asked(event, whole) for event in steps(whole))

    async def aevents(inputs: AsyncIterator[dict[str, Any]]) -> AsyncIterator[AnswerEvent]:
        whole: dict[str, Any] = {}
        async for part in inputs:
            whole.update(part)
        waiting = steps(whole)
        # each step is computed off the event loop
        while (event := await asyncio.to_thread(next, waiting, None)) is not None:
            yield _as_asked(event, whole)

    def answer(inputs: dict[str, Any]) -> Any:
        events = (_as_asked(event, inputs) for event in steps(inputs))
        return [event.answer for event in events if event.answer is not None][-1]

    return _Answerer(answer, RunnableGenerator(events, aevents))


def _as_asked(event: AnswerEvent, inputs: dict[str, Any]) -> AnswerEvent:
    """The event with the question as it was asked; the evidence holds it as it was searched for."""
    if event.answer is None or "question" not in inputs:
        return event
    return replace(event, answer=replace(event.answer, question=inputs["question"]))


class _Answerer(RunnableLambda[Any, Any]):
    """Invoked it gives the answer; streamed it gives the events."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any], events: RunnableGenerator[Any, Any]) -> None:
        super().__init__(answer, name="answerer")
        self._events = events

    def transform(self, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Stream the events of the answer."""
        yield from self._events.transform(input, config, **kwargs)

    async def atransform(self, input: AsyncIterator[Any], config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Stream the events of the answer."""
        async for event in self._events.atransform(input, config, **kwargs):
            yield event


def build_chain(find: Find, steps: AnswerSteps) -> Runnable[Any, Any]:
    """Compose search and answer; the input is the question, or a dict with `question` and, if any, `history`.

    `find` gives the evidence of such a dict, `steps` the answer to one that holds its `evidence` too.
    """
    as_dict = RunnableLambda(lambda question: question if isinstance(question, dict) else {"question": question})
    evidence: Runnable[Any, Any] = RunnableLambda(find, name="evidence")
    return as_dict | RunnablePassthrough.assign(evidence=evidence) | RunnablePassthrough.assign(answer=answerer(steps))
