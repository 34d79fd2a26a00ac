"""llama.cpp's own server for one model, in a process of its own, and why it could not be started.

Invariant: the server listens on loopback only, answers nobody without its key, and writes nothing to our console. It
ends with `stop`, and with this process, however that ends.

Its own process, because xllamacpp holds up all of Python while it loads, and because llama.cpp ends the whole process
on some damaged files.
"""

from __future__ import annotations

import importlib.util
import json
import secrets
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO

from rag.errors import IncompleteModel, MissingDependency, ModelError, OutOfMemory, UnsupportedGguf
from rag.models.gguf_file import GgufFile

_EXTRA = "xllamacpp"
_CHILD = Path(__file__).with_name("llama_child.py")
_END_SECONDS = 5.0
_UNKNOWN = "unknown model architecture"
_NO_MEMORY = ("insufficient memory", "failed to allocate", "out of memory", "unable to allocate")
_KILLED = -9
_MOST_CHARACTERS = 200


class LlamaServer:
    """A running server; `url` ends in `/v1`, `key` is the bearer token that it wants."""

    def __init__(self, name: str, file: GgufFile, context: int, memory: int) -> None:
        """Load the model with `context` tokens; takes as long as that takes.

        `name` is the model's in errors, `memory` the bytes that this machine has (0: not known). Raises
        `MissingDependency`, `UnsupportedGguf`, `IncompleteModel` or `OutOfMemory`.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise MissingDependency(package="xllamacpp", extra=_EXTRA)
        self.key = secrets.token_urlsafe(24)
        self._lock = Lock()
        wish = {"path": str(file.parts[0]), "context": context, "key": self.key}
        with tempfile.TemporaryFile() as log:
            self._process = _run(log)
            said = self._tell({**wish, "bytes": file.bytes_with(context), "memory": memory})
            if "address" not in said:
                self.stop()
                log.seek(0)
                words = log.read().decode("utf-8", "replace")
                killed = said.get("error") == "memory" or self._process.returncode == _KILLED
                raise error_said(name, file.architecture, words, killed)
        self.url = f"{said['address']}/v1"

    def stop(self) -> None:
        """End the server and free its memory; may be called twice."""
        with self._lock, self._process as process:
            if process.stdin is not None and not process.stdin.closed:
                with suppress(OSError):
                    process.stdin.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _tell(self, wish: dict[str, object]) -> dict[str, str]:
        """Hand over what to load; returns what the process says of it, nothing where it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.write(json.dumps(wish).encode("ascii") + b"\n")
            self._process.stdin.flush()
        try:
            said: dict[str, str] = json.loads(self._process.stdout.readline())
        except ValueError:
            return {}
        return said


def error_said(name: str, architecture: str, log: str, killed: bool = False) -> ModelError:
    """The error that llama.cpp's log tells of; `killed` where the system ended it, as it does for want of memory."""
    if _UNKNOWN in log:
        return UnsupportedGguf(model=name, architecture=architecture)
    if killed or any(sign in log for sign in _NO_MEMORY):
        return OutOfMemory(model=name)
    reason = log.partition("error loading model: ")[2] or log.partition(" E ")[2]
    line = (reason.strip().splitlines() or ["llama.cpp"])[0]
    return IncompleteModel(model=name, reason=line[:_MOST_CHARACTERS])


def _run(log: IO[bytes]) -> subprocess.Popen[bytes]:
    # -P: the folder of the script is no place to import from; the interrupt key is for us, not for it
    command = [sys.executable, "-P", str(_CHILD)]
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=log, creationflags=flags)
    return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=log, start_new_session=True)
