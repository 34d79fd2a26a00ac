"""Who may open the page: the setting `auth` read, a name and password checked, and what a signed-in browser shows.

Invariant: no password stands in an error, a log line or a `repr`; checking takes the same steps whichever account it
is, known or not; what a browser is given says nothing about the password and is held here only as a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock

from rag.config import Settings
from rag.errors import SettingsError

SESSION_SECONDS = 30 * 24 * 3600
"""How long a browser stays signed in."""

_MOST_SESSIONS = 10_000
_MOST_WATCHED = 10_000
_FREE_FAILURES = 3
_LONGEST_WAIT = 30.0
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a page at this address; a name other than localhost counts as reachable."""
    bare = host.strip().strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def accounts(settings: Settings) -> Mapping[str, str]:
    """Passwords by name, from the setting `auth`; empty for a page without.

    Raises `SettingsError`, which never holds the value: where it is unusable, and where the page would be bound to
    more than loopback without any.
    """
    text = settings.auth.strip()
    if not text:
        if not is_loopback(settings.host):
            raise SettingsError(where=f'host = "{settings.host}"', reason_key="reason.needs_auth")
        return {}
    return _read(_entries(text))


def _entries(text: str) -> Iterable[str]:
    path = Path(os.path.expanduser(text))
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file:
        if _DRIVE.match(text):
            raise SettingsError(where="auth", reason_key="reason.not_found")
        return text.split(",")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except PermissionError as error:
        raise SettingsError(where="auth", reason_key="reason.permission") from error
    except (OSError, UnicodeDecodeError):
        # the error of a failed decoding quotes what it failed at
        raise SettingsError(where="auth", reason_key="reason.bad_auth") from None
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _read(entries: Iterable[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        name, _, password = entry.strip().partition(":")
        name = _composed(name.strip())
        if not name or not password or name in found:
            raise SettingsError(where="auth", reason_key="reason.bad_auth")
        found[name] = _composed(password)
    if not found:
        raise SettingsError(where="auth", reason_key="reason.bad_auth")
    return found


def _composed(text: str) -> str:
    """One form for letters that can be written in two ways, so that every keyboard gives the same password."""
    return unicodedata.normalize("NFC", text)


class Gatekeeper:
    """Checks passwords, remembers who signed in, and makes guessing slow; thread-safe.

    `clock` gives seconds that only grow.
    """

    def __init__(self, accounts: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._accounts = tuple((name, self._hash(name, password)) for name, password in accounts.items())
        self._clock = clock
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    @property
    def closed(self) -> bool:
        """Whether a password is asked for at all."""
        return bool(self._accounts)

    def wait(self, caller: str) -> float:
        """Seconds until this caller's next try counts, 0 where it counts now."""
        with self._lock:
            return max(0.0, self._failures.get(_network(caller), (0, 0.0))[1] - self._clock())

    def sign_in(self, name: str, password: str, caller: str) -> str | None:
        """The token of a new session, or `None` for a wrong name or password or a try that came too early.

        The first three failures of a caller cost nothing, each further one twice the wait of the one before, up to
        half a minute.
        """
        given = self._hash(_composed(name.strip()), _composed(password))
        known = ""
        for account, expected in self._accounts:
            if hmac.compare_digest(given, expected):
                known = account
        with self._lock:
            now, network = self._clock(), _network(caller)
            failed, until = self._failures.get(network, (0, 0.0))
            if now < until:
                return None
            if not known:
                self._remember_failure(network, failed + 1, now)
                return None
            self._failures.pop(network, None)
            token = secrets.token_urlsafe(32)
            self._sessions[_hashed(token)] = (known, now + SESSION_SECONDS)
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
            return token

    def who(self, token: str) -> str | None:
        """The name of whoever was given this token, `None` for an unknown or old one."""
        with self._lock:
            name, until = self._sessions.get(_hashed(token), ("", 0.0))
            return name if name and self._clock() < until else None

    def sign_out(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self._sessions.pop(_hashed(token), None)

    def _remember_failure(self, network: str, failed: int, now: float) -> None:
        wait = min(_LONGEST_WAIT, 2.0 ** min(failed - _FREE_FAILURES, 10)) if failed >= _FREE_FAILURES else 0.0
        self._failures[network] = (failed, now + wait)
        self._failures.move_to_end(network)
        while len(self._failures) > _MOST_WATCHED:
            self._failures.popitem(last=False)

    def _hash(self, name: str, password: str) -> bytes:
        # the two parts are told apart by the length of the first
        text = f"{len(name)}:{name}{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key).digest()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _network(caller: str) -> str:
    """An address as a guesser has it: of IPv6, everyone is given 2^64 of them."""
    try:
        address = ipaddress.ip_address(caller.partition("%")[0])
    except ValueError:
        return caller
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))
