"""Errors of other libraries: where they happened, and emptied of what they hold.

Rule: what is kept of a foreign error is its text; requests, pools and frames go, since a
token request's body is in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from requests import exceptions as foreign
from urllib3 import exceptions as urllib3_errors

from ._redact import Secrets

_BEFORE = (
    urllib3_errors.NewConnectionError,
    urllib3_errors.ConnectTimeoutError,
    foreign.ConnectTimeout,
)
# requests keeps the request and its answer, urllib3 the pool with its proxy's credentials
# and the connection, json the document, a UnicodeError the text.
_HOLDING = {"request": None, "response": None, "pool": None, "conn": None, "doc": ""}


def is_before(error: BaseException) -> bool:
    """Tell whether *error* happened before there was a connection."""
    return any(isinstance(part, _BEFORE) for part in chain(error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and each error that it wraps, whichever way."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        part = pending.pop(0)
        if isinstance(part, BaseException) and id(part) not in seen:
            seen.add(id(part))
            yield part
            pending += [*part.args, part.__cause__, part.__context__]
            pending += [
                getattr(part, name, None) for name in ("reason", "original_error")
            ]


def emptied(error: BaseException, secrets: Secrets) -> BaseException | None:
    """Return *error* without what it holds, or None if a secret is still in its text."""
    parts = list(chain(error))
    for part in parts:
        part.__traceback__ = None
        for name, nothing in _HOLDING.items():
            if name in vars(part):
                setattr(part, name, nothing)
    told = (f"{part} {part!r} {part.args!r}" for part in parts)
    return None if any(secrets.in_text(text) for text in told) else error


def innermost(error: BaseException) -> BaseException:
    """Return the error at the bottom of *error*, whose text says most."""
    return list(chain(error))[-1]
