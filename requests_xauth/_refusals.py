"""When a refusal may cost a renewal: the budget and the remembered places.

Rule: a renewal is paid for before its token request; only the replay of the call that
caused it can earn it back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ._hosts import host_of

if TYPE_CHECKING:
    from requests import PreparedRequest

    from ._token import Token
    from .errors import TokenRequestError

# So many renewals in a row that did not help, then one each PAUSE_S. Simulated: with the
# places below, 50 denied URLs cost 3 token requests, and a token revoked in between is
# recovered at once, or within PAUSE_S once the budget is spent.
IN_A_ROW = 3
PAUSE_S = 30.0
# So many denied places are remembered; beyond that the oldest is forgotten.
PLACES = 1024

Place = tuple[str, str, str]
V = TypeVar("V")


class Refusals:
    """
    The refusals met with one token's successors, and what they may still cost.

    Attributes:
        rejected: The last definite refusal of the token endpoint, and when, or None.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with a full budget and no place."""
        self._clock = clock
        self.rejected: tuple[TokenRequestError, float] | None = None
        # When, and with the token of which mark: one that is good there later was not.
        self._places: dict[Place, tuple[float, str]] = {}
        # Which token's refusal at a place was paid for, and when, until it is known
        # whether the renewal helped there.
        self._trials: dict[Place, tuple[str, float]] = {}
        self._spent = 0
        self._last_at = float("-inf")
        # What was paid for since a renewal helped, and when.
        self._paid: dict[Place, float] = {}
        self.renew_lock()

    def renew_lock(self) -> None:
        """Make the lock anew, as a forked child has to."""
        self._lock = threading.Lock()  # guards the above, for a few dict accesses

    def remembered(self, place: Place, token: Token) -> bool:
        """
        Tell whether *place* was refused with a renewed token just now.

        Also if *token*, which it refuses, was renewed for its sake: by a call that has
        not been replayed yet, or could not be.
        """
        with self._lock:
            at, _ = self._places.get(place, (None, ""))
            mark, since = self._trials.get(place, (token.mark, 0.0))
        if at is not None and self._recent(at):
            return True
        renewed = mark != token.mark and token.obtained_at >= since
        return renewed and self._recent(since)

    @property
    def has_places(self) -> bool:
        """Whether any place is remembered, or was not long ago."""
        return bool(self._places)

    def remember(self, place: Place, token: Token) -> None:
        """Note that *place* was refused with *token*, a renewed one, too."""
        with self._lock:
            self._trials.pop(place, None)
            _keep(self._places, place, (self._clock(), token.mark))

    def served(self, place: Place, token: Token) -> None:
        """
        Note that *token* is good at *place*: then one refused there before was dead.

        Unless it is the same one: then the place is denied for some of its calls.
        """
        with self._lock:
            if self._places.get(place, (0.0, token.mark))[1] != token.mark:
                del self._places[place]

    def refused(self, place: Place, token: Token, *, asked: bool) -> None:
        """
        Note that *place* refused *token* too, which came in the place of another.

        One that a sibling renewed long ago may be dead as well, and one may have ended
        on its way: that is the token's fault, and the next refusal has to renew.
        *asked*: it was renewed for this call.
        """
        if self._has_ended(token):
            with self._lock:
                self._trials.pop(place, None)
        elif asked or self._recent(token.obtained_at):
            self.remember(place, token)

    def charge(self, place: Place, token: Token) -> bool:
        """
        Pay for renewing *token*, refused at *place*; False if there is no budget.

        A place that is tried again after its pause costs one each PAUSE_S anyway: were
        it to spend more, a denied URL or two would use up what is for all others.
        """
        with self._lock:
            if self._spent >= IN_A_ROW and self._recent(self._last_at):
                return False
            if place not in self._paid or self._recent(self._paid[place]):
                self._spent += 1
            self._last_at = self._clock()
            _keep(self._paid, place, self._last_at)
            _keep(self._trials, place, (token.mark, self._last_at))
            return True

    def allowed(self, place: Place, *, asked: bool) -> None:
        """Note that a newer token helped at *place*; *asked*: one renewed for it."""
        with self._lock:
            self._trials.pop(place, None)
            self._places.pop(place, None)
            if asked:
                self._spent = 0
                self._paid.clear()

    def _has_ended(self, token: Token) -> bool:
        # Since it came: one that was born expired tells as much as any other.
        ends_at = token.expires_at
        return ends_at is not None and token.obtained_at < ends_at <= self._clock()

    def _recent(self, at: float) -> bool:
        # A moment in the future was noted before the clock was set back.
        return 0 <= self._clock() - at < PAUSE_S


def _keep(places: dict[Place, V], place: Place, value: V) -> None:
    places.pop(place, None)
    if len(places) >= PLACES:
        del places[next(iter(places))]
    places[place] = value


def place_of_request(request: PreparedRequest) -> Place:
    """Return the (method, origin, path) of a request, its query left out."""
    url = request.url or ""
    path = url.split("?", 1)[0].split("#", 1)[0]
    scheme, _, rest = path.partition("://")
    return request.method or "", f"{scheme}://{host_of(url)}", rest.partition("/")[2]
