"""The program of `login.program`, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from requests_xauth.login import _browser

PROGRAM = Path(__file__).with_name("program.py")


def command(box, folder, act):
    """Return how the program is started for the sandbox."""
    return [sys.executable, str(PROGRAM), box.xee.credentials["base_url"], folder, act]


def environ(box):
    """Return its environment: the client's credentials; no desktop, no colours."""
    hidden = {*_browser._ELSEWHERE, *_browser._DESKTOP}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {
        **kept,
        # Python 3.13 would paint a traceback on a terminal, words and all.
        "NO_COLOR": "1",
        "XEE_CLIENT_ID": box.xee.client_id,
        "XEE_CLIENT_SECRET": box.xee.client_secret,
    }


def used(box, folder):
    """Return what the program prints that only uses the token in the store."""
    ran = subprocess.run(
        command(box, folder, "use"),
        env=environ(box),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "" == ran.stderr
    return ran.stdout.strip()
