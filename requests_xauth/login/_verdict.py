"""Whether a request to this machine's port is the answer that is waited for.

Rule: whoever runs in the browser, or on this machine, may send anything; only one GET to
the one path at the one host, with the login's own state, is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

from .._logins import equal
from ._place import Place

# As much as common servers take; cookies of all of this host's ports are in it.
MAX_HEAD_BYTES = 32 * 1024
_MAX_FIELDS = 50


class Asked(NamedTuple):
    """
    What a request asks for.

    Attributes:
        method: The method.
        path: The path.
        query: The query, or "".
        host: The Host header, or "" if there is none or more than one.
    """

    method: str
    path: str
    query: str
    host: str


class Awaited(NamedTuple):
    """What is waited for: a place, and the state that a login was begun with."""

    place: Place
    state: str


def asked_by(head: bytes) -> Asked | None:
    """
    Return what the head of a request asks for, or None if it is none.

    Source:
        RFC 9112, sections 3 and 3.2 (one Host, the origin form) and 5.2 (no folding).
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/"):
        return None
    if not words[2].startswith("HTTP/1."):
        return None
    fields = [line.partition(":") for line in lines]
    if any(not colon or name != name.strip() for name, colon, _ in fields):
        return None
    hosts = [value.strip() for name, _, value in fields if name.lower() == "host"]
    path, _, query = words[1].partition("?")
    return Asked(words[0], path, query, hosts[0] if len(hosts) == 1 else "")


def _said(asked: Asked) -> Mapping[str, list[str]]:
    try:
        return parse_qs(asked.query, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return {}


def _has_outcome(asked: Asked) -> bool:
    said = _said(asked)
    return "code" in said or "error" in said


def _has_this_state(asked: Asked, awaited: Awaited) -> bool:
    [state, *more] = _said(asked)["state"]
    return not more and equal(state, awaited.state)


# What must hold, in this order; the name of the first that does not is the verdict.
CHECKS: tuple[tuple[str, Callable[[Asked, Awaited], bool]], ...] = (
    # A page whose name was led to this address sends its own (DNS rebinding).
    ("host", lambda asked, awaited: asked.host.lower() == awaited.place.authority),
    # RFC 6749, section 4.1.2: a redirect is a GET. Another origin's form is a POST.
    ("method", lambda asked, _: asked.method == "GET"),
    # RFC 8252, section 7.3; a browser asks for /favicon.ico of its own accord.
    ("path", lambda asked, awaited: asked.path == awaited.place.path),
    # RFC 6749, sections 4.1.2 and 4.1.2.1: one of the two is required.
    ("nothing", lambda asked, _: _has_outcome(asked)),
    # RFC 6749, section 10.12: without it anybody's code would log the person in.
    ("no state", lambda asked, _: "state" in _said(asked)),
    # The same section: one state, this login's, compared in constant time.
    ("state", _has_this_state),
)


def refused(asked: Asked, awaited: Awaited) -> str | None:
    """Return the name of the check that *asked* fails, or None: it is the answer."""
    return next((name for name, holds in CHECKS if not holds(asked, awaited)), None)
