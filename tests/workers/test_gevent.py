"""Threads that are greenlets: gevent's, in a process of their own."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import auth_of
from stores.with_file import FileStore

import requests_xauth

if "XAUTH_REQUIRE_ALL" not in os.environ and not importlib.util.find_spec("gevent"):
    pytest.skip("gevent is not installed", allow_module_level=True)

GREENLETS = 32
_PROGRAM = Path(__file__).with_name("greenlets.py")
_ROOT = Path(requests_xauth.__file__).parents[1]


class Started:
    """The program, as this process tells it what to do."""

    def __init__(self, process, what):
        self._process = process
        self._write(what)
        assert self.line() == "ready"

    def begin(self, url):
        """Let all greenlets call."""
        self._write([url, GREENLETS])

    def line(self):
        """Return what it says next."""
        return json.loads(self._process.stdout.readline())

    def end(self):
        """Return what came of the calls, whatever it has counted meanwhile."""
        while (line := self.line()) == "tick":
            pass
        return line["told"]

    def call(self, url):
        """Return how the greenlets' calls end."""
        self.begin(url)
        return self.end()

    def _write(self, value):
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()


@pytest.fixture
def start(box):
    """Return what starts the program with a preset, on the store in a folder if any."""
    with contextlib.ExitStack() as stack:

        def start(kind, folder, **more):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, _PROGRAM],
                    env={**os.environ, "PYTHONPATH": str(_ROOT)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            place = folder and str(folder)
            return Started(process, {"kind": kind, "folder": place, "more": more})

        yield start


@pytest.fixture(params=["private", "file"])
def place(request, folder):
    """Return the folder of a FileStore, or None for a store in memory."""
    return folder if request.param == "file" else None


def test_a_dead_token(box, place, start):
    """
    Greenlets that start cold, and those on a dead token, cause one token request.
    """
    program = start("M2MAuth", place, **box.m2m.credentials)

    assert [200] * GREENLETS == program.call(box.m2m.api_url)
    assert 1 == box.m2m.token_requests
    box.m2m.revoke()
    assert [200] * GREENLETS == program.call(box.m2m.api_url)
    assert 2 == box.m2m.token_requests


def test_a_one_time_refresh_token(box, place, start):
    """
    A refresh token that works once is used once.
    """
    seed = {"refresh_token": box.xee.issue_refresh_token(), "account": "ada"}
    program = start("XeeAuth", place, **box.xee.credentials, **seed)

    for requests_so_far in (1, 2, 3):
        assert [200] * GREENLETS == program.call(box.xee.api_url)
        assert (requests_so_far, 0) == (box.xee.token_requests, box.xee.reuses)
        box.xee.expire()


def test_a_renewal_ahead(box, place, start):
    """
    A renewal ahead of the end, which is a greenlet too, happens once.
    """
    box.xpkit.lifetime_s = 2
    program = start("XPKitAuth", place, **box.xpkit.credentials)
    program.call(box.xpkit.api_url)
    box.xpkit.lifetime_s = 3600
    # More than one where a call took longer than such a token lasts.
    begun = box.xpkit.token_requests

    while box.xpkit.token_requests == begun:
        assert [200] * GREENLETS == program.call(box.xpkit.api_url)
    assert [200] * GREENLETS == program.call(box.xpkit.api_url)
    assert begun + 1 == box.xpkit.token_requests


def test_waiting_for_another_process(box, folder, start):
    """
    While another process holds the store other greenlets go on; then all do.
    """
    auth = auth_of(box, "m2m", store=FileStore(folder))
    program = start("M2MAuth", folder, **box.m2m.credentials)

    with auth._state.held(wait_s=5, who="this test"):
        program.begin(box.m2m.api_url)
        assert ["tick"] * 20 == [program.line() for _ in range(20)]
        assert 0 == box.m2m.token_requests

    assert [200] * GREENLETS == program.end()
    assert 1 == box.m2m.token_requests
