"""A token that somebody gave, or that is given up: kept or dropped, here and in the store.

Rule: a store that cannot be written never undoes it here; it is an error all the same, and
the store hears of it when it can.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from ._ahead import patience_s
from ._newest import Newest
from ._signed import Signed
from ._state import State
from ._store import Entry
from ._token import Token
from .errors import StoreError, XAuthError

Held = Callable[[float | None], AbstractContextManager[None]]


class Custody:
    """What becomes of a token without any token request."""

    def __init__(self, state: State, newest: Newest, held: Held) -> None:
        """Keep and drop in *state*; *held* takes how long to wait, in seconds, or None."""
        self._state = state
        self._newest = newest
        self._held = held

    def take(self, signed: Signed, source: str) -> None:
        """Keep a token that somebody gave as the newest."""
        entry, is_saved = Entry(signed.token, seed=self._state.seed), False
        try:
            with self._held(None):
                seed = entry.seed or self._state.load().seed
                self._state.save(entry._replace(seed=seed))
                is_saved = True
        finally:
            if not is_saved:
                self._state.remember(entry, whatever=True)
            # Also when it cannot be saved: the code that gave it is spent by now.
            self._state.orphan = False
            self._state.adopt(signed, source)
            self._state.past.clear()

    def drop(self, refused: Token, reason: str) -> None:
        """Give up *refused* and its refresh token, unless a newer token is there."""
        dead = Entry(seed=self._state.seed)._replace(dead=reason)
        try:
            with self._held(patience_s.get()):
                entry = self._state.load()
                if entry.token and entry.token.bearer != refused.bearer:
                    self._newest.adopted(entry)  # somebody has logged in meanwhile
                    return
                self._state.signed = None
                self._state.save(dead._replace(seed=dead.seed or entry.seed))
        except StoreError:
            signed = (
                self._state.signed
            )  # read once: another thread may have a newer one
            if signed is None or signed.token.bearer == refused.bearer:
                self._state.signed = None
                self._state.remember(dead)
            raise

    def forget(self) -> None:
        """Drop the token here and in the store."""
        try:
            with self._held(None):
                self._state.delete()
        except XAuthError:
            self._state.empty()
            raise
