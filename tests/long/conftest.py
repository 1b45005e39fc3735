"""Runs of minutes, left out unless they are asked for: XAUTH_LONG=1."""

import os

import pytest

from requests_xauth.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _asked_for():
    if "XAUTH_LONG" not in os.environ:
        pytest.skip("a run of minutes: XAUTH_LONG=1 asks for it")


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which other processes have too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path):
    """Return where the programs' store is."""
    return tmp_path / "tokens"


@pytest.fixture
def report(capsys):
    """Return what writes a line for people to read."""

    def write(line):
        with capsys.disabled():
            os.write(1, f"\n{line}\n".encode())

    return write
