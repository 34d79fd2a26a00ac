"""How good a ranking is.

Invariant: a metric depends on the ids in the ranking and their order, never on scores or on where a row stands; an id
that occurs twice counts once, where it stands first. All values are in 0..1, more is better. Every metric is defined
for at least one relevant item and raises `ValueError` otherwise: a question without any has no such score.

Symbols: r_i is 1 where the item at rank i (from 1) is relevant, R the number of relevant items, k the cutoff.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log2

from rag.evaluation.types import Relevant

KS = (1, 3, 5, 10, 20)
"""The cutoffs of recall and success."""

MEASURED = 10
"""The cutoff of the reciprocal rank and of nDCG."""


def recall(ranked: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """True recall: Σ_{i≤k} r_i / R, the share of all relevant items that are among the first k; in 0..1.

    Where R > k it cannot reach 1. Manning, Raghavan, Schütze, Introduction to Information Retrieval, 2008, ch. 8.
    """
    wanted = _wanted(relevant)
    return len(wanted.intersection(_first(ranked, k))) / len(wanted)


def success(ranked: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """max_{i≤k} r_i: 1 where any relevant item is among the first k, else 0; its mean is in 0..1.

    Also hit rate; elsewhere it is called recall, which it is not.

    Craswell, "Success at n", Encyclopedia of Database Systems, 2009.
    """
    return float(not _wanted(relevant).isdisjoint(_first(ranked, k)))


def complete(ranked: Sequence[str], parts: Sequence[Collection[str]], k: int) -> float:
    """1 where, for each part of the evidence, an item that holds it is among the first k, else 0; its mean is in 0..1.

    It tells whether the first k are enough to answer: of articles that say the same, one will do. For
    evidence of one part it is `success` (Craswell 2009).
    """
    if not parts:
        raise ValueError("a question without evidence has no such score")
    first = set(_first(ranked, k))
    return float(all(not first.isdisjoint(part) for part in parts))


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, int], k: int = MEASURED) -> float:
    """1 / rank of the first relevant item, 0 where it is not among the first k; its mean is MRR@k, in 0..1.

    Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    wanted = _wanted(relevant)
    ranks = (rank for rank, item in enumerate(_first(ranked, k), start=1) if item in wanted)
    return 1 / next(ranks, float("inf"))


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], k: int = MEASURED) -> float:
    """DCG@k / ideal DCG@k, in 0..1, where DCG@k = Σ_{i≤k} g_i / log2(i + 1) and g_i is the grade at rank i.

    The ideal ranks all relevant items by falling grade. Järvelin and Kekäläinen, "Cumulated gain-based evaluation of
    IR techniques", ACM TOIS 20(4), 2002, with the linear gain of trec_eval.
    """
    wanted = _wanted(relevant)
    ideal = sorted((relevant[item] for item in wanted), reverse=True)[:k]
    gained = [relevant[item] if item in wanted else 0 for item in _first(ranked, k)]
    return _dcg(gained) / _dcg(ideal)


def retrieval_scores(ranked: Sequence[str], relevant: Relevant) -> dict[str, float]:
    """All scores of one question from its passage ids, best first; empty where no passage is relevant.

    `recall@k`, `success@k`, `complete@k` for each k of `KS`, `mrr@10`, `ndcg@10`; the same by article but for
    `complete`, as `article_…`, where an article stands at the rank of its best passage among the articles.
    """
    if not relevant.passages:
        return {}
    articles = list(dict.fromkeys(article_of(passage) for passage in ranked))
    scores = _scores("", ranked, relevant.passages) | _scores("article_", articles, relevant.articles)
    return scores | {f"complete@{k}": complete(ranked, relevant.parts, k) for k in KS}


def article_of(passage_id: str) -> str:
    """The article id in a passage id (`article_id:start-end`)."""
    return passage_id.rpartition(":")[0]


def _scores(prefix: str, ranked: Sequence[str], relevant: Mapping[str, int]) -> dict[str, float]:
    scores = {f"{prefix}recall@{k}": recall(ranked, relevant, k) for k in KS}
    scores |= {f"{prefix}success@{k}": success(ranked, relevant, k) for k in KS}
    scores[f"{prefix}mrr@{MEASURED}"] = reciprocal_rank(ranked, relevant)
    scores[f"{prefix}ndcg@{MEASURED}"] = ndcg(ranked, relevant)
    return scores


def _wanted(relevant: Mapping[str, int]) -> set[str]:
    wanted = {item for item, grade in relevant.items() if grade > 0}
    if not wanted:
        raise ValueError("a question without relevant items has no such score")
    return wanted


def _first(ranked: Sequence[str], k: int) -> list[str]:
    if k < 1:
        raise ValueError(f"a cutoff counts from 1, not {k}")
    return list(dict.fromkeys(ranked))[:k]


def _dcg(grades: Sequence[int]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(grades, start=1))
