"""The model of an assistant is opened once, tried again later where it failed, and closed with the assistant."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ModelNotFound, SettingsError
from rag.models import holder
from rag.models.base import ChatOptions
from rag.models.choice import Choice
from rag.models.holder import ModelHolder
from tests.scripted_model import ScriptedModel


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedModel]:
    """The models that were opened, in order."""
    models: list[ScriptedModel] = []

    def open_model(choice: Choice, options: ChatOptions) -> ScriptedModel:
        models.append(ScriptedModel([["Yes."]], label=choice.label))
        return models[-1]

    monkeypatch.setattr(holder, "open_model", open_model)
    return models


def test_many_askers_open_one_model(opened: list[ScriptedModel]) -> None:
    held = ModelHolder("hf:a/b", ChatOptions(), {})
    askers = [Thread(target=held.get) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(opened) == 1
    assert held.get().model is opened[0]
    assert held.get().label == "hf:a/b"


def test_closing_closes_the_model_and_may_be_done_twice(opened: list[ScriptedModel]) -> None:
    held = ModelHolder("hf:a/b", ChatOptions(), {})
    held.close()
    assert opened == []
    held.get()
    held.close()
    held.close()
    assert opened[0].closed


def test_a_model_that_failed_is_tried_again_only_later(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Choice] = []
    now = [100.0]

    def open_model(choice: Choice, options: ChatOptions) -> ScriptedModel:
        tried.append(choice)
        if len(tried) < 2:
            raise ModelNotFound(model=choice.label, reason="gone")
        return ScriptedModel([["Yes."]])

    monkeypatch.setattr(holder, "open_model", open_model)
    monkeypatch.setattr(holder.time, "monotonic", lambda: now[0])
    held = ModelHolder("hf:a/b", ChatOptions(), {})
    assert held.get().model is None
    assert "gone" in str(held.get().error)
    assert len(tried) == 1
    now[0] += holder.TRY_AGAIN
    assert held.get().model is not None
    assert held.get().error is None


def test_the_built_in_answerer_opens_nothing(opened: list[ScriptedModel]) -> None:
    held = ModelHolder("extractive", ChatOptions(), {}).get()
    assert held.model is None
    assert held.error is None
    assert opened == []


def test_a_setting_that_names_nothing_is_an_error_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        ModelHolder("http://", ChatOptions(), {}).get()


def test_an_assistant_closes_its_model(opened: list[ScriptedModel], tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "index", Settings(model="hf:a/b")) as assistant:
        assert assistant.generator().model is opened[0]
    assert opened[0].closed
