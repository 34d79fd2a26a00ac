"""Models that transformers runs in this process: real architectures, tiny, loaded and streamed with the real code."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage

from rag.errors import (
    ModelError,
    NoChatTemplate,
    PromptTooLong,
)
from rag.models.base import ChatOptions, Turn
from rag.models.families import Sampling
from rag.models.stop_words import until_stop
from rag.models.transformers_chat import TransformersChat, sampling_arguments
from rag.models.transformers_generation import Words
from rag.models.transformers_loading import load
from tests.tiny_models import KINDS, SEEING, Taught, build, build_seeing, reply_of, rewrite_config, teach
from tests.tiny_templates import FORMATS

MESSAGES = [
    SystemMessage("Answer from the numbered passages only."),
    HumanMessage("[1] The kiln was lit in 1911.\n\nWhen was the kiln lit? 窑是哪一年点火的？"),
]
THOUGHT = "The first passage names the year. 第一段写明了年份，所以引用它。"
ANSWER = "The kiln was lit in 1911 [1]. 窑在那一年第一次点火 [1]。"

FAMILY_OF = {
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3",
    "qwen3_5": "qwen3.5-small",
    "qwen2": "qwen2.5",
    "r1": "deepseek-r1",
    "deepseek_v3": "deepseek-v3.1",
    "kimi_k2": "kimi-k2",
    "kimi_linear": "kimi-linear",
    "gpt_oss": "gpt-oss",
    "glm4": "glm-4",
    "glm4_moe": "glm-4.6",
    "glm4_moe_lite": "glm-5",
    "minimax": "minimax-m1",
    "minimax_m2": "minimax-m2",
    "hunyuan_v1_dense": "hunyuan",
    "hunyuan_v1_moe": "hunyuan",
    "hy_v3": "hy3",
    "ernie4_5": "ernie",
    "ernie4_5_moe": "ernie",
    "llama": "llama",
    "yi": "yi",
    "gemma3": "gemma3",
    "gemma4": "gemma4",
    "mistral": "mistral",
    "seed_oss": "seed-oss",
    "internlm3": "internlm3",
}


def opened(path: Path, **options: Any) -> TransformersChat:
    return TransformersChat.open(str(path), ChatOptions(**{"seed": 7, **options}), f"hf:{path.name}")


def text_of(chunks: Iterable[AIMessageChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def thinking_of(chunks: Iterable[AIMessageChunk]) -> str:
    return "".join(chunk.additional_kwargs.get("reasoning_content", "") for chunk in chunks)


def generation_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "rag-generation"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model with random weights; to be copied, not changed."""
    return build("qwen3", tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersChat]:
    """A model that hardly ever ends by itself."""
    chat = opened(build("llama", tmp_path_factory.mktemp("endless")))
    yield chat
    chat.close()


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Taught], TransformersChat]]:
    """Opens a model that answers with THOUGHT and ANSWER; each is taught once."""
    models: dict[str, TransformersChat] = {}

    def of(kind: Taught) -> TransformersChat:
        if kind not in models:
            messages = [{"role": "user", "content": str(MESSAGES[1].content)}]
            # a special token amid the answer says nothing to the reader
            said = ANSWER.replace("1911 ", "1911<｜User｜> ") if kind == "r1" else ANSWER
            models[kind] = opened(teach(kind, tmp_path_factory.mktemp(kind), messages, reply_of(kind, THOUGHT, said)))
        return models[kind]

    yield of
    for chat in models.values():
        chat.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_loads_streams_and_closes(kind: str, tmp_path: Path) -> None:
    path = build(kind, tmp_path)
    chat = opened(path)
    assert chat.family is not None
    assert chat.family.key == FAMILY_OF[kind]
    assert chat.context_tokens() == 4096
    chunks = list(chat.stream_turn(MESSAGES, Turn(max_tokens=10)))
    usage = chunks[-1].usage_metadata
    assert usage is not None
    assert usage["input_tokens"] == chat.count_tokens(MESSAGES)
    assert 1 <= usage["output_tokens"] <= 10
    form = FORMATS[KINDS[kind].format]
    shown = text_of(chunks) + thinking_of(chunks)
    assert not [token for token in (form.end, *form.special, form.bos) if token and token in shown]
    chat.close()
    chat.close()
    assert not generation_threads()
    with pytest.raises(ModelError):
        list(chat.stream_turn(MESSAGES, Turn()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_prompt_holds_every_message_and_begins_once(kind: str, tmp_path: Path) -> None:
    chat = opened(build(kind, tmp_path))
    messages = [*MESSAGES, AIMessage("In 1911 [1]."), HumanMessage("And the bridge?")]
    prompt = chat._prompt(messages, Turn())
    for message in messages:
        assert prompt.count(str(message.content)) == 1
    start = FORMATS[KINDS[kind].format].bos
    if start:
        number = load(str(chat._loaded.path)).tokenizer.convert_tokens_to_ids(start)
        assert chat._encode(prompt).count(number) == 1


@pytest.mark.parametrize(("kind", "name"), SEEING.items())
def test_a_model_that_could_see_images_answers_text(kind: str, name: str, tmp_path: Path) -> None:
    chat = opened(build_seeing(kind, tmp_path / name))
    assert chat.context_tokens() == 4096
    chunks = list(chat.stream_turn(MESSAGES, Turn(max_tokens=5)))
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata["output_tokens"] >= 1


def test_kimi_k2_computes_what_deepseek_v3_computes(tmp_path: Path) -> None:
    import torch

    path = build("kimi_k2", tmp_path)
    same = Path(shutil.copytree(path, tmp_path / "same"))
    rewrite_config(same, model_type="deepseek_v3")
    ids = torch.arange(20).reshape(1, -1)
    with torch.no_grad():
        kimi, deepseek = (load(str(folder)).model(ids).logits for folder in (path, same))
    assert kimi.abs().max() > 0
    assert torch.equal(kimi, deepseek)


@pytest.mark.parametrize("kind", ["qwen3", "r1", "gpt-oss"])
def test_thinking_and_answer_come_apart_and_whole(kind: Taught, taught: Callable[[Taught], TransformersChat]) -> None:
    for messages in (MESSAGES, [HumanMessage("Anything else? 还有别的吗？ " * 30)]):
        chunks = list(taught(kind).stream_turn(messages, Turn()))
        assert thinking_of(chunks) == THOUGHT
        assert text_of(chunks) == ANSWER
        assert sum(1 for chunk in chunks if chunk.content) > 5
        assert chunks[-1].response_metadata == {"finish_reason": "stop"}
    assert not generation_threads()


@pytest.mark.parametrize("kind", ["qwen3", "r1", "gpt-oss"])
def test_thinking_that_was_cut_off_is_followed_by_the_answer(
    kind: Taught, taught: Callable[[Taught], TransformersChat]
) -> None:
    chunks = list(taught(kind).stream_turn(MESSAGES, Turn(reasoned=THOUGHT[:25])))
    assert text_of(chunks) == ANSWER
    assert thinking_of(chunks) == ""


def test_thinking_switched_off_gives_the_answer_alone(taught: Callable[[Taught], TransformersChat]) -> None:
    chunks = list(taught("qwen3").stream_turn(MESSAGES, Turn(thinking="off")))
    assert text_of(chunks) == ANSWER
    assert thinking_of(chunks) == ""


def test_as_a_langchain_model_it_answers_streams_and_stops(taught: Callable[[Taught], TransformersChat]) -> None:
    chat = taught("qwen3")
    reply = chat.invoke(MESSAGES)
    assert reply.content == ANSWER
    assert reply.additional_kwargs == {"reasoning_content": THOUGHT}
    assert reply.usage_metadata is not None
    assert chat.invoke(MESSAGES, stop=["第一次"]).content == ANSWER.partition("第一次")[0]
    assert chat.invoke(MESSAGES, thinking="off").additional_kwargs == {}
    streamed = list(chat.stream(MESSAGES, stop=["[1]"]))
    assert text_of(streamed) == ANSWER.partition("[1]")[0]
    assert chat.get_num_tokens("kiln") > 0
    assert not generation_threads()


def test_the_most_tokens_end_a_reply(taught: Callable[[Taught], TransformersChat]) -> None:
    chunks = list(taught("qwen3").stream_turn(MESSAGES, Turn(max_tokens=9)))
    assert THOUGHT.startswith(thinking_of(chunks))
    assert chunks[-1].response_metadata == {"finish_reason": "length"}
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata["output_tokens"] == 9


def test_a_seed_repeats_a_reply(endless: TransformersChat) -> None:
    first, second = (text_of(endless.stream_turn(MESSAGES, Turn(max_tokens=20))) for _ in range(2))
    assert first == second


def test_cancelling_ends_the_reply_within_a_token(endless: TransformersChat) -> None:
    cancelled = threading.Event()
    stream = endless.stream_turn(MESSAGES, Turn(max_tokens=2000, cancelled=cancelled))
    next(stream)
    cancelled.set()
    rest = list(stream)
    assert sum(1 for chunk in rest if chunk.content) <= 2
    assert rest[-1].response_metadata == {"finish_reason": "cancelled"}
    for thread in generation_threads():
        thread.join(10)
    assert not generation_threads()


@pytest.mark.parametrize("end", ["close", "collect"])
def test_an_iterator_left_behind_stops_its_thread(end: str, endless: TransformersChat) -> None:
    stream = endless.stream_turn(MESSAGES, Turn(max_tokens=2000))
    next(stream)
    assert generation_threads()
    if end == "close":
        stream.close()  # type: ignore[attr-defined]
    del stream
    gc.collect()
    assert not generation_threads()


def test_a_question_that_waits_can_be_cancelled_and_is_answered_otherwise(endless: TransformersChat) -> None:
    running = endless.stream_turn(MESSAGES, Turn(max_tokens=2000))
    next(running)
    cancelled = threading.Event()
    waiting: list[list[AIMessageChunk]] = []
    turns = [Turn(max_tokens=5, cancelled=cancelled), Turn(max_tokens=5)]
    threads = [
        threading.Thread(target=lambda turn=turn: waiting.append(list(endless.stream_turn(MESSAGES, turn))))
        for turn in turns
    ]
    for thread in threads:
        thread.start()
    cancelled.set()
    threads[0].join(10)
    assert [text_of(chunks) for chunks in waiting] == [""]
    assert threads[1].is_alive()
    running.close()  # type: ignore[attr-defined]
    threads[1].join(10)
    assert waiting[1][-1].usage_metadata is not None
    assert waiting[1][-1].usage_metadata["output_tokens"] == 5


def test_closing_the_model_ends_what_runs(tmp_path: Path) -> None:
    chat = opened(build("llama", tmp_path))
    stream = chat.stream_turn(MESSAGES, Turn(max_tokens=2000))
    next(stream)
    chat.close()
    rest = list(stream)
    assert len(rest) < 100
    assert rest[-1].response_metadata == {"finish_reason": "cancelled"}
    assert not generation_threads()


def test_an_error_within_the_model_comes_out_as_a_model_error(tmp_path: Path) -> None:
    chat = opened(build("qwen3", tmp_path, sizes={"vocab_size": 257}))
    with pytest.raises(ModelError) as raised:
        list(chat.stream_turn(MESSAGES, Turn()))
    assert isinstance(raised.value.__cause__, IndexError)
    assert not generation_threads()


def test_a_chat_template_that_fails_is_an_error_of_the_model(tmp_path: Path) -> None:
    path = build("qwen3", tmp_path)
    (path / "chat_template.jinja").write_text("{{ raise_exception('never') }}")
    with pytest.raises(NoChatTemplate):
        opened(path).count_tokens(MESSAGES)


def test_a_prompt_longer_than_the_context_is_refused_before_it_runs(plain: Path) -> None:
    chat = opened(plain, context=60)
    assert chat.context_tokens() == 60
    with pytest.raises(PromptTooLong, match="60"):
        next(chat.stream_turn(MESSAGES, Turn()))


def test_a_prompt_and_its_reply_stay_within_the_context(plain: Path) -> None:
    needed = opened(plain).count_tokens(MESSAGES)
    chunks = list(opened(plain, context=needed + 3).stream_turn(MESSAGES, Turn()))
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata["output_tokens"] <= 3


def test_a_temperature_of_zero_takes_the_likeliest_token() -> None:
    assert sampling_arguments(Sampling(0.0))["do_sample"] is False
    drawn = sampling_arguments(Sampling(0.6, 0.95, 20))
    assert (drawn["do_sample"], drawn["temperature"], drawn["top_p"], drawn["top_k"]) == (True, 0.6, 0.95, 20)


@given(st.text())
def test_bytes_come_out_as_whole_characters(text: str) -> None:
    words = Words(lambda ids: bytes(ids).decode("utf-8", errors="replace"))
    parts = [words.add(byte) for byte in text.encode()]
    assert "".join(parts) + words.rest() == text
    assert all("�" not in part for part in parts) or "�" in text


@given(st.lists(st.text("ab[]1")), st.lists(st.text("ab[]1", min_size=1, max_size=3), max_size=2))
def test_a_stop_ends_the_text_wherever_it_was_cut(parts: list[str], stops: list[str]) -> None:
    whole = "".join(parts)
    begun = [whole[:end] for end in range(len(whole) + 1)]
    stopped = [text[: -len(stop)] for text in begun for stop in sorted(stops, key=len)[::-1] if text.endswith(stop)]
    expected = stopped[0] if stopped else whole
    assert text_of(until_stop((AIMessageChunk(content=part) for part in parts), stops)) == expected
