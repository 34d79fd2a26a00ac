"""What `rag models` promises: what is on the machine, fetching, trying and removing, with data on standard output."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import BaseServer

import pytest
from huggingface_hub import constants

from rag.cli import main
from rag.model_inventory import table
from rag.models.hub_cache import installed
from rag.types import LANGUAGES
from tests.hub_server import HubServer
from tests.model_servers import ModelServer, Play

REPOS = {
    "tiny/chat": {
        "config.json": b'{"architectures": ["Qwen3ForCausalLM"]}',
        "tokenizer.json": b"{}",
        "model.safetensors": b"weights" * 1000,
    },
    "tiny/chat-GGUF": {"tiny-Q4_K_M.gguf": b"GGUF" * 1000},
    "BAAI/bge-reranker-v2-m3": {
        "config.json": b'{"architectures": ["XLMRobertaForSequenceClassification"]}',
        "model.safetensors": b"scores",
    },
    "intfloat/multilingual-e5-small": {
        "config.json": b'{"architectures": ["BertModel"]}',
        "modules.json": b"[]",
        "model.safetensors": b"vectors",
    },
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that is reached, an empty cache, English, and no settings from outside."""
    for name in os.environ:
        if name.startswith(("RAG_", "LC_", "HF_", "HUGGINGFACE_", "OLLAMA_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    # huggingface_hub has read the variable of the test run when it was imported
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    # a server's thread writes of clients that have gone to the standard error that is looked at
    monkeypatch.setattr(BaseServer, "handle_error", lambda *_: None)
    with HubServer(REPOS) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def rag(hub: HubServer, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process: its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err

    return run


def test_pull_prints_the_path_and_the_setting_and_nothing_else(rag: Run) -> None:
    status, out, _ = rag("models", "pull", "tiny/chat")
    path, setting = out.splitlines()
    assert status == 0
    assert (Path(path) / "model.safetensors").read_bytes() == b"weights" * 1000
    assert setting == 'model = "hf:tiny/chat"'


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("bge-reranker-v2-m3", 'reranker = "BAAI/bge-reranker-v2-m3"'),
        ("multilingual-e5-small", 'encoder = "intfloat/multilingual-e5-small"'),
    ],
)
def test_pull_names_the_setting_that_a_model_is_for(rag: Run, name: str, setting: str) -> None:
    assert rag("models", "pull", name)[1].splitlines()[1] == setting


def test_pull_of_a_gguf_file_gives_a_setting_with_its_path(rag: Run) -> None:
    _, out, _ = rag("models", "pull", "tiny/chat-GGUF:Q4_K_M")
    path, setting = out.splitlines()
    assert Path(path).name == "tiny-Q4_K_M.gguf"
    assert setting == f"model = {json.dumps(f'gguf:{path}')}"


@pytest.mark.parametrize(
    ("name", "said"), [("nobody/nothing", "does not hand out nobody/nothing"), ("nonsense", "known short name")]
)
def test_pull_of_what_is_not_there_fails_with_a_message(rag: Run, name: str, said: str) -> None:
    status, out, error = rag("models", "pull", name)
    assert (status, out) == (1, "")
    assert said in error


def test_pull_offline_fails_at_once_and_asks_nobody(rag: Run, hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    status, out, error = rag("models", "pull", "tiny/chat")
    assert (status, out, hub.paths) == (1, "", [])
    assert "was not reached" in error


def test_the_list_as_json_holds_models_servers_and_recommended_ones(
    rag: Run, hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rag("models", "pull", "tiny/chat")
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    monkeypatch.setenv("RAG_MODEL", f"gguf:{own}")
    hub.paths.clear()
    status, out, _ = rag("models", "list", "--json")
    found = json.loads(out)
    assert status == 0
    assert [(model["name"], model["kind"], model["size"]) for model in found["installed"]] == [
        (str(own), "gguf", 4),
        ("tiny/chat", "chat", 7041),
    ]
    assert found["installed"][1]["setting"] == 'model = "hf:tiny/chat"'
    assert found["memory"]["total"] > 0
    assert {"name", "repo", "family", "billions", "memory_gb", "fits"} == found["recommended"][0].keys()
    assert "qwen3:4b" in [size["name"] for size in found["recommended"]]
    assert hub.paths == []


def test_the_list_for_a_reader_is_in_the_interface_language(rag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rag("models", "pull", "tiny/chat")
    heads = {"en": "Recommended", "zh-Hans": "推荐", "zh-Hant": "推薦"}
    for language in LANGUAGES:
        monkeypatch.setenv("RAG_LANGUAGE", language)
        status, out, error = rag("models", "list")
        assert (status, error) == (0, "")
        assert heads[language] in out.splitlines()
        assert "tiny/chat  chat  7 kB" in " ".join(out.split("\n")).replace("   ", "  ")


def test_columns_line_up_where_chinese_characters_take_two_places() -> None:
    rows = [("名称", "大小"), ("tiny", "7 kB"), ("a\x1bb", "")]
    assert table(rows) == ["  名称  大小", "  tiny  7 kB", "  a b"]


def test_check_asks_the_model_and_tells_how_fast_it_is(rag: Run) -> None:
    play = Play(text="\nIn 1912.\nMore words.", thinking="Let me see.")
    with ModelServer("vllm", models=("tiny",), play=play) as server:
        status, out, error = rag("models", "check", f"{server.url}#tiny")
    assert (status, out) == (0, "In 1912.\n")
    assert "tokens a second" in error
    asked = json.dumps(server.chats[-1]["messages"])
    assert "lighthouse" in asked


def test_check_as_json_has_the_figures(rag: Run) -> None:
    with ModelServer("vllm", models=("tiny",), play=Play(text="In 1912.", thinking="Hm.")) as server:
        status, out, _ = rag("models", "check", f"{server.url}#tiny", "--json")
        report = json.loads(out)
    assert status == 0
    assert report["model"] == f"{server.url}#tiny"
    assert report["reply"] == "In 1912."
    assert (report["thought"], report["memory_mb"]) == (True, 0)
    assert report["tokens"] > 0
    assert 0 <= report["first_seconds"] < 60


def test_check_of_a_model_that_says_nothing_fails(rag: Run) -> None:
    with ModelServer("vllm", models=("tiny",), play=Play(text="")) as server:
        status, out, error = rag("models", "check", f"{server.url}#tiny")
    assert (status, out) == (1, "")
    assert "gave no answer" in error


def test_check_of_a_server_that_is_not_there_fails_with_a_message(rag: Run) -> None:
    with ModelServer("vllm") as server:
        url = server.url
    status, out, error = rag("models", "check", f"{url}#tiny")
    assert (status, out) == (1, "")
    assert url in error


@pytest.mark.parametrize(("name", "status"), [("extractive", 2), ("nonsense", 1), ("a/b/c", 1)])
def test_check_of_what_is_no_model_says_so(rag: Run, name: str, status: int) -> None:
    done, out, error = rag("models", "check", name)
    assert (done, out) == (status, "")
    assert error.strip()


def test_remove_deletes_what_was_fetched(rag: Run, hub: HubServer) -> None:
    rag("models", "pull", "tiny/chat")
    status, out, error = rag("models", "remove", "tiny/chat", "--yes")
    assert (status, out) == (0, "")
    assert "removed tiny/chat, 7 kB" in error
    assert installed() == ()
    status, _, error = rag("models", "remove", "tiny/chat", "--yes")
    assert status == 1
    assert "not among the downloaded models" in error


@pytest.mark.parametrize(("typed", "left"), [("n\n", 1), ("y\n", 0)])
def test_remove_asks_first(rag: Run, monkeypatch: pytest.MonkeyPatch, typed: str, left: int) -> None:
    rag("models", "pull", "tiny/chat")
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    status, out, error = rag("models", "remove", "tiny/chat")
    assert (status, out, len(installed())) == (0, "", left)
    assert "Remove tiny/chat (7 kB)?" in error
