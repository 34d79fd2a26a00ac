"""The bundled sentence encoder: one space for both languages and scripts, the same vector every time."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embedding import contextual
from rag.embedding.contextual import BUNDLED_FOLDER, ContextualModel, bundled_encoder
from rag.errors import ModelNotFound

PAIRS = (
    ("The bridge was closed after the flood.", "洪水过后大桥关闭了。"),
    ("She teaches chemistry at a village school.", "她在一所乡村学校教化学。"),
    ("How much does a ticket cost?", "一张票多少钱？"),
    ("The company hired two hundred engineers.", "这家公司雇用了两百名工程师。"),
)


def test_a_sentence_is_nearest_to_its_translation() -> None:
    english, chinese = (bundled_encoder().encode([pair[side] for pair in PAIRS]) for side in (0, 1))
    cosines = english @ chinese.T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert cosines.argmax(axis=0).tolist() == [0, 1, 2, 3]


def test_both_scripts_give_the_same_vector() -> None:
    simplified, traditional = bundled_encoder().encode(["这座图书馆有三万册书。", "這座圖書館有三萬冊書。"])
    assert np.array_equal(simplified, traditional)


def test_word_order_changes_the_vector() -> None:
    one, other = bundled_encoder().encode(["The dog bit the man.", "The man bit the dog."])
    assert float(one @ other) < 0.999


def test_a_vector_does_not_depend_on_what_is_encoded_beside_it() -> None:
    texts = [side for pair in PAIRS for side in pair]
    together = ContextualModel().encode(texts)
    alone = ContextualModel()
    assert np.array_equal(together, np.concatenate([alone.encode([text]) for text in reversed(texts)])[::-1])


def test_a_sentence_that_comes_again_is_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ContextualModel()
    first = model.encode(["one sentence", "another"])
    monkeypatch.setattr(model, "_reading", lambda ids: pytest.fail("encoded twice"))
    assert np.array_equal(model.encode(["another", "one sentence", "another"]), first[[1, 0, 1]])


def test_no_more_vectors_are_kept_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contextual, "KEPT", 3)
    model = ContextualModel()
    model.encode(["a b", "c d", "e f", "g h", "i j"])
    assert len(model._kept) == 3


def test_many_threads_get_what_one_gets() -> None:
    model, texts = ContextualModel(), [f"{number} 条船离开了港口" for number in range(20)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda text: model.encode([text])[0], texts * 3))
    assert np.array_equal(np.array(found), np.concatenate([ContextualModel().encode(texts)] * 3))


def test_no_text_gives_no_vectors() -> None:
    assert bundled_encoder().encode([]).shape == (0, 384)
    assert bundled_encoder().read([]) == []


def test_a_text_finds_all_of_itself_in_itself() -> None:
    for text in (side for pair in PAIRS for side in pair):
        (reading,) = bundled_encoder().read([text])
        assert reading.best_in(reading) == pytest.approx(1, abs=0.02)


def test_a_question_finds_more_in_the_sentence_that_answers_it() -> None:
    asked, right, wrong = bundled_encoder().read(
        ["谁在乡村学校教化学？", "Ada Brook teaches chemistry at a village school.", "The village school was closed."]
    )
    assert asked.best_in(right) @ asked.worth > asked.best_in(wrong) @ asked.worth + 0.05


def test_names_and_things_are_worth_more_than_function_words() -> None:
    (asked,) = bundled_encoder().read(["What is the height of the lighthouse?"])
    # what, is, the, height, of, the, lighthouse, ?
    assert asked.worth.shape == (8,)
    assert min(asked.worth[3], asked.worth[6]) > max(asked.worth[[1, 2, 4, 5]])


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_can_be_matched(question: str, text: str) -> None:
    asked, told = bundled_encoder().read([question, text])
    best = asked.best_in(told)
    assert best.shape == asked.worth.shape
    assert np.abs(best).max(initial=0.0) <= 1.02
    assert asked.worth.min(initial=0.0) >= 0
    assert float(asked.worth.sum()) == pytest.approx(1 if len(asked.worth) else 0, abs=1e-4)


@given(st.text(max_size=200))
def test_any_text_gets_a_unit_vector(text: str) -> None:
    vector = bundled_encoder().encode([text])[0]
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("broken", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_broken_model_folder_is_named(tmp_path: Path, broken: str) -> None:
    shutil.copytree(BUNDLED_FOLDER, tmp_path / "model")
    (tmp_path / "model" / broken).write_bytes(b"{}")
    with pytest.raises(ModelNotFound, match="model"):
        ContextualModel(tmp_path / "model")


def test_both_bundled_models_together_stay_small() -> None:
    files = [file for file in BUNDLED_FOLDER.parent.glob("bilingual-*/*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 64_000_000
    assert json.loads((BUNDLED_FOLDER / "config.json").read_text())["hidden_size"] == 384
