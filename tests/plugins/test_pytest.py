"""The pytest plug-in: its fixtures, its reset between tests, and its cost.

Rule: what a project of a user's meets is tried in a process of its own.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import requests_xauth
from requests_xauth import M2MAuth, _shared, _tables, testing
from requests_xauth.plugins import pytest as plugin

pytest_plugins = ["pytester"]

MODULE = "requests_xauth.plugins.pytest"
PACKAGE = str(Path(requests_xauth.__file__).parents[1])


class TestFixtures:
    """What they are."""

    @pytest.mark.parametrize("name", ["xpkit", "xee", "xmldation", "m2m"])
    def test_each_preset(self, request, xauth_sandbox, name):
        """
        The fixture of a preset is an auth object that works in the sandbox.
        """
        auth = request.getfixturevalue(f"{name}_auth")
        service = getattr(xauth_sandbox, name)

        assert 200 == requests.get(service.api_url, auth=auth).status_code
        assert _tables.preset(name).auth is type(auth)

    def test_a_person(self, xauth_sandbox, xpkit_user_auth):
        """
        A person has signed in already, and what that took is not counted.
        """
        url = xauth_sandbox.xpkit.api_url

        assert 200 == requests.get(url, auth=xpkit_user_auth).status_code
        assert 0 == xauth_sandbox.xpkit.token_requests

    def test_another_day(self, xauth_sandbox, xauth_clock, m2m_auth):
        """
        Client and servers are under one clock, which only the test moves.
        """
        first = m2m_auth.renew()
        xauth_clock.tick(3700)

        requests.get(xauth_sandbox.m2m.api_url, auth=m2m_auth)

        assert first.obtained_at + 3700 == m2m_auth.token.obtained_at
        assert 0 == xauth_sandbox.m2m.refusals

    def test_in_a_project(self, project):
        """
        A project has them without a word of configuration.
        """
        ran = project(
            """
            import requests

            def test_expired(xauth_sandbox, xpkit_auth):
                with requests.Session() as session:
                    session.auth = xpkit_auth
                    session.get(xauth_sandbox.xpkit.api_url)
                    xauth_sandbox.xpkit.expire()

                    answer = session.get(xauth_sandbox.xpkit.api_url)

                assert 200 == answer.status_code
                assert 2 == xauth_sandbox.xpkit.token_requests
            """
        )

        ran.assert_outcomes(passed=1)

    def test_they_are_listed(self, project):
        """
        ``pytest --fixtures`` tells what each is.
        """
        listed = project("", "-p", MODULE, "--fixtures").stdout.str()

        names = re.findall(r"(?m)^(\w+) -- .*\n    \w", listed)
        assert {"xauth_clock", "xauth_sandbox", "xpkit_user_auth"} < set(names)


TWO_TESTS = """
    import pytest, requests
    from requests_xauth import XPKitAuth
    from requests_xauth.sandbox import Sandbox

    @pytest.fixture(scope="module")
    def xpkit():
        with Sandbox() as box:
            yield box.xpkit

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_token(xpkit, number):
        for _ in range(2):
            requests.get(xpkit.api_url, auth=XPKitAuth(**xpkit.credentials))

        assert number == xpkit.token_requests
"""


class TestReset:
    """What it keeps apart."""

    def test_between_tests(self, project):
        """
        A test gets no token that an earlier one left in the process.
        """
        project(TWO_TESTS).assert_outcomes(passed=2)

    def test_without_it(self, project):
        """
        Without the plug-in it would.
        """
        project(TWO_TESTS, "-k", "test").assert_outcomes(passed=1, failed=1)

    @pytest.mark.parametrize("reset", [testing.reset, plugin.pytest_runtest_setup])
    def test_as_by_hand(self, reset):
        """
        What it does is what testing.reset() does.
        """
        M2MAuth("https://api.example.com", "id", "secret")
        assert list(_shared.states)

        reset()

        assert not list(_shared.states)


class TestCost:
    """What those pay who do not use it."""

    def test_nothing_is_loaded(self, project):
        """
        A project that does not use it has neither requests nor the core loaded.
        """
        ran = project(
            f"""
            import sys

            def test_loaded():
                found = {{m for m in sys.modules if m.startswith("requests")}}
                assert {{"requests_xauth", "requests_xauth.plugins", {MODULE!r}}} == found
            """
        )

        ran.assert_outcomes(passed=1)

    def test_import_time(self):
        """
        To import it takes less than 5 ms, pytest apart.
        """
        # Once is enough: what the machine does besides comes on top.
        assert any(self.import_time_ms() < 5 for _ in range(10))

    def import_time_ms(self):
        """Return how long a fresh process takes to import the plug-in after pytest."""
        code = f"import pytest; import {MODULE}"
        ran = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", code],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
                "PYTHONPATH": PACKAGE,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        *_, rest = re.split(r"(?m)\| pytest$", ran.stderr)
        assert f"| {MODULE}" in rest
        return sum(int(us) for us in re.findall(r"import time: +(\d+)", rest)) / 1000
