"""Search by word: BM25 over the passages' words, kept by tantivy.

Invariant: a word is one term, the same when it is stored and when it is asked for (`as_term`); nothing is split,
folded or stemmed here. BM25 (Robertson and Zaragoza 2009) has k1 = 1.2 and b = 0.75; a word's part of the score is
multiplied by its weight. Passages that were removed leave the word statistics when their files are merged.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import EIO, ENOSPC
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from rag.index.catalog import WordsRow
from rag.index.layout import WORDS_LOCKS
from rag.types import Candidate, Language

# 4 bytes a character stay below tantivy's 65,530 bytes a term
_LONGEST_WORD = 1000
# the least that tantivy accepts is 15 million
_HEAP_BYTES = 32_000_000
# above this share of removed passages the words are made anew
_DEAD_SHARE = 0.2
_SPACES = "spaces"


# the same words come again and again
@lru_cache(maxsize=65536)
def as_term(word: str) -> str:
    """The one term that stands for a word in the index: without white space, cut at 1,000 characters."""
    joined = "".join(word.split())[:_LONGEST_WORD]
    return joined.encode("utf-8", "replace").decode()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", fast=True)
    builder.add_integer_field("article", indexed=True)
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name=_SPACES, index_option="freq")
    return builder.build()


def _with_tokenizer(index: Any) -> Any:
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_SPACES, analyzer)
    return index


class LexicalIndex:
    """Words by key, searched by BM25, from any thread."""

    def __init__(self, index: Any) -> None:
        """Search the state that `index` has now."""
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open the words in `folder`, leaving the folder as it is; raises `OSError` or `ValueError`."""
        # tantivy makes a lock file beside what it reads, and the folder may be read-only
        # the library may still write its lock file while the shadow is removed
        with tempfile.TemporaryDirectory(prefix="rag-words-", ignore_cleanup_errors=True) as shadow:
            for file in folder.iterdir():
                if not file.name.startswith(WORDS_LOCKS):
                    _show(file, Path(shadow) / file.name)
            index = _with_tokenizer(tantivy.Index.open(shadow))
            # without this, a thread goes on watching the folder
            index.config_reader("manual")
            return cls(index)

    @classmethod
    def in_memory(cls, rows: Iterable[WordsRow]) -> LexicalIndex:
        """Index `rows` without a folder."""
        index = _with_tokenizer(tantivy.Index(_schema()))
        _change(index, (), rows)
        return cls(index)

    @property
    def count(self) -> int:
        """How many passages there are."""
        return int(self._searcher.num_docs)

    def keys(self) -> NDArray[np.int64]:
        """The keys, ascending, int64."""
        found = self._run(tantivy.Query.all_query(), max(1, self.count))
        return np.sort(np.array([candidate.key for candidate in found], dtype=np.int64))

    def search(
        self,
        weights: Mapping[str, float],
        k: int,
        languages: Sequence[Language] = (),
        articles: Sequence[int] | None = None,
    ) -> tuple[Candidate, ...]:
        """The k keys of the highest BM25, best first, ties by key.

        `weights` are the words with their weights; those of zero or less do not count. `languages` (none: all) and
        `articles` (numbers, `None`: all) restrict the passages.
        """
        terms = {term: weight for word, weight in weights.items() if weight > 0 and (term := as_term(word))}
        k = min(k, self.count)
        if k <= 0 or not terms or (articles is not None and not articles):
            return ()
        query = self._any_of([self._weighted(term, weight) for term, weight in terms.items()])
        required = [query]
        if languages:
            required.append(self._unscored("language", languages))
        if articles is not None:
            required.append(self._unscored("article", articles))
        return self._run(tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in required]), k)

    def _weighted(self, term: str, weight: float) -> Any:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, "words", term, "freq"), weight)

    def _any_of(self, queries: Sequence[Any]) -> Any:
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _unscored(self, field: str, values: Sequence[Any]) -> Any:
        return tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, field, list(values)), 0.0)

    def _run(self, query: Any, k: int) -> tuple[Candidate, ...]:
        hits = self._searcher.search(query, limit=k, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        found = [Candidate(int(key), float(score)) for key, (score, _) in zip(keys, hits, strict=True)]
        return tuple(sorted(found, key=lambda candidate: (-candidate.score, candidate.key)))


def _show(file: Path, place: Path) -> None:
    try:
        place.symlink_to(file.resolve())
    except OSError:
        shutil.copyfile(file, place)


def build_words(folder: Path, rows: Iterable[WordsRow]) -> None:
    """Make the words of a generation anew in `folder`; raises `OSError`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with _failures_as_os_errors():
        _change(_with_tokenizer(tantivy.Index(_schema(), path=str(folder))), (), rows)
    _drop_locks(folder)


def change_words(folder: Path, removed: Sequence[int], rows: Iterable[WordsRow]) -> int:
    """Take out the articles with the numbers `removed`, add `rows`, and return how many passages there are then.

    Raises `OSError`, and `ValueError` where tantivy cannot open the folder.
    """
    index = _with_tokenizer(tantivy.Index.open(str(folder)))
    with _failures_as_os_errors():
        _change(index, removed, rows)
    _drop_locks(folder)
    return int(index.searcher().num_docs)


def worth_changing(folder: Path, removed: int, left: int) -> bool:
    """Whether few enough of the passages in `folder` are gone, `removed` more, for `left` that stay.

    More would bend the word statistics and slow the search; then the words are better made anew.
    """
    segments = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]
    gone = sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)
    return bool(gone + removed <= _DEAD_SHARE * left)


def _change(index: Any, removed: Sequence[int], rows: Iterable[WordsRow]) -> None:
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for number in removed:
        writer.delete_documents_by_term("article", number)
    for row in rows:
        document = tantivy.Document()
        document.add_integer("key", row.key)
        document.add_integer("article", row.article)
        document.add_text("language", row.language)
        document.add_text("words", row.words)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()


def _drop_locks(folder: Path) -> None:
    for file in folder.glob(WORDS_LOCKS + "*"):
        file.unlink(missing_ok=True)


@contextmanager
def _failures_as_os_errors() -> Iterator[None]:
    """Tantivy reports a failed write as a `ValueError` with the system's error number, if any, in its text."""
    try:
        yield
    except ValueError as exc:
        text = str(exc)
        found = re.search(r"(?:os error|code:) (\d+)", text)
        # a worker that dies of a failed write does not say which; in practice the disk is full
        number = int(found.group(1)) if found else ENOSPC if "io::Error" in text else EIO
        raise OSError(number, text) from exc
