"""Fetching models from a hub into its cache folder.

Invariant: a byte that has arrived is not fetched again. huggingface_hub deletes what it has of a file when a download
stops, so files come through a download of our own, which goes on where the last one ended; the cache has the layout
of huggingface_hub, and `refs/main` is written last, so that a model half fetched is never taken for a whole one.
Nothing is fetched where `HF_HUB_OFFLINE` forbids it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import DiskFull, HubDenied, HubOffline, IncompleteModel, ModelNotFound, RagError
from rag.models.hub_cache import PART, Installed, cache_folder, find, installed, remove, repo_folder
from rag.models.hub_names import Wanted, files_of, resolve
from rag.models.memory import in_words

__all__ = ["Installed", "Progress", "cache_folder", "hub_address", "installed", "is_offline", "pull", "remove"]

_TIMEOUT = 20.0
_ATTEMPTS = 5
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is: the file that comes now, and the bytes of all files that are there and that there are."""

    file: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a repository; `sha256` is empty for a small one, of which the hub states no such sum."""

    name: str
    size: int
    blob: str
    sha256: str


def hub_address(environ: Mapping[str, str] | None = None) -> str:
    """The hub that is asked: `HF_ENDPOINT`, else huggingface.co."""
    named = (os.environ if environ is None else environ).get("HF_ENDPOINT", "").strip()
    return (named or "https://huggingface.co").rstrip("/")


def is_offline(environ: Mapping[str, str] | None = None) -> bool:
    """Whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` forbids to ask a hub."""
    environ = os.environ if environ is None else environ
    value = environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.strip().upper() in ("1", "ON", "YES", "TRUE")


def pull(name: str, progress: Callable[[Progress], None] | None = None, pause: float = 1.0) -> Path:
    """Fetch a model, or what is missing of it; returns its folder, or its GGUF file (the first of several parts).

    `name` is as `rag.models.hub_names.resolve` reads it. A connection that breaks is taken up again, after `pause`
    seconds, while bytes still come; what has arrived is kept in any case, also after Ctrl-C. Offline, a model that is
    there whole is given back. Raises `ModelNotFound`, `HubOffline`, `HubDenied`, `DiskFull` and `IncompleteModel`.
    """
    wanted = resolve(name)
    if is_offline():
        there = find(wanted)
        if there is None:
            raise HubOffline(model=wanted.repo, hub=hub_address())
        return there.path
    with _explained(wanted.repo):
        return _Download(wanted, progress or (lambda _: None), pause).run()


class _Download:
    """One run of `pull`."""

    def __init__(self, wanted: Wanted, progress: Callable[[Progress], None], pause: float) -> None:
        self.repo, self.hub, self.pause, self.tell = wanted.repo, hub_address(), pause, progress
        self.cache = cache_folder()
        self.folder = repo_folder(self.repo, self.cache)
        self.commit, self.files = self._ask(wanted)
        self.total = sum(file.size for file in self.files)

    def run(self) -> Path:
        """Fetch what is missing; returns what opens the model."""
        from filelock import FileLock

        self._check_space()
        locks = self.cache / ".locks" / self.folder.name
        try:
            (self.folder / "blobs").mkdir(parents=True, exist_ok=True)
            locks.mkdir(parents=True, exist_ok=True)
            with FileLock(locks / "pull.lock"):
                self._fetch_all()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._full(self.total - self.done) from error
            raise
        self.tell(Progress("", self.total, self.total))
        return self.result

    def _fetch_all(self) -> None:
        self.done = sum(map(self._have, self.files))
        for file in self.files:
            self.tell(Progress(file.name, self.done, self.total))
            if not self._pointer(file).exists():
                self._fetch(file)
                self._link(file)
        self._name_commit()

    def _check_space(self) -> None:
        needed = self.total - sum(map(self._have, self.files))
        if needed > shutil.disk_usage(_existing(self.cache)).free:
            raise self._full(needed)

    def _full(self, needed: int) -> DiskFull:
        free = in_words(shutil.disk_usage(_existing(self.cache)).free)
        return DiskFull(model=self.repo, path=str(self.cache), needed=in_words(needed), free=free)

    def _ask(self, wanted: Wanted) -> tuple[str, tuple[_File, ...]]:
        """The commit that `main` means, and the files wanted of it with their sizes."""
        from huggingface_hub import HfApi

        info = HfApi(endpoint=self.hub).model_info(self.repo, files_metadata=True, timeout=_TIMEOUT)
        entries = {entry.rfilename: entry for entry in info.siblings or ()}
        if not _COMMIT.fullmatch(info.sha or ""):
            raise IncompleteModel(model=self.repo, reason_key="reason.no_model_files")
        files = [_file(entries[name]) for name in files_of(wanted, list(entries))]
        # weights come last: where all of them are there, so is the rest
        return str(info.sha), tuple(sorted(files, key=lambda file: (file.size, file.name)))

    @property
    def result(self) -> Path:
        """What opens the model."""
        snapshot = self.folder / "snapshots" / self.commit
        first = min(file.name for file in self.files)
        return snapshot / first if first.lower().endswith(".gguf") else snapshot

    def _pointer(self, file: _File) -> Path:
        return self.folder / "snapshots" / self.commit / file.name

    def _blob(self, file: _File, ending: str = "") -> Path:
        return self.folder / "blobs" / f"{file.blob}{ending}"

    def _have(self, file: _File) -> int:
        """The bytes of a file that are here, 0..its size."""
        if self._pointer(file).is_file() or self._blob(file).is_file():
            return file.size
        part = self._blob(file, PART)
        return min(file.size, part.stat().st_size) if part.is_file() else 0

    def _fetch(self, file: _File) -> None:
        """Bring one file into `blobs`, going on where an earlier download of it ended."""
        from huggingface_hub import constants

        # the hub gives larger ones over its own protocol only, which `_link` has spoken
        if file.size > constants.MAX_HTTP_DOWNLOAD_SIZE or self._blob(file).is_file():
            return
        part = self._blob(file, PART)
        if part.is_file() and part.stat().st_size > file.size:
            part.unlink()
            self.done -= file.size
        self._stream_until_whole(file, part)
        if file.sha256 and _sha256(part) != file.sha256:
            part.unlink()
            raise IncompleteModel(model=self.repo, reason_key="reason.wrong_sum", file=file.name)
        os.replace(part, self._blob(file))

    def _stream_until_whole(self, file: _File, part: Path) -> None:
        """Ask for the rest until it is there; gives up where request after request brings nothing."""
        import httpx2

        empty_handed, began = 0, self.done
        part.touch()
        while (have := part.stat().st_size) < file.size:
            broken: Exception | None = None
            try:
                self._stream(file, part, have)
            except (httpx2.TransportError, httpx2.StreamError) as error:
                broken = error
            arrived = part.stat().st_size
            empty_handed = 0 if arrived > have else empty_handed + 1
            if empty_handed >= (_ATTEMPTS if broken else 1):
                if broken and self.done == began:
                    raise broken
                values = {"have": in_words(arrived), "size": in_words(file.size), "file": file.name}
                raise IncompleteModel(model=self.repo, reason_key="reason.cut_off", **values) from broken
            if arrived < file.size:
                time.sleep(self.pause)

    def _stream(self, file: _File, part: Path, have: int) -> None:
        """One request for the rest of a file; a hub that sends the whole starts the file anew."""
        from huggingface_hub import get_session, hf_hub_url
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]

        url = hf_hub_url(self.repo, file.name, revision=self.commit, endpoint=self.hub)
        headers = build_hf_headers() | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as reply:
            hf_raise_for_status(reply)
            goes_on = have > 0 and reply.status_code == 206
            self.done -= 0 if goes_on else have
            with part.open("ab" if goes_on else "wb") as out:
                # as it arrives: gathered to larger pieces, what came before a break would be lost
                for chunk in reply.iter_bytes():
                    out.write(chunk)
                    self.done += len(chunk)
                    self.tell(Progress(file.name, min(self.done, self.total), self.total))

    def _link(self, file: _File) -> None:
        """Put a fetched file into the snapshot; where the system has no links, the file itself."""
        blob, pointer = self._blob(file), self._pointer(file)
        if not blob.is_file():
            self._fetch_over_hub_protocol(file)
            return
        pointer.parent.mkdir(parents=True, exist_ok=True)
        try:
            pointer.symlink_to(os.path.relpath(blob, pointer.parent))
        except OSError:
            os.replace(blob, pointer)

    def _fetch_over_hub_protocol(self, file: _File) -> None:
        from huggingface_hub import hf_hub_download

        hf_hub_download(
            self.repo, file.name, revision=self.commit, cache_dir=self.cache, endpoint=self.hub, tqdm_class=_quiet_bar()
        )
        self.done += file.size

    def _name_commit(self) -> None:
        reference = self.folder / "refs" / "main"
        reference.parent.mkdir(parents=True, exist_ok=True)
        written = reference.with_name("main.new")
        written.write_text(self.commit, encoding="ascii")
        os.replace(written, reference)


def _file(entry: Any) -> _File:
    sha256, size = (str(entry.lfs.sha256), entry.lfs.size) if entry.lfs else ("", entry.size)
    blob = sha256 or str(entry.blob_id or "")
    if not _SAFE.fullmatch(blob):
        raise IncompleteModel(model=entry.rfilename, reason_key="reason.no_model_files")
    return _File(entry.rfilename, int(size or 0), blob, sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quiet_bar() -> Any:
    from tqdm import tqdm

    class Quiet(tqdm):  # type: ignore[type-arg]
        """A bar that shows nothing."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "disable": True})

    return Quiet


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Turn what huggingface_hub, the network and the disk raise into errors that a user can act on."""
    import httpx2
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    where: dict[str, object] = {"model": repo, "hub": hub_address()}
    try:
        yield
    except RagError:
        raise
    except HFValidationError as error:
        raise ModelNotFound(model=repo, reason_key="reason.unknown_model") from error
    except HfHubHTTPError as error:
        denied = error.response is not None and error.response.status_code in (401, 403, 404)
        raise (HubDenied if denied else HubOffline)(**where) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ConnectionError, TimeoutError) as error:
        raise HubOffline(**where) from error
    except EntryNotFoundError as error:
        raise HubOffline(**where) from error
    except OSError as error:
        raise IncompleteModel(model=repo, reason_key="reason.disk", detail=str(error)) from error
    except ValueError as error:
        # not the JSON of a hub: a mirror that is none, or a login page of a network
        raise HubOffline(**where) from error


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.is_dir())
