"""Files into the index, a few at a time, each told of by name.

Invariant: one file never stops another: files that fail together are tried one by one. A file that holds no article
is reported and its copy deleted; when the index cannot be written, copies are kept to be tried again. Whatever waits
in the list is not in the index yet; whatever left it has been settled.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from rag.assistant import Assistant
from rag.errors import IndexLocked, RagError
from rag.messages import say
from rag.types import FileReport, IngestReport
from ui.library_types import Status, Step, Work
from ui.uploads import Copy, Uploads
from ui.words import label

TOGETHER, TOGETHER_BYTES = 8, 4 << 20
"""Files, and bytes of them, that go into the index in one step: each step costs one writing of the index."""

_LINES_TOLD = 3
_STILL = "upload.still_waiting"
_LINES = (".jsonl", ".ndjson")
_log = logging.getLogger(__name__)


class Indexer:
    """Indexes files for one assistant; threads may share it."""

    def __init__(self, assistant: Assistant, uploads: Uploads, patience: float, pause: float) -> None:
        """`patience` is how many seconds another writer is waited for, looking every `pause` seconds."""
        self.assistant, self.uploads = assistant, uploads
        self.patience, self.pause = patience, pause
        self._in_hand: dict[Path, str] = {}
        self._guard = Lock()

    def take(self, *copies: Copy) -> None:
        """Note that copies are on their way, so that nobody else takes them for forgotten ones."""
        with self._guard:
            self._in_hand.update((copy.folder, copy.source) for copy in copies)

    def release(self, *copies: Copy) -> None:
        """The opposite of `take`."""
        with self._guard:
            for copy in copies:
                self._in_hand.pop(copy.folder, None)

    def has(self, copy: Copy) -> bool:
        """Whether a copy is on its way."""
        with self._guard:
            return copy.folder in self._in_hand

    def sources(self) -> tuple[str, ...]:
        """The sources of the copies that are on their way."""
        with self._guard:
            return tuple(self._in_hand.values())

    def run(self, waiting: list[Work], language: str) -> Iterator[Step]:
        """Index what waits, taking each file off the list as soon as it is settled."""
        while waiting:
            yield from self._together(waiting, _fitting(waiting), language)

    def discard(self, work: Work) -> None:
        """Delete the copy of a file that is not to be kept; the person still has the file."""
        if work.copy is None:
            return
        self.release(work.copy)
        try:
            self.uploads.discard(work.copy)
        except OSError as error:
            _log.warning("the copy %s could not be deleted: %s", work.copy.path, error)

    def _together(self, waiting: list[Work], count: int, language: str) -> Iterator[Step]:
        """Index the first `count` files that wait."""
        group, until = waiting[:count], time.monotonic() + self.patience
        while True:
            try:
                report = self.assistant.ingest(*(work.path for work in group), language=language)
            except IndexLocked:
                if time.monotonic() < until:
                    message = label("upload.waiting", language)
                    yield from (replace(work.step, status="waiting", message=message) for work in group)
                    time.sleep(self.pause)
                    continue
                steps = [work.ends("kept" if work.copy else "failed", label(_STILL, language)) for work in group]
            except Exception as error:
                if count > 1:
                    for _ in group:
                        yield from self._together(waiting, 1, language)
                    return
                steps = [self._after(error, group[0], language)]
            else:
                steps = self._told(report, group, language)
            break
        # settled before it is told, for nobody may listen any more
        del waiting[:count]
        self.release(*(work.copy for work in group if work.copy))
        yield from steps

    def _after(self, error: Exception, work: Work, language: str) -> Step:
        """What becomes of one file when the index could not be written, or when reading the file broke something."""
        if isinstance(error, RagError):
            return work.ends("kept" if work.copy else "failed", error.in_language(language))
        _log.error("%s could not be indexed", work.file, exc_info=error)
        return self._failed(work, say("error.unexpected", language, reason=type(error).__name__))

    def _told(self, report: IngestReport, group: Sequence[Work], language: str) -> list[Step]:
        if is_lines(group[0]):
            return [self._of_lines(group[0], report.files, language)]
        return [self._of_file(work, file) for work, file in zip(group, report.files, strict=False)]

    def _of_file(self, work: Work, file: FileReport) -> Step:
        if file.status == "failed":
            return self._failed(work, file.reason or "")
        return work.ends(file.status, work.note, file.passages)

    def _of_lines(self, work: Work, files: Sequence[FileReport], language: str) -> Step:
        """What came of a file of many articles: one step, with what is wrong with its first bad lines."""
        failed = [file.reason or "" for file in files if file.status == "failed"]
        told = label("list.reasons", language).join(failed[:_LINES_TOLD])
        if len(failed) == len(files):
            return self._failed(work, told or label("upload.no_articles", language))
        notes = [work.note] if work.note else []
        if failed:
            notes.append(label("upload.bad_lines", language, count=len(failed), reasons=told))
        came = {file.status for file in files}
        orders: tuple[Status, ...] = ("added", "changed", "removed", "unchanged")
        status = next(status for status in orders if status in came)
        return work.ends(status, " ".join(notes), sum(file.passages for file in files))

    def _failed(self, work: Work, message: str) -> Step:
        self.discard(work)
        return work.ends("failed", message)


def is_lines(work: Work) -> bool:
    """Whether a file holds many articles, one a line."""
    return work.file.suffix.lower() in _LINES


def is_enough(waiting: Sequence[Work]) -> bool:
    """Whether what waits is worth a writing of the index."""
    return is_lines(waiting[-1]) or len(waiting) >= TOGETHER or sum(map(_size, waiting)) >= TOGETHER_BYTES


def _fitting(waiting: Sequence[Work]) -> int:
    """How many of the first files go together: one report tells of each, so a file of many articles goes alone."""
    if is_lines(waiting[0]):
        return 1
    count, size = 1, _size(waiting[0])
    for work in waiting[1:TOGETHER]:
        size += _size(work)
        if is_lines(work) or size > TOGETHER_BYTES:
            break
        count += 1
    return count


def _size(work: Work) -> int:
    return work.file.stat().st_size if work.file.is_file() else 0
