"""Writes a tiny Qwen3 of Transformers as a GGUF file, so that llama.cpp runs the very same weights.

Invariant: every weight stays a 32-bit float, and ids of tokens stay what they were.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import load_file


def write_gguf(folder: Path, path: Path, *, template: bool = True, architecture: str = "qwen3", name: str = "") -> Path:
    """Convert the model in `folder` (config.json, model.safetensors, tokenizer.json, its chat template) to `path`.

    `template` False leaves the chat template out; `architecture` names another one over the same tensors; `name` is
    the model's name, by default the folder's.
    """
    config = _json(folder / "config.json")
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name or folder.name)
    _add_sizes(writer, config)
    _add_tokenizer(writer, folder, config)
    if template:
        writer.add_chat_template(_chat_template(folder))
    _add_tensors(writer, folder, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _json(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _add_sizes(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    heads = config["num_attention_heads"]
    head = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or config
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope.get("rope_theta", 10000.0))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def _add_tokenizer(writer: gguf.GGUFWriter, folder: Path, config: dict[str, Any]) -> None:
    tokenizer = _json(folder / "tokenizer.json")
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    tokens = {number: word for word, number in tokenizer["model"]["vocab"].items()}
    tokens |= {number: token["content"] for number, token in added.items()}
    words, kinds = [], []
    for number in range(config["vocab_size"]):
        words.append(tokens.get(number, f"[PAD{number}]"))
        if number not in tokens:
            kinds.append(gguf.TokenType.UNUSED)
        elif number in added:
            # llama.cpp leaves CONTROL tokens out of the text, as skip_special_tokens does
            special = added[number]["special"]
            kinds.append(gguf.TokenType.CONTROL if special else gguf.TokenType.USER_DEFINED)
        else:
            kinds.append(gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(words)
    writer.add_token_types(kinds)
    merges = tokenizer["model"]["merges"]
    # an empty array has no type, which llama.cpp does not read: one merge that never happens stands for none
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges] or ["Ā Ā"])
    ends = config.get("eos_token_id")
    end = ends[0] if isinstance(ends, list) else ends
    if end is None:
        named = _json(folder / "tokenizer_config.json").get("eos_token")
        end = next((number for number, word in tokens.items() if word == named), None)
    if end is not None:
        writer.add_eos_token_id(end)
    writer.add_add_bos_token(False)


def _chat_template(folder: Path) -> str:
    file = folder / "chat_template.jinja"
    if file.exists():
        return file.read_text(encoding="utf-8")
    return str(_json(folder / "tokenizer_config.json")["chat_template"])


def _add_tensors(writer: gguf.GGUFWriter, folder: Path, config: dict[str, Any]) -> None:
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config["num_hidden_layers"])
    for name, weights in load_file(folder / "model.safetensors").items():
        if name == "lm_head.weight" and config.get("tie_word_embeddings"):
            continue
        written = names.get_name(name, try_suffixes=(".weight",))
        assert written is not None, name
        writer.add_tensor(written, np.ascontiguousarray(weights, dtype=np.float32))
