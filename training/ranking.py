"""Fitting close reading: how much each of its features adds to the score of a passage.

Questions are searched with the product's own retrieval, without close reading, over pools of a thousand paragraphs;
the best candidates get their features. A weight is what a softmax over the candidates of a question gives the feature
beside the score, whose own weight is fixed to one by scaling. The background of a feature is its mean over wrong
passages. Within a language: the held-out questions of SQuAD, CMRC and DRCD. Across languages there are no questions but
XQuAD's: the half of its development paragraphs that `fitted_on` names is used, so figures on the other half are those
of unseen questions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.retrieval.close_reading import FEATURES, READ, READ_ACROSS, WEIGHTS_FILE, CloseReader
from rag.retrieval.passage_sentences import SentenceCutter
from training import listwise
from training.data import held_out
from training.directions import Direction, directions
from training.full_retrieval import article_id, temporary_index

WITHIN, ACROSS = ("squad", "cmrc", "drcd"), ("en→zh", "zh→en")
QUESTIONS = 700
PENALTY = 0.01


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best passages of one question: score before close reading, features, and which are right, row by row."""

    scores: NDArray[np.float64]
    features: NDArray[np.float64]
    right: NDArray[np.bool_]


def fitted_on(paragraph: str) -> bool:
    """Whether questions about this XQuAD paragraph may be fitted on; the Chinese and English ones go together."""
    return held_out(paragraph, 0.5)


def observe(direction: Direction) -> list[Candidates]:
    """The candidates of every question that may be read, with their features, whatever their reach."""
    across = direction.name in ACROSS
    model = bundled_model()
    reader = CloseReader(model, bundled_encoder, SentenceCutter(model))
    found = []
    with temporary_index(model, direction.pool) as index:
        index.retriever.reader = None
        for question, gold in zip(tqdm(direction.questions, direction.name), direction.gold, strict=True):
            analysed = index.retriever.analyse(question)
            hits = index.retriever.search(analysed, READ_ACROSS if across else READ)
            names = {article_id(place) for place in gold}
            features = reader.features(analysed, [hit.passage.text for hit in hits], across)
            right = np.array([hit.passage.article_id in names for hit in hits])
            found.append(Candidates(np.array([hit.score for hit in hits]), features, right))
    return found


def fit(observed: Sequence[Candidates]) -> dict[str, dict[str, float]]:
    """The weights and backgrounds of `FEATURES`; features that would count against a passage weigh nothing."""
    columns = [np.column_stack([one.scores, one.features]) for one in observed]
    spread = np.concatenate(columns).std(axis=0) + 1e-6
    lists = [listwise.CandidateList(own / spread, one.right) for own, one in zip(columns, observed, strict=True)]
    weights = listwise.fit(lists, PENALTY) / spread
    wrong = np.concatenate([one.features[~one.right] for one in observed])
    return {
        "weights": dict(zip(FEATURES, np.round(np.maximum(weights[1:] / weights[0], 0), 4).tolist(), strict=True)),
        "background": dict(zip(FEATURES, np.round(wrong.mean(axis=0), 4).tolist(), strict=True)),
    }


def success(observed: Sequence[Candidates], weights: dict[str, float] | None, k: int = 1) -> float:
    """The share of questions with a right passage among the first k, with these weights or by the score alone."""
    hits = 0
    for one in observed:
        gains = one.features @ np.array([weights[f] for f in FEATURES]) if weights else 0.0
        order = np.argsort(-(one.scores + gains), kind="stable")[:k]
        hits += bool(one.right[order].any())
    return hits / len(observed)


def _half(direction: Direction, english: Sequence[str], mine: bool) -> Direction:
    """The questions of an XQuAD direction about paragraphs that are, or are not, fitted on."""
    kept = [i for i, text in enumerate(english) if fitted_on(text) == mine]
    return replace(
        direction,
        questions=tuple(direction.questions[i] for i in kept),
        gold=tuple(direction.gold[i] for i in kept),
    )


def main() -> None:
    """Fit, print what it gains, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m training.ranking", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args()
    wanted = (*WITHIN, *ACROSS, "en→en", "zh→zh")
    sets = {one.name: one for one in directions(options.data, questions=options.questions, only=wanted)}
    # the same questions in the same order in every XQuAD direction: the English paragraph decides for all
    english = [sets["en→en"].pool[gold[0]] for gold in sets["en→en"].gold]
    seen = {name: observe(sets[name]) for name in WITHIN}
    fitted = {"within": fit([one for name in WITHIN for one in seen[name]])}
    halves = {name: observe(_half(sets[name], english, mine=True)) for name in ACROSS}
    fitted["across"] = fit([one for name in ACROSS for one in halves[name]])
    options.out.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    rest = {name: observe(_half(sets[name], english, mine=False)) for name in (*ACROSS, "en→en", "zh→zh")}
    print("| questions | before, @1 | after, @1 | before, @5 | after, @5 |\n|---|---|---|---|---|")
    for name, observed in (*seen.items(), *rest.items()):
        weights = fitted["across" if name in ACROSS else "within"]["weights"]
        shares = (success(observed, w, k) for k in (1, 5) for w in (None, weights))
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
