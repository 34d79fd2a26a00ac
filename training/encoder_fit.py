"""Teaching the small transformer Chinese: a sentence must land where the teacher puts its English twin.

Loss: five times the cosine distance to the teacher's vector, plus in-batch cross entropy at scale 20 (after Reimers
and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"). The English
rows stay as they are; the Chinese rows learn at 2e-3, the body at 2e-4, both falling linearly. The body works in
bfloat16 beside float32 master weights.
"""

from __future__ import annotations

import os
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
from training.encoder_trainer import Trainer
from training.start import teacher_folder

MAX_PIECES, TOKENS = 64, 4096
ROW_RATE, BODY_RATE = 2e-3, 2e-4
SCALE, DISTANCE_WEIGHT = 20.0, 5.0


class Student(nn.Module):  # type: ignore[misc]
    """The teacher's body over a table of frozen English rows and trained Chinese ones."""

    def __init__(self, start_file: Path) -> None:
        super().__init__()
        start = np.load(start_file)
        vectors, self.english = torch.tensor(start["vectors"]), int(start["english"])
        self.fixed = nn.Parameter(vectors[: self.english], requires_grad=False)
        self.rows = nn.Embedding.from_pretrained(vectors[self.english :], freeze=False, sparse=True)
        self.body = load_teacher()

    def head_parameters(self) -> Sequence[nn.Parameter]:
        """What is trained beside table and body: nothing here."""
        return ()

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Unit vectors (texts × 384, float32) of rows of the table (texts × pieces, int64) under a mask."""
        return pooled(self.body, mask, inputs_embeds=self.inputs(rows))

    def inputs(self, rows: Tensor) -> Tensor:
        """The vectors of rows (texts × pieces × 384, bfloat16)."""
        english = nn.functional.embedding(rows.clamp(max=self.english - 1), self.fixed)
        chinese = self.rows((rows - self.english).clamp(min=0))
        mixed = torch.where((rows < self.english)[..., None], english, chinese)
        return mixed.to(torch.bfloat16)


def load_teacher() -> Any:
    """all-MiniLM-L6-v2 in bfloat16, without dropout."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModel

    return AutoModel.from_pretrained(teacher_folder()).to(torch.bfloat16).eval()


def pooled(body: Any, mask: Tensor, **inputs: Tensor) -> Tensor:
    """The mean of the last layer under the mask, unit length, float32."""
    return mean_of(body(attention_mask=mask, **inputs).last_hidden_state.float(), mask)


def mean_of(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean of states (texts × pieces × 384, float32) under a mask, unit length (texts × 384)."""
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
    trainer = Trainer(student, (ROW_RATE, BODY_RATE, 0.0), out.with_suffix(".part"))
    plan = batches([len(t) for t in texts], seed=1)
    first = trainer.resume()
    bar = tqdm(plan, initial=first, total=len(plan), desc="encoder", mininterval=10)
    for step in range(first, len(plan)):
        rows, mask = padded([texts[i] for i in plan[step]])
        goal = torch.from_numpy(wanted[plan[step]].astype("float32")).to(device)
        found = student(rows.to(device), mask.to(device))
        distance = (1 - (found * goal).sum(1)).mean()
        trainer.update(DISTANCE_WEIGHT * distance + contrast(found @ goal.T), step, len(plan))
        trainer.note("distance", distance.detach())
        bar.update()
        bar.set_postfix(trainer.progress, refresh=False)
        trainer.save_now_and_then(step + 1)
    torch.save(student.float().state_dict(), out)


def contrast(cosines: Tensor, scale: float = SCALE) -> Tensor:
    """Cross entropy of every row of cosines, whose right one stands on the diagonal."""
    return nn.functional.cross_entropy(cosines * scale, torch.arange(len(cosines), device=cosines.device))


def text_rows(tokenizer_file: Path, start_file: Path, texts: Sequence[str]) -> list[list[int]]:
    """Rows of the vector table for each text, cut at MAX_PIECES."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAX_PIECES)
    row_of = np.load(start_file)["row_of"]
    found: list[list[int]] = []
    for at in range(0, len(texts), 50_000):
        found += [row_of[e.ids].tolist() for e in tokenizer.encode_batch_fast(list(texts[at : at + 50_000]))]
    return found
