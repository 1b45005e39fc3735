"""Real authorization servers for the whole run, and their journals clean for each test.

Rule: without what a server needs its tests are skipped with the reason, unless
XAUTH_REQUIRE_ALL=1 says that nothing may be skipped.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import pytest
from interop.oidc_client import OIDC, Visitor
from interop.oidc_engine import lacking
from interop.toolkit_client import Application, Person, Toolkit
from interop.xee_preset import log_in, make_auth

from requests_xauth import XeeAuth

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("django", "oauth2_provider", "rest_framework", "waitress")


@pytest.fixture(scope="session")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolkit]:
    """Run Django OAuth Toolkit, from the first test that needs it to the end."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        _leave_out(f"No {names}: pip install -r tests/interop/requirements.txt")
    server = Toolkit(tmp_path_factory.mktemp("toolkit"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def oidc_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OIDC]:
    """Run oidc-provider, from the first test that needs it to the end."""
    reason = lacking()
    if reason is not None:
        _leave_out(reason)
    server = OIDC(tmp_path_factory.mktemp("oidc"))
    yield server
    server.stop()


def _leave_out(reason: str) -> None:
    """Skip with *reason*, or fail with it where nothing may be skipped."""
    if os.environ.get("XAUTH_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def server(toolkit: Toolkit) -> Toolkit:
    """Return Django OAuth Toolkit with nothing in its journal."""
    toolkit.control("clear_journal")
    return toolkit


@pytest.fixture
def oidc(oidc_provider: OIDC) -> OIDC:
    """Return oidc-provider with nothing in its journal."""
    oidc_provider.control("clear_journal")
    return oidc_provider


@pytest.fixture
def ada(server: Toolkit) -> Person:
    """Register somebody who can log in."""
    return server.person("ada")


@pytest.fixture
def eve() -> Visitor:
    """Return somebody who can log in at oidc-provider."""
    return Visitor.named("eve")


@pytest.fixture
def xpkit(server: Toolkit) -> Application:
    """Register a machine with XPKit."""
    return server.application("xpkit")


@pytest.fixture
def xee(server: Toolkit) -> Application:
    """Register a web application with Xee."""
    return server.application("xee")


@pytest.fixture
def logged_in(xee: Application, ada: Person) -> XeeAuth:
    """Return Xee's preset after somebody has logged in."""
    auth = make_auth(xee)
    log_in(auth, ada)
    return auth
