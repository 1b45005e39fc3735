"""A failed token request as those who waited for it hear of it.

Rule: the same class with the same words, in every thread and process; never a response.
"""

from __future__ import annotations

import copy
import os
from typing import Any

from . import errors
from ._token import is_number
from .errors import ProviderUnavailable, TokenRequestError

# Whoever waited gets in right after the failure; what is older than this is history.
SHARED_S = 5.0
# A loop around a bad secret asks the provider so often at the most.
REMEMBERED_S = 30.0

_KINDS: dict[str, type[TokenRequestError]] = {
    kind.__name__: kind
    for kind in (
        errors.TokenRequestError,
        errors.CredentialsRejected,
        errors.LoginRequired,
        errors.ProviderUnavailable,
    )
}
_TOLD = ("provider", "status_code", "code", "description", "tip", "doubt")


def failure_of(error: TokenRequestError, at: float) -> dict[str, Any]:
    """Return *error*, met at the moment *at*, as a JSON object with an id of its own."""
    told = {name: getattr(error, name) for name in _TOLD}
    return {
        "id": os.urandom(8).hex(),
        "at": at,
        "kind": type(error).__name__,
        "message": str(error),
        "retry_after_s": getattr(error, "retry_after_s", None),
        **told,
    }


def error_of(failure: dict[str, Any]) -> TokenRequestError:
    """Return the error that *failure* describes; a strange one is read leniently."""
    kind = _KINDS.get(str(failure.get("kind")), TokenRequestError)
    known = {name: failure.get(name) for name in _TOLD}
    if issubclass(kind, ProviderUnavailable):
        known["retry_after_s"] = failure.get("retry_after_s")
    return kind(str(failure.get("message", "")), **known)


def is_news(
    failure: dict[str, Any] | None, before: dict[str, Any] | None, now_at: float
) -> bool:
    """Tell whether *failure* happened since *before* was read, and just now."""
    if failure is None or not is_number(failure.get("at")):
        return False
    seen = before is not None and before.get("id") == failure.get("id")
    return not seen and abs(now_at - failure["at"]) < SHARED_S


def again(error: TokenRequestError) -> TokenRequestError:
    """Return a fresh copy of *error*, so that no two callers share a traceback."""
    fresh = copy.copy(error)
    fresh.refused = None
    fresh.__cause__ = error.__cause__
    return fresh
