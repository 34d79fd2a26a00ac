"""What a library tells of its articles and of its work, all frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.types import ArticleInfo
from ui.uploads import Copy

Status = Literal[
    "reading", "waiting", "added", "changed", "unchanged", "same", "skipped", "failed", "kept", "gone", "removed"
]
"""How it stands with a file. Under way: `reading`, `waiting` (another writer). Done: the others; `kept` is stored and
not yet in the index, `gone` is held in the index while its file is no longer there."""


@dataclass(frozen=True, slots=True)
class Step:
    """How it stands with file `index` (from 0) of `total`; `name` is as the person knows it.

    A later step of the same index replaces the earlier one. `message` says why, in the interface language.
    """

    index: int
    total: int
    name: str
    status: Status
    passages: int = 0
    message: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of this file."""
        return self.status not in ("reading", "waiting")


@dataclass(frozen=True, slots=True)
class Work:
    """A file on its way into the index, and its last step.

    `path` is what is ingested: the file, or the folder of a copy, below which lies its source. A `copy` is deleted
    again when it turns out to hold no article. `note` is told when all goes well.
    """

    step: Step
    path: Path
    file: Path
    copy: Copy | None = None
    note: str = ""

    def ends(self, status: Status, message: str = "", passages: int = 0) -> Step:
        """The step that says what came of it."""
        return replace(self.step, status=status, message=message, passages=passages)


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of the list; whether its file is an uploaded copy, and whether the file is still there."""

    info: ArticleInfo
    uploaded: bool
    there: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """The first entries of a list, how many articles matched, and how many there are in all."""

    entries: tuple[Entry, ...]
    found: int
    total: int


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed; `copy` says whether its uploaded copy was deleted too."""

    info: ArticleInfo
    copy: bool
