"""A GGUF file runs as the model that it was made of, or is refused in words."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage

from rag.errors import (
    IncompleteModel,
    MissingDependency,
    ModelError,
    ModelNotFound,
    NoChatTemplate,
    OutOfMemory,
    PromptTooLong,
    ServerDown,
    ServerRejected,
    UnsupportedArchitecture,
)
from rag.models.base import ChatOptions, Turn
from rag.models.gguf import GgufChat, context_for, family_of
from rag.models.gguf_file import GgufFile, read_gguf
from rag.models.llama_server import error_said
from rag.models.openai_compatible import ServerChat

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from tiny_gguf import write_gguf
from tiny_models import build, reply_of, teach

THINKING, ANSWER = "It was the guild, says passage 2.", "公会修好了灯 [1]。"
QUESTION: list[BaseMessage] = [HumanMessage("Who repaired the lamp?")]
TURN = Turn(thinking="on")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen3 that was taught one reply."""
    messages = [{"role": "user", "content": "Who repaired the lamp?"}]
    return teach("qwen3", tmp_path_factory.mktemp("taught"), messages, reply_of("qwen3", THINKING, ANSWER))


@pytest.fixture(scope="module")
def taught(folder: Path) -> Path:
    return write_gguf(folder, folder.parent / "Qwen3-0.6B-F32.gguf")


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights, for what does not depend on its words."""
    return build("qwen3", tmp_path_factory.mktemp("untaught"))


@pytest.fixture(scope="module")
def chat(taught: Path) -> Iterator[GgufChat]:
    opened = GgufChat.open(taught, ChatOptions(context=2048), "gguf:tiny")
    yield opened
    opened.close()


def parts(chunks: list[AIMessageChunk]) -> tuple[str, str]:
    thinking = text = ""
    for chunk in chunks:
        if chunk.additional_kwargs.get("retracted"):
            thinking, text = thinking + text, ""
        thinking += chunk.additional_kwargs.get("reasoning_content", "")
        text += str(chunk.content)
    return thinking, text


def transformers_greedy(folder: Path, thinking: bool) -> str:
    """What Transformers makes of the same weights."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    messages = [{"role": "user", "content": str(QUESTION[0].content)}]
    prompt = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, enable_thinking=thinking, return_tensors="pt", return_dict=True
    )
    ids = model.generate(**prompt, max_new_tokens=80, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    return str(tokenizer.decode(ids, skip_special_tokens=True))


def test_the_reply_is_streamed_with_thinking_and_text_apart(chat: GgufChat) -> None:
    chunks = list(chat.stream_turn(QUESTION, TURN))
    assert parts(chunks) == (THINKING, ANSWER)
    assert sum(1 for chunk in chunks if chunk.content) > 3
    assert chunks[-1].response_metadata == {"finish_reason": "stop"}


def test_greedily_it_says_what_transformers_says_with_the_same_weights(chat: GgufChat, folder: Path) -> None:
    for thinking in (True, False):
        arguments = {"chat_template_kwargs": {"enable_thinking": thinking}}
        message = chat.invoke(QUESTION, temperature=0, extra_body=arguments)
        said = transformers_greedy(folder, thinking)
        assert said.endswith(str(message.content))
        assert message.additional_kwargs.get("reasoning_content", "") in said
        assert message.content == ANSWER


def test_thinking_can_be_switched_off(chat: GgufChat) -> None:
    assert parts(list(chat.stream_turn(QUESTION, Turn(thinking="off")))) == ("", ANSWER)


def test_it_answers_from_thinking_that_was_cut_off(chat: GgufChat) -> None:
    assert parts(list(chat.stream_turn(QUESTION, Turn(thinking="on", reasoned="It was the")))) == ("", ANSWER)


def test_it_stops_at_the_limit_and_says_so(chat: GgufChat) -> None:
    chunks = list(chat.stream_turn(QUESTION, Turn(thinking="on", max_tokens=4)))
    assert chunks[-1].response_metadata == {"finish_reason": "length"}
    assert THINKING.startswith(parts(chunks)[0])


def test_the_same_server_is_reached_over_plain_http(chat: GgufChat) -> None:
    served = ServerChat.open(chat.address, "Qwen3-0.6B-F32", ChatOptions(), "x", api_key=chat.key)
    assert served.kind() == "llama.cpp"
    assert parts(list(served.stream_turn(QUESTION, TURN))) == (THINKING, ANSWER)
    assert served.context_tokens() == 2048


def test_nobody_without_its_key_is_answered_and_it_listens_on_loopback_only(chat: GgufChat) -> None:
    stranger = ServerChat.open(chat.address, "Qwen3-0.6B-F32", ChatOptions(), "x", kind="llama.cpp")
    with pytest.raises(ServerRejected):
        list(stranger.stream_turn(QUESTION, TURN))
    assert urlsplit(chat.address).hostname == "127.0.0.1"


def test_tokens_are_those_of_its_own_tokenizer(chat: GgufChat, folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "灯塔 lamp 42"}], add_generation_prompt=True, return_dict=True
    )
    assert chat.count_tokens([HumanMessage("灯塔 lamp 42")]) == len(prompt["input_ids"])


