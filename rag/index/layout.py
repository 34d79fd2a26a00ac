"""Where the files of an index lie, what they are called, and which format they have.

Invariant: an index is what `CURRENT` says it is. `CURRENT` names one complete generation, which never changes again,
and is only ever replaced as a whole. Every file name and the format version stand here and nowhere else.

    indexes/<name>/
        CURRENT                 JSON: format, encoder, dimensions, generation, checksums
        writer.lock             held by the process that writes
        generations/<number>/   catalog.sqlite, vectors.faiss, words/
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import FormatMismatch, IndexCorrupt, IndexError_, IndexMissing

FORMAT = 1
"""Version of the folder, of its files and of the catalog's tables."""

CURRENT = "CURRENT"
CURRENT_DRAFT = "CURRENT.new"
LOCK = "writer.lock"
GENERATIONS = "generations"
CATALOG = "catalog.sqlite"
VECTORS = "vectors.faiss"
WORDS = "words"
WORDS_LOCKS = ".tantivy-"
"""Prefix of the files that tantivy locks; they hold nothing and belong to no generation."""

PARTS = (CATALOG, VECTORS, WORDS)


@dataclass(frozen=True, slots=True)
class State:
    """What `CURRENT` holds; `checksums` are CRC-32 by part of the generation (`checksum`)."""

    encoder: str
    dimensions: int
    generation: int
    checksums: Mapping[str, int]

    def to_json(self) -> str:
        """The text of `CURRENT`."""
        fields = {
            "format": FORMAT,
            "encoder": self.encoder,
            "dimensions": self.dimensions,
            "generation": self.generation,
            "checksums": dict(self.checksums),
        }
        return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one index folder."""

    root: Path

    @property
    def current(self) -> Path:
        """The file that names the generation in force."""
        return self.root / CURRENT

    @property
    def lock(self) -> Path:
        """The file that a writer holds."""
        return self.root / LOCK

    @property
    def generations(self) -> Path:
        """The folder of the generations."""
        return self.root / GENERATIONS

    def generation(self, number: int) -> Path:
        """The folder of one generation."""
        return self.generations / str(number)

    def read_current(self) -> bytes:
        """The bytes of `CURRENT`; raises `IndexMissing`, or `IndexError_` where they cannot be read."""
        try:
            return self.current.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise IndexMissing(path=self.root) from exc
        except OSError as exc:
            raise IndexError_(path=self.root) from exc

    def publish(self, state: State) -> None:
        """Put `state` in force in one step that outlives a power cut; its files must be on disk already."""
        draft = self.root / CURRENT_DRAFT
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(state.to_json())
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, self.current)
        _sync_folder(self.root)

    def discard_generations(self, keep: Collection[int]) -> None:
        """Delete the generations not in `keep`; what cannot be deleted (a reader on Windows) stays."""
        with suppress(FileNotFoundError):
            for folder in self.generations.iterdir():
                if folder.name not in map(str, keep):
                    shutil.rmtree(folder, ignore_errors=True)


def parse_state(content: bytes, root: Path) -> State:
    """Read the bytes of `CURRENT`; raises `FormatMismatch` or `IndexCorrupt`."""
    try:
        fields = json.loads(content)
        found = fields["format"]
    except (ValueError, KeyError, TypeError) as exc:
        raise IndexCorrupt(path=root, reason=f"{CURRENT}: {exc}") from exc
    if found != FORMAT:
        raise FormatMismatch(path=root, found=found, expected=FORMAT)
    try:
        return _state_from(fields)
    except (KeyError, TypeError, ValueError) as exc:
        raise IndexCorrupt(path=root, reason=f"{CURRENT}: {exc}") from exc


def _state_from(fields: Mapping[str, Any]) -> State:
    checksums = {part: int(fields["checksums"][part]) for part in PARTS}
    return State(str(fields["encoder"]), int(fields["dimensions"]), int(fields["generation"]), checksums)


def parts_files(path: Path) -> Iterator[Path]:
    """The files of a part of a generation (a file or a flat folder), in order of name, without locks."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.iterdir()):
        if not file.name.startswith(WORDS_LOCKS):
            yield file


def checksum(path: Path) -> int:
    """CRC-32 over the names and bytes of a part's files; raises `OSError` where one is missing."""
    crc = 0
    for file in parts_files(path):
        crc = zlib.crc32(file.name.encode(), crc)
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                crc = zlib.crc32(block, crc)
    return crc


def is_intact(folder: Path, part: str, state: State) -> bool:
    """Whether a part of a generation is there and has the bytes that were published."""
    try:
        return checksum(folder / part) == state.checksums[part]
    except OSError:
        return False


def share_files(source: Path, target: Path) -> None:
    """Give `target` the files of the flat folder `source`, as hard links where the file system has them."""
    target.mkdir()
    for file in parts_files(source):
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


def settle(folder: Path) -> None:
    """Bring a finished generation to disk, readable by whoever may read its catalog."""
    mode = (folder / CATALOG).stat().st_mode & 0o777
    for part in PARTS:
        for file in parts_files(folder / part):
            # tantivy makes its files private to the user, which would hide the words from other readers
            if file.stat().st_mode & 0o777 != mode:
                file.chmod(mode)
            _sync_file(file)
    for place in (folder / WORDS, folder, folder.parent):
        _sync_folder(place)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
