"""`python -m training.transliteration DATA`: learn and measure the model of `rag/text/transliteration.py`.

Name pairs come from encyclopedia titles and CC-CEDICT, without the held-out titles. Expectation maximisation learns
P(letters | syllable); a pair that stays unlikely is a translation and is dropped. The model then finds further
names inside titles and glosses that are only partly written by sound, and is fitted again. A logistic regression
over true runs and the best false ones gives the weights, one more for each use the calibration. All is seeded.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.text.transliteration import USES, WEIGHTS, Transliteration
from training.data import held_out
from training.transliteration_chunks import Chunks, chance, learn, letter_costs, table
from training.transliteration_measure import measure, measure_parallel
from training.transliteration_pairs import HAN, Pair, dictionary_pairs, english_words, names_inside, running_texts
from training.transliteration_samples import Samples, hard_cases, outcomes

RESOURCE = Path(__file__).parent.parent / "rag" / "resources" / "transliteration.json"


def build(data: Path) -> tuple[dict[str, Any], list[Pair], list[Pair]]:
    """The JSON content, the pairs that it was fitted to, and the held-out pairs that are not among them."""
    pairs, looser, held = dictionary_pairs(data)
    texts, english = running_texts(data), english_words(data, held=False)
    runs = [*texts, *(run for _, run in [*pairs, *held])]
    chunks = Chunks({char for run in runs for char in run if HAN.match(char)})
    pairs = chunks.foreign(pairs)
    kept = learn(pairs, chunks, anew=True)
    content = table(chunks, kept, texts)
    weigh(content, Samples(kept, texts, english, seed=1), 400)
    found = names_inside(Transliteration(content), looser)
    pairs = sorted({*pairs, *chunks.foreign(found)})
    print(f"{len(found)} names found inside titles and glosses, such as {found[:: len(found) // 12]}")
    # the weights must come from names that the chunks were not fitted to
    unseen = [pair for pair in pairs if held_out(pair[0], 0.2)]
    kept = learn([pair for pair in pairs if not held_out(pair[0], 0.2)], chunks)
    content = table(chunks, kept, texts)
    letters = letter_costs(word for word, _ in kept)
    unseen = [(w, run) for w, run in unseen if chunks.likelihood(w, run) - chance(w, letters) > 0.2 * len(w)]
    weigh(content, Samples(unseen, texts, english, seed=2), 1200)
    kept = learn(pairs, chunks)
    final = table(chunks, kept, texts)
    for key in ("weights", "calibration"):
        final[key] = content[key]
    return final, kept, sorted({*held} - {*pairs})


def weigh(content: dict[str, Any], samples: Samples, size: int) -> None:
    """Set the weights, in two turns since the best false run depends on them, then the calibrations."""
    for _ in range(2):
        weights = logistic(*hard_cases(Transliteration(content), samples, size))
        content["weights"] = {name: round(float(w), 4) for name, w in zip(WEIGHTS, weights, strict=True)}
        for side in ("before", "after"):
            # a name that goes on is never a better match
            content["weights"][side] = min(0.0, content["weights"][side])
    model = Transliteration(content)
    for use in USES:
        scores, labels = outcomes(model, samples, use, size)
        offset, slope = logistic(np.stack([np.ones(len(scores)), scores], 1), labels)
        content["calibration"][use] = [round(float(slope), 4), round(float(offset), 4)]


def logistic(x: NDArray[np.float64], y: NDArray[np.float64], ridge: float = 1e-3) -> NDArray[np.float64]:
    """Weights of a logistic regression by Newton's method; the first column of `x` is the constant."""
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        hessian = (x * (p * (1 - p) + 1e-9)[:, None]).T @ x + ridge * np.eye(len(w))
        w += np.linalg.solve(hessian, x.T @ (y - p) - ridge * w)
    return w


def main() -> None:
    """Rebuild the resource and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m training.transliteration", description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder (dictionary/, retrieval/, qa/)")
    parser.add_argument("--out", type=Path, default=RESOURCE)
    options = parser.parse_args()
    content, kept, held = build(options.data)
    text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    options.out.write_text(text, "utf-8")
    print(f"{len(kept)} pairs, {len(text.encode()) / 1000:.0f} kB, {content['weights']}, {content['calibration']}")
    measure_parallel(Transliteration(content), options.data)
    measure(Transliteration(content), options.data, held)


if __name__ == "__main__":
    main()
