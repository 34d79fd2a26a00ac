"""How the product does on public question sets, as a Markdown table.

`python -m benchmarks.question_sets FOLDER` reads XQuAD (both directions across languages), CMRC 2018, DRCD, SQuAD 2.0
from FOLDER, indexes all articles of a set in a temporary place, and asks `--sample` of its questions (a seeded sample).
It is what `rag eval --squad FILE` does with all of them. A set whose file is missing is left out aloud.

Columns: found: all that the answer needs is in the first five passages. contains, F1: the answer holds an accepted
answer, and shares its characters or words (SQuAD's measure). cited: citations that hold the evidence. refused: share of
answerable questions, wrongly, and of unanswerable ones, rightly.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag import Assistant, Settings
from rag.evaluation.directions import ALL
from rag.evaluation.run import evaluate
from rag.evaluation.squad import cross_language, read_squad, write_articles
from rag.evaluation.types import Figure, SquadSet

SETS: Mapping[str, tuple[str, ...]] = {
    "English → Chinese (XQuAD)": ("xquad.en.dev", "xquad.zh.dev"),
    "Chinese → English (XQuAD)": ("xquad.zh.dev", "xquad.en.dev"),
    "Simplified → Simplified (CMRC 2018)": ("cmrc2018.dev",),
    "Traditional → Traditional (DRCD)": ("drcd.dev",),
    "English → English (SQuAD 2.0)": ("squad20.dev.no-xquad",),
}
"""Each row and its files: the one that asks and, where it is another, the one that is searched."""

COLUMNS: Mapping[str, str] = {
    "found": "complete@5",
    "contains": "contains",
    "F1": "f1",
    "cited": "citation_evidence",
    "refused wrongly": "wrongly_refused",
    "refused rightly": "refusal_recall",
}


def sampled(squad: SquadSet, most: int) -> SquadSet:
    """The set with at most `most` of its questions, the same ones each time, in its order."""
    pairs = squad.gold.pairs
    chosen = sorted(random.Random(0).sample(range(len(pairs)), min(most, len(pairs))))
    return replace(squad, gold=replace(squad.gold, pairs=tuple(pairs[index] for index in chosen)))


def figures_of(squad: SquadSet) -> Mapping[str, Figure]:
    """Every figure over all questions of a set, whose index lies in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Assistant.open(folder / "index", Settings(model="extractive")) as assistant:
            assistant.ingest(write_articles(squad, folder))
            return evaluate(assistant, squad.gold, folder / "run").summary.figures[ALL]


def row(name: str, questions: int, figures: Mapping[str, Figure]) -> str:
    """A line of the table."""
    values = (figures.get(metric) for metric in COLUMNS.values())
    cells = ["–" if value is None else f"{value.value:.2f}" for value in values]
    return f"| {name} | {questions} | {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.question_sets", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the files, gzip-ed JSON lines or JSON")
    parser.add_argument("--sample", type=int, default=300, help="questions of each set (300)")
    given = parser.parse_args(arguments)
    print(
        "| question → article | questions | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|", sep="\n"
    )
    for name, files in SETS.items():
        paths = [next(iter(sorted(given.folder.glob(f"{file}.json*"))), None) for file in files]
        if None in paths:
            print(f"{name} is left out: no {' or '.join(files)} in {given.folder}", file=sys.stderr)
            continue
        read = [read_squad([path]) for path in paths if path]
        squad = sampled(cross_language(*read) if len(read) == 2 else read[0], given.sample)
        print(row(name, len(squad.gold.pairs), figures_of(squad)), flush=True)


if __name__ == "__main__":
    main()
