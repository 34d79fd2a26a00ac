"""The optimisers of the sentence encoder, the float32 weights behind its bfloat16 body, and the state of a run.

The rates of body and rows rise over `WARM_UP` steps and fall linearly to nothing. State is saved every few minutes
and a run that was stopped goes on from it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

WARM_UP = 200
SAVE_EVERY_S = 300


class Trainer:
    """Trains a student's Chinese rows, its body and further parameters, `heads`, at rates of their own."""

    def __init__(self, student: Any, rates: tuple[float, float, float], saved: Path) -> None:
        self.student, self.saved = student, saved
        self.body = list(student.body.parameters())
        self.master = [p.detach().float().clone().requires_grad_() for p in self.body]
        self.heads: Sequence[nn.Parameter] = list(student.head_parameters())
        groups = [{"params": self.master, "lr": rates[1]}, {"params": self.heads, "lr": rates[2]}]
        self._dense = torch.optim.AdamW([g for g in groups if g["params"]], weight_decay=0.01)
        self._sparse = torch.optim.SparseAdam(list(student.rows.parameters()), lr=rates[0])
        self._rates = [float(group["lr"]) for group in self._groups()]
        self._last_save = time.monotonic()
        self.progress: dict[str, float] = {}

    def update(self, loss: Tensor, step: int, steps: int) -> None:
        """One step down a loss."""
        share = min(1.0, (step + 1) / WARM_UP) * (1 - step / steps)
        for group, rate in zip(self._groups(), self._rates, strict=True):
            group["lr"] = rate * share
        loss.backward()
        for master, working in zip(self.master, self.body, strict=True):
            master.grad = None if working.grad is None else working.grad.float()
            working.grad = None
        torch.nn.utils.clip_grad_norm_([*self.master, *self.heads], 1.0)
        self._dense.step()
        self._sparse.step()
        self._dense.zero_grad()
        self._sparse.zero_grad()
        with torch.no_grad():
            for master, working in zip(self.master, self.body, strict=True):
                working.copy_(master)

    def _groups(self) -> list[dict[str, Any]]:
        # loading a state makes new groups, so they are not kept
        return [*self._dense.param_groups, *self._sparse.param_groups]

    def note(self, name: str, value: Tensor) -> None:
        """Keep the running mean of a figure for the progress line."""
        self.progress[name] = 0.98 * self.progress.get(name, float(value)) + 0.02 * float(value)

    def save_now_and_then(self, step: int) -> None:
        """Save if the last time is some minutes ago."""
        if time.monotonic() - self._last_save > SAVE_EVERY_S:
            self.save(step)

    def save(self, step: int) -> None:
        """Keep everything that a later run needs to go on."""
        part = self.saved.with_suffix(".writing")
        state = {
            "step": step,
            "student": self.student.state_dict(),
            "master": self.master,
            "dense": self._dense.state_dict(),
            "sparse": self._sparse.state_dict(),
            "progress": self.progress,
        }
        torch.save(state, part)
        part.replace(self.saved)
        self._last_save = time.monotonic()

    def resume(self) -> int:
        """Go on from the saved state, if there is one; gives the step to begin with."""
        if not self.saved.exists():
            return 0
        state = torch.load(self.saved, weights_only=True)
        self.student.load_state_dict(state["student"])
        with torch.no_grad():
            for master, kept in zip(self.master, state["master"], strict=True):
                master.copy_(kept)
        self._dense.load_state_dict(state["dense"])
        self._sparse.load_state_dict(state["sparse"])
        self.progress = dict(state["progress"])
        return int(state["step"])
