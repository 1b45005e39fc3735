"""What the promises' tests share: a store, a key of its own, and plain comparisons.

Rule: no test runner is imported, and no ``assert`` is relied on: python -O drops it.
"""

from __future__ import annotations

import secrets
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .._store import Store

# A wait that is over soon, and one that a test never sees the end of.
BRIEF_S, LONG_S = 0.2, 30.0
# More than this after its end a wait is not bounded.
SLACK_S = 5.0


class Promises:
    """A suite of promises about the store that `make_store` makes."""

    frees_within_s = 10.0

    def make_store(self) -> Store:
        """Return your store; each test makes one, and uses keys that no other uses."""
        raise NotImplementedError(
            f"{type(self).__name__} needs make_store(): return the store to be tested."
        )

    def _shared_store(self) -> Store:
        """Return the store, unless it is one that other processes never see."""
        store = self.make_store()
        if getattr(store, "private", False):
            raise unittest.SkipTest(f"{store!r} ends with its process")
        return store

    def _frees_within_s(self, store: Store) -> float:
        """Return how soon a killed process's hold is free: the store's word, or ours."""
        said: float = getattr(store, "frees_within_s", self.frees_within_s)
        return said


@contextmanager
def new_keys(store: Store, number: int) -> Iterator[list[str]]:
    """Hand out keys like the engine's, which hold nothing, and empty them at the end."""
    keys = [f"contract-{secrets.token_hex(20)}" for _ in range(number)]
    try:
        yield keys
    finally:
        for key in keys:
            store.delete(key)


@contextmanager
def new_key(store: Store) -> Iterator[str]:
    """Hand out one such key."""
    with new_keys(store, 1) as [key]:
        yield key


def same(expected: object, found: object, promise: str) -> None:
    """Fail with *promise* unless both are equal."""
    true(expected == found, f"{promise}: expected {expected!r:.99}, got {found!r:.99}")


def true(fact: object, promise: str) -> None:
    """Fail with *promise* unless *fact* is so."""
    if not fact:
        raise AssertionError(promise)


def entered(store: Store, key: str, *, wait_s: float = BRIEF_S) -> bool:
    """Tell whether a hold can be had, and leave it at once."""
    with suppress(TimeoutError), store.hold(key, wait_s=wait_s):
        return True
    return False


def count_up(store: Store, key: str, times: int) -> None:
    """Add to a number in the store, each time by reading and writing it in a hold."""
    for _ in range(times):
        with store.hold(key, wait_s=LONG_S):
            store.save(key, str(int(store.load(key) or "0") + 1))
