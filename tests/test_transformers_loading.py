"""What is amiss with a model folder is said before the model answers anything; the damage is done for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from rag.errors import (
    IncompleteModel,
    MissingDependency,
    ModelNotFound,
    NeedsRemoteCode,
    NoChatTemplate,
    OutOfMemory,
    UnsupportedArchitecture,
)
from rag.models.memory import memory
from rag.models.transformers_loading import is_out_of_memory, load
from tests.tiny_models import build, rewrite_config


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model with random weights; to be copied, not changed."""
    return build("qwen3", tmp_path_factory.mktemp("plain"))


@pytest.fixture
def damaged(plain: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(plain, tmp_path / plain.name))


def test_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        load(str(tmp_path / "nothing"))


def test_a_model_that_was_not_downloaded_says_how_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelNotFound, match="rag models pull Someone/Something-1B"):
        load("Someone/Something-1B")


def test_a_downloaded_model_is_found_by_its_hub_name(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = tmp_path / "models--Qwen--Qwen3-0.6B"
    shutil.copytree(plain, repo / "snapshots" / ("a" * 40))
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("a" * 40)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    found = load("Qwen/Qwen3-0.6B")
    assert found.path == repo / "snapshots" / ("a" * 40)
    assert found.family is not None
    assert found.family.key == "qwen3"


def test_weights_cut_off_are_named(damaged: Path) -> None:
    weights = damaged / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    with pytest.raises(IncompleteModel, match=r"model\.safetensors is cut off"):
        load(str(damaged))


def test_a_folder_without_weights_is_incomplete(damaged: Path) -> None:
    (damaged / "model.safetensors").unlink()
    with pytest.raises(IncompleteModel, match="no weights"):
        load(str(damaged))


def test_pickled_weights_are_never_read(damaged: Path) -> None:
    (damaged / "model.safetensors").rename(damaged / "pytorch_model.bin")
    with pytest.raises(IncompleteModel, match="pickles"):
        load(str(damaged))


def test_a_missing_part_of_the_weights_is_named(damaged: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (damaged / "model.safetensors.index.json").write_text(json.dumps(index))
    (damaged / "model.safetensors").rename(damaged / "model-00001-of-00002.safetensors")
    with pytest.raises(IncompleteModel, match=r"model-00002-of-00002\.safetensors is missing"):
        load(str(damaged))


def test_a_missing_weight_is_named(damaged: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(damaged / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(IncompleteModel, match=r"1 of its weights.*model\.layers\.1\.mlp\.up_proj\.weight"):
        load(str(damaged))


def test_weights_of_another_size_do_not_fit(damaged: Path) -> None:
    rewrite_config(damaged, intermediate_size=52)
    with pytest.raises(IncompleteModel, match="shapes"):
        load(str(damaged))


def test_a_tied_head_is_not_missing(tmp_path: Path) -> None:
    assert load(str(build("qwen3", tmp_path, sizes={"tie_word_embeddings": True}))).context == 4096


@pytest.mark.parametrize("kind", ["qwen3", "llama", "gemma3"])
def test_a_missing_tokenizer_is_noticed(kind: str, tmp_path: Path) -> None:
    path = build(kind, tmp_path)
    (path / "tokenizer.json").unlink()
    (path / "tokenizer_config.json").unlink()
    with pytest.raises(IncompleteModel, match="tokenizer"):
        load(str(path))


def test_a_damaged_tokenizer_is_noticed(damaged: Path) -> None:
    (damaged / "tokenizer.json").write_text('{"version": ')
    with pytest.raises(IncompleteModel, match="tokenizer"):
        load(str(damaged))


def test_a_model_without_a_chat_template_is_refused(damaged: Path) -> None:
    (damaged / "chat_template.jinja").unlink()
    with pytest.raises(NoChatTemplate):
        load(str(damaged))


def test_a_chat_template_kept_with_the_image_processor_is_used(damaged: Path) -> None:
    template = (damaged / "chat_template.jinja").read_text(encoding="utf-8")
    (damaged / "chat_template.jinja").unlink()
    (damaged / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    assert load(str(damaged)).tokenizer.get_chat_template() == template


def test_code_of_a_model_folder_is_never_run(damaged: Path, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    code = f"open({str(witness)!r}, 'w').close()\n"
    for module in ("configuration_x.py", "modeling_x.py"):
        (damaged / module).write_text(code)
    auto_map = {"AutoConfig": "configuration_x.XConfig", "AutoModelForCausalLM": "modeling_x.XForCausalLM"}
    rewrite_config(damaged, model_type="x_model", architectures=["XForCausalLM"], auto_map=auto_map)
    with pytest.raises(NeedsRemoteCode):
        load(str(damaged))
    rewrite_config(damaged, model_type="qwen3")  # known to transformers: its own class runs instead
    assert type(load(str(damaged)).model).__name__ == "Qwen3ForCausalLM"
    assert not witness.exists()


def test_a_tokenizer_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = build("kimi_k2", tmp_path)
    (path / "tokenizer.json").unlink()
    settings = {"tokenizer_class": "XTokenizer", "auto_map": {"AutoTokenizer": ["tokenization_x.XTokenizer", None]}}
    (path / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(NeedsRemoteCode):
        load(str(path))


@pytest.mark.skipif(find_spec("sentencepiece") is not None, reason="needs sentencepiece not to be installed")
def test_a_tokenizer_that_needs_a_package_names_it(damaged: Path) -> None:
    (damaged / "tokenizer.json").rename(damaged / "tokenizer.model")
    with pytest.raises(MissingDependency, match="pip install sentencepiece"):
        load(str(damaged))


def test_an_unknown_architecture_is_named(damaged: Path) -> None:
    rewrite_config(damaged, model_type="tomorrow", architectures=["TomorrowForCausalLM"])
    with pytest.raises(UnsupportedArchitecture, match="TomorrowForCausalLM"):
        load(str(damaged))


def test_a_model_that_does_not_write_is_unsupported(damaged: Path) -> None:
    rewrite_config(damaged, model_type="clip", architectures=["CLIPModel"])
    with pytest.raises(UnsupportedArchitecture, match="CLIPModel"):
        load(str(damaged))


@pytest.mark.parametrize("written", ["", "[]", "{"])
def test_a_damaged_configuration_is_named(written: str, damaged: Path) -> None:
    (damaged / "config.json").write_text(written)
    with pytest.raises(IncompleteModel, match=r"config\.json"):
        load(str(damaged))


def test_a_model_larger_than_the_memory_is_refused_before_it_is_read(damaged: Path) -> None:
    size = 4 * memory().total
    tensor = {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size // 4 * 4]}
    header = json.dumps({"lm_head.weight": tensor, "__metadata__": {"format": "pt"}}).encode()
    weights = damaged / "model.safetensors"
    weights.write_bytes(len(header).to_bytes(8, "little") + header)
    os.truncate(weights, 8 + len(header) + size // 4 * 4)  # a hole: it takes no space
    with pytest.raises(OutOfMemory):
        load(str(damaged))


def test_running_out_of_memory_is_recognised() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(raised.value)
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_half_precision_becomes_one_that_a_processor_has(damaged: Path) -> None:
    import torch

    rewrite_config(damaged, dtype="float16")
    model = load(str(damaged)).model
    assert model.dtype == (torch.bfloat16 if model.device.type == "cpu" else torch.float16)


def test_importing_the_loader_does_not_import_torch() -> None:
    code = (
        "import sys, rag.models.transformers_loading; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
