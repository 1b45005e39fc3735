"""Renewals on a thread of their own: ahead of the end, and within a caller's patience.

Rule: nobody waits longer than they asked to; a renewal that was begun is finished, so
that giving up on it loses nothing.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from ._signed import Signed
from ._state import Renewal, State
from .errors import ProviderUnavailable, XAuthError
from .grants import Grant

log = logging.getLogger("requests_xauth")

T = TypeVar("T")

# How long the call that runs now waits for a token request; None: to its deadline.
patience_s: ContextVar[float | None] = ContextVar("patience_s", default=None)

# The first pause after a failed renewal ahead, as a part of the time left for it.
_PAUSE_FRACTION = 1 / 16
# So often a store is asked whether it takes by now what it could not take.
_CATCH_UP_S = 15.0


class Outcome(NamedTuple):
    """What a renewal came to: the token at hand, and whether this call asked for it."""

    signed: Signed | None
    asked: bool


class Ahead:
    """The threads that one object's renewals run on, one at a time."""

    def __init__(
        self,
        who: str,
        state: State,
        clock: Callable[[], float],
        *,
        grant: Grant,
        listeners: list[Callable[[Renewal], object]],
    ) -> None:
        """Renew the token of *grant* from *who*, of which *listeners* hear."""
        self._who = who
        self._state = state
        self._clock = clock
        self._grant = grant
        self._listeners = listeners

    def start(self, signed: Signed, renew: Callable[[], object]) -> None:
        """Start *renew* for the token *signed*, unless another thread is at it."""
        if not self._state.ahead.acquire(blocking=False):
            return
        try:
            self._thread(lambda: self._run(signed, renew))
        except RuntimeError:  # no thread can be started: in place then
            self._run(signed, renew)

    def patient(self, renew: Callable[[], T]) -> T:
        """
        Return the outcome of *renew*, waiting no longer than the call that runs now.

        Raises:
            ProviderUnavailable: If it takes longer; it goes on, and its token is kept.
            XAuthError: What *renew* raises.
        """
        limit_s = patience_s.get()
        return renew() if limit_s is None else self._within(limit_s, renew)

    def _within(self, limit_s: float, renew: Callable[[], T]) -> T:
        outcomes: list[T] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                outcomes.append(renew())
            except BaseException as error:  # noqa: BLE001  # raised again by the caller
                errors.append(error)

        try:
            self._thread(run).join(limit_s)
        except RuntimeError:  # no thread can be started: in place then
            return renew()
        if errors:
            raise errors[0]
        if outcomes:
            return outcomes[0]
        raise ProviderUnavailable(
            f"{self._who} has not answered the token request within the call's timeout"
            f" of {limit_s:g} s: it goes on; try again later.",
            provider=self._who,
        )

    def _run(self, signed: Signed, renew: Callable[[], object]) -> None:
        wait_s = _CATCH_UP_S
        try:
            if self._state.catch_up():
                signed.ahead_at, wait_s = signed.due_at, 0.0
            if self._clock() >= signed.due_at:
                wait_s = self._pause_s(signed)
                renew()
                wait_s = 0.0
        except XAuthError as error:
            log.warning("%s Its token still works; a renewal is tried later.", error)
        finally:
            self._state.ahead_wait_s = wait_s
            self._state.ahead_at = self._clock() + wait_s if wait_s else -math.inf
            self._state.ahead.release()

    def _pause_s(self, signed: Signed) -> float:
        window_s = max(0.0, min(signed.end_at - signed.due_at, 3600.0))
        return max(2 * self._state.ahead_wait_s, window_s * _PAUSE_FRACTION, 1.0)

    def _thread(self, run: Callable[[], None]) -> threading.Thread:
        # Waited for at the interpreter's end where a person's newest refresh token could
        # be lost: out of a store, or on its way to a listener who keeps it elsewhere.
        kept = not self._state.private or bool(self._listeners)
        thread = threading.Thread(
            target=run, name="xauth-renewal", daemon=not (self._grant.personal and kept)
        )
        thread.start()
        return thread
