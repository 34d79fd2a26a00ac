"""Listwise logistic regression: weights by which the right one of several candidates gets the most of a softmax.

After Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise Approach" (ListNet, top one). Where
several candidates are right, their shares are added up. The squared weights, times `penalty`, count once for every
list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class CandidateList:
    """The features of candidates, shape (candidates, features), which of them are right, and what the list weighs."""

    features: NDArray[np.floating]
    right: NDArray[np.bool_]
    weight: float = 1.0


def fit(lists: Sequence[CandidateList], penalty: float) -> NDArray[np.float64]:
    """The weights of the features, shape (features,); lists without a right candidate teach nothing."""
    import torch

    taught = [one for one in lists if one.right.any()]
    arrays = [(torch.tensor(one.features, dtype=torch.float64), torch.tensor(one.right), one.weight) for one in taught]
    weights = torch.zeros(lists[0].features.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        total = penalty * len(arrays) * (weights**2).sum()
        for features, right, weight in arrays:
            logits = features @ weights
            total = total + weight * (torch.logsumexp(logits, 0) - torch.logsumexp(logits[right], 0))
        total.backward()
        return total

    optimiser.step(loss)
    fitted: NDArray[np.float64] = weights.detach().numpy()
    return fitted
