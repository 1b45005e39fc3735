"""Fixtures for anyone's tests: the sandbox, a clock, an auth object of each preset.

Rule: pytest imports this file in every run of whoever has the package installed: it loads
nothing but what pytest has loaded already; a fixture loads what it needs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

# The front door, whose names are imported when they are used.
import requests_xauth

if TYPE_CHECKING:
    from requests_xauth import (
        M2MAuth,
        XAuth,
        XeeAuth,
        XMLdationAuth,
        XPKitAuth,
        XPKitUserAuth,
    )
    from requests_xauth.sandbox import Sandbox
    from requests_xauth.sandbox._login import LoginService


class Clock:
    """
    A clock that stands still until it is told.

    Attributes:
        now_at: The moment it shows, in seconds since the epoch.
    """

    def __init__(self, now_at: float | None = None) -> None:
        """Show *now_at*, or the present moment."""
        self.now_at = time.time() if now_at is None else now_at

    def __call__(self) -> float:
        """Return the moment."""
        return self.now_at

    def tick(self, seconds: float) -> None:
        """Let so many *seconds* pass at once."""
        self.now_at += seconds


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Drop what auth objects of an earlier test share in this process."""
    shared = sys.modules.get("requests_xauth._shared")
    if shared is not None:
        # What testing.reset() does; that module brings the stores' tests, 20 ms.
        shared.forget_shared()


@pytest.fixture
def xauth_clock() -> Clock:
    """Return the clock of the sandbox and of the auth objects: xauth_clock.tick(3600)."""
    return Clock()


@pytest.fixture
def xauth_sandbox(xauth_clock: Clock) -> Iterator[Sandbox]:
    """Give all four providers on 127.0.0.1, with switches, counters and xauth_clock."""
    from requests_xauth.sandbox import Sandbox  # noqa: PLC0415  # see the rule

    with Sandbox(xauth_clock) as box:
        yield box


@pytest.fixture
def xpkit_auth(xauth_sandbox: Sandbox, xauth_clock: Clock) -> XPKitAuth:
    """Return an XPKitAuth for xauth_sandbox.xpkit."""
    given = xauth_sandbox.xpkit.credentials
    return requests_xauth.XPKitAuth(**_common(given, xauth_clock))


@pytest.fixture
def xpkit_user_auth(xauth_sandbox: Sandbox, xauth_clock: Clock) -> XPKitUserAuth:
    """Return an XPKitUserAuth for xauth_sandbox.xpkit; a person has logged in."""
    given = xauth_sandbox.xpkit.user_credentials
    auth = requests_xauth.XPKitUserAuth(**_common(given, xauth_clock))
    _log_in(auth, xauth_sandbox.xpkit)
    return auth


@pytest.fixture
def xee_auth(xauth_sandbox: Sandbox, xauth_clock: Clock) -> XeeAuth:
    """Return a XeeAuth for xauth_sandbox.xee; a person has logged in."""
    given = xauth_sandbox.xee.credentials
    auth = requests_xauth.XeeAuth(**_common(given, xauth_clock))
    _log_in(auth, xauth_sandbox.xee)
    return auth


@pytest.fixture
def xmldation_auth(xauth_sandbox: Sandbox, xauth_clock: Clock) -> XMLdationAuth:
    """Return an XMLdationAuth for xauth_sandbox.xmldation."""
    given = xauth_sandbox.xmldation.credentials
    return requests_xauth.XMLdationAuth(**_common(given, xauth_clock))


@pytest.fixture
def m2m_auth(xauth_sandbox: Sandbox, xauth_clock: Clock) -> M2MAuth:
    """Return an M2MAuth for xauth_sandbox.m2m."""
    given = xauth_sandbox.m2m.credentials
    return requests_xauth.M2MAuth(**_common(given, xauth_clock))


def _common(credentials: dict[str, str], clock: Clock) -> dict[str, Any]:
    return {**credentials, "clock": clock}


def _log_in(auth: XAuth, service: LoginService) -> None:
    """Let a person log in; what that took is not the test's to count."""
    url, _ = auth.authorization_url()
    auth.fetch_token(authorization_response=service.authorize(url))
    service.reset_counters()
