"""Fitting the check of written sentences against their passages: a logistic regression over a few features.

`python -m training.support` reads the development half of `benchmarks/data/support.jsonl`, written by hand over the
articles in `corpus/`, computes the features of every sentence with the product's own reader, and writes the weights to
`rag/resources/support.json`. The threshold is the one that serves both sides best when every article is judged by
weights that were fitted without it. The test half is never read here.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.support_check import items, open_corpus, with_hits
from rag.answering.support import WEIGHTS_FILE
from rag.answering.support_features import FEATURES, SupportReader
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model
from rag.text.aliases import NameTable

STRENGTH = 0.1
"""Inverse strength of the quadratic penalty, on features of unit spread."""
STEPS = 3000
SMOOTHED = 41
"""Neighbouring levels, half a hundredth apart, over which shares are averaged to find the threshold."""
HARMFUL = (
    *("names_missing", "names_doubtful", "places_missing", "quantities_missing", "quantities_elsewhere"),
    *("denied", "denied_alone", "denied_there", "opposite", "opposite_alone", "order"),
)
"""Features that may only speak against support."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The development half: features (sentences × FEATURES), which are supported, which lack a quantity, articles."""

    features: NDArray[np.float64]
    supported: NDArray[np.bool_]
    lacking: NDArray[np.bool_]
    articles: NDArray[np.str_]


def observe() -> Observed:
    """Compute the features of every sentence of the development half."""
    data = [item for item in items() if item["half"] == "development"]
    reader = SupportReader(bundled_model(), bundled_encoder, NameTable.load())
    with tempfile.TemporaryDirectory() as folder:
        snapshot = open_corpus(folder)
        readings = [
            reader.read(item["sentence"], item["language"], hit, snapshot.article(hit.passage.article_id).date)
            for item, hit in with_hits(snapshot, data)
        ]
    return Observed(
        np.stack([reading.features for reading in readings]),
        np.array([bool(item["supported"]) for item in data]),
        np.array([bool(reading.quantities) for reading in readings]),
        np.array([str(item["source"]) for item in data]),
    )


def fit(features: NDArray[np.float64], supported: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias: penalised logistic regression, harmful features held at or below zero, both outcomes equal.

    Projected gradient descent with momentum (Nesterov), on standardised features; the bias goes unpenalised.
    """
    spread, centre = features.std(axis=0) + 1e-3, features.mean(axis=0)
    scaled = np.column_stack([(features - centre) / spread, np.ones(len(features))])
    share = np.where(supported, 0.5 / supported.mean(), 0.5 / (1 - supported.mean()))
    signs = np.where(supported, 1.0, -1.0)
    penalty = np.array([1 / STRENGTH] * len(FEATURES) + [0.0])
    highest = np.array([0.0 if name in HARMFUL else np.inf for name in FEATURES] + [np.inf])
    step = 1 / (np.linalg.norm(scaled * np.sqrt(share)[:, None], 2) ** 2 / 4 + 1 / STRENGTH)
    values = ahead = np.zeros(len(penalty))
    for turn in range(STEPS):
        slope = scaled.T @ (-share * signs / (1 + np.exp(signs * (scaled @ ahead)))) + penalty * ahead
        found = np.minimum(ahead - step * slope, highest)
        ahead = found + turn / (turn + 3) * (found - values)
        values = found
    weights = values[:-1] / spread
    return weights, float(values[-1] - weights @ centre)


def held_out(observed: Observed) -> NDArray[np.float64]:
    """The support of every sentence by weights that were fitted without its article; 0 where a quantity is missing."""
    support = np.zeros(len(observed.supported))
    for article in np.unique(observed.articles):
        out = observed.articles == article
        weights, bias = fit(observed.features[~out], observed.supported[~out])
        support[out] = 1 / (1 + np.exp(-(observed.features[out] @ weights + bias)))
    support[observed.lacking] = 0.0
    return support


def threshold(observed: Observed, support: NDArray[np.float64]) -> float:
    """The support that parts true from altered sentences best: most of both shares together, ties in the middle."""
    levels = np.linspace(0.1, 0.9, 161)
    accepted = (support[observed.supported][:, None] >= levels).mean(axis=0)
    flagged = (support[~observed.supported][:, None] < levels).mean(axis=0)
    together = np.convolve(accepted + flagged, np.ones(SMOOTHED) / SMOOTHED, mode="same")
    inner = slice(SMOOTHED // 2, -(SMOOTHED // 2))
    return float(levels[inner][np.argmax(together[inner])])


def main() -> None:
    """Fit and write the weights."""
    argparse.ArgumentParser(prog="python -m training.support", description=__doc__).parse_args()
    observed = observe()
    support = held_out(observed)
    enough = threshold(observed, support)
    weights, bias = fit(observed.features, observed.supported)
    fitted: dict[str, Any] = {
        "weights": dict(zip(FEATURES, np.round(weights, 4).tolist(), strict=True)),
        "bias": round(bias, 4),
        "threshold": round(enough, 3),
    }
    WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    accepted, flagged = support >= enough, support < enough
    print(
        f"{len(support)} sentences; without their own article: accepted {accepted[observed.supported].mean():.3f} of "
        f"the true ones, flagged {flagged[~observed.supported].mean():.3f} of the altered ones"
    )


if __name__ == "__main__":
    main()
