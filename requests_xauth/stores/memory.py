"""MemoryStore: texts in this process, for its threads.

Rule: nothing leaves the process; a forked child gets locks of its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

_alive: weakref.WeakSet[MemoryStore] = weakref.WeakSet()


class MemoryStore:
    """
    A store that ends with the process: one token for all its threads.

    A pickle of it is a new, empty store: another process shares nothing with this one.
    """

    # The engine asks this before it lets a one-time refresh token be copied elsewhere.
    private = True

    def __init__(self) -> None:
        """Start empty."""
        self._texts: dict[str, str] = {}
        self._renew_locks()
        _alive.add(self)

    def load(self, key: str) -> str | None:
        """Return the text saved under *key*, or None."""
        return self._texts.get(key)

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:  # noqa: ARG002  # for stores that can expire a value
        """Keep *text* under *key*."""
        self._texts[key] = text

    def delete(self, key: str) -> None:
        """Drop what is kept under *key*, if anything."""
        self._texts.pop(key, None)

    @contextmanager
    def hold(self, key: str, *, wait_s: float) -> Iterator[None]:
        """
        Keep every other thread out of *key* meanwhile.

        Raises:
            TimeoutError: If another thread still holds it after *wait_s* seconds.
        """
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=min(wait_s, threading.TIMEOUT_MAX)):
            raise TimeoutError(f"Another thread held the token for {wait_s:.0f} s.")
        try:
            yield
        finally:
            lock.release()

    def __repr__(self) -> str:
        """Show what it is; never what is in it."""
        return "MemoryStore()"

    def __reduce__(self) -> tuple[type[MemoryStore], tuple[()]]:
        """Pickle to a new, empty store."""
        return MemoryStore, ()

    def __deepcopy__(self, memo: object) -> MemoryStore:
        """Return the store itself: a copy would be another truth."""
        return self

    def _renew_locks(self) -> None:
        # _guard: held for one dict access. _locks: one for each key, held by whoever
        # renews that key's token, for as long as one token request may take.
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}


def _after_fork() -> None:
    # A lock that another thread held at the fork would be held for ever in the child.
    for store in list(_alive):
        store._renew_locks()  # noqa: SLF001  # this module's own class


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_after_fork)
