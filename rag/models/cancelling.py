"""Iterating over something that blocks, so that it can be left at any moment.

Invariant: the one who iterates waits no longer than `POLL_SECONDS` once `cancelled` is set, whatever the source does.
Items come in order, and an error of the source is raised after the items before it.
"""

from __future__ import annotations

import contextvars
import queue
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Event, Thread
from typing import Generic, TypeVar

POLL_SECONDS = 0.05
"""How often `cancelled` is looked at while nothing arrives."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def interruptible(produce: Callable[[], Iterator[T]], cancelled: Event | None, stop: Callable[[], None]) -> Iterator[T]:
    """Iterate over `produce()` on a thread of its own; ends quietly when `cancelled` is set.

    `stop` is called once where the iteration is left early (cancelled, or the iterator closed): it must make the
    source end, also from another thread and also before its first item. What the source raises after that is
    dropped.
    """
    arrived: queue.SimpleQueue[_Item[T] | _End] = queue.SimpleQueue()
    left = Event()
    context = contextvars.copy_context()
    worker = Thread(target=context.run, args=(_work, produce, arrived, left), name="model-reply", daemon=True)
    ended = False
    worker.start()
    try:
        while cancelled is None or not cancelled.is_set():
            try:
                item = arrived.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                ended = True
                worker.join()
                if item.error is not None:
                    raise item.error
                return
            yield item.value
    finally:
        left.set()
        if not ended:
            stop()


def _work(produce: Callable[[], Iterator[T]], arrived: queue.SimpleQueue[_Item[T] | _End], left: Event) -> None:
    try:
        source = produce()
        try:
            for value in source:
                arrived.put(_Item(value))
                if left.is_set():
                    break
        finally:
            if isinstance(source, Generator):
                source.close()
    except BaseException as error:  # handed to the one who iterates
        arrived.put(_End(error))
    else:
        arrived.put(_End())
