"""The sentences that the encoder itself takes for the answer: what a second course on questions is taught with.

Once the first course is learned, few of the sentences that lie near by their words mislead the encoder. Those that
lie near by its own vectors do (after Xiong et al. 2021, "Approximate Nearest Neighbor Negative Contrastive Learning
for Dense Text Retrieval").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from training.encoder_fit import Student, batches, padded
from training.questions import HARD, Asked, is_chinese

NEAREST = 40
"""Sentences that are looked at for a question; most of those that hold the answer are among its first few."""


def misled(asked: Sequence[Asked], vectors: dict[str, NDArray[np.float32]]) -> list[Asked]:
    """The same questions, each beside the nearest sentences that hold no accepted answer, nearest first.

    `vectors` (384, unit length, by text) hold every question and sentence. A question with no such sentence keeps
    those it had.
    """
    found: dict[int, Asked] = {}
    for chinese in (False, True):
        places = [i for i, one in enumerate(asked) if is_chinese(one.right) is chinese]
        if places:
            told = sorted({text for i in places for text in (asked[i].right, *asked[i].wrong)})
            table = np.stack([vectors[text] for text in told])
            for i in places:
                found[i] = _misled(asked[i], told, table @ vectors[asked[i].question])
    return [found[i] for i in range(len(asked))]


def _misled(one: Asked, told: Sequence[str], cosines: NDArray[np.float32]) -> Asked:
    first = np.argpartition(-cosines, min(NEAREST, len(cosines) - 1))[:NEAREST]
    near = [told[i] for i in first[np.argsort(-cosines[first], kind="stable")]]
    wrong = [text for text in near if text != one.right and not any(answer in text for answer in one.accepted)]
    return replace(one, wrong=tuple(wrong[:HARD])) if wrong else one


@torch.no_grad()  # type: ignore[untyped-decorator]
def vectors_of(student: Student, rows: dict[str, list[int]]) -> dict[str, NDArray[np.float32]]:
    """The student's vectors (384, unit length) of texts, given by the rows of their pieces."""
    device = student.fixed.device
    texts = list(rows)
    found: dict[str, NDArray[np.float32]] = {}
    bar = tqdm(total=len(texts), desc="misses", mininterval=10)
    for batch in batches([len(rows[text]) for text in texts], seed=0):
        numbers, mask = padded([rows[texts[i]] for i in batch])
        made = student(numbers.to(device), mask.to(device)).cpu().numpy()
        found.update((texts[i], vector) for i, vector in zip(batch, made, strict=True))
        bar.update(len(batch))
    return found
