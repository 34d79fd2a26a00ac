"""What choosing a model promises: the setting first, then the environment, then what runs here, and articles stay."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelNotFound, ServerDown, ServerRejected, SettingsError
from rag.models import memory as memory_module
from rag.models.addresses import SERVERS, is_near, ollama_url
from rag.models.base import ChatOptions
from rag.models.choice import Choice, open_model, parse, server_choice
from rag.models.detect import Detected, detect
from rag.models.memory import Memory, fits, in_words, memory, process_bytes
from rag.models.servers import Served, Server, best_model, billions_of, look, recommended, running
from rag.types import LANGUAGES
from tests.model_servers import ModelServer, Play

LARGE = Memory(total=64 * 10**9, available=0)
SMALL = Memory(total=8 * 10**9, available=0)


def nothing_runs() -> tuple[Server, ...]:
    return ()


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything in one way; its address with `/v1`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listing(*names: str) -> bytes:
    return json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode()


@pytest.mark.parametrize(
    ("setting", "choice"),
    [
        ("auto", Choice("auto", "auto")),
        ("", Choice("auto", "auto")),
        (" Extractive ", Choice("extractive", "extractive")),
        (
            "ollama:qwen3:4b",
            Choice("server", "ollama:qwen3:4b", "qwen3:4b", "http://127.0.0.1:11434/v1"),
        ),
        ("lmstudio:a/b", Choice("server", "lmstudio:a/b", "a/b", "http://127.0.0.1:1234/v1")),
        ("vLLM:a/b", Choice("server", "vllm:a/b", "a/b", "http://127.0.0.1:8000/v1")),
        ("ollama", Choice("server", "ollama:", "", "http://127.0.0.1:11434/v1")),
        (
            "http://127.0.0.1:8000/v1#tiny:1b",
            Choice("server", "http://127.0.0.1:8000/v1#tiny:1b", "tiny:1b", "http://127.0.0.1:8000/v1"),
        ),
        ("http://box:8000", Choice("server", "http://box:8000/v1", "", "http://box:8000/v1")),
        (
            "https://models.example/api/chat/completions",
            Choice("server", "https://models.example/api", "", "https://models.example/api"),
        ),
        ("gguf:/m/tiny.gguf", Choice("gguf", "gguf:/m/tiny.gguf", "/m/tiny.gguf")),
        ("/m/tiny.GGUF", Choice("gguf", "gguf:/m/tiny.GGUF", "/m/tiny.GGUF")),
        ("hf:Qwen/Qwen3-4B", Choice("hf", "hf:Qwen/Qwen3-4B", "Qwen/Qwen3-4B")),
        ("Qwen/Qwen3-4B", Choice("hf", "hf:Qwen/Qwen3-4B", "Qwen/Qwen3-4B")),
        ("https://huggingface.co/Qwen/Qwen3-4B/tree/main", Choice("hf", "hf:Qwen/Qwen3-4B", "Qwen/Qwen3-4B")),
    ],
)
def test_a_setting_names_a_runtime_and_a_model(setting: str, choice: Choice) -> None:
    assert parse(setting, {}) == choice
    assert parse(choice.label, {}) == choice


def test_a_home_folder_is_written_out_and_a_folder_with_a_model_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert parse("gguf:~/m.gguf", {}).name == str(tmp_path / "m.gguf")
    (tmp_path / "model").mkdir()
    with pytest.raises(SettingsError):
        parse("~/model", {})
    (tmp_path / "model" / "config.json").write_text("{}")
    assert parse("~/model", {}) == Choice("hf", f"hf:{tmp_path / 'model'}", str(tmp_path / "model"))


@pytest.mark.parametrize(
    "setting",
    [
        *("nonsense", "gpt:4", "gguf:", "hf:", "qwen3:4b", "a/b/c", "http://", "http:///v1", "http://box:port/v1"),
        *("http://me:secret@box/v1", "http://box:0/v1", "https://[::1/v1", "ftp://box/v1"),
        *("http://bo x/v1", "http://box/v 1", "http://box\x08/v1", "http://bücher/v1"),
    ],
)
def test_an_unusable_setting_is_refused_in_every_language(setting: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(setting, {})
    assert len({raised.value.in_language(language) for language in LANGUAGES}) == 3
    assert raised.value.values["where"] == "model"


_BEGINNINGS = ("", "ollama:", "http://", "https://box/", "gguf:", "hf:", "~", "a/", "http://[")


@given(st.builds("".join, st.tuples(st.sampled_from(_BEGINNINGS), st.text(max_size=30))))
def test_any_text_is_a_choice_that_its_label_gives_again_or_is_refused(text: str) -> None:
    try:
        choice = parse(text, {})
    except SettingsError:
        return
    assert parse(choice.label, {}) == choice


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:11500", "http://127.0.0.1:11500/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        (":11500", "http://127.0.0.1:11500/v1"),
        ("box", "http://box:11434/v1"),
        ("http://box", "http://box:80/v1"),
        ("https://box/ollama/", "https://box:443/ollama/v1"),
        ("[::]:11434", "http://[::1]:11434/v1"),
        ("::1", "http://[::1]:11434/v1"),
    ],
)
def test_ollamas_own_variable_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_url(host) == url
    assert parse("ollama:tiny", {"OLLAMA_HOST": host}).base_url == url


def test_ollamas_variable_takes_no_passages_outside_without_being_asked() -> None:
    with pytest.raises(SettingsError, match="outside your own network") as raised:
        parse("ollama:tiny", {"OLLAMA_HOST": "models.example.com"})
    assert raised.value.values["where"] == "OLLAMA_HOST"


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://[", ":"]))
def test_any_value_of_ollamas_variable_is_a_near_address_or_is_refused(text: str, beginning: str) -> None:
    try:
        choice = parse("ollama:tiny", {"OLLAMA_HOST": beginning + text})
    except SettingsError:
        return
    assert is_near(choice.base_url)
    assert re.fullmatch(r"https?://[!-~]+/v1", choice.base_url)


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]/v1", True),
        ("http://192.168.1.7/v1", True),
        ("http://10.0.0.1/v1", True),
        ("http://172.16.0.9/v1", True),
        ("http://169.254.3.4/v1", True),
        ("http://[fe80::1]/v1", True),
        ("http://[fd00::1]/v1", True),
        ("http://[::ffff:192.168.1.7]/v1", True),
        ("http://box/v1", True),
        ("http://box.local/v1", True),
        ("http://Box.LAN./v1", True),
        ("http://gpu.corp.internal/v1", True),
        ("http://8.8.8.8/v1", False),
        ("http://172.32.0.1/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://[2001:4860::8888]/v1", False),
        ("http://[::ffff:8.8.8.8]/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://local.example/v1", False),
    ],
)
def test_only_addresses_of_the_users_own_network_are_near(url: str, near: bool) -> None:
    assert is_near(url) is near


def test_the_setting_comes_before_everything_else() -> None:
    with ModelServer("vllm", models=("other",)) as server:
        found = detect("ollama:tiny", {"RAG_BASE_URL": server.url}, lambda: (look(server.url),))
    assert found.choice == parse("ollama:tiny", {})
    assert found.reason_key == "chosen.setting"
    assert server.requests == []


def test_the_environment_comes_before_what_runs_here() -> None:
    with ModelServer("vllm", models=("named",)) as named, ModelServer("vllm", models=("found",)) as running_here:
        found = detect("auto", {"RAG_BASE_URL": named.url}, lambda: (look(running_here.url),))
        assert found.choice == server_choice(named.url, "named")
        for language in LANGUAGES:
            assert "RAG_BASE_URL" in found.in_language(language)
        found = detect("auto", {}, lambda: (look(running_here.url),))
        assert found.choice == server_choice(running_here.url, "found")
        assert found.reason_key == "chosen.running"


def test_a_variable_that_names_a_model_needs_no_answer_of_its_server() -> None:
    found = detect("auto", {"RAG_BASE_URL": "http://box:9/v1#tiny"}, nothing_runs)
    assert found.choice == server_choice("http://box:9/v1", "tiny")


def test_the_variables_are_read_in_their_order_and_an_empty_one_is_none() -> None:
    with ModelServer("vllm", models=("one",)) as one, ModelServer("ollama", models=("two",)) as two:
        environ = {"RAG_BASE_URL": " ", "OPENAI_BASE_URL": one.url, "OLLAMA_HOST": two.root}
        assert detect("auto", environ, nothing_runs).choice.name == "one"
        del environ["OPENAI_BASE_URL"]
        assert detect("auto", environ, nothing_runs).choice.label == "ollama:two"
        assert parse("ollama:two", environ).base_url == two.url


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, "chosen.far"),
        ({"RAG_BASE_URL": "https://models.example.com/v1#tiny"}, "chosen.far"),
        ({"OLLAMA_HOST": "8.8.8.8"}, "chosen.far"),
        ({"RAG_BASE_URL": "nonsense"}, "chosen.unusable"),
        ({"OLLAMA_HOST": "http://box:port"}, "chosen.unusable"),
    ],
)
def test_an_address_outside_or_unusable_is_passed_over_with_a_reason(environ: dict[str, str], key: str) -> None:
    found = detect("auto", environ, nothing_runs)
    assert found.choice.kind == "extractive"
    assert [reason.key for reason in found.passed] == [key]
    assert len({found.in_language(language) for language in LANGUAGES}) == 3


def test_a_server_that_is_silent_or_cannot_chat_is_passed_over() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = detect("auto", {"RAG_BASE_URL": f"http://127.0.0.1:{closed.getsockname()[1]}"}, nothing_runs)
    assert [reason.key for reason in silent.passed] == ["chosen.silent"]
    with ModelServer("ollama", models=("bge-m3:latest", "nomic-embed-text")) as server:
        found = detect("auto", {"RAG_BASE_URL": server.url}, lambda: (look(server.url),))
    assert [reason.key for reason in found.passed] == ["chosen.no_chat"]
    assert found == Detected(Choice("extractive", "extractive"), "chosen.none", passed=found.passed)


def test_a_key_is_sent_only_to_the_address_that_it_belongs_to() -> None:
    with ModelServer("vllm") as server:
        detect("auto", {"RAG_BASE_URL": server.url, "OPENAI_API_KEY": "sk-1"}, nothing_runs)
        assert "Authorization" not in server.requests[-1].headers
        detect("auto", {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-1"}, nothing_runs)
        assert server.requests[-1].headers["Authorization"] == "Bearer sk-1"
        detect("auto", {"RAG_BASE_URL": server.url, "OPENAI_API_KEY": "sk-1", "RAG_API_KEY": "own"}, nothing_runs)
        assert server.requests[-1].headers["Authorization"] == "Bearer own"


def test_a_probe_finds_the_servers_of_this_machine_in_the_order_of_the_ports() -> None:
    with ModelServer("vllm", models=("b",)) as second, ModelServer("ollama", models=("a", "bge-m3")) as first:
        ports = (first.port, second.port)
        assert running(ports, 5) == (Server(first.url, (Served("a"),)), Server(second.url, (Served("b"),)))


def test_a_probe_passes_over_what_is_no_model_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        answering(200, b"<html></html>") as page,
        answering(200, b'{"data": {}}') as other,
        answering(404, listing("a")) as missing,
        answering(200, listing("whisper-1")) as deaf,
    ):
        ports = [int(url.rsplit(":", 1)[1].split("/")[0]) for url in (page, other, missing, deaf)]
        assert running((*ports, silent.getsockname()[1]), 0.5) == ()


def test_what_answers_but_serves_no_models_is_rejected_with_a_reason() -> None:
    with answering(200, b"[]") as url, pytest.raises(ServerRejected, match="not a model server"):
        look(url)
    with answering(401, listing("a")) as url, pytest.raises(ServerRejected, match="HTTP 401"):
        look(url)
    with pytest.raises(ServerDown):
        look(url)


def test_entries_without_a_name_are_passed_over() -> None:
    with answering(200, b'{"data": [7, {"id": ""}, {"id": 3}, {"id": "tiny"}]}') as url:
        assert look(url).models == (Served("tiny"),)


@pytest.mark.parametrize(
    "name",
    [
        *("bge-m3:latest", "BAAI/bge-reranker-v2-m3", "nomic-embed-text", "text-embedding-qwen3", "all-minilm"),
        *("Qwen/Qwen3-Embedding-0.6B", "intfloat/multilingual-e5-small", "Qwen3-Reranker-4B", "whisper-1"),
    ],
)
def test_models_that_do_not_chat_are_left_out(name: str) -> None:
    with answering(200, listing(name, "qwen3:4b")) as url:
        assert look(url).models == (Served("qwen3:4b"),)


@pytest.mark.parametrize(
    ("names", "machine", "best"),
    [
        (["mystery:70b", "qwen3:4b"], LARGE, "qwen3:4b"),
        (["qwen3:4b", "qwen3:8b"], LARGE, "qwen3:8b"),
        (["qwen3:4b", "qwen3:30b"], SMALL, "qwen3:4b"),
        (["qwen3:30b-custom", "qwen3:8b"], LARGE, "qwen3:8b"),
        (["qwen3:14b-custom", "qwen3:32b-custom"], LARGE, "qwen3:32b-custom"),
        (["mystery-b", "mystery-a"], LARGE, "mystery-a"),
        (["mystery:8b", "mystery:4b"], LARGE, "mystery:8b"),
    ],
)
def test_of_several_models_the_best_for_answers_is_taken(names: list[str], machine: Memory, best: str) -> None:
    server = Server("http://127.0.0.1:11434/v1", tuple(map(Served, names)))
    turned = Server(server.base_url, server.models[::-1])
    assert best_model(server, machine) == best_model(turned, machine) == Served(best)


def test_a_loaded_model_comes_before_one_that_must_be_loaded() -> None:
    models = (Served("qwen3:8b"), Served("qwen3:4b", loaded=True))
    assert best_model(Server("http://127.0.0.1:11434/v1", models), LARGE) == models[1]


def test_what_is_loaded_has_shown_that_it_fits() -> None:
    models = (Served("qwen3:4b", loaded=True), Served("qwen3:30b", loaded=True))
    assert best_model(Server("http://127.0.0.1:11434/v1", models), SMALL) == models[1]


def test_a_server_elsewhere_is_taken_to_have_room_for_what_it_has() -> None:
    models = (Served("qwen3:8b"), Served("qwen3:30b"))
    assert best_model(Server("http://box:11434/v1", models), SMALL) == models[1]
    assert best_model(Server("http://127.0.0.1:11434/v1", models), SMALL) == models[0]


def test_a_server_without_models_has_no_best_one() -> None:
    assert best_model(Server("http://box:1/v1", ()), LARGE) is None


def test_what_is_in_memory_is_told_by_ollama_llama_server_and_lm_studio() -> None:
    with ModelServer("ollama", models=("a", "b"), loaded_context=4096) as server:
        assert look(server.url).models == (Served("a", loaded=True), Served("b", loaded=True))
    with ModelServer("ollama", models=("a", "b")) as server:
        assert look(server.url).models == (Served("a"), Served("b"))
    entries = [
        {"id": "a", "status": {"value": "loaded"}},
        {"id": "b", "status": {"value": "unloaded"}},
        {"id": "c", "state": "loaded"},
    ]
    with answering(200, json.dumps({"data": entries}).encode()) as url:
        assert [model.loaded for model in look(url).models] == [True, False, True]


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        *(("qwen3:4b", 4.0), ("Qwen3-30B-A3B", 30.0), ("deepseek-r1:1.5b-q4", 1.5), ("llama3.2-1B-Instruct", 1.0)),
        *(("mixtral-8x7b", 0.0), ("qwen3:latest", 0.0), ("4bit-model", 0.0), ("mystery", 0.0)),
    ],
)
def test_a_name_tells_how_large_a_model_is(name: str, billions: float) -> None:
    assert billions_of(name) == billions


def test_a_recommended_size_is_known_by_tag_and_repository() -> None:
    size = recommended("qwen3:4b")
    assert size is not None
    assert recommended(size.repo.upper()) == size
    assert recommended("qwen3:4b-custom") is None
    assert recommended("") is None


def test_every_program_has_a_port_of_its_own() -> None:
    assert len(set(SERVERS.values())) == len(SERVERS) == 5
    assert 7860 not in SERVERS.values()


def test_a_chosen_server_is_opened_and_answers() -> None:
    with ModelServer("vllm", models=("bge-m3", "tiny"), play=Play(text="In 1912.")) as server:
        model = open_model(parse(server.url, {}), ChatOptions())
        try:
            assert model.label == f"{server.url}#tiny"
        finally:
            model.close()


def test_a_server_without_chat_models_opens_nothing() -> None:
    with (
        ModelServer("vllm", models=("bge-m3",)) as server,
        pytest.raises(ModelNotFound, match="no model that can chat"),
    ):
        open_model(parse(server.url, {}), ChatOptions())


@pytest.mark.parametrize("setting", ["auto", "extractive"])
def test_what_is_no_model_is_not_opened(setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        open_model(parse(setting, {}), ChatOptions())


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        open_model(parse(str(tmp_path / "none.gguf"), {}), ChatOptions())


def test_a_model_fits_four_fifths_of_the_memory_or_the_gpu() -> None:
    machine = Memory(total=10 * 10**9, available=10**9)
    assert fits(8.0, machine)
    assert not fits(8.1, machine)
    assert fits(20, Memory(total=10**10, available=0, gpu=20 * 10**9))
    assert fits(1000, Memory(0, 0))


def test_the_memory_of_this_machine_is_known() -> None:
    machine = memory()
    assert 0 < machine.available <= machine.total
    assert 0 < process_bytes() <= machine.total


def test_a_container_has_only_the_memory_that_it_may_use(tmp_path: Path) -> None:
    meminfo, limit = tmp_path / "meminfo", tmp_path / "memory.max"
    meminfo.write_text("MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:    8000000 kB\nHugePages_Total: 0\n")
    limit.write_text("max\n")
    assert memory_module._linux(meminfo, limit) == (16_384_000_000, 8_192_000_000)
    limit.write_text("4000000000\n")
    assert memory_module._linux(meminfo, limit) == (4_000_000_000, 4_000_000_000)
    assert memory_module._linux(tmp_path / "none", tmp_path / "none") == (0, 0)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (512e6, "512 MB"), (4_249e6, "4.2 GB")],
)
def test_a_size_is_said_with_its_unit(size: float, words: str) -> None:
    assert in_words(size) == words
