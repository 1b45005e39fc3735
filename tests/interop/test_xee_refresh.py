"""Xee's preset, on a real server that rotates refresh tokens and punishes reuse.

Rule: a refresh token presented twice would kill its family, so a test that ends with a
working token has also shown that none was.
"""

from __future__ import annotations

import time
from threading import Event

import pytest
from interop.threads import in_parallel
from interop.toolkit_client import Application, Person, Toolkit
from interop.xee_preset import ME, TOKEN, call, log_in, make_auth

from requests_xauth import XeeAuth, errors, stores


@pytest.mark.parametrize(("death", "status"), [("expire", 403), ("lose", 401)])
def test_dead_token_is_refreshed_and_the_call_replayed(
    server: Toolkit,
    xee: Application,
    logged_in: XeeAuth,
    death: str,
    status: int,
) -> None:
    """A dead access token costs one refresh and no failed call."""
    getattr(xee, death)()
    response = call(logged_in, server)

    assert 200 == response.status_code
    assert [status, 200] == server.statuses(ME)
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests


def test_refresh_tokens_rotate_over_generations(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """Each refresh uses the newest refresh token, generation after generation."""
    for _ in range(5):
        xee.expire()
        assert 200 == call(logged_in, server).status_code

    assert {"authorization_code": 1, "refresh_token": 5} == server.token_requests
    assert {
        "access_tokens": 1,
        "live_refresh_tokens": 1,
        "spent_refresh_tokens": 5,
    } == xee.counts


def test_renew_on_demand_rotates_too(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """A renewal that nobody needed leaves two tokens that work."""
    marks = {logged_in.renew().mark for _ in range(3)}

    assert 3 == len(marks)
    assert 200 == call(logged_in, server).status_code
    assert 1 == xee.counts["live_refresh_tokens"]


def test_token_past_its_end_is_not_sent(
    server: Toolkit, xee: Application, ada: Person
) -> None:
    """A token that has ended by our clock is refreshed before the call, not after."""
    now = [time.time()]
    auth = make_auth(xee, clock=lambda: now[0])
    log_in(auth, ada)
    now[0] += 3601
    call(auth, server)

    assert [200] == server.statuses(ME)
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests


def test_nobody_waits_or_fails_while_a_token_is_renewed_ahead(
    server: Toolkit, xee: Application, ada: Person
) -> None:
    """
    A renewal ahead of the end costs no call, although it kills the old token at once.

    A call on its way with the old token is refused then, and replayed with the new one.
    """
    now, renewed = [time.time()], Event()
    auth = make_auth(xee, clock=lambda: now[0], on_renew=lambda _renewal: renewed.set())
    log_in(auth, ada)
    renewed.clear()
    now[0] += 3600 - 120
    calls = in_parallel(8, lambda: [call(auth, server) for _ in range(5)])

    assert renewed.wait(10)
    assert {200} == {response.status_code for five in calls for response in five}
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests


@pytest.mark.parametrize("death", ["expire", "lose"])
def test_threads_share_one_refresh_token(
    server: Toolkit, xee: Application, logged_in: XeeAuth, death: str
) -> None:
    """Eight threads with a dead token use the refresh token once; all succeed."""
    getattr(xee, death)()
    calls = in_parallel(8, lambda: call(logged_in, server))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests
    assert 1 == xee.counts["live_refresh_tokens"]


def test_objects_share_one_refresh_token(
    server: Toolkit, xee: Application, ada: Person
) -> None:
    """Eight objects with one store use the refresh token once; all succeed."""
    store = stores.MemoryStore()
    log_in(make_auth(xee, store=store), ada)
    xee.expire()
    calls = in_parallel(8, lambda: call(make_auth(xee, store=store), server))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests


def test_threads_begin_with_a_refresh_token(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """Eight threads that begin with a refresh token from elsewhere use it once."""
    seed = logged_in.token.refresh_token
    auth = make_auth(xee, refresh_token=seed, account="ada")
    calls = in_parallel(8, lambda: call(auth, server))

    assert [200] * 8 == [response.status_code for response in calls]
    assert {"authorization_code": 1, "refresh_token": 1} == server.token_requests


def test_a_spent_seed_is_not_presented_again(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """Where the same old refresh token is given at each run, the store's newer wins."""
    seed = logged_in.token.refresh_token
    store = stores.MemoryStore()
    for _ in range(3):
        auth = make_auth(xee, refresh_token=seed, store=store, account="ada")
        assert 200 == call(auth, server).status_code
        xee.expire()

    assert {"authorization_code": 1, "refresh_token": 3} == server.token_requests
    assert [200] * 4 == server.statuses(TOKEN)


def test_dead_refresh_token_asks_for_a_person(
    server: Toolkit, xee: Application, logged_in: XeeAuth, ada: Person
) -> None:
    """A family of tokens that was revoked ends in a log-in, and a log-in heals it."""
    xee.revoke()

    with pytest.raises(errors.LoginRequired, match="invalid_grant") as caught:
        call(logged_in, server)
    assert 401 == caught.value.refused.status_code
    with pytest.raises(errors.LoginRequired):
        call(logged_in, server)
    assert 1 == server.token_requests["refresh_token"]
    log_in(logged_in, ada)
    assert 200 == call(logged_in, server).status_code


def test_unknown_refresh_token_asks_for_a_person(
    server: Toolkit, xee: Application
) -> None:
    """A refresh token that the server never gave ends in a log-in."""
    auth = make_auth(xee, refresh_token="0" * 64, account="ada")

    with pytest.raises(errors.LoginRequired, match="invalid_grant"):
        call(auth, server)
    assert [] == server.statuses(ME)
