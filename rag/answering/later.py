"""Work that is done beside other work, and asked for when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Begins at once on a thread of its own; `get` waits for the result, or raises what the work raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: Exception | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def get(self) -> T:
        """The result."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def wait(self) -> None:
        """Wait for the end, whatever it was."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except Exception as error:
            self._error = error
