"""What is examined, what is known of it by now, and how a step ends early.

Rule: a step learns from the case and adds to it; only a step before it has done so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timezone
from socket import socket
from typing import Any, NamedTuple

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ..._auth import XAuth
from ..._hosts import place_of
from ..._setup import Setup
from ..._token import Token
from ..._wire import trusted
from .faults import FAULTS

# As urllib3 has them, and PySocks.
_PROXY_PORTS = {"https": 443, "http": 80}
_SOCKS_PORT = 1080


class Skip(Exception):
    """A step has nothing to look at; the text says why."""


class Stop(Exception):
    """
    The way ends here.

    Attributes:
        fault: The row of `FAULTS`.
        seen: What was seen.
        title: What is the matter.
        advice: What to do.
    """

    def __init__(self, fault: str, seen: str, **values: object) -> None:
        """Fill in the row *fault*."""
        super().__init__(fault)
        self.fault = fault
        self.seen = seen
        self.title = FAULTS[fault].title.format(**values)
        self.advice = FAULTS[fault].advice.format(**values).strip()


class Target(NamedTuple):
    """A machine on the way: the token endpoint's, the API's or a proxy's."""

    host: str
    port: int
    kind: str = ""

    def __str__(self) -> str:
        """Return host and port as a message names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}{host}:{self.port}"


class Case:
    """
    One examination.

    Attributes:
        make: Returns the auth object.
        url: The API URL to call, or None.
        timeout_s: How long a step waits for a connection, and for an answer.
        options: Those that chose the auth object, for the command that logs in.
        auth: The auth object, once the settings are right.
        target: The machine that the way has led to.
        line: The connection to it, once there is one.
        offset_s: How far our clock is ahead of the provider's, once that is known.
        token: The token, once there is one.
        open: What is closed at the end.
    """

    auth: XAuth
    target: Target

    def __init__(
        self,
        make: Callable[[], XAuth],
        url: str | None = None,
        *,
        timeout_s: float = 10.0,
        options: str = "",
    ) -> None:
        """Begin; nothing is known yet."""
        self.make = make
        self.url = url
        self.timeout_s = timeout_s
        self.options = options
        self.line: socket | None = None
        self.offset_s: float | None = None
        self.token: Token | None = None
        self.open = ExitStack()

    @property
    def setup(self) -> Setup:
        """What the auth object is made of."""
        return self.auth._setup  # noqa: SLF001  # its arguments, which a caller would know

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return self.setup.provider.token_url

    def route(self) -> dict[str, Any]:
        """Return proxies and verify as a token request has them."""
        session = self.setup.session or requests.Session()
        found = session.merge_environment_settings(
            self.token_url,
            dict(session.proxies),
            None,
            None if session.verify is True else session.verify,
            None,
        )
        proxies = trusted(found["proxies"], self.token_url)
        return {**found, "proxies": proxies}

    def first_target(self) -> Target:
        """
        Return whom a token request connects to.

        Raises:
            Stop: If there is a proxy whose URL is none.
        """
        proxy = select_proxy(self.token_url, self.route()["proxies"])
        return _proxy_of(proxy) if proxy else target_of(self.token_url)

    def stop(self, fault: str, seen: str, **more: object) -> Stop:
        """Return the end at *fault*, with what any row may want to know."""
        now = datetime.now(timezone.utc)
        known: dict[str, object] = {
            "now": f"{now:%Y-%m-%d %H:%M} UTC",
            "timeout_s": self.timeout_s,
            "options": self.options,
        }
        if hasattr(self, "auth"):
            scope = self.token.scope if self.token else ()
            known["granted"] = " ".join(scope) or "not told"
            known["token_url"] = self.token_url
            known["bundle"] = bundle_of(self.route()["verify"])
        if hasattr(self, "target"):
            known |= {"host": self.target.host, "place": self.target}
        return Stop(fault, seen, **{**known, **more})


def target_of(url: str) -> Target:
    """Return the machine that a checked *url* is of."""
    place = place_of(url)
    assert place is not None  # noqa: S101  # whoever gave it has looked
    return Target(place[1].strip("[]"), place[2])


def bundle_of(verify: bool | str | None) -> str:  # noqa: FBT001  # requests' own form
    """Return the file or folder of the authorities that are trusted."""
    return verify if isinstance(verify, str) else str(DEFAULT_CA_BUNDLE_PATH)


def _proxy_of(proxy: str) -> Target:
    try:
        parts = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    except LocationParseError:
        parts = None
    if parts is None or not parts.host:
        # It is not shown: there may be a password in it.
        raise Stop("settings", "The URL of the proxy, in HTTPS_PROXY or so, is none.")
    port = parts.port or _PROXY_PORTS.get(parts.scheme or "", _SOCKS_PORT)
    return Target(parts.host.strip("[]"), port, "the proxy ")
