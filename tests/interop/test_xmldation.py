"""XMLdation's preset on a real server: a password, then refresh tokens; JWTs as bearers.

Rule: the API takes id_tokens alone, so each call that succeeds has carried one.
"""

from __future__ import annotations

import io
import time
from hashlib import sha256
from typing import Any

import pytest
import requests
from interop.threads import in_parallel
from interop.toolkit_client import Application, Person, Toolkit

from requests_xauth import XMLdationAuth, errors

MINE = "/xmldation/v1/validate/mine"
OTHERS = "/xmldation/v1/validate/others"  # a product code without permission
TOKEN = "/xmldation/oauth2/token"


@pytest.fixture
def xmldation(server: Toolkit) -> Application:
    """Register a client with XMLdation."""
    return server.application("xmldation")


@pytest.fixture
def max_(server: Toolkit) -> Person:
    """Register somebody, whose name has the domain before it."""
    return server.person("xmldation/max")


@pytest.fixture
def auth(xmldation: Application, max_: Person) -> XMLdationAuth:
    """Return the preset before its first token."""
    return make_auth(xmldation, max_)


def make_auth(
    application: Application, person: Person, **changes: Any
) -> XMLdationAuth:
    """Return the preset for *person* at *application*, with *changes*."""
    known = {
        "username": person.username,
        "password": person.password,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "base_url": application.server.xmldation_url,
    }
    return XMLdationAuth(**{**known, **changes})


def call(auth: XMLdationAuth, server: Toolkit, path: str = MINE) -> requests.Response:
    """Call the API once."""
    return requests.get(server.base_url + path, auth=auth)


def mark_of(token: str) -> str:
    """Return what the journal keeps of a bearer."""
    return sha256(token.encode()).hexdigest()[:6]


def test_a_user_calls_with_the_id_token(
    server: Toolkit, auth: XMLdationAuth, max_: Person
) -> None:
    """The id_token is the bearer; the access token that comes with it stays at home."""
    response = call(auth, server)

    assert (200, max_.username) == (response.status_code, response.json()["user"])
    assert [mark_of(auth.token.id_token)] == [e["bearer"] for e in server.journal(MINE)]
    assert {"password": 1} == server.token_requests
    by_hand = {"Authorization": f"Bearer {auth.token.access_token}"}
    assert 401 == requests.get(server.base_url + MINE, headers=by_hand).status_code


def test_the_token_request_is_xmldations(
    server: Toolkit, xmldation: Application, max_: Person
) -> None:
    """The form is XMLdation's, and a bare user name gets the domain before it."""
    bare = max_.username.removeprefix("xmldation/")
    auth = make_auth(xmldation, max_, username=bare)
    auth.renew()

    assert [{"grant_type", "username", "password", "scope"}] == server.fields(TOKEN)
    assert ("openid",) == auth.token.scope
    assert bare != max_.username == call(auth, server).json()["user"]


def test_the_bearer_ends_with_the_id_token(auth: XMLdationAuth) -> None:
    """Of two ends the earlier counts: 3000 s of the id_token, not 3293 of the answer."""
    asked_at = time.time()
    auth.renew()

    assert auth.token.expires_at == pytest.approx(asked_at + 3000, abs=10)


@pytest.mark.parametrize("death", ["expire", "lose"])
def test_dead_token_is_refreshed_and_the_call_replayed(
    server: Toolkit, xmldation: Application, auth: XMLdationAuth, death: str
) -> None:
    """A dead id_token costs one refresh and no failed call; the file arrives whole."""
    auth.renew()
    getattr(xmldation, death)()
    file = b"<Document/>" * 5000
    response = requests.post(server.base_url + MINE, data=io.BytesIO(file), auth=auth)

    assert sha256(file).hexdigest() == response.json()["sha256"]
    assert [401, 200] == server.statuses(MINE)
    assert {"password": 1, "refresh_token": 1} == server.token_requests


def test_the_password_helps_where_the_refresh_token_is_dead(
    server: Toolkit, xmldation: Application, auth: XMLdationAuth
) -> None:
    """A family of tokens that was revoked costs one refresh in vain, then a password."""
    auth.renew()
    xmldation.lose()
    xmldation.revoke()

    assert 200 == call(auth, server).status_code
    assert [200, 400, 200] == server.statuses(TOKEN)
    assert {"password": 2, "refresh_token": 1} == server.token_requests


def test_token_past_its_end_is_not_sent(
    server: Toolkit, xmldation: Application, max_: Person
) -> None:
    """An id_token that has ended by our clock is refreshed before the call, not after."""
    now = [time.time()]
    auth = make_auth(xmldation, max_, clock=lambda: now[0])
    call(auth, server)
    now[0] += 3001
    call(auth, server)

    assert [200, 200] == server.statuses(MINE)
    assert {"password": 1, "refresh_token": 1} == server.token_requests


def test_threads_share_one_refresh_token(
    server: Toolkit, xmldation: Application, auth: XMLdationAuth
) -> None:
    """Eight threads with a dead id_token use the refresh token once; all succeed."""
    auth.renew()
    xmldation.lose()
    calls = in_parallel(8, lambda: call(auth, server))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"password": 1, "refresh_token": 1} == server.token_requests


def test_a_product_code_without_permission_costs_one_renewal(
    server: Toolkit, xmldation: Application, max_: Person
) -> None:
    """The 401 is the one for a dead token; fifty of them cost one renewal."""
    # By a clock that stands still, since they may take longer than that is remembered.
    now_at = time.time()
    auth = make_auth(xmldation, max_, clock=lambda: now_at)
    calls = [call(auth, server, OTHERS) for _ in range(50)]

    assert [401] * 50 == [response.status_code for response in calls]
    assert {"password": 1, "refresh_token": 1} == server.token_requests
    assert 200 == call(auth, server).status_code


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ("username", 400, "invalid_grant"),
        ("password", 400, "invalid_grant"),
        ("client_secret", 401, "invalid_client"),
    ],
)
def test_wrong_credentials_are_told(
    server: Toolkit,
    xmldation: Application,
    max_: Person,
    wrong: str,
    status: int,
    code: str,
) -> None:
    """Who is wrong, the user or the client, is told in the engine's words."""
    auth = make_auth(xmldation, max_, **{wrong: "wrong"})

    with pytest.raises(
        errors.CredentialsRejected, match=f"XMLdation.*{code}"
    ) as caught:
        call(auth, server)
    assert (status, code) == (caught.value.status_code, caught.value.code)
    assert [] == server.statuses(MINE)


def test_wrong_password_is_not_hammered(
    server: Toolkit, xmldation: Application, max_: Person
) -> None:
    """A loop around a wrong password asks once; the right one is tried at once."""
    for _ in range(10):
        with pytest.raises(errors.CredentialsRejected):
            call(make_auth(xmldation, max_, password="wrong"), server)

    assert 200 == call(make_auth(xmldation, max_), server).status_code
    assert [400, 200] == server.statuses(TOKEN)
