"""What goes wrong on purpose: delays, drips, failures, lost answers.

Rule: a switch is set from outside and used up by requests; nothing here answers.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from ._wire import Drip, Pause

if TYPE_CHECKING:
    from ._wire import Answer

_PLACES = ("token", "api", "authorize")


class Faults(NamedTuple):
    """What one request meets."""

    slow: Pause | None = None
    drip: Drip | None = None
    answer: Answer | None = None
    drop: str | None = None  # "before" or "after" the request is processed


class _Switch:
    """One value for one place, for all requests or the next few."""

    def __init__(self, value: object, times: int | None) -> None:
        self.value = value
        self.times = times


class Switches:
    """The faults of one origin, by kind and place."""

    def __init__(self) -> None:
        # Guards _queues; held for a few dictionary operations only.
        self._lock = threading.Lock()
        self._queues: dict[tuple[str, str], list[_Switch]] = {}
        self._ended = threading.Event()

    def set(self, kind: str, at: str, value: object, *, times: int | None) -> None:
        """
        Add a switch of one *kind* at one place.

        Switches that are good for a number of times queue up; one without a number
        stays until another of its kind and place takes over.

        Raises:
            ValueError: If there is no such place.
        """
        one_of(_PLACES, at)
        with self._lock:
            queue = self._queues.setdefault((kind, at), [])
            queue[:] = [switch for switch in queue if switch.times is not None]
            queue.append(_Switch(value, times))

    def pause(self, wait_s: float) -> Pause:
        """Return a wait that heal() ends."""
        return Pause(wait_s, self._ended)

    def take(self, at: str) -> Faults:
        """Return what the next request at this place meets, and count it."""
        if not self._queues:
            return _HEALTHY
        with self._lock:
            taken = {
                kind: self._use(queue)
                for (kind, place), queue in self._queues.items()
                if place == at
            }
        return _HEALTHY._replace(**taken)

    def heal(self) -> None:
        """Switch everything off and let no answer wait any longer."""
        with self._lock:
            self._queues = {}
            ended, self._ended = self._ended, threading.Event()
        ended.set()

    @staticmethod
    def _use(queue: list[_Switch]) -> Any:
        """Return the value whose turn it is, or None."""
        while queue:
            switch = queue[0]
            if switch.times is None:
                return switch.value
            switch.times -= 1
            if switch.times >= 0:
                return switch.value
            del queue[0]
        return None


_HEALTHY = Faults()


def one_of(known: tuple[str, ...], word: str) -> None:
    """
    Check a word that a test has written.

    Raises:
        ValueError: If it is none of the known ones.
    """
    if word not in known:
        raise ValueError(f"Cannot switch {word!r}. Known: {', '.join(known)}.")
