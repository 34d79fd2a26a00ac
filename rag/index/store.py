"""The local store: catalog, vectors and words of one folder as one thing that changes in one step.

Invariant: a writer prepares the next generation in a folder of its own and then replaces `CURRENT`. Killed at any
moment, it leaves the former generation in force and the next writer clears what it left. Readers need no lock and
write nothing.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EncoderMismatch, IndexCorrupt, IndexLocked, IndexMissing, RagError
from rag.index import layout
from rag.index.catalog import Catalog
from rag.index.dense import EXACT_LIMIT
from rag.index.failures import writing
from rag.index.generation import Change, prepare
from rag.index.layout import Layout, State, parse_state
from rag.index.lock import WriterLock
from rag.index.parts import load_parts
from rag.index.snapshot import LocalSnapshot
from rag.types import NewArticle

# a reader meets a deleted generation only when two writes end while it opens one
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What `LocalStore.check` found; `size_bytes` is the whole folder, `problems` is empty when all is well."""

    path: Path
    encoder: str
    generation: int
    size_bytes: int
    articles: int
    passages: int
    problems: tuple[str, ...]


class LocalStore:
    """An index in a folder of this machine; one process writes at a time, any number read."""

    def __init__(self, path: Path, encoder_fingerprint: str, dimensions: int, exact_limit: int = EXACT_LIMIT) -> None:
        """Use `LocalStore.open`, which checks that the folder holds an index for this encoder."""
        self._layout = Layout(path)
        self._encoder = encoder_fingerprint
        self._dimensions = dimensions
        self._exact_limit = exact_limit
        self._opened: tuple[bytes, LocalSnapshot] | None = None
        self._lock = WriterLock(self._layout)
        self._guard = threading.Lock()

    @classmethod
    def open(
        cls,
        path: Path,
        encoder_fingerprint: str,
        dimensions: int,
        create: bool = False,
        exact_limit: int = EXACT_LIMIT,
    ) -> LocalStore:
        """Open the index in the folder `path`; with `create`, make an empty one where there is none.

        `dimensions` is the length of the encoder's vectors; above `exact_limit` passages the search by vector is
        approximate. Raises `IndexMissing`, `FormatMismatch`, `EncoderMismatch`, `IndexCorrupt`, and when creating
        also `IndexReadOnly`, `IndexFull` or `IndexLocked`.
        """
        store = cls(Path(path), encoder_fingerprint, dimensions, exact_limit)
        try:
            store._state()
        except IndexMissing:
            if not create:
                raise
            store._create()
            store._state()
        return store

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._layout.root

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold the writer's lock over several writes; `write` in the same thread is free to take part.

        Raises `IndexLocked` at once when another process or thread is writing.
        """
        return self._lock.held()

    def snapshot(self) -> LocalSnapshot:
        """The newest visible state; the same object until a newer one is there.

        Raises `IndexMissing`, `IndexCorrupt`, `FormatMismatch` or `EncoderMismatch` as `open` does.
        """
        with self._guard:
            for _ in range(_ATTEMPTS):
                content = self._layout.read_current()
                if self._opened is not None and self._opened[0] == content:
                    return self._opened[1]
                opened = self._open_generation(content)
                if opened is not None:
                    self._opened = (content, opened)
                    return opened
        raise IndexCorrupt(path=self.path, reason=f"{layout.CURRENT} changes faster than it can be read")

    def write(self, changed: Iterable[NewArticle], removed: Sequence[str] = ()) -> int:
        """Remove articles by id, then add or replace others, visible in one step; returns the generation in force.

        Unknown ids in `removed` are passed over; of two articles with one id the later stays; where nothing changes
        there is no new generation. An exception, also one of `changed`, leaves the former state. Raises
        `IndexLocked`, `IndexReadOnly`, `IndexFull`, `IndexCorrupt`, and `ValueError` for an article whose vectors,
        words, pieces and passages do not fit together.
        """
        with self.exclusive():
            base = self._state()
            return self._advance(base, Change(changed, removed))

    def check(self) -> StoreHealth:
        """Facts for a health report: sizes, counts, and whether catalog, vectors and words are whole and agree."""
        state = self._state()
        snapshot = self.snapshot()
        folder = self._layout.generation(state.generation)
        damaged = [f"{part}: not as published" for part in layout.PARTS if not layout.is_intact(folder, part, state)]
        return StoreHealth(
            path=self.path,
            encoder=state.encoder,
            generation=snapshot.generation,
            size_bytes=_size(self.path),
            articles=len(snapshot.articles()),
            passages=sum(snapshot.languages().values()),
            problems=tuple(damaged + snapshot.faults()),
        )

    def _state(self) -> State:
        return self._checked(self._layout.read_current())

    def _checked(self, content: bytes) -> State:
        state = parse_state(content, self.path)
        if (state.encoder, state.dimensions) != (self._encoder, self._dimensions):
            found, expected = (state.encoder, state.dimensions), (self._encoder, self._dimensions)
            raise EncoderMismatch(path=self.path, found=_named(*found), expected=_named(*expected))
        return state

    def _create(self) -> None:
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        try:
            with self.exclusive():
                if not self._layout.current.exists():
                    self._advance(State(self._encoder, self._dimensions, 0, {}), Change(()))
        except IndexLocked:
            # another process makes the same index; it may be done by now
            if not self._layout.current.exists():
                raise

    def _advance(self, base: State, change: Change) -> int:
        """Prepare and publish the generation after `base`; the lock is held."""
        self._layout.discard_generations(keep=(base.generation, base.generation - 1))
        number = base.generation + 1
        try:
            state = prepare(self._layout, base, change, self._exact_limit)
            if state is None:
                return base.generation
            with writing(self.path):
                self._layout.publish(state)
        finally:
            # an interrupt may come just after publishing, so the file decides
            if self._published() != number:
                shutil.rmtree(self._layout.generation(number), ignore_errors=True)
        # a reader that is just opening the old generation tries again; what was removed must not stay for it
        self._layout.discard_generations(keep=(number,) if change.removed else (number, base.generation))
        return number

    def _published(self) -> int:
        with suppress(RagError):
            return parse_state(self._layout.read_current(), self.path).generation
        return 0

    def _open_generation(self, content: bytes) -> LocalSnapshot | None:
        """Open the generation that `content` names; `None` where a newer one took its place meanwhile."""
        state = self._checked(content)
        folder = self._layout.generation(state.generation)
        try:
            catalog = Catalog.open(folder / layout.CATALOG, self.path)
            parts = load_parts(folder, state, catalog.count())
        except (OSError, IndexCorrupt) as exc:
            if self._layout.read_current() != content:
                return None
            if isinstance(exc, IndexCorrupt):
                raise
            raise IndexCorrupt(path=self.path, reason=str(exc)) from exc
        if not parts.complete and self._layout.read_current() != content:
            return None
        return LocalSnapshot.assemble(self._layout, catalog, parts, state, self._exact_limit)


def _named(encoder: str, dimensions: int) -> str:
    return f"{encoder} ({dimensions})"


def _size(folder: Path) -> int:
    size = 0
    for file in folder.rglob("*"):
        # a writer may delete an old generation meanwhile
        with suppress(FileNotFoundError):
            size += file.stat().st_size if file.is_file() else 0
    return size
