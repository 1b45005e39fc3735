"""KeyringStore: texts in the system keyring, for one user's processes on a machine.

Rule: an entry is replaced by one act, its head's, which has the hash of all of it; what
does not fit its hash counts as nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, TypeVar

from ..errors import ConfigError, StoreError
from ._folder import Folder

try:
    import platformdirs
    from keyring.backend import KeyringBackend
    from keyring.errors import InitError, KeyringError

    from ._holds import hold  # needs filelock
    from ._keyrings import told, usable
except ImportError as error:
    raise ImportError(
        "KeyringStore needs keyring, filelock and platformdirs:"
        " pip install 'requests-xauth[keyring]'"
    ) from error

log = logging.getLogger("requests_xauth")

_MAGIC, _FORMAT = "requests-xauth", 1
# Windows takes 2,560 bytes of UTF-16 for one credential (CRED_MAX_CREDENTIAL_BLOB_SIZE),
# and some room is left for a byte order mark. Elsewhere one part is enough: on macOS its
# user may be asked once for each.
_PART_CHARS = 1270 if os.name == "nt" else 16_000
# No text of the engine's has so many parts.
_MOST_PARTS = 1000
_USER = "token"
# A keyring that stumbles is tried so often, with so long between.
_TRIES, _PAUSE_S = 3, 0.1
# Nobody says no to a prompt so soon.
_PERSON_S = 0.5

V = TypeVar("V")


class _Head(NamedTuple):
    """What the first entry of a text says of the rest; written and read as one line."""

    digest: str
    turn: str  # "a" or "b": the names of its parts are not those of the text before
    parts: int
    content: str

    def line(self) -> str:
        """Return the line that `of` reads."""
        return " ".join((_MAGIC, str(_FORMAT), *map(str, self)))

    @classmethod
    def of(cls, line: str) -> _Head:
        """Return what *line* says; raise ValueError if it is none of ours."""
        magic, form, *told = line.split(" ", 5)
        if magic != _MAGIC:
            raise ValueError("it does not begin as one of ours")
        if int(form) > _FORMAT:
            raise StoreError(
                f"What the system keyring has is of format {int(form)}, this version of"
                f" requests-xauth reads up to {_FORMAT}: upgrade it, or use another"
                " service, KeyringStore(service)."
            )
        digest, turn, parts, content = told
        return cls(digest, turn, int(parts), content)


class KeyringStore:
    """
    A store that outlives the process, kept by the system: one token for a user's processes.

    A lock of the kernel's, like FileStore's, keeps others out.
    """

    def __init__(self, service: str = "requests-xauth") -> None:
        """
        Name the service that the keyring shows; no keyring is opened yet.

        Raises:
            ConfigError: If the name is empty.
        """
        if not service:
            raise ConfigError(
                "KeyringStore's service is empty: name it, or leave it out."
            )
        self._service = service
        state = platformdirs.user_state_path("requests-xauth", appauthor=False)
        self._folder = Folder(state / "keyring")

    def load(self, key: str) -> str | None:
        """
        Return the text saved under *key*, or None.

        Raises:
            StoreError: If there is no keyring to be used, it cannot be read, or a newer
                version wrote it.
        """
        name, seen = self._name(key), None
        while True:
            line = _get(name)
            if line is None:
                return None
            try:
                return self._text(key, line)
            except ValueError as error:
                # Else somebody has replaced it meanwhile.
                if line == seen:
                    log.warning("What %r has at %s is damaged: %s.", self, key, error)
                    return None
            seen = line

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:  # noqa: ARG002  # a keyring does not expire
        """
        Keep *text* under *key*; call it in a hold.

        Raises:
            StoreError: If there is no keyring to be used, or it cannot be written.
        """
        # ASCII, since not every keyring takes every character.
        content = json.dumps(text)
        name = self._name(key)
        before = _head(name)
        head = _Head(_hash(key, content), "-", 0, content)
        if len(head.line()) > _PART_CHARS:
            # Under other names than those before, which are read until the head is there.
            turn = "b" if before and before.turn == "a" else "a"
            parts = range(0, len(content), _PART_CHARS)
            for number, start in enumerate(parts):
                part = content[start : start + _PART_CHARS]
                _set(f"{name}/{turn}{number}", part)
            head = head._replace(turn=turn, parts=len(parts), content="-")
        _set(name, head.line())
        if before is None or before.parts or head.parts:
            _sweep(name, head)

    def delete(self, key: str) -> None:
        """
        Drop what is kept under *key*, if anything.

        Raises:
            StoreError: If there is no keyring to be used, or it cannot be written.
        """
        name = self._name(key)
        _remove(name)
        _sweep(name, None)

    def hold(self, key: str, *, wait_s: float) -> AbstractContextManager[None]:
        """
        Keep every other thread and process of this user out of *key* meanwhile.

        Raises:
            TimeoutError: If somebody else still holds it after *wait_s* seconds.
            StoreError: If the lock's file cannot be made.
        """
        self._folder.make()
        place = self._folder.place(f"{self._service} {key}", ".lock")
        return hold(place, wait_s=wait_s)

    def __repr__(self) -> str:
        """Show the service; never what is kept."""
        return f"{type(self).__name__}({self._service!r})"

    def __reduce__(self) -> tuple[type[KeyringStore], tuple[str]]:
        """Pickle the service's name, to open the same store in a worker."""
        return type(self), (self._service,)

    def _name(self, key: str) -> str:
        # A service for each entry: Windows keeps several users of one by moving them
        # about, in which entries of two processes can be lost.
        return f"{self._service}/{self._folder.place(key, '').name}"

    def _text(self, key: str, line: str) -> str:
        head = _Head.of(line)
        names = (f"{self._name(key)}/{head.turn}{n}" for n in range(head.parts))
        content = "".join(_get(name) or "" for name in names) or head.content
        if head.digest != _hash(key, content):
            raise ValueError("its text does not fit its hash")
        text: str = json.loads(content)
        return text


