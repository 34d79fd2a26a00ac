"""Fusing the ranked lists of several searches into one.

Reciprocal rank fusion: a passage scores the sum of 1 / (60 + rank) over the lists that hold it (Cormack, Clarke
and Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods"). Ranks are
comparable where scores of words and of vectors are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rag.types import Candidate

RANK_CONSTANT = 60


def reciprocal_rank_fusion(lists: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """All candidates of the lists, best first; ties keep the order of the first list that holds them."""
    scores: dict[int, float] = defaultdict(float)
    for ranked in lists:
        for rank, candidate in enumerate(ranked, start=1):
            scores[candidate.key] += 1 / (RANK_CONSTANT + rank)
    return tuple(Candidate(key, score) for key, score in sorted(scores.items(), key=lambda item: -item[1]))
