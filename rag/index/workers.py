"""Preparing many articles on several cores.

Preparing is nearly all of an ingest and every article stands for itself, so a large ingest hands them to worker
processes. Each worker loads the model anew (half a second), which is why a small ingest stays in its own process.
Workers are started fresh, never forked: a fork would copy the threads' locks of the index and of a running page.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from rag.embedding.static import bundled_model
from rag.index.preparation import Preparer
from rag.ingestion.readers import RawArticle
from rag.types import NewArticle

_CHUNK = 8


@dataclass(frozen=True, slots=True)
class Job:
    """An article to prepare: as read, the id it gets, and the hash it is known by."""

    raw: RawArticle
    article_id: str
    content_hash: str


class Workers:
    """Prepares jobs in order, in this process or in several. A context manager; processes end with it."""

    def __init__(self, preparer: Preparer, processes: int) -> None:
        self._preparer, self._processes = preparer, processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def prepare(self, jobs: Sequence[Job]) -> Iterator[NewArticle]:
        """The articles of `jobs` in their order."""
        if self._processes < 2 or len(jobs) < 2 * _CHUNK or not self._preparer.portable:
            return (self._preparer.prepare(job.raw, job.article_id, job.content_hash) for job in jobs)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes, multiprocessing.get_context("spawn"), _begin, (self._preparer.passage_pieces,)
            )
        return self._pool.map(_prepare, jobs, chunksize=_CHUNK)


_mine: list[Preparer] = []


def _begin(passage_pieces: int) -> None:
    # Ctrl-C reaches every process of the terminal; only the one that writes decides what to do
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_writer, daemon=True).start()
    # the cores are shared out already
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _mine.append(Preparer(bundled_model(), bundled_model(), passage_pieces))


def _end_with_the_writer() -> None:
    """End this process when the one it works for has gone: killed, that one cannot say so."""
    writer = multiprocessing.parent_process()
    if writer is not None:
        writer.join()
        os._exit(1)


def _prepare(job: Job) -> NewArticle:
    return _mine[0].prepare(job.raw, job.article_id, job.content_hash)