def _head(name: str) -> _Head | None:
    try:
        return _Head.of(_get(name) or "")
    except ValueError:
        return None


def _sweep(name: str, head: _Head | None) -> None:
    # What was before, or was left by a process that was killed while it wrote.
    for turn in "ab":
        first = head.parts if head and head.turn == turn else 0
        for number in range(first, _MOST_PARTS):
            if not _remove(f"{name}/{turn}{number}"):
                break


def _get(name: str) -> str | None:
    return _told("read", lambda keyring: keyring.get_password(name, _USER))


def _set(name: str, text: str) -> None:
    _told("written", lambda keyring: keyring.set_password(name, _USER, text))


def _remove(name: str) -> bool:
    if _get(name) is None:
        return False
    _told("written", lambda keyring: keyring.delete_password(name, _USER))
    return True


def _told(act: str, call: Callable[[KeyringBackend], V], tries: int = _TRIES) -> V:
    backend, began_at = usable(), time.monotonic()
    try:
        with told(act):
            return call(backend)
    except StoreError as error:
        took_s = time.monotonic() - began_at
        if tries == 1 or not _passes(error.__cause__, took_s):
            raise
    time.sleep(_PAUSE_S)
    return _told(act, call, tries - 1)


def _passes(error: BaseException | None, took_s: float) -> bool:
    # A Secret Service that is busy may be without its keyring for a moment: asked to make
    # another, it says that the prompt was dismissed, which nobody has seen.
    if isinstance(error, InitError):
        return took_s < _PERSON_S
    # It gives a replaced entry a new path: who has just been told the old one finds nothing
    # there. Whatever else keyring itself says stands.
    return not isinstance(error, KeyringError)


def _hash(key: str, content: str) -> str:
    told = f"{key}\0{content}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(told).hexdigest()
