"""The room of logins is entered when somebody logs in, not before."""

import os
import subprocess
import sys

PROGRAM = """
import sys
from requests_xauth import XeeAuth, errors

auth = XeeAuth("id", "secret", redirect_uri="https://app.example.com/callback")
auth.authorization_url()
print("requests_xauth.login" in sys.modules)
try:
    auth.login()
except errors.LoginRequired:
    print("requests_xauth.login" in sys.modules)
"""


def test_loaded_when_called():
    """
    An auth object does not load it, nor does a login that a web application begins.
    """
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ["False", "True"] == ran.stdout.split()
