"""The student with heads for its pieces: late interaction over what the transformer makes of them.

Of every question piece its best cosine among the pieces of the sentence counts, by what the question piece is worth
(after Khattab and Zaharia 2020, "ColBERT"). A piece in its context is a projection of the fourth layer and the last
one to `WIDTH` dimensions, and its worth comes from the fourth layer by a linear map. The projection starts as the
principal directions of the fourth layer, and the worth as inverse frequency, so that the match works before it is
taught.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.encoder_fit import Student, mean_of, padded

LAYER, WIDTH = 4, 128
SAMPLE, FREQUENT, WORTHLESS = 4_000, 0.08, -3.0
"""Texts that the heads start from; a piece in more than this share of them starts as worth nothing."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the encoder makes of texts: unit vectors (texts × 384), unit pieces (texts × pieces × WIDTH), their worth.

    The worth (texts × pieces) is 0 for padding and for the marks at the ends, else positive; `mask` is 1 for the rest.
    """

    vectors: Tensor
    pieces: Tensor
    worth: Tensor
    mask: Tensor


class Matcher(Student):
    """The student with heads for its pieces."""

    def __init__(self, start_file: Path) -> None:
        super().__init__(start_file)
        width = self.fixed.shape[1]
        self.middle = nn.Linear(width, WIDTH, bias=False)
        self.last = nn.Linear(width, WIDTH, bias=False)
        self.worth = nn.Linear(width, 1)
        nn.init.zeros_(self.last.weight)

    def head_parameters(self) -> Sequence[nn.Parameter]:
        """The projections and the worth."""
        return [*self.middle.parameters(), *self.last.parameters(), *self.worth.parameters()]

    def states(self, rows: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The states of the fourth and the last layer (texts × pieces × 384, float32)."""
        found = self.body(attention_mask=mask, inputs_embeds=self.inputs(rows), output_hidden_states=True).hidden_states
        return found[LAYER].float(), found[-1].float()

    def read(self, rows: Tensor, mask: Tensor) -> Read:
        """Read rows of the table (texts × pieces, int64) under a mask."""
        middle, last = self.states(rows, mask)
        pieces = nn.functional.normalize(self.middle(middle) + self.last(last), dim=2)
        inside = inner(mask)
        worth = nn.functional.softplus(self.worth(middle)[..., 0]) * inside
        return Read(mean_of(last, mask), pieces, worth, inside)


def inner(mask: Tensor) -> Tensor:
    """A mask without the mark at either end (texts × pieces, float32)."""
    shifted = torch.cat([mask[:, 1:], torch.zeros_like(mask[:, :1])], dim=1)
    inside = shifted.float()
    inside[:, 0] = 0
    return inside


def match(asked: Read, told: Read) -> Tensor:
    """What every asked text finds of itself in every told one (asked × told), -1..1."""
    cosines = torch.einsum("aid,tjd->atij", asked.pieces, told.pieces)
    best = cosines.masked_fill(told.mask[None, :, None] == 0, -1.0).amax(3)
    worth = asked.worth / asked.worth.sum(1, keepdim=True).clamp(min=1e-6)
    return (best * worth[:, None]).sum(2)


@torch.no_grad()  # type: ignore[untyped-decorator]
def start_heads(student: Matcher, texts: Sequence[Sequence[int]]) -> None:
    """Let the pieces be the principal directions of the fourth layer, and their worth inverse frequency."""
    device = student.worth.weight.device
    sample = random.Random(0).sample(list(texts), min(SAMPLE, len(texts)))
    share = np.zeros(student.english + student.rows.num_embeddings)
    for text in sample:
        share[np.unique(text)] += 1 / len(sample)
    states, rows = [], []
    for at in range(0, len(sample), 64):
        numbers, mask = padded(sample[at : at + 64])
        inside = inner(mask).bool()
        states.append(student.states(numbers.to(device), mask.to(device))[0].cpu()[inside].numpy())
        rows.append(numbers[inside].numpy())
    found = np.concatenate(states)
    _, _, directions = np.linalg.svd(found.T @ found)
    student.middle.weight.copy_(torch.from_numpy(directions[:WIDTH].copy()))
    _start_worth(student, found, share[np.concatenate(rows)])


def _start_worth(student: Matcher, states: NDArray[np.float32], share: NDArray[np.float64]) -> None:
    from sklearn.linear_model import Ridge

    wanted = np.where(share > FREQUENT, WORTHLESS, np.log(1 / np.maximum(share, 1e-9)))
    fitted = Ridge(alpha=10.0).fit(states, wanted)
    student.worth.weight.copy_(torch.from_numpy(fitted.coef_[None].astype("float32")))
    student.worth.bias.fill_(float(fitted.intercept_))
