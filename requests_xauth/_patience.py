"""How long a call waits for a token request: no longer than its own timeout says.

Rule: requests' forms of a timeout are read and never judged; requests itself refuses those
that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.util import Timeout

from ._ahead import patience_s
from ._timeouts import pair_of
from ._token import is_number
from .errors import ConfigError


@contextmanager
def patience(timeout: object) -> Iterator[None]:
    """Let token requests be waited for as long as *timeout* allows, meanwhile."""
    mark = patience_s.set(wait_s(timeout))
    try:
        yield
    finally:
        patience_s.reset(mark)


def wait_s(timeout: object) -> float | None:
    """
    Return how many seconds *timeout* allows altogether, or None if it sets no bound.

    A number is what the caller has in mind; connecting and reading add up; a part without
    end has none.
    """
    if isinstance(timeout, Timeout) and is_number(timeout.total):
        timeout = timeout.total
    try:
        connect, read = pair_of(timeout)
    except ConfigError:
        return None
    if connect is None or read is None:
        return None
    return connect if is_number(timeout) else connect + read
