"""Which model answers where none is named: what the settings say, then the environment, then what runs here.

Invariant: only loopback is probed, and an address in the environment is followed only into the user's own network,
since articles leave it for nobody who was not named in the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType

from rag.errors import ModelError, SettingsError
from rag.messages import say
from rag.models.addresses import is_near, ollama_url
from rag.models.choice import Choice, key_for, parse, server_choice
from rag.models.servers import Server, best_model, look, running

VARIABLES = ("RAG_BASE_URL", "OPENAI_BASE_URL", "OLLAMA_HOST")
"""Variables that may name a server, in the order in which they are read."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A message of `rag.messages` and what fills its gaps."""

    key: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def in_language(self, language: str) -> str:
        """The message in an interface language."""
        return say(self.key, language, **self.values)


@dataclass(frozen=True, slots=True)
class Detected:
    """What was chosen (never of kind `auto`), why, and what was passed over before and why."""

    choice: Choice
    reason_key: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    passed: tuple[Reason, ...] = ()

    def in_language(self, language: str) -> str:
        """All reasons in an interface language, a line each."""
        return "\n".join(r.in_language(language) for r in (*self.passed, Reason(self.reason_key, self.values)))


def detect(
    settings_model: str,
    environ: Mapping[str, str],
    probe: Callable[[], tuple[Server, ...]] = running,
) -> Detected:
    """Choose the model: the setting, else a server named in `environ`, else one that `probe` finds, else none.

    A server without a chat model is passed over, of several models `best_model` is taken. Raises `SettingsError` for
    a setting that names nothing; a server named by the setting is not asked whether it is there.
    """
    choice = parse(settings_model, environ)
    if choice.kind != "auto":
        return Detected(choice, "chosen.setting", {"model": choice.label})
    passed: list[Reason] = []
    for variable in VARIABLES:
        if not environ.get(variable, "").strip():
            continue
        found = _from_variable(variable, environ[variable].strip(), environ)
        if isinstance(found, Detected):
            return Detected(found.choice, found.reason_key, found.values, tuple(passed))
        passed.append(found)
    for server in probe():
        best = best_model(server)
        if best is not None:
            chosen = _labelled(server.base_url, best.name, environ)
            values = {"model": best.name, "url": server.base_url}
            return Detected(chosen, "chosen.running", values, tuple(passed))
    return Detected(Choice("extractive", "extractive"), "chosen.none", passed=tuple(passed))


def _from_variable(variable: str, value: str, environ: Mapping[str, str]) -> Detected | Reason:
    """The model of the server that a variable names, or why it is passed over."""
    values: dict[str, object] = {"variable": variable, "url": value}
    try:
        choice = server_choice(ollama_url(value, variable) if variable == "OLLAMA_HOST" else value)
    except SettingsError:
        return Reason("chosen.unusable", values)
    values["url"] = choice.base_url
    if not is_near(choice.base_url):
        return Reason("chosen.far", values)
    if choice.name:
        return Detected(choice, "chosen.variable", {**values, "model": choice.name})
    try:
        best = best_model(look(choice.base_url, key=key_for(choice.base_url, environ)))
    except ModelError:
        return Reason("chosen.silent", values)
    if best is None:
        return Reason("chosen.no_chat", values)
    named = _labelled(choice.base_url, best.name, environ)
    return Detected(named, "chosen.variable", {**values, "model": best.name})


def _labelled(base_url: str, name: str, environ: Mapping[str, str]) -> Choice:
    """A model of a server under its shortest setting; only Ollama and LM Studio keep a port to themselves."""
    for program in ("ollama", "lmstudio"):
        with suppress(SettingsError):
            short = parse(f"{program}:{name}", environ)
            if short.base_url == base_url:
                return short
    return server_choice(base_url, name)
