"""Teaching the encoder to find answers: by its vectors, and by its pieces matched with each other.

Batches of questions (the right sentence against those of the other questions and two hard ones each) alternate with
batches of translations, which must keep their distance to the teacher's vectors and find each other by both scores.
There are two courses: the second has other translations, and the hard sentences are those that misled the first.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from training.encoder_data import Example
from training.encoder_fit import DISTANCE_WEIGHT, contrast, padded, text_rows
from training.encoder_matching import Matcher, Read, match, start_heads
from training.encoder_misses import misled, vectors_of
from training.encoder_trainer import Trainer
from training.questions import Asked

HARD = 2
"""Hard sentences that stand beside the right one, drawn from those of the question."""

PAIRS = 27_000
BATCH_PIECES, BLOCK = 4096, 2048
ROW_RATE, BODY_RATE, HEAD_RATE = 1e-3, 1e-4, 5e-4
PIECE_SCALE = 30.0


@dataclass(frozen=True, slots=True)
class Files:
    """What the stage starts from: tokenizer, table, the teacher's vectors, the student's weights."""

    tokenizer: Path
    start: Path
    targets: Path
    weights: Path


@dataclass(frozen=True, slots=True)
class QuestionBatch:
    """Questions, the right sentence of each, and further wrong ones."""

    questions: tuple[str, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Translations, by their places among the examples."""

    places: tuple[int, ...]


def question_batches(asked: Sequence[Asked], lengths: Mapping[str, int], seed: int) -> list[QuestionBatch]:
    """Every question once, in a seeded order, sentences of like length (in pieces, by text) together."""
    rng = random.Random(seed)
    drawn = [(one.question, [one.right, *rng.sample(one.wrong, min(HARD, len(one.wrong)))]) for one in asked]
    rng.shuffle(drawn)
    cut = []
    for at in range(0, len(drawn), BLOCK):
        block = sorted(drawn[at : at + BLOCK], key=lambda one: max(lengths[text] for text in one[1]))
        while block:
            longest = max(lengths[text] for text in block[-1][1])
            size = max(4, BATCH_PIECES // (longest * (HARD + 2)))
            cut.append(block[-size:])
            block = block[:-size]
    rng.shuffle(cut)
    return [
        QuestionBatch(
            tuple(question for question, _ in batch),
            tuple(texts[0] for _, texts in batch),
            tuple(text for _, texts in batch for text in texts[1:]),
        )
        for batch in cut
    ]


def pair_batches(places: Sequence[int], lengths: Sequence[int], seed: int) -> list[PairBatch]:
    """Every place once, in a seeded order; `lengths` are those of the longer side of each, in pieces."""
    rng = random.Random(seed)
    order = sorted(rng.sample(range(len(places)), len(places)), key=lambda i: lengths[i] // 4)
    cut = []
    while order:
        size = max(8, BATCH_PIECES // (2 * lengths[order[-1]]))
        cut.append(order[-size:])
        order = order[:-size]
    rng.shuffle(cut)
    return [PairBatch(tuple(places[i] for i in batch)) for batch in cut]


def fit(examples: Sequence[Example], asked: Sequence[Asked], files: Files, out: Path, course: int = 0) -> None:
    """Teach the student of `files` and write its state to `out`. The examples are those that it was taught before.

    Course 0 gives the student its heads; every further course goes on from the one before.
    """
    torch.manual_seed(course)
    pairs = [i for i, one in enumerate(examples) if one.text != one.english][course * PAIRS : (course + 1) * PAIRS]
    texts = _texts([examples[i] for i in pairs], asked)
    rows = dict(zip(texts, text_rows(files.tokenizer, files.start, texts), strict=True))
    lesson = _Lesson(examples, files, rows)
    if course == 0:
        start_heads(lesson.student, list(rows.values()))
    else:
        asked = misled(asked, vectors_of(lesson.student, {text: rows[text] for text in _texts((), asked)}))
    trainer = Trainer(lesson.student, (ROW_RATE, BODY_RATE, HEAD_RATE), out.with_suffix(".part"))
    plan = _plan(examples, asked, pairs, {text: len(own) for text, own in rows.items()}, course)
    first = trainer.resume()
    bar = tqdm(plan, initial=first, total=len(plan), desc="questions", mininterval=10)
    for step in range(first, len(plan)):
        batch = plan[step]
        if isinstance(batch, QuestionBatch):
            loss = lesson.of_questions(batch, trainer)
        else:
            loss = lesson.of_pairs(batch, trainer)
        trainer.update(loss, step, len(plan))
        bar.update()
        bar.set_postfix(trainer.progress, refresh=False)
        trainer.save_now_and_then(step + 1)
    torch.save(lesson.student.float().state_dict(), out)


def _texts(pairs: Sequence[Example], asked: Sequence[Asked]) -> list[str]:
    told = {text for one in asked for text in (one.question, one.right, *one.wrong)}
    return sorted({text for one in pairs for text in (one.text, one.english)} | told)


def _plan(
    examples: Sequence[Example], asked: Sequence[Asked], pairs: Sequence[int], lengths: Mapping[str, int], seed: int
) -> list[QuestionBatch | PairBatch]:
    longer = [max(lengths[examples[i].text], lengths[examples[i].english]) for i in pairs]
    plan: list[QuestionBatch | PairBatch] = [
        *question_batches(asked, lengths, seed),
        *pair_batches(pairs, longer, seed),
    ]
    random.Random(seed).shuffle(plan)
    return plan


class _Lesson:
    """The student and what its losses need."""

    def __init__(self, examples: Sequence[Example], files: Files, rows: Mapping[str, list[int]]) -> None:
        self._examples, self._rows = examples, rows
        self._wanted = np.load(files.targets, mmap_mode="r")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.student = Matcher(files.start)
        self.student.load_state_dict(torch.load(files.weights, weights_only=True), strict=False)
        self.student.to(self._device)

    def of_questions(self, batch: QuestionBatch, trainer: Trainer) -> Tensor:
        """Cross entropy of the right sentences, by vectors and by pieces."""
        questions, sentences = self._read(batch.questions), self._read(batch.right + batch.wrong)
        by_vectors = contrast(questions.vectors @ sentences.vectors.T)
        by_pieces = contrast(match(questions, sentences), PIECE_SCALE)
        trainer.note("asked", by_vectors.detach())
        trainer.note("matched", by_pieces.detach())
        return by_vectors + by_pieces

    def of_pairs(self, batch: PairBatch, trainer: Trainer) -> Tensor:
        """The distances to the teacher's vectors, and cross entropy of translations by vectors and by pieces."""
        pairs = [self._examples[place] for place in batch.places]
        wanted = torch.from_numpy(self._wanted[list(batch.places)].astype("float32")).to(self._device)
        text, english = self._read([one.text for one in pairs]), self._read([one.english for one in pairs])
        distance = (1 - (text.vectors * wanted).sum(1)).mean()
        stay = (1 - (english.vectors * wanted).sum(1)).mean()
        by_pieces = (contrast(match(text, english), PIECE_SCALE) + contrast(match(english, text), PIECE_SCALE)) / 2
        trainer.note("distance", distance.detach())
        trainer.note("pieces", by_pieces.detach())
        return DISTANCE_WEIGHT * distance + stay + contrast(text.vectors @ wanted.T) + by_pieces

    def _read(self, texts: Sequence[str]) -> Read:
        rows, mask = padded([self._rows[text] for text in texts])
        return self.student.read(rows.to(self._device), mask.to(self._device))
