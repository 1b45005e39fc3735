"""The README's tables: each is what the package knows."""

import inspect
import re
import runpy

import pytest
import requests
from blocks import rows
from helpers import auth_of
from readme import README, ROOT, TEXTS

import requests_xauth
from requests_xauth import XPKitUserAuth, _tables, errors

PROVIDERS = rows(README.split(".. providers\n")[1])
ARGUMENTS = [row[0].strip("`=") for row in rows(README.split(".. arguments\n")[1])]
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

    def test_arguments(self):
        """
        The table of arguments has those that all classes take, as the text says.
        """
        classes = [auth for one in _tables.presets() for auth in one.classes]
        taken = [list(inspect.signature(kind).parameters) for kind in classes]
        common = set.intersection(*map(set, taken)) - {"client_id"}

        assert common == set(ARGUMENTS)
        assert ARGUMENTS[1:] == [
            name
            for name in ARGUMENTS
            if name in inspect.signature(requests_xauth.XAuth).parameters
        ]

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
            re.search(r"(?s)(.*) are ``TokenReq", TEXTS["Errors, and what to do"])[
                1
            ].rpartition("\n\n")[2],
        )

        assert set(special) == {
            name
            for name in errors.__all__
            if issubclass(getattr(errors, name), errors.TokenRequestError)
            and name != "TokenRequestError"
        }
