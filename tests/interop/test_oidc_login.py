"""Code and PKCE against oidc-provider, for a provider of one's own and XPKit's people.

Rule: the person's part is done by a browser of its own, which shares nothing with ours.
"""

from __future__ import annotations

from threading import Event
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from interop.oidc_client import OIDC, ORDERS, TOKEN, Client, Visitor
from interop.oidc_login import call, log_in, make_auth
from interop.server import ANSWER_S, REDIRECT_URI

from requests_xauth import XAuth, XPKitUserAuth, errors


@pytest.fixture
def public(oidc: OIDC) -> Client:
    """Register a client without a secret."""
    return oidc.client("public")


@pytest.fixture
def web(oidc: OIDC) -> Client:
    """Register a client with a secret."""
    return oidc.client("web")


@pytest.fixture
def auth(public: Client) -> XAuth:
    """Return the auth of the client without a secret, before anybody has logged in."""
    return make_auth(public)


def code_of(redirect: str) -> str:
    """Return the code in the query of *redirect*."""
    return parse_qs(urlsplit(redirect).query)["code"][0]


def test_a_person_logs_in(oidc: OIDC, auth: XAuth, eve: Visitor) -> None:
    """A code from the real page, with its verifier, calls the API as the person."""
    log_in(auth, eve)
    response = call(auth, oidc)

    assert (200, {"sub": eve.username}) == (response.status_code, response.json())
    assert {"authorization_code": 1} == oidc.token_requests


def test_the_exchange_proves_who_asked(oidc: OIDC, auth: XAuth, eve: Visitor) -> None:
    """The exchange of a public client has its verifier and no secret."""
    log_in(auth, eve)

    standard = {"grant_type", "code", "client_id", "redirect_uri", "code_verifier"}
    assert [standard] == oidc.fields(TOKEN)


def test_a_client_with_a_secret_logs_in(oidc: OIDC, web: Client, eve: Visitor) -> None:
    """HTTP Basic and a verifier go together."""
    auth = make_auth(web)
    log_in(auth, eve)

    assert 200 == call(auth, oidc).status_code


def test_wrong_secret_is_told(web: Client, eve: Visitor) -> None:
    """A wrong secret at the exchange is told as such."""
    auth = make_auth(web, client_secret="wrong")

    with pytest.raises(errors.CredentialsRejected, match="invalid_client") as caught:
        log_in(auth, eve)
    assert 401 == caught.value.status_code


def test_a_code_of_another_log_in_is_refused(
    oidc: OIDC, auth: XAuth, eve: Visitor
) -> None:
    """A code that is injected into another log-in has the wrong verifier (RFC 7636)."""
    mine, state = auth.authorization_url()
    others, _state = auth.authorization_url()
    injected = code_of(Visitor.named("mallory").allow(others))
    eve.allow(mine)

    with pytest.raises(errors.LoginRequired, match="invalid_grant"):
        auth.fetch_token(code=injected, state=state)
    assert [400] == oidc.statuses(TOKEN)
    assert auth.token is None


def test_a_code_is_used_once(oidc: OIDC, auth: XAuth, eve: Visitor) -> None:
    """
    A redirect URL given twice does not send its code again; the token lives on.

    Sent again, it would have destroyed all that came of it.
    """
    redirect = log_in(auth, eve)

    with pytest.raises(errors.LoginRequired):
        auth.fetch_token(authorization_response=redirect)
    assert {"authorization_code": 1} == oidc.token_requests
    assert 200 == call(auth, oidc).status_code


def test_a_refused_code_leaves_the_token_that_is_there(
    oidc: OIDC, auth: XAuth, eve: Visitor
) -> None:
    """Who presents a spent code under a new log-in is refused, and stays logged in."""
    spent = code_of(log_in(auth, eve))
    _url, state = auth.authorization_url()

    with pytest.raises(errors.LoginRequired, match="invalid_grant"):
        auth.fetch_token(code=spent, state=state)
    assert 200 == call(auth, oidc).status_code
    assert {"authorization_code": 2} == oidc.token_requests


def test_a_redirect_of_another_issuer_is_not_exchanged(
    oidc: OIDC, public: Client, eve: Visitor
) -> None:
    """The engine names itself in its redirects (RFC 9207); another one is refused."""
    auth = make_auth(public, issuer="https://mallory.example")

    with pytest.raises(errors.LoginRequired, match="issuer"):
        log_in(auth, eve)
    assert {} == oidc.token_requests


def test_a_refusal_is_told(oidc: OIDC, auth: XAuth, eve: Visitor) -> None:
    """Who turns away at the consent is told as such, and no code is exchanged."""
    url, _state = auth.authorization_url()
    redirect = eve.deny(url)

    with pytest.raises(errors.TokenRequestError, match="access_denied"):
        auth.fetch_token(authorization_response=redirect)
    assert {} == oidc.token_requests


def test_a_browser_on_this_machine_logs_in(oidc: OIDC, eve: Visitor) -> None:
    """
    `login()` receives the code at a port of its own, where none was registered.

    RFC 8252, section 7.3, asks servers to take any port of a loopback address.
    """
    auth = make_auth(oidc.client("native"), redirect_uri="http://127.0.0.1/callback")
    shown, done = [], Event()

    def open_browser(url: str) -> None:
        shown.append(requests.get(eve.allow(url), timeout=ANSWER_S).status_code)
        done.set()

    auth.login(open_browser=open_browser, timeout_s=ANSWER_S)

    assert eve.username == call(auth, oidc).json()["sub"]
    assert done.wait(ANSWER_S)
    assert [200] == shown


def test_a_resource_is_named_where_a_person_logs_in(
    oidc: OIDC, public: Client, eve: Visitor
) -> None:
    """`resource=` among the provider's parameters gets a JWT for that API (RFC 8707)."""
    resource = {"resource": f"{oidc.base_url}/api"}
    auth = make_auth(public, authorize_params=resource)
    log_in(auth, eve)

    assert 2 == auth.token.access_token.count(".")
    assert eve.username == call(auth, oidc, ORDERS).json()["user"]
    auth.renew()
    assert eve.username == call(auth, oidc, ORDERS).json()["user"]


def test_without_the_resource_the_api_refuses(
    oidc: OIDC, auth: XAuth, eve: Visitor
) -> None:
    """The same log-in without it gets a token that the API does not take."""
    log_in(auth, eve)

    assert 401 == call(auth, oidc, ORDERS).status_code


def test_xpkits_people_stay_logged_in(oidc: OIDC, eve: Visitor) -> None:
    """XPKit's preset uses the refresh token that this engine gives, and XPKit does not."""
    client = oidc.client("xpkit-user")
    auth = XPKitUserAuth(
        "emea", client.client_id, redirect_uri=REDIRECT_URI, base_url=oidc.base_url
    )
    log_in(auth, eve)
    call(auth, oidc, ORDERS)
    client.disown()
    response = call(auth, oidc, ORDERS)

    assert (200, eve.username) == (response.status_code, response.json()["user"])
    assert [200, 401, 200] == oidc.statuses(ORDERS)
    assert {"authorization_code": 1, "refresh_token": 1} == oidc.token_requests
