"""What a GGUF file says of itself, read without any other package.

Invariant: a file that is read here is whole: every part is there and every tensor lies within its file. Nothing but
the header is read, however large the file is.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IncompleteModel, ModelNotFound
from rag.models.memory import in_words

Value = int | float | bool | str | tuple["Value", ...] | None

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_PLAIN = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)
# long arrays are vocabularies
_LONGEST_ARRAY = 4096
_CACHE_BYTES = 2

# how a tensor's type packs numbers (ggml's GGML_QUANT_SIZES): type and bytes of blocks of 1, 32 and 256 numbers
_SINGLE = ((0, 4), (1, 2), (24, 1), (25, 2), (26, 4), (27, 8), (28, 8), (30, 2))
_OF_32 = ((2, 18), (3, 20), (6, 22), (7, 24), (8, 34), (9, 40), (20, 18), (39, 17))
_OF_256 = (
    *((10, 84), (11, 110), (12, 144), (13, 176), (14, 210), (15, 292), (16, 66), (17, 74), (18, 98), (19, 50)),
    *((21, 110), (22, 82), (23, 136), (29, 56), (34, 54), (35, 66)),
)
_BLOCKS: Mapping[int, tuple[int, int]] = {
    kind: (numbers, size) for numbers, kinds in ((1, _SINGLE), (32, _OF_32), (256, _OF_256)) for kind, size in kinds
}
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A model in GGUF: all its parts in order, their bytes together, and the values of its header.

    `values` leaves out vocabularies and other long lists.
    """

    parts: tuple[Path, ...]
    size: int
    values: Mapping[str, Value]

    @property
    def architecture(self) -> str:
        """The architecture in llama.cpp's words (`qwen3`)."""
        return str(self.values.get("general.architecture") or "?")

    @property
    def name(self) -> str:
        """The model's name as its makers wrote it, with hyphens for spaces; may be empty."""
        return "-".join(str(self.values.get("general.name") or "").split())

    @property
    def has_chat_template(self) -> bool:
        """Whether it can be talked to in turns."""
        return bool(self.values.get("tokenizer.chat_template"))

    @property
    def trained_context(self) -> int:
        """Tokens that it was trained for; 0 where it does not say."""
        return self._number("context_length")

    def cache_bytes(self) -> int:
        """Bytes that one token of context takes while the model runs, in 16 bits; 0 where that cannot be told."""
        layers, width, heads = (
            self._number(key) for key in ("block_count", "embedding_length", "attention.head_count")
        )
        held = self.values.get(f"{self.architecture}.attention.head_count_kv") or heads
        each = [item for item in held if isinstance(item, int)] if isinstance(held, tuple) else [held] * layers
        head = width // heads if heads else 0
        keys = self._number("attention.key_length") or head
        values = self._number("attention.value_length") or head
        return sum(int(number) for number in each if isinstance(number, int)) * (keys + values) * _CACHE_BYTES

    def bytes_with(self, context: int) -> int:
        """Bytes that the weights and a context of so many tokens take together, at least."""
        return self.size + context * self.cache_bytes()

    def _number(self, key: str) -> int:
        value = self.values.get(f"{self.architecture}.{key}")
        if isinstance(value, tuple):
            value = max((item for item in value if isinstance(item, int)), default=0)
        return value if isinstance(value, int) else 0


def read_gguf(path: Path) -> GgufFile:
    """The header of a GGUF file, of the first part where there are several.

    Raises `ModelNotFound` where there is no such file, `IncompleteModel` where it is none, cut off or lacks a part.
    """
    if not path.is_file():
        raise ModelNotFound(model=str(path), reason_key="reason.directory" if path.is_dir() else "reason.not_found")
    parts = _parts(path)
    values: Mapping[str, Value] = {}
    for number, part in enumerate(parts):
        header = _checked(path, part)
        values = header if number == 0 else values
    return GgufFile(parts, sum(part.stat().st_size for part in parts), values)


