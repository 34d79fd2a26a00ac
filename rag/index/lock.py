"""The lock of the one process that may write.

Invariant: the lock is the operating system's and ends with the process that holds it, however that ends; a lock file
left behind means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexLocked
from rag.index.failures import writing
from rag.index.layout import Layout


class WriterLock:
    """The writer's lock of one index folder; the thread that holds it may take it again."""

    def __init__(self, layout: Layout) -> None:
        """Guard the folder of `layout`; nothing is taken or written yet."""
        self._root: Path = layout.root
        self._lock = FileLock(layout.lock)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; raises `IndexLocked` at once when another process or thread has it, or `IndexReadOnly`."""
        with writing(self._root):
            try:
                self._lock.acquire(timeout=0)
            except Timeout as exc:
                raise IndexLocked(path=self._root) from exc
        try:
            yield
        finally:
            self._lock.release()
