"""The bundled bilingual model: one vector a piece, looked up and averaged; numpy only.

The folder is a quantised model2vec model (int8 rows, one float32 scale a row) that sentence-transformers opens
too. Text is folded before it is cut into pieces. The same rows serve late interaction, so a `StaticModel` also
gives pieces, their vectors and how rare they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from rag.errors import ModelNotFound
from rag.text.folding import Folded, fold, fold_texts

BUNDLED_FOLDER = Path(__file__).parent.parent / "resources" / "bilingual-static"
WEIGHTS, PIECES, TOKENIZER, CONFIG = "model.safetensors", "pieces.safetensors", "tokenizer.json", "config.json"
_BATCH = 256


class StaticModel:
    """Pieces and their vectors. Implements `rag.types.Encoder`."""

    def __init__(self, folder: Path = BUNDLED_FOLDER) -> None:
        self.folder = folder
        try:
            self._fingerprint = str(json.loads((folder / CONFIG).read_text(encoding="utf-8"))["fingerprint"])
            self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            with safe_open(folder / WEIGHTS, framework="numpy") as file:
                self.rows: NDArray[np.int8] = file.get_tensor("embeddings")
                self.scales: NDArray[np.float32] = file.get_tensor("weights")
            with safe_open(folder / PIECES, framework="numpy") as file:
                self.frequency: NDArray[np.float32] = file.get_tensor("frequency")
        except Exception as error:  # each library raises its own kind for an absent or broken file
            raise ModelNotFound(model=folder, reason=error) from error

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.rows.shape[1])

    @property
    def fingerprint(self) -> str:
        """The model's name and the first 16 hex digits of the SHA-256 of its weights and tokenizer."""
        return self._fingerprint

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """log(pieces in the training text / occurrences of the piece), shape (pieces,), about 2 to 16."""
        total = float(self.frequency.sum())
        rarity: NDArray[np.float32] = np.log(total / (self.frequency + 5.0)).astype(np.float32)
        return rarity

    def pieces(self, texts: Sequence[str]) -> list[NDArray[np.uint32]]:
        """Piece ids of each text, in order, unknown pieces left out."""
        return self.pieces_of_folded(fold_texts(texts))

    def pieces_of_folded(self, texts: Sequence[str]) -> list[NDArray[np.uint32]]:
        """`pieces` of texts that are folded already."""
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [_known(encoding.ids) for encoding in encodings]

    def pieces_with_spans(self, text: str) -> tuple[NDArray[np.uint32], list[tuple[int, int]]]:
        """Piece ids of a text and the original span of each."""
        folded: Folded = fold(text)
        encoding = self.tokenizer.encode(folded.text, add_special_tokens=False)
        kept = [(i, span) for i, span in zip(encoding.ids, encoding.offsets, strict=True) if i]
        return (
            np.array([i for i, _ in kept], dtype=np.uint32),
            [folded.original_span(start, end) for _, (start, end) in kept],
        )

    def piece_text(self, piece: int) -> str:
        """The characters of a piece, folded."""
        return str(self.tokenizer.id_to_token(piece))

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many pieces each text has."""
        return [len(pieces) for pieces in self.pieces(texts)]

    def vectors(self, pieces: NDArray[np.uint32]) -> NDArray[np.float32]:
        """Unit vectors of pieces, shape (pieces, dimensions)."""
        vectors = self.rows[pieces].astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(lengths, 1e-9)[:, None]
        return vectors

    def pooled(self, pieces: NDArray[np.uint32]) -> NDArray[np.float32]:
        """The unit mean of the pieces' scaled rows, shape (dimensions,); zero where there is no piece."""
        if not len(pieces):
            return np.zeros(self.dimensions, dtype=np.float32)
        mean = self.scales[pieces] @ self.rows[pieces].astype(np.float32)
        length = float(np.linalg.norm(mean))
        return (mean / length if length else mean).astype(np.float32)

    def encode_pieces(self, texts: Sequence[NDArray[np.uint32]]) -> NDArray[np.float32]:
        """Vectors of texts already cut into pieces, shape (texts, dimensions)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([self.pooled(pieces) for pieces in texts])

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages, shape (texts, dimensions), float32."""
        blocks = [self.encode_pieces(self.pieces(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.dimensions), dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Vector of a question, shape (dimensions,), float32."""
        return self.pooled(self.pieces([text])[0])


def _known(ids: list[int]) -> NDArray[np.uint32]:
    pieces = np.array(ids, dtype=np.uint32)
    return pieces[pieces > 0]


@lru_cache(maxsize=1)
def bundled_model() -> StaticModel:
    """The model inside the package, loaded once."""
    return StaticModel()
