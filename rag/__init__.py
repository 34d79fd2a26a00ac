"""bilingual-rag: answers questions about Chinese and English articles, each sentence cited, on your own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Settings
    from rag.errors import RagError
    from rag.types import Answer, AnswerEvent, Article, Citation, Evidence, Filters, Hit, Passage

__all__ = [
    "Answer",
    "AnswerEvent",
    "Article",
    "Assistant",
    "Citation",
    "Evidence",
    "Filters",
    "Hit",
    "Passage",
    "RagError",
    "Settings",
]
_HOMES = {"Assistant": "rag.assistant", "Settings": "rag.config", "RagError": "rag.errors"}


def __getattr__(name: str) -> Any:
    # loaded when asked for: a command that needs no index should not wait for one
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "rag.types")), name)
