"""The bundled sentence encoder: a small transformer that reads a sentence whole, in either language.

Its vectors are slower to make than static ones and tell more, so they are made for few sentences: those of the best
candidates. The model is ONNX with int8 weights and runs in onnxruntime, without torch. Every text is encoded by
itself: int8 activations are scaled by the largest value of a batch, so in a batch a vector would depend on its
neighbours. Vectors of sentences are kept in memory, newest use first, so that one which comes up again costs nothing.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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

KEPT = 20_000
"""Sentences whose vectors stay in memory: 384 float32 each, 31 MB in all."""

_THREADS = min(8, os.cpu_count() or 1)


class ContextualModel:
    """Turns sentences and questions of either language into unit vectors of one space. Thread-safe."""

    def __init__(self, folder: Path = BUNDLED_FOLDER) -> None:
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
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
        with self._lock:
            known = {text: self._kept[text] for text in set(texts) if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        encodings = self._tokenizer.encode_batch_fast(fold_texts(missing))
        vectors = self._threads.map(self._vector, (encoding.ids for encoding in encodings))
        known.update(zip(missing, vectors, strict=True))
        self._keep(known)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def _vector(self, pieces: list[int]) -> NDArray[np.float32]:
        ids = np.array([pieces], dtype=np.int64)
        vector: NDArray[np.float32] = self._session.run(["vectors"], {"ids": ids, "mask": np.ones_like(ids)})[0][0]
        return vector

    def _keep(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            for text, vector in vectors.items():
                self._kept[text] = vector
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
