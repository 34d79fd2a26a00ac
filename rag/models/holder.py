"""The model of one assistant: chosen and opened at the first question, kept, and closed with it.

Invariant: opening never raises to the asker. A model that cannot be opened is `None` with its error, and is tried
again no sooner than `TRY_AGAIN` seconds later, so that a server started late is found and a broken folder costs little.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import RLock

from rag.errors import ModelError, RagError
from rag.models.base import ChatOptions, LocalChatModel
from rag.models.choice import open_model
from rag.models.detect import Detected, detect

TRY_AGAIN = 20.0
"""Seconds after which a choice that gave no model is made again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """What answers: a model, or none; `chosen` says why this one, `error` why one that was chosen is not there."""

    model: LocalChatModel | None
    chosen: Detected
    error: RagError | None = None

    @property
    def label(self) -> str:
        """The model, or what was chosen in its place, as the setting would name it."""
        return self.model.label if self.model is not None else self.chosen.choice.label


class ModelHolder:
    """Opens the model that a setting names, once; thread-safe."""

    def __init__(self, setting: str, options: ChatOptions, environ: Mapping[str, str] | None = None) -> None:
        self._setting, self._options, self._environ = setting, options, environ
        self._lock = RLock()
        self._held: Held | None = None
        self._until = 0.0

    def get(self) -> Held:
        """The model, opened if it is not; takes as long as loading takes. Raises `SettingsError` only."""
        with self._lock:
            if self._held is None or (self._held.model is None and time.monotonic() >= self._until):
                self._held = self._open()
                self._until = time.monotonic() + TRY_AGAIN
            return self._held

    def close(self) -> None:
        """Close the model; the next `get` opens it again."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None and held.model is not None:
            held.model.close()

    def _open(self) -> Held:
        chosen = detect(self._setting, os.environ if self._environ is None else self._environ)
        if chosen.choice.kind == "extractive":
            return Held(None, chosen)
        try:
            return Held(open_model(chosen.choice, self._options), chosen)
        except ModelError as error:
            _log.info("the model could not be opened: %s", error)
            return Held(None, chosen, error)
