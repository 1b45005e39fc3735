"""The README: what it says in tables and lists is what the package knows and tests.

Rule: a table is compared with what it tells of; a promise names the tests that keep it.
"""

import inspect
import re
import runpy
from pathlib import Path

import pytest
import requests
from blocks import rows, sections
from helpers import auth_of

import requests_xauth
from requests_xauth import XPKitUserAuth, _logins, _refusals, _tables, _token, errors
from requests_xauth._store import Store
from requests_xauth.stores import MemoryStore

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text("utf-8")
SECTIONS = sections(README)
PROVIDERS = rows(README.split(".. providers\n")[1])
ERRORS = dict(rows(README.split(".. errors\n")[1]))
# The grants that renew, in the order in which they are tried.
RENEWED_BY = {
    "the same grant": ["client_credentials"],
    "nothing: sign in again": [],
    "refresh token": ["refresh_token"],
    "refresh token, else password": ["refresh_token", "password"],
}


class TestTables:
    """The tables."""

    def test_they_are_up_to_date(self):
        """
        The tables between marks are what the package prints.
        """
        tables = runpy.run_path(str(ROOT / "docs/tables.py"))

        assert tables["written"](README) == README, "Run: python docs/tables.py"
        assert _tables.answers_rst() in README

    def test_every_preset_has_a_row(self):
        """
        The table of providers has a row for each class.
        """
        classes = {
            f"``{auth.__name__}``" for p in _tables.presets() for auth in p.classes
        }

        assert classes == {row[0] for row in PROVIDERS}

    @pytest.mark.parametrize("row", PROVIDERS, ids=[row[0] for row in PROVIDERS])
    def test_a_row(self, box, row):
        """
        Grant, client authentication and bearer are those of the class.
        """
        name, grant, client_auth, bearer, _ = row
        kind = getattr(requests_xauth, name.strip("`"))
        names = inspect.signature(kind).parameters
        service = getattr(box, re.sub("(user)?auth", "", name.strip("`").lower()))
        given = {**service.credentials, "redirect_uri": "https://app.example/callback"}

        setup = kind(**{k: v for k, v in given.items() if k in names})._setup

        record = setup.provider
        assert (grant, client_auth, bearer) == (
            setup.grant.grant_type,
            record.client_auth,
            record.bearer,
        )

    @pytest.mark.parametrize("row", PROVIDERS, ids=[row[0] for row in PROVIDERS])
    def test_what_renews(self, box, clock, row):
        """
        What the table says renews is what the provider was asked for, and nothing else.
        """
        name = row[0].strip("`")
        if name == "XPKitUserAuth":
            service = box.xpkit
            auth = XPKitUserAuth(**service.user_credentials, clock=clock)
            auth.fetch_token(
                authorization_response=service.authorize(auth.authorization_url()[0])
            )
        else:
            service = getattr(box, name.lower().removesuffix("auth"))
            auth = auth_of(box, name.lower().removesuffix("auth"), clock=clock)
            auth.renew()
        service.reset_counters()
        grants = RENEWED_BY[row[4]]

        for grant in grants:
            clock.tick(service.lifetime_s)
            if grant == "password":
                service.kill_refresh_tokens()
            assert requests.get(service.api_url, auth=auth).ok
        clock.tick(service.lifetime_s)
        if not grants:
            with pytest.raises(errors.LoginRequired):
                requests.get(service.api_url, auth=auth)

        assert set(grants) == set(service.token_requests_by_grant)

    def test_errors(self):
        """
        The table of errors has each that can be met.
        """
        names = {name.strip("`") for name in ERRORS}

        assert set(errors.__all__) - {"XAuthError"} == names

    def test_what_errors_are_besides(self):
        """
        An error is what the table says it is besides, and all are of requests.
        """
        besides = {
            "ConfigError": ValueError,
            "ProviderUnavailable": requests.ConnectionError,
            "UnsignedRequestWarning": UserWarning,
        }

        for name, told in ERRORS.items():
            kind = getattr(errors, name.strip("`"))
            other = besides.get(kind.__name__)
            assert bool(other) == bool(re.search(r"(Also|A) `*\w*`*(a )?``", told))
            assert other is None or issubclass(kind, other)
            if kind.__name__.endswith("Warning"):
                continue
            assert issubclass(kind, requests.RequestException)

    def test_which_errors_are_token_request_errors(self):
        """
        The three that have to be caught first are TokenRequestErrors, the others not.
        """
        special = re.findall(
            r"``(\w+)``",
            re.search(r"(?s)(.*) are ``TokenReq", SECTIONS["Errors, and what to do"])[
                1
            ].rpartition("\n\n")[2],
        )

        assert set(special) == {
            name
            for name in errors.__all__
            if issubclass(getattr(errors, name), errors.TokenRequestError)
            and name != "TokenRequestError"
        }


