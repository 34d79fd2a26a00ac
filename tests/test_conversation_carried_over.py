"""Promises to those who kept conversations with an earlier version: their file opens with all that is in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rag.types import Evidence, Hit, Passage
from ui.conversation import Turn
from ui.conversation_file import VERSION
from ui.conversation_store import ConversationStore

ME = "browser-1"
QUOTE = "The ferry carries forty bicycles."
CUT = Hit(Passage("g", 5, 40, "", "zh-Hant"), "zh-Hant/g.md", "渡輪", 0.25, 2)
OLD_FILE = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, collection TEXT NOT NULL, title TEXT NOT NULL,
    folded TEXT NOT NULL, named INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, updated REAL NOT NULL);
CREATE INDEX conversations_of_owner ON conversations (owner, updated);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    question TEXT NOT NULL, folded TEXT NOT NULL, form BLOB NOT NULL, PRIMARY KEY (conversation, number));
CREATE TABLE feedback (
    conversation TEXT NOT NULL, number INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
    given REAL NOT NULL, PRIMARY KEY (conversation, number),
    FOREIGN KEY (conversation, number) REFERENCES turns (conversation, number) ON DELETE CASCADE);
PRAGMA user_version=1;
PRAGMA application_id=1380009795;
"""
OLD_HIT = (
    '{"passage_id":"f:0-33","article_id":"f","source":"en/ferry.md","title":"The ferry","language":"en","start":0,'
    '"end":33,"text":"The ferry carries forty bicycles.","score":1.25,"rank":1,"heading":"","components":{"dense":0.5}}'
)
OLD_CUT = (
    '{"passage_id":"g:5-40","article_id":"g","source":"zh-Hant/g.md","title":"渡輪","language":"zh-Hant","start":5,'
    '"end":40,"text":"","score":0.25,"rank":2,"heading":"","components":{}}'
)
OLD_TURN = (
    (
        '{"number":1,"question":"How many bicycles?","status":"answered","text":"Forty. [1]","found":1,"thinking":"",'
        '"searched_for":"","answer":{"question":"How many bicycles?","language":"en","answer":"Forty. [1]",'
        '"short_answer":"40","refused":false,"confidence":0.9,"citations":[{"number":1,"passage_id":"f:0-33",'
        '"article_id":"f","source":"en/ferry.md","title":"The ferry","language":"en","start":0,"end":33,'
        '"quote":"The ferry carries forty bicycles.","supported":true,"support":0.8,"page":null,"date":"2023-05",'
        '"matched":[[4,9]]}],"evidence":[HIT],"generator":"extractive",'
        '"timings_ms":{"retrieve":12.5,"generate":1.0,"total":13.5},"sentences":[],"thinking":"","searched_for":null,'
        '"notices":[],"unknown_citations":0},"error":null,"evidence":{"question":"bicycles","language":"en","hits":null,'
        '"cut":[CUT],"coverage":[0.5]}}'
    )
    .replace("HIT", OLD_HIT)
    .replace("CUT", OLD_CUT)
)


def test_a_file_of_the_first_form_is_carried_over_with_its_searches_and_feedback(tmp_path: Path) -> None:
    path = tmp_path / "talks.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(OLD_FILE)
        old.execute("INSERT INTO conversations VALUES ('c',?,'default','Bicycles','bicycles',1,5.0,6.0)", (ME,))
        old.execute("INSERT INTO turns VALUES ('c',1,'How many bicycles?','bicycles',?)", (OLD_TURN.encode(),))
        old.execute("INSERT INTO feedback VALUES ('c',1,'down','it was fifty',7.0)")
        old.commit()
    for opening in (1, 2):
        with ConversationStore(path) as store:
            kept = store.load(ME, "c")
            assert store.notice("en") == ""
            assert (kept.info.title, kept.info.turns, kept.feedback[1].reason) == ("Bicycles", opening, "it was fifty")
            first = kept.turns[0]
            assert first.answer is not None
            assert first.answer.citations[0].quote == QUOTE
            assert first.evidence == Evidence("bicycles", "en", first.answer.evidence, (CUT,), (0.5,))
            store.put_turn(ME, "c", Turn(opening + 1, "And boats?", "stopped", "Two."))
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("PRAGMA user_version").fetchone() == (VERSION,)
