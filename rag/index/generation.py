"""Preparing the next generation of an index in a folder of its own.

Invariant: nothing here touches a published file. What the new generation shares with the one before it, it shares as
hard links to files that are never changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexCorrupt
from rag.index import layout
from rag.index.catalog_writer import CatalogWriter
from rag.index.dense import DenseIndex
from rag.index.failures import writing
from rag.index.layout import Layout, State
from rag.index.lexical import build_words, change_words, worth_changing
from rag.index.parts import load_dense
from rag.types import NewArticle


@dataclass(frozen=True, slots=True)
class Change:
    """Articles to put and, before that, ids to remove."""

    put: Iterable[NewArticle]
    removed: Sequence[str] = ()


def prepare(place: Layout, base: State, change: Change, exact_limit: int) -> State | None:
    """Bring the generation after `base` to disk and return its state; `None` where the change changes nothing.

    Where `base` is generation 0, there is none before and an empty one is made. Raises what the articles' iterator
    raises, and the errors of `rag.index.failures.writing`.
    """
    folder = place.generation(base.generation + 1)
    with writing(place.root):
        folder.mkdir(parents=True)
        if base.generation:
            if not layout.is_intact(place.generation(base.generation), layout.CATALOG, base):
                raise IndexCorrupt(path=place.root, reason=f"{layout.CATALOG}: not as published")
            shutil.copyfile(place.generation(base.generation) / layout.CATALOG, folder / layout.CATALOG)
        writer = CatalogWriter(folder / layout.CATALOG, place.root, base.dimensions)
    with closing(writer):
        _apply(change, writer, place.root)
        if base.generation and not writer.changed:
            return None
        with writing(place.root):
            writer.commit()
            _derive(folder, place, base, writer, exact_limit)
    with writing(place.root):
        layout.settle(folder)
        checksums = {part: layout.checksum(folder / part) for part in layout.PARTS}
    return State(base.encoder, base.dimensions, base.generation + 1, checksums)


def _apply(change: Change, writer: CatalogWriter, root: Path) -> None:
    with writing(root):
        for article_id in change.removed:
            writer.remove(article_id)
    articles = iter(change.put)
    # the next article is fetched outside `writing`: its errors are the caller's
    while (new := next(articles, None)) is not None:
        with writing(root):
            writer.put(new)


def _derive(folder: Path, place: Layout, base: State, writer: CatalogWriter, exact_limit: int) -> None:
    before = place.generation(base.generation)
    _make_vectors(folder, before, base, writer, exact_limit)
    if not _words_from_before(folder, before, base, writer):
        build_words(folder / layout.WORDS, writer.catalog.words())


def _make_vectors(folder: Path, before: Path, base: State, writer: CatalogWriter, exact_limit: int) -> None:
    catalog, count = writer.catalog, writer.catalog.count()
    index = load_dense(before, base) if base.generation and count > exact_limit else None
    # a flat index is made anew as fast as it is read; clusters are kept while they fit
    if (
        index is None
        or not index.change(writer.removed_keys, *catalog.vectors(writer.last_key))
        or index.count != count
    ):
        index = DenseIndex.build(*catalog.vectors(), base.dimensions, exact_limit)
    index.save(folder / layout.VECTORS)


def _words_from_before(folder: Path, before: Path, base: State, writer: CatalogWriter) -> bool:
    """Carry the words over and change them; `False` where making them anew is better or needed."""
    if not base.generation or not layout.is_intact(before, layout.WORDS, base):
        return False
    left = writer.catalog.count()
    if not worth_changing(before / layout.WORDS, len(writer.removed_keys), left):
        return False
    words = folder / layout.WORDS
    layout.share_files(before / layout.WORDS, words)
    try:
        return change_words(words, writer.removed_articles, writer.catalog.words(writer.last_key)) == left
    except ValueError:
        return False
