"""SECURITY.rst: each promise names its tests; those that stand alone are here."""

import re
from pathlib import Path

import pytest
import requests
from helpers import auth_of

from requests_xauth import M2MAuth, errors
from requests_xauth.stores import MemoryStore

TESTS = Path(__file__).parent
PAGES = {
    name: (TESTS.parent / name).read_text("utf-8")
    for name in ("SECURITY.rst", "docs/security.rst")
}
# "- " begins a promise, whose last lines are its tests.
PROMISES = re.findall(
    r"(?m)^- (.+(?:\n(?:  .*)?$)*)",
    PAGES["SECURITY.rst"].partition("What is not promised")[0],
)
NAMED = r"``([\w/]+\.py)::(\w+)``"


def is_there(file, name):
    """Tell whether a test of that name is in that file."""
    path = TESTS / file
    return path.is_file() and f"def {name}(" in path.read_text("utf-8")


class TestPages:
    """What the pages name."""

    @pytest.mark.parametrize("promise", PROMISES)
    def test_each_promise_has_tests(self, promise):
        """
        Each promise names one test at least.
        """
        assert re.findall(NAMED, promise)

    @pytest.mark.parametrize("page", PAGES)
    def test_each_test_is_there(self, page):
        """
        Each test that a page names exists.
        """
        named = re.findall(NAMED, PAGES[page])

        assert len(named) >= 20
        assert [] == [test for test in named if not is_there(*test)]

    def test_all_are_read(self):
        """
        No promise is overlooked, and a test that does not exist would be found.
        """
        assert len(PROMISES) >= 20
        assert not is_there("test_security.py", "test_no_such")
        assert not is_there("test_no_such.py", "test_plain_http")


class TestPromises:
    """Promises that no other file is about."""

    def test_plain_http(self, monkeypatch):
        """
        The switch of oauthlib, and any other, allows no plain http.
        """
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")

        with pytest.raises(errors.ConfigError, match="must be https"):
            M2MAuth("http://iot.example.com", "id", "secret")

    @pytest.mark.parametrize("name", ["xpkit", "xmldation", "m2m"])
    def test_nothing_of_the_call(self, box, name):
        """
        A token request has nothing of the API call that needs the token.
        """
        service = getattr(box, name)
        mine = {"mine": "of the call"}

        requests.post(
            service.api_url,
            auth=auth_of(box, name),
            headers={"X-Mine": "of the call"},
            cookies=mine,
            params=mine,
            json=mine,
        )

        told, call = service.requests
        assert ("token", "api") == (told.at, call.at)
        assert {"x-mine", "cookie"} <= {header.lower() for header in call.headers}
        assert "of the call" not in str(told)
        assert b"mine" not in told.body
        assert "cookie" not in {header.lower() for header in told.headers}

    @pytest.mark.parametrize("name", ["xpkit", "xee", "xmldation", "m2m"])
    def test_what_a_store_keeps(self, box, name):
        """
        A store is given no client secret and no password, in no key and no text.
        """
        store, service = Noting(), getattr(box, name)
        more = {}
        if name == "xee":
            seed = service.issue_refresh_token()
            more = {"refresh_token": seed, "account": "kari"}
        auth = auth_of(box, name, store=store, **more)

        auth.renew()

        assert auth.token.access_token in "".join(store.noted)
        for secret in auth._setup.grant.secrets():
            assert not any(secret in text for text in store.noted)

    def test_the_store_is_asked(self, box):
        """
        A refresh whose answer was lost is not sent again if a sibling has renewed.
        """
        sibling, ours = Noting(), Overtaken()
        for store in (sibling, ours):
            seed = box.xee.issue_refresh_token()
            auth = auth_of(box, "xee", refresh_token=seed, store=store, account="kari")
            auth.renew()
        ours.newer = sibling.noted[-1]
        box.xee.reset_counters()
        box.xee.drop(when="after")

        token = auth.renew()

        assert token.access_token in sibling.noted[-1]
        assert 1 == box.xee.token_requests


class Noting(MemoryStore):
    """A store that notes whatever it is given."""

    def __init__(self):
        super().__init__()
        self.noted = []

    def save(self, key, text, *, expires_at=None):
        """Keep and note *text*."""
        self.noted += [key, text]
        super().save(key, text, expires_at=expires_at)


class Overtaken(MemoryStore):
    """A store in which a sibling saves *newer* when our refresh token is to be spent."""

    newer = None

    def save(self, key, text, *, expires_at=None):
        """Keep *text*, or what the sibling has."""
        overtaken = self.newer if '"spending":' in text else None
        super().save(key, overtaken or text, expires_at=expires_at)
