"""What the operating system and SQLite report while writing, in the words of `rag.errors`.

Invariant: only the store's own steps run inside `writing`; an error of the caller's articles passes unchanged.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexCorrupt, IndexError_, IndexFull, IndexReadOnly
from rag.index.layout import CATALOG

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
_SQLITE_DENIED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failed write into `IndexFull`, `IndexReadOnly`, `IndexCorrupt` or `IndexError_` of the index `path`."""
    try:
        yield
    except OSError as exc:
        raise _from_system(exc, path) from exc
    except sqlite3.DatabaseError as exc:
        raise _from_sqlite(exc, path) from exc


def _from_system(exc: OSError, path: Path) -> IndexError_:
    if exc.errno in _FULL:
        return IndexFull(path=path)
    if exc.errno in _DENIED:
        return IndexReadOnly(path=path)
    return IndexError_(path=path)


def _from_sqlite(exc: sqlite3.DatabaseError, path: Path) -> IndexError_:
    code = getattr(exc, "sqlite_errorcode", 0)
    primary = code & 0xFF
    # SQLite reports a file size limit as a failed write
    if primary == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE:
        return IndexFull(path=path)
    if primary in _SQLITE_DENIED:
        return IndexReadOnly(path=path)
    if primary in _SQLITE_DAMAGED:
        return IndexCorrupt(path=path, reason=f"{CATALOG}: {exc}")
    return IndexError_(path=path)
