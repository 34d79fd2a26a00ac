"""Running a model of transformers on a thread of its own, one generation at a time, token by token.

Invariant: once the iterator of a generation is exhausted or closed, its thread is gone; an error of the thread comes
out of the iterator at once, and a stop takes effect before the next layer of the model, also within a long prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from rag.errors import ModelError
from rag.models.transformers_loading import quiet

_POLL = 0.05
"""Seconds between two looks at whether a generation was cancelled."""


class _Stopped(Exception):
    """Leaves a forward pass in the middle."""


class _Run:
    """One generation: what the worker thread hands over, and whether it is to stop."""

    def __init__(self, cancelled: Event | None) -> None:
        self.queue: SimpleQueue[int | Exception | None] = SimpleQueue()
        self.closed = Event()
        self.cancelled = cancelled
        self._prompt_came = False

    @property
    def stopped(self) -> bool:
        """Whether no more tokens are wanted."""
        return self.closed.is_set() or (self.cancelled is not None and self.cancelled.is_set())

    def put(self, value: Any) -> None:
        """Take tokens, as the streamer that `generate` calls; the first are the prompt."""
        if self._prompt_came:
            for token in value.reshape(-1).tolist():
                self.queue.put(token)
        self._prompt_came = True

    def end(self) -> None:
        """Part of the streamer's interface; the worker says itself when it has ended."""

    def criterion(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether to stop, for each row, as the stopping criterion that `generate` calls."""
        import torch

        return torch.full((input_ids.shape[0],), self.stopped, device=input_ids.device, dtype=torch.bool)


class Generator:
    """A model that generates; thread-safe."""

    def __init__(self, model: Any) -> None:
        self._model: Any = model
        self._lock = Lock()
        self._closed = Event()
        self._run: _Run | None = None
        for layer in _layers(model):
            layer.register_forward_pre_hook(self._check)

    def tokens(
        self,
        prompt: Sequence[int],
        arguments: Mapping[str, Any],
        seed: int | None = None,
        cancelled: Event | None = None,
    ) -> Iterator[int]:
        """The tokens that follow a prompt, with arguments of `transformers.GenerationConfig`.

        Waits while another generation runs. Ends early, within a tenth of a second, once `cancelled` is set. Raises
        what the model raises, and `ModelError` where it is closed.
        """
        run = _Run(cancelled)
        if not self._enter(run):
            return
        thread = Thread(target=self._work, args=(run, prompt, arguments, seed), name="rag-generation", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._lock.release()
            raise
        try:
            yield from _received(run)
        finally:
            run.closed.set()
            # whoever cancels is not to wait for the forward pass under way; the thread ends by itself
            thread.join(2 * _POLL if cancelled is not None and cancelled.is_set() else None)

    def close(self) -> None:
        """Stop what runs and let the model go; may be called twice."""
        self._closed.set()
        run = self._run
        if run is not None:
            run.closed.set()
        with self._lock:
            self._model = None

    def _enter(self, run: _Run) -> bool:
        """Wait for the model; False where the run was cancelled meanwhile."""
        while not run.stopped:
            if self._closed.is_set():
                raise ModelError
            if self._lock.acquire(timeout=_POLL):
                self._run = run  # before the look at `_closed`: `close` sets that first, then stops `_run`
                if self._closed.is_set():
                    self._lock.release()
                    raise ModelError
                return True
        return False

    def _work(self, run: _Run, prompt: Sequence[int], arguments: Mapping[str, Any], seed: int | None) -> None:
        try:
            self._generate(run, prompt, arguments, seed)
        except _Stopped:
            pass
        except Exception as error:  # every error belongs to the one who reads the tokens
            run.queue.put(error)
        finally:
            self._run = None
            self._lock.release()
            run.queue.put(None)

    def _generate(self, run: _Run, prompt: Sequence[int], arguments: Mapping[str, Any], seed: int | None) -> None:
        import torch
        from transformers import GenerationConfig, StoppingCriteriaList

        if seed is not None:
            torch.manual_seed(seed)
        ids = torch.tensor([list(prompt)], device=self._model.device)
        with torch.inference_mode(), quiet():
            self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                generation_config=GenerationConfig(**arguments),
                stopping_criteria=StoppingCriteriaList([run.criterion]),
                streamer=run,
            )

    def _check(self, *_: Any) -> None:
        run = self._run
        if run is not None and run.stopped:
            raise _Stopped


class Words:
    """Turns tokens into text one by one, special ones too; a character of several tokens comes with its last."""

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._ids: list[int] = []
        # the tokens from `_start` to `_read` are given already, and are decoded again for what surrounds them
        self._start = self._read = 0

    def add(self, token: int) -> str:
        """The text that this token completes, perhaps none."""
        self._ids.append(token)
        return self._new(final=False)

    def rest(self) -> str:
        """What is left when no more tokens come."""
        return self._new(final=True)

    def _new(self, *, final: bool) -> str:
        before, now = self._decode(self._ids[self._start : self._read]), self._decode(self._ids[self._start :])
        # a character whose last bytes are still to come is decoded as U+FFFD
        if len(now) <= len(before) or (now.endswith("�") and not final):
            return ""
        self._start, self._read = self._read, len(self._ids)
        return now[len(before) :]


def _received(run: _Run) -> Iterator[int]:
    while not run.stopped:
        try:
            item = run.queue.get(timeout=_POLL)
        except Empty:
            continue
        if item is None or run.stopped:
            return
        if isinstance(item, Exception):
            raise item
        yield item


def _layers(model: Any) -> Iterator[Any]:
    """The layers that a prompt passes through one after the other."""
    for name, module in model.named_modules():
        if name.rpartition(".")[2] == "layers":
            yield from module.children()
