"""What a run was made with: versions, the git commit, and fingerprints of the index, the gold and the program.

Invariant: a fingerprint depends on content only, never on where files lie or when they were written; equal
fingerprints of index, gold, program and settings mean that a row of one run is as good in the other.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.evaluation.gold import gold_form
from rag.evaluation.types import GoldPair

_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = (".py", ".json", ".onnx", ".safetensors")
_PACKAGES = ("bilingual-rag", "numpy", "faiss-cpu", "tantivy", "onnxruntime", "jieba", "model2vec", "langchain-core")
# settings that decide answers; others may be secret and are never written
_DECISIVE = (
    *("encoder", "aliases", "passage_pieces", "sources", "refuse_below", "model", "reranker"),
    *("thinking", "effort", "thinking_tokens", "answer_tokens", "context"),
)
_LOGIN = re.compile(r"//[^/@\s]*@")


def configuration(assistant: Assistant, pairs: Iterable[GoldPair], judged: bool) -> dict[str, Any]:
    """What `run.json` says; `key` is the fingerprint of all that decides the rows."""
    given = asdict(assistant.settings)
    decisive = {
        "settings": {name: _without_login(given[name]) for name in _DECISIVE},
        "aliases": _content(assistant.settings.aliases),
        "generator": _without_login(assistant.generator().label),
        "encoder": assistant.encoder.fingerprint,
        "index": index_fingerprint(assistant),
        "gold": gold_fingerprint(pairs),
        "program": program_fingerprint(),
        "judge": judged,
    }
    infos = assistant.articles()
    return {
        **decisive,
        "key": _digest([json.dumps(decisive, sort_keys=True, ensure_ascii=False)]),
        "articles": len(infos),
        "passages": sum(info.passages for info in infos),
        "commit": git_commit(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def index_fingerprint(assistant: Assistant) -> str:
    """What the index holds: its articles by source and content, and how many passages each became."""
    snapshot = assistant.store.snapshot()
    passages = {info.id: info.passages for info in snapshot.articles()}
    held = sorted((file.source, file.content_hash, passages.get(file.article_id, 0)) for file in snapshot.files())
    return _digest([assistant.encoder.fingerprint, *map(repr, held)])


def gold_fingerprint(pairs: Iterable[GoldPair]) -> str:
    """The pairs, in any order."""
    return _digest(sorted(json.dumps(gold_form(pair), sort_keys=True, ensure_ascii=False) for pair in pairs))


def program_fingerprint() -> str:
    """The program as it is now, whether committed or not; of the model files only the sizes."""
    package = Path(__file__).resolve().parents[1]
    parts = []
    for file in sorted(file for file in package.rglob("*") if file.suffix in _PROGRAM):
        small = file.suffix in (".py", ".json") and file.stat().st_size < 1_000_000
        content = hashlib.sha256(file.read_bytes()).hexdigest() if small else str(file.stat().st_size)
        parts.append(f"{file.relative_to(package).as_posix()} {content}")
    return _digest(parts)


def git_commit() -> str | None:
    """The commit of the project's folder, with `+` where files differ from it; `None` outside a repository."""
    if not (_ROOT / ".git").exists():
        return None
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return commit and commit + ("+" if changed else "")


def _without_login(value: Any) -> Any:
    """A setting without a name and password that the address in it may hold."""
    return _LOGIN.sub("//", value) if isinstance(value, str) else value


def _content(path: str) -> str:
    try:
        return _digest([Path(path).read_text(encoding="utf-8", errors="replace")]) if path else ""
    except OSError:
        return ""


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(_ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]
