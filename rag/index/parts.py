"""The derived parts of a generation, the vectors and the words, read back as they were published.

Invariant: a part is read only when its checksum is the published one, so that neither FAISS nor tantivy ever meets a
damaged file.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from rag.index import layout
from rag.index.dense import DenseIndex
from rag.index.layout import State
from rag.index.lexical import LexicalIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The vectors and words of a generation; `None` where they are missing or damaged."""

    dense: DenseIndex | None
    lexical: LexicalIndex | None

    @property
    def complete(self) -> bool:
        """Whether both are there."""
        return self.dense is not None and self.lexical is not None


def load_parts(folder: Path, state: State, count: int) -> Parts:
    """Open the vectors and words of a generation whose catalog holds `count` passages."""
    dense = load_dense(folder, state)
    lexical = load_lexical(folder, state)
    return Parts(
        dense if dense is not None and (dense.count, dense.dimensions) == (count, state.dimensions) else None,
        lexical if lexical is not None and lexical.count == count else None,
    )


def load_dense(folder: Path, state: State) -> DenseIndex | None:
    """The vectors of a generation, `None` where they are not what was published."""
    if not layout.is_intact(folder, layout.VECTORS, state):
        return None
    try:
        return DenseIndex.load(folder / layout.VECTORS)
    except (OSError, RuntimeError) as exc:
        logger.warning("%s: %s", folder / layout.VECTORS, exc)
        return None


def load_lexical(folder: Path, state: State) -> LexicalIndex | None:
    """The words of a generation, `None` where they are not what was published."""
    if not layout.is_intact(folder, layout.WORDS, state):
        return None
    try:
        return LexicalIndex.open(folder / layout.WORDS)
    except (OSError, ValueError) as exc:
        logger.warning("%s: %s", folder / layout.WORDS, exc)
        return None
