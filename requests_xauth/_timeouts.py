"""How long a token request may take, from what the caller gave.

Rule: requests' own name and forms; what cannot be right is a ConfigError at construction.
"""

from __future__ import annotations

from urllib3.util import Timeout

from ._token import is_number
from .errors import ConfigError

Pair = tuple[float | None, float | None]


def pair_of(timeout: object) -> Pair:
    """
    Return the connect and read timeout in *timeout*; None is without end.

    Raises:
        ConfigError: If it is no number above 0, no pair of such, no Timeout and not None.
    """
    if isinstance(timeout, Timeout):
        return _of_urllib3(timeout)
    pair = tuple(timeout) if isinstance(timeout, tuple | list) else (timeout, timeout)
    if len(pair) != 2 or not all(part is None or _is_span(part) for part in pair):  # noqa: PLR2004  # connect, read
        raise ConfigError(
            f"timeout={timeout!r} is no timeout: give seconds above 0, a pair"
            " (connect, read), a urllib3 Timeout or None."
        )
    return pair


def longest_s(pair: Pair) -> float:
    """Return how long an attempt may take by *pair*, a part without end left out."""
    return sum(part for part in pair if part is not None)


def within(pair: Pair, left_s: float) -> Pair:
    """Return *pair* with each part at most *left_s*."""
    connect, read = (left_s if part is None else min(part, left_s) for part in pair)
    return connect, read


def _of_urllib3(timeout: Timeout) -> Pair:
    total = timeout.total if _is_span(timeout.total) else None
    parts = (
        part if _is_span(part) else total for part in (timeout._connect, timeout._read)
    )
    connect, read = (
        part if total is None or part is None else min(part, total) for part in parts
    )
    return connect, read


def _is_span(value: object) -> bool:
    return is_number(value) and value > 0  # type: ignore[operator]  # is_number looked
