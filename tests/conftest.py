"""The sandbox, a clock, nothing else: those of the pytest plug-in, as anyone has them."""

import signal

import helpers
import pytest

from requests_xauth.plugins import pytest as plugin


def pytest_configure(config):
    """Let the plug-in be there also where the package is not installed."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Run in the background of a script, where shells have Ctrl-C ignored: programs
        # that a test starts would ignore it as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.pluginmanager.has_plugin("xauth"):
        config.pluginmanager.register(plugin, "xauth")


@pytest.fixture
def clock(xauth_clock):
    """Return the clock of the client and of the sandbox."""
    xauth_clock.now_at = 1_800_000_000.0
    return xauth_clock


@pytest.fixture
def box(clock, xauth_sandbox):
    """Return a sandbox on the test's clock."""
    return xauth_sandbox


@pytest.fixture(autouse=True)
def _closed():
    yield
    while helpers.OPENED:
        helpers.OPENED.pop().close()
