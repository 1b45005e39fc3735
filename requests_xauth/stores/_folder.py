"""The folder of a store: whose it is, and which file is whose.

Rule: nobody else may write to it, since whoever can could put files of theirs in the
place of ours: it is looked at before it is read from, too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import ConfigError, StoreError
from ._files import HAS_MODES, told

_MODE = 0o700
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

# The keys that the engine makes; too long to be one of Windows' device names.
_PLAIN_KEY = re.compile(r"[a-z0-9-]{20,100}")
_SLUG_LENGTH, _DIGEST_LENGTH = 32, 40

# A process that is killed while it writes leaves a file; no write takes so long.
_LEFT_BEHIND_S = 3600.0


class Folder:
    """
    One folder, with files for one user's eyes.

    Attributes:
        path: The folder, as an absolute path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """
        Name the folder; it is neither made nor looked at yet.

        Raises:
            ConfigError: If it is in a home that this user does not have.
        """
        try:
            self.path = Path(path).expanduser().absolute()
        except RuntimeError as error:
            raise ConfigError(
                f"This user has no home for {str(path)!r}: name the token store's"
                " folder, FileStore(path)."
            ) from error
        self._swept = False

    def place(self, key: str, suffix: str) -> Path:
        """
        Return where the file of *key* is, by a name that every file system takes.

        Keys that differ in case only, or in what is too long for a name, have different
        files.
        """
        if not _PLAIN_KEY.fullmatch(key):
            slug = re.sub(r"[^a-z0-9]+", "-", key.lower())[:_SLUG_LENGTH]
            digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
            key = f"{slug}~{digest[:_DIGEST_LENGTH]}"
        return self.path / f"{key}{suffix}"

    def is_there(self) -> bool:
        """
        Tell whether there is such a folder yet, and that nobody else may write to it.

        Raises:
            StoreError: If it cannot be looked at, or is not this user's alone.
        """
        with told("use the folder", self.path):
            try:
                found = self.path.stat()
            except FileNotFoundError:
                return False
            self._check(found)
        return True

    def make(self) -> None:
        """
        Make the folder if it is missing.

        Raises:
            StoreError: If it cannot be made, or is not this user's alone.
        """
        if self.is_there():
            return
        with told("use the folder", self.path):
            _make(self.path)
            self._check(self.path.stat())

    def half_written(self, path: Path) -> Iterator[Path]:
        """Return what killed processes left when they wrote the file *path*."""
        return self.path.glob(f"{path.name}.*.tmp")

    def sweep(self) -> None:
        """Remove, once in this object's life, what killed processes left half-written."""
        if self._swept:
            return
        self._swept = True
        oldest_at = time.time() - _LEFT_BEHIND_S
        # What cannot be removed, or is gone already, is in nobody's way.
        with contextlib.suppress(OSError):
            for path in self.path.glob("*.tmp"):
                if path.lstat().st_mtime < oldest_at:
                    path.unlink()

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not HAS_MODES:
            return
        # Root could put anything anywhere: a folder of root's keeps out all the others.
        if found.st_uid not in (os.geteuid(), 0):
            raise StoreError(
                f"The token store's folder {self.path} belongs to another user (uid"
                f" {found.st_uid}, this one is {os.geteuid()}): give it to this user"
                " (chown), or name another folder, FileStore(path)."
            )
        if found.st_mode & _OTHERS_WRITE:
            raise StoreError(
                f"Others may write to the token store's folder {self.path} (mode"
                f" {stat.S_IMODE(found.st_mode):04o}): make it this user's alone (chmod"
                " 700), or name a folder inside it, which is then made so."
            )


def _make(folder: Path) -> None:
    try:
        _mkdir(folder)
    except FileNotFoundError:
        if folder == folder.parent:  # a drive that Windows does not have
            raise
        # As the XDG base directory specification has it: the folders above for this
        # user alone, too. mkdir(parents=True) would make them for all to read.
        _make(folder.parent)
        # Once: above may be a link that leads nowhere, in which nothing can be made.
        _mkdir(folder)


def _mkdir(folder: Path) -> None:
    # A sibling's may be there; should it be a file, whoever looks next says so.
    with contextlib.suppress(FileExistsError):
        folder.mkdir(_MODE)
