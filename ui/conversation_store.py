"""Conversations kept on disk: whose they are, their turns with whole answers, and what readers thought of these.

Invariant: everything is asked for by an owner, and a conversation of another owner is as unknown as one that never
was. What `put_turn` has taken is there after a restart. A deleted conversation is gone with its turns and feedback,
also from the free space of the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Literal, Self

from rag.errors import ConversationUnknown
from rag.text.folding import fold_text
from ui.conversation import Conversation, Turn
from ui.conversation_file import ConversationFile
from ui.conversation_forms import packed, unpacked
from ui.words import label

Verdict = Literal["up", "down"]

TITLE = 80
"""Characters of a title at most."""

REASON = 2000
"""Characters of a reason at most."""


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation as a list shows it.

    `collection` is the name of the index it asks. `created` and `updated` are seconds since 1970. `matched` is, after
    a search, the first question whose turn holds one of the words, where there is one.
    """

    id: str
    collection: str
    title: str
    created: float
    updated: float
    turns: int
    matched: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Some conversations, newest first, and how many there are in all."""

    conversations: tuple[ConversationInfo, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of an answer; `given` is in seconds since 1970."""

    verdict: Verdict
    reason: str = ""
    given: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation with its turns in order, and the feedback by number of turn."""

    info: ConversationInfo
    turns: Conversation
    feedback: Mapping[int, Feedback] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rated:
    """A turn with the feedback on it."""

    conversation: str
    collection: str
    turn: Turn
    feedback: Feedback


_INFO = """SELECT id, collection, title, created, updated,
    (SELECT count(*) FROM turns WHERE conversation = id) AS held, {matched} FROM conversations"""


class ConversationStore:
    """All conversations of one page, for any number of owners and threads.

    An owner is any text: the page's opaque id of a browser, or the name of who signed in. Every method may raise
    `ConversationsUnkept` when the disk fails.
    """

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        """Open the file `path`, making it where missing; a damaged one is put aside, and `notice` says so."""
        self._file = ConversationFile(Path(path))
        self._clock = clock

    @property
    def path(self) -> Path:
        """The file that conversations are kept in."""
        return self._file.path

    def notice(self, language: str) -> str:
        """What a reader should know about the file, in an interface language; empty when all is well."""
        trouble = self._file.trouble
        return label(f"talks.{trouble.kind}", language, path=trouble.path) if trouble else ""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create(self, owner: str, collection: str) -> str:
        """Begin a conversation and give back its id; it is listed once it has a turn."""
        made, now = token_urlsafe(12), self._clock()
        row = (made, _text(owner), _text(collection), "", "", now, now)
        sql = (
            "INSERT INTO conversations (id, owner, collection, title, folded, created, updated) VALUES (?,?,?,?,?,?,?)"
        )
        self._file.run(lambda db: db.execute(sql, row), write=True)
        return made

    def put_turn(self, owner: str, conversation: str, turn: Turn) -> None:
        """Append a turn, or replace the one of its number; feedback on an answer that changes is dropped.

        The first question names the conversation, unless it was renamed. Raises `ConversationUnknown`.
        """
        form, folded = packed(turn), fold_text(f"{turn.question}\n{turn.text}")
        values = (conversation, turn.number, _text(turn.question), folded, form)

        def work(db: sqlite3.Connection) -> None:
            self._own(db, owner, conversation)
            place = (conversation, turn.number)
            db.execute(
                "DELETE FROM feedback WHERE conversation = ? AND number = ? AND NOT EXISTS (SELECT 1 FROM turns AS t "
                "WHERE t.conversation = feedback.conversation AND t.number = feedback.number AND t.form = ?)",
                (*place, form),
            )
            db.execute(
                "INSERT INTO turns (conversation, number, question, folded, form) VALUES (?,?,?,?,?) ON CONFLICT "
                "DO UPDATE SET question = excluded.question, folded = excluded.folded, form = excluded.form",
                values,
            )
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (self._clock(), conversation))
            self._name(db, conversation)

        self._file.run(work, write=True)

    def drop_turns(self, owner: str, conversation: str, first: int) -> None:
        """Remove the turns from number `first` on, with their feedback; raises `ConversationUnknown`."""

        def work(db: sqlite3.Connection) -> None:
            self._own(db, owner, conversation)
            db.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, first))

        self._file.run(work, write=True)
        self._file.forget()

    def listed(self, owner: str, limit: int = 50, offset: int = 0) -> Listing:
        """Conversations that have a turn, the one last asked in first."""

        def work(db: sqlite3.Connection) -> Listing:
            rows = db.execute(
                f"{_INFO.format(matched=repr(''))} WHERE owner = ? AND held ORDER BY updated DESC, rowid DESC "
                "LIMIT ? OFFSET ?",
                (_text(owner), limit, offset),
            ).fetchall()
            total = db.execute(
                "SELECT count(*) FROM conversations WHERE owner = ? AND id IN (SELECT conversation FROM turns)",
                (_text(owner),),
            ).fetchone()[0]
            return Listing(tuple(ConversationInfo(*row) for row in rows), total)

        return self._file.run(work)

    def search(self, owner: str, words: str, limit: int = 50, offset: int = 0) -> Listing:
        """Conversations whose title, questions or answers hold every word, in either Chinese script and any case.

        Words are parted by spaces; without any, all conversations are listed.
        """
        wanted = list(dict.fromkeys(fold_text(words).split()))
        if not wanted:
            return self.listed(owner, limit, offset)
        in_turn = "SELECT {what} FROM turns WHERE conversation = id AND {some}"
        holds = f"(instr(folded, ?) OR EXISTS ({in_turn.format(what='1', some='instr(turns.folded, ?)')}))"
        where = f"WHERE owner = ? AND held {'AND ' + holds} " + f"AND {holds} " * (len(wanted) - 1)
        some = f"({' OR '.join(['instr(turns.folded, ?)'] * len(wanted))})"
        first = f"coalesce(({in_turn.format(what='question', some=some)} ORDER BY number LIMIT 1), '')"
        twice = [word for word in wanted for _ in range(2)]
        found = f"{_INFO.format(matched=first)} {where} ORDER BY updated DESC, rowid DESC"

        def work(db: sqlite3.Connection) -> Listing:
            rows = db.execute(found, (*wanted, _text(owner), *twice)).fetchall()
            shown = rows[offset : offset + limit]
            return Listing(tuple(ConversationInfo(*row) for row in shown), len(rows))

        return self._file.run(work)

    def load(self, owner: str, conversation: str) -> Kept:
        """The whole conversation; a turn that was still running is stopped. Raises `ConversationUnknown`."""

        def work(db: sqlite3.Connection) -> tuple[tuple[Any, ...], list[Any], list[Any]]:
            self._own(db, owner, conversation)
            info = db.execute(f"{_INFO.format(matched=repr(''))} WHERE id = ?", (conversation,)).fetchone()
            turns = "SELECT form, number, question FROM turns WHERE conversation = ? ORDER BY number"
            given = "SELECT number, verdict, reason, given FROM feedback WHERE conversation = ? ORDER BY number"
            return (
                info,
                db.execute(turns, (conversation,)).fetchall(),
                db.execute(given, (conversation,)).fetchall(),
            )

        info, turns, given = self._file.run(work)
        feedback = {number: Feedback(*rest) for number, *rest in given}
        return Kept(ConversationInfo(*info), tuple(unpacked(*row) for row in turns), feedback)

    def rename(self, owner: str, conversation: str, title: str) -> str:
        """Give it a title and give that back; a blank one lets the first question name it again.

        Raises `ConversationUnknown`.
        """
        named = shortened(title)

        def work(db: sqlite3.Connection) -> str:
            self._own(db, owner, conversation)
            values = (named, fold_text(named), bool(named), conversation)
            db.execute("UPDATE conversations SET title = ?, folded = ?, named = ? WHERE id = ?", values)
            return named or self._name(db, conversation)

        return self._file.run(work, write=True)

    def delete(self, owner: str, conversation: str) -> bool:
        """Remove it with its turns and feedback and overwrite what they held; whether it was there."""

        def work(db: sqlite3.Connection) -> bool:
            gone = db.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation, _text(owner)))
            return gone.rowcount > 0

        deleted = self._file.run(work, write=True)
        self._file.forget()
        return deleted

    def rate(
        self, owner: str, conversation: str, number: int, verdict: Verdict | None, reason: str = ""
    ) -> Feedback | None:
        """Set the feedback on turn `number`, or clear it with `None`; raises `ConversationUnknown`."""
        given = Feedback(verdict, _text(reason.strip())[:REASON], self._clock()) if verdict else None

        def work(db: sqlite3.Connection) -> None:
            self._own(db, owner, conversation)
            place = (conversation, number)
            if db.execute("SELECT 1 FROM turns WHERE conversation = ? AND number = ?", place).fetchone() is None:
                raise ConversationUnknown()
            db.execute("DELETE FROM feedback WHERE conversation = ? AND number = ?", place)
            if given is not None:
                row = (*place, given.verdict, given.reason, given.given)
                db.execute("INSERT INTO feedback VALUES (?,?,?,?,?)", row)

        self._file.run(work, write=True)
        return given

    def rated(self, owner: str | None = None) -> tuple[Rated, ...]:
        """Every turn with feedback, of one owner or of all, in the order the feedback was given."""
        sql = (
            "SELECT id, collection, form, number, question, verdict, reason, given FROM feedback "
            "JOIN turns USING (conversation, number) JOIN conversations ON id = conversation "
            "WHERE ? IS NULL OR owner = ? ORDER BY given, id, number"
        )
        asked = None if owner is None else _text(owner)
        rows = self._file.run(lambda db: db.execute(sql, (asked, asked)).fetchall())
        return tuple(Rated(row[0], row[1], unpacked(*row[2:5]), Feedback(*row[5:])) for row in rows)

    def _own(self, db: sqlite3.Connection, owner: str, conversation: str) -> None:
        found = db.execute("SELECT 1 FROM conversations WHERE id = ? AND owner = ?", (conversation, _text(owner)))
        if found.fetchone() is None:
            raise ConversationUnknown()

    def _name(self, db: sqlite3.Connection, conversation: str) -> str:
        """Name it after its first question, unless it was named by hand."""
        first = "SELECT question FROM turns WHERE conversation = ? ORDER BY number LIMIT 1"
        row = db.execute(first, (conversation,)).fetchone()
        title = shortened(row[0]) if row else ""
        values = (title, fold_text(title), conversation)
        db.execute("UPDATE conversations SET title = ?, folded = ? WHERE id = ? AND NOT named", values)
        return title


def shortened(text: str, limit: int = TITLE) -> str:
    """The text on one line, cut before a word where it has more than `limit` characters, an ellipsis included."""
    line = " ".join(_text(text).split())
    if len(line) <= limit:
        return line
    kept = line[: limit - 1]
    # Chinese has no spaces to cut at, and a very long word may be cut
    space = kept.rfind(" ") if line[limit - 1] != " " else limit - 1
    return (kept[:space] if space > limit // 2 else kept).rstrip() + "…"


def _text(text: str) -> str:
    """Text that UTF-8 has: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
