"""The project's own gold as two files: what is fitted on, and what the product is measured with.

`python -m benchmarks.gold_halves FOLDER` writes `development.jsonl` and `test.jsonl` of `corpus/gold` there. No article
is in both (`benchmarks/data/gold_split.json`); questions that need articles of both halves are in neither. Unanswerable
questions go with the article that they are about. Those that were divided by their id before they named one stay where
they were (`benchmarks/data/gold_kept.json`), because the answerer was fitted on the development half.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rag.evaluation.gold import gold_form, read_gold
from rag.evaluation.split import Halves, halves, read_split

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SPLIT = Path(__file__).parent / "data" / "gold_split.json"
KEPT = Path(__file__).parent / "data" / "gold_kept.json"


def project_halves() -> Halves:
    """The halves of the project's own gold."""
    return halves(read_gold([CORPUS / "gold"]).pairs, read_split(SPLIT), read_split(KEPT))


def write_halves(folder: Path) -> dict[str, Path]:
    """Write both files, in the order of the gold; where they are."""
    split = project_halves()
    folder.mkdir(parents=True, exist_ok=True)
    files = {"development": folder / "development.jsonl", "test": folder / "test.jsonl"}
    for half, file in files.items():
        pairs = split.development if half == "development" else split.test
        lines = (json.dumps(gold_form(pair), ensure_ascii=False) + "\n" for pair in pairs)
        file.write_text("".join(lines), encoding="utf-8")
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the halves and print how many questions each holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gold_halves", description=__doc__)
    parser.add_argument("folder", type=Path)
    for half, file in write_halves(parser.parse_args(arguments).folder).items():
        print(f"{half}: {sum(1 for _ in file.open(encoding='utf-8'))} questions in {file}")


if __name__ == "__main__":
    main()
