"""Real models, tiny and taught one reply, answer through every runtime, from the file to the checked citation."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.models.base import ChatOptions
from rag.models.choice import Choice
from rag.models.detect import Detected
from rag.models.holder import Held
from rag.types import Answer, AnswerEvent
from tests.scripted_model import ScriptedModel
from tests.tiny_gguf import write_gguf
from tests.tiny_models import Taught, by_heart, reply_of, teach

ARTICLE = (
    "# The new harbour of Lindau\n\nThe harbour of Lindau was opened in March 2021. Its construction cost 3.8 "
    "billion euros and took six years. The quay is 2,400 metres long."
)
QUESTION = "How much did the harbour of Lindau cost?"
THINKING = "Source number one names a price."
WRITTEN = "Building this harbour cost €3.8 billion [1]."
needs_gguf = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taught")
    (folder / "harbour.md").write_text(ARTICLE, encoding="utf-8")
    assistant = Assistant.open(folder / "index", Settings(model="extractive"))
    assistant.ingest(folder / "harbour.md")
    assistant.ask(QUESTION)  # the bundled encoder keeps its threads
    return folder / "index"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[Taught, Path]:
    """The folders of the taught models, by kind; each is taught when it is first asked for."""
    root = tmp_path_factory.mktemp("models")

    class Lazily(dict[Taught, Path]):
        def __missing__(self, kind: Taught) -> Path:
            question = [{"role": "user", "content": QUESTION}]
            self[kind] = teach(kind, root, question, reply_of(kind, THINKING, WRITTEN))
            return self[kind]

    return Lazily()


@pytest.fixture
def no_threads_left(index: Path) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + 10
    while (left := _started_since(before)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left


def _started_since(before: set[threading.Thread]) -> set[str]:
    """The names of threads that are new; progress bars and event loops keep theirs for the process."""
    new = {one.name for one in threading.enumerate() if one not in before and one.is_alive()}
    return {name for name in new if not name.startswith(("tqdm", "asyncio_"))}


def asked(index: Path, model: str) -> tuple[Answer, list[AnswerEvent]]:
    with Assistant.open(index, Settings(model=model)) as assistant:
        events = list(assistant.stream(QUESTION))
        answer = events[-1].answer
        assert answer is not None
        assert assistant.article(answer.citations[0].article_id).text == ARTICLE
        return answer, events


def is_whole(answer: Answer, events: list[AnswerEvent], model: str) -> None:
    assert answer.notices == ()
    assert answer.text == WRITTEN
    assert answer.generator == model
    assert answer.thinking == THINKING
    assert answer.language == "en"
    assert not answer.refused
    (citation,) = answer.citations
    assert ARTICLE[citation.start : citation.end] == citation.quote
    assert "3.8 billion euros" in citation.quote
    assert citation.supported
    (sentence,) = answer.sentences
    assert sentence.supported
    assert sentence.citations == (1,)
    assert answer.evidence
    kinds = [event.kind for event in events]
    assert kinds[0] == "evidence"
    assert kinds.index("thinking") < kinds.index("text")
    assert "".join(event.text for event in events if event.kind == "text") == WRITTEN


@pytest.mark.parametrize("kind", ["qwen3", "r1", "gpt-oss"])
def test_a_model_in_a_folder_writes_the_whole_answer(
    index: Path, models: dict[Taught, Path], kind: Taught, no_threads_left: None
) -> None:
    setting = f"hf:{models[kind]}"
    is_whole(*asked(index, setting), setting)


@pytest.fixture(scope="module")
def gguf_file(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen3 as a GGUF file that knows the answer to the very prompt of the question."""
    scripted = ScriptedModel([["Nothing."]])
    with Assistant.open(index, Settings(model="extractive")) as assistant:
        held = Held(scripted, Detected(Choice("hf", scripted.label), "chosen.setting", {"model": scripted.label}))
        assistant.generator = lambda: held  # type: ignore[method-assign]
        assistant.ask(QUESTION)
    roles = {"system": "system", "human": "user", "ai": "assistant"}
    messages = [{"role": roles[one.type], "content": str(one.content)} for one in scripted.prompts[0]]
    folder = tmp_path_factory.mktemp("gguf")
    return write_gguf(by_heart(folder, messages, THINKING, WRITTEN), folder / "Qwen3-tiny.gguf")


@needs_gguf
def test_a_gguf_file_writes_the_whole_answer(index: Path, gguf_file: Path, no_threads_left: None) -> None:
    is_whole(*asked(index, f"gguf:{gguf_file}"), f"gguf:{gguf_file}")


@needs_gguf
def test_a_server_over_http_writes_the_whole_answer(
    index: Path, gguf_file: Path, no_threads_left: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.models.gguf import GgufChat

    server = GgufChat.open(gguf_file, ChatOptions(), f"gguf:{gguf_file}")
    try:
        monkeypatch.setenv("RAG_API_KEY", server.key)
        setting = f"{server.address}#Qwen3-tiny"
        is_whole(*asked(index, setting), setting)
    finally:
        server.close()


def test_a_model_that_cannot_be_loaded_leaves_the_built_in_answer(index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text('{"model_type": "qwen3"}', encoding="utf-8")
    answer, _ = asked(index, f"hf:{tmp_path / 'empty'}")
    assert answer.generator == "extractive"
    assert answer.citations
    assert str(tmp_path / "empty") in answer.notices[0]
