"""A model behind a server: every kind is asked in its own words, answers in one form, and fails in words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from model_servers import KINDS, Body, ModelServer, Play

from rag.errors import ModelError, ModelNotFound, OutOfMemory, PromptTooLong, ServerDown, ServerRejected
from rag.models.base import ChatOptions, Turn
from rag.models.cancelling import interruptible
from rag.models.openai_compatible import ServerChat
from rag.models.server_facts import estimate

QUESTION: list[BaseMessage] = [SystemMessage("Answer briefly."), HumanMessage("Who repaired the lamp?")]
TEXT, THINKING = "The guild repaired it [1].", "The second passage names the guild."


def open_chat(server: ModelServer, model: str = "qwen3:4b", **options: Any) -> ServerChat:
    return ServerChat.open(server.url, model, ChatOptions(**options), f"{server.kind}:{model}")


def play(kind: str, model: str = "qwen3:4b", **plays: Any) -> ModelServer:
    return ModelServer(kind, models=(model,), play=Play(**{"text": TEXT, "thinking": THINKING, **plays}))


def parts(chunks: Sequence[AIMessageChunk]) -> tuple[str, str]:
    """Thinking and text, as one who shows them would have them in the end."""
    thinking = text = ""
    for chunk in chunks:
        if chunk.additional_kwargs.get("retracted"):
            thinking, text = thinking + text, ""
        thinking += chunk.additional_kwargs.get("reasoning_content", "")
        text += str(chunk.content)
    return thinking, text


def ask(chat: ServerChat, turn: Turn | None = None) -> tuple[str, str]:
    return parts(list(chat.stream_turn(QUESTION, turn or Turn())))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_server_is_told_by_asking_it(kind: str) -> None:
    with ModelServer(kind) as server:
        assert open_chat(server).kind() == kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inline", [False, True])
def test_thinking_and_text_are_parted_whoever_parts_them(kind: str, inline: bool) -> None:
    with play(kind, inline=inline) as server:
        assert ask(open_chat(server)) == (THINKING, TEXT)


def test_thinking_is_streamed_before_the_text_in_pieces() -> None:
    with play("vllm") as server:
        chunks = list(open_chat(server).stream_turn(QUESTION, Turn()))
    told = ["thinking" if "reasoning_content" in chunk.additional_kwargs else "text" for chunk in chunks]
    assert told == sorted(told, reverse=True)
    assert told.count("thinking") == 9
    assert chunks[-1].response_metadata == {"finish_reason": "stop"}


def test_text_before_a_bare_closing_mark_is_withdrawn() -> None:
    with play("unknown", thinking="", text="Is it the guild?\n</think>\n\nThe guild [1].") as server:
        chunks = list(open_chat(server).stream_turn(QUESTION, Turn()))
        assert [chunk.content for chunk in chunks if chunk.additional_kwargs.get("retracted")] == [""]
        assert parts(chunks) == ("Is it the guild?", "The guild [1].")
        whole = open_chat(server).invoke(QUESTION)
        assert whole.content == "The guild [1]."
        assert whole.additional_kwargs["reasoning_content"] == "Is it the guild?"


def test_a_closing_mark_in_the_text_withdraws_nothing_once_the_server_sent_the_thinking() -> None:
    with play("ollama", text="The mark </think> ends it.") as server:
        thinking, text = ask(open_chat(server))
    assert thinking == THINKING
    assert text.split() == ["The", "mark", "ends", "it."]


def test_langchain_streams_and_invokes_the_same_reply() -> None:
    with play("llama.cpp") as server:
        chat = open_chat(server)
        assert parts([chunk for chunk in chat.stream(QUESTION) if isinstance(chunk, AIMessageChunk)]) == (
            THINKING,
            TEXT,
        )
        whole = chat.invoke(QUESTION)
        assert (whole.additional_kwargs["reasoning_content"], whole.content) == (THINKING, TEXT)
        assert whole.response_metadata["finish_reason"] == "stop"


async def _astreamed(chat: ServerChat) -> list[AIMessageChunk]:
    return [chunk async for chunk in chat.astream(QUESTION) if isinstance(chunk, AIMessageChunk)]


def test_async_callers_get_the_same_reply() -> None:
    import asyncio

    with play("sglang") as server:
        chat = open_chat(server)
        assert parts(asyncio.run(_astreamed(chat))) == (THINKING, TEXT)
        assert asyncio.run(chat.ainvoke(QUESTION)).content == TEXT


def asked_for(kind: str, model: str, /, turn: Turn | None = None, **options: Any) -> Body:
    with play(kind, model) as server:
        ask(open_chat(server, model, **options), turn)
        return server.chats[-1]


@pytest.mark.parametrize("kind", ["vllm", "sglang", "llama.cpp", "transformers", "lmstudio", "unknown"])
@pytest.mark.parametrize(("thinking", "sent"), [("on", True), ("off", False), ("auto", True)])
def test_thinking_is_switched_by_the_arguments_of_the_template(kind: str, thinking: Any, sent: bool) -> None:
    asked = asked_for(kind, "Qwen/Qwen3-4B", thinking=thinking)
    assert asked["chat_template_kwargs"] == {"enable_thinking": sent}
    assert "reasoning_effort" not in asked


@pytest.mark.parametrize(("thinking", "effort"), [("on", "high"), ("off", "none"), ("auto", "high")])
def test_ollama_is_told_by_its_one_switch(thinking: Any, effort: str) -> None:
    asked = asked_for("ollama", "qwen3:4b", thinking=thinking, effort="high")
    assert asked["reasoning_effort"] == effort
    assert "chat_template_kwargs" not in asked


def test_ollama_is_not_told_to_think_where_the_model_cannot() -> None:
    with play("ollama") as server:
        server.capabilities = ("completion",)
        ask(open_chat(server, thinking="on"))
        assert server.chats[-1]["reasoning_effort"] == "none"
    assert "reasoning_effort" not in asked_for("ollama", "yi:6b", thinking="on")


@pytest.mark.parametrize("kind", ["vllm", "llama.cpp", "ollama", "lmstudio"])
def test_gpt_oss_gets_its_effort_and_is_never_told_to_stop_thinking(kind: str) -> None:
    assert asked_for(kind, "gpt-oss:20b", effort="high")["reasoning_effort"] == "high"
    assert asked_for(kind, "gpt-oss:20b", effort="high", thinking="off")["reasoning_effort"] == "low"


def test_a_turn_overrides_the_option() -> None:
    asked = asked_for("vllm", "Qwen/Qwen3-4B", Turn(thinking="off", max_tokens=7), thinking="on")
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked["max_tokens"] == 7


def test_thinking_gets_tokens_of_its_own() -> None:
    numbers: dict[str, Any] = {"thinking_tokens": 500, "answer_tokens": 100}
    assert asked_for("ollama", "qwen3:4b", thinking="on", **numbers)["max_tokens"] == 600
    assert asked_for("ollama", "qwen3:4b", thinking="off", **numbers)["max_tokens"] == 100
    assert asked_for("vllm", "yi:6b", thinking="on", **numbers)["max_tokens"] == 100


def test_sampling_is_sent_in_the_words_of_each_kind() -> None:
    sent = {kind: asked_for(kind, "Qwen/Qwen3-4B", thinking="on", seed=5) for kind in KINDS}
    assert {(asked["temperature"], asked["top_p"], asked["seed"]) for asked in sent.values()} == {(0.6, 0.95, 5)}
    assert {kind for kind, asked in sent.items() if "top_k" in asked} == {"vllm", "sglang", "llama.cpp"}
    # llama.cpp would take its own where nothing is said
    assert (sent["llama.cpp"]["min_p"], sent["llama.cpp"]["repeat_penalty"]) == (0.0, 1.0)
    assert "repetition_penalty" not in sent["vllm"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_sent_that_another_kind_of_server_invented(kind: str) -> None:
    protocol = {"model", "messages", "stream", "max_tokens", "temperature", "top_p"}
    own = {
        "vllm": {"top_k", "chat_template_kwargs"},
        "sglang": {"top_k", "chat_template_kwargs"},
        "llama.cpp": {"top_k", "min_p", "repeat_penalty", "chat_template_kwargs"},
        "ollama": {"reasoning_effort"},
    }
    assert set(asked_for(kind, "Qwen/Qwen3-4B")) == protocol | own.get(kind, {"chat_template_kwargs"})


def test_an_unknown_server_that_refuses_the_arguments_is_asked_again_without_and_from_then_on() -> None:
    with play("unknown") as server:
        server.known_fields = frozenset({"model", "messages", "stream", "max_tokens", "temperature", "top_p"})
        chat = open_chat(server)
        assert ask(chat)[1] == ask(chat)[1] == TEXT
        assert ["chat_template_kwargs" in asked for asked in server.chats] == [True, False, False]


def test_no_key_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with play("vllm") as server:
        ask(open_chat(server))
        ask(ServerChat.open(server.url, "qwen3:4b", ChatOptions(), "x", api_key="given"))
        sent = [request.headers.get("Authorization") for request in server.requests if request.method == "POST"]
    assert sent == ["Bearer none", "Bearer given"]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with play("vllm") as server:
        assert ask(open_chat(server))[1] == TEXT


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
def test_thinking_that_was_cut_off_is_given_back_and_the_reply_goes_on(kind: str) -> None:
    with play(kind, thinking="") as server:
        assert ask(open_chat(server), Turn(reasoned="The guild did.")) == ("", TEXT)
        asked = server.chats[-1]
    assert asked["messages"][-1] == {"role": "assistant", "content": "<think>\nThe guild did.\n</think>\n\n"}
    assert (asked["continue_final_message"], asked["add_generation_prompt"]) == (True, False)
    assert asked["max_tokens"] == 800


def test_llama_cpp_goes_on_with_the_very_prompt() -> None:
    with play("llama.cpp") as server:
        assert ask(open_chat(server), Turn(reasoned="The guild did.")) == ("", TEXT)
        asked = server.requests[-1]
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == (
        "system:Answer briefly.\nuser:Who repaired the lamp?\nassistant:<think>\nThe guild did.\n</think>\n\n"
    )


def test_what_a_server_calls_thinking_after_thinking_is_over_is_text() -> None:
    def mistaken(body: Body) -> Play:
        return Play(text="", thinking=TEXT) if body.get("continue_final_message") else Play()

    with play("sglang") as server:
        server.play = mistaken
        assert ask(open_chat(server), Turn(reasoned="The guild did.")) == ("", TEXT)


@pytest.mark.parametrize(
    ("question", "instruction"),
    [("Who repaired it?", "Write the answer now."), ("谁修好了灯？", "现在直接写出答案。")],
)
@pytest.mark.parametrize("kind", ["ollama", "lmstudio", "transformers", "unknown"])
def test_other_servers_are_asked_to_answer_now_without_thinking(kind: str, question: str, instruction: str) -> None:
    with play(kind) as server:
        list(open_chat(server).stream_turn([HumanMessage(question)], Turn(reasoned="It was the guild.")))
        asked = server.chats[-1]
    assert [message["role"] for message in asked["messages"]] == ["user"]
    content = asked["messages"][0]["content"]
    assert content.startswith(question)
    assert "It was the guild." in content
    assert content.endswith(instruction)
    assert asked.get("reasoning_effort") == "none" or asked["chat_template_kwargs"] == {"enable_thinking": False}


def test_a_server_that_cannot_go_on_is_asked_to_answer_now() -> None:
    with play("vllm") as server:
        server.continues = False
        assert ask(open_chat(server), Turn(reasoned="It was the guild.")) == ("", TEXT)
        assert "Write the answer now." in server.chats[-1]["messages"][-1]["content"]


def test_tokens_are_counted_by_the_server_where_it_counts() -> None:
    # system:Answer briefly.⏎ is 23, user:Who repaired the lamp?⏎ is 28, assistant: is 10
    expected = {"llama.cpp": 61, "vllm": 61, "sglang": 15 + 1 + 22 + 2 * 8}
    for kind, count in expected.items():
        with play(kind) as server:
            assert open_chat(server).count_tokens(QUESTION) == count
    for kind in ("ollama", "lmstudio", "transformers", "unknown"):
        with play(kind) as server:
            assert open_chat(server).count_tokens(QUESTION) == 8 + 5 + 8 + 8


def test_the_estimate_counts_wide_characters_one_by_one() -> None:
    assert estimate([{"content": "灯修好了。"}]) == 8 + 5
    assert estimate([{"content": "lamp"}, {"content": ""}]) == 8 + 2 + 8


@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_the_estimate_grows_with_the_text(texts: list[str]) -> None:
    longer = [{"content": text + "灯a"} for text in texts]
    assert estimate(longer) > estimate([{"content": text} for text in texts]) >= 8 * len(texts)


def test_counting_needs_no_server_and_fetches_nothing() -> None:
    chat = ServerChat.open(f"http://127.0.0.1:{free_port()}/v1", "qwen3:4b", ChatOptions(), "x")
    assert chat.count_tokens([HumanMessage("灯修好了。")]) == chat.get_num_tokens("灯修好了。") == 13


@pytest.mark.parametrize(
    ("kind", "context"),
    [("llama.cpp", 5000), ("vllm", 5000), ("sglang", 5000), ("lmstudio", 5000), ("transformers", 8192)],
)
def test_the_context_is_what_the_server_says(kind: str, context: int) -> None:
    with play(kind) as server:
        server.context = 5000
        chat = open_chat(server)
        assert [chat.context_tokens(), chat.context_tokens()] == [context, context]
    assert open_chat(server, context=1234).context_tokens() == 1234


@pytest.mark.parametrize(
    ("num_ctx", "trained", "context"), [(None, 32768, 4096), (16384, 32768, 16384), (9999, 2048, 2048)]
)
def test_the_context_of_ollama_is_what_it_does_not_cut(num_ctx: int | None, trained: int, context: int) -> None:
    with play("ollama") as server:
        server.num_ctx, server.context = num_ctx, trained
        assert open_chat(server).context_tokens() == context


def test_facts_are_asked_for_once() -> None:
    with play("ollama") as server:
        chat = open_chat(server)
        for _ in range(3):
            ask(chat)
            chat.context_tokens()
        assert (server.asked("/api/version"), server.asked("/api/show")) == (1, 1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def error_of(server: ModelServer, error: type[ModelError], **options: Any) -> ModelError:
    with server, pytest.raises(error) as raised:
        ask(open_chat(server, **options))
    assert raised.value.__cause__ is not None
    return raised.value


def test_a_server_that_is_not_there_is_down() -> None:
    chat = ServerChat.open(f"http://127.0.0.1:{free_port()}/v1", "m", ChatOptions(), "x", kind="vllm")
    for question in (chat.stream_turn(QUESTION, Turn()), open_chat(server_that_left()).stream_turn(QUESTION, Turn())):
        with pytest.raises(ServerDown):
            list(question)


def server_that_left() -> ModelServer:
    server = ModelServer("vllm")
    server.close()
    return server


@pytest.mark.parametrize("trouble", ["die_after", "end_after"])
@pytest.mark.parametrize("kind", ["ollama", "llama.cpp", "unknown"])
def test_a_server_that_goes_in_the_middle_is_down_after_what_it_said(kind: str, trouble: str) -> None:
    shown: list[AIMessageChunk] = []
    after: dict[str, Any] = {trouble: 4}
    with play(kind, thinking="", **after) as server, pytest.raises(ServerDown) as raised:
        shown.extend(open_chat(server).stream_turn(QUESTION, Turn()))
    assert parts(shown) == ("", "The guild re")
    assert server.url in str(raised.value)
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("kind", ["vllm", "sglang", "llama.cpp", "lmstudio"])
def test_a_prompt_that_is_too_long_is_named_with_the_limit(kind: str) -> None:
    server = play(kind)
    server.context = 40
    error = error_of(server, PromptTooLong)
    assert error.values == {"model": "qwen3:4b", "limit": 40}


@pytest.mark.parametrize("kind", ["ollama", "vllm", "lmstudio", "unknown"])
def test_a_model_that_the_server_lacks_is_named_with_those_it_has(kind: str) -> None:
    error = error_of(ModelServer(kind, models=("glm4", "yi:6b")), ModelNotFound)
    assert "glm4, yi:6b" in str(error)
    assert "glm4, yi:6b" in error.in_language("zh-Hans")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_any_other_error_is_the_first_line_of_what_the_server_says(status: int) -> None:
    error = error_of(play("vllm", status=status), ServerRejected)
    assert error.reason() == "something broke"


def test_a_message_of_a_server_is_cut_where_it_is_long() -> None:
    error = error_of(play("vllm", status=500, error="x" * 999), ServerRejected)
    assert error.reason() == "x" * 199 + "…"


def test_a_server_without_memory_is_told_as_that() -> None:
    words = "model requires more system memory (5.6 GiB) than is available (4.1 GiB)"
    assert error_of(play("ollama", status=500, error=words), OutOfMemory).values == {"model": "qwen3:4b"}


def test_an_error_within_the_stream_is_told_after_what_came_before() -> None:
    words = "CUDA error: launch failed"
    shown: list[AIMessageChunk] = []
    with play("vllm", thinking="", error_after=3, error=words) as server, pytest.raises(ServerRejected) as raised:
        shown.extend(open_chat(server).stream_turn(QUESTION, Turn()))
    assert raised.value.reason() == words
    assert parts(shown) == ("", "The guil")
    assert raised.value.__cause__ is not None


def test_nothing_is_retried() -> None:
    with play("vllm", status=500) as server:
        with pytest.raises(ServerRejected):
            ask(open_chat(server))
        assert len(server.chats) == 1


@pytest.mark.parametrize("silence", [{"stall_before_headers": True}, {"stall_after": 0}, {"stall_after": 4}])
def test_cancelling_ends_the_iteration_and_the_server_sees_it(silence: dict[str, Any]) -> None:
    cancelled = threading.Event()
    with play("vllm", thinking="", **silence) as server:
        reply = open_chat(server).stream_turn(QUESTION, Turn(cancelled=cancelled))

        def cancel() -> None:
            server.wait_for("chats")
            cancelled.set()

        waiting = threading.Thread(target=cancel)
        waiting.start()
        # the server would wait for ever
        list(reply)
        waiting.join()
        assert server.wait_for("disconnects")


def test_closing_the_iterator_ends_the_work_of_the_server() -> None:
    with play("llama.cpp", stall_after=3) as server:
        reply = open_chat(server).stream_turn(QUESTION, Turn())
        next(reply)
        assert isinstance(reply, Iterator)
        reply.close()  # type: ignore[attr-defined]
        assert server.wait_for("disconnects")


def test_closing_the_model_ends_its_replies() -> None:
    with play("vllm", stall_after=3) as server:
        chat = open_chat(server)
        reply = chat.stream_turn(QUESTION, Turn())
        next(reply)
        chat.close()
        assert server.wait_for("disconnects")
        with pytest.raises(ServerDown):
            list(reply)
        chat.close()


def test_several_replies_stream_at_once() -> None:
    def told(body: Body) -> Play:
        return Play(text=f"{body['messages'][-1]['content']} it was.", step=1, delay=0.002)

    with ModelServer("vllm", models=("m",), play=told) as server:
        chat = open_chat(server, "m")
        replies = [chat.stream_turn([HumanMessage(name)], Turn()) for name in ("Ann", "Ben", "Cid")]
        texts = ["", "", ""]
        for chunks in zip(*replies, strict=False):
            texts = [text + str(chunk.content) for text, chunk in zip(texts, chunks, strict=True)]
    assert texts == ["Ann it was.", "Ben it was.", "Cid it was."]


def threads_of_replies() -> int:
    return sum(1 for thread in threading.enumerate() if thread.name == "model-reply")


def gone(seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while threads_of_replies() and time.monotonic() < end:
        time.sleep(0.01)
    return threads_of_replies() == 0


def test_no_thread_is_left_behind() -> None:
    cancelled = threading.Event()
    with play("vllm", stall_after=2) as server:
        reply = open_chat(server).stream_turn(QUESTION, Turn(cancelled=cancelled))
        next(reply)
        assert threads_of_replies() == 1
        cancelled.set()
        list(reply)
        assert gone()


@settings(max_examples=30)
@given(st.lists(st.integers(), max_size=20))
def test_what_is_interruptible_gives_the_same_items(items: list[int]) -> None:
    stopped: list[bool] = []
    assert list(interruptible(lambda: iter(items), None, lambda: stopped.append(True))) == items
    assert stopped == []


def test_an_error_of_the_source_comes_after_its_items() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    seen: list[int] = []
    with pytest.raises(KeyError, match="two"):
        seen.extend(interruptible(source, None, lambda: None))
    assert seen == [1]


def test_a_source_that_is_left_is_stopped_once_and_closed() -> None:
    go_on, closed = threading.Event(), threading.Event()
    stops: list[int] = []

    def source() -> Iterator[int]:
        try:
            yield 1
            go_on.wait(10)
            yield 2
        finally:
            closed.set()

    def stop() -> None:
        stops.append(1)
        go_on.set()

    items = interruptible(source, threading.Event(), stop)
    assert next(items) == 1
    items.close()  # type: ignore[attr-defined]
    assert closed.wait(10)
    assert stops == [1]


def test_a_request_cancelled_before_it_began_is_not_made() -> None:
    cancelled = threading.Event()
    cancelled.set()
    with play("vllm") as server:
        assert list(open_chat(server).stream_turn(QUESTION, Turn(cancelled=cancelled))) == []


def test_earlier_thinking_is_not_sent_again() -> None:
    earlier = AIMessage("Yes.", additional_kwargs={"reasoning_content": "hm"})
    with play("vllm") as server:
        list(open_chat(server).stream_turn([HumanMessage("So?"), earlier, HumanMessage("Sure?")], Turn()))
        assert server.chats[-1]["messages"][1] == {"role": "assistant", "content": "Yes."}
