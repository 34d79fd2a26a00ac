"""`rag models`: what there is, fetching, trying and removing models.

Data goes to standard output, progress and messages to standard error, as in `rag.cli`. Only `pull` asks a hub; only
`check` loads a model.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rag.config import Settings
from rag.console import flat, language, print_json, print_text, tell, tell_text
from rag.errors import ModelNotFound, SettingsError
from rag.messages import say

if TYPE_CHECKING:
    from rag.models.choice import Choice
    from rag.models.hub import Progress

_JSON = click.option("--json", is_flag=True, default=None, help="Print JSON.")


@click.group()
def models() -> None:
    """List, fetch, try and remove local models."""


@models.command("list")
@_JSON
def list_(**options: Any) -> None:
    """List the models on this machine, those of running servers, and the recommended ones; uses no network."""
    from rag.model_inventory import inventory, inventory_form, inventory_lines

    settings = Settings.load(**options)
    found = inventory(settings)
    if settings.json:
        print_json(inventory_form(found))
        return
    for line in inventory_lines(found, language()):
        print_text(line)


@models.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch the model NAME from the hub: OWNER/NAME, OWNER/NAME:Q4_K_M, or a short name such as qwen3:4b."""
    from rag.model_inventory import setting_of
    from rag.models.hub import pull as fetch
    from rag.models.hub_cache import installed

    with _ProgressBar() as show:
        path = fetch(name, show)
    print_text(str(path))
    for model in installed():
        if model.path == path:
            print_text(setting_of(model))


@models.command()
@click.argument("name")
@_JSON
def check(name: str, **options: Any) -> None:
    """Open the model NAME (a value of the setting model) and ask it one question."""
    from rag.model_trial import trial, trial_form
    from rag.models.base import ChatOptions

    settings = Settings.load(**options)
    choice = _choice(name)
    names = ("thinking", "effort", "thinking_tokens", "answer_tokens", "context")
    report = trial(choice, ChatOptions(**{field: getattr(settings, field) for field in names}), language())
    if settings.json:
        print_json(trial_form(report))
    else:
        tell("models.check_opened", seconds=f"{report.open_seconds:.1f}")
        if report.reply:
            print_text(flat(report.reply.strip().splitlines()[0]))
        tell(
            "models.check_speed",
            first=f"{report.first_seconds:.1f}",
            speed=f"{report.tokens_a_second:.1f}",
            memory=f"{report.memory_mb} MB" if report.memory_mb else say("models.of_server", language()),
        )
    if not report.reply.strip():
        tell("models.check_empty")
        raise SystemExit(1)


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete the downloaded model NAME."""
    from rag.models.hub_cache import remove as delete
    from rag.models.hub_cache import size_of
    from rag.models.memory import in_words

    size = in_words(size_of(name))
    if not yes and not click.confirm(say("models.remove", language(), model=name, size=size), err=True):
        tell("models.kept", model=name)
        return
    tell("models.removed", model=name, size=in_words(delete(name)))


def _choice(name: str) -> Choice:
    """The model to try: a value of the setting, or the short name of a downloaded one; `auto` as it would be chosen."""
    from rag.models.choice import parse
    from rag.models.detect import detect

    try:
        parse(name)
    except SettingsError:
        downloaded = _downloaded(name)
        if downloaded is None:
            raise
        return parse(downloaded)
    detected = detect(name, os.environ)
    if detected.choice.kind == "extractive":
        if name.strip().lower() != "extractive":
            tell_text(detected.in_language(language()))
        raise click.UsageError(say("models.check_nothing", language()))
    return detected.choice


def _downloaded(name: str) -> str | None:
    """The setting of a downloaded chat model by its short name."""
    from rag.model_inventory import value_of
    from rag.models.hub_cache import find
    from rag.models.hub_names import resolve

    try:
        model = find(resolve(name))
    except ModelNotFound:
        return None
    return value_of(model) if model and model.kind in ("chat", "gguf") else None


class _ProgressBar:
    """A bar of bytes on standard error while a block runs."""

    def __enter__(self) -> Callable[[Progress], None]:
        from tqdm import tqdm

        self._bar = tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None, leave=False)
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _show(self, progress: Progress) -> None:
        self._bar.total = progress.total
        self._bar.set_description(Path(progress.file).name[-40:], refresh=False)
        self._bar.update(progress.done - self._bar.n)
