"""Everything that one served page holds: the collections, the kept conversations, the models, and who is next.

Invariant: no browser's state is held here between two events. What a browser sees follows from what it sends (who it
is, which conversation, which collection, which language) and from what is on disk, so that a restart loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, RLock
from typing import Any

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ConversationUnknown, RagError
from ui import article_list
from ui.access import user_of
from ui.assistant_pool import AssistantPool
from ui.chooser import chooser, collection_tools
from ui.conversation import Turn
from ui.conversation_list import conversation_list
from ui.conversation_store import ConversationStore, Kept
from ui.desk import Desk, Talk
from ui.escaping import plain
from ui.indexes import Collections
from ui.library import Library
from ui.line import Line
from ui.model_choices import ModelList
from ui.preferences import Preferences
from ui.stopping import Stops

CONCURRENT = 8
"""Questions answered at the same time; more wait in line."""

WAITING = 100
"""Questions in the line at most."""

CONVERSATIONS = "conversations.sqlite3"
"""The file beside the indexes that holds the conversations."""

TALKS = 50
"""Conversations that are listed before more are asked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a browser is: whose it is, the conversation and the collection that it shows, and its language."""

    owner: str
    talk: str
    folder: str
    language: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an answer: the conversation that it is kept in, what is drawn, and what could not be kept."""

    talk: str
    drawn: str
    trouble: str = ""


class Front:
    """What the events of the page ask; thread-safe."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        index = Path(settings.index)
        self.settings = settings
        self.collections = Collections.beside(index, settings)
        self.collections.adopt(assistant)
        self.store = ConversationStore(index.parent / CONVERSATIONS)
        self.models = ModelList(settings)
        self.line = Line(CONCURRENT, WAITING)
        self.stops = Stops()
        self._desks: dict[str, Desk] = {}
        self._first_pool: AssistantPool | None = None
        self._guard = RLock()

    def close(self) -> None:
        """Close what was opened here."""
        with self._guard:
            pool, self._first_pool = self._first_pool, None
            self._desks.clear()
        if pool is not None:
            pool.close()
        self.collections.close()
        self.store.close()

    def place(self, browser: str, talk: str, folder: str, language: str, request: Any = None) -> Place:
        """Where a browser is, from what it sent; who signed in is the owner, else the browser itself."""
        user = user_of(request)
        # a browser that was too quick to say who it is owns what its session asks
        who = browser or str(getattr(request, "session_hash", "") or "")
        return Place(f"user:{user}" if user else f"browser:{who}", talk, folder, language)

    # ---- collections ----

    def folder(self, wanted: str) -> str:
        """A collection that is there: the one wanted, else the default one."""
        there = {one.folder for one in self.collections.list()}
        return wanted if wanted in there else self.collections.default

    def desk(self, folder: str) -> Desk:
        """The desk of a collection; of the default one where that cannot be opened."""
        with self._guard:
            folder = self.folder(folder)
            if folder not in self._desks:
                try:
                    assistant = self.collections.assistant(folder)
                except RagError:
                    _log.exception("the collection %s cannot be opened", folder)
                    return self.desk(self.collections.default)
                self._desks[folder] = Desk(self._pool(assistant), self.line)
            return self._desks[folder]

    def _pool(self, assistant: Assistant) -> AssistantPool:
        """A pool for one more collection; all lend the same models."""
        if self._first_pool is None:
            self._first_pool = AssistantPool(assistant, offered=self.models.values)
            return self._first_pool
        return self._first_pool.beside(assistant)

    def library(self, folder: str) -> Library:
        """The articles of a collection; raises as `Collections.library`."""
        return self.collections.library(self.folder(folder))

    def forget_collection(self, folder: str) -> None:
        """Delete a collection; raises as `Collections.delete`."""
        self.collections.delete(folder)
        with self._guard:
            self._desks.pop(folder, None)

    def chooser(self, at: Place) -> str:
        """The choice of the collection to ask."""
        choices = article_list.collection_choices(self.collections.list(), at.language)
        return chooser(choices, self.folder(at.folder), at.language)

    def collection_tools(self, at: Place) -> str:
        """What can be done with collections."""
        choices = article_list.collection_choices(self.collections.list(), at.language)
        folder = self.folder(at.folder)
        return collection_tools(choices, folder, folder != self.collections.default, at.language)

    # ---- conversations ----

    def kept(self, at: Place) -> Kept | None:
        """The conversation of a place, where it is kept."""
        if not at.talk:
            return None
        try:
            return self.store.load(at.owner, at.talk)
        except RagError:
            return None

    def talk(self, at: Place) -> Talk:
        """The conversation of a place; an empty one where there is none."""
        kept = self.kept(at)
        return Talk(at.talk, kept.turns, kept.feedback) if kept else Talk()

    def drawn(self, at: Place) -> str:
        """The conversation of a place as HTML."""
        return self.desk(at.folder).drawn(self.talk(at), at.language)

    def talks(self, at: Place, words: str = "", limit: int = TALKS) -> str:
        """The list of conversations, or of those found."""
        notice = self.store.notice(at.language)
        try:
            listing = self.store.search(at.owner, words, limit)
        except RagError as error:
            return plain(error.in_language(at.language))
        return conversation_list(listing, at.language, at.talk, words, notice)

    def ask(
        self, question: str, at: Place, preferences: Preferences, stop: Event, instead_of: int = 0
    ) -> Iterator[Step]:
        """Ask in the conversation of a place, which is made where there is none, and keep what comes.

        The turns from number `instead_of` on are dropped first; 0 drops none. What cannot be kept is answered all the
        same. An answer is kept before it is shown, so that a question that follows at once knows it. Raises `TooBusy`
        where turns would be dropped for a question that cannot even wait.
        """
        desk, talk = self.desk(at.folder), self.talk(at)
        if instead_of:
            desk.line.check()
            talk = replace(talk, turns=tuple(one for one in talk.turns if one.number < instead_of))
        talk, trouble = self._begun(talk, at, instead_of)
        turn: Turn | None = None
        kept: Turn | None = None
        told = ""
        try:
            for turn, drawn in desk.ask(question, talk, at.language, stop, preferences):
                if talk.id and (kept is None or not turn.running):
                    trouble = self._keep(talk.id, turn, at) or trouble
                    kept = turn
                yield Step(talk.id, drawn, trouble if trouble != told else "")
                told = trouble
        finally:
            # also when the reader left before the end
            if turn is not None and talk.id and kept != turn.settled():
                self._keep(talk.id, turn.settled(), at)

    def _begun(self, talk: Talk, at: Place, instead_of: int) -> tuple[Talk, str]:
        try:
            if talk.id and instead_of:
                self.store.drop_turns(at.owner, talk.id, instead_of)
            if not talk.id:
                talk = replace(talk, id=self.store.create(at.owner, self.folder(at.folder)))
        except RagError as error:
            return talk, error.in_language(at.language)
        return talk, ""

    def _keep(self, talk: str, turn: Turn, at: Place) -> str:
        """Keep a turn, and say why it could not be."""
        try:
            self.store.put_turn(at.owner, talk, turn)
        except ConversationUnknown:
            # it was deleted in another window while it was answered
            return ""
        except RagError as error:
            return error.in_language(at.language)
        return ""