def test_it_says_what_it_is(chat: GgufChat) -> None:
    assert chat.label == "gguf:tiny"
    assert chat.family is not None
    assert chat.family.key == "qwen3"
    assert chat.context_tokens() == 2048


def test_a_prompt_that_is_too_long_is_refused_with_the_limit(chat: GgufChat) -> None:
    with pytest.raises(PromptTooLong) as raised:
        list(chat.stream_turn([HumanMessage("灯" * 4000)], TURN))
    assert raised.value.values["limit"] == 2048


def test_cancelling_frees_it_for_the_next_question(chat: GgufChat) -> None:
    cancelled = threading.Event()
    reply = chat.stream_turn(QUESTION, Turn(thinking="on", cancelled=cancelled))
    next(reply)
    cancelled.set()
    assert list(reply) == []
    assert parts(list(chat.stream_turn(QUESTION, TURN))) == (THINKING, ANSWER)


def test_questions_asked_at_once_are_all_answered(chat: GgufChat) -> None:
    replies: list[tuple[str, str]] = []
    askers = [
        threading.Thread(target=lambda: replies.append(parts(list(chat.stream_turn(QUESTION, TURN))))) for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert replies == [(THINKING, ANSWER)] * 3


def test_two_models_run_at_once_and_closing_one_leaves_the_other(chat: GgufChat, taught: Path) -> None:
    other = GgufChat.open(taught, ChatOptions(context=512), "gguf:other")
    assert other.address != chat.address
    assert parts(list(other.stream_turn(QUESTION, TURN))) == (THINKING, ANSWER)
    other.close()
    assert parts(list(chat.stream_turn(QUESTION, TURN))) == (THINKING, ANSWER)


def answers(address: str) -> bool:
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=5).close()
    except OSError:
        return False
    return True


def gone(address: str, seconds: float = 20.0) -> bool:
    """Whether a server ends; it may take a moment."""
    end = time.monotonic() + seconds
    while answers(address) and time.monotonic() < end:
        time.sleep(0.02)
    return not answers(address)


def test_closing_ends_the_server(taught: Path) -> None:
    threads = threading.active_count()
    opened = GgufChat.open(taught, ChatOptions(context=512), "gguf:x")
    assert answers(opened.address)
    opened.close()
    opened.close()
    assert not answers(opened.address)
    assert threading.active_count() <= threads
    with pytest.raises(ServerDown):
        list(opened.stream_turn(QUESTION, TURN))


def test_closing_ends_a_reply_under_way(taught: Path) -> None:
    opened = GgufChat.open(taught, ChatOptions(context=8192), "gguf:x")
    reply = opened.stream(QUESTION, max_tokens=8000, extra_body={"ignore_eos": True})
    next(reply)
    opened.close()
    with pytest.raises(ServerDown):
        list(reply)


