"""When a token request is sent again, and after which pause.

Rule: bounded in number, in pause and by the deadline; what may have arrived is sent
again only where the caller allows it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from urllib3.util import Retry

from ._rejection import retry_after
from ._unreachable import Lost
from ._wire import Answer

# Status -> whether what was sent may have taken effect all the same.
AGAIN: Mapping[int, bool] = MappingProxyType(
    {
        429: False,  # RFC 6585, section 4: turned away
        502: True,  # RFC 9110, section 15.6.3: a gateway got a bad answer to it
        503: False,  # RFC 9110, section 15.6.4: not handled now
        504: True,  # RFC 9110, section 15.6.5: a gateway got no answer to it
    }
)
# Three more attempts, urllib3's own default, and pauses that double.
RETRY = Retry(
    total=3, status_forcelist=tuple(AGAIN), allowed_methods=None, backoff_factor=0.2
)
ONCE = Retry(total=0, allowed_methods=None)
# Others wait for this token, so no Retry-After is waited for longer; the jitter keeps a
# fleet from coming back all at once.
_LONGEST_PAUSE_S = 5.0
_JITTER_S = 0.2


class Resend:
    """
    The attempts that are left to one token request.

    Attributes:
        arrived: Whether one of them may have reached the provider.
    """

    def __init__(
        self, retry: Retry, ends_at: float, may_resend: Callable[[], bool] | None
    ) -> None:
        """
        Begin with all of them.

        Args:
            retry: How many, and the pauses between.
            ends_at: The deadline, on the monotonic clock.
            may_resend: Asked before what may have arrived is sent again.
        """
        self._retry = retry
        self._ends_at = ends_at
        self._may_resend = may_resend or (lambda: True)
        self.arrived = False

    def left_s(self) -> float:
        """Return the seconds until the deadline."""
        return max(0.0, self._ends_at - time.monotonic())

    def after(self, outcome: Answer | Lost, now_at: float) -> bool:
        """Tell whether to send again after *outcome*, having waited if so."""
        may_have_arrived = _may_have_arrived(outcome)
        self.arrived = self.arrived or may_have_arrived
        if not self._retry.total or not _helps(outcome):
            return False
        self._retry = self._retry.increment("POST")
        pause_s = self._pause_s(outcome, now_at)
        if pause_s >= self.left_s() or (may_have_arrived and not self._may_resend()):
            return False
        time.sleep(pause_s)
        return True

    def _pause_s(self, outcome: Answer | Lost, now_at: float) -> float:
        asked_s = None
        if isinstance(outcome, Answer):
            asked_s = retry_after(outcome.response.headers, now_at)
        if asked_s is None:
            asked_s = self._retry.get_backoff_time()
        jitter_s = random.random() * _JITTER_S  # noqa: S311  # spreads load, hides nothing
        return min(asked_s, _LONGEST_PAUSE_S) + jitter_s


def _helps(outcome: Answer | Lost) -> bool:
    if isinstance(outcome, Lost):
        return outcome.again
    return outcome.response.status_code in AGAIN


def _may_have_arrived(outcome: Answer | Lost) -> bool:
    if isinstance(outcome, Lost):
        return outcome.arrived
    return AGAIN.get(outcome.response.status_code, False)
