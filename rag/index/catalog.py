"""The catalog: every article and passage with its vector, words and pieces, in SQLite.

Invariant: the catalog alone is enough to make the vectors and the words again. A passage's `key` and an article's
`number` are never given twice, also not after a removal. The text of a passage is not stored: it is the article's
text from `start` to `end`.

Vectors are stored as float16, little endian; pieces as uint32, little endian; words joined by single spaces.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ArticleUnknown, IndexCorrupt
from rag.index.layout import CATALOG, FORMAT
from rag.types import Article, ArticleInfo, Filters, HeldFile, Language, Passage, Span

# SQLite's oldest limit on the parameters of one statement is 999
_CHUNK = 500

# catalogs made before names were kept have no such table, until they are changed
NAMES_TABLE = """CREATE TABLE IF NOT EXISTS names (
    article INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (article, name)
) WITHOUT ROWID;"""

_TABLES = f"""
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, path TEXT NOT NULL, content_hash TEXT NOT NULL,
    title TEXT NOT NULL, language TEXT NOT NULL, date TEXT, url TEXT, characters INTEGER NOT NULL,
    pages TEXT NOT NULL, boilerplate TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (number),
    start INTEGER NOT NULL, end INTEGER NOT NULL, language TEXT NOT NULL, heading TEXT NOT NULL,
    pieces BLOB NOT NULL, vector BLOB NOT NULL, words TEXT NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, language);
{NAMES_TABLE}
PRAGMA user_version = {FORMAT};
"""


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as the catalog holds it; `article` is the number of its article."""

    key: int
    article: int
    article_id: str
    source: str
    title: str
    start: int
    end: int
    language: Language
    heading: str
    pieces: NDArray[np.uint32]

    def passage(self, text: str) -> Passage:
        """The passage, cut from the text of its article."""
        return Passage(self.article_id, self.start, self.end, text[self.start : self.end], self.language, self.heading)


@dataclass(frozen=True, slots=True)
class WordsRow:
    """What the words of one passage are indexed from; `words` are joined by single spaces."""

    key: int
    article: int
    language: str
    words: str


def bind(text: str) -> str | bytes:
    """A text as SQLite takes it: one with lone surrogates (an undecodable file name) goes as bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty catalog."""
    connection.executescript(_TABLES)


