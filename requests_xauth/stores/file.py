"""FileStore: texts in files for one user's eyes, for that user's processes on a machine.

Rule: what is in the place of a file is whole, or it is set aside and counts as nothing.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ConfigError, StoreError
from ._files import content_of, remove, set_aside, write
from ._folder import Folder
from ._sealing import SecretKey, sealing

try:
    import platformdirs

    from ._holds import hold  # needs filelock
except ImportError as error:
    raise ImportError(
        "FileStore needs filelock and platformdirs: pip install 'requests-xauth[file]'"
    ) from error

log = logging.getLogger("requests_xauth")

# A file begins with a line: whose it is, the format, and the hash of key and text.
_MAGIC, _FORMAT = b"requests-xauth", 1
_TEXT, _LOCK, _DAMAGED = ".token", ".lock", ".damaged"


class FileStore:
    """
    A store that outlives the process: one token for all of a user's processes.

    One file for each key, with mode 0600 in a folder with mode 0700, written whole or not
    at all. A lock of the kernel's, which dies with its process, keeps others out.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        secret_key: SecretKey = None,
    ) -> None:
        """
        Name the folder; it is made when something is kept in it.

        Args:
            path: The folder; None for one of our own where the platform wants a user's
                state, such as ~/.local/state/requests-xauth.
            secret_key: A Fernet key with which texts are sealed, or several: the first
                one seals, all of them open. None to keep texts as they are.

        Raises:
            ConfigError: If there is no such folder's name, or no such key.
            ImportError: If *secret_key* is given without the library that it needs.
        """
        self._folder = Folder(_own_folder() if path is None else _checked(path))
        self._secret_key = secret_key
        self._sealing = sealing(secret_key)

    def load(self, key: str) -> str | None:
        """
        Return the text saved under *key*, or None.

        Raises:
            StoreError: If it cannot be read, others could have written it, it is sealed
                with a key that is not here, or was written by a newer version.
        """
        if not self._folder.is_there():
            return None
        try:
            kept = self._kept(key)
        except ValueError:
            # Whoever holds it has looked already; else nobody is in the way.
            with suppress(TimeoutError), self.hold(key, wait_s=0):
                return self.load(key)
            return None
        return None if kept is None else self._sealing.unseal(key, kept)

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:  # noqa: ARG002  # a file costs nothing: it stays until it is replaced
        """
        Keep *text* under *key*.

        Raises:
            StoreError: If it cannot be written, or others could read or replace it.
        """
        self._folder.make()
        self._folder.sweep()
        kept = self._sealing.seal(key, text)
        write(self._folder.place(key, _TEXT), _framed(key, kept))

    def delete(self, key: str) -> None:
        """
        Drop what is kept under *key*, if anything; what is damaged or half-written, too.

        Raises:
            StoreError: If it cannot be removed.
        """
        path, aside = self._places(key)
        for found in (path, aside, *self._folder.half_written(path)):
            remove(found)

    @contextmanager
    def hold(self, key: str, *, wait_s: float) -> Iterator[None]:
        """
        Keep every other thread and process out of *key* meanwhile.

        Raises:
            TimeoutError: If somebody else still holds it after *wait_s* seconds.
            StoreError: If the folder or the lock's file cannot be made.
        """
        self._folder.make()
        with hold(self._folder.place(key, _LOCK), wait_s=wait_s):
            self._set_aside(key)
            yield

    def kept(self) -> tuple[str, ...]:
        """Return the keys under which something is kept, as far as the folder tells."""
        return tuple(sorted(path.stem for path in self._folder.path.glob(f"*{_TEXT}")))

    def __repr__(self) -> str:
        """Show where it is; never what is in it."""
        sealed = "" if self._secret_key is None else ", secret_key=…"
        return f"{type(self).__name__}({str(self._folder.path)!r}{sealed})"

    def __reduce__(self) -> tuple[Callable[..., FileStore], tuple[Path]]:
        """Pickle the folder's name and the key: a worker opens the same store."""
        make = functools.partial(type(self), secret_key=self._secret_key)
        return make, (self._folder.path,)

    def _places(self, key: str) -> tuple[Path, Path]:
        text = self._folder.place(key, _TEXT)
        return text, text.with_name(text.name + _DAMAGED)

    def _kept(self, key: str) -> str | None:
        path, _ = self._places(key)
        content = content_of(path)
        return None if content is None else _unframed(key, content, path)

    def _set_aside(self, key: str) -> None:
        try:
            self._kept(key)
        except ValueError as error:
            path, aside = self._places(key)
            set_aside(path, aside)
            log.warning("%s is damaged: %s. Set aside as %s.", path, error, aside.name)


def _own_folder() -> Path:
    return platformdirs.user_state_path("requests-xauth", appauthor=False)


def _checked(path: str | os.PathLike[str]) -> str:
    name = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(name, str):
        raise ConfigError(
            "FileStore's path is the name of a folder, text or a pathlib.Path, not"
            f" {type(name).__name__}."
        )
    if not name:
        raise ConfigError("FileStore's path is empty: name a folder, or leave it out.")
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ConfigError(
            f"FileStore's path has a character that no file system takes: {name!r}."
        )
    return name


def _framed(key: str, kept: str) -> bytes:
    content = kept.encode("utf-8", "surrogatepass")
    return b"%s %d %s\n%s" % (_MAGIC, _FORMAT, _hash(key, content), content)


def _unframed(key: str, found: bytes, path: Path) -> str:
    head, _, content = found.partition(b"\n")
    magic, form, digest = [*head.split(b" "), b"", b""][:3]
    if magic != _MAGIC or not form.isdigit():
        raise ValueError("it does not begin as a file of ours")
    if int(form) > _FORMAT:
        raise StoreError(
            f"{path} has format {int(form)}, this version of requests-xauth reads up to"
            f" {_FORMAT}: upgrade it, or use another folder, FileStore(path)."
        )
    if digest != _hash(key, content):
        raise ValueError("its text does not fit its hash")
    return content.decode("utf-8", "surrogatepass")


def _hash(key: str, content: bytes) -> bytes:
    # The key too: a file that was moved to another's place is not that one's token.
    told = key.encode("utf-8", "surrogatepass") + b"\0" + content
    return hashlib.sha256(told).hexdigest().encode()
