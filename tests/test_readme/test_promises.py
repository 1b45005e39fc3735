"""The README's security promises: each names the tests that keep it."""

import re

import pytest
import requests
from helpers import auth_of
from readme import ROOT, TEXTS

from requests_xauth import M2MAuth, errors
from requests_xauth.stores import MemoryStore

# The beginning of each promise, and the tests that keep it.
PROMISES = {
    "A token goes to the allowed hosts alone": [
        "test_hook.py::test_foreign_hosts_get_nothing",
        "test_hook.py::test_a_redirect_elsewhere",
        "test_hosts.py::test_does_not_fit",
    ],
    "No environment variable allows plain http": [
        "test_readme/test_promises.py::test_plain_http",
    ],
    "A token request follows no redirect": ["test_endpoint.py::test_nothing_follows"],
    "A token request takes no": [
        "test_wire.py::test_nothing_but_the_road",
        "test_wire.py::test_netrc_would_be_used",
        "test_readme/test_promises.py::test_nothing_of_the_call",
    ],
    "No secret and no token is in": [
        "test_secrets.py::test_no_secret_anywhere",
        "test_secrets.py::test_the_search_would_find",
    ],
    "No store holds": [
        "test_readme/test_promises.py::test_what_a_store_keeps",
        "test_store.py::test_no_quick_hash_of_a_password",
    ],
    "A refusal counts only if it answers": [
        "test_hook.py::test_a_refusal_of_someone_elses_header",
    ],
    "An authorization code is never sent twice": [
        "test_code_grants.py::test_a_code_whose_answer_is_lost",
    ],
    "Before a refresh token that works once": [
        "test_endpoint.py::test_may_have_arrived",
        "test_readme/test_promises.py::test_the_store_is_asked",
    ],
    "Certificates are checked": ["test_wire.py::test_certificates"],
}


class TestPromises:
    """The security promises."""

    def test_each_has_a_test(self):
        """
        Each promise names tests here, and those tests exist.
        """
        made = re.findall(r"(?m)^- (.+)$", TEXTS["Security promises"])

        assert len(made) == len(PROMISES)
        for promise, (beginning, tests) in zip(made, PROMISES.items(), strict=True):
            assert promise.startswith(beginning)
            for file, _, name in (test.partition("::") for test in tests):
                text = (ROOT / "tests" / file).read_text("utf-8")
                assert f"def {name}(" in text, f"{promise}: no {name} in {file}"

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