class Catalog:
    """Reading of one catalog, from any thread; raises `IndexCorrupt` where the file is damaged."""

    def __init__(self, connection: sqlite3.Connection, root: Path) -> None:
        """Read through `connection` (made with `check_same_thread=False`); `root` is the folder that errors name."""
        self._connection = connection
        self._root = root
        self._guard = threading.Lock()

    @classmethod
    def open(cls, path: Path, root: Path) -> Catalog:
        """Open a published catalog, which nobody changes any more; writes nothing beside it."""
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        except sqlite3.Error as exc:
            raise IndexCorrupt(path=root, reason=f"{CATALOG}: {exc}") from exc
        catalog = cls(connection, root)
        weakref.finalize(catalog, connection.close)
        catalog._check_whole(path)
        return catalog

    def _check_whole(self, path: Path) -> None:
        pages, size, version = (
            self._all(f"PRAGMA {name}")[0][0] for name in ("page_count", "page_size", "user_version")
        )
        if version != FORMAT or path.stat().st_size < pages * size:
            raise IndexCorrupt(path=self._root, reason=f"{CATALOG}: incomplete")
        self._all("SELECT number FROM articles LIMIT 1")
        self._all("SELECT key FROM passages LIMIT 1")

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._guard:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as exc:
            raise IndexCorrupt(path=self._root, reason=f"{CATALOG}: {exc}") from exc

    def faults(self) -> list[str]:
        """What SQLite's own check of the whole file finds wrong."""
        return [line for (line,) in self._all("PRAGMA quick_check") if line != "ok"]

    def count(self) -> int:
        """How many passages there are."""
        return int(self._all("SELECT count(*) FROM passages")[0][0])

    def languages(self) -> dict[Language, int]:
        """How many passages each language has."""
        return dict(self._all("SELECT language, count(*) FROM passages GROUP BY language ORDER BY language"))

    def names(self) -> tuple[str, ...]:
        """The distinct names of all articles, ordered."""
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'names'"):
            return ()
        return tuple(_text(name) for (name,) in self._all("SELECT DISTINCT name FROM names ORDER BY name"))

    def articles(self) -> tuple[ArticleInfo, ...]:
        """All articles, ordered by source and id."""
        rows = self._all(
            "SELECT id, source, title, language, date, url, characters,"
            " (SELECT count(*) FROM passages WHERE article = number) FROM articles"
        )
        infos = (
            ArticleInfo(_text(id_), _text(source), _text(title), language, date, url and _text(url), passages, length)
            for id_, source, title, language, date, url, length, passages in rows
        )
        return tuple(sorted(infos, key=lambda info: (info.source, info.id)))

    def article(self, article_id: str) -> Article:
        """One article with its text; raises `ArticleUnknown`."""
        rows = self._all(
            "SELECT id, source, title, language, text, date, url, pages, boilerplate FROM articles WHERE id = ?",
            (bind(article_id),),
        )
        if not rows:
            raise ArticleUnknown(article=article_id)
        id_, source, title, language, text, date, url, pages, boilerplate = rows[0]
        spans = tuple(Span(start, end) for start, end in json.loads(boilerplate))
        return Article(
            id=_text(id_),
            source=_text(source),
            title=_text(title),
            language=language,
            text=_text(text),
            date=date,
            url=url and _text(url),
            pages=tuple(json.loads(pages)),
            boilerplate=spans,
        )

    def files(self) -> tuple[HeldFile, ...]:
        """What was ingested from where, ordered by source and id."""
        rows = self._all("SELECT id, source, path, content_hash FROM articles")
        held = (HeldFile(_text(id_), _text(source), _text(path), content) for id_, source, path, content in rows)
        return tuple(sorted(held, key=lambda file: (file.source, file.article_id)))

    def passages(self, keys: Iterable[int]) -> dict[int, PassageRow]:
        """The passages of these keys, by key; unknown keys are left out."""
        found: dict[int, PassageRow] = {}
        for chunk in _chunks(keys):
            rows = self._all(
                "SELECT key, number, id, source, title, start, end, passages.language, heading, pieces"
                " FROM passages JOIN articles ON number = article WHERE key IN (" + _marks(chunk) + ")",
                chunk,
            )
            for key, number, id_, source, title, start, end, language, heading, pieces in rows:
                numbers = np.frombuffer(pieces, dtype="<u4").astype(np.uint32)
                names = _text(id_), _text(source), _text(title)
                found[key] = PassageRow(key, number, *names, start, end, language, _text(heading), numbers)
        return found

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """The texts of these articles, by number."""
        found: dict[int, str] = {}
        for chunk in _chunks(numbers):
            statement = "SELECT number, text FROM articles WHERE number IN (" + _marks(chunk) + ")"
            found.update((number, _text(text)) for number, text in self._all(statement, chunk))
        return found

    def article_numbers(self, filters: Filters) -> tuple[int, ...] | None:
        """The numbers of the articles that pass the article and date filters; `None` when those are open.

        A date known to the year or month stands for all of it: it passes unless all of it lies outside.
        """
        clauses, values = _article_clauses(filters)
        if not clauses:
            return None
        rows = self._all("SELECT number FROM articles WHERE " + " AND ".join(clauses), values)
        return tuple(number for (number,) in rows)

    def keys(self, filters: Filters) -> NDArray[np.int64]:
        """The keys of the passages that pass `filters`, ascending, int64."""
        clauses, values = _article_clauses(filters)
        if clauses:
            clauses = ["article IN (SELECT number FROM articles WHERE " + " AND ".join(clauses) + ")"]
        if filters.languages:
            clauses.append("language IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(filters.languages))
        rows = self._all("SELECT key FROM passages WHERE " + " AND ".join(clauses or ["1"]) + " ORDER BY key", values)
        return np.fromiter((key for (key,) in rows), dtype=np.int64, count=len(rows))

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Keys (n,) and vectors (n, dimensions) of the passages with a key above `after`; (0, 0) when none."""
        rows = self._all("SELECT key, vector FROM passages WHERE key > ? ORDER BY key", (after,))
        keys = np.fromiter((key for key, _ in rows), dtype=np.int64, count=len(rows))
        halves = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f2")
        return keys, halves.astype(np.float32).reshape(len(rows), -1 if rows else 0)

    def words(self, after: int = 0) -> Iterator[WordsRow]:
        """The words of the passages with a key above `after`, in order of key."""
        while True:
            rows = self._all(
                "SELECT key, article, language, words FROM passages WHERE key > ? ORDER BY key LIMIT 1000", (after,)
            )
            if not rows:
                return
            for row in rows:
                yield WordsRow(*row)
            after = rows[-1][0]


def _article_clauses(filters: Filters) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    if filters.articles:
        clauses.append("id IN (" + _marks(filters.articles) + ")")
        values.extend(bind(article) for article in filters.articles)
    # ISO dates of different precision agree as far as the shorter one goes
    for bound, sign in ((filters.since, ">="), (filters.until, "<=")):
        if bound is not None:
            clauses.append(f"substr(date, 1, ?) {sign} substr(?, 1, length(date))")
            values.extend((len(bound), bind(bound)))
    return clauses, values


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    distinct = [int(value) for value in dict.fromkeys(values)]
    for begin in range(0, len(distinct), _CHUNK):
        yield distinct[begin : begin + _CHUNK]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
