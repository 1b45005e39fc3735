"""A sandbox under a clock that only the test moves."""

from __future__ import annotations

import pytest

from requests_xauth.sandbox import Sandbox


class Clock:
    """Seconds since the epoch, as far as the test has let them pass."""

    def __init__(self):
        self.now_at = 1_700_000_000.25

    def __call__(self):
        """Return the moment that the test has set."""
        return self.now_at


@pytest.fixture
def clock():
    """The servers' clock."""
    return Clock()


@pytest.fixture
def box(clock):
    """A running sandbox."""
    with Sandbox(clock) as running:
        yield running


@pytest.fixture(params=["xpkit", "xee", "xmldation", "m2m"])
def service(box, request):
    """Each provider in turn."""
    return getattr(box, request.param)
