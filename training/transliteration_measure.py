"""The figures that `training.transliteration` prints of a model, on what the model has not learned from.

Nothing is changed or written. The draws are seeded, so that figures of two models can be compared.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.text.folding import fold_texts
from rag.text.transliteration import Transliteration, letters_of
from training.data import read_rows
from training.transliteration_pairs import Pair, english_words, windows
from training.transliteration_samples import Samples


def measure(model: Transliteration, data: Path, held: list[Pair]) -> None:
    """Print ranks on held-out names, false matches on texts without the name, and matches on parallel paragraphs."""
    chosen = random.Random(3)
    sample = chosen.sample(held, min(500, len(held)))
    by_run, by_word = [], []
    for word, run in sample[:300]:
        others = [pair for pair in sample if pair[0] != word and pair[1] != run]
        by_run.append(_is_first(model, [(word, run), *((other, run) for other, _ in others)]))
        by_word.append(_is_first(model, [(word, run), *((word, other) for _, other in others)]))
    print(f"{len(held)} held-out names; first of {len(sample)}: word {np.mean(by_run):.3f}, run {np.mean(by_word):.3f}")
    paragraphs = sorted({row["context"] for row in read_rows(data / "qa/drcd.dev.jsonl.gz")})
    texts = windows(chosen.sample(paragraphs, 300))[:300]
    began = time.process_time()
    best = [model.prepared(word).best_match(text) for word, run in sample[:300] for text in texts if run not in text]
    print(f"{1000 * (time.process_time() - began) / len(best):.2f} ms a text of about 300 characters")
    found = [match.similarity if match else 0.0 for match in best]
    print("false matches in texts:", _above(found))
    samples = Samples(sample, texts, english_words(data, held=True), seed=4)
    recall, exact = [], []
    for _ in range(600):
        word, text, start, end = samples.with_name()
        match = model.prepared(word).best_match(text)
        recall.append(match.similarity if match and match.start < end and start < match.end else 0.0)
        exact.append(bool(match and (match.start, match.end) == (start, end)))
    print("found in texts:", _above(recall), np.mean(exact))
    for only in (False, True):
        for true in (True, False):
            rates = []
            for _ in range(400):
                words, run = samples.words(true=true)
                hit = model.best_match_in_english(run, words, capitalised_only=only)
                right = hit is not None and (not true or (letters_of(hit.word), run) in held)
                rates.append(hit.similarity if hit and right else 0.0)
            kind = ("among" if true else "not among") + (" capitalised" if only else " all")
            print(f"name {kind} words:", _above(rates))


def _above(values: Sequence[float]) -> dict[float, float]:
    return {t: round(float(np.mean(np.array(values) > t)), 4) for t in (0.3, 0.5, 0.7, 0.9)}


def _is_first(model: Transliteration, pairs: Sequence[Pair]) -> bool:
    scores = [model.prepared_name(run).score(word) for word, run in pairs]
    return scores[0] is not None and all(score is None or score < scores[0] for score in scores[1:])


def measure_parallel(model: Transliteration, data: Path) -> None:
    """Print how often a capitalised word of an English question matches the parallel and another Chinese paragraph."""
    english = {row["id"]: row for row in read_rows(data / "qa/xquad.en.dev.jsonl.gz")}
    rows = list(read_rows(data / "qa/xquad.zh.dev.jsonl.gz"))
    folded = dict(zip([row["id"] for row in rows], fold_texts([row["context"] for row in rows]), strict=True))
    cases = set()
    for key, row in english.items():
        names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", row["question"])
        cases |= {(name, folded[key]) for name in names if name in row["context"]}
    ordered = sorted(cases)
    others = [text for _, text in ordered[len(ordered) // 2 :] + ordered[: len(ordered) // 2]]
    own, chance_hits = [], []
    for (name, text), other in zip(ordered, others, strict=True):
        match, false = model.best_match(name, text), model.best_match(name, other)
        own.append(match.similarity if match else 0.0)
        chance_hits.append(false.similarity if false and false.text not in text else 0.0)
        if match and match.similarity > 0.3:
            print(name, match.text, round(match.similarity, 2), end="; ")
    print()
    for name, values in (("own", own), ("another", chance_hits)):
        print(f"{len(values)} names, {name} paragraph:", _above(values))