class TestWords:
    """What the text says of the package."""

    @pytest.mark.parametrize(
        ("section", "said", "value"),
        [
            ("What happens on which status", "30 seconds", _refusals.PAUSE_S / 30),
            ("What happens on which status", "three renewals", _refusals.IN_A_ROW / 3),
            ("When a person logs in", "ten minutes", _logins.GOOD_FOR_S / 600),
            ("When a person logs in", "at most 100", _logins.AT_MOST / 100),
            ("How it works", "5 minutes", _token.AHEAD_S / 300),
            ("How it works", "a fifth", _token.AHEAD_FRACTION * 5),
        ],
    )
    def test_numbers(self, section, said, value):
        """
        A number in the text is that of the package.
        """
        assert said in SECTIONS[section]
        assert 1 == value

    def test_the_sandbox(self, box):
        """
        Each switch and each list of the sandbox that the text names is there.
        """
        text = SECTIONS["Test your own code"].replace("\n", " ")
        switches = re.findall(r"``(\w+)\(\w*\)``", text)
        lists = re.search(r"``(\w+)`` and ``(\w+)`` hold", text).groups()

        assert len(switches) > 8
        for service in (box.xpkit, box.xee, box.xmldation, box.m2m):
            assert all(callable(getattr(service, name)) for name in switches)
            assert all(isinstance(getattr(service, name), list) for name in lists)

    def test_a_store_of_your_own(self):
        """
        The four methods of a store are those that the text names.
        """
        text = SECTIONS["When a person logs in"]

        for name in ("load", "save", "delete", "hold"):
            [told] = re.findall(rf"``{name}\(([^)]*)\)``", text)
            asked = inspect.signature(getattr(Store, name)).parameters
            assert re.findall(r"\w+", told.replace("=None", "")) == list(asked)[1:]

    def test_what_explain_tells(self, box, clock):
        """
        explain() tells what the text says it tells.
        """
        auth = auth_of(box, "m2m", clock=clock)
        auth.renew()

        told = auth.explain()

        assert ("client_credentials", 0, 3600) == (told.source, told.age_s, told.left_s)
        assert told.last_renewal is not None
        assert told.last_denial is None


# The beginning of each promise, and the tests that keep it.
PROMISES = {
    "A token goes to the allowed hosts alone": [
        "test_hook.py::test_foreign_hosts_get_nothing",
        "test_hook.py::test_a_redirect_elsewhere",
        "test_hosts.py::test_does_not_fit",
    ],
    "No environment variable allows plain http": [
        "test_readme_facts.py::test_plain_http",
    ],
    "A token request follows no redirect": ["test_endpoint.py::test_nothing_follows"],
    "A token request takes no": [
        "test_wire.py::test_nothing_but_the_road",
        "test_wire.py::test_netrc_would_be_used",
        "test_readme_facts.py::test_nothing_of_the_call",
    ],
    "No secret and no token is in": [
        "test_secrets.py::test_no_secret_anywhere",
        "test_secrets.py::test_the_search_would_find",
    ],
    "No store holds": [
        "test_readme_facts.py::test_what_a_store_keeps",
        "test_store.py::test_no_quick_hash_of_a_password",
    ],
    "Only the refusal of the very header": [
        "test_hook.py::test_a_refusal_of_someone_elses_header",
    ],
    "An authorization code is never sent twice": [
        "test_code_grants.py::test_a_code_whose_answer_is_lost",
    ],
    "Before a refresh token that works once": [
        "test_endpoint.py::test_may_have_arrived",
        "test_readme_facts.py::test_the_store_is_asked",
    ],
    "Certificates are checked": ["test_wire.py::test_certificates"],
}


class TestPromises:
    """The security promises."""

    def test_each_has_a_test(self):
        """
        Each promise names tests here, and those tests exist.
        """
        made = re.findall(r"(?m)^- (.+)$", SECTIONS["Security promises"])

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
            requests_xauth.M2MAuth("http://iot.example.com", "id", "secret")

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
