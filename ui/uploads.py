"""The folder of the copies that people uploaded into one index.

Invariant: every copy lies in a folder of its own, `<uploads>/<key>/<the person's file name>`, so that no upload ever
overwrites another, and nothing outside the uploads folder is changed or deleted. The folder lies beside the index
(`indexes/default.uploads`), not in it: an index may be deleted and made again from it.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import UnreadableFile
from rag.ingestion.decoding import decode, storable
from ui.file_names import safe_parts

_LINE_ARTICLE = re.compile(r"(.*?\.(?:jsonl|ndjson))#(.*)", re.IGNORECASE | re.DOTALL)
_DRAFT = "~$"  # opens the name of a file being written; no safe name and no file of an ingest begins so
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person hands in: the file's own name, with the folders it lay in where known, and a file or the bytes."""

    name: str
    content: Path | bytes

    def size(self) -> int:
        """Bytes; raises `OSError` where there is no such file."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass(frozen=True, slots=True)
class Copy:
    """A stored copy: the folder that is its own, the file, and its path below that folder, which is its source."""

    folder: Path
    path: Path
    source: str


def handed_in(files: Sequence[Mapping[str, Any]] | None) -> tuple[Upload, ...]:
    """The uploads of a Gradio file component, as its event has them unprocessed: `path` of the copy, and `orig_name`.

    The copy's own name will not do: of the person's it lacks the folders and whatever a shell could take amiss.
    """
    return tuple(
        Upload(str(file.get("orig_name") or Path(file["path"]).name), Path(file["path"])) for file in files or ()
    )


def uploads_of(index: Path) -> Path:
    """Where the uploads of an index folder lie: beside it, `NAME.uploads`."""
    index = Path(os.path.abspath(index))
    return index.with_name(f"{index.name}.uploads")


def file_of(path: str) -> Path:
    """The file of a path that the index holds, which is `FILE#ID` for an article of a JSON-lines file."""
    lines = _LINE_ARTICLE.match(path)
    return Path(lines[1] if lines else path)


class Uploads:
    """The copies of one index; nothing is made before the first is stored."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))

    def store(self, upload: Upload, source: str) -> Copy:
        """Copy an upload under `source`, a path of safe names; raises `OSError`, leaving nothing."""
        folder = self.root / uuid.uuid4().hex[:12]
        path = folder.joinpath(*source.split("/"))
        try:
            path.parent.mkdir(parents=True)
            if isinstance(upload.content, bytes):
                path.write_bytes(upload.content)
            else:
                shutil.copyfile(upload.content, path)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Copy(folder, path, source)

    def copies(self) -> Iterator[Copy]:
        """All copies that are there, in order of key."""
        if not self.root.is_dir():
            return
        for folder in sorted(self.root.iterdir()):
            if folder.name.startswith(".") or folder.is_symlink() or not folder.is_dir():
                continue
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.is_symlink() and not path.name.startswith(_DRAFT):
                    yield Copy(folder, path, path.relative_to(folder).as_posix())

    def copy_at(self, path: Path) -> Copy | None:
        """The copy that a path names; `None` for every file that is not one, also where a link leads out."""
        path = Path(os.path.abspath(path))
        if not path.is_relative_to(self.root) or len(path.relative_to(self.root).parts) < 2:
            return None
        folder = self.root / path.relative_to(self.root).parts[0]
        if folder.is_symlink() or path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            return None
        return Copy(folder, path, path.relative_to(folder).as_posix())

    def discard(self, copy: Copy) -> None:
        """Delete a copy with its folder; what is already gone is fine. Raises `OSError`."""
        if copy.folder.parent != self.root or copy.folder.is_symlink():
            raise ValueError(f"{copy.folder} is no folder of {self.root}")
        with suppress(FileNotFoundError):
            shutil.rmtree(copy.folder)

    def forget(self, copy: Copy, path: str) -> None:
        """Take the one article that the index holds as `path`, `FILE#ID`, out of a JSON-lines copy.

        Its other articles stay. Raises `OSError`, leaving the copy as it was.
        """
        lines = _LINE_ARTICLE.match(path)
        if lines is not None:
            _drop_lines(copy.path, lines[2])


def source_for(name: str, otherwise: str) -> str:
    """The source of an upload: its name made safe, with its folders."""
    return "/".join(safe_parts(storable(name), otherwise))


def _drop_lines(path: Path, identity: str) -> None:
    draft = path.with_name(_DRAFT + path.name)
    try:
        with draft.open("wb") as stream:
            stream.writelines(line for line in _lines(path) if _identity(line, path) != identity)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        if stream.read(2) in _WIDE_MARKS:
            stream.seek(0)
            yield from (line.encode() for line in decode(stream.read(), path).splitlines(keepends=True))
            return
        stream.seek(0)
        yield from stream


def _identity(line: bytes, path: Path) -> str | None:
    try:
        record = json.loads(decode(line, path)) if line.strip() else None
    except (ValueError, RecursionError, UnreadableFile):
        return None
    identity = record.get("id") if isinstance(record, dict) else None
    return None if identity is None else storable(str(identity))


def has_same_bytes(upload: Upload, path: Path) -> bool:
    """Whether a file holds what is uploaded; false where it cannot be read. Raises `OSError` for the upload."""
    try:
        if isinstance(upload.content, bytes):
            return path.read_bytes() == upload.content
        return filecmp.cmp(upload.content, path, shallow=False)
    except FileNotFoundError:
        return False
