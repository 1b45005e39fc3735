"""Refresh tokens of oidc-provider: each works once, and its second use kills all.

Rule: a refresh token presented twice would destroy the grant, so a test that ends with a
working token has also shown that none was.
"""

from __future__ import annotations

import pytest
from interop.oidc_client import ME, OIDC, Client, Visitor
from interop.oidc_login import call, log_in, make_auth
from interop.threads import in_parallel

from requests_xauth import XAuth, XAuthSession, errors, stores


@pytest.fixture(params=["public", "web"])
def client(request: pytest.FixtureRequest, oidc: OIDC) -> Client:
    """Register a client without a secret, and one with."""
    return oidc.client(request.param)


@pytest.fixture
def logged_in(client: Client, eve: Visitor) -> XAuth:
    """Return an auth after somebody has logged in."""
    auth = make_auth(client)
    log_in(auth, eve)
    return auth


def lose(auth: XAuth, server: OIDC) -> None:
    """Make the access token of *auth* unknown."""
    server.lose(auth.token.access_token)


def test_dead_token_is_refreshed_and_the_call_replayed(
    oidc: OIDC, logged_in: XAuth
) -> None:
    """A dead access token costs one refresh and no failed call."""
    lose(logged_in, oidc)

    assert 200 == call(logged_in, oidc).status_code
    assert [401, 200] == oidc.statuses(ME)
    assert {"authorization_code": 1, "refresh_token": 1} == oidc.token_requests


def test_refresh_tokens_rotate_over_generations(oidc: OIDC, logged_in: XAuth) -> None:
    """Each refresh uses the newest refresh token, generation after generation."""
    held = {logged_in.token.refresh_token}
    for _ in range(5):
        lose(logged_in, oidc)
        assert 200 == call(logged_in, oidc).status_code
        held.add(logged_in.token.refresh_token)

    assert 6 == len(held)
    assert {"authorization_code": 1, "refresh_token": 5} == oidc.token_requests


def test_threads_share_one_refresh_token(oidc: OIDC, logged_in: XAuth) -> None:
    """Eight threads with a dead token use the refresh token once; all succeed."""
    lose(logged_in, oidc)
    calls = in_parallel(8, lambda: call(logged_in, oidc))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"authorization_code": 1, "refresh_token": 1} == oidc.token_requests


def test_objects_share_one_refresh_token(
    oidc: OIDC, client: Client, eve: Visitor
) -> None:
    """Eight objects with one store use the refresh token once; all succeed."""
    store = stores.MemoryStore()
    first = make_auth(client, store=store)
    log_in(first, eve)
    lose(first, oidc)
    calls = in_parallel(8, lambda: call(make_auth(client, store=store), oidc))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"authorization_code": 1, "refresh_token": 1} == oidc.token_requests


def test_a_stolen_refresh_token_asks_for_a_person(oidc: OIDC, eve: Visitor) -> None:
    """
    A refresh token that somebody else has used is told as a log-in, not tried again.

    The thief's tokens are dead then as well, and a log-in heals.
    """
    public = oidc.client("public")
    auth = make_auth(public)
    log_in(auth, eve)
    spent = auth.token.refresh_token
    stolen = public.ask(grant_type="refresh_token", refresh_token=spent).json()
    lose(auth, oidc)

    for _ in range(2):
        with pytest.raises(errors.LoginRequired):
            call(auth, oidc)
    assert {"authorization_code": 1, "refresh_token": 2} == oidc.token_requests
    again = {"grant_type": "refresh_token", "refresh_token": stolen["refresh_token"]}
    assert 400 == public.ask(**again).status_code
    log_in(auth, eve)
    assert 200 == call(auth, oidc).status_code


@pytest.mark.parametrize("token", ["access_token", "refresh_token"])
def test_a_revoked_log_in_asks_for_a_person(
    oidc: OIDC, eve: Visitor, token: str
) -> None:
    """Revoking either token ends the log-in: this engine takes the other one too."""
    public = oidc.client("public")
    auth = make_auth(public)
    log_in(auth, eve)
    public.revoke(getattr(auth.token, token))

    with pytest.raises(errors.LoginRequired, match="invalid_grant") as caught:
        call(auth, oidc)
    assert 401 == caught.value.refused.status_code
    assert {"authorization_code": 1, "refresh_token": 1} == oidc.token_requests
    log_in(auth, eve)
    assert 200 == call(auth, oidc).status_code


def test_a_session_refreshes(oidc: OIDC, logged_in: XAuth) -> None:
    """OAuth2Session's verb rotates; the call after it uses the newer token."""
    with XAuthSession(logged_in) as session:
        before = session.token["refresh_token"]
        after = session.refresh_token()["refresh_token"]
        lose(logged_in, oidc)
        response = session.get(oidc.base_url + ME)

    assert before != after
    assert 200 == response.status_code
    assert {"authorization_code": 1, "refresh_token": 2} == oidc.token_requests
