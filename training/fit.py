"""Training the rows: symmetric in-batch cross entropy over mean-pooled pairs.

A batch is made of short runs of neighbouring pairs, so that sentences of one document are told apart, and is
otherwise random over all sources. Cosine times 20, SparseAdam at 0.003 falling linearly, seeded; the vectors are
saved after every epoch and a run that was stopped goes on from there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from training.data import read_pairs

BATCH, RUN, SCALE, RATE, EPOCHS = 1024, 8, 20.0, 0.003, 3
MAX_PIECES = 200
# how often a pair of a kind is seen in an epoch
REPEATS = {"parallel": 1, "dictionary": 1, "section": 1, "question": 3}


def fit(pairs_file: Path, tokenizer_file: Path, start_file: Path, out: Path, seed: int = 0) -> None:
    """Train from the start vectors and write the rows (pieces × 256, float32) to `out` (npy)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    left, right, runs = _tokenized(pairs_file, tokenizer_file)
    start = np.load(start_file)["vectors"]
    start[0] = 0
    start /= start[start.any(axis=1)].std() * np.sqrt(start.shape[1])
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="mean", sparse=True).to(device)
    optimiser = torch.optim.SparseAdam(list(bag.parameters()), lr=RATE)
    first, steps = _resume(out, bag, optimiser), len(runs) * RUN // BATCH
    for epoch in range(first, EPOCHS):
        order = rng.permutation(len(runs))
        bar = tqdm(range(steps), desc=f"epoch {epoch + 1} of {EPOCHS}")
        for step in bar:
            chosen = np.concatenate([runs[k] for k in order[step * BATCH // RUN : (step + 1) * BATCH // RUN]])
            rate = RATE * (1 - 0.95 * (epoch * steps + step) / (EPOCHS * steps))
            loss = _step(bag, optimiser, [left[i] for i in chosen], [right[i] for i in chosen], rate)
            if step % 50 == 0:
                bar.set_postfix(loss=f"{loss:.3f}")
        torch.save({"epoch": epoch + 1, "bag": bag.state_dict(), "opt": optimiser.state_dict()}, out.with_suffix(".pt"))
    np.save(out, bag.weight.detach().cpu().numpy())


def _resume(out: Path, bag: torch.nn.EmbeddingBag, optimiser: torch.optim.Optimizer) -> int:
    saved = out.with_suffix(".pt")
    if not saved.exists():
        return 0
    state = torch.load(saved, weights_only=True)
    bag.load_state_dict(state["bag"])
    optimiser.load_state_dict(state["opt"])
    return int(state["epoch"])


def _step(
    bag: torch.nn.EmbeddingBag,
    optimiser: torch.optim.Optimizer,
    left: list[np.ndarray],
    right: list[np.ndarray],
    rate: float,
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    a, b = _pool(bag, left), _pool(bag, right)
    scores = a @ b.T * SCALE
    target = torch.arange(len(left), device=scores.device)
    loss = (torch.nn.functional.cross_entropy(scores, target) + torch.nn.functional.cross_entropy(scores.T, target)) / 2
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss)


def _pool(bag: torch.nn.EmbeddingBag, texts: list[np.ndarray]) -> torch.Tensor:
    device = bag.weight.device
    offsets = torch.tensor(np.cumsum([0] + [len(x) for x in texts[:-1]]), device=device)
    pieces = torch.from_numpy(np.concatenate(texts)).long().to(device)
    return torch.nn.functional.normalize(bag(pieces, offsets), dim=1)


def _tokenized(pairs_file: Path, tokenizer_file: Path) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Piece ids of both sides, and the runs of neighbours (runs × RUN indices into them)."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    pairs = read_pairs(pairs_file)
    sides: list[list[np.ndarray]] = [[], []]
    for at in tqdm(range(0, len(pairs), 50_000), desc="pieces"):
        for side in (0, 1):
            texts = [pair[1 + side] for pair in pairs[at : at + 50_000]]
            encoded = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            sides[side] += [np.array([i for i in e.ids[:MAX_PIECES] if i], dtype=np.int32) for e in encoded]
    usable: dict[str, list[int]] = {}
    for i, (kind, _, _) in enumerate(pairs):
        if len(sides[0][i]) >= 1 and len(sides[1][i]) >= 1:
            usable.setdefault(kind, []).append(i)
    runs = []
    for kind, indices in usable.items():
        # questions of one paragraph stand side by side: as neighbours they would be false negatives
        ordered = np.random.default_rng(0).permutation(indices) if kind == "question" else np.array(indices)
        cut = ordered[: len(ordered) // RUN * RUN].reshape(-1, RUN)
        runs += [cut] * REPEATS[kind]
    return sides[0], sides[1], np.concatenate(runs)
