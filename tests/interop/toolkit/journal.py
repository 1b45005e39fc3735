"""What the server was asked and what it answered, for the tests to count.

Rule: no secret is kept; a bearer is told by six hex digits of its hash.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

# Appending to a deque and copying it are atomic: the server's threads need no lock.
ENTRIES: deque[dict[str, Any]] = deque(maxlen=10_000)


class Journal:
    """A middleware that notes each request but those of the tests' own control."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer, as Django's middleware protocol has it."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass *request* on and note it with the status of its answer."""
        # Read before anything parses the form: a view may want the raw body later.
        assert request.body is not None
        response = self._get_response(request)
        if not request.path.startswith("/control/"):
            ENTRIES.append(_entry(request, response))
        return response


def _entry(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """Return the line of the journal for one exchange."""
    return {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "grant": request.POST.get("grant_type"),
        "fields": sorted(request.POST),
        "bearer": _mark(request.headers.get("Authorization", "")),
    }


def _mark(authorization: str) -> str | None:
    """Return six hex digits that tell bearers apart, None without a bearer."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    return hashlib.sha256(token.encode()).hexdigest()[:6]
