"""The file that conversations are kept in: one SQLite database, opened once, used by any thread, one at a time.

Invariant: a piece of work is one short transaction, done wholly or not at all. A file that is damaged, or that a later
version wrote, is renamed and left as it is, and an empty one begun; where no file can be written, conversations are
held in memory. Either is remembered in `trouble`, so that the page can say so. What is deleted is overwritten.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Literal, TypeVar

from rag.errors import ConversationsUnkept

PATIENCE = 10.0
"""Seconds that another process's transaction is waited for."""

# numbered from 1; what was released is never changed, only added to
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, collection TEXT NOT NULL, title TEXT NOT NULL,
            folded TEXT NOT NULL, named INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, updated REAL NOT NULL)""",
        "CREATE INDEX conversations_of_owner ON conversations (owner, updated)",
        """CREATE TABLE turns (
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            question TEXT NOT NULL, folded TEXT NOT NULL, form BLOB NOT NULL, PRIMARY KEY (conversation, number))""",
        """CREATE TABLE feedback (
            conversation TEXT NOT NULL, number INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
            given REAL NOT NULL, PRIMARY KEY (conversation, number),
            FOREIGN KEY (conversation, number) REFERENCES turns (conversation, number) ON DELETE CASCADE)""",
    ),
    # nothing but the number: an earlier program would show turns in the small form of `ui.evidence_form` as failed
    (),
)
VERSION = len(_MIGRATIONS)
"""Version of the file's form, kept in its `user_version`."""

_APPLICATION = 0x52414743  # "RAGC", in the header of the file
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened to the file; `path` is where it was put aside, or the one that cannot be used."""

    kind: Literal["damaged", "newer", "memory"]
    path: Path


class _Newer(Exception):
    """A later version wrote the file."""


class _Foreign(Exception):
    """The file is another program's."""


class ConversationFile:
    """One database file and the connection to it."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its folder where missing; never raises for what is wrong with it."""
        self.path = path
        self.trouble: Trouble | None = None
        self._lock = RLock()
        self._connection = self._opened()

    def run(self, work: Callable[[sqlite3.Connection], _T], *, write: bool = False) -> _T:
        """What `work` gives back, in one transaction, which an exception of it undoes.

        A file found to be damaged is put aside, and the work done on an empty one. Raises `ConversationsUnkept` where
        the disk is full or fails, or another process holds the file for longer than `PATIENCE`.
        """
        with self._lock:
            try:
                return self._attempt(work, write)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _DAMAGED:
                    raise self._unkept(error) from error
                self._renew()
            try:
                return self._attempt(work, write)
            except sqlite3.DatabaseError as error:
                raise self._unkept(error) from error

    def forget(self) -> None:
        """Empty the log of changes too, so that nothing deleted is left in it; later, where another process reads."""
        with self._lock, suppress(sqlite3.DatabaseError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the file; nothing may be done with it afterwards."""
        with self._lock:
            self._connection.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], _T], write: bool) -> _T:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has already rolled back after some errors
            with suppress(sqlite3.DatabaseError):
                connection.execute("ROLLBACK")
            raise
        return result

    def _unkept(self, error: sqlite3.DatabaseError) -> ConversationsUnkept:
        return ConversationsUnkept(path=self.path, reason_key="reason.disk", detail=str(error))

    def _renew(self) -> None:
        self._connection.close()
        self._put_aside("damaged")
        self._connection = self._opened()

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._opened_file()
        except (sqlite3.Error, OSError, _Newer, _Foreign) as error:
            _log.warning("conversations are not kept in %s: %s", self.path, error)
            self.trouble = Trouble("memory", self.path)
            return _prepared(":memory:")

    def _opened_file(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._patiently()
        except _Newer:
            self._put_aside("newer")
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGED:
                raise
            self._put_aside("damaged")
        return self._patiently()

    def _patiently(self) -> sqlite3.Connection:
        """Opened; while another process prepares the same file, SQLite reports it as busy without waiting."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                _make_private(self.path)
                return _prepared(str(self.path))
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _put_aside(self, kind: Literal["damaged", "newer"]) -> None:
        """Rename the file, and the log of changes that belongs to it; nothing of it is lost."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        aside = self.path.with_name(f"{self.path.stem}.{kind}-{stamp}{self.path.suffix}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.stem}.{kind}-{stamp}-{number}{self.path.suffix}")
        for ending in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                os.replace(f"{self.path}{ending}", f"{aside}{ending}")
        self.trouble = Trouble(kind, aside)
        _log.warning("the conversations of %s were put aside as %s (%s)", self.path, aside, kind)


def _make_private(path: Path) -> None:
    """The file is its owner's alone; SQLite gives its helper files the same rights."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepared(path: str) -> sqlite3.Connection:
    """A connection to a sound file of this version; raises `sqlite3.DatabaseError`, `_Newer` or `_Foreign`."""
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    # a text that is no UTF-8 belongs to a damaged row and must not hide the others
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        _check(connection)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}").fetchall()
        connection.execute("PRAGMA temp_store=MEMORY")
        _migrate(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    version, application = _number(connection, "user_version"), _number(connection, "application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != _APPLICATION:
        raise _Foreign("it is a database of another program")
    if version > VERSION:
        raise _Newer(f"its form is {version}, the newest known is {VERSION}")
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        damage = sqlite3.DatabaseError(found)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with closing(connection.cursor()) as cursor:
        try:
            # another process may have done it meanwhile
            for steps in _MIGRATIONS[_number(connection, "user_version") :]:
                for step in steps:
                    cursor.execute(step)
            cursor.execute(f"PRAGMA user_version={VERSION}")
            cursor.execute(f"PRAGMA application_id={_APPLICATION}")
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.DatabaseError):
                cursor.execute("ROLLBACK")
            raise


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
