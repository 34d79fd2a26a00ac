"""Changing a catalog that nobody reads yet.

Invariant: the file belongs to an unpublished generation, so a half-done change harms nobody: it is thrown away with
its folder. Therefore SQLite keeps no journal and waits for no disk; `layout.settle` does that once at the end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.index.catalog import NAMES_TABLE, Catalog, bind, create_tables
from rag.index.lexical import as_term
from rag.types import NewArticle

# nobody reads the file before it is published, so it needs no journal and no locks
_PRIVATE_FILE = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -16000")


class CatalogWriter:
    """One change of a catalog: `put` and `remove` articles, then `close`; `catalog` reads what is there so far."""

    def __init__(self, path: Path, root: Path, dimensions: int) -> None:
        """Change the catalog at `path`, made when missing; `root` is the folder that errors name."""
        fresh = not path.exists()
        self._dimensions = dimensions
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # deleted text is overwritten, so that what was removed is not left in the file
        for setting in (*_PRIVATE_FILE, "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        if fresh:
            create_tables(self._connection)
        else:
            self._connection.execute(NAMES_TABLE)
        self.catalog = Catalog(self._connection, root)
        self.last_key = self._last_key()
        self.removed_articles: list[int] = []
        self.removed_keys: list[int] = []
        self.changed = False
        self._connection.execute("BEGIN")

    def _last_key(self) -> int:
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        return int(row[0]) if row else 0

    def put(self, new: NewArticle) -> None:
        """Store an article in place of the one with its id; raises `ValueError` where its parts do not fit."""
        check_article(new, self._dimensions)
        self.remove(new.article.id)
        self.changed = True
        number = self._insert_article(new)
        vectors = new.vectors.astype("<f2")
        rows = (
            (
                number,
                passage.start,
                passage.end,
                passage.language,
                bind(passage.heading),
                np.asarray(pieces, dtype="<u4").tobytes(),
                vector.tobytes(),
                " ".join(term for word in words if (term := as_term(word))),
            )
            for passage, vector, words, pieces in zip(new.passages, vectors, new.words, new.pieces, strict=True)
        )
        self._connection.executemany(
            "INSERT INTO passages (article, start, end, language, heading, pieces, vector, words)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        named = ((number, bind(name)) for name in dict.fromkeys(new.names))
        self._connection.executemany("INSERT INTO names (article, name) VALUES (?, ?)", named)

    def _insert_article(self, new: NewArticle) -> int:
        article = new.article
        names = (article.id, article.source, new.path, new.content_hash, article.title, article.language)
        boilerplate = json.dumps([(span.start, span.end) for span in article.boilerplate])
        cursor = self._connection.execute(
            "INSERT INTO articles (id, source, path, content_hash, title, language, date, url, characters, pages,"
            " boilerplate, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *map(bind, names),
                article.date,
                None if article.url is None else bind(article.url),
                len(article.text),
                json.dumps(article.pages),
                boilerplate,
                bind(article.text),
            ),
        )
        return int(cursor.lastrowid or 0)

    def remove(self, article_id: str) -> None:
        """Remove an article with its passages; an unknown one is left alone."""
        found = self._connection.execute("SELECT number FROM articles WHERE id = ?", (bind(article_id),)).fetchone()
        if found is None:
            return
        keys = self._connection.execute("SELECT key FROM passages WHERE article = ?", found).fetchall()
        self._connection.execute("DELETE FROM passages WHERE article = ?", found)
        self._connection.execute("DELETE FROM names WHERE article = ?", found)
        self._connection.execute("DELETE FROM articles WHERE number = ?", found)
        self.changed = True
        self.removed_articles.append(found[0])
        self.removed_keys.extend(key for (key,) in keys if key <= self.last_key)

    def commit(self) -> None:
        """Write everything to the file; `catalog` can still be read."""
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._connection.close()


def check_article(new: NewArticle, dimensions: int) -> None:
    """Raise `ValueError` unless vectors, words and pieces go row by row with passages cut from the article's text."""
    count = len(new.passages)
    if new.vectors.shape != (count, dimensions):
        raise ValueError(f"{count} passages need vectors of shape ({count}, {dimensions}), not {new.vectors.shape}")
    if len(new.words) != count or len(new.pieces) != count:
        raise ValueError(f"{count} passages need as many rows of words and pieces")
    if not _fits_float16(new.vectors):
        raise ValueError("a vector holds a value that is no number or too large")
    _check_passages(new)


def _fits_float16(vectors: NDArray[np.float32]) -> bool:
    return bool(np.all(np.abs(vectors) <= np.finfo(np.float16).max))


def _check_passages(new: NewArticle) -> None:
    strays: Sequence[str] = [
        passage.id
        for passage in new.passages
        if passage.article_id != new.article.id or new.article.text[passage.start : passage.end] != passage.text
    ]
    if strays:
        raise ValueError(f"passages are not cut from article {new.article.id}: {', '.join(strays[:3])}")
