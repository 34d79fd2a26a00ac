"""Search by vector: an inner-product index over the passages' vectors, kept by FAISS.

Invariant: the index holds exactly the keys and vectors of its catalog. Up to `EXACT_LIMIT` passages every vector is
compared, so the result is exact; above, an inverted file compares the vectors of the nearest clusters only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from rag.types import Candidate

# its type stubs lack what its Python side adds to the C++ classes
faiss: Any = _faiss

EXACT_LIMIT = 100_000
"""Up to this many passages every vector is compared."""

# a search visits one cluster in eight, never fewer than this
_LEAST_PROBES = 8
# clusters are found on a sample, as FAISS advises 39 to 256 points each
_SAMPLE = 64


class Selection:
    """The passages that a filter lets through, as a bitmap over their keys."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        """Let through `keys`, int64, none negative."""
        self.count = len(keys)
        marks = np.zeros(int(keys.max(initial=-1)) + 1, dtype=bool)
        marks[keys] = True
        self.selector = faiss.IDSelectorBitmap(np.packbits(marks, bitorder="little"))


def make_index(dimensions: int, count: int, limit: int = EXACT_LIMIT) -> Any:
    """An empty FAISS index that suits `count` passages: flat up to `limit`, else an inverted file (to be trained)."""
    if count <= limit:
        return faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))
    clusters = max(1, math.isqrt(count))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimensions), dimensions, clusters, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _SAMPLE
    return index


class DenseIndex:
    """Vectors by key, searched by inner product, from any thread."""

    def __init__(self, index: Any) -> None:
        """Wrap a FAISS index that holds its vectors under their keys."""
        self._index = index

    @classmethod
    def build(
        cls, keys: NDArray[np.int64], vectors: NDArray[np.float32], dimensions: int, limit: int = EXACT_LIMIT
    ) -> DenseIndex:
        """Index `vectors`, float32 of shape (passages, dimensions), under `keys`, int64 of shape (passages,)."""
        index = make_index(dimensions, len(keys), limit)
        if not index.is_trained:
            index.train(vectors)
        if len(keys):
            index.add_with_ids(vectors, keys)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Read what `save` wrote; raises `OSError` or, where FAISS cannot read it, `RuntimeError`."""
        # through bytes: FAISS opens no file names outside the system's code page
        return cls(faiss.deserialize_index(np.fromfile(path, dtype=np.uint8)))

    def save(self, path: Path) -> None:
        """Write the index to `path`; raises `OSError`."""
        # through Python: FAISS overlooks a disk that fills up on closing
        with path.open("wb") as stream:
            stream.write(memoryview(faiss.serialize_index(self._index)))

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def is_exact(self) -> bool:
        """Whether every vector is compared."""
        return not isinstance(self._index, faiss.IndexIVF)

    def keys(self) -> NDArray[np.int64]:
        """The keys, ascending, int64."""
        if self.is_exact:
            return np.sort(faiss.vector_to_array(self._index.id_map))
        lists = self._index.invlists
        held = [
            faiss.rev_swig_ptr(lists.get_ids(n), lists.list_size(n)) for n in range(lists.nlist) if lists.list_size(n)
        ]
        return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *held]))

    def change(self, removed: Sequence[int], keys: NDArray[np.int64], vectors: NDArray[np.float32]) -> bool:
        """Take out `removed` and add `vectors` under `keys` to the clusters there are.

        `False`, and nothing is done, where the index has no clusters or too few for its new size.
        """
        count = self.count - len(removed) + len(keys)
        if self.is_exact or math.isqrt(count) > 2 * self._index.nlist:
            return False
        self._index.remove_ids(np.asarray(removed, dtype=np.int64))
        if len(keys):
            self._index.add_with_ids(vectors, keys)
        return True

    def search(self, vector: NDArray[np.float32], k: int, selection: Selection | None = None) -> tuple[Candidate, ...]:
        """The k keys of the highest inner product with `vector`, shape (dimensions,), best first, ties by key."""
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if query.shape[1] != self.dimensions:
            raise ValueError(f"the index holds {self.dimensions} dimensions, the query has {query.shape[1]}")
        k = min(k, self.count if selection is None else selection.count)
        if k <= 0:
            return ()
        scores, keys = self._index.search(query, k, params=self._parameters(selection))
        pairs = zip(keys[0].tolist(), scores[0].tolist(), strict=True)
        found = [Candidate(key, score) for key, score in pairs if key >= 0]
        return tuple(sorted(found, key=lambda candidate: (-candidate.score, candidate.key)))

    def _parameters(self, selection: Selection | None) -> Any:
        selector = None if selection is None else selection.selector
        if self.is_exact:
            return None if selector is None else faiss.SearchParameters(sel=selector)
        clusters = int(self._index.nlist)
        probes = max(_LEAST_PROBES, clusters // 8)
        # few passages may lie in any cluster, and comparing them all is quick
        if selection is not None and selection.count <= EXACT_LIMIT:
            probes = clusters
        return faiss.SearchParametersIVF(sel=selector, nprobe=min(probes, clusters))
