"""Where one token is kept: its place in a store, or this process while that is away.

Rule: only a store that says so may be done without, only for a machine's token, and only
while the store cannot be reached; what it could not take is given to it later.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from ._store import Entry, Store, held, told
from .errors import ProviderUnavailable, StoreError

log = logging.getLogger("requests_xauth")

# A store that is away is not asked again for so long: each time may cost its timeout.
AWAY_S = 5.0
# What no store has: it stands for the text that is found next.
_WHATEVER = "\0"


class Shelf:
    """
    One key's place in a store.

    Attributes:
        key: The key.
        store: The store.
        private: Whether the store's content ends with this process.
        alone: Whether this process may go on by itself while the store is away.
    """

    def __init__(
        self, key: str, store: Store, clock: Callable[[], float], *, machine: bool
    ) -> None:
        """Name the place; a token of a *machine* can be had again without a person."""
        self.key = key
        self.store = store
        self.private = bool(getattr(store, "private", False))
        self.alone = machine and bool(getattr(store, "fallback", False))
        # What the store had last; the same beside an entry that could not be saved, since
        # whatever else is there then is a sibling's.
        self._seen: str | None = None
        self._unsaved: tuple[str | None, Entry] | None = None
        self._clock = clock
        self._away_at = -math.inf
        self.mend()

    @property
    def away(self) -> bool:
        """Whether this process goes on alone just now."""
        return 0 <= self._clock() - self._away_at < AWAY_S  # clocks may be set back

    @property
    def behind(self) -> bool:
        """Whether the store has not got what it was given last."""
        return self._unsaved is not None

    @contextmanager
    def held(self, *, wait_s: float, who: str) -> Iterator[None]:
        """
        Keep every thread and process that shares the store out meanwhile.

        Raises:
            ProviderUnavailable: If somebody else still holds it after *wait_s*.
            StoreError: If it cannot be held.
        """
        with ExitStack() as stack:
            # Only the waiting is watched: a TimeoutError from within is another one.
            try:
                self._hold(stack, wait_s)
            except TimeoutError as error:
                raise ProviderUnavailable(
                    f"Somebody else has been renewing the token of {who} for"
                    f" {wait_s:g} s in {self.store!r}: try again later.",
                    provider=who,
                ) from error
            yield

    def load(self) -> Entry | None:
        """
        Return what the store has, or what it should have had; None for nothing.

        Raises:
            StoreError: If it cannot be read, or was written by a newer version.
        """
        text = self._text()
        # Read once, and after the store: other threads change it.
        unsaved = self._unsaved
        if unsaved and text in (None, unsaved[0]):
            return unsaved[1]
        try:
            return None if text is None else Entry.from_text(text)
        except ValueError as error:
            log.warning("What %r has at %s is damaged: %s", self.store, self.key, error)
            return Entry()

    def save(self, entry: Entry) -> None:
        """
        Let the store keep *entry*; should it fail, this process remembers it.

        Raises:
            StoreError: If it cannot be written.
        """
        try:
            if not self.away:
                self._put(entry)
                return
        except BaseException as error:  # a store of the user's may raise anything
            if not self._goes_on(error):
                self.remember(entry)
                raise
        if entry.spending:
            raise StoreError(
                f"{self.store!r} is away, and without it no refresh token is used that"
                " works only once: try again later."
            )
        self.remember(entry)

    def remember(self, entry: Entry, *, whatever: bool = False) -> None:
        """
        Keep what the store should have had, until it can take it.

        Args:
            entry: That; it goes before what the store had when this process looked last.
            whatever: It goes before whatever else the store has when it is back.
        """
        # What was to be spent next has not been.
        if not entry.spending:
            self._unsaved = (_WHATEVER if whatever else self._seen, entry)

    def catch_up(self, *, is_held: bool = False) -> bool:
        """Give the store what it could not take, and tell whether it has it now."""
        if self._unsaved is None or self.away:
            return self._unsaved is None
        try:
            with nullcontext() if is_held else held(self.store, self.key, wait_s=0):
                text = self._found()
                unsaved = self._unsaved
                if unsaved and text in (None, unsaved[0]):
                    self._put(unsaved[1])
                self._unsaved = None  # else a sibling has saved meanwhile
        except Exception as error:  # noqa: BLE001  # whatever a store of the user's raises
            log.debug("Not saved yet: %r", error)
        return self._unsaved is None

    def delete(self) -> None:
        """
        Drop what the store keeps.

        Raises:
            StoreError: If it cannot.
        """
        with told(self.store):
            self.store.delete(self.key)

    def forget(self) -> None:
        """Drop what the store should have had."""
        self._unsaved = None

    def mend(self) -> None:
        """Make good what a fork broke, in the child."""
        self._lock = threading.Lock()  # held by whoever renews while the store is away

    def _hold(self, stack: ExitStack, wait_s: float) -> None:
        try:
            if not self.away:
                stack.enter_context(held(self.store, self.key, wait_s=wait_s))
                return
        except StoreError as error:
            if not self._goes_on(error):
                raise
        if not self._lock.acquire(timeout=min(wait_s, threading.TIMEOUT_MAX)):
            raise TimeoutError
        stack.callback(self._lock.release)

    def _found(self) -> str | None:
        with told(self.store):
            text = self.store.load(self.key)
        self._seen, unsaved = text, self._unsaved
        if unsaved and unsaved[0] is _WHATEVER:
            self._unsaved = (text, unsaved[1])  # what comes after that is a sibling's
        return text

    def _text(self) -> str | None:
        try:
            if not self.away:
                return self._found()
        except StoreError as error:
            if not self._goes_on(error):
                raise
        return None

    def _put(self, entry: Entry) -> None:
        text = entry.to_text()
        with told(self.store):
            self.store.save(self.key, text, expires_at=entry.kept_until())
        self._seen, self._unsaved = text, None

    def _goes_on(self, error: BaseException) -> bool:
        if not (self.alone and isinstance(error, StoreError) and error.away):
            return False
        log.warning("%s This process goes on alone meanwhile.", error)
        self._away_at = self._clock()
        return True
