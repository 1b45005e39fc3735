"""The warning that a request goes out without the token, once for each host.

Rule: it names the host, the reason and what to do, and points at the caller's own line.
"""

from __future__ import annotations

import sys
import warnings

from ._hosts import Hosts, Pattern, host_of, place_of
from ._provider import Provider
from .errors import UnsignedRequestWarning

# So many hosts are remembered as told; a crawler may meet more.
_TOLD = 1024
_LIBRARIES = ("requests", "requests_xauth", "requests_oauthlib")


class Unsigned:
    """The hosts that one auth object has warned of."""

    def __init__(self, provider: Provider, hosts: Hosts) -> None:
        """Know what is allowed, to tell what is not."""
        self._provider = provider
        self._hosts = hosts
        self._told: set[str] = set()

    def warn(self, url: str) -> None:
        """Warn that the request to *url* is not signed, unless its host was told of."""
        host = host_of(url)
        if host in self._told:
            return
        if len(self._told) >= _TOLD:
            self._told.clear()
        self._told.add(host)
        text = (
            f"The request to {host} goes out without the token of"
            f" {self._provider.name}: {self._reason(url)}"
        )
        warnings.warn(UnsignedRequestWarning(text), stacklevel=_callers_level())

    def _reason(self, url: str) -> str:
        place = place_of(url)
        if place is not None:
            for pattern, advice in self._provider.kin:
                if Pattern(pattern.removeprefix("*."), wild=True, port=None).fits(
                    place[1], place[2], place[0]
                ):
                    return f"that host belongs to another region; {advice}."
            if place[0] == "http" and self._allowed_by_https(place[1], place[2]):
                return "over plain http anybody could read it; use https."
        allowed = ", ".join(self._hosts.names)
        return f"only {allowed} may see it. Name the host in hosts=, or leave it."

    def _allowed_by_https(self, host: str, port: int) -> bool:
        return any(self._hosts.allow(f"https://{host}{p}/") for p in ("", f":{port}"))


def _callers_level() -> int:
    level, frame = 1, sys._getframe(1)  # noqa: SLF001  # as the warnings module does
    while frame.f_back is not None:
        if frame.f_globals.get("__name__", "").split(".")[0] not in _LIBRARIES:
            break
        level, frame = level + 1, frame.f_back
    return level
