"""The port, while a person is asked: what has the right state is taken from either.

Rule: a request without a state proves nothing, so it ends nothing: listened on is as long
as it can be told that nobody has entered a line.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ._loopback import Arrival, Loopback
from ._screen import Terminal

# Where a line is seen only by reading it (Windows, a notebook): a browser that was just
# sent to the provider, and asks nothing of its person, is back by then.
GRACE_S = 5.0


class Came(Exception):
    """The browser has come back with the right state, before a line was entered."""

    def __init__(self, arrival: Arrival) -> None:
        """Keep the answer that it brought."""
        super().__init__()
        self.arrival = arrival


def listening(
    loopback: Loopback, shown: Terminal, *, state: str, until: float
) -> Callable[[], None]:
    """
    Return what listens on until a line can be read, and raises `Came` if that comes first.

    Where nobody can tell, it listens for `GRACE_S` seconds.

    Args:
        loopback: The port, which is closed when nobody listens any more.
        shown: Where the person is asked.
        state: The state that the login was begun with.
        until: A moment of the monotonic clock, after which only the person is waited for.
    """

    def listen() -> None:
        """Return when a line is to be read."""
        can_tell = shown.has_line() is not None
        ends_at = until if can_tell else min(until, time.monotonic() + GRACE_S)
        arrival = loopback.wait(
            state, until=ends_at, stop=lambda: bool(shown.has_line())
        )
        if arrival is not None:
            raise Came(arrival)
        if not shown.has_line():
            # Left open, it would let a browser wait; refused, that shows the address.
            loopback.close()

    return listen
