"""Intervals and tests of difference are repeatable and agree with what can be worked out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.statistics import compare, mean_figure, percentiles, randomisation_p, statistic_figure

SHARES = st.lists(st.sampled_from((0.0, 0.25, 1.0)), min_size=1, max_size=30)


def test_the_interval_of_a_share_is_near_that_of_the_normal_approximation() -> None:
    figure = mean_figure([1.0] * 140 + [0.0] * 60)
    width = 1.96 * math.sqrt(0.7 * 0.3 / 200)
    assert (figure.value, figure.n) == (pytest.approx(0.7), 200)
    assert figure.low == pytest.approx(0.7 - width, abs=0.012)
    assert figure.high == pytest.approx(0.7 + width, abs=0.012)


def test_many_questions_have_an_interval_as_well() -> None:
    figure = mean_figure([1.0, 0.0] * 1500)
    assert figure.low == pytest.approx(0.5 - 1.96 * 0.5 / math.sqrt(3000), abs=0.004)
    assert figure.high == pytest.approx(0.5 + 1.96 * 0.5 / math.sqrt(3000), abs=0.004)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    figures = [mean_figure((random.random(80) < 0.6).astype(float).tolist()) for _ in range(200)]
    held = sum(figure.low <= 0.6 <= figure.high for figure in figures)
    assert 180 <= held <= 199


@given(SHARES)
def test_an_interval_is_repeatable_and_lies_within_the_values(values: list[float]) -> None:
    figure = mean_figure(values)
    assert figure == mean_figure(values)
    slack = 1e-9
    assert min(values) - slack <= figure.low <= figure.high + slack <= max(values) + 2 * slack
    if len(set(values)) == 1:
        assert (figure.low, figure.high) == pytest.approx((figure.value, figure.value))


def test_another_seed_draws_other_samples() -> None:
    values = np.random.default_rng(1).random(50).tolist()
    assert mean_figure(values, seed=1).value == mean_figure(values, seed=2).value
    assert mean_figure(values, seed=1) != mean_figure(values, seed=2)


def test_any_statistic_of_the_questions_has_an_interval() -> None:
    def largest(values: object) -> float:
        return max(values)  # type: ignore[call-overload,no-any-return]

    figure = statistic_figure([1.0, 2.0, 3.0], largest)
    assert figure is not None
    assert (figure.value, figure.high, figure.n) == (3, 3, 3)
    assert 1 <= figure.low < 3


def test_a_statistic_that_is_undefined_has_no_figure_and_undefined_samples_are_left_out() -> None:
    def share_of_positive(values: object) -> float | None:
        kept = [value for value in values if value >= 0]  # type: ignore[attr-defined]
        return sum(kept) / len(kept) if kept else None

    assert statistic_figure([-1.0, -1.0], share_of_positive) is None
    figure = statistic_figure([-1.0, 1.0], share_of_positive)
    assert figure is not None
    assert (figure.value, figure.low, figure.high) == (1, 1, 1)


def test_few_differences_are_tried_in_every_way() -> None:
    # of 8 sign changes only +++ and --- sum up to 3 or more
    assert randomisation_p([0, 0, 0, 1], [1, 1, 1, 1]) == 2 / 8
    # 1+1-1: of 8 all but none have a sum of at least 1
    assert randomisation_p([0, 0, 1], [1, 1, 0]) == 1
    # |±0.5 ± 0.25| >= 0.75 in two of four ways
    assert randomisation_p([0, 0], [0.5, 0.25]) == 1 / 2


def test_runs_without_any_difference_are_the_same() -> None:
    assert randomisation_p([0.5, 1.0], [0.5, 1.0]) == 1


def test_a_random_test_agrees_with_the_binomial_one_on_wins_and_losses() -> None:
    # 30 wins, 14 losses: two-sided sign test
    before, after = [0.0] * 30 + [1.0] * 14 + [1.0] * 20, [1.0] * 30 + [0.0] * 14 + [1.0] * 20
    expected = 2 * sum(math.comb(44, k) for k in range(30, 45)) / 2**44
    assert randomisation_p(before, after) == pytest.approx(expected, abs=0.006)


def test_p_is_never_zero_and_repeatable() -> None:
    before, after = [0.0] * 100, [1.0] * 100
    assert randomisation_p(before, after) == randomisation_p(before, after) == 1 / 10_001


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.5, 1.0)), st.sampled_from((0.0, 0.5, 1.0))), min_size=1, max_size=10))
def test_the_test_is_two_sided_and_in_range(pairs: list[tuple[float, float]]) -> None:
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    p = randomisation_p(before, after)
    assert 0 < p <= 1
    assert randomisation_p(after, before) == p


def test_a_comparison_tells_means_difference_and_chance() -> None:
    found = compare([0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 1.0])
    assert (found.before, found.after, found.difference.value, found.difference.n) == (0.25, 0.75, 0.5, 4)
    assert found.p == 1 / 2
    assert 0 <= found.difference.low < 0.5 < found.difference.high <= 1


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(20, 0, -1)]
    assert percentiles(values) == {"p50": 10.0, "p95": 19.0}
    assert percentiles([7.0], (0, 50, 100)) == {"p0": 7.0, "p50": 7.0, "p100": 7.0}


def test_figures_of_nothing_and_of_unpaired_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_figure([])
    with pytest.raises(ValueError, match="no values"):
        percentiles([])
    with pytest.raises(ValueError, match="paired"):
        compare([1.0], [1.0, 0.0])
