"""Development figures of the bundled model: success@1, @5, @10 and MRR by direction, as a Markdown table.

Pools: the paragraphs of a development set with distractors of the same language up to 1,000. XQuAD's development
part gives the cross-lingual directions and is never trained on.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding.late_interaction import best_cosines, late_scores, question_pieces
from rag.embedding.static import BUNDLED_FOLDER, StaticModel
from training.data import held_out, read_rows

POOL, QUESTIONS, CANDIDATES = 1000, 600, 100


@dataclass(frozen=True, slots=True)
class Direction:
    """Questions, the pool they are asked of, and the place in the pool of each question's paragraph."""

    name: str
    questions: list[str]
    pool: list[str]
    gold: list[int]


def directions(data: Path) -> list[Direction]:
    """All development directions, seeded."""
    rows = {name: list(read_rows(data / f"qa/{name}.jsonl.gz")) for name in _SETS}
    rows["squad"] = [r for r in rows["squad11.dev.no-xquad"] if held_out(str(r["title"]), 0.4)]
    contexts = {name: _distinct([str(r["context"]) for r in found]) for name, found in rows.items()}
    english = contexts["xquad.en.dev"] + contexts["squad11.dev.no-xquad"]
    chinese = contexts["xquad.zh.dev"] + contexts["cmrc2018.dev"] + contexts["drcd.dev"]
    other = {str(r["id"]): str(r["context"]) for r in rows["xquad.zh.dev"]}
    mine = {str(r["id"]): str(r["context"]) for r in rows["xquad.en.dev"]}
    return [
        _direction("en→en", rows["xquad.en.dev"], english, {}),
        _direction("zh→zh", rows["xquad.zh.dev"], chinese, {}),
        _direction("en→zh", rows["xquad.en.dev"], chinese, other),
        _direction("zh→en", rows["xquad.zh.dev"], english, mine),
        _direction("squad", rows["squad"], english, {}),
        _direction("cmrc", rows["cmrc2018.dev"], chinese, {}),
        _direction("drcd", rows["drcd.dev"], chinese, {}),
    ]


_SETS = ("xquad.en.dev", "xquad.zh.dev", "squad11.dev.no-xquad", "cmrc2018.dev", "drcd.dev")


def _distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _direction(name: str, rows: list[dict[str, Any]], pool: list[str], target: dict[str, str]) -> Direction:
    rows = random.Random(0).sample(rows, min(QUESTIONS, len(rows)))
    wanted = [target.get(str(row["id"]), str(row["context"])) for row in rows]
    needed = _distinct(wanted)
    known = set(needed)
    rest = [text for text in random.Random(1).sample(pool, len(pool)) if text not in known]
    texts = needed + rest[: max(0, POOL - len(needed))]
    place = {text: i for i, text in enumerate(texts)}
    return Direction(name, [str(row["question"]) for row in rows], texts, [place[text] for text in wanted])


def ranks(scores: NDArray[np.float32], gold: list[int]) -> NDArray[np.int64]:
    """The rank, from 1, of the gold text in every row of scores."""
    own = scores[np.arange(len(gold)), gold][:, None]
    found: NDArray[np.int64] = 1 + (scores > own).sum(axis=1)
    return found


def measure(model: StaticModel, direction: Direction) -> dict[str, NDArray[np.int64]]:
    """Ranks by the vector stage and by late interaction over its best hundred."""
    pieces = model.pieces(direction.pool)
    dense = np.stack([model.encode_query(q) for q in direction.questions]) @ model.encode_pieces(pieces).T
    late = np.full_like(dense, -1.0)
    distinct = [np.unique(p) for p in pieces]
    for i, text in enumerate(direction.questions):
        question = question_pieces(model, text)
        candidates = np.argsort(-dense[i])[:CANDIDATES]
        best = best_cosines(model, question, [distinct[j] for j in candidates])
        late[i, candidates] = late_scores(question, best) + 0.3 * dense[i, candidates]
    return {"vectors": ranks(dense, direction.gold), "late interaction": ranks(late, direction.gold)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m training.measure", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=BUNDLED_FOLDER)
    options = parser.parse_args()
    model = StaticModel(options.model)
    print("| direction | stage | success@1 | @5 | @10 | MRR |\n|---|---|---|---|---|---|")
    for direction in directions(options.data):
        for stage, found in measure(model, direction).items():
            shares = " | ".join(f"{np.mean(found <= k):.3f}" for k in (1, 5, 10))
            print(f"| {direction.name} | {stage} | {shares} | {np.mean(1 / found):.3f} |", flush=True)


if __name__ == "__main__":
    main()
