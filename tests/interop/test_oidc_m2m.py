"""M2M's preset against oidc-provider, which answers client credentials with JWTs.

Rule: the API knows the engine's published keys and nothing else of it; what it refuses is
renewed and replayed, or handed over.
"""

from __future__ import annotations

import io
import time
from hashlib import sha256
from typing import Any

import pytest
import requests
from interop.oidc_client import ARCHIVE, OIDC, ORDERS, TOKEN, Client
from interop.threads import in_parallel

from requests_xauth import M2MAuth, XAuthSession, errors


@pytest.fixture
def machine(oidc: OIDC) -> Client:
    """Register a machine."""
    return oidc.client("machine")


def make_auth(client: Client, **changes: Any) -> M2MAuth:
    """Return the preset for *client*, with *changes*."""
    known = {"client_id": client.client_id, "client_secret": client.client_secret}
    return M2MAuth(client.server.base_url, **{**known, **changes})


def call(auth: M2MAuth, server: OIDC, path: str = ORDERS) -> requests.Response:
    """Call the API once."""
    return requests.get(server.base_url + path, auth=auth)


def test_a_machine_calls_with_a_jwt(oidc: OIDC, machine: Client) -> None:
    """The bearer is the JWT of M2M's documentation, good for the hour it tells."""
    auth = make_auth(machine, clock=lambda: 1_800_000_000.0)
    response = call(auth, oidc)

    assert (200, machine.client_id) == (response.status_code, response.json()["user"])
    assert 2 == auth.token.access_token.count(".")
    assert 1_800_003_600 == auth.token.expires_at
    assert auth.token.refresh_token is None


def test_the_token_request_is_m2ms(oidc: OIDC, machine: Client) -> None:
    """The form is the grant type alone; the client is in HTTP Basic."""
    make_auth(machine).renew()

    assert [{"grant_type"}] == oidc.fields(TOKEN)


def test_equal_objects_ask_once(oidc: OIDC, machine: Client) -> None:
    """An object made anew for each call uses the token that is there."""
    statuses = [call(make_auth(machine), oidc).status_code for _ in range(5)]

    assert [200] * 5 == statuses
    assert {"client_credentials": 1} == oidc.token_requests


def test_a_dead_jwt_is_renewed_and_the_call_replayed(
    oidc: OIDC, machine: Client
) -> None:
    """A JWT that the API refuses costs one token request; the body arrives whole."""
    auth, body = make_auth(machine), b"order " * 5000
    call(auth, oidc)
    machine.disown()
    response = requests.post(oidc.base_url + ORDERS, data=io.BytesIO(body), auth=auth)

    assert sha256(body).hexdigest() == response.json()["sha256"]
    assert [200, 401, 200] == oidc.statuses(ORDERS)
    assert {"client_credentials": 2} == oidc.token_requests


def test_threads_share_one_renewal(oidc: OIDC, machine: Client) -> None:
    """Eight threads whose JWT is refused cost one token request; all succeed."""
    auth = make_auth(machine)
    call(auth, oidc)
    machine.disown()
    calls = in_parallel(8, lambda: call(auth, oidc))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"client_credentials": 2} == oidc.token_requests


def test_token_past_its_end_is_not_sent(oidc: OIDC, machine: Client) -> None:
    """A JWT that has ended by our clock is renewed before the call, not after."""
    now = [time.time()]
    auth = make_auth(machine, clock=lambda: now[0])
    call(auth, oidc)
    now[0] += 3601
    call(auth, oidc)

    assert [200, 200] == oidc.statuses(ORDERS)
    assert {"client_credentials": 2} == oidc.token_requests


def test_missing_permission_is_left_alone(oidc: OIDC, machine: Client) -> None:
    """Fifty calls without the permission cost no token request and no replay."""
    auth = make_auth(machine)
    calls = [call(auth, oidc, ARCHIVE) for _ in range(50)]

    assert [403] * 50 == [response.status_code for response in calls]
    assert [403] * 50 == oidc.statuses(ARCHIVE)
    assert {"client_credentials": 1} == oidc.token_requests


def test_a_scope_is_asked_for(oidc: OIDC, machine: Client) -> None:
    """With the scope that was asked for the same call is allowed."""
    auth = make_auth(machine, scope="orders:write")

    assert 200 == call(auth, oidc, ARCHIVE).status_code
    assert ("orders:write",) == auth.token.scope


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_credentials_are_told(oidc: OIDC, machine: Client, wrong: str) -> None:
    """A wrong id or secret is told in the engine's words, with what to check."""
    with pytest.raises(
        errors.CredentialsRejected,
        match=r"^M2M refused the token request: invalid_client"
        r".*\(HTTP 401\).* Check M2M_CLIENT_ID and M2M_CLIENT_SECRET\.",
    ) as caught:
        call(make_auth(machine, **{wrong: "wrong"}), oidc)
    assert (401, "invalid_client") == (caught.value.status_code, caught.value.code)
    assert [] == oidc.statuses(ORDERS)


def test_special_characters_in_a_secret(oidc: OIDC) -> None:
    """An engine that decodes HTTP Basic is told so, and served by basic-form."""
    machine = oidc.client("machine", secret="p+l&u=s %41 :/?#")
    with pytest.raises(errors.CredentialsRejected, match="basic-form"):
        call(make_auth(machine), oidc)

    assert 200 == call(make_auth(machine, client_auth="basic-form"), oidc).status_code


def test_an_unknown_scope_is_passed_over(oidc: OIDC, machine: Client) -> None:
    """A scope that the engine does not know is not granted, and the rest works."""
    auth = make_auth(machine, scope="souvenirs:eat orders:read")

    assert 200 == call(auth, oidc).status_code
    assert ("orders:read",) == auth.token.scope


def test_a_token_for_no_resource_is_refused_but_not_over_and_over(oidc: OIDC) -> None:
    """
    Where the engine knows no resource for the client, its token is not the API's.

    RFC 8707 lets the client name it by `resource=`; M2M's token request has no such field,
    so the engine has to know it unsaid.
    """
    undirected = oidc.client("undirected")
    auth = make_auth(undirected)
    calls = [call(auth, oidc) for _ in range(5)]

    assert "." not in auth.token.access_token
    assert [401] * 5 == [response.status_code for response in calls]
    assert {"client_credentials": 2} == oidc.token_requests


def test_a_session_fetches_and_calls(oidc: OIDC, machine: Client) -> None:
    """OAuth2Session's verbs get the JWT too."""
    with XAuthSession(make_auth(machine)) as session:
        token = session.fetch_token()
        response = session.get(oidc.base_url + ORDERS)

    assert ("Bearer", 200) == (token["token_type"], response.status_code)
    assert {"client_credentials": 1} == oidc.token_requests
