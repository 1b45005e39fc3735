"""A person who logs in to the sandbox, with no desktop but the test's own."""

import pytest
from login.people import Browser

from requests_xauth import XeeAuth, XPKitUserAuth
from requests_xauth.login import _beside, _browser


@pytest.fixture(autouse=True)
def _no_desktop(monkeypatch):
    for name in (*_browser._ELSEWHERE, *_browser._DESKTOP):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch):
    monkeypatch.setattr(_beside, "GRACE_S", 0.05)


@pytest.fixture
def xee(box, clock):
    """Return an auth object of a person who has not logged in."""
    return XeeAuth(
        **{**box.xee.credentials, "redirect_uri": "http://127.0.0.1/callback"},
        clock=clock,
    )


@pytest.fixture
def xpkit(box, clock):
    """Return the same for XPKit, with PKCE."""
    return XPKitUserAuth(
        **{**box.xpkit.user_credentials, "redirect_uri": "http://127.0.0.1/callback"},
        clock=clock,
    )


@pytest.fixture
def browser():
    """Make browsers, and close them."""
    made = []

    def make(*args, **more):
        made.append(Browser(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()
