"""What equal objects of this process share: a state, or only what was refused to it.

Rule: so many of each, the oldest dropped; a store that is kept here is kept by nobody else
the longer for it.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from ._refusals import Refusals
from ._state import State

# So many are kept; beyond that the oldest is dropped.
SHARED = 1024

V = TypeVar("V")


class Shared(Generic[V]):
    """The one V of each identity in this process."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: dict[Hashable, V] = {}
        self.renew_lock()

    def __iter__(self) -> Iterator[V]:
        """Return what there is just now, the oldest first."""
        return iter(tuple(self._kept.values()))

    def get(self, identity: Hashable, make: Callable[[], V]) -> V:
        """Return that of *identity*, made at the first call."""
        with self._lock:
            if identity not in self._kept:
                if len(self._kept) >= SHARED:
                    del self._kept[next(iter(self._kept))]
                self._kept[identity] = make()
            return self._kept[identity]

    def clear(self) -> None:
        """Drop them all; objects made before keep theirs."""
        with self._lock:
            self._kept.clear()

    def renew_lock(self) -> None:
        """Make the lock anew, as a forked child has to: its holder may be gone."""
        self._lock = threading.Lock()  # guards the dict, for one look-up or insertion


states: Shared[State] = Shared()
refusals: Shared[Refusals] = Shared()


def identity_of(store: object) -> Hashable:
    """Return what is equal for one store only, and does not keep it alive; else None."""
    try:
        reference = weakref.ref(store)
        hash(reference)
    except TypeError:
        return None  # of slots, or not hashable
    return reference


def forget_shared() -> None:
    """Drop all that is shared; objects made before keep theirs."""
    states.clear()
    refusals.clear()


def _after_fork() -> None:
    states.renew_lock()
    refusals.renew_lock()
    for kept in refusals:
        kept.renew_lock()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork)
