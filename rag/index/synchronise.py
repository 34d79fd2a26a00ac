"""Bringing the index in step with files and folders.

Invariant: after an ingest that ended well, the index holds of the given files and folders what they now hold, and
of everything else what it held before. An article keeps the id and the source it was first stored under. A file that
cannot be read is reported and its stored article stays; so does what lies in a folder that cannot be read. What is
written becomes visible in batches, each in one step, so an ingest that is stopped keeps its finished batches and is
completed by running it again.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from rag.errors import UnreadableFile
from rag.index.layout import CURRENT, GENERATIONS
from rag.index.preparation import Preparer
from rag.index.workers import Job, Workers
from rag.ingestion.files import FoundFile, iter_files, reaches
from rag.ingestion.readers import RawArticle, read_file, unreadable
from rag.types import FileReport, HeldFile, IngestReport, NewArticle, Store

BATCH_PASSAGES = 20_000
"""Passages after which a batch is made visible, so that a stopped ingest of many articles loses little."""

_LINE_ARTICLE = re.compile(r"(.*?\.(?:jsonl|ndjson))#", re.IGNORECASE | re.DOTALL)

JOBS_AT_ONCE, CHARACTERS_AT_ONCE = 256, 8_000_000
"""Articles, and characters of them, read ahead, so that several processes have something to do."""

WORTH_WORKERS = 1_500_000
"""Bytes from which on several processes are faster than one, which need not start (measured with 2 cores)."""

Progress = Callable[[str, int, int], None]
"""Called with the source at hand, the bytes done and the bytes in all."""


@dataclass(slots=True)
class _Work:
    """The state of one ingest: what is held by path, which path has an id, and what has come of it so far.

    `seen` are the paths met, `unread` those of them that may hold more than was read. `jobs` are articles read and
    not prepared yet, each with the place of its report, which is `None` until then; `under_way` are those that workers
    have at hand. `ahead` counts the characters of `jobs`, `waiting` the passages of `batch`.
    """

    held: dict[str, HeldFile]
    ids: dict[str, str]
    reports: list[FileReport | None] = field(default_factory=list)
    jobs: list[tuple[Job, int]] = field(default_factory=list)
    under_way: tuple[list[tuple[Job, int]], Iterator[NewArticle]] = field(default_factory=lambda: ([], iter(())))
    batch: list[NewArticle] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    waiting: int = 0
    ahead: int = 0


def synchronise(
    store: Store,
    preparer: Preparer,
    paths: Sequence[Path],
    language: str = "en",
    progress: Progress | None = None,
    processes: int = 1,
) -> IngestReport:
    """Ingest files and folders, a large ingest on several `processes`; reasons in the report are in `language`.

    Raises what the store raises.
    """
    began = time.monotonic()
    found = _outside_indexes(iter_files(paths))
    files = store.snapshot().files()
    work = _Work({file.path: file for file in files}, {file.article_id: file.path for file in files})
    interrupted = False
    sizes = [_size(file.path) for file in found]
    with Workers(preparer, processes if sum(sizes) >= WORTH_WORKERS else 1) as workers:
        try:
            for file in _with_progress(found, sizes, progress):
                for _ in _take(file, preparer.recipe, work, language):
                    if len(work.jobs) >= JOBS_AT_ONCE or work.ahead >= CHARACTERS_AT_ONCE:
                        _prepare(work, workers, store)
            _prepare(work, workers, store)
            _collect(work, store)
            _drop_vanished(work, paths)
        except KeyboardInterrupt:
            interrupted = True
            # what is under way is nearly done, and done without loss unless stopped again
            with suppress(KeyboardInterrupt):
                _collect(work, store)
    if work.batch or work.gone:
        store.write(work.batch, work.gone)
    # what was read but not prepared when the ingest was stopped is not reported: it was not done
    reports = tuple(report for report in work.reports if report is not None)
    return IngestReport(reports, time.monotonic() - began, interrupted)


def _with_progress(found: list[FoundFile], sizes: list[int], progress: Progress | None) -> Iterator[FoundFile]:
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


def _outside_indexes(found: Iterator[FoundFile]) -> list[FoundFile]:
    """The files that are no part of an index: one may lie below a folder that is ingested into it."""

    @cache
    def is_index(folder: Path) -> bool:
        return (folder / CURRENT).is_file() and (folder / GENERATIONS).is_dir()

    def is_outside(file: FoundFile) -> bool:
        return not any(is_index(folder) for folder in file.path.parents if folder.is_relative_to(file.root))

    return [file for file in found if is_outside(file)]


def _take(file: FoundFile, recipe: str, work: _Work, language: str) -> Iterator[None]:
    """Read one file and put what changed of it among the jobs; yields after each of its articles."""
    path = str(file.path)
    work.seen.add(path)
    known = work.held.get(path)
    source = known.source if known else file.source
    try:
        whole = _file_hash(file.path, recipe)
        if known and known.content_hash == whole:
            work.reports.append(FileReport(source, "unchanged"))
            return
        for item in read_file(file.path, file.source):
            if isinstance(item, UnreadableFile):
                work.reports.append(FileReport(source, "failed", reason=item.reason(language)))
                # a line that repeats an id hides no article; any other bad line may
                if item.values.get("reason_key") != "reason.repeated_id":
                    work.unread.add(path)
            else:
                _take_article(item, whole if item.path == path else _text_hash(item, recipe), work)
                yield
    except UnreadableFile as error:
        work.reports.append(FileReport(source, "failed", reason=error.reason(language)))
        work.unread.add(path)


def _take_article(raw: RawArticle, content_hash: str, work: _Work) -> None:
    work.seen.add(raw.path)
    known = work.held.get(raw.path)
    if known and known.content_hash == content_hash:
        work.reports.append(FileReport(known.source, "unchanged"))
        return
    if known:
        raw = replace(raw, source=known.source)
    work.jobs.append((Job(raw, known.article_id if known else _free_id(raw, work), content_hash), len(work.reports)))
    work.reports.append(None)
    work.ahead += len(raw.text)


def _prepare(work: _Work, workers: Workers, store: Store) -> None:
    """Hand the jobs to the workers, then collect those handed over before: reading goes on while they work."""
    jobs, work.jobs, work.ahead = work.jobs, [], 0
    prepared = workers.prepare([job for job, _ in jobs])
    _collect(work, store)
    work.under_way = (jobs, prepared)


def _collect(work: _Work, store: Store) -> None:
    """Put what the workers prepared into the batch, which is written whenever it is large enough."""
    jobs, prepared = work.under_way
    work.under_way = ([], iter(()))
    for (job, place), new in zip(jobs, prepared, strict=True):
        work.batch.append(new)
        work.waiting += len(new.passages)
        known = job.raw.path in work.held
        work.reports[place] = FileReport(job.raw.source, "changed" if known else "added", passages=len(new.passages))
        if work.waiting >= BATCH_PASSAGES:
            store.write(work.batch, ())
            work.batch.clear()
            work.waiting = 0


def _free_id(raw: RawArticle, work: _Work) -> str:
    """The source, or the source with a number where another file has that id; a moved file keeps its id."""
    candidate, number = raw.source, 1
    while candidate in work.ids:
        holder = work.ids[candidate]
        if holder not in work.seen and _is_gone(_file_of(holder)):
            break
        number += 1
        candidate = f"{raw.source}~{number}"
    work.ids[candidate] = raw.path
    return candidate


def _drop_vanished(work: _Work, paths: Sequence[Path]) -> None:
    """Remove what lay under the given folders, or in the given JSON-lines files, and is there no more."""
    roots = [Path(os.path.abspath(path)) for path in paths]
    for path, held in work.held.items():
        taken_over = work.ids[held.article_id] != path
        if path in work.seen or taken_over or not _has_vanished(Path(_file_of(path)), roots, work.unread):
            continue
        work.gone.append(held.article_id)
        work.reports.append(FileReport(held.source, "removed"))


def _has_vanished(file: Path, roots: Sequence[Path], unread: set[str]) -> bool:
    """Whether an article of `file` that was not met is no longer there, as far as `roots` tell."""
    above = [root for root in roots if file.is_relative_to(root)]
    if not above or any(str(place) in unread for place in (file, *file.parents)):
        return False
    return any(reaches(root, file) for root in above) or _is_gone(file)


def _is_gone(path: str | Path) -> bool:
    """Whether there is certainly no such file; one that cannot be asked for (a locked folder) may be there."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False


def _file_of(path: str) -> str:
    """The file of a stored path: `FILE#ID` is an article of a JSON-lines file."""
    lines = _LINE_ARTICLE.match(path)
    return lines.group(1) if lines else path


def _file_hash(path: Path, recipe: str) -> str:
    """Changes with the bytes of a file; empty for what is no file (a pipe would never end), which reading reports."""
    if not os.path.isfile(path):
        return ""
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