def _parts(path: Path) -> tuple[Path, ...]:
    """All parts of the model that a file is one of."""
    found = _PART.search(path.name)
    if found is None:
        return (path,)
    count, stem = int(found[2]), path.name[: found.start()]
    parts = tuple(path.with_name(f"{stem}-{number:05d}-of-{count:05d}.gguf") for number in range(1, count + 1))
    for part in parts:
        if not part.is_file():
            raise IncompleteModel(model=str(path), reason_key="reason.file_missing", file=part.name)
    return parts


def _checked(path: Path, part: Path) -> Mapping[str, Value]:
    """The values of one part's header, once all its tensors are known to lie within it."""
    size = part.stat().st_size
    try:
        with part.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            values, end = _Header(content).read()
    except (_Damaged, ValueError, UnicodeDecodeError, RecursionError) as error:
        raise IncompleteModel(model=str(path), reason_key="reason.file_damaged", file=part.name) from error
    except struct.error as error:
        # the header itself ends too early
        raise _cut_off(path, part, size, 0) from error
    except OSError as error:
        raise ModelNotFound(model=str(path), reason_key="reason.permission") from error
    if end > size:
        raise _cut_off(path, part, size, end)
    return values


def _cut_off(path: Path, part: Path, size: int, expected: int) -> IncompleteModel:
    if not expected:
        return IncompleteModel(model=str(path), reason_key="reason.file_damaged", file=part.name)
    have, whole = in_words(size), in_words(expected)
    return IncompleteModel(model=str(path), reason_key="reason.cut_off", file=part.name, have=have, size=whole)


class _Damaged(Exception):
    """What is read is no GGUF header."""


class _Header:
    """Reads a header from its first byte; raises `_Damaged`, or `struct.error` where it ends too early."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content, self._at = content, 0

    def read(self) -> tuple[Mapping[str, Value], int]:
        """The values, and the number of bytes that the file must have at least."""
        if self._content[:4] != b"GGUF":
            raise _Damaged("magic")
        self._at = 4
        if self._take("<I") not in _VERSIONS:
            raise _Damaged("version")
        tensors, pairs = self._count(), self._count()
        values: dict[str, Value] = {}
        for _ in range(pairs):
            key = self._string()
            values[key] = self._value(self._take("<I"))
        ends = [self._tensor_end() for _ in range(tensors)]
        alignment = values.get("general.alignment")
        step = alignment if isinstance(alignment, int) and alignment > 0 else 32
        start = -(-self._at // step) * step
        return values, start + max(ends) if ends else self._at

    def _take(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return value  # type: ignore[no-any-return]

    def _count(self) -> int:
        """A number of things that take a byte each at least."""
        count = self._take("<Q")
        if count > len(self._content):
            raise struct.error("more than the file can hold")
        return count

    def _string(self) -> str:
        length = self._count()
        if self._at + length > len(self._content):
            raise struct.error("string")
        self._at += length
        return self._content[self._at - length : self._at].decode("utf-8", "replace")

    def _value(self, kind: int) -> Value:
        if kind in _PLAIN:
            return self._take(_PLAIN[kind])
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._array(self._take("<I"), self._count())
        raise _Damaged("type of a value")

    def _array(self, kind: int, count: int) -> Value:
        if count <= _LONGEST_ARRAY:
            return tuple(self._value(kind) for _ in range(count))
        if kind in _PLAIN:
            self._at += count * struct.calcsize(_PLAIN[kind])
            return None
        if kind != _STRING:
            raise _Damaged("type of an array")
        for _ in range(count):
            self._at += 8 + int.from_bytes(self._content[self._at : self._at + 8], "little")
        return None

    def _tensor_end(self) -> int:
        """Where a tensor ends, counted from the first byte of all tensors."""
        self._string()
        numbers, dimensions = 1, self._take("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Damaged("shape of a tensor")
        for _ in range(dimensions):
            numbers *= self._take("<Q")
        block, size = _BLOCKS.get(self._take("<I"), (1, 0))
        return self._take("<Q") + -(-numbers // block) * size
