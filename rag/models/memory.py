"""How much memory this machine and this process have, in bytes, and whether a model fits.

Invariant: nothing is imported to find out; the memory of a GPU counts only where torch is loaded already.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MEMINFO, _STATUS = Path("/proc/meminfo"), Path("/proc/self/status")
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
# the system and the page need the rest
_USABLE = 0.8


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory: of the machine, of it what is free now, and of the largest GPU; 0 where it is not known."""

    total: int
    available: int
    gpu: int = 0


def memory() -> Memory:
    """The memory of this machine, or of the container that this process is confined to."""
    if sys.platform == "win32":
        total, available = _windows()
    elif sys.platform == "darwin":
        total = available = _sysctl("hw.memsize")
    else:
        total, available = _linux(_MEMINFO, _GROUP_LIMIT)
    return Memory(total, available, _gpu())


def fits(size_gb: float, machine: Memory | None = None) -> bool:
    """Whether a model that takes `size_gb` GB (10^9 bytes) fits the GPU, or four fifths of the machine's memory.

    What is not known fits.
    """
    machine = machine or memory()
    needed = size_gb * 1e9
    return not machine.total or needed <= machine.gpu or needed <= _USABLE * machine.total


def process_bytes() -> int:
    """Memory that this process and those that it started hold now; 0 where it is not known."""
    held = _fields(_STATUS).get("VmRSS", 0)
    if held or sys.platform == "win32":
        return held + sum(_fields(Path(f"/proc/{child}/status")).get("VmRSS", 0) for child in _children())
    import resource

    # macOS counts bytes, others kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _children() -> list[str]:
    """The ids of the processes that this one has started, where the system tells."""
    found: list[str] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += file.read_text().split()
    return found


def in_words(size: float) -> str:
    """A number of bytes with its unit: `512 kB`, `4.2 GB`."""
    for unit in ("B", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _fields(path: Path) -> dict[str, int]:
    """The fields of a file of /proc that are given in kB, in bytes."""
    try:
        lines = [line.split() for line in path.read_text(encoding="ascii", errors="replace").splitlines()]
    except OSError:
        return {}
    return {line[0].rstrip(":"): int(line[1]) * 1024 for line in lines if len(line) == 3 and line[2] == "kB"}


def _linux(meminfo: Path, group_limit: Path) -> tuple[int, int]:
    fields = _fields(meminfo)
    total, available = fields.get("MemTotal", 0), fields.get("MemAvailable", 0)
    try:
        limit = int(group_limit.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return total, available
    return min(total, limit), min(available, limit)


def _sysctl(name: str) -> int:
    value, length = ctypes.c_uint64(0), ctypes.c_size_t(8)
    try:
        failed = ctypes.CDLL(None).sysctlbyname(
            name.encode("ascii"), ctypes.byref(value), ctypes.byref(length), None, ctypes.c_size_t(0)
        )
    except (OSError, AttributeError):
        return 0
    return 0 if failed else value.value


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "available", "pages", "free_pages", "space", "free", "more")),
    )


def _windows() -> tuple[int, int]:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0, 0
    return int(status.total), int(status.available)


def _gpu() -> int:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return 0
    cards = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
    return max(int(card.total_memory) for card in cards)
