"""LangChain's side: a retriever of documents and a chain that gives what the assistant gives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from rag.answering.chain import build_chain
from rag.assistant import Assistant
from rag.errors import EmptyQuestion
from rag.types import Answer, AnswerEvent, Evidence, Filters, Hit, Passage, Timings

QUESTIONS = [
    "How much did the repair of the lighthouse cost?",
    "東河鎮圖書館新增了多少冊圖書？",
    "Who won the zeppelin race?",
]


def untimed(answer: Answer) -> Answer:
    """The same answer without its times, which no two runs share."""
    return replace(answer, timings_ms=Timings())


# --- the retriever ---


def test_the_retriever_is_langchains(library: Assistant) -> None:
    retriever = library.as_retriever()
    assert isinstance(retriever, BaseRetriever)
    assert isinstance(retriever, Runnable)


def test_documents_carry_the_passage_and_its_place(library: Assistant) -> None:
    question = QUESTIONS[0]
    documents = library.as_retriever().invoke(question)
    hits = library.evidence(question).hits
    assert [document.id for document in documents] == [hit.passage.id for hit in hits]
    assert all(isinstance(document, Document) for document in documents)
    first, hit = documents[0], hits[0]
    text = library.article(hit.passage.article_id).text
    assert first.metadata == {
        "passage_id": hit.passage.id,
        "article_id": hit.passage.article_id,
        "source": "en/lighthouse.md",
        "title": "The light of Corran Bay",
        "language": "en",
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": hit.score,
        "rank": 1,
    }
    assert first.page_content == text[first.metadata["start"] : first.metadata["end"]]


def test_the_retriever_keeps_to_its_filters(library: Assistant) -> None:
    documents = library.as_retriever(Filters(languages=("zh-Hant",))).invoke("渡輪 lighthouse")
    assert {document.metadata["language"] for document in documents} == {"zh-Hant"}


def test_the_retriever_works_in_a_batch_and_off_the_event_loop(library: Assistant) -> None:
    retriever = library.as_retriever()
    alone = [retriever.invoke(question) for question in QUESTIONS]
    assert retriever.batch(QUESTIONS) == alone
    assert asyncio.run(retriever.ainvoke(QUESTIONS[1])) == alone[1]


def test_the_retriever_composes_with_other_runnables(library: Assistant) -> None:
    first_source = library.as_retriever() | RunnableLambda(lambda documents: documents[0].metadata["source"])
    assert first_source.invoke(QUESTIONS[1]) == "zh-Hans/library.md"


def test_an_empty_question_is_an_error_of_the_projects_own(library: Assistant) -> None:
    with pytest.raises(EmptyQuestion):
        library.as_retriever().invoke("?!")
    with pytest.raises(EmptyQuestion):
        library.as_chain().invoke("?!")


# --- the chain over the library ---


@pytest.mark.parametrize("question", [*QUESTIONS, "  Who opens\n the bakery? "])
def test_the_chain_answers_as_the_assistant_does(library: Assistant, question: str) -> None:
    result = library.as_chain().invoke(question)
    assert set(result) == {"question", "evidence", "answer"}
    assert result["question"] == question
    assert result["evidence"] == library.evidence(question)
    assert untimed(result["answer"]) == untimed(library.ask(question))


def test_the_question_may_come_in_a_dict(library: Assistant) -> None:
    chain = library.as_chain()
    assert chain.invoke({"question": QUESTIONS[0]}) == chain.invoke(QUESTIONS[0])


def test_the_chain_keeps_to_its_filters(library: Assistant) -> None:
    filters = Filters(languages=("zh-Hans",))
    result = library.as_chain(filters).invoke(QUESTIONS[0])
    assert {hit.passage.language for hit in result["evidence"].hits} == {"zh-Hans"}
    assert untimed(result["answer"]) == untimed(library.ask(QUESTIONS[0], filters=filters))


def test_the_chain_works_in_a_batch_and_off_the_event_loop(library: Assistant) -> None:
    chain = library.as_chain()
    alone = [chain.invoke(question) for question in QUESTIONS]
    assert chain.batch(QUESTIONS) == alone
    assert asyncio.run(chain.ainvoke(QUESTIONS[1])) == alone[1]


def test_the_streamed_chain_ends_with_the_answer(library: Assistant) -> None:
    parts = list(library.as_chain().stream(QUESTIONS[0]))
    last = parts[-1]["answer"]
    assert last.kind == "answer"
    assert untimed(last.answer) == untimed(library.ask(QUESTIONS[0]))
    assert "".join(part["answer"].text for part in parts if "answer" in part) == last.answer.text


def test_the_assistants_own_stream_has_the_same_events(library: Assistant) -> None:
    first, *events = library.stream(QUESTIONS[0])
    chained = [part["answer"] for part in library.as_chain().stream(QUESTIONS[0]) if "answer" in part]
    assert first.kind == "evidence"
    assert [event.kind for event in events] == [event.kind for event in chained]
    assert [event.text for event in events] == [event.text for event in chained]


# --- the order of a stream, with a retriever and an answerer that note when they are called ---

HIT = Hit(Passage("a", 0, 7, "Kettle.", "en"), "a.md", "A", 1.0, 1)


def noting_chain(calls: list[str]) -> Runnable[Any, Any]:
    def find(inputs: dict[str, Any]) -> Evidence:
        calls.append(f"retrieve {inputs['question']}")
        return Evidence(inputs["question"], "en", (HIT,))

    def steps(inputs: dict[str, Any]) -> Iterator[AnswerEvent]:
        for word in ("one ", "two"):
            calls.append(f"write {word}")
            yield AnswerEvent("text", text=word)
        yield AnswerEvent("answer", answer=Answer(inputs["question"], "en", "one two", False, 0.9))

    return build_chain(find, steps)


def seen(part: dict[str, Any]) -> str:
    (key, value), *more = part.items()
    assert not more
    return f"{key}: {value.text or value.kind}" if isinstance(value, AnswerEvent) else key


EXPECTED = ["question", "evidence", "answer: one ", "answer: two", "answer: answer"]


def test_a_stream_gives_the_evidence_before_anything_is_written() -> None:
    calls: list[str] = []
    parts = noting_chain(calls).stream("Why?")
    before: list[str] = []
    for part in parts:
        before.append(seen(part))
        if "evidence" in part:
            assert calls == ["retrieve Why?"]
        if before[-1] == "answer: one ":
            assert calls[-1] == "write one "
    assert before == EXPECTED
    assert calls == ["retrieve Why?", "write one ", "write two"]


def test_an_asynchronous_stream_has_the_same_parts() -> None:
    calls: list[str] = []

    async def collect() -> list[str]:
        return [seen(part) async for part in noting_chain(calls).astream("Why?")]

    assert asyncio.run(collect()) == EXPECTED
    assert calls == ["retrieve Why?", "write one ", "write two"]


def test_invoking_retrieves_and_writes_once() -> None:
    calls: list[str] = []
    result = noting_chain(calls).invoke("Why?")
    assert result["answer"].text == "one two"
    assert result["evidence"].hits == (HIT,)
    assert calls == ["retrieve Why?", "write one ", "write two"]


# --- the assistant's asynchronous side ---


def test_aask_gives_what_ask_gives(library: Assistant) -> None:
    async def both() -> list[Answer]:
        return list(await asyncio.gather(*(library.aask(question) for question in QUESTIONS)))

    assert [untimed(answer) for answer in asyncio.run(both())] == [untimed(library.ask(q)) for q in QUESTIONS]
