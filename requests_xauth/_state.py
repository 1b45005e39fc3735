"""What is known of one token in this process: shared by equal objects, mended by a fork.

Rule: a state keeps and reads; it never decides that a token should change.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import NamedTuple

from ._refusals import Refusals
from ._shelf import Shelf
from ._signed import Signed
from ._store import Entry, Store, seed_mark
from ._token import Token

log = logging.getLogger("requests_xauth")

# So many of a token's predecessors are known again.
PAST = 64

_alive: weakref.WeakSet[State] = weakref.WeakSet()


class Renewal(NamedTuple):
    """
    What one renewal was; no secrets.

    Attributes:
        provider: The provider's name.
        account: The label given by the caller, or None.
        why: "first", "ahead", "expired", "refused", "asked" or "login".
        how: The grant type of the token request.
        old_mark: Mark of the token before, or None.
        mark: Mark of the new token.
        scope: The granted scope.
        obtained_at: When the token request was sent, seconds since the epoch.
        expires_at: When the new token ends, seconds since the epoch; None if unknown.
    """

    provider: str
    account: str | None
    why: str
    how: str
    old_mark: str | None
    mark: str
    scope: tuple[str, ...]
    obtained_at: float
    expires_at: float | None

    @classmethod
    def of(
        cls, token: Token, old: Token | None, how: tuple[str, str | None, str, str]
    ) -> Renewal:
        """Return the record of *token* after *old*: by whom, for whom, why and how."""
        mark = old.mark if old else None
        times = (token.obtained_at, token.expires_at)
        return cls(*how, mark, token.mark, token.scope, *times)


def tell(renewal: Renewal, listeners: Iterable[Callable[[Renewal], object]]) -> None:
    """Call the listeners there are now; what one raises is logged."""
    for listener in tuple(listeners):
        try:
            listener(renewal)
        except Exception:
            log.exception("%r failed on the renewal of %s", listener, renewal.provider)


class State:
    """
    One token's life in this process.

    Attributes:
        key: Where the store keeps it.
        store: The store.
        once: Whether its refresh token works only once.
        private: Whether the store's content ends with this process.
        signed: The token at hand, or None.
        past: Fingerprints of the bearers that led to it here, the newest last.
        source: Where that came from, or None.
        refusals: What was refused, and what that may still cost.
        orphan: Whether the refresh token stayed with another process.
        has_seed: Whether the caller gave a refresh token.
        seed: Fingerprint of a caller's refresh token that was used here, or None.
        ahead: Held by the one thread that renews ahead of the end.
        ahead_at: Not before this moment is the next renewal ahead tried.
        ahead_wait_s: How long the last failed one was put off.
        last: The last renewal, or None.
        denial: The API's last refusal as (moment, status, verdict), or None.
    """

    def __init__(
        self,
        key: str,
        store: Store,
        clock: Callable[[], float],
        *,
        refusals: Refusals,
        once: bool,
        machine: bool = False,
    ) -> None:
        """Start without a token; one of a *machine* can be had without a person."""
        self.key = key
        self.store = store
        self.once = once
        self._shelf = Shelf(key, store, clock, machine=machine)
        self.private = self._shelf.private
        self.refusals = refusals
        self.signed: Signed | None = None
        self.past: deque[str] = deque(maxlen=PAST)
        self.source: str | None = None
        self.orphan = False
        self.has_seed = False
        self.seed: str | None = None
        self.ahead = threading.Lock()
        self.ahead_at = -math.inf
        self.ahead_wait_s = 0.0
        self.last: Renewal | None = None
        self.denial: tuple[float, int, str] | None = None
        _alive.add(self)

    def held(self, *, wait_s: float, who: str) -> AbstractContextManager[None]:
        """
        Keep every thread and process that shares the store out meanwhile.

        Raises:
            ProviderUnavailable: If somebody else still holds it after *wait_s*.
            StoreError: If it cannot be held.
        """
        return self._shelf.held(wait_s=wait_s, who=who)

    def load(self) -> Entry:
        """
        Return what the store has, or what it should have had.

        Raises:
            StoreError: If it cannot be read, or was written by a newer version.
        """
        entry = self._shelf.load()
        signed = self.signed  # read once, and after the store: other threads change it
        if entry is None:
            # A store that came back empty is filled again by a token still in memory.
            token = signed.token if signed and not self.private else None
            entry = Entry(token, seed=self.seed if token else None)
        if self._shelf.away and self.once and entry.token:
            # Somebody else may have used it, and nobody can be asked.
            return entry._replace(token=entry.token.without_refresh_token())
        return entry

    def save(self, entry: Entry) -> None:
        """
        Let the store keep *entry*; should it fail, this process remembers it.

        Raises:
            StoreError: If it cannot be written.
        """
        self._shelf.save(entry)

    def adopt(self, signed: Signed, source: str) -> Signed:
        """Take *signed* as the token at hand from now on."""
        old = self.signed  # read once: another thread may drop it
        if old and old.token.bearer != signed.token.bearer:
            self.past.append(seed_mark(old.token.bearer))
        self.signed, self.source = signed, source
        self.refusals.rejected = None
        self.ahead_at, self.ahead_wait_s = -math.inf, 0.0
        if self._shelf.behind:
            signed.ahead_at = -math.inf  # the next call lets the store catch up
        return signed

    def catch_up(self, *, is_held: bool = False) -> bool:
        """Give the store what it could not take, and tell whether it has it now."""
        return self._shelf.catch_up(is_held=is_held)

    def remember(self, entry: Entry, *, whatever: bool = False) -> None:
        """Keep in this process what the store should have had; see `Shelf.remember`."""
        self._shelf.remember(entry, whatever=whatever)

    def empty(self) -> None:
        """Drop the token here."""
        self.signed = self.source = self.refusals.rejected = None
        self.past.clear()
        self._shelf.forget()

    def delete(self) -> None:
        """Drop the token here and in the store."""
        self.empty()
        self._shelf.delete()

    def leave_refresh_token(self) -> None:
        """
        Give up a refresh token that works once: another process has it too.

        Source:
            RFC 9700, section 4.14: two that use it look like a theft.
        """
        self.orphan = self.orphan or self.has_seed
        if self.signed:
            # Changed in place: the header and its listeners stay what they are.
            self.signed.token = self.signed.token.without_refresh_token()
        entry = self.load()
        if entry.token and entry.token.refresh_token:
            self.orphan = True
            left = entry.token.without_refresh_token()
            self.save(entry._replace(token=left))

    def mend(self) -> None:
        """Make good what a fork broke, in the child."""
        self.ahead = threading.Lock()
        self._shelf.mend()
        self.refusals.renew_lock()
        if self.private and self.once:
            self.leave_refresh_token()


def _after_fork() -> None:
    for state in list(_alive):
        state.mend()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork)
