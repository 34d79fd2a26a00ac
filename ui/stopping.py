"""An answer that can be stopped at any moment, also while the answerer is busy between two of its steps.

Invariant: what sets a stop is known to the answer that it stops and to nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

GRACE = 0.3
"""Seconds after a stop in which the last steps are still taken: a model ends with what it wrote."""

PACE = 0.08
"""Seconds between two steps that are shown: more often than a reader could tell would only cost time."""

_LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class _Ended:
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Come(Generic[T]):
    """The steps that have come since the last look, and the end, if it was reached."""

    steps: tuple[T, ...]
    ended: _Ended | None = None


class Stops:
    """What stops the answers that are coming, by the window that asked; thread-safe."""

    def __init__(self) -> None:
        self._coming: dict[str, list[Event]] = {}
        self._guard = Lock()

    @contextmanager
    def begun(self, window: str) -> Iterator[Event]:
        """What `stop` sets for this window, within the block."""
        event = Event()
        with self._guard:
            self._coming.setdefault(window, []).append(event)
        try:
            yield event
        finally:
            with self._guard:
                left = [one for one in self._coming.pop(window) if one is not event]
                if left:
                    self._coming[window] = left

    def stop(self, window: str) -> None:
        """Stop what comes to this window; nothing comes to most."""
        with self._guard:
            for event in self._coming.get(window, ()):
                event.set()


def stoppable(steps: Iterator[T], stop: Event, grace: float = GRACE, pace: float = PACE) -> Iterator[tuple[T, ...]]:
    """The same steps with the same errors, as many at once as came in `pace` seconds, until `stop` is set.

    The first steps are given at once, and so are the last. Within a tenth of a second of a stop an empty tuple tells
    that it was seen. What still comes in the `grace` seconds after is the last; an error that comes then is not
    raised. The steps are taken in a thread of their own, which ends after the step that it is in.
    """
    pipe: Queue[T | _Ended] = Queue()
    left = Event()
    Thread(target=_pump, args=(steps, pipe, left), daemon=True).start()
    given = monotonic() - pace
    try:
        while not stop.is_set():
            come = _look(pipe, _LOOK_EVERY, given + pace)
            if come.steps:
                given = monotonic()
                yield come.steps
            if come.ended is not None:
                if come.ended.error is not None:
                    raise come.ended.error
                return
        yield ()
        yield from _last(pipe, grace)
    finally:
        left.set()
        stop.set()


def _last(pipe: Queue[T | _Ended], grace: float) -> Iterator[tuple[T, ...]]:
    until = monotonic() + grace
    while (wait := until - monotonic()) > 0:
        come = _look(pipe, wait)
        if come.steps:
            yield come.steps
        if come.ended is not None:
            return


def _look(pipe: Queue[T | _Ended], wait: float, until: float = 0.0) -> _Come[T]:
    """All that is in the pipe after at most `wait` seconds for the first of it, and what comes `until` then."""
    found: list[T] = []
    try:
        step = pipe.get(timeout=wait)
        while not isinstance(step, _Ended):
            found.append(step)
            step = pipe.get(timeout=max(0.0, until - monotonic()))
    except Empty:
        return _Come(tuple(found))
    return _Come(tuple(found), step)


def _pump(steps: Iterator[T], pipe: Queue[T | _Ended], left: Event) -> None:
    try:
        for step in steps:
            if left.is_set():
                break
            pipe.put(step)
    except Exception as error:
        pipe.put(_Ended(error))
    else:
        pipe.put(_Ended())
