"""One assistant for each browser's preferences, over any number of indexes, with few models open at a time.

Invariant: a model is closed only while nothing is asked of it, no more than `most` are open over all indexes (but for
the moment in which one is being closed), and a browser gets no model that is not on offer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Condition, Event

from rag.assistant import Assistant, History, same_model
from rag.config import Settings
from rag.types import AnswerEvent
from ui.preferences import Preferences
from ui.words import label

_LOOK_EVERY = 0.1  # seconds between looks whether a waiting question was stopped


@dataclass(slots=True)
class _Open:
    """An assistant that holds a model of its own, how many questions use it, and when one last came."""

    assistant: Assistant
    users: int = 0
    used: int = 0


@dataclass(slots=True)
class _Models:
    """The models that are open for all indexes, and how many there is room for."""

    room: int
    open: list[_Open] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    clock: Iterator[int] = field(default_factory=lambda: count(1))


class AssistantPool:
    """Lends assistants that share the store and the encoder of `base`; thread-safe.

    `base` and its model stay open and are closed by whoever opened it. `offered` gives the values of the setting
    `model` that a browser may choose; none but that of `base` and `extractive` where it is left out.
    """

    def __init__(self, base: Assistant, most: int = 3, offered: Callable[[], Collection[str]] = tuple) -> None:
        self.base = base
        self._offered = offered
        self._models = _Models(max(1, most - (not _without_model(base.settings))))

    def beside(self, base: Assistant) -> AssistantPool:
        """A pool over the index of another `base`, which stands beside this one's: it lends the same models.

        `close` of either closes them for both.
        """
        other = AssistantPool(base, offered=self._offered)
        other._models = self._models
        return other

    def offers(self, model: str) -> bool:
        """Whether a browser may choose this value of the setting `model`."""
        return model in ("", "extractive", self.base.settings.model) or model in self._offered()

    def settings(self, preferences: Preferences) -> Settings:
        """The settings that these preferences come to; a model that is not on offer is left out."""
        if not self.offers(preferences.model):
            preferences = replace(preferences, model="")
        return preferences.apply(self.base.settings)

    @contextmanager
    def lent(self, preferences: Preferences, cancelled: Event | None = None) -> Iterator[Assistant | None]:
        """An assistant for these preferences, its model safe from closing within the block.

        Where `most` models are in use, waits for one to be left; `None` when `cancelled` was set meanwhile.
        """
        settings = self.settings(preferences)
        if _without_model(settings) or same_model(self.base.settings, settings):
            yield self.base.with_settings(settings)
            return
        taken = self._take(settings, cancelled)
        if taken is None:
            yield None
            return
        try:
            yield self.base.with_settings(settings, lender=taken.assistant)
        finally:
            self._leave(taken)

    def stream(
        self,
        preferences: Preferences,
        question: str,
        history: History = (),
        cancelled: Event | None = None,
    ) -> Iterator[AnswerEvent]:
        """`Assistant.stream` with these preferences; ends without an answer where it is cancelled before its turn."""
        gone = not self.offers(preferences.model)
        with self.lent(preferences, cancelled) as assistant:
            if assistant is None:
                return
            for event in assistant.stream(question, history, preferences.filters(), cancelled):
                if gone and event.answer is not None:
                    notice = label("settings.model_gone", event.answer.language, model=preferences.model)
                    event = replace(event, answer=replace(event.answer, notices=(notice, *event.answer.notices)))
                yield event

    def close(self) -> None:
        """Close every model but that of `base`; for the end of the page, when nothing more is asked."""
        with self._models.changed:
            left, self._models.open = self._models.open, []
            self._models.changed.notify_all()
        for one in left:
            one.assistant.close()

    def _take(self, settings: Settings, cancelled: Event | None) -> _Open | None:
        idle: _Open | None = None
        models = self._models
        with models.changed:
            while (taken := self._held(settings)) is None and len(models.open) >= models.room:
                idle = min((one for one in models.open if not one.users), key=lambda one: one.used, default=None)
                if idle is not None:
                    models.open.remove(idle)
                    break
                if cancelled is not None and cancelled.is_set():
                    return None
                models.changed.wait(_LOOK_EVERY if cancelled is not None else None)
            if taken is None:
                taken = _Open(self.base.with_settings(settings))
                models.open.append(taken)
            taken.users += 1
            taken.used = next(models.clock)
        if idle is not None:
            # before the new one is opened, so that both need not fit the memory
            idle.assistant.close()
        return taken

    def _held(self, settings: Settings) -> _Open | None:
        return next((one for one in self._models.open if same_model(one.assistant.settings, settings)), None)

    def _leave(self, taken: _Open) -> None:
        with self._models.changed:
            taken.users -= 1
            self._models.changed.notify_all()


def _without_model(settings: Settings) -> bool:
    return settings.model.strip().lower() == "extractive"
