"""How long a token request may take, from what the caller gave.

Rule: requests' own name and forms; what cannot be right is a ConfigError at once.
"""

from __future__ import annotations

from typing import Any

from urllib3.util import Timeout

from ._token import is_number
from .errors import ConfigError

# Connect and read, in seconds; None is without end.
Pair = tuple["float | None", "float | None"]


def pair_of(timeout: Any) -> Pair:
    """
    Return *timeout* as a pair.

    Raises:
        ConfigError: If it is no number above 0, pair of such, urllib3 Timeout or None.
    """
    if isinstance(timeout, Timeout):
        return _of_urllib3(timeout)
    pair = timeout if isinstance(timeout, tuple | list) else (timeout, timeout)
    if len(pair) != 2 or not all(part is None or _is_span(part) for part in pair):
        raise ConfigError(
            f"timeout={timeout!r} is no timeout: give seconds above 0, a pair"
            " (connect, read), a urllib3 Timeout or None."
        )
    connect, read = pair
    return connect, read


def longest_s(pair: Pair) -> float:
    """Return the longer part of *pair*, 0 if neither has an end."""
    return max((part for part in pair if part is not None), default=0.0)


def within(pair: Pair, left_s: float) -> Pair:
    """Return *pair* with no part longer than *left_s*."""
    # Not 0, which urllib3 refuses; the deadline has the last word anyway.
    most = max(left_s, 0.001)
    connect, read = (most if part is None else min(part, most) for part in pair)
    return connect, read


def _of_urllib3(timeout: Timeout) -> Pair:
    # A Timeout with a total knows its read timeout only while the clock runs.
    running = timeout.clone()
    running.start_connect()
    connect, read = (
        part if _is_span(part) else None
        for part in (running.connect_timeout, running.read_timeout)
    )
    return connect, read  # type: ignore[return-value]  # its "default" is no number


def _is_span(value: Any) -> bool:
    return is_number(value) and value > 0
