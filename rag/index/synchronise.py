"""Bringing the index in step with files and folders.

Invariant: after an ingest that ended well, the index holds of the given files and folders what they now hold, and
of everything else what it held before. A file that cannot be read is reported and its stored article stays. What is
written becomes visible in batches, each in one step, so an ingest that is stopped keeps its finished batches and is
completed by running it again.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import UnreadableFile
from rag.index.preparation import Preparer
from rag.ingestion.files import FoundFile, iter_files
from rag.ingestion.readers import RawArticle, read_file, unreadable
from rag.types import FileReport, HeldFile, IngestReport, NewArticle, Store

BATCH_PASSAGES = 20_000
"""Passages after which a batch is made visible, so that a stopped ingest of many articles loses little."""

_LINE_ARTICLE = re.compile(r"(.*?\.(?:jsonl|ndjson))#", re.IGNORECASE | re.DOTALL)

Progress = Callable[[str, int, int], None]
"""Called with the source at hand, the bytes done and the bytes in all."""


@dataclass(slots=True)
class _Work:
    """The state of one ingest: what is held by path, which path has an id, and what has come of it so far."""

    held: dict[str, HeldFile]
    ids: dict[str, str]
    reports: list[FileReport] = field(default_factory=list)
    batch: list[NewArticle] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def synchronise(
    store: Store,
    preparer: Preparer,
    paths: Sequence[Path],
    language: str = "en",
    progress: Progress | None = None,
) -> IngestReport:
    """Ingest files and folders; reasons in the report are in `language`. Raises what the store raises."""
    began = time.monotonic()
    found = list(iter_files(paths))
    files = store.snapshot().files()
    work = _Work({file.path: file for file in files}, {file.article_id: file.path for file in files})
    interrupted = False
    try:
        for file in _with_progress(found, progress):
            _take(file, store, preparer, work, language)
        _drop_vanished(work, found, paths)
    except KeyboardInterrupt:
        interrupted = True
    if work.batch or work.gone:
        store.write(work.batch, work.gone)
    return IngestReport(tuple(work.reports), time.monotonic() - began, interrupted)


def _with_progress(found: list[FoundFile], progress: Progress | None) -> Iterator[FoundFile]:
    sizes = [_size(file.path) for file in found]
    done, total = 0, sum(sizes)
    for file, size in zip(found, sizes, strict=True):
        if progress:
            progress(file.source, done, total)
        yield file
        done += size
    if progress:
        progress("", total, total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _take(file: FoundFile, store: Store, preparer: Preparer, work: _Work, language: str) -> None:
    """Read one file and put what changed of it into the batch."""
    work.seen.add(str(file.path))
    try:
        whole = _file_hash(file.path, preparer.recipe)
        known = work.held.get(str(file.path))
        if known and known.content_hash == whole:
            work.reports.append(FileReport(known.source, "unchanged"))
            return
        for item in read_file(file.path, file.source):
            if isinstance(item, UnreadableFile):
                work.reports.append(FileReport(file.source, "failed", reason=item.reason(language)))
            else:
                own = item.path == str(file.path)
                _take_article(item, whole if own else _text_hash(item, preparer.recipe), store, preparer, work)
    except UnreadableFile as error:
        work.reports.append(FileReport(file.source, "failed", reason=error.reason(language)))


def _take_article(raw: RawArticle, content_hash: str, store: Store, preparer: Preparer, work: _Work) -> None:
    work.seen.add(raw.path)
    known = work.held.get(raw.path)
    if known and known.content_hash == content_hash:
        work.reports.append(FileReport(known.source, "unchanged"))
        return
    article_id = known.article_id if known else _free_id(raw, work)
    new = preparer.prepare(raw, article_id, content_hash)
    work.batch.append(new)
    status = "changed" if known else "added"
    work.reports.append(FileReport(raw.source, status, passages=len(new.passages)))
    if sum(len(article.passages) for article in work.batch) >= BATCH_PASSAGES:
        store.write(work.batch, ())
        work.batch.clear()


def _free_id(raw: RawArticle, work: _Work) -> str:
    """The source, or the source with a number where another file has that id; a moved file keeps its id."""
    candidate, number = raw.source, 1
    while candidate in work.ids:
        holder = work.ids[candidate]
        if holder not in work.seen and not os.path.exists(_file_of(holder)):
            break
        number += 1
        candidate = f"{raw.source}~{number}"
    work.ids[candidate] = raw.path
    return candidate


def _drop_vanished(work: _Work, found: list[FoundFile], paths: Sequence[Path]) -> None:
    """Remove what lay under the given folders, or in the given JSON-lines files, and is there no more."""
    roots = [os.path.abspath(path) for path in paths]
    failed = {report.source for report in work.reports if report.status == "failed"}
    sources = {str(file.path): file.source for file in found}
    for path, held in work.held.items():
        file = _file_of(path)
        below = any(file == root or file.startswith(root.rstrip(os.sep) + os.sep) for root in roots)
        taken_over = work.ids[held.article_id] != path
        if not below or path in work.seen or taken_over or sources.get(file) in failed:
            continue
        work.gone.append(held.article_id)
        work.reports.append(FileReport(held.source, "removed"))


def _file_of(path: str) -> str:
    """The file of a stored path: `FILE#ID` is an article of a JSON-lines file."""
    lines = _LINE_ARTICLE.match(path)
    return lines.group(1) if lines else path


def _file_hash(path: Path, recipe: str) -> str:
    digest = hashlib.sha256(recipe.encode())
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()


def _text_hash(raw: RawArticle, recipe: str) -> str:
    digest = hashlib.sha256(recipe.encode())
    for part in (raw.text, raw.title, raw.language, raw.date or "", raw.url or ""):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()
