"""Any sentence-transformers model as an encoder, by name or folder.

Prompts: a model that carries its own (`query`, `passage` or `document`, as Qwen3-Embedding does) is asked with
them; the E5 and BGE families, which name theirs only in their documentation, are recognised by name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import MissingDependency, ModelNotFound

# (part of the model's name, prompt of a question, prompt of a passage), from the families' documentation
_PROMPTS = (
    ("e5-", "query: ", "passage: "),
    ("bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-base-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-small-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-large-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-base-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-small-en", "Represent this sentence for searching relevant passages: ", ""),
)

# values of a tensor that its digest looks at, about
_SAMPLE = 1024


class TransformerEncoder:
    """Implements `rag.types.Encoder` over a SentenceTransformer, which is loaded at once and kept offline."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model = _load(name)
        self._query_prompt, self._passage_prompt = _prompts(name, dict(self._model.prompts or {}))
        self.dimensions: int = int(self.encode_query("a").shape[0])
        self.fingerprint: str = f"{Path(name).name}-{_weights_digest(self._model)}"

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages, shape (texts, dimensions), float32."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._encode(self._model.encode_document, list(texts), self._passage_prompt)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Vector of a question, shape (dimensions,), float32."""
        vector: NDArray[np.float32] = self._encode(self._model.encode_query, [text], self._query_prompt)[0]
        return vector

    @staticmethod
    def _encode(encode: Callable[..., Any], texts: list[str], prompt: str) -> NDArray[np.float32]:
        # half a surrogate pair is no character, and the tokenizers refuse it
        texts = [text.encode("utf-8", "replace").decode() for text in texts]
        vectors = encode(texts, prompt=prompt or None, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def _load(name: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingDependency(package="sentence-transformers", extra="sentence-transformers") from error
    # a model is fetched only where the user has allowed it; an ingest must not start a download by itself
    fetch = os.environ.get("RAG_ALLOW_DOWNLOAD") == "1"
    try:
        return SentenceTransformer(name, local_files_only=not fetch, trust_remote_code=False)
    except Exception as error:  # the loaders below raise their own kinds for every way a folder can be unusable
        raise ModelNotFound(model=name, reason=str(error).splitlines()[0] if str(error) else error) from error


def _prompts(name: str, own: dict[str, str]) -> tuple[str, str]:
    if any(own.values()):
        return own.get("query", ""), own.get("passage", own.get("document", ""))
    folded = name.lower()
    for part, query, passage in _PROMPTS:
        if part in folded:
            return query, passage
    return "", ""


def _weights_digest(model: Any) -> str:
    """Eight characters that change with the weights: a digest over values from all parts of every tensor."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        values = tensor.flatten()
        sample = values[:: max(1, len(values) // _SAMPLE)]
        digest.update(np.asarray(sample.float().cpu()).tobytes())
    return digest.hexdigest()[:8]
