"""How sure a figure is, and whether a change helped.

Invariant: the same values and seed give the same figures. Questions are the units that are drawn; values of two runs
are paired by position, so hand both over in the order of the same question ids.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.evaluation.types import Comparison, Figure

RESAMPLES = 2000
"""Samples drawn for an interval; a quarter of that for more than `MANY` questions, whose intervals are narrow."""

MANY = 2000

SHUFFLES = 10_000
"""Random sign changes of a randomisation test; with fewer possible ones all are tried."""

CONFIDENCE = 0.95
"""How often the intervals hold the true mean."""

_BLOCK = 4_000_000

T = TypeVar("T")


def mean_figure(values: Sequence[float], seed: int = 0) -> Figure:
    """The mean with its interval by the percentile bootstrap, n values drawn with replacement `RESAMPLES` times.

    Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979. One value gives an
    interval of no width. Raises `ValueError` without values.
    """
    numbers = _numbers(values)
    means = np.concatenate([numbers[rows].mean(axis=1) for rows in _draws(len(numbers), seed)])
    return _figure(float(numbers.mean()), means, len(numbers))


def statistic_figure(
    rows: Sequence[T], statistic: Callable[[Sequence[T]], float | None], seed: int = 0, resamples: int = 500
) -> Figure | None:
    """Any figure of a set of questions (an F1, an area) with its bootstrap interval; `None` where it is undefined.

    Samples for which it is undefined are left out.
    """
    value = statistic(rows)
    if value is None:
        return None
    random = np.random.default_rng(seed)
    drawn = (statistic([rows[i] for i in random.integers(0, len(rows), len(rows))]) for _ in range(resamples))
    found = [one for one in drawn if one is not None]
    return _figure(value, np.array(found or [value]), len(rows))


def compare(before: Sequence[float], after: Sequence[float], seed: int = 0) -> Comparison:
    """Two runs on the same questions in the same order; raises `ValueError` where the numbers differ or are 0."""
    first, second = _paired(before, after)
    difference = mean_figure((second - first).tolist(), seed)
    return Comparison(float(first.mean()), float(second.mean()), difference, randomisation_p(before, after, seed))


def randomisation_p(before: Sequence[float], after: Sequence[float], seed: int = 0) -> float:
    """Two-sided p of the paired randomisation test that the mean difference is chance, in 0..1.

    Under the null hypothesis each pair may be swapped. All 2^n ways are tried where there are at most `SHUFFLES`;
    else `SHUFFLES` random ones, and p = (1 + at least as extreme) / (1 + SHUFFLES), which is never zero. Fisher, The
    Design of Experiments, 1935; for retrieval Smucker, Allan, Carterette, CIKM 2007.
    """
    first, second = _paired(before, after)
    differences = second - first
    differences = differences[differences != 0]
    if not len(differences):
        return 1.0
    observed = abs(float(differences.sum()))
    # sums that are equal but for rounding are as extreme
    least = observed - 1e-9 * max(1.0, float(np.abs(differences).sum()))
    if 2 ** min(len(differences), 64) <= SHUFFLES:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(differences))))
        return float(np.mean(np.abs(signs @ differences) >= least))
    extreme = _extreme(differences, least, np.random.default_rng(seed))
    return (1 + extreme) / (1 + SHUFFLES)


def percentiles(values: Sequence[float], wanted: Sequence[int] = (50, 95)) -> dict[str, float]:
    """Percentiles by nearest rank (`p50`, `p95`): the smallest value that this share of the values does not exceed."""
    ordered = sorted(_numbers(values).tolist())
    return {f"p{share}": ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)] for share in wanted}


def _draws(count: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Which values each sample draws, shape (samples, count), in blocks."""
    if count <= MANY:
        yield _kept_draws(count, seed)
        return
    random = np.random.default_rng(seed)
    for _ in range(RESAMPLES // 4):
        yield random.integers(0, count, (1, count), dtype=np.int32)


@lru_cache(maxsize=8)
def _kept_draws(count: int, seed: int) -> NDArray[np.int32]:
    # a summary takes the means of dozens of scores over the same questions
    return np.random.default_rng(seed).integers(0, count, (RESAMPLES, count), dtype=np.int32)


def _extreme(differences: NDArray[np.float64], least: float, random: np.random.Generator) -> int:
    """How many of `SHUFFLES` random sign changes give a sum of at least this size."""
    rows = max(1, _BLOCK // len(differences))
    count = 0
    for done in range(0, SHUFFLES, rows):
        shape = (min(rows, SHUFFLES - done), len(differences))
        signs = random.integers(0, 2, shape, dtype=np.int8) * 2.0 - 1.0
        count += int(np.sum(np.abs(signs @ differences) >= least))
    return count


def _figure(value: float, samples: NDArray[np.float64], count: int) -> Figure:
    tail = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(samples, [tail, 100 - tail])
    return Figure(value, float(low), float(high), count)


def _paired(before: Sequence[float], after: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(before) != len(after):
        raise ValueError(f"runs of {len(before)} and {len(after)} questions cannot be paired")
    return _numbers(before), _numbers(after)


def _numbers(values: Sequence[float]) -> NDArray[np.float64]:
    if not len(values):
        raise ValueError("no values to take a figure of")
    return np.asarray(values, dtype=np.float64)
