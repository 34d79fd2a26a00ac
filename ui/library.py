"""The articles of one index as a person keeps them: added, listed, removed, read again, each file told of by name.

Invariant: what was stored stays until its removal is asked for. A file is changed or deleted only in the uploads
folder; those that were ingested from elsewhere are read and nothing more.

Every long piece of work is an iterator of steps, whose messages are in an interface language. One that is dropped
before its end keeps what is in the index by then. Threads may share a library.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from rag.assistant import Assistant
from rag.errors import ArticleUnknown, IndexLocked
from rag.messages import say
from rag.text.folding import fold_text
from rag.types import LANGUAGES, ArticleInfo, HeldFile
from ui.file_names import comparable, is_litter, numbered, safe_name
from ui.indexing import Indexer, is_enough
from ui.library_types import Entry, Listing, Removed, Status, Step, Work
from ui.uploads import Copy, Upload, Uploads, file_of, has_same_bytes, source_for
from ui.words import label

UPLOAD_LIMIT = 256 << 20
"""Bytes of one upload at most; what a kind of file may have is decided where it is read."""

SHOWN = 200
"""Articles that a list shows at most; words narrow it down."""

_LONGEST_TITLE, _FIRST_WORDS, _REMOVAL_PATIENCE = 200, 40, 5.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """What is there already: sources in use in comparable form, and files by size."""

    sources: set[str] = field(default_factory=set)
    files: dict[int, list[Path]] = field(default_factory=dict)


class Library:
    """The articles of an assistant's index, with the folder that keeps the copies of what people upload."""

    def __init__(self, assistant: Assistant, uploads: Path, patience: float = 20.0, pause: float = 0.5) -> None:
        """`uploads` is made when needed; see `ui.uploads.uploads_of`. `patience`, `pause`: seconds, as in `Indexer`."""
        self.assistant, self.uploads = assistant, Uploads(uploads)
        self._indexer = Indexer(assistant, self.uploads, patience, pause)
        self._naming = Lock()

    def listing(self, words: str = "", limit: int = SHOWN) -> Listing:
        """The articles whose title, source, date or language holds every one of these words, in any script."""
        infos = self.assistant.articles()
        sought = fold_text(words).split()
        found = [info for info in infos if all(word in _searched(info) for word in sought)]
        paths = {file.article_id: file_of(file.path) for file in self._files()}
        entries = tuple(self._entry(info, paths.get(info.id)) for info in found[:limit])
        return Listing(entries, len(found), len(infos))

    def add(self, uploads: Sequence[Upload], language: str) -> Iterator[Step]:
        """Copy files into the uploads folder and index them, a few at a time."""
        known = self._known()
        waiting: list[Work] = []
        try:
            for place, upload in enumerate(uploads):
                step = Step(place, len(uploads), upload.name, "reading")
                yield step
                taken = self._take(upload, step, known, language)
                if isinstance(taken, Step):
                    yield taken
                    continue
                waiting.append(taken)
                if is_enough(waiting):
                    yield from self._indexer.run(waiting, language)
            yield from self._indexer.run(waiting, language)
        finally:
            for work in waiting:
                self._indexer.discard(work)

    def add_text(self, text: str, title: str, language: str) -> Iterator[Step]:
        """Index a text that was pasted; without a title, its first words name it."""
        title = " ".join(title.split())[:_LONGEST_TITLE]
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        name = safe_name(title or first[:_FIRST_WORDS], label("articles.pasted", language))
        if title:
            # JSON's quoted text is YAML's too, whatever the title holds
            upload = Upload(f"{name}.md", _bytes(f"---\ntitle: {json.dumps(title)}\n---\n{text}" if first else ""))
        else:
            upload = Upload(f"{name}.txt", _bytes(text if first else ""))
        yield from self.add([upload], language)

    def pending(self) -> tuple[str, ...]:
        """The copies that are stored and not in the index: it could not be written, or this program was stopped."""
        return tuple(copy.source for copy in self._pending())

    def resume(self, language: str) -> Iterator[Step]:
        """Index the copies that are `pending`."""
        copies = self._pending()
        self._indexer.take(*copies)
        try:
            waiting: list[Work] = []
            for place, copy in enumerate(copies):
                waiting.append(Work(Step(place, len(copies), copy.source, "reading"), copy.folder, copy.path, copy))
                yield waiting[-1].step
            yield from self._indexer.run(waiting, language)
        finally:
            self._indexer.release(*copies)

    def abandon(self) -> tuple[str, ...]:
        """Delete the copies that are `pending` and give back their names."""
        copies = self._pending()
        for copy in copies:
            self._indexer.discard(Work(Step(0, 1, copy.source, "removed"), copy.folder, copy.path, copy))
        return tuple(copy.source for copy in copies)

    def remove(self, article_id: str) -> Removed:
        """Remove an article by its id, with its uploaded copy; no other file is touched.

        Raises `ArticleUnknown`, or what writing the index raises (`IndexLocked` when another writer is still at it
        after a few seconds), and then nothing is removed.
        """
        info = next((one for one in self.assistant.articles() if one.id == article_id), None)
        if info is None:
            raise ArticleUnknown(article=article_id)
        held = next((file for file in self._files() if file.article_id == article_id), None)
        until = time.monotonic() + min(self._indexer.patience, _REMOVAL_PATIENCE)
        while True:
            try:
                self.assistant.remove(article_id)
                break
            except IndexLocked:
                if time.monotonic() >= until:
                    raise
                time.sleep(self._indexer.pause)
        return Removed(info, held is not None and self._forget(held))

    def reindex(self, language: str) -> Iterator[Step]:
        """Read again every file that the index or the uploads folder knows.

        An article whose file is gone stays as it is stored, and is told of; so does one whose file cannot be read.
        """
        sources = {copy.path: copy.source for copy in self.uploads.copies() if not self._indexer.has(copy)}
        held = self._files()
        for file in held:
            sources.setdefault(file_of(file.path), file_of(file.path).name if "#" in file.path else file.source)
        there = [(path, source) for path, source in sources.items() if path.exists()]
        waiting: list[Work] = []
        for place, (path, source) in enumerate(there):
            copy = self.uploads.copy_at(path)
            # the folder of a copy gives its source, which the file alone does not
            waiting.append(Work(Step(place, len(there), source, "reading"), copy.folder if copy else path, path))
            yield waiting[-1].step
            if is_enough(waiting):
                yield from self._indexer.run(waiting, language)
        yield from self._indexer.run(waiting, language)
        lost = [file.source for file in self._files() if not file_of(file.path).exists()]
        for place, source in enumerate(lost, start=len(there)):
            yield Step(place, len(there) + len(lost), source, "gone", message=label("upload.gone", language))

    def _files(self) -> tuple[HeldFile, ...]:
        return self.assistant.store.snapshot().files()

    def _entry(self, info: ArticleInfo, path: Path | None) -> Entry:
        if path is None:
            return Entry(info, uploaded=False)
        return Entry(info, self.uploads.copy_at(path) is not None, path.exists())

    def _pending(self) -> tuple[Copy, ...]:
        # looked for first: a copy that is indexed meanwhile is then held, not pending
        copies = [copy for copy in self.uploads.copies() if not self._indexer.has(copy)]
        held = {file_of(file.path) for file in self._files()}
        return tuple(copy for copy in copies if copy.path not in held)

    def _known(self) -> _Known:
        known, copies, files = _Known(), list(self.uploads.copies()), self._files()
        sources = [*(copy.source for copy in copies), *(file.source for file in files)]
        known.sources.update(map(comparable, sources))
        for path in {file_of(file.path) for file in files} | {copy.path for copy in copies}:
            with suppress(OSError):
                known.files.setdefault(path.stat().st_size, []).append(path)
        return known

    def _take(self, upload: Upload, step: Step, known: _Known, language: str) -> Work | Step:
        """Copy an upload, or say why not."""

        def ended(status: Status, message: str) -> Step:
            return Work(step, Path(), Path()).ends(status, message)

        if is_litter(upload.name):
            return ended("skipped", label("upload.hidden", language))
        try:
            size = upload.size()
            if size > UPLOAD_LIMIT:
                megabytes = {"size": f"{size / 2**20:.0f}", "limit": UPLOAD_LIMIT >> 20}
                return ended("failed", say("reason.too_large", language, **megabytes))
            same = next((path for path in known.files.get(size, ()) if size and has_same_bytes(upload, path)), None)
            if same is not None:
                return ended("same", label("upload.same", language, name=self._named(same)))
            return self._copied(upload, step, known, language)
        except OSError as error:
            _log.warning("an upload could not be copied: %s", error)
            return ended("failed", say("reason.disk", language, detail=error.strerror or type(error).__name__))

    def _copied(self, upload: Upload, step: Step, known: _Known, language: str) -> Work:
        wished = source_for(upload.name, label("articles.pasted", language))
        with self._naming:
            # what others upload at the same time is not known yet
            in_use = known.sources.union(map(comparable, self._indexer.sources()))
            source, number = wished, 1
            while comparable(source) in in_use:
                number += 1
                source = numbered(wished, number)
            copy = self.uploads.store(upload, source)
            self._indexer.take(copy)
        known.sources.add(comparable(source))
        known.files.setdefault(copy.path.stat().st_size, []).append(copy.path)
        key = "upload.same_name" if number > 1 else "upload.renamed" if source != upload.name else ""
        return Work(step, copy.folder, copy.path, copy, label(key, language, name=wished, kept=source) if key else "")

    def _named(self, path: Path) -> str:
        copy = self.uploads.copy_at(path)
        return copy.source if copy else path.name

    def _forget(self, held: HeldFile) -> bool:
        """Delete the uploaded copy of an article that is no longer held, or its line there; whether there was one."""
        copy = self.uploads.copy_at(file_of(held.path))
        if copy is None or not copy.path.exists():
            return False
        try:
            if any(file_of(other.path) == copy.path for other in self._files()):
                self.uploads.forget(copy, held.path)
            else:
                self.uploads.discard(copy)
        except OSError as error:
            _log.warning("the copy %s could not be deleted: %s", copy.path, error)
            return False
        return True


def _searched(info: ArticleInfo) -> str:
    languages = " ".join(label(f"language.{info.language}", language) for language in LANGUAGES)
    return _folded(f"{info.title}\n{info.source}\n{info.date or ''}\n{languages}")


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    return fold_text(text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
