"""Which models a browser may choose, what thinking means for each, and how a trial of one goes.

Invariant: the machine is looked at only when someone wants to see its models or asks one of them, and is then
remembered; names found there are shown as text.
"""

from __future__ import annotations

import html
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

from rag.config import Settings
from rag.errors import RagError
from rag.messages import say
from rag.model_inventory import Inventory, inventory, value_of
from rag.model_trial import Trial, trial_steps
from rag.models.detect import detect
from rag.models.families import recognise
from rag.models.memory import in_words
from ui.assistant_pool import AssistantPool
from ui.escaping import plain
from ui.preferences import Preferences
from ui.words import label

USUAL = "usual"
"""The choice that leaves the model to the settings; no setting is written so."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A model as it is shown and as the setting names it."""

    name: str
    value: str
    size: str = ""
    loaded: bool = False

    def shown(self, language: str) -> str:
        name = f"{self.name} · {self.size}" if self.size else self.name
        return as_text(label("settings.model.loaded", language, model=name) if self.loaded else name)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look at the machine gave; `usual` is the model that the settings come to."""

    offers: tuple[_Offer, ...] = ()
    usual: str = ""


class ModelList:
    """The models on this machine; thread-safe. `look` is how they are found."""

    def __init__(self, settings: Settings, look: Callable[[Settings], Inventory] = inventory) -> None:
        self._settings, self._look = settings, look
        self._found: _Found | None = None
        self._lock = Lock()

    def values(self) -> frozenset[str]:
        """The values of the setting `model` that a browser may choose; looks where nobody has yet."""
        return frozenset(offer.value for offer in self._known().offers)

    def refresh(self) -> None:
        """Look again; takes about a third of a second."""
        with self._lock:
            self._found = self._looked()

    def choices(self, language: str, current: str = "", look: bool = True) -> list[tuple[str, str]]:
        """Names to show, with values, for a list to choose from; `current` is among them, also when it is gone.

        Without `look` only what is known already.
        """
        found = self._known() if look else self._found or _Found()
        usual = found.usual or self._settings.model
        usual = label("settings.model.auto", language) if usual == "auto" else usual
        usual = label("settings.model.none", language) if usual == "extractive" else usual
        chosen = [
            (as_text(label("settings.model.usual", language, model=usual)), USUAL),
            (label("settings.model.none", language), "extractive"),
            *((offer.shown(language), offer.value) for offer in found.offers),
        ]
        return chosen if current in ("", *(value for _, value in chosen)) else [*chosen, (as_text(current), current)]

    def thinking_note(self, preferences: Preferences, language: str, look: bool = True) -> str:
        """What the choice of thinking does to the model preferred; empty where no model answers."""
        found = self._known() if look else self._found or _Found(usual=self._settings.model)
        model = preferences.model or found.usual
        if model in ("", "auto", "extractive"):
            return ""
        family = recognise(model)
        if family is None:
            return label("settings.thinking.unknown", language)
        key, reasoning = "always", family.reasoning
        if not reasoning.can_think:
            key = "never"
        elif reasoning.can_switch_off:
            key = f"starts_{reasoning.default}"
        elif reasoning.degrees:
            key = "shortest"
        tokens = self._settings.thinking_tokens
        return label(f"settings.thinking.{key}", language, family=family.name, tokens=tokens)

    def _known(self) -> _Found:
        with self._lock:
            if self._found is None:
                self._found = self._looked()
            return self._found

    def _looked(self) -> _Found:
        try:
            seen = self._look(self._settings)
            usual = detect(self._settings.model, os.environ, lambda: seen.servers).choice.label
        except (RagError, OSError):
            _log.exception("the models of this machine could not be listed")
            return _Found()
        return _Found(tuple(_offers(seen)), usual)


def trying(pool: AssistantPool, preferences: Preferences, language: str) -> Iterator[str]:
    """A trial of the model preferred, a line of text at a time: opening, open, first words, and how it went.

    The model is the one that would answer, and stays open for the next question.
    """
    model = as_text(pool.settings(preferences).model)
    yield label("settings.test.opening", language, model=model)
    try:
        with pool.lent(preferences) as assistant:
            began = time.monotonic()
            held = assistant.generator() if assistant is not None else None
            if held is None or held.model is None:
                error = held.error if held is not None else None
                yield error.in_language(language) if error else label("settings.test.none", language)
                return
            model, opened = as_text(held.label), time.monotonic() - began
            yield label("settings.test.opened", language, model=model, seconds=f"{opened:.1f}")
            for step in trial_steps(held.model, language, opened):
                yield _told(step, model, language)
    except RagError as error:
        yield error.in_language(language)
    except Exception:
        _log.exception("a model could not be tried")
        yield say("error.general", language)


def as_text(name: str) -> str:
    """A foreign name for a place that shows text and no markup: without controls that would disturb the page."""
    return html.unescape(plain(name))


def _told(step: float | Trial, model: str, language: str) -> str:
    if not isinstance(step, Trial):
        return label("settings.test.first", language, model=model, seconds=f"{step:.1f}")
    if not step.reply.strip():
        return label("settings.test.empty", language, model=model)
    first, speed = f"{step.first_seconds:.1f}", f"{step.tokens_a_second:.1f}"
    return label("settings.test.done", language, model=model, first=first, speed=speed)


def _offers(seen: Inventory) -> Iterator[_Offer]:
    held = set()
    for model in seen.installed:
        value = value_of(model)
        if model.complete and model.kind in ("chat", "gguf") and value not in held:
            held.add(value)
            yield _Offer(model.name, value, in_words(model.size_bytes))
    for server in seen.servers:
        for served in server.models:
            yield _Offer(served.name, f"{server.base_url}#{served.name}", server.base_url, served.loaded)
