"""Teaching the small transformer Chinese: a sentence must land where the teacher puts its English twin.

Loss: five times the cosine distance to the teacher's vector, plus in-batch cross entropy at scale 20 (after Reimers
and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"). The English
rows stay as they are; the Chinese rows learn at 2e-3, the body at 2e-4, both falling linearly. The body works in
bfloat16 beside float32 master weights. State is saved every few minutes and a run that was stopped goes on from it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm

from training.encoder_data import Example
from training.start import teacher_folder

MAX_PIECES, TOKENS = 64, 4096
ROW_RATE, BODY_RATE, WARM_UP = 2e-3, 2e-4, 200
SCALE, DISTANCE_WEIGHT = 20.0, 5.0
SAVE_EVERY_S = 300


class Student(nn.Module):  # type: ignore[misc]
    """The teacher's body over a table of frozen English rows and trained Chinese ones."""

    def __init__(self, start_file: Path) -> None:
        super().__init__()
        start = np.load(start_file)
        vectors, self.english = torch.tensor(start["vectors"]), int(start["english"])
        self.fixed = nn.Parameter(vectors[: self.english], requires_grad=False)
        self.rows = nn.Embedding.from_pretrained(vectors[self.english :], freeze=False, sparse=True)
        self.body = load_teacher()

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors (texts × 384, float32) of rows of the table (texts × pieces, int64) under a mask."""
        english = nn.functional.embedding(rows.clamp(max=self.english - 1), self.fixed)
        chinese = self.rows((rows - self.english).clamp(min=0))
        mixed = torch.where((rows < self.english)[..., None], english, chinese)
        return pooled(self.body, mask, inputs_embeds=mixed.to(torch.bfloat16))


def load_teacher() -> Any:
    """all-MiniLM-L6-v2 in bfloat16, without dropout."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModel

    return AutoModel.from_pretrained(teacher_folder()).to(torch.bfloat16).eval()


def pooled(body: Any, mask: Tensor, **inputs: Tensor) -> Tensor:
    """The mean of the last layer under the mask, unit length, float32."""
    hidden = body(attention_mask=mask, **inputs).last_hidden_state.float()
    weights = mask[..., None].float()
    return nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def batches(lengths: Sequence[int], seed: int) -> list[NDArray[np.int64]]:
    """Indices of texts of like length, about TOKENS pieces a batch, in a seeded order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    cut = []
    for at in range(0, len(order), 16_384):
        block = order[at : at + 16_384]
        block = block[np.argsort([lengths[i] for i in block], kind="stable")]
        while len(block):
            size = max(8, min(256, TOKENS // lengths[block[-1]]))
            cut.append(block[-size:])
            block = block[:-size]
    return [cut[i] for i in rng.permutation(len(cut))]


def padded(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Piece numbers and mask (texts × pieces, int64), filled up with 0."""
    widest = max(len(text) for text in texts)
    numbers = torch.zeros(len(texts), widest, dtype=torch.long)
    mask = torch.zeros(len(texts), widest, dtype=torch.long)
    for i, text in enumerate(texts):
        numbers[i, : len(text)] = torch.tensor(text)
        mask[i, : len(text)] = 1
    return numbers, mask


