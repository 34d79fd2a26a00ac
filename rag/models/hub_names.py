"""What a name given to `rag models` means: a repository of the hub, and which of its files are wanted.

Invariant: weights that only a pickle carries are wanted only where a repository has no others; program code never.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import ModelNotFound
from rag.models.addresses import HUB_PAGE, REPO
from rag.models.families import FAMILIES, Family
from rag.models.memory import fits

ModelKind = Literal["chat", "gguf", "encoder", "reranker"]

ENCODERS: Mapping[str, str] = {
    "bge-m3": "BAAI/bge-m3",
    "qwen3-embedding-0.6b": "Qwen/Qwen3-Embedding-0.6B",
    "multilingual-e5-small": "intfloat/multilingual-e5-small",
}
"""Embedding models for Chinese and English by their short names."""

RERANKERS: Mapping[str, str] = {"bge-reranker-v2-m3": "BAAI/bge-reranker-v2-m3"}
"""Cross-encoders for Chinese and English by their short names."""

_SUFFIXES = (".json", ".txt", ".model", ".jinja", ".tiktoken", ".spm", ".bpe", ".vocab")
# folders that hold the same weights for other programs
_OTHER_PROGRAMS = ("onnx/", "openvino/", "original/", "metal/", "coreml/", "gguf/", "tf/", "flax/", ".")
_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)", re.IGNORECASE)
# small enough for most machines and nearly as good as 16 bits come first
_QUANTISED = ("Q4_K_M", "Q4_K_S", "Q4_0", "MXFP4", "Q5_K_M", "Q6_K", "Q8_0", "Q3_K_M")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository, and of its GGUF files the one wanted: a file's name or a kind of quantising, empty for either."""

    repo: str
    file: str = ""


def resolve(name: str) -> Wanted:
    """What a name means: `OWNER/NAME`, with `:FILE.gguf` or `:Q4_K_M` behind it, or a short name.

    Short names are Ollama's tags, a repository's name without its owner, a family's key (its largest model that fits
    this machine), and those of `ENCODERS` and `RERANKERS`; letter case does not matter. Raises `ModelNotFound`.
    """
    text = name.strip().removeprefix("hf:")
    page = HUB_PAGE.match(text)
    repo, _, file = (page[1] if page else text).partition(":")
    if REPO.fullmatch(repo):
        return Wanted(repo, file)
    known = _short_names().get(text.lower())
    if known is None:
        raise ModelNotFound(model=name, reason_key="reason.unknown_model")
    return Wanted(known)


def files_of(wanted: Wanted, names: Sequence[str]) -> tuple[str, ...]:
    """The files to fetch, of all files of a repository; raises `ModelNotFound` where there are none to fetch."""
    safe = [name for name in names if not name.startswith("/") and ".." not in name.split("/")]
    has_weights = any(_is_weights(name, (".safetensors", ".bin")) for name in safe)
    if has_weights and not wanted.file:
        return model_files(safe)
    if chosen := gguf_files(safe, wanted.file):
        return chosen
    if wanted.file:
        found = ", ".join(sorted(_groups(safe))) or "-"
        raise ModelNotFound(model=wanted.repo, reason_key="reason.no_such_gguf", found=found)
    raise ModelNotFound(model=wanted.repo, reason_key="reason.no_model_files")


def gguf_files(names: Iterable[str], wanted: str = "") -> tuple[str, ...]:
    """The GGUF file of this name or kind of quantising, in all its parts; empty where there is none."""
    groups = _groups(names)
    for choice in (wanted,) if wanted else (*_QUANTISED, ""):
        pattern = re.compile(rf"(?<![a-z0-9]){re.escape(choice.lower())}(?![a-z0-9_])")
        fitting = [
            name
            for name, parts in groups.items()
            if choice in (name, name.rsplit("/", 1)[-1], *parts) or pattern.search(name.lower().removesuffix(".gguf"))
        ]
        if fitting:
            # `Q4_K_M` is also in the name of `UD-Q4_K_M`, which is another
            return tuple(sorted(groups[min(fitting, key=lambda name: (len(name), name))]))
    return ()


def model_files(names: Iterable[str]) -> tuple[str, ...]:
    """The files that Transformers or sentence-transformers load: safetensors, else pickled weights; no code."""
    own = [name for name in names if not name.startswith(_OTHER_PROGRAMS)]
    safetensors = [name for name in own if _is_weights(name, (".safetensors",))]
    # Mistral's own form of the same weights
    usual = [name for name in safetensors if not name.rsplit("/", 1)[-1].startswith("consolidated")]
    weights = usual or safetensors or [name for name in own if _is_weights(name, (".bin",))]
    # layers of sentence-transformers beside safetensors that are pickled only would be missing, so they come along
    layers = [name for name in own if re.fullmatch(r"\d+_\w+/pytorch_model\.bin", name)]
    beside = [name for name in layers if name.replace("pytorch_model.bin", "model.safetensors") not in weights]
    others = [name for name in own if name.lower().endswith(_SUFFIXES) and not name.endswith(".bin.index.json")]
    index = [name for name in own if name.endswith(".bin.index.json") and not safetensors]
    return tuple(sorted({*weights, *beside, *others, *index}))


def kind_of(repo: str, files: Iterable[str], architectures: Sequence[str] = ()) -> ModelKind | None:
    """What a repository's files are for; `None` for none of the uses here."""
    names, name = set(files), repo.lower()
    if any(file.lower().endswith(".gguf") for file in names):
        return "gguf"
    if "rerank" in name or any(kind.endswith("ForSequenceClassification") for kind in architectures):
        return "reranker"
    if "modules.json" in names or re.search(r"embed|(?<![a-z0-9])(?:bge|e5|gte)(?![a-z0-9])", name):
        return "encoder"
    chat = any(kind.endswith(("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")) for kind in architectures)
    return "chat" if chat else None


def _short_names() -> dict[str, str]:
    """Every short name in lower case, with its repository; the earlier entry of a family wins."""
    names = {key: _largest_fitting(family) for family in FAMILIES for key in (family.key.lower(),) if family.sizes}
    for family in FAMILIES:
        for size in family.sizes:
            for name in (size.ollama, size.repo.rsplit("/", 1)[-1]):
                names.setdefault(name.lower(), size.repo)
    names |= {**ENCODERS, **RERANKERS}
    names.pop("", None)
    return names


def _largest_fitting(family: Family) -> str:
    sizes = sorted(family.sizes, key=lambda size: size.memory_gb)
    return ([size.repo for size in sizes if fits(size.memory_gb)] or [sizes[0].repo])[-1]


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    """The parts of each GGUF file, under its name without the part's number; projectors of pictures left out."""
    groups: dict[str, list[str]] = {}
    for name in names:
        if name.lower().endswith(".gguf") and "mmproj" not in name.lower():
            groups.setdefault(_SHARD.sub("", name), []).append(name)
    return groups


def _is_weights(name: str, suffixes: tuple[str, ...]) -> bool:
    last = name.rsplit("/", 1)[-1].lower()
    # `training_args.bin` and the like are no weights
    return last.endswith(suffixes) and (not last.endswith(".bin") or last.startswith(("pytorch_model", "model")))
