"""`python -m training DATA`: make the bundled models, stage by stage; a stage whose output is there is skipped.

Two models come out: the static one, a vector a piece, and the small transformer, which starts from it. Every stage
takes under 100 minutes on two cores; the long ones save their state and go on from it.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from pathlib import Path

from training import data, export, fit, start, vocabulary

RESOURCES = Path(__file__).parent.parent / "rag" / "resources"


def _stage(name: str, output: Path, make: Callable[[], None]) -> None:
    if output.exists():
        print(f"{name}: done before ({output})")
        return
    began = time.monotonic()
    make()
    print(f"{name}: {time.monotonic() - began:.0f} s")


def static(source: Path, work: Path, out: Path) -> None:
    """The stages of the static model."""
    pairs, tokenizer = work / "pairs.tsv", work / "tokenizer.json"
    first, rows = work / "start.npz", work / "rows.npy"
    _stage("pairs", pairs, lambda: data.prepare(source, pairs))
    pieces = start.teacher_pieces
    _stage("vocabulary", tokenizer, lambda: vocabulary.build(pairs, source, pieces(), tokenizer))
    _stage("start", first, lambda: start.make(pairs, source, tokenizer, first))
    _stage("fit", rows, lambda: fit.fit(pairs, tokenizer, first, rows))
    export.export(rows, first, tokenizer, out)


def encoder(source: Path, work: Path, static_model: Path, out: Path) -> None:
    """The stages of the small transformer."""
    from rag.embedding.static import StaticModel
    from training import encoder_data, encoder_export, encoder_fit, encoder_questions, encoder_start, questions

    tokenizer, first = work / "encoder-tokenizer.json", work / "encoder-start.npz"
    targets, taught = work / "encoder-targets.npy", work / "encoder.pt"
    asked_once, weights = work / "encoder-asked.pt", work / "encoder-asked-twice.pt"
    model = StaticModel(static_model)
    _stage("encoder start", first, lambda: encoder_start.make(model, tokenizer, first))
    if not weights.exists():
        examples = encoder_data.examples(source, model)
        _stage("encoder targets", targets, lambda: encoder_fit.targets(examples, targets))
        _stage("encoder", taught, lambda: encoder_fit.fit(examples, tokenizer, first, targets, taught))
        asked = questions.questions(source, model)
        for course, (before, after) in enumerate(((taught, asked_once), (asked_once, weights))):
            files = encoder_questions.Files(tokenizer, first, targets, before)
            teach = functools.partial(encoder_questions.fit, examples, asked, files, after, course)
            _stage(f"encoder questions {course + 1}", after, teach)
    encoder_export.export(weights, first, tokenizer, out)


def main() -> None:
    """Run the stages that are not done yet."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder (parallel/, dictionary/, retrieval/, qa/)")
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / "work")
    parser.add_argument("--out", type=Path, default=RESOURCES)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    static(options.data, options.work, options.out / "bilingual-static")
    encoder(options.data, options.work, options.out / "bilingual-static", options.out / "bilingual-encoder")


if __name__ == "__main__":
    main()
