"""The command line, run in this process or as a process of its own."""

import os
import subprocess
import sys

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    for library in ("click", "rich"):
        pytest.importorskip(library, reason="needs requests-xauth[cli]")

from click.testing import CliRunner

from requests_xauth import _cli, _tables
from requests_xauth.sandbox import Sandbox
from requests_xauth.sandbox._tokens import Ledger

VARIABLES = [name for one in _tables.presets() for name in one.environ]


def run(*args, env=None, obj=None, **how):
    """Return what a command did in this process; *env* has all of its variables."""
    try:
        runner = CliRunner(mix_stderr=False)
    except TypeError:  # click 8.2 never mixes them
        runner = CliRunner()
    return runner.invoke(
        _cli.main,
        args,
        env={**dict.fromkeys(VARIABLES), **(env or {})},
        obj=obj,
        **how,
        catch_exceptions=False,
        prog_name="requests-xauth",
    )


def command(*args):
    """Return the arguments of a process that runs a command."""
    return [sys.executable, "-m", "requests_xauth", *args]


def environ(**more):
    """Return this process's environment with *more* as the only provider's variables."""
    ours = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    return {**ours, **more}


def process(*args, env=None, **how):
    """Return what a command did as a process of its own."""
    return subprocess.run(
        command(*args),
        env=environ(**(env or {})),
        timeout=60,
        check=False,
        **{"capture_output": True, **how},
    )


def read_all(end):
    """Return what comes out of a pseudo-terminal until its other end is closed."""
    found = b""
    try:
        while piece := os.read(end, 65536):
            found += piece
    except OSError:  # how Linux tells that it is closed
        pass
    os.close(end)
    return found


class Remembering(Ledger):
    """The tokens of one provider, with every secret among them written down."""

    def __init__(self):
        super().__init__()
        self.secrets = []

    def add(self, issued):
        """Keep what was issued."""
        found = (issued.access_token, issued.refresh_token, issued.id_token)
        self.secrets += [secret for secret in found if secret]
        return super().add(issued)


class KnownSandbox(Sandbox):
    """A sandbox that can tell all of its secrets."""

    def __init__(self):
        super().__init__()
        for service in self.services():
            service._ledger = Remembering()

    def services(self):
        """Return the services that the command line knows."""
        return [getattr(self, name) for name in _tables.names()]

    def secrets(self):
        """Return every secret that there is or was."""
        found = []
        for service in self.services():
            found += [service.client_secret, *service._ledger.secrets]
            found += [*service._ledger.codes, *service._ledger._refreshes]
        return [*found, self.xmldation.password]