def test_the_server_ends_with_the_process_that_started_it_however_that_ends(taught: Path) -> None:
    program = (
        "import os, sys; from rag.models.gguf import GgufChat; from rag.models.base import ChatOptions\n"
        "print(GgufChat.open(sys.argv[1], ChatOptions(context=512), 'x').address, flush=True); os.abort()\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(taught)], capture_output=True, check=False)
    assert gone(done.stdout.decode().strip())


def test_nothing_is_written_to_the_console(taught: Path) -> None:
    program = (
        "import sys; from rag.models.gguf import GgufChat; from rag.models.base import ChatOptions, Turn\n"
        "from langchain_core.messages import HumanMessage\n"
        "chat = GgufChat.open(sys.argv[1], ChatOptions(context=512), 'x')\n"
        "list(chat.stream_turn([HumanMessage('Who?')], Turn())); chat.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(taught)], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def refusal(path: Path, error: type[ModelError], **options: Any) -> ModelError:
    with pytest.raises(error) as raised:
        GgufChat.open(path, ChatOptions(**options), "gguf:x")
    assert raised.value.values["model"] == str(path)
    return raised.value


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    refusal(tmp_path / "none.gguf", ModelNotFound)
    refusal(tmp_path, ModelNotFound)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    pointer = tmp_path / "pointer.gguf"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n", encoding="ascii")
    assert "pointer.gguf" in refusal(pointer, IncompleteModel).reason()
    (tmp_path / "empty.gguf").touch()
    refusal(tmp_path / "empty.gguf", IncompleteModel)


def test_a_file_that_is_cut_off_is_refused_with_its_sizes(taught: Path, tmp_path: Path) -> None:
    whole = taught.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[:-1000])
    error = refusal(cut, IncompleteModel)
    assert error.reason() == f"cut.gguf has {(len(whole) - 1000) / 1000:.0f} kB of {len(whole) / 1000:.0f} kB"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_any_beginning_of_a_file_is_refused(taught: Path, tmp_path: Path, share: float) -> None:
    whole = taught.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[: int(len(whole) * share**3)])
    with pytest.raises(IncompleteModel):
        read_gguf(cut)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_content_after_the_magic_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<I", 3) + content)
    try:
        read_gguf(file)
    except IncompleteModel as error:
        told = error.reason()
    else:
        told = ""
    assert told == "" or "any.gguf" in told


def test_a_model_without_a_chat_template_is_refused(untaught: Path, tmp_path: Path) -> None:
    refusal(write_gguf(untaught, tmp_path / "base.gguf", template=False), NoChatTemplate)


def test_an_architecture_that_llama_cpp_does_not_know_is_named(untaught: Path, tmp_path: Path) -> None:
    error = refusal(write_gguf(untaught, tmp_path / "strange.gguf", architecture="strangenet"), UnsupportedArchitecture)
    assert "strangenet" in str(error)
    assert "llama.cpp" in error.in_language("zh-Hant")


def test_tensors_that_do_not_fit_are_told_in_the_words_of_llama_cpp(untaught: Path, tmp_path: Path) -> None:
    # the tensors of a Qwen3 are not those of a Gemma 3
    error = refusal(write_gguf(untaught, tmp_path / "mixed.gguf", architecture="gemma3"), IncompleteModel)
    assert "gemma3" in error.reason() or "tensor" in error.reason()


def test_a_context_that_does_not_fit_the_memory_is_told_as_that(untaught: Path, tmp_path: Path) -> None:
    path = write_gguf(untaught, tmp_path / "wide.gguf")
    # 2 layers, 1 head of 16 keys and 16 values, 2 bytes each: 256 GB, more than machines have
    assert read_gguf(path).bytes_with(2 * 10**9) > 2.5e11
    refusal(path, OutOfMemory, context=2 * 10**9)


