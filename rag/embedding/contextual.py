"""The bundled sentence encoder: a small transformer that reads a sentence whole, in either language.

A sentence becomes one vector, and a vector for each of its pieces in their context, so that a question can be matched
with it as a whole or piece by piece. This is slower than static vectors and tells more, so it is done for few
sentences: those of the best candidates. The model is ONNX with int8 weights and runs in onnxruntime, without torch.
Every text is encoded by itself: int8 activations are scaled by the largest value of a batch, so in a batch a vector
would depend on its neighbours. What was read is kept in memory, newest use first, so that a sentence which comes up
again costs nothing.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.errors import ModelNotFound
from rag.text.folding import fold_texts

BUNDLED_FOLDER = Path(__file__).parent.parent / "resources" / "bilingual-encoder"
WEIGHTS, TOKENIZER, CONFIG = "model.onnx", "tokenizer.json", "config.json"
OUTPUTS = ("vectors", "pieces", "worth")

KEPT = 5_000
"""Sentences that stay in memory: 384 float32 each and, for some thirty pieces, 128 int8 and a float32; 30 MB in all."""

_THREADS = min(8, os.cpu_count() or 1)

_UNIT = 127.0
"""The length of a piece's vector in int8."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder makes of a text.

    `vector` has shape (dimensions,), float32, unit length. `pieces` has shape (pieces, 128), int8, unit vectors times
    127, without the marks at either end. `worth` says how much each piece matters in a question: shape (pieces,),
    float32, not negative, with sum 1 unless there are no pieces.
    """

    vector: NDArray[np.float32]
    pieces: NDArray[np.int8]
    worth: NDArray[np.float32]

    def best_in(self, text: Reading) -> NDArray[np.float32]:
        """The best cosine of every piece among the pieces of a text, shape (pieces,), -1..1; 0 where it has none."""
        if not len(text.pieces):
            return np.zeros(len(self.pieces), dtype=np.float32)
        products = self.pieces.astype(np.float32) @ text.pieces.astype(np.float32).T
        best: NDArray[np.float32] = products.max(axis=1) / np.float32(_UNIT**2)
        return best


class ContextualModel:
    """Reads sentences and questions of either language into one space. Thread-safe."""

    def __init__(self, folder: Path = BUNDLED_FOLDER) -> None:
        self._kept: OrderedDict[str, Reading] = OrderedDict()
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(_THREADS, "encoder")
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            self.fingerprint: str = str(config["fingerprint"])
            self.dimensions: int = int(config["hidden_size"])
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._tokenizer.enable_truncation(int(config["max_length"]))
            self._session = _session(folder / WEIGHTS)
        except Exception as error:  # each library raises its own kind for an absent or broken file
            raise ModelNotFound(model=folder, reason=error) from error

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, shape (texts, dimensions), float32, unit length; a text is read up to 64 pieces."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([reading.vector for reading in self.read(texts)])

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Read texts, each up to 64 pieces."""
        with self._lock:
            known = {text: self._kept[text] for text in set(texts) if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        encodings = self._tokenizer.encode_batch_fast(fold_texts(missing))
        readings = self._threads.map(self._reading, (encoding.ids for encoding in encodings))
        known.update(zip(missing, readings, strict=True))
        self._keep(known)
        return [known[text] for text in texts]

    def _reading(self, ids: list[int]) -> Reading:
        row = np.array([ids], dtype=np.int64)
        vectors, pieces, worth = self._session.run(list(OUTPUTS), {"ids": row, "mask": np.ones_like(row)})
        own: NDArray[np.float32] = worth[0, 1:-1]
        return Reading(
            vectors[0],
            np.rint(pieces[0, 1:-1] * _UNIT).astype(np.int8),
            own / max(float(own.sum()), 1e-9),
        )

    def _keep(self, readings: dict[str, Reading]) -> None:
        with self._lock:
            for text, reading in readings.items():
                self._kept[text] = reading
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _session(file: Path) -> Any:
    # importing the runtime takes a tenth of a second, which a search by words alone need not wait for
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # the texts of a call are spread over threads instead: a sentence is too short to be shared out
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def bundled_encoder() -> ContextualModel:
    """The bundled model, loaded once; raises `ModelNotFound`."""
    return ContextualModel()
