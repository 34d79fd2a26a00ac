"""What fetching models promises: only what is needed, never a byte twice, and errors that say what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from huggingface_hub import constants, snapshot_download
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DiskFull, HubDenied, HubOffline, IncompleteModel, ModelNotFound
from rag.models import hub as hub_module
from rag.models.hub import Progress, pull
from rag.models.hub_cache import cache_folder, installed, remove, size_of
from rag.models.hub_names import Wanted, files_of, gguf_files, kind_of, model_files, resolve
from tests.hub_server import COMMIT, HubServer, Sent

CONFIG = json.dumps({"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}).encode()
WEIGHTS = bytes(range(256)) * 4000
CHAT = {
    "config.json": CONFIG,
    "tokenizer.json": b'{"version": "1.0"}',
    "merges.txt": b"a b\n",
    "chat_template.jinja": b"{{ messages }}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"pickled",
    "modeling_tiny.py": b"print('code')",
    "onnx/model.onnx": b"graph",
    "README.md": b"# Tiny",
}
WANTED = ["chat_template.jinja", "config.json", "merges.txt", "model.safetensors", "tokenizer.json"]
GGUF = {
    "README.md": b"# Tiny",
    "tiny-Q4_K_M.gguf": b"GGUF four" * 50,
    "tiny-UD-Q4_K_M.gguf": b"GGUF other four" * 50,
    "tiny-Q8_0-00001-of-00002.gguf": b"GGUF eight, one",
    "tiny-Q8_0-00002-of-00002.gguf": b"GGUF eight, two",
    "mmproj-Q4_K_M.gguf": b"pictures",
}
ENCODER = {
    "config.json": b'{"architectures": ["BertModel"]}',
    "modules.json": b"[]",
    "1_Pooling/config.json": b"{}",
    "model.safetensors": b"vectors",
}
REPOS = {"tiny/chat": CHAT, "tiny/chat-GGUF": GGUF, "tiny/embedder": ENCODER}


class Place(NamedTuple):
    """A hub, and the folder of its downloads."""

    hub: HubServer
    cache: Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A hub that is reached, and an empty cache."""
    for name in os.environ:
        if name.startswith(("HF_", "HUGGINGFACE_", "TRANSFORMERS_OFFLINE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    # huggingface_hub has read the variable of the test run when it was imported
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    with HubServer(REPOS) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield Place(hub, tmp_path / "home" / "hub")


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def stop_after(count: int) -> Callable[[Progress], None]:
    """A reader of progress that presses Ctrl-C once so many bytes are there."""

    def show(progress: Progress) -> None:
        if progress.done >= count:
            raise KeyboardInterrupt

    return show


def test_a_model_is_fetched_without_code_pickles_or_copies_for_other_programs(place: Place) -> None:
    folder = pull("tiny/chat")
    assert files_below(folder) == WANTED
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert {sent.file for sent in place.hub.sent} == set(WANTED)


def test_a_fetched_model_is_where_other_programs_look_for_it(place: Place) -> None:
    folder = pull("tiny/chat")
    found = snapshot_download("tiny/chat", cache_dir=place.cache, local_files_only=True)
    assert Path(found) == folder
    assert folder.name == COMMIT


def test_fetching_again_sends_no_file_again(place: Place) -> None:
    pull("tiny/chat")
    place.hub.sent.clear()
    seen: list[Progress] = []
    pull("tiny/chat", seen.append)
    assert place.hub.sent == []
    assert seen[-1].done == seen[-1].total


def test_progress_counts_the_bytes_of_all_files_up_to_their_sum(place: Place) -> None:
    seen: list[Progress] = []
    pull("tiny/chat", seen.append)
    total = sum(len(CHAT[name]) for name in WANTED)
    assert {progress.total for progress in seen} == {total}
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert (seen[0].done, seen[-1].done) == (0, total)


def test_a_download_that_was_interrupted_goes_on_where_it_ended(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    [part] = (place.cache / "models--tiny--chat" / "blobs").glob("*.incomplete")
    kept = part.stat().st_size
    assert 0 < kept < len(WEIGHTS)
    place.hub.sent.clear()
    folder = pull("tiny/chat")
    assert place.hub.sent == [Sent("model.safetensors", kept, len(WEIGHTS) - kept)]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert list(part.parent.glob("*.incomplete")) == []


def test_a_model_half_fetched_is_no_whole_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    assert [model.name for model in installed() if model.complete] == []
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubOffline):
        pull("tiny/chat")


def test_a_cut_connection_is_taken_up_again_within_one_download(place: Place) -> None:
    place.hub.cut_after, place.hub.cuts = 300_000, 2
    folder = pull("tiny/chat", pause=0)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert [sent.start for sent in place.hub.sent if sent.file == "model.safetensors"] == [0, 300_000, 600_000]
    assert place.hub.bytes_sent("model.safetensors") == len(WEIGHTS)


def test_a_connection_that_brings_nothing_more_keeps_what_came(place: Place) -> None:
    place.hub.cut_after, place.hub.cuts = 300_000, 1
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(300_000))
    place.hub.cut_after, place.hub.cuts = 0, -1
    with pytest.raises(HubOffline):
        pull("tiny/chat", pause=0)
    place.hub.cuts = 0
    place.hub.sent.clear()
    pull("tiny/chat")
    [sent] = place.hub.sent
    assert (sent.file, sent.start > 0, sent.start + sent.count) == ("model.safetensors", True, len(WEIGHTS))


def test_a_hub_that_knows_no_ranges_sends_the_file_anew(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    place.hub.ranges = False
    seen: list[Progress] = []
    folder = pull("tiny/chat", seen.append)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert seen[-1].done == seen[-1].total == max(progress.done for progress in seen)
    # what had come counts no more
    assert min(progress.done for progress in seen) < seen[0].done


def test_a_file_that_stays_shorter_than_the_hub_says_is_incomplete(place: Place) -> None:
    place.hub.short = 1000
    with pytest.raises(IncompleteModel, match=r"model\.safetensors has 1 MB of 1 MB"):
        pull("tiny/chat", pause=0)
    assert not (place.cache / "models--tiny--chat" / "refs" / "main").exists()


def test_a_file_with_a_wrong_checksum_is_not_kept(place: Place) -> None:
    place.hub.wrong_sums = True
    with pytest.raises(IncompleteModel, match="checksum"):
        pull("tiny/chat")
    blobs = place.cache / "models--tiny--chat" / "blobs"
    assert not [path for path in blobs.iterdir() if path.name.startswith("0" * 64)]


def test_a_part_longer_than_the_file_is_thrown_away(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    [part] = (place.cache / "models--tiny--chat" / "blobs").glob("*.incomplete")
    part.write_bytes(b"x" * (len(WEIGHTS) + 1))
    seen: list[Progress] = []
    assert (pull("tiny/chat", seen.append) / "model.safetensors").read_bytes() == WEIGHTS
    assert seen[-1].done == seen[-1].total
    assert min(progress.done for progress in seen) < seen[0].done


def test_offline_nothing_is_asked_and_a_model_that_is_there_is_given(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pull("tiny/chat")
    place.hub.paths.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull("tiny/chat") == folder
    with pytest.raises(HubOffline, match="tiny/embedder"):
        pull("tiny/embedder")
    assert place.hub.paths == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_hub_that_refuses_denies_the_model(place: Place, status: int) -> None:
    place.hub.status["tiny/chat"] = status
    with pytest.raises(HubDenied, match="tiny/chat") as raised:
        pull("tiny/chat")
    assert raised.value.__cause__ is not None


def test_a_gated_or_missing_model_is_denied(place: Place) -> None:
    place.hub.gated.add("tiny/chat")
    with pytest.raises(HubDenied, match="HF_TOKEN"):
        pull("tiny/chat")
    with pytest.raises(HubDenied, match="nobody/nothing"):
        pull("nobody/nothing")


def test_a_hub_that_is_not_there_is_offline(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", url)
        with pytest.raises(HubOffline, match=url) as raised:
            pull("tiny/chat", pause=0)
    assert raised.value.__cause__ is not None


def test_a_sign_in_page_instead_of_a_hub_is_offline(place: Place) -> None:
    place.hub.page = True
    with pytest.raises(HubOffline):
        pull("tiny/chat")


def test_a_model_larger_than_the_disk_is_refused_before_a_byte_is_fetched(place: Place) -> None:
    place.hub.claims["model.safetensors"] = 10**18
    with pytest.raises(DiskFull, match=r"1000000000\.0 GB"):
        pull("tiny/chat")
    assert place.hub.sent == []


def test_space_is_needed_only_for_what_is_still_to_come(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    [part] = (place.cache / "models--tiny--chat" / "blobs").glob("*.incomplete")
    missing = len(WEIGHTS) - part.stat().st_size
    usage = shutil.disk_usage(place.cache)
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda _: usage._replace(free=missing - 1))
    with pytest.raises(DiskFull):
        pull("tiny/chat")
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda _: usage._replace(free=missing))
    pull("tiny/chat")


def test_a_disk_that_fills_up_keeps_what_came(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(progress: Progress) -> None:
        if progress.done > 200_000:
            # where a write would fail; the progress is told between two writes
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull) as raised:
        pull("tiny/chat", full)
    assert isinstance(raised.value.__cause__, OSError)
    place.hub.sent.clear()
    pull("tiny/chat")
    [sent] = place.hub.sent
    assert sent.start > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_write_that_finds_no_space_is_told_with_the_space_needed(place: Place) -> None:
    blobs = place.cache / "models--tiny--chat" / "blobs"
    blobs.mkdir(parents=True)
    sha256 = place.hub.etag("model.safetensors", WEIGHTS)
    (blobs / f"{sha256}.incomplete").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"tiny/chat needs 1 MB in .*hub") as raised:
        pull("tiny/chat")
    assert isinstance(raised.value.__cause__, OSError)
    assert raised.value.__cause__.errno == errno.ENOSPC


def test_a_cache_that_cannot_be_written_is_told(place: Place) -> None:
    place.cache.parent.mkdir(parents=True)
    place.cache.write_text("a file where the folder should be")
    with pytest.raises(IncompleteModel, match="the disk reported an error"):
        pull("tiny/chat")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("tiny/chat-GGUF:Q8_0", ["tiny-Q8_0-00001-of-00002.gguf", "tiny-Q8_0-00002-of-00002.gguf"]),
        ("tiny/chat-GGUF:q4_k_m", ["tiny-Q4_K_M.gguf"]),
        ("tiny/chat-GGUF:tiny-UD-Q4_K_M.gguf", ["tiny-UD-Q4_K_M.gguf"]),
        ("tiny/chat-GGUF", ["tiny-Q4_K_M.gguf"]),
    ],
)
def test_of_a_gguf_repository_only_the_file_meant_is_fetched(place: Place, name: str, files: list[str]) -> None:
    path = pull(name)
    assert path.name == files[0]
    assert files_below(path.parent) == files


def test_a_kind_of_quantising_that_is_not_there_lists_those_that_are(place: Place) -> None:
    with pytest.raises(ModelNotFound, match=r"tiny-Q4_K_M\.gguf, tiny-Q8_0\.gguf, tiny-UD-Q4_K_M\.gguf"):
        pull("tiny/chat-GGUF:Q2_K")


def test_the_list_tells_what_each_model_is_for(place: Place) -> None:
    chat, encoder = pull("tiny/chat"), pull("tiny/embedder")
    four, eight = pull("tiny/chat-GGUF"), pull("tiny/chat-GGUF:Q8_0")
    found = {model.name: model for model in installed()}
    assert {name: (model.kind, model.path, model.complete) for name, model in found.items()} == {
        "tiny/chat": ("chat", chat, True),
        "tiny/chat-GGUF:tiny-Q4_K_M.gguf": ("gguf", four, True),
        "tiny/chat-GGUF:tiny-Q8_0-00001-of-00002.gguf": ("gguf", eight, True),
        "tiny/embedder": ("encoder", encoder, True),
    }
    assert found["tiny/chat"].size_bytes == sum(len(CHAT[name]) for name in WANTED)
    assert found["tiny/chat-GGUF:tiny-Q8_0-00001-of-00002.gguf"].size_bytes == 30


def test_without_a_cache_nothing_is_installed(place: Place) -> None:
    assert installed() == ()


def test_a_removed_model_leaves_nothing_behind(place: Place) -> None:
    pull("tiny/chat")
    pull("tiny/embedder")
    size = size_of("tiny/chat")
    assert size >= len(WEIGHTS)
    assert remove("tiny/chat") == size
    assert [model.name for model in installed()] == ["tiny/embedder"]
    assert not (place.cache / "models--tiny--chat").exists()
    with pytest.raises(ModelNotFound, match="not among the downloaded"):
        remove("tiny/chat")


def test_a_model_half_fetched_can_be_removed(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull("tiny/chat", stop_after(200_000))
    assert remove("tiny/chat") > 0
    assert not (place.cache / "models--tiny--chat").exists()


def test_one_gguf_file_is_removed_and_the_other_stays(place: Place) -> None:
    pull("tiny/chat-GGUF:Q8_0")
    four = pull("tiny/chat-GGUF:Q4_K_M")
    blobs = place.cache / "models--tiny--chat-GGUF" / "blobs"
    assert len(list(blobs.iterdir())) == 3
    assert remove("tiny/chat-GGUF:Q8_0") == 30
    assert len(list(blobs.iterdir())) == 1
    assert [model.path for model in installed()] == [four]
    assert four.read_bytes() == GGUF["tiny-Q4_K_M.gguf"]
    remove("tiny/chat-GGUF:Q4_K_M")
    assert installed() == ()
    assert not (place.cache / "models--tiny--chat-GGUF").exists()


def test_a_file_that_only_a_link_leads_to_is_not_deleted_with_the_link(place: Place, tmp_path: Path) -> None:
    four = pull("tiny/chat-GGUF:Q4_K_M")
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF")
    four.unlink()
    four.symlink_to(other)
    remove("tiny/chat-GGUF:Q4_K_M")
    assert other.read_bytes() == b"GGUF"
    assert not four.is_symlink()


def test_without_links_the_files_themselves_lie_in_the_snapshot(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("links need a right that this user lacks")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = pull("tiny/chat")
    assert files_below(folder) == WANTED
    assert not any(path.is_symlink() for path in folder.iterdir())
    place.hub.sent.clear()
    pull("tiny/chat")
    assert place.hub.sent == []


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HF_HUB_CACHE": "/a/b", "HF_HOME": "/c"}, "/a/b"),
        ({"HF_HOME": "/c"}, "/c/hub"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
        ({}, "~/.cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_the_environment_says(environ: dict[str, str], folder: str) -> None:
    assert cache_folder(environ) == Path(folder).expanduser()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("BAAI/bge-m3", Wanted("BAAI/bge-m3")),
        ("hf:BAAI/bge-m3", Wanted("BAAI/bge-m3")),
        ("https://huggingface.co/BAAI/bge-m3/tree/main", Wanted("BAAI/bge-m3")),
        ("owner/name:Q4_K_M", Wanted("owner/name", "Q4_K_M")),
        ("bge-m3", Wanted("BAAI/bge-m3")),
        ("BGE-Reranker-v2-m3", Wanted("BAAI/bge-reranker-v2-m3")),
        ("qwen3-embedding-0.6b", Wanted("Qwen/Qwen3-Embedding-0.6B")),
        ("multilingual-e5-small", Wanted("intfloat/multilingual-e5-small")),
        ("qwen3:4b", Wanted("Qwen/Qwen3-4B")),
        ("qwen3-4b", Wanted("Qwen/Qwen3-4B")),
    ],
)
def test_a_model_is_known_by_its_repository_its_page_and_its_short_names(name: str, wanted: Wanted) -> None:
    assert resolve(name) == wanted


@pytest.mark.parametrize("name", ["", "nonsense", "a/b/c", "../../etc", "owner/", "/name", "owner/../name"])
def test_what_names_no_model_is_not_looked_for(name: str) -> None:
    with pytest.raises(ModelNotFound):
        resolve(name)


def test_pickled_weights_are_wanted_only_where_there_are_no_others() -> None:
    names = ["config.json", "pytorch_model.bin", "colbert_linear.pt", "onnx/model.onnx", "training_args.bin"]
    assert model_files(names) == ("config.json", "pytorch_model.bin")
    assert model_files([*names, "model.safetensors"]) == ("config.json", "model.safetensors")


def test_weights_in_another_programs_form_are_left_out() -> None:
    names = ["consolidated.safetensors", "model-00001-of-00001.safetensors", "original/model.safetensors"]
    assert model_files(names) == ("model-00001-of-00001.safetensors",)
    assert model_files(["consolidated.safetensors"]) == ("consolidated.safetensors",)


def test_a_repository_without_weights_is_no_model() -> None:
    with pytest.raises(ModelNotFound, match="no model files"):
        files_of(Wanted("owner/name"), ["README.md", "data.json"])


@given(st.lists(st.text("ab./\\-", min_size=1, max_size=12)))
def test_no_file_is_wanted_that_would_lie_outside_the_model(names: list[str]) -> None:
    listing = [
        *(f"{name}.safetensors" for name in names),
        "../evil.safetensors",
        "/etc/evil.safetensors",
        "a.safetensors",
    ]
    base = Path("/cache/snapshot")
    for name in files_of(Wanted("owner/name"), listing):
        assert Path(os.path.normpath(base / name)).is_relative_to(base)


def test_a_part_of_a_gguf_file_brings_all_its_parts() -> None:
    names = list(GGUF)
    eight = ("tiny-Q8_0-00001-of-00002.gguf", "tiny-Q8_0-00002-of-00002.gguf")
    assert gguf_files(names, "tiny-Q8_0-00002-of-00002.gguf") == eight
    assert gguf_files(names, "Q4_K_S") == ()


@pytest.mark.parametrize(
    ("repo", "files", "architectures", "kind"),
    [
        ("Qwen/Qwen3-4B", ["model.safetensors"], ["Qwen3ForCausalLM"], "chat"),
        ("Qwen/Qwen3-Embedding-0.6B", ["modules.json"], ["Qwen3ForCausalLM"], "encoder"),
        ("BAAI/bge-reranker-v2-m3", ["model.safetensors"], ["XLMRobertaForSequenceClassification"], "reranker"),
        ("owner/name-GGUF", ["name.gguf"], [], "gguf"),
        ("owner/pictures", ["model.safetensors"], ["ViTModel"], None),
    ],
)
def test_a_models_use_is_told_from_its_files(
    repo: str, files: list[str], architectures: list[str], kind: str | None
) -> None:
    assert kind_of(repo, files, architectures) == kind
