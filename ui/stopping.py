"""An answer that can be stopped at any moment, also while the answerer is busy between two of its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

GRACE = 0.3
"""Seconds after a stop in which the last steps are still taken: a model ends with what it wrote."""

_LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class _Ended:
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Come(Generic[T]):
    """The steps that have come since the last look, and the end, if it was reached."""

    steps: tuple[T, ...]
    ended: _Ended | None = None


def stoppable(steps: Iterator[T], stop: Event, grace: float = GRACE) -> Iterator[tuple[T, ...]]:
    """The same steps with the same errors, as many at once as have come, until `stop` is set.

    Within a tenth of a second of that an empty tuple tells that it was seen. What still comes in the `grace` seconds
    after is the last; an error that comes then is not raised. The steps are taken in a thread of their own, which
    ends after the step that it is in.
    """
    pipe: Queue[T | _Ended] = Queue()
    left = Event()
    Thread(target=_pump, args=(steps, pipe, left), daemon=True).start()
    try:
        while not stop.is_set():
            come = _look(pipe, _LOOK_EVERY)
            if come.steps:
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


def _look(pipe: Queue[T | _Ended], wait: float) -> _Come[T]:
    """All that is in the pipe, after at most `wait` seconds for the first of it."""
    found: list[T] = []
    try:
        step = pipe.get(timeout=wait)
        while not isinstance(step, _Ended):
            found.append(step)
            step = pipe.get_nowait()
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