@pytest.mark.parametrize(
    ("log", "killed", "error", "reason"),
    [
        ("0.1 E load: error loading model: unknown model architecture: 'x'\n", False, UnsupportedArchitecture, ""),
        ("0.1 E ggml_aligned_malloc: insufficient memory (attempted 9 MB)\n", False, OutOfMemory, ""),
        ("", True, OutOfMemory, ""),
        ("0.1 E load: error loading model: missing tensor 'a'\n0.2 E b", False, IncompleteModel, "missing tensor 'a'"),
        ("0.1 E srv: no such thing\n", False, IncompleteModel, "srv: no such thing"),
        ("", False, IncompleteModel, "llama.cpp"),
    ],
)
def test_what_llama_cpp_logs_is_told_as_an_error(log: str, killed: bool, error: type[ModelError], reason: str) -> None:
    told = error_said("m", "x", log, killed)
    assert isinstance(told, error)
    assert told.reason() == reason


def test_a_model_in_parts_needs_all_of_them(taught: Path, tmp_path: Path) -> None:
    first, second = (tmp_path / f"tiny-0000{number}-of-00002.gguf" for number in (1, 2))
    first.write_bytes(taught.read_bytes())
    assert second.name in refusal(first, IncompleteModel).reason()
    second.write_bytes(taught.read_bytes()[:-8])
    assert second.name in refusal(first, IncompleteModel).reason()
    second.write_bytes(taught.read_bytes())
    assert read_gguf(second).parts == (first, second)
    assert read_gguf(second).size == 2 * taught.stat().st_size


def test_a_missing_package_is_named_with_what_installs_it(taught: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingDependency) as raised:
        GgufChat.open(taught, ChatOptions(), "gguf:x")
    assert "pip install xllamacpp" in str(raised.value)


def test_the_header_says_what_the_model_is(taught: Path) -> None:
    file = read_gguf(taught)
    assert (file.architecture, file.name, file.trained_context) == ("qwen3", "Qwen3-0.6B", 32768)
    assert file.has_chat_template
    # 2 layers, 2 heads of keys and of values, 16 numbers each, 2 bytes a number
    assert file.cache_bytes() == 2 * 2 * (16 + 16) * 2


def described(**values: Any) -> GgufFile:
    return GgufFile((Path("model.gguf"),), 0, {"general.architecture": "qwen3", **values})


@pytest.mark.parametrize(
    ("trained", "available", "context"),
    [
        (40960, 0, 16384),
        (8192, 0, 8192),
        (0, 0, 16384),
        (40960, 4_000_000, 7812),
        (40960, 1000, 2048),
        (512, 1000, 512),
    ],
)
def test_the_context_is_what_was_trained_and_fits(trained: int, available: int, context: int) -> None:
    sizes = {"block_count": 2, "attention.head_count_kv": 2, "attention.key_length": 8, "attention.value_length": 8}
    file = described(**{f"qwen3.{key}": value for key, value in {"context_length": trained, **sizes}.items()})
    assert file.cache_bytes() == 128
    assert context_for(file, available) == context


def test_the_cache_of_layers_with_different_heads_is_their_sum() -> None:
    values = {"block_count": 3, "attention.head_count_kv": (1, 0, 2), "attention.head_count": 4, "embedding_length": 32}
    assert described(**{f"qwen3.{key}": value for key, value in values.items()}).cache_bytes() == 3 * (8 + 8) * 2
    assert described().cache_bytes() == 0


@pytest.mark.parametrize(
    ("file", "name", "architecture", "family"),
    [
        ("DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf", "Models", "qwen2", "r1"),
        ("model.gguf", "Qwen3 4B", "qwen3", "qwen3"),
        ("model.gguf", "", "qwen3", "qwen3"),
    ],
)
def test_the_family_is_read_from_the_file_its_name_and_its_architecture(
    file: str, name: str, architecture: str, family: str
) -> None:
    found = family_of(GgufFile((Path(file),), 0, {"general.architecture": architecture, "general.name": name}))
    assert found is not None
    assert family in found.key