def targets(examples: Sequence[Example], out: Path) -> None:
    """Write the teacher's vectors of the English sides (examples × 384, float16) to `out` (npy)."""
    tokenizer = Tokenizer.from_file(str(teacher_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    teacher = load_teacher().to(device)
    distinct = sorted({e.english for e in examples})
    place = {text: i for i, text in enumerate(distinct)}
    pieces = [encoding.ids for encoding in tokenizer.encode_batch_fast(distinct)]
    vectors = np.zeros((len(distinct), 384), dtype="float16")
    bar = tqdm(total=len(distinct), desc="teacher", mininterval=5)
    for batch in batches([len(p) for p in pieces], seed=0):
        numbers, mask = padded([pieces[i] for i in batch])
        with torch.inference_mode():
            vectors[batch] = pooled(teacher, mask.to(device), input_ids=numbers.to(device)).cpu().numpy()
        bar.update(len(batch))
    np.save(out, vectors[[place[e.english] for e in examples]])


def fit(examples: Sequence[Example], tokenizer_file: Path, start_file: Path, targets_file: Path, out: Path) -> None:
    """Train over the examples once and write the student's state to `out`."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    student = Student(start_file).to(device)
    texts = text_rows(tokenizer_file, start_file, [e.text for e in examples])
    wanted = np.load(targets_file, mmap_mode="r")
    trainer = _Trainer(student, out.with_suffix(".part"))
    plan = batches([len(t) for t in texts], seed=1)
    saved = time.monotonic()
    first = trainer.resume()
    bar = tqdm(plan, initial=first, total=len(plan), desc="encoder", mininterval=10)
    for step in range(first, len(plan)):
        batch = plan[step]
        rows, mask = padded([texts[i] for i in batch])
        goal = torch.from_numpy(wanted[batch].astype("float32")).to(device)
        distance = trainer.step(rows.to(device), mask.to(device), goal, step, len(plan))
        bar.update()
        if step % 20 == 0:
            bar.set_postfix(distance=f"{distance:.3f}")
        if time.monotonic() - saved > SAVE_EVERY_S:
            trainer.save(step + 1)
            saved = time.monotonic()
    torch.save(student.float().state_dict(), out)


def text_rows(tokenizer_file: Path, start_file: Path, texts: Sequence[str]) -> list[list[int]]:
    """Rows of the vector table for each text, cut at MAX_PIECES."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAX_PIECES)
    row_of = np.load(start_file)["row_of"]
    found: list[list[int]] = []
    for at in range(0, len(texts), 50_000):
        found += [row_of[e.ids].tolist() for e in tokenizer.encode_batch_fast(list(texts[at : at + 50_000]))]
    return found


class _Trainer:
    """The two optimisers, the float32 master weights of the body, and the saved state."""

    def __init__(self, student: Student, saved: Path) -> None:
        self.student, self.saved = student, saved
        self.body = list(student.body.parameters())
        self.master = [p.detach().float().clone().requires_grad_() for p in self.body]
        self.body_optimiser = torch.optim.AdamW(self.master, lr=BODY_RATE, weight_decay=0.01)
        self.row_optimiser = torch.optim.SparseAdam(list(student.rows.parameters()), lr=ROW_RATE)
        self.distance = 1.0

    def step(self, rows: Tensor, mask: Tensor, goal: Tensor, step: int, steps: int) -> float:
        """One update; gives the running mean of the cosine distance."""
        share = min(1.0, (step + 1) / WARM_UP) * (1 - step / steps)
        self.body_optimiser.param_groups[0]["lr"] = BODY_RATE * share
        self.row_optimiser.param_groups[0]["lr"] = ROW_RATE * share
        found = self.student(rows, mask)
        distance = (1 - (found * goal).sum(1)).mean()
        own = torch.arange(len(goal), device=goal.device)
        loss = DISTANCE_WEIGHT * distance + nn.functional.cross_entropy(found @ goal.T * SCALE, own)
        loss.backward()
        self._update()
        self.distance = 0.98 * self.distance + 0.02 * float(distance)
        return self.distance

    def _update(self) -> None:
        for master, working in zip(self.master, self.body, strict=True):
            master.grad = None if working.grad is None else working.grad.float()
            working.grad = None
        torch.nn.utils.clip_grad_norm_(self.master, 1.0)
        self.body_optimiser.step()
        self.row_optimiser.step()
        self.row_optimiser.zero_grad()
        with torch.no_grad():
            for master, working in zip(self.master, self.body, strict=True):
                working.copy_(master)

    def save(self, step: int) -> None:
        """Keep everything that a later run needs to go on."""
        part = self.saved.with_suffix(".writing")
        state = {
            "step": step,
            "student": self.student.state_dict(),
            "master": self.master,
            "body_optimiser": self.body_optimiser.state_dict(),
            "row_optimiser": self.row_optimiser.state_dict(),
            "distance": self.distance,
        }
        torch.save(state, part)
        part.replace(self.saved)

    def resume(self) -> int:
        """Go on from the saved state, if there is one; gives the step to begin with."""
        if not self.saved.exists():
            return 0
        state = torch.load(self.saved, weights_only=True)
        self.student.load_state_dict(state["student"])
        with torch.no_grad():
            for master, kept in zip(self.master, state["master"], strict=True):
                master.copy_(kept)
        self.body_optimiser.load_state_dict(state["body_optimiser"])
        self.row_optimiser.load_state_dict(state["row_optimiser"])
        self.distance = float(state["distance"])
        return int(state["step"])
