"""The sandbox, a clock, nothing else: those of the pytest plug-in, as anyone has them."""

import signal
import sys
import threading

import helpers
import parts
import pins
import pytest

from requests_xauth.plugins import pytest as plugin


class Tracing:
    """The sys module as threading sees it, where two threads begin to be traced at once."""

    def __getattr__(self, name):
        return getattr(sys, name)

    def settrace(self, trace):
        """Try again where Python says that another thread is at it (3.11 and later)."""
        for _ in range(1000):
            try:
                return sys.settrace(trace)
            except RuntimeError:
                continue
        return sys.settrace(trace)


def pytest_ignore_collect(collection_path):
    """Leave to another environment what it runs."""
    return parts.is_elsewhere(collection_path) or None


def pytest_configure(config):
    """Let the plug-in be there also where the package is not installed."""
    if threading.gettrace():
        # Measured by coverage: a thread would now and then die before its first line.
        threading._sys = Tracing()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Run in the background of a script, where shells have Ctrl-C ignored: programs
        # that a test starts would ignore it as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.pluginmanager.has_plugin("xauth"):
        config.pluginmanager.register(plugin, "xauth")


@pytest.fixture(autouse=True, scope="session")
def _state_home(tmp_path_factory):
    """Keep out of the folder in which this user's own tokens are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def pytest_report_header():
    """Name what may be why a test fails that passed before."""
    newer = pins.newer(pins.pinned("newest"))
    return f"newer than in tests/constraints: {', '.join(newer)}" if newer else None


@pytest.fixture
def clock(xauth_clock):
    """Return the clock of the client and of the sandbox."""
    xauth_clock.now_at = 1_800_000_000.0
    return xauth_clock


@pytest.fixture
def box(clock, xauth_sandbox):
    """Return a sandbox on the test's clock."""
    return xauth_sandbox


@pytest.fixture
def uncollected():
    """Let no garbage be collected in a test that goes as deep as can be."""
    with helpers.uncollected():
        yield


@pytest.fixture(autouse=True)
def _closed():
    yield
    while helpers.OPENED:
        helpers.OPENED.pop().close()
