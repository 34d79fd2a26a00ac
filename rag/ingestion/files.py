"""Finding the files of an ingest.

Invariant: a file is found once, in an order that does not depend on the file system, and its `source` is its path
below the folder that was given, with forward slashes (the file name, for a file given by itself).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import BadRequest

_OFFICE_LOCK = "~$"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read: its absolute `path`, its `source`, and the absolute folder (or file) `root` it was found by."""

    path: Path
    source: str
    root: Path


def iter_files(paths: Sequence[Path]) -> Iterator[FoundFile]:
    """Walk files and folders in the order given, each folder sorted by name.

    Inside a folder, hidden entries and links to folders are passed over; what cannot be read is found all the same,
    so that reading it can report why. Raises `BadRequest` for a path that does not exist, before anything is found.
    """
    roots = [Path(os.path.abspath(path)) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise BadRequest(what=str(root), reason_key="reason.not_found")
    return _walk_once(roots)


def source_of(path: Path, root: Path) -> str:
    """The source of `path`, an absolute path found below `root`."""
    name = path.name if path == root else path.relative_to(root).as_posix()
    # a file name that is not UTF-8 must still be storable
    return os.fsencode(name).decode("utf-8", "replace")


def reaches(root: Path, path: Path) -> bool:
    """Whether the walk of `root` would come by `path`, if that exists: nothing on the way is hidden or a link."""
    folder = root
    for name in path.relative_to(root).parts:
        folder /= name
        if _is_hidden(name) or (folder.is_symlink() and folder.is_dir()):
            return False
    return True


def _walk_once(roots: Sequence[Path]) -> Iterator[FoundFile]:
    seen: set[Path] = set()
    for root in roots:
        for path in _walk(root):
            if path not in seen:
                seen.add(path)
                yield FoundFile(path, source_of(path, root), root)


def _walk(root: Path) -> Iterator[Path]:
    pending = [root]
    while pending:
        path = pending.pop()
        entries = _entries(path) if os.path.isdir(path) else None
        if entries is None:
            yield path
        else:
            pending.extend(reversed(entries))


def _entries(folder: Path) -> list[Path] | None:
    """What to visit in a folder, sorted; `None` when the folder cannot be listed."""
    try:
        with os.scandir(folder) as listing:
            kept = [entry for entry in listing if _is_visited(entry)]
    except OSError:
        return None
    return [folder / entry.name for entry in sorted(kept, key=lambda entry: os.fsencode(entry.name))]


def _is_visited(entry: os.DirEntry[str]) -> bool:
    return not (_is_hidden(entry.name) or (entry.is_symlink() and os.path.isdir(entry.path)))


def _is_hidden(name: str) -> bool:
    return name.startswith((".", _OFFICE_LOCK))
