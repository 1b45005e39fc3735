"""XPKit's preset for people, against the real authorization page of a real server.

Rule: the person's part is done by a browser of its own, which shares nothing with ours.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from interop.server import REDIRECT_URI
from interop.toolkit_client import Application, Person, Toolkit

from requests_xauth import XPKitUserAuth, errors

PROFILES = "/api/profiles/"


@pytest.fixture
def application(server: Toolkit) -> Application:
    """Register a public client with XPKit."""
    return server.application("xpkit-user")


@pytest.fixture
def auth(application: Application) -> XPKitUserAuth:
    """Return the preset of the client: an id, and no secret."""
    return XPKitUserAuth(
        "emea",
        application.client_id,
        redirect_uri=REDIRECT_URI,
        base_url=application.server.base_url,
    )


def log_in(auth: XPKitUserAuth, person: Person) -> str:
    """Log *person* in by code and PKCE; return the redirect URL that was used."""
    url, _state = auth.authorization_url()
    redirect = person.allow(url)
    auth.fetch_token(authorization_response=redirect)
    return redirect


def test_a_person_logs_in(server: Toolkit, auth: XPKitUserAuth, ada: Person) -> None:
    """A code from the real page, with its verifier, calls the API as the person."""
    log_in(auth, ada)
    response = requests.get(server.base_url + PROFILES, auth=auth)

    assert (200, ada.username) == (response.status_code, response.json()["user"])
    assert {"authorization_code": 1} == server.token_requests


def test_the_authorization_url_is_xpkits(
    server: Toolkit, application: Application, auth: XPKitUserAuth
) -> None:
    """The URL to open has XPKit's parameters, the challenge by S256 included."""
    url, state = auth.authorization_url()

    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{server.base_url}/authorize/?")
    assert [43] == [len(challenge) for challenge in query.pop("code_challenge")]
    assert {
        "response_type": ["code"],
        "provider": ["xpkit"],
        "client_id": [application.client_id],
        "state": [state],
        "code_challenge_method": ["S256"],
        "redirect_uri": [REDIRECT_URI],
    } == query


def test_the_exchange_is_xpkits(
    server: Toolkit, auth: XPKitUserAuth, ada: Person
) -> None:
    """The exchange has the fields of XPKit's documentation, and no secret."""
    log_in(auth, ada)

    documented = {"grant_type", "code", "client_id", "redirect_uri", "code_verifier"}
    assert [documented] == server.fields("/api/token/")


def test_a_refusal_is_told(server: Toolkit, auth: XPKitUserAuth, ada: Person) -> None:
    """Who refuses the consent is told as such, and no code is exchanged."""
    url, _state = auth.authorization_url()
    redirect = ada.deny(url)

    with pytest.raises(errors.TokenRequestError, match="access_denied"):
        auth.fetch_token(authorization_response=redirect)
    assert {} == server.token_requests


def test_a_code_is_used_once(server: Toolkit, auth: XPKitUserAuth, ada: Person) -> None:
    """A redirect URL given twice does not send its code again; the token lives on."""
    redirect = log_in(auth, ada)

    with pytest.raises(errors.XAuthError):
        auth.fetch_token(authorization_response=redirect)
    assert {"authorization_code": 1} == server.token_requests
    assert 200 == requests.get(server.base_url + PROFILES, auth=auth).status_code


def test_a_foreign_state_is_refused(
    server: Toolkit, auth: XPKitUserAuth, ada: Person
) -> None:
    """A redirect with a state that we never gave is not exchanged (RFC 6749, 10.12)."""
    url, state = auth.authorization_url()
    redirect = ada.allow(url).replace(state, "mallory")

    with pytest.raises(errors.XAuthError):
        auth.fetch_token(authorization_response=redirect)
    assert {} == server.token_requests


def test_a_dead_token_asks_for_a_person(
    server: Toolkit, application: Application, auth: XPKitUserAuth, ada: Person
) -> None:
    """Without a refresh token a dead token ends in a log-in, and a log-in heals it."""
    log_in(auth, ada)
    application.expire()
    refused = requests.get(server.base_url + PROFILES, auth=auth)

    # Ambiguous on its own: a missing permission would look the same.
    assert 403 == refused.status_code
    with pytest.raises(errors.LoginRequired):
        auth.renew()
    log_in(auth, ada)
    assert 200 == requests.get(server.base_url + PROFILES, auth=auth).status_code
    assert {"authorization_code": 2} == server.token_requests


def test_nobody_logged_in(server: Toolkit, auth: XPKitUserAuth) -> None:
    """A call before any log-in asks for a person, not for a token."""
    with pytest.raises(errors.LoginRequired):
        requests.get(server.base_url + PROFILES, auth=auth)
    assert {} == server.token_requests


def test_two_log_ins_at_once(server: Toolkit, auth: XPKitUserAuth, ada: Person) -> None:
    """Of two log-ins under way each finds its own verifier, in any order."""
    first, _ = auth.authorization_url()
    second, _ = auth.authorization_url()
    for url in (second, first):
        auth.fetch_token(authorization_response=ada.allow(url))

        assert 200 == requests.get(server.base_url + PROFILES, auth=auth).status_code
