"""XPKit's preset for machines: the life of its token on a real Django OAuth Toolkit.

Rule: what the client did is read from the server's journal, not from the client.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest
import requests
from interop.threads import in_parallel
from interop.toolkit_client import Application, Toolkit
from interop.xpkit_preset import ALERTS, PROFILES, TOKEN, make_auth

from requests_xauth import XPKitAuth


@pytest.fixture
def auth(xpkit: Application) -> XPKitAuth:
    """Return the preset with its credentials."""
    return make_auth(xpkit)


def test_first_call_obtains_a_token(server: Toolkit, auth: XPKitAuth) -> None:
    """The first call asks for a token with the client's credentials, then succeeds."""
    response = requests.get(server.base_url + PROFILES, auth=auth)

    assert (200, []) == (response.status_code, response.history)
    assert {"client_credentials": 1} == server.token_requests
    assert ("profiles:read", "activities:read") == auth.token.scope


def test_token_request_is_xpkits(server: Toolkit, auth: XPKitAuth) -> None:
    """A token request has the three fields of XPKit's documentation and no other."""
    auth.renew()

    assert [{"grant_type", "client_id", "client_secret"}] == server.fields(TOKEN)


def test_second_call_asks_for_no_token(server: Toolkit, auth: XPKitAuth) -> None:
    """Calls after the first carry the token that is there."""
    with requests.Session() as session:
        session.auth = auth
        calls = [session.get(server.base_url + PROFILES) for _ in range(5)]

    assert [200] * 5 == [call.status_code for call in calls]
    assert {"client_credentials": 1} == server.token_requests


def test_an_equal_object_asks_for_no_token(server: Toolkit, xpkit: Application) -> None:
    """An auth object made anew for each call shares the token of the one before."""
    for _ in range(5):
        requests.get(server.base_url + PROFILES, auth=make_auth(xpkit))

    assert [200] * 5 == server.statuses(PROFILES)
    assert {"client_credentials": 1} == server.token_requests


@pytest.mark.parametrize("death", ["expire", "revoke", "lose"])
def test_dead_token_is_renewed_and_the_call_replayed(
    server: Toolkit, xpkit: Application, auth: XPKitAuth, death: str
) -> None:
    """A token that died on the server costs one token request and no failed call."""
    requests.get(server.base_url + PROFILES, auth=auth)
    getattr(xpkit, death)()
    response = requests.get(server.base_url + PROFILES, auth=auth)

    assert (200, [403]) == (
        response.status_code,
        [refusal.status_code for refusal in response.history],
    )
    assert [200, 403, 200] == server.statuses(PROFILES)
    assert {"client_credentials": 2} == server.token_requests


def test_replay_carries_another_token(
    server: Toolkit, xpkit: Application, auth: XPKitAuth
) -> None:
    """The replayed call has the new token, the refused one had the old."""
    requests.get(server.base_url + PROFILES, auth=auth)
    xpkit.expire()
    requests.get(server.base_url + PROFILES, auth=auth)

    first, refused, replayed = (e["bearer"] for e in server.journal(PROFILES))
    assert first == refused != replayed


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"json": {"name": "Kari"}}, id="json"),
        pytest.param({"data": b"\x00" * 100_000}, id="bytes"),
        pytest.param({"data": {"name": "Kari"}}, id="form"),
        pytest.param({"files": {"photo": b"\x00" * 100_000}}, id="multipart"),
    ],
)
def test_replay_carries_the_same_body(
    server: Toolkit, xpkit: Application, auth: XPKitAuth, body: dict[str, Any]
) -> None:
    """A replayed upload arrives byte for byte."""
    requests.get(server.base_url + PROFILES, auth=auth)
    xpkit.expire()
    response = requests.post(server.base_url + PROFILES, auth=auth, **body)

    sent = response.request.body
    raw = sent.encode() if isinstance(sent, str) else sent
    assert [200, 403, 200] == server.statuses(PROFILES)
    assert hashlib.sha256(raw).hexdigest() == response.json()["sha256"]


def test_body_that_cannot_be_rewound_is_not_replayed(
    server: Toolkit, xpkit: Application, auth: XPKitAuth
) -> None:
    """A generator's upload is refused whole, never sent cut; the next one succeeds."""
    requests.get(server.base_url + PROFILES, auth=auth)
    xpkit.expire()
    calls = [
        requests.post(server.base_url + PROFILES, auth=auth, data=iter([b"a", b"b"]))
        for _ in range(2)
    ]

    assert [403, 200] == [call.status_code for call in calls]
    assert [200, 403, 200] == server.statuses(PROFILES)
    assert 2 == calls[-1].json()["length"]


def test_missing_scope_is_left_alone(server: Toolkit, auth: XPKitAuth) -> None:
    """Fifty calls to a denied URL cost one token request beyond the token held."""
    requests.get(server.base_url + PROFILES, auth=auth)
    for _ in range(50):
        requests.get(server.base_url + ALERTS, auth=auth)

    assert [403] * 51 == server.statuses(ALERTS)  # one replay
    assert {"client_credentials": 2} == server.token_requests


def test_denied_url_does_not_hide_a_dead_token(
    server: Toolkit, xpkit: Application, auth: XPKitAuth
) -> None:
    """Between refusals of one URL a token that dies is still recovered elsewhere."""
    for _ in range(3):
        requests.get(server.base_url + ALERTS, auth=auth)
        xpkit.expire()
        response = requests.get(server.base_url + PROFILES, auth=auth)

        assert 200 == response.status_code


def test_token_past_its_end_is_not_sent(server: Toolkit, xpkit: Application) -> None:
    """A token that has ended by our clock is renewed before the call, not after."""
    now = [time.time()]
    auth = make_auth(xpkit, clock=lambda: now[0])
    requests.get(server.base_url + PROFILES, auth=auth)
    now[0] += 36_001
    requests.get(server.base_url + PROFILES, auth=auth)

    assert [200, 200] == server.statuses(PROFILES)
    assert {"client_credentials": 2} == server.token_requests


def test_threads_share_the_first_token(server: Toolkit, auth: XPKitAuth) -> None:
    """Eight threads without a token cause one token request, and each call succeeds."""
    calls = in_parallel(8, lambda: requests.get(server.base_url + PROFILES, auth=auth))

    assert [200] * 8 == [call.status_code for call in calls]
    assert {"client_credentials": 1} == server.token_requests


def test_threads_share_the_renewal(
    server: Toolkit, xpkit: Application, auth: XPKitAuth
) -> None:
    """Eight threads that meet the same dead token cause one token request."""
    requests.get(server.base_url + PROFILES, auth=auth)
    xpkit.expire()
    calls = in_parallel(8, lambda: requests.get(server.base_url + PROFILES, auth=auth))

    assert [200] * 8 == [call.status_code for call in calls]
    assert {"client_credentials": 2} == server.token_requests
