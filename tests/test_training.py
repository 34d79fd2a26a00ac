"""The steps of training that need no data folder: batches, weights of close reading, what is held out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.retrieval.close_reading import FEATURES
from training import ranking
from training.data import held_out, measured
from training.ranking import Candidates

torch = pytest.importorskip("torch")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=64), min_size=1, max_size=600), st.integers(0, 5))
def test_every_text_is_in_exactly_one_batch_and_no_batch_is_too_long(lengths: list[int], seed: int) -> None:
    from training.encoder_fit import TOKENS, batches

    cut = batches(lengths, seed)
    assert sorted(int(i) for batch in cut for i in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= TOKENS for batch in cut)


def test_the_order_of_batches_is_the_same_for_the_same_seed() -> None:
    from training.encoder_fit import batches

    lengths = [1 + i % 40 for i in range(3000)]
    first, second, other = batches(lengths, 1), batches(lengths, 1), batches(lengths, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=False))


def test_padding_is_masked() -> None:
    from training.encoder_fit import padded

    numbers, mask = padded([[2, 7, 3], [2, 3]])
    assert numbers.tolist() == [[2, 7, 3], [2, 3, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]


def observed(column: int, count: int = 200) -> list[Candidates]:
    """Questions whose right passage is told by one feature, while the scores say nothing."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        right = np.zeros(6, dtype=bool)
        right[rng.integers(6)] = True
        features = rng.normal(0.3, 0.05, (6, len(FEATURES)))
        features[:, column] += 0.3 * right
        made.append(Candidates(rng.normal(0.5, 0.1, 6) + 0.05 * right, features, right))
    return made


@pytest.mark.parametrize("name", FEATURES)
def test_the_feature_that_tells_gets_the_weight(name: str) -> None:
    examples = observed(FEATURES.index(name))
    fitted = ranking.fit(examples)
    assert max(fitted["weights"], key=lambda feature: fitted["weights"][feature]) == name
    assert ranking.success(examples, fitted["weights"]) > ranking.success(examples, None) + 0.3


def test_the_background_is_that_of_wrong_passages() -> None:
    fitted = ranking.fit(observed(2))
    assert fitted["background"]["encoder"] == pytest.approx(0.3, abs=0.01)


def test_success_at_five_is_never_less_than_at_one() -> None:
    examples = observed(0)
    assert ranking.success(examples, None, 1) <= ranking.success(examples, None, 5) <= 1


def test_what_is_held_out_stays_held_out() -> None:
    keys = [f"title {n}" for n in range(2000)]
    assert [held_out(key, 0.15) for key in keys] == [held_out(key, 0.15) for key in keys]
    assert 0.1 < np.mean([held_out(key, 0.15) for key in keys]) < 0.2
    assert all(held_out(key, 0.4) for key in keys if held_out(key, 0.15))


def test_paragraphs_of_one_article_are_measured_or_taught_together() -> None:
    asked = [{"id": f"TRIAL_{n}_QUERY_{q}", "title": f"t{n}"} for n in range(300) for q in range(3)]
    kept = [measured("cmrc2018.dev", row) for row in asked]
    assert all(len(set(kept[at : at + 3])) == 1 for at in range(0, len(kept), 3))
    assert 0.3 < np.mean(kept) < 0.5
    assert not any(measured("cmrc2018.trial", row) for row in asked)
    squad = [measured("squad11.dev.no-xquad", {"id": str(q), "title": "Harbours"}) for q in range(20)]
    assert len(set(squad)) == 1
