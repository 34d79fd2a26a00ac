"""`python -m training DATA`: make the bundled model, stage by stage; a stage whose output is there is skipped."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from training import data, export, fit, start, vocabulary

MODEL_FOLDER = Path(__file__).parent.parent / "rag" / "resources" / "bilingual-static"


def _stage(name: str, output: Path, make: Callable[[], None]) -> None:
    if output.exists():
        print(f"{name}: done before ({output})")
        return
    began = time.monotonic()
    make()
    print(f"{name}: {time.monotonic() - began:.0f} s")


def main() -> None:
    """Run the stages that are not done yet."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder (parallel/, dictionary/, retrieval/, qa/)")
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER)
    options = parser.parse_args()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    pairs, tokenizer = work / "pairs.tsv", work / "tokenizer.json"
    first, rows = work / "start.npz", work / "rows.npy"
    _stage("pairs", pairs, lambda: data.prepare(options.data, pairs))
    pieces = start.teacher_pieces
    _stage("vocabulary", tokenizer, lambda: vocabulary.build(pairs, options.data, pieces(), tokenizer))
    _stage("start", first, lambda: start.make(pairs, options.data, tokenizer, first))
    _stage("fit", rows, lambda: fit.fit(pairs, tokenizer, first, rows))
    export.export(rows, first, tokenizer, options.out)


if __name__ == "__main__":
    main()
