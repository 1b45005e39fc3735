"""Stores that break one promise each."""

import logging
import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from requests_xauth.stores import MemoryStore


class Forgetful(MemoryStore):
    """It does not keep the end of a text."""

    def save(self, key, text, *, expires_at=None):
        """Cut it."""
        super().save(key, text[:99])


class Talkative(MemoryStore):
    """It shows what it keeps, everywhere."""

    def save(self, key, text, *, expires_at=None):
        """Log it."""
        logging.getLogger("talkative").debug("saved %s", text)
        super().save(key, text)


class Shown(MemoryStore):
    """Its repr has what it keeps."""

    def __repr__(self):
        """Show all."""
        return f"Shown({self._texts})"


class Picky(MemoryStore):
    """It does not delete what is not there."""

    def delete(self, key):
        """Look first."""
        if self.load(key) is None:
            raise KeyError(key)
        super().delete(key)


class Folding(MemoryStore):
    """It takes A and a for the same."""

    def load(self, key):
        """Fold."""
        return super().load(key.lower())

    def save(self, key, text, *, expires_at=None):
        """Fold."""
        super().save(key.lower(), text)


class Expiring(MemoryStore):
    """It drops what has an end."""

    def save(self, key, text, *, expires_at=None):
        """Drop it."""
        if expires_at is None:
            super().save(key, text)


class Open(MemoryStore):
    """Its hold keeps nobody out."""

    @contextmanager
    def hold(self, key, *, wait_s):
        """Hold nothing."""
        yield


class Impatient(MemoryStore):
    """Its hold does not wait."""

    def hold(self, key, *, wait_s):
        """Wait for nothing."""
        return super().hold(key, wait_s=0)


class Narrow(MemoryStore):
    """It has one lock for all keys."""

    def hold(self, key, *, wait_s):
        """Hold all."""
        return super().hold("all", wait_s=wait_s)


class Stuck(MemoryStore):
    """A hold that is left by an error is held for ever."""

    @contextmanager
    def hold(self, key, *, wait_s):
        """Do not look at errors."""
        hold = super().hold(key, wait_s=wait_s)
        hold.__enter__()
        # Else it would be left when it is collected.
        self.kept = [*getattr(self, "kept", ()), hold]
        yield
        hold.__exit__(None, None, None)


class Exclusive(MemoryStore):
    """Its reader waits for the holder."""

    def load(self, key):
        """Hold, unless the holder is this thread."""
        if getattr(self, "holder", None) in {None, threading.get_ident()}:
            return super().load(key)
        with super().hold(key, wait_s=99):
            return super().load(key)

    @contextmanager
    def hold(self, key, *, wait_s):
        """Note the holder."""
        with super().hold(key, wait_s=wait_s):
            self.holder = threading.get_ident()
            yield
        self.holder = None


class Alone(MemoryStore):
    """It says that it is shared, and is not."""

    private = False


class Marked:
    """Its lock is the mere existence of a file: it outlives its process."""

    def __init__(self, folder):
        self._folder = Path(folder)

    def load(self, key):
        """Read a file."""
        try:
            return (self._folder / key).read_text()
        except FileNotFoundError:
            return None

    def save(self, key, text, *, expires_at=None):
        """Write a file, after which one looks again."""
        (self._folder / key).write_text(text)

    def delete(self, key):
        """Remove a file."""
        (self._folder / key).unlink(missing_ok=True)

    @contextmanager
    def hold(self, key, *, wait_s):
        """Make a file, and remove it, in whichever process."""
        ends_at = time.monotonic() + wait_s
        path = self._folder / f"{key}.lock"
        while True:
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL))
                break
            except FileExistsError:
                if time.monotonic() > ends_at:
                    raise TimeoutError from None
                threading.Event().wait(0.01)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


class Slow(Marked):
    """Its holds end by themselves, as it says."""

    frees_within_s = 0.3
