"""From trained rows to the model folder that the package ships.

Rows are stored as int8 with one float32 scale a row (`weights`), the layout of a quantised model2vec model, which
model2vec and sentence-transformers both open. Beside them: the tokenizer, each piece's corpus frequency for the
rarity weights of late interaction, and the model card.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def export(rows_file: Path, start_file: Path, tokenizer_file: Path, folder: Path) -> None:
    """Write the model folder; its card, README.md, is kept by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.load(rows_file)
    rows[0] = 0
    peak = np.abs(rows).max(axis=1)
    scale = np.where(peak > 0, peak / 127, 0).astype("float32")
    quantised = np.round(rows / np.where(scale > 0, scale, 1)[:, None]).astype("int8")
    frequency = np.load(start_file)["frequency"].astype("float32")
    save_file({"embeddings": quantised, "weights": scale}, folder / "model.safetensors")
    save_file({"frequency": frequency}, folder / "pieces.safetensors")
    shutil.copyfile(tokenizer_file, folder / "tokenizer.json")
    digest = hashlib.sha256()
    for name in ("model.safetensors", "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    config = {
        "fingerprint": f"bilingual-static-{digest.hexdigest()[:16]}",
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": "bilingual-rag-static",
        "hidden_dim": int(rows.shape[1]),
        "normalize": True,
        "max_length": None,
        "embedding_dtype": "int8",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    print(f"{folder}: {rows.shape[0]} pieces, {rows.shape[1]} dimensions, {size / 1e6:.1f} MB")
