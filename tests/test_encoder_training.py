"""The steps of teaching the encoder to find answers that need no data folder: batches, matching, words put across."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embedding.static import bundled_model
from training.questions import Asked, WordByWord

torch = pytest.importorskip("torch")

WORDS = WordByWord(bundled_model())


def asked(count: int) -> list[Asked]:
    return [Asked(f"q{n}", f"r{n}", tuple(f"w{n}-{k}" for k in range(1 + n % 4))) for n in range(count)]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(1, 60), st.integers(0, 3))
def test_every_question_is_asked_once_beside_its_own_sentence(count: int, longest: int, seed: int) -> None:
    from training.encoder_questions import HARD, question_batches

    questions = asked(count)
    texts = {text for one in questions for text in (one.question, one.right, *one.wrong)}
    lengths = {text: 4 + len(text) * 7 % longest for text in texts}
    batches = question_batches(questions, lengths, seed)
    together = [pair for batch in batches for pair in zip(batch.questions, batch.right, strict=True)]
    assert sorted(together) == sorted((one.question, one.right) for one in questions)
    wrong = [text for batch in batches for text in batch.wrong]
    assert len(wrong) == len(set(wrong)) == sum(min(HARD, len(one.wrong)) for one in questions)
    assert batches == question_batches(questions, lengths, seed)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(3, 64), min_size=1, max_size=400), st.integers(0, 3))
def test_every_translation_is_in_exactly_one_batch_and_no_batch_is_too_long(lengths: list[int], seed: int) -> None:
    from training.encoder_questions import BATCH_PIECES, pair_batches

    places = [3 * n for n in range(len(lengths))]
    batches = pair_batches(places, lengths, seed)
    assert sorted(place for batch in batches for place in batch.places) == places
    for batch in batches:
        # lengths are sorted to within four pieces
        longest = max(lengths[place // 3] for place in batch.places) - 3
        assert len(batch.places) <= 8 or 2 * longest * len(batch.places) <= BATCH_PIECES


def test_the_marks_at_the_ends_and_padding_are_not_matched() -> None:
    from training.encoder_matching import inner

    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0]])
    assert inner(mask).tolist() == [[0, 1, 1, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_a_match_counts_the_best_piece_by_worth() -> None:
    from training.encoder_matching import Read, match

    pieces = torch.eye(3)[None]
    question = Read(torch.zeros(1, 4), pieces, torch.tensor([[0.0, 3.0, 1.0]]), torch.tensor([[0.0, 1.0, 1.0]]))
    told = torch.stack([torch.eye(3)[[0, 1, 1]], torch.eye(3)[[2, 2, 0]], torch.eye(3)])
    inside = torch.tensor([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    text = Read(torch.zeros(3, 4), told, inside, inside)
    assert match(question, text).tolist() == [[0.75, 0.25, 1.0]]


def test_words_are_put_into_the_other_language_in_their_order() -> None:
    assert re.fullmatch(r"[^a-z]*[\u4e00-\u9fff]+[^a-z]*", WORDS.translate("bridge school"))
    assert re.fullmatch(r"[a-z ]+", WORDS.translate("学校"))


@given(st.text(max_size=60))
def test_any_text_can_be_put_across(text: str) -> None:
    assert "  " not in WORDS.translate(text)


def toy_student() -> Any:
    """A student of a few numbers: rows, a body in bfloat16, a head."""

    class Toy(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(3)
            self.rows = torch.nn.Embedding(12, 8, sparse=True)
            self.body = torch.nn.Linear(8, 8).to(torch.bfloat16)
            self.head = torch.nn.Linear(8, 1)

        def head_parameters(self) -> list[Any]:
            return list(self.head.parameters())

        def forward(self, rows: Any) -> Any:
            return self.head(self.body(self.rows(rows).to(torch.bfloat16)).float())

    return Toy()


def taught(saved: Path, first: int, last: int) -> tuple[Any, int]:
    """A toy student after these steps of ten, saved at the end, and the step that it went on from."""
    from training.encoder_trainer import Trainer

    student = toy_student()
    trainer = Trainer(student, (1e-2, 1e-2, 1e-2), saved)
    began = trainer.resume()
    for step in range(first, last):
        rows = torch.arange(step, step + 3)
        trainer.update(((student(rows) - 1) ** 2).mean(), step, 10)
        trainer.note("loss", torch.tensor(float(step)))
    trainer.save(last)
    return student, began


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, _ = taught(tmp_path / "whole", 0, 10)
    taught(tmp_path / "halves", 0, 4)
    halves, began = taught(tmp_path / "halves", 4, 10)
    assert began == 4
    for name, values in whole.state_dict().items():
        assert torch.equal(values, halves.state_dict()[name]), name
    assert not torch.equal(whole.rows.weight, toy_student().rows.weight)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(0, 5))
def test_what_misled_the_encoder_is_near_and_holds_no_answer(count: int, seed: int) -> None:
    from training.encoder_misses import misled

    rng = np.random.default_rng(seed)
    questions = [replace(one, accepted=(f"w{n}-1", "桥")) for n, one in enumerate(asked(count))]
    questions += [Asked("问", "右桥", ("错", "桥错"), ("桥",))]
    texts = sorted({text for one in questions for text in (one.question, one.right, *one.wrong)})
    vectors = {text: (v := rng.normal(size=8).astype(np.float32)) / np.linalg.norm(v) for text in texts}
    found = misled(questions, vectors)
    assert [(one.question, one.right) for one in found] == [(one.question, one.right) for one in questions]
    for one in found:
        cosines = [float(vectors[text] @ vectors[one.question]) for text in one.wrong]
        assert cosines == sorted(cosines, reverse=True)
        assert one.right not in one.wrong
        assert not any(answer in text for text in one.wrong for answer in one.accepted)
    assert found[-1].wrong == ("错",)
    assert all("错" not in one.wrong for one in found[:-1])


def test_a_question_that_nothing_misleads_keeps_its_hard_sentences() -> None:
    from training.encoder_misses import misled

    (found,) = misled(
        [Asked("q", "bridge right", ("bridge wrong",), ("bridge",))],
        {text: np.ones(4, dtype=np.float32) / 2 for text in ("q", "bridge right", "bridge wrong")},
    )
    assert found.wrong == ("bridge wrong",)
