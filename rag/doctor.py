"""The preflight: what is installed, which model files are where and whether they load, whether the index opens.

Nothing here uses the network, writes to the index, or imports torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

from rag.config import BUNDLED_ENCODER, Settings
from rag.embedding import contextual, static
from rag.embedding.contextual import ContextualModel
from rag.embedding.static import StaticModel, bundled_model
from rag.errors import RagError
from rag.model_inventory import inventory
from rag.models.detect import detect
from rag.models.hub_cache import find, model_at
from rag.models.hub_names import resolve
from rag.models.memory import in_words
from rag.text.jieba_dictionary import cache_folder

_PACKAGES = (
    ("faiss-cpu", "faiss"), ("tantivy", "tantivy"), ("jieba", "jieba"), ("OpenCC", "opencc"),
    ("onnxruntime", "onnxruntime"),
    ("model2vec", "model2vec"), ("langchain-core", "langchain_core"), ("langchain", "langchain"), ("gradio", "gradio"),
    ("trafilatura", "trafilatura"), ("pypdf", "pypdf"), ("python-docx", "docx"),
    ("sentence-transformers", "sentence_transformers"), ("torch", "torch"), ("transformers", "transformers"),
    ("langchain-openai", "langchain_openai"), ("huggingface_hub", "huggingface_hub"), ("xllamacpp", "xllamacpp"),
)  # fmt: skip
_OPTIONAL = frozenset({
    *("sentence-transformers", "torch", "model2vec"),
    *("transformers", "langchain-openai", "huggingface_hub", "xllamacpp"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact: `ok` whether it is as it should be, `needed` whether the built-in answerer depends on it."""

    what: str
    ok: bool
    detail: str
    needed: bool = True

    def form(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def examine(settings: Settings) -> tuple[Finding, ...]:
    """All findings, in the order in which a start depends on them."""
    return (
        _python(),
        *(_package(name, module) for name, module in _PACKAGES),
        *_model_files(),
        _checked("bundled model loads", _load_model),
        _checked("bundled encoder loads", _load_encoder),
        _checked("known names", lambda: _names(settings)),
        _encoder(settings),
        *_reranker(settings),
        _generator(settings),
        *_local_models(settings),
        _writable("cache folder", cache_folder()),
        *_index(settings),
    )


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), f"{version} ({sys.executable})")


def _package(name: str, module: str) -> Finding:
    needed = name not in _OPTIONAL
    try:
        found = util.find_spec(module) is not None
        return Finding(name, found, metadata.version(name) if found else "not installed", needed)
    except (metadata.PackageNotFoundError, ValueError, ImportError):
        return Finding(name, False, "not installed", needed)


def _model_files() -> Iterator[Finding]:
    of_static = (static.CONFIG, static.TOKENIZER, static.WEIGHTS, static.PIECES)
    of_encoder = (contextual.CONFIG, contextual.TOKENIZER, contextual.WEIGHTS)
    paths = [static.BUNDLED_FOLDER / name for name in of_static]
    paths += [contextual.BUNDLED_FOLDER / name for name in of_encoder]
    for path in paths:
        size = f"{path.stat().st_size / 1e6:.1f} MB" if path.exists() else "missing"
        yield Finding("model file", path.exists(), f"{path} ({size})")


def _checked(what: str, check: Callable[[], str], needed: bool = True) -> Finding:
    try:
        return Finding(what, True, check(), needed)
    except (RagError, OSError, ValueError) as error:
        return Finding(what, False, str(error), needed)


def _load_model() -> str:
    model = StaticModel()
    vector = model.encode_query("hello 你好")
    return f"{model.fingerprint}, {len(model.rows)} pieces, {len(vector)} dimensions"


def _load_encoder() -> str:
    model = ContextualModel()
    return f"{model.fingerprint}, {len(model.encode(['hello 你好'])[0])} dimensions"


def _names(settings: Settings) -> str:
    from rag.text.aliases import NameTable

    table = NameTable.load(Path(settings.aliases) if settings.aliases else None)
    return f"{len(table.all_groups)} groups{f', with {settings.aliases}' if settings.aliases else ''}"


def _encoder(settings: Settings) -> Finding:
    if settings.encoder == BUNDLED_ENCODER:
        return Finding("embedding model", True, "bundled")
    folder = Path(settings.encoder)
    if folder.is_dir():
        return Finding("embedding model", (folder / "config.json").exists(), f"{folder} (folder)")
    cached = _hub_cache() / f"models--{settings.encoder.replace('/', '--')}"
    return Finding("embedding model", cached.is_dir(), f"{settings.encoder} ({cached})")


def _reranker(settings: Settings) -> Iterator[Finding]:
    if settings.reranker:
        found = model_at(Path(settings.reranker)) or find(resolve(settings.reranker))
        where = str(found.path) if found else f"{settings.reranker}: not on this machine"
        yield Finding("reranker", found is not None, where, needed=False)


def _generator(settings: Settings) -> Finding:
    """What would write the answers; a server is asked whether it is there, a file is not loaded."""
    try:
        chosen = detect(settings.model, os.environ)
    except RagError as error:
        return Finding("answers", False, str(error), needed=False)
    reason = chosen.in_language("en").replace("\n", "; ")
    return Finding("answers", True, f"{chosen.choice.label} ({reason})", needed=False)


def _local_models(settings: Settings) -> Iterator[Finding]:
    found = inventory(settings)
    memory = f"{in_words(found.machine.available)} free of {in_words(found.machine.total)}"
    yield Finding("memory", True, memory, needed=False)
    for model in found.installed:
        detail = f"{model.name}: {model.path} ({in_words(model.size_bytes)})"
        yield Finding(f"{model.kind} model", model.complete, detail, needed=False)
    for server in found.servers:
        names = ", ".join(one.name for one in server.models) or "no models"
        yield Finding("model server", True, f"{server.base_url}: {names}", needed=False)


def _hub_cache() -> Path:
    home = os.environ.get("HF_HOME") or str(Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")


def _writable(what: str, folder: Path) -> Finding:
    existing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    # without a cache the dictionary is read anew at every start: slower, not broken
    return Finding(what, os.access(existing, os.W_OK), str(folder), needed=False)


def _index(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.index)
    if not os.path.lexists(folder):
        yield Finding("index", True, f"{folder}: none yet; rag chat or rag ingest makes it")
        return
    try:
        yield _health(folder, settings)
    except (RagError, OSError) as error:
        yield Finding("index", False, str(error))
        return
    yield _writable("index folder", folder)


def _health(folder: Path, settings: Settings) -> Finding:
    from rag.index.layout import Layout, parse_state
    from rag.index.store import LocalStore

    if settings.encoder == BUNDLED_ENCODER:
        model = bundled_model()
        encoder = model.fingerprint, model.dimensions
    else:
        # whether another model is the one the index was made with shows only when it is loaded
        state = parse_state(Layout(folder).read_current(), folder)
        encoder = state.encoder, state.dimensions
    health = LocalStore.open(folder, *encoder).check()
    held = f"{health.articles} articles, {health.passages} passages, {health.size_bytes / 1e6:.1f} MB"
    return Finding("index", not health.problems, f"{folder}: {'; '.join(health.problems) or held}")
