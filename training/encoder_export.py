"""From the trained student to the ONNX file that the package ships.

Matrix products work in int8 (one scale a column; activations are quantised as they come), the vector table is int8
with one float32 scale a row, everything else is float32. Inputs: `ids` and `mask` (texts × pieces, int64). Outputs,
float32: `vectors` (texts × 384, unit length), `pieces` (texts × pieces × 128, unit length), `worth` (texts × pieces, 0
for padding and the marks at the ends).
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rag.embedding.contextual import CONFIG, OUTPUTS, TOKENIZER, WEIGHTS
from training.encoder_fit import MAX_PIECES, mean_of
from training.encoder_matching import LAYER, inner

HEADS = 12


class _Block(nn.Module):  # type: ignore[misc]
    """One layer of BERT, written out so that it exports to plain operators."""

    def __init__(self, state: dict[str, Tensor], prefix: str) -> None:
        super().__init__()
        self.query = _linear(state, prefix + "attention.self.query")
        self.key = _linear(state, prefix + "attention.self.key")
        self.value = _linear(state, prefix + "attention.self.value")
        self.mixed = _linear(state, prefix + "attention.output.dense")
        self.mixed_norm = _norm(state, prefix + "attention.output.LayerNorm")
        self.wide = _linear(state, prefix + "intermediate.dense")
        self.narrow = _linear(state, prefix + "output.dense")
        self.norm = _norm(state, prefix + "output.LayerNorm")

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        texts, pieces, width = hidden.shape
        shape = (texts, pieces, HEADS, width // HEADS)
        query, key, value = (f(hidden).view(shape).transpose(1, 2) for f in (self.query, self.key, self.value))
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width // HEADS) + bias, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(texts, pieces, width)
        hidden = self.mixed_norm(hidden + self.mixed(mixed))
        found: Tensor = self.norm(hidden + self.narrow(nn.functional.gelu(self.wide(hidden))))
        return found


class _Encoder(nn.Module):  # type: ignore[misc]
    """The whole model over a quantised vector table."""

    def __init__(self, state: dict[str, Tensor], row_of: Tensor) -> None:
        super().__init__()
        table = torch.cat([state["fixed"], state["rows.weight"]])
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-9) / 127
        self.register_buffer("table", torch.round(table / scale).to(torch.int8))
        self.register_buffer("scale", scale)
        self.register_buffer("row_of", row_of)
        positions = state["body.embeddings.position_embeddings.weight"][:MAX_PIECES]
        self.register_buffer("places", positions + state["body.embeddings.token_type_embeddings.weight"][0])
        self.norm = _norm(state, "body.embeddings.LayerNorm")
        layers = sum(key.endswith("attention.self.query.weight") for key in state)
        self.blocks = nn.ModuleList(_Block(state, f"body.encoder.layer.{i}.") for i in range(layers))
        self.middle, self.last, self.worth = (_linear(state, name) for name in ("middle", "last", "worth"))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows = self.row_of[ids].long()
        vectors = self.table[rows].float() * self.scale[rows]
        hidden = self.norm(vectors + self.places[: ids.shape[1]])
        bias = (1.0 - mask[:, None, None].float()) * -1e4
        for block in self.blocks[:LAYER]:
            hidden = block(hidden, bias)
        pieces = self.middle(hidden)
        worth = nn.functional.softplus(self.worth(hidden)[..., 0]) * inner(mask)
        for block in self.blocks[LAYER:]:
            hidden = block(hidden, bias)
        return mean_of(hidden, mask), nn.functional.normalize(pieces + self.last(hidden), dim=2), worth


def _linear(state: dict[str, Tensor], name: str) -> nn.Linear:
    weight = state[name + ".weight"]
    bias = {"bias": state[name + ".bias"]} if name + ".bias" in state else {}
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bool(bias))
    layer.load_state_dict({"weight": weight, **bias})
    return layer


def _norm(state: dict[str, Tensor], name: str) -> nn.LayerNorm:
    weight = state[name + ".weight"]
    layer = nn.LayerNorm(weight.shape[0], eps=1e-12)
    layer.load_state_dict({"weight": weight, "bias": state[name + ".bias"]})
    return layer


def export(weights: Path, start_file: Path, tokenizer_file: Path, folder: Path) -> None:
    """Write the model folder; its card, README.md, is kept by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {key: value.float() for key, value in torch.load(weights, weights_only=True).items()}
    model = _Encoder(state, torch.from_numpy(np.load(start_file)["row_of"])).eval()
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _export_plain(model, plain)
        _quantise(plain, folder / WEIGHTS)
    shutil.copyfile(tokenizer_file, folder / TOKENIZER)
    digest = hashlib.sha256()
    for name in (WEIGHTS, TOKENIZER):
        digest.update((folder / name).read_bytes())
    config = {
        "fingerprint": f"bilingual-encoder-{digest.hexdigest()[:16]}",
        "architectures": ["BertModel"],
        "hidden_size": 384,
        "num_hidden_layers": len(model.blocks),
        "num_attention_heads": HEADS,
        "max_length": MAX_PIECES,
        "pooling": "mean",
        "normalize": True,
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")


def _export_plain(model: nn.Module, out: Path) -> None:
    ids = torch.ones(2, 7, dtype=torch.long)
    texts, pieces = torch.export.Dim("texts", min=1), torch.export.Dim("pieces", min=2, max=MAX_PIECES)
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(out),
        input_names=["ids", "mask"],
        output_names=list(OUTPUTS),
        dynamic_shapes={"ids": {0: texts, 1: pieces}, "mask": {0: texts, 1: pieces}},
        external_data=False,
        dynamo=True,
    )


def _quantise(plain: Path, out: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = plain.with_name("prepared.onnx")
    quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared),
        str(out),
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
