"""Files for one user's eyes: read whole, written whole or not at all.

Rule: a file is made with its mode, never given it afterwards; what the system refuses is
a StoreError that names the path.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ..errors import StoreError

T = TypeVar("T")

# Windows keeps others out by the access list that a user's own folders hand down.
HAS_MODES = hasattr(os, "geteuid")

# Windows refuses to open or replace a file while somebody else has it open: so long is it
# tried again, a third of a second in all. Elsewhere a refusal is final.
_PAUSES_S = () if HAS_MODES else tuple(0.005 * n for n in range(1, 12))

_BINARY = getattr(os, "O_BINARY", 0)
# A link is not followed, and a pipe does not keep us waiting for its other end.
_UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_READ = os.O_RDONLY | _BINARY | _UNFOLLOWED
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

# Some network file systems cannot sync a folder; the file itself is synced by then.
_UNSYNCED = (errno.EINVAL, errno.ENOTSUP)

# What the system says, and what the user does next.
_ADVICE = {
    errno.ENOSPC: "Make room there.",
    errno.EDQUOT: "Make room there.",
    errno.EFBIG: "Raise the limit on the size of files.",
    errno.ENOENT: "A folder above is missing, or a link that leads nowhere: mend that, or"
    " name another folder, FileStore(path).",
    errno.ENOSYS: "Its file system has no locks: name a folder on another one.",
}
_ANY_ADVICE = "Make it this user's to write, or name another folder: FileStore(path)."


def content_of(path: Path) -> bytes | None:
    """
    Return what a file holds, None if there is none.

    Raises:
        ValueError: If it is a link, a pipe, or something else that is no file.
        StoreError: If it cannot be read.
    """
    with told("read", path):
        try:
            return patiently(lambda: _read(path))
        except FileNotFoundError:
            return None


def write(path: Path, content: bytes) -> None:
    """
    Put *content* in the place of the file: all of it, or what was there stays.

    Raises:
        StoreError: If it cannot be written, or could be read by others.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    with told("write", path):
        try:
            _fill(temporary, content)
            _replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


def set_aside(path: Path, to: Path) -> None:
    """
    Rename what is damaged, a file or not, for its user to look at.

    Raises:
        StoreError: If it cannot be renamed.
    """
    with told("set aside", path):
        if stat.S_ISREG(path.lstat().st_mode):
            path.chmod(_MODE)  # it need not be of our making
        _replace(path, to)


def remove(path: Path) -> None:
    """
    Remove a file, for good, if it is there.

    Raises:
        StoreError: If it cannot be removed.
    """
    with told("remove", path), contextlib.suppress(FileNotFoundError):
        patiently(path.unlink)
        _sync_folder(path.parent)


@contextlib.contextmanager
def told(act: str, path: Path) -> Iterator[None]:
    """
    Turn what the system refuses within into our own error.

    Raises:
        StoreError: As `refusal` makes it.
    """
    try:
        yield
    except StoreError:  # which is an OSError too, by way of requests
        raise
    except OSError as error:
        raise refusal(act, path, error) from error


def refusal(act: str, path: Path, error: OSError) -> StoreError:
    """Return our own error: the path, the system's words, and what to do."""
    advice = _ADVICE.get(error.errno or 0, _ANY_ADVICE)
    return StoreError(
        f"The token store cannot {act} {path}: {error.strerror or error}. {advice}"
    )


def patiently(call: Callable[[], T]) -> T:
    """Return what *call* does, trying again where a refusal may be for a moment only."""
    for pause_s in _PAUSES_S:
        try:
            return call()
        except PermissionError:
            time.sleep(pause_s)
    return call()


def _replace(path: Path, to: Path) -> None:
    patiently(lambda: path.replace(to))
    _sync_folder(to.parent)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        if path.is_symlink():
            raise ValueError("it is a link") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("it is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _fill(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, _NEW, _MODE), "wb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if HAS_MODES and mode & _OTHERS:
            raise StoreError(
                f"The file system of {path.parent} lets others read what is for this"
                f" user alone (mode {stat.S_IMODE(mode):04o}): name a folder on another"
                " one, FileStore(path)."
            )
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if not HAS_MODES:  # Windows has no such thing
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSYNCED:
            raise
    finally:
        os.close(descriptor)
