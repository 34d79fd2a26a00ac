"""Several indexes, each a collection of articles under a name of a person's own.

Invariant: a collection is a folder below the root that holds an index, as `rag --index FOLDER` takes it, and beside it
`FOLDER.uploads` with its uploaded copies and `collection.json`, which keeps the name as it was typed. Only folders
found in the list are ever opened or deleted, and the default one is always in it and never deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import BadRequest, IndexReadOnly, RagError
from rag.text.folding import fold_text
from ui.file_names import comparable, numbered, safe_name
from ui.library import Library
from ui.uploads import uploads_of

LONGEST_NAME = 60
"""Characters of a collection's name."""

_NAME_FILE = "collection.json"
_UPLOADS = ".uploads"
_DELETED = ".deleted-"


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: its folder below the root, which identifies it, and the name that people see."""

    folder: str
    name: str


class Collections:
    """The collections below one folder, each opened once and shared by all; threads may share this.

    The models are loaded once, by the collection that was opened first, which lends them to the others.
    """

    def __init__(self, root: Path, settings: Settings, default: str = "default") -> None:
        """Nothing is made or opened yet."""
        self.root, self.settings, self.default = Path(os.path.abspath(root)), settings, default
        self._opened: dict[str, Assistant] = {}
        self._libraries: dict[str, Library] = {}
        self._lender: Assistant | None = None
        self._adopted = False
        self._guard = RLock()

    @classmethod
    def beside(cls, index: Path, settings: Settings) -> Collections:
        """The collections that lie beside an index, which is their default one."""
        index = Path(os.path.abspath(index))
        return cls(index.parent, settings, index.name)

    def adopt(self, assistant: Assistant) -> None:
        """Use an assistant that is open already for the default collection; `close` leaves it open."""
        with self._guard:
            self._opened[self.default] = self._lender = assistant
            self._adopted = True

    def list(self) -> tuple[Collection, ...]:
        """The default collection first, then the others by name."""
        others = sorted(self._folders() - {self.default})
        named = sorted((Collection(folder, self._name(folder)) for folder in others), key=lambda c: fold_text(c.name))
        return (Collection(self.default, self._name(self.default)), *named)

    def create(self, name: str) -> Collection:
        """Make an empty collection; raises `BadRequest` for a name that cannot be used, or what opening it raises."""
        with self._guard:
            named = self._usable(name)
            folder = self._free_folder(named)
            self._write_name(folder, named)
            try:
                self._open(folder)
            except BaseException:
                shutil.rmtree(self._uploads(folder), ignore_errors=True)
                raise
        return Collection(folder, named)

    def rename(self, folder: str, name: str) -> Collection:
        """Give a collection another name; its folder stays. Raises `BadRequest`, `IndexReadOnly`."""
        with self._guard:
            self._check(folder)
            named = self._usable(name, besides=folder)
            self._write_name(folder, named)
        return Collection(folder, named)

    def assistant(self, folder: str) -> Assistant:
        """The assistant of a collection, opened when first asked for; raises `BadRequest`, or what opening raises."""
        with self._guard:
            if folder in self._opened:
                return self._opened[folder]
            self._check(folder)
            return self._open(folder)

    def library(self, folder: str) -> Library:
        """The library of a collection, opened when first asked for; raises as `assistant`."""
        with self._guard:
            if folder not in self._libraries:
                self._libraries[folder] = Library(self.assistant(folder), self._uploads(folder))
            return self._libraries[folder]

    def delete(self, folder: str) -> None:
        """Delete a collection with its index and its uploaded copies; files ingested from elsewhere stay.

        Raises `BadRequest` for the default or an unknown one, `IndexLocked` while it is being written to, and
        `IndexReadOnly` where it cannot be deleted; it is all there then.
        """
        if folder == self.default:
            raise BadRequest(what=self._name(folder), reason_key="reason.kept_collection")
        with self._guard, ExitStack() as held:
            self._check(folder)
            with suppress(RagError):
                self.assistant(folder)
            if folder in self._opened:  # one that cannot be opened is deleted all the same
                held.enter_context(self._opened[folder].store.exclusive())
            trash = self.root / f"{_DELETED}{uuid.uuid4().hex[:12]}"
            self._move_away(folder, trash)
            # it is not closed: its models, where they are its own, serve the others too
            self._opened.pop(folder, None)
            self._libraries.pop(folder, None)
        # also what an earlier deletion could not finish
        for left in self.root.glob(f"{_DELETED}*"):
            shutil.rmtree(left, ignore_errors=True)

    def close(self) -> None:
        """Close the models that were opened here."""
        with self._guard:
            if self._lender is not None and not self._adopted:
                self._lender.close()
            self._lender, self._adopted = None, False
            self._opened.clear()
            self._libraries.clear()

    def _folders(self) -> set[str]:
        return {self.default, *self._found()}

    def _found(self) -> Iterator[str]:
        if not self.root.is_dir():
            return
        for path in self.root.iterdir():
            if path.name.startswith(".") or path.is_symlink() or not path.is_dir():
                continue
            if path.name.endswith(_UPLOADS):
                if (path / _NAME_FILE).is_file():
                    yield path.name.removesuffix(_UPLOADS)
            elif (path / "CURRENT").is_file() and (path / "generations").is_dir():
                yield path.name

    def _check(self, folder: str) -> None:
        if folder not in self._folders():
            raise BadRequest(what=folder, reason_key="reason.no_collection")

    def _open(self, folder: str) -> Assistant:
        path = self.root / folder
        if self._lender is None:
            self._lender = Assistant.open(path, replace(self.settings, index=str(path)))
            self._opened[folder] = self._lender
        else:
            self._opened[folder] = self._lender.beside(path)
        return self._opened[folder]

    def _uploads(self, folder: str) -> Path:
        return uploads_of(self.root / folder)

    def _name(self, folder: str) -> str:
        """The name that was typed; the folder's, where none was."""
        try:
            name = json.loads((self._uploads(folder) / _NAME_FILE).read_text(encoding="utf-8"))["name"]
        except (OSError, ValueError, KeyError, TypeError):
            return folder
        return _tidy(name) or folder if isinstance(name, str) else folder

    def _write_name(self, folder: str, name: str) -> None:
        uploads = self._uploads(folder)
        draft = uploads / f"{_NAME_FILE}.new"
        try:
            uploads.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({"name": name}, ensure_ascii=False) + "\n", encoding="utf-8")
            os.replace(draft, uploads / _NAME_FILE)
        except OSError as error:
            raise IndexReadOnly(path=uploads) from error

    def _usable(self, name: str, besides: str = "") -> str:
        named = _tidy(name)
        if not any(char.isalnum() for char in named):
            raise BadRequest(what=named or '""', reason_key="reason.no_name")
        if len(named) > LONGEST_NAME:
            raise BadRequest(what=f"{named[:LONGEST_NAME]}…", reason_key="reason.name_too_long", limit=LONGEST_NAME)
        if any(fold_text(one.name) == fold_text(named) for one in self.list() if one.folder != besides):
            raise BadRequest(what=named, reason_key="reason.name_taken")
        return named

    def _free_folder(self, name: str) -> str:
        """A folder for a new collection: the name in safe form, without dots, numbered where it is in use."""
        wished = safe_name(name.replace(".", "_"), "collection").replace(" ", "-")
        there = {comparable(path.name.removesuffix(_UPLOADS)) for path in self.root.glob("*")} | {self.default}
        folder, number = wished, 1
        while comparable(folder) in there:
            number += 1
            folder = numbered(wished, number).replace(" ", "-")
        return folder

    def _move_away(self, folder: str, trash: Path) -> None:
        """Take a collection out of sight in one step for each of its two folders; undone when the second fails."""
        index, uploads = self.root / folder, self._uploads(folder)
        try:
            trash.mkdir()
            if uploads.exists():
                os.replace(uploads, trash / "uploads")
            try:
                if index.exists():
                    os.replace(index, trash / "index")
            except OSError:
                if (trash / "uploads").exists():
                    os.replace(trash / "uploads", uploads)
                trash.rmdir()
                raise
        except OSError as error:
            raise IndexReadOnly(path=index) from error


def _tidy(name: str) -> str:
    """A name on one line, without what is invisible or turns the direction of a text."""
    shown = (" " if char.isspace() else char for char in name)
    kept = "".join(char for char in shown if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return " ".join(unicodedata.normalize("NFC", kept).split())
