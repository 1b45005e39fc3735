"""The sandbox, a clock, nothing else."""

import helpers
import pytest

from requests_xauth import testing
from requests_xauth.sandbox import Sandbox


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        """Return the moment."""
        return self.now

    def tick(self, seconds):
        """Let *seconds* pass."""
        self.now += seconds


@pytest.fixture
def clock():
    """Return the clock of the client and of the sandbox."""
    return Clock()


@pytest.fixture
def box(clock):
    """Return a sandbox on the test's clock."""
    with Sandbox(clock) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _apart():
    testing.reset()
    yield
    testing.reset()
    while helpers.OPENED:
        helpers.OPENED.pop().close()
