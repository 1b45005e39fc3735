"""The examples: each runs, and shows what it says.

Rule: a script runs as a process of its own, as its reader starts it.
"""

import contextlib
import os
import re
import runpy
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

import requests_xauth
from requests_xauth import _tables

EXAMPLES = Path(__file__).parent.parent / "examples"
# The package that is tested, wherever it is imported from.
ENVIRON = {**os.environ, "PYTHONPATH": str(Path(requests_xauth.__file__).parents[1])}
# What each script prints.
SHOWN = {
    "m2m": """
        32 threads: 200
        32 threads on a dead token: 200
        2 token requests
    """,
    "xee": """
        logged in: 200
        an hour later: 200
        without the scope: 403 Token does not have the required scope
        revoked: 403 Token has been revoked
        Xee has given up the token: Token has been revoked (HTTP 403). Log in again, with\
 auth.login().
    """,
    "xmldation": """
        HTTP 401, then 200
        received: <Document/>
        asked by: password refresh_token
    """,
    "xpkit": """
        3 calls, 1 token request
        HTTP 403, then 200
        3 calls, HTTP 403, 1 token request
    """,
    "xpkit_user": """
        nobody has signed in yet
        signed in: 200
        sign in again
    """,
}


@pytest.mark.parametrize("name", SHOWN)
def test_script(name):
    """
    A script runs, and prints what is to be seen.
    """
    ran = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py"],
        env=ENVIRON,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    expected = [line.strip() for line in SHOWN[name].strip().splitlines()]
    assert expected == ran.stdout.splitlines()


def test_every_example_is_run():
    """
    There is a script for each preset, and none that no test names.
    """
    classes = [auth.__name__ for one in _tables.presets() for auth in one.classes]
    texts = {path.stem: path.read_text("utf-8") for path in EXAMPLES.glob("*.py")}
    tests = [path.read_text("utf-8") for path in Path(__file__).parent.rglob("*.py")]
    named = {name for name in texts if any(f"{name}.py" in test for test in tests)}

    assert set(texts) == named | set(SHOWN)
    for name in classes:
        assert any(f"= {name}(" in text for text in texts.values())


class TestWebLogin:
    """The web site."""

    @pytest.fixture
    def site(self, box):
        """Return the address of the site, which a thread serves."""
        names = runpy.run_path(str(EXAMPLES / "web_login.py"), run_name="web_login")
        with names["server_of"](box.xee) as server:
            server.RequestHandlerClass.log_message = lambda *_: None
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join(10)

    @pytest.fixture
    def browser(self):
        """Return a function that makes a browser with cookies of its own."""
        with contextlib.ExitStack() as stack:
            yield lambda: stack.enter_context(requests.Session())

    def begun(self, browser, site):
        """Let a browser begin a login; return the address behind its Allow button."""
        assert "Log in" in browser.get(site).text
        page = browser.get(f"{site}/login")
        assert "asks for access" in page.text
        return f"{page.url}&decision=allow"

    def test_two_visitors(self, box, site, browser):
        """
        Two visitors who log in at once each get a token of their own.
        """
        visitors = [browser(), browser()]
        allow = [self.begun(visitor, site) for visitor in visitors]

        for visitor, address in zip(visitors, allow, strict=True):
            assert "You are logged in: HTTP 200" in visitor.get(address).text

        assert 2 == box.xee.tokens_issued
        assert "logged in" in visitors[0].get(site).text

    def test_a_visitor_who_says_no(self, site, browser):
        """
        A visitor who denies it is told so, and may try again.
        """
        visitor = browser()
        deny = self.begun(visitor, site).replace("=allow", "=deny")

        answer = visitor.get(deny)

        assert 400 == answer.status_code
        assert "access_denied" in answer.text
        assert "Log in at Xee" in answer.text

    def test_somebody_elses_link(self, box, site, browser):
        """
        A link that finishes another visitor's login finishes nothing here.
        """
        attacker, victim = browser(), browser()
        allowed = attacker.get(self.begun(attacker, site), allow_redirects=False)
        self.begun(victim, site)

        answer = victim.get(allowed.headers["Location"])

        assert 400 == answer.status_code
        assert "under way" in answer.text
        assert 0 == box.xee.tokens_issued

    def test_elsewhere(self, site):
        """
        There are no other pages.
        """
        assert 404 == requests.get(f"{site}/favicon.ico").status_code

    def test_as_a_process(self):
        """
        The script says where to look, and ends with Ctrl-C.
        """
        process = subprocess.Popen(
            [sys.executable, "-u", EXAMPLES / "web_login.py"],
            env=ENVIRON,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            address = re.search(r"http://\S+/", process.stdout.readline())[0]
            assert "Log in" in requests.get(address).text
            process.send_signal(2)
            assert "Ended.\n" == process.stdout.read()
        assert 0 == process.returncode
