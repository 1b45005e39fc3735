"""Xee's preset, logged in at the real authorization page of a real server.

Rule: the person's part is done by a browser of its own, which shares nothing with ours.
"""

from __future__ import annotations

import pytest
from interop.toolkit_client import Application, Person, Toolkit
from interop.xee_preset import TOKEN, TRIPS, call, log_in, make_auth

from requests_xauth import XeeAuth, errors, stores


@pytest.fixture
def auth(xee: Application) -> XeeAuth:
    """Return the preset before anybody has logged in."""
    return make_auth(xee)


def test_a_person_logs_in(server: Toolkit, logged_in: XeeAuth, ada: Person) -> None:
    """A code from the real page calls the API as the person who consented."""
    response = call(logged_in, server)

    assert (200, ada.username) == (response.status_code, response.json()["user"])
    assert {"authorization_code": 1} == server.token_requests


def test_token_requests_are_xees(server: Toolkit, logged_in: XeeAuth) -> None:
    """Exchange and refresh have the two fields of Xee's documentation and no other."""
    logged_in.renew()

    exchange, refresh = server.fields(TOKEN)
    assert {"grant_type", "code"} == exchange
    assert {"grant_type", "refresh_token"} == refresh


def test_a_bare_code_is_enough(server: Toolkit, auth: XeeAuth, ada: Person) -> None:
    """The code alone can be exchanged where the provider does not echo the state."""
    url, state = auth.authorization_url()
    redirect = ada.allow(url)
    code = redirect.partition("code=")[2].partition("&")[0]
    auth.fetch_token(code=code, state=state)

    assert 200 == call(auth, server).status_code


def test_second_call_asks_for_no_token(server: Toolkit, logged_in: XeeAuth) -> None:
    """Calls after the log-in carry the token that is there."""
    calls = [call(logged_in, server) for _ in range(5)]

    assert [200] * 5 == [response.status_code for response in calls]
    assert {"authorization_code": 1} == server.token_requests


def test_missing_scope_is_left_alone(server: Toolkit, logged_in: XeeAuth) -> None:
    """Fifty calls without the scope cost no token request and no replay."""
    calls = [call(logged_in, server, TRIPS) for _ in range(50)]

    assert [403] * 50 == [response.status_code for response in calls]
    assert [403] * 50 == server.statuses(TRIPS)
    assert {"authorization_code": 1} == server.token_requests


def test_wrong_secret_is_told(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """A wrong secret is told as such, and spends no refresh token."""
    wrong = make_auth(
        xee,
        client_secret="wrong",
        refresh_token=logged_in.token.refresh_token,
        account="ada",
    )

    with pytest.raises(errors.CredentialsRejected, match="invalid_client") as caught:
        call(wrong, server)
    assert 401 == caught.value.status_code
    xee.expire()
    assert 200 == call(logged_in, server).status_code


def test_special_characters_in_a_secret(server: Toolkit, ada: Person) -> None:
    """An engine that decodes HTTP Basic is told so, and served by basic-form."""
    application = server.application("xee", secret="p+l&u=s %41 ä:/?#")
    with pytest.raises(errors.CredentialsRejected, match="basic-form"):
        log_in(make_auth(application), ada)
    auth = make_auth(application, client_auth="basic-form")
    log_in(auth, ada)

    assert 200 == call(auth, server).status_code


def test_a_refusal_is_told(server: Toolkit, auth: XeeAuth, ada: Person) -> None:
    """Who refuses the consent is told as such, and no code is exchanged."""
    url, _state = auth.authorization_url()
    redirect = ada.deny(url)

    with pytest.raises(errors.TokenRequestError, match="access_denied"):
        auth.fetch_token(authorization_response=redirect)
    assert {} == server.token_requests


def test_a_wrong_code_asks_for_a_person(server: Toolkit, auth: XeeAuth) -> None:
    """A code that the server never gave is refused once and not sent again."""
    _url, state = auth.authorization_url()

    with pytest.raises(errors.LoginRequired):
        auth.fetch_token(code="nonsense", state=state)
    assert {"authorization_code": 1} == server.token_requests


def test_two_people_keep_apart(server: Toolkit, xee: Application, ada: Person) -> None:
    """Two people's log-ins, interleaved in one store, give each their own token."""
    store = stores.MemoryStore()
    bob = server.person("bob")
    people = {"ada": ada, "bob": bob}

    def auth(account: str) -> XeeAuth:
        return make_auth(xee, store=store, account=account)

    urls = {account: auth(account).authorization_url()[0] for account in people}
    for account, person in reversed(people.items()):
        redirect = person.allow(urls[account])
        auth(account).fetch_token(authorization_response=redirect)

    for account, person in people.items():
        assert person.username == call(auth(account), server).json()["user"]
