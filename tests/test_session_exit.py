"""A program that ends while its token is renewed ahead of the end."""

import contextlib
import json
import subprocess
import sys
import time

import pytest
from helpers import auth_of, service_of
from oauth import opened

from requests_xauth.sandbox import Sandbox

PROGRAM = """
import json, sys
from pathlib import Path
from requests_xauth import M2MAuth, XAuthSession, XeeAuth

given = json.load(sys.stdin)
auth = {"xee": XeeAuth, "m2m": M2MAuth}[given["name"]](**given["credentials"])
save = Path(given["file"]).write_text
updater = (lambda token: save(json.dumps(token))) if given["saves"] else None
with XAuthSession(auth, token=given["token"], token_updater=updater) as session:
    print(session.get(given["url"]).status_code, flush=True)
"""


@pytest.fixture
def real_box():
    """A sandbox on the real clock, which another process has too."""
    with Sandbox() as box:
        yield box


@pytest.fixture
def ending(real_box, tmp_path):
    """Run a program up to its last line, while its token request hangs."""
    with contextlib.ExitStack() as stack:

        def run(name, *, saves):
            service = service_of(real_box, name)
            session = opened(auth_of(real_box, name))
            token = {**session.refresh_token(), "expires_at": time.time() + 100}
            service.slow(30)
            program = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(program.kill)
            given = {
                "name": name,
                "credentials": service.credentials,
                "url": service.api_url,
                "token": token,
                "file": str(tmp_path / "saved"),
                "saves": saves,
            }
            program.stdin.write(json.dumps(given))
            program.stdin.close()
            assert "200\n" == program.stdout.readline()
            return program

        yield run


def test_a_persons_token_that_is_saved(real_box, ending, tmp_path):
    """
    It is waited for: the one before is spent, and the new one has to be saved.
    """
    program = ending("xee", saves=True)

    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(1)
    real_box.xee.heal()
    assert 0 == program.wait(30)

    saved = json.loads((tmp_path / "saved").read_text("utf-8"))
    assert 2 == real_box.xee.tokens_issued
    assert (
        200
        == opened(auth_of(real_box, "xee"), token=saved)
        .get(real_box.xee.api_url)
        .status_code
    )


@pytest.mark.parametrize(("name", "saves"), [("m2m", True), ("xee", False)])
def test_where_nothing_can_be_lost(real_box, ending, name, saves):
    """
    A machine's, or one that nobody saves, keeps no program from ending.
    """
    program = ending(name, saves=saves)

    # The token request hangs for longer.
    assert 0 == program.wait(20)
