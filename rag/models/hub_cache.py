"""The models that were downloaded: the hub's own cache folder, which other programs share.

Invariant: only folders of models are touched, and nothing outside the cache; where the cache is, is read from the
environment at each call.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import ModelNotFound
from rag.models.hub_names import ModelKind, Wanted, gguf_files, kind_of, resolve

PART = ".incomplete"
"""What the name of a file ends in that is not yet whole."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A downloaded model: `path` is what opens it, a GGUF file (its first part) or a folder.

    `size_bytes` is what it takes on the disk; `complete` is `False` where parts are still to be fetched.
    """

    name: str
    path: Path
    size_bytes: int
    kind: ModelKind
    complete: bool = True


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where the hub's cache is, by `HF_HUB_CACHE`, `HF_HOME` or the system's usual place."""
    environ = os.environ if environ is None else environ
    named = environ.get("HF_HUB_CACHE") or environ.get("HUGGINGFACE_HUB_CACHE")
    if not named:
        base = environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
        named = os.path.join(environ.get("HF_HOME") or os.path.join(base, "huggingface"), "hub")
    return Path(os.path.expanduser(os.path.expandvars(named)))


def repo_folder(repo: str, cache: Path | None = None) -> Path:
    """The folder of a model in the cache, there or not."""
    return (cache or cache_folder()) / f"models--{repo.replace('/', '--')}"


def installed() -> tuple[Installed, ...]:
    """Every downloaded model by name; of a repository with several GGUF files each is its own, `OWNER/NAME:FILE`."""
    cache = cache_folder()
    if not cache.is_dir():
        return ()
    found: list[Installed] = []
    for folder in sorted(cache.glob("models--*--*")):
        snapshot = current_snapshot(folder)
        if snapshot is not None:
            found.extend(_of_snapshot(_repo_of(folder), snapshot, _has_parts(folder)))
    return tuple(found)


def find(wanted: Wanted) -> Installed | None:
    """A model that is downloaded whole; `None` where it is not."""
    return next((model for model in installed() if model.complete and _is_meant(model, wanted)), None)


def model_at(path: Path) -> Installed | None:
    """A model that lies in a folder or a GGUF file of the user's own; `None` where there is none."""
    if path.is_file():
        return Installed(str(path), path, _bytes(path), "gguf") if path.suffix.lower() == ".gguf" else None
    if not (path / "config.json").is_file():
        return None
    names = _names(path)
    kind = _kind(path.name, path, names)
    size = sum(_bytes(path / name) for name in names)
    return Installed(str(path), path, size, kind, _has_all_weights(path, names)) if kind else None


def remove(name: str) -> int:
    """Delete a downloaded model, also one that is not whole; returns the bytes freed, raises `ModelNotFound`.

    A name with a GGUF file behind it deletes that file only.
    """
    wanted = resolve(name)
    folder = repo_folder(wanted.repo)
    if not folder.is_dir():
        raise ModelNotFound(model=name, reason_key="reason.not_installed")
    if wanted.file:
        freed = _remove_gguf(folder, wanted, name)
        if any(path.suffix == ".gguf" for path in folder.glob("snapshots/*/**/*")):
            return freed
        return freed + _remove_folder(folder)
    return _remove_folder(folder)


def size_of(name: str) -> int:
    """The bytes that `remove` would free; raises `ModelNotFound`."""
    wanted = resolve(name)
    folder = repo_folder(wanted.repo)
    if not folder.is_dir():
        raise ModelNotFound(model=name, reason_key="reason.not_installed")
    return sum(_bytes(blob) for blob in _blobs_of(folder, wanted, name)) if wanted.file else _tree_bytes(folder)


def current_snapshot(folder: Path) -> Path | None:
    """The snapshot of a repository's folder that `main` means, else the newest; `None` where there is none."""
    try:
        named = folder / "snapshots" / (folder / "refs" / "main").read_text(encoding="ascii").strip()
        if named.is_dir():
            return named
    except (OSError, UnicodeDecodeError):
        pass
    snapshots = [path for path in folder.glob("snapshots/*") if path.is_dir()]
    return max(snapshots, key=lambda path: path.stat().st_mtime, default=None)


def _is_meant(model: Installed, wanted: Wanted) -> bool:
    repo, _, file = model.name.partition(":")
    if repo.lower() != wanted.repo.lower():
        return False
    return not wanted.file or bool(file and gguf_files([file], wanted.file))


def _of_snapshot(repo: str, snapshot: Path, has_parts: bool) -> list[Installed]:
    names = _names(snapshot)
    kind = _kind(repo, snapshot, names)
    if kind is None:
        return []
    if kind != "gguf":
        size = sum(_bytes(snapshot / name) for name in names)
        return [Installed(repo, snapshot, size, kind, not has_parts and _has_all_weights(snapshot, names))]
    firsts: dict[str, tuple[str, ...]] = {}
    for name in names:
        if parts := gguf_files(names, name):
            firsts.setdefault(parts[0], parts)
    return [
        Installed(f"{repo}:{first}", snapshot / first, sum(_bytes(snapshot / p) for p in parts), kind, _is_whole(parts))
        for first, parts in firsts.items()
    ]


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _kind(repo: str, folder: Path, names: list[str]) -> ModelKind | None:
    architectures = _json(folder / "config.json").get("architectures")
    return kind_of(repo, names, architectures if isinstance(architectures, list) else ())


def _repo_of(folder: Path) -> str:
    return folder.name.removeprefix("models--").replace("--", "/", 1)


def _is_whole(parts: tuple[str, ...]) -> bool:
    """Whether all parts of a GGUF file are there, as the last one's name counts them."""
    _, marked, count = parts[-1].removesuffix(".gguf").rpartition("-of-")
    return not (marked and count.isdigit()) or len(parts) == int(count)


def _has_all_weights(snapshot: Path, names: list[str]) -> bool:
    weights = {name for name in names if name.endswith((".safetensors", ".bin"))}
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        table = _json(snapshot / index).get("weight_map")
        if isinstance(table, dict):
            return set(table.values()) <= weights
    return bool(weights)


def _has_parts(folder: Path) -> bool:
    return any(folder.glob(f"blobs/*{PART}")) and not (folder / "refs" / "main").is_file()


def _json(path: Path) -> dict[str, Any]:
    try:
        form = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return form if isinstance(form, dict) else {}


def _blobs_of(folder: Path, wanted: Wanted, name: str) -> set[Path]:
    """The stored files of a GGUF model; raises `ModelNotFound` where the repository's folder has none of it."""
    blobs: set[Path] = set()
    for snapshot in folder.glob("snapshots/*"):
        files = [path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*.gguf")]
        blobs |= {(snapshot / file).resolve() for file in gguf_files(files, wanted.file)}
    if not blobs:
        raise ModelNotFound(model=name, reason_key="reason.not_installed")
    return blobs


def _remove_gguf(folder: Path, wanted: Wanted, name: str) -> int:
    blobs = _blobs_of(folder, wanted, name)
    freed = sum(_bytes(blob) for blob in blobs)
    for pointer in [p for p in folder.glob("snapshots/*/**/*.gguf") if p.resolve() in blobs]:
        pointer.unlink()
    for blob in blobs:
        # a link that leads out of the cache is another program's file
        if blob.is_relative_to(folder.resolve()):
            blob.unlink(missing_ok=True)
    return freed


def _remove_folder(folder: Path) -> int:
    freed = _tree_bytes(folder)
    shutil.rmtree(folder)
    shutil.rmtree(folder.parent / ".locks" / folder.name, ignore_errors=True)
    return freed


def _tree_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
