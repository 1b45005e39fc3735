"""One token at a time: single flight, sharing, adoption, failures."""

import base64
import gc
import json
import re
import threading

import pytest
import requests
from helpers import (
    PRESETS,
    auth_of,
    in_parallel,
    renewals_done,
    service_of,
    session_with,
)

from requests_xauth import (
    XAuth,
    XeeAuth,
    XPKitAuth,
    XPKitUserAuth,
    _shared,
    _state,
    errors,
)
from requests_xauth.grants import ClientCredentials
from requests_xauth.providers import m2m
from requests_xauth.stores import MemoryStore


def end_of(header):
    """Return the exp of the JWT in an Authorization header."""
    payload = header.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"]


@pytest.mark.parametrize("name", PRESETS)
def test_first_and_second_call(box, clock, name):
    """
    The first call asks for a token, the second one does not.
    """
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock))

    statuses = [session.get(service.api_url).status_code for _ in range(2)]

    assert [200, 200] == statuses
    assert 1 == service.token_requests


@pytest.mark.parametrize("name", PRESETS)
def test_thirty_two_threads_cold(box, clock, name):
    """
    Threads that meet without a token cause one token request, and none fails.
    """
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock))

    results = in_parallel(32, lambda: session.get(service.api_url).status_code)

    assert [200] * 32 == results
    assert 1 == service.token_requests


@pytest.mark.parametrize("name", PRESETS)
def test_thirty_two_threads_at_the_end(box, clock, name):
    """
    Threads that meet an ended token cause one token request, and none fails.
    """
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock))
    session.get(service.api_url)
    clock.tick(service.lifetime_s + 1)

    results = in_parallel(32, lambda: session.get(service.api_url).status_code)

    assert [200] * 32 == results
    assert 2 == service.token_requests


@pytest.mark.parametrize("kill", ["expire", "invalidate"])
@pytest.mark.parametrize("name", PRESETS)
def test_thirty_two_threads_on_a_dead_token(box, clock, name, kill):
    """
    Threads that meet a token dead on the server cause one token request; none fails.
    """
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock))
    session.get(service.api_url)
    getattr(service, kill)()

    results = in_parallel(32, lambda: session.get(service.api_url).status_code)

    assert [200] * 32 == results
    assert 2 == service.token_requests


def test_a_revoked_xee_token(box, clock):
    """
    "Token has been revoked" costs no token request, and the next call needs a login.
    """
    session = session_with(auth_of(box, "xee", clock=clock))
    session.get(box.xee.api_url)
    box.xee.revoke()

    refused = session.get(box.xee.api_url)

    assert 403 == refused.status_code
    assert "Token has been revoked" in refused.text
    with pytest.raises(errors.LoginRequired, match="Token has been revoked"):
        session.get(box.xee.api_url)
    assert 1 == box.xee.token_requests


def test_equal_objects_share(box):
    """
    A new object for each call does not ask for a token each time.
    """
    for _ in range(10):
        answer = requests.get(
            box.xpkit.api_url, auth=XPKitAuth(**box.xpkit.credentials)
        )
        assert 200 == answer.status_code

    assert 1 == box.xpkit.token_requests


def test_a_wrong_secret_between_equal_objects(box):
    """
    Whoever has the wrong secret never gets the token of the right one.
    """
    right = box.xpkit.credentials
    wrong = {**right, "client_secret": "wrong"}
    requests.get(box.xpkit.api_url, auth=XPKitAuth(**right))

    with pytest.raises(errors.CredentialsRejected):
        requests.get(box.xpkit.api_url, auth=XPKitAuth(**wrong))

    answer = requests.get(box.xpkit.api_url, auth=XPKitAuth(**right))
    assert 200 == answer.status_code
    assert 2 == box.xpkit.token_requests


def test_different_clocks_are_not_equal(box, clock):
    """
    Objects with different clocks share nothing.
    """
    requests.get(box.xpkit.api_url, auth=auth_of(box, "xpkit", clock=clock))
    requests.get(box.xpkit.api_url, auth=auth_of(box, "xpkit"))

    assert 2 == box.xpkit.token_requests


def test_people_never_share(box, clock):
    """
    Two objects of one Xee client have nothing in common without a store.
    """
    auth_of(box, "xee", clock=clock).renew()
    other = XeeAuth(**box.xee.credentials, clock=clock)

    assert other.token is None
    with pytest.raises(errors.LoginRequired, match="without a person"):
        other.renew()


def test_a_store_shares_what_account_says(box, clock):
    """
    Objects with one store and one account share; another account's does not.
    """
    store = MemoryStore()
    seed = box.xee.issue_refresh_token()
    ann = auth_of(
        box, "xee", store=store, account="ann", refresh_token=seed, clock=clock
    )
    ann.renew()

    again = auth_of(box, "xee", store=store, account="ann", clock=clock)
    bob = auth_of(box, "xee", store=store, account="bob", clock=clock)

    assert ann.token == again.token
    assert bob.token is None


def test_a_seed_needs_an_account_with_a_store(box):
    """
    refresh_token= with store= and without account= is refused at once.
    """
    with pytest.raises(errors.ConfigError, match="needs account="):
        auth_of(box, "xee", store=MemoryStore(), refresh_token="r")


def test_a_spent_seed_is_not_tried_again(box, clock):
    """
    A cron script's old refresh token is never sent when the store has a newer one.
    """
    store, seed = MemoryStore(), box.xee.issue_refresh_token()

    def script():
        return auth_of(
            box, "xee", store=store, account="a", refresh_token=seed, clock=clock
        )

    requests.get(box.xee.api_url, auth=script())
    clock.tick(2 * 3600)
    answer = requests.get(box.xee.api_url, auth=script())

    assert 200 == answer.status_code
    assert 2 == box.xee.token_requests
    assert 0 == box.xee.reuses


def test_another_seed_after_the_stores_is_dead(box, clock):
    """
    A new refresh token is tried when the store's is dead; the old seed is not.
    """
    store, old = MemoryStore(), box.xee.issue_refresh_token()

    def script(seed):
        return auth_of(
            box, "xee", store=store, account="a", refresh_token=seed, clock=clock
        )

    session = session_with(script(old))
    session.get(box.xee.api_url)
    box.xee.revoke()
    session.get(box.xee.api_url)
    asked = box.xee.token_requests
    with pytest.raises(errors.LoginRequired, match="revoked"):
        script(old).renew()

    answer = requests.get(box.xee.api_url, auth=script(box.xee.issue_refresh_token()))

    assert (1, 2) == (asked, box.xee.token_requests)
    assert 200 == answer.status_code


def test_a_seed_survives_an_outage(box, clock):
    """
    A refresh token that was given is not used up by a token endpoint that is away.
    """
    store, seed = MemoryStore(), box.xee.issue_refresh_token()

    def script():
        return auth_of(
            box, "xee", store=store, account="a", refresh_token=seed, clock=clock
        )

    box.xee.fail(500)
    with pytest.raises(errors.ProviderUnavailable):
        script().renew()
    box.xee.heal()

    assert 200 == requests.get(box.xee.api_url, auth=script()).status_code


def test_a_seed_that_was_held_is_not_tried_again(box, clock):
    """
    A refresh token that is given and held already is spent once, whatever follows.
    """
    store = MemoryStore()
    auth = auth_of(box, "xee", store=store, account="a", clock=clock)
    url, _ = auth.authorization_url()
    seed = auth.fetch_token(authorization_response=box.xee.authorize(url)).refresh_token

    def script():
        return auth_of(
            box, "xee", store=store, account="a", refresh_token=seed, clock=clock
        )

    script().renew()
    box.xee.fail(200, body=b"<html>closed for maintenance</html>", times=1)
    with pytest.raises(errors.TokenRequestError):
        script().renew()

    script().renew()
    assert 0 == box.xee.reuses


def test_a_dead_seed_is_tried_once(box, clock):
    """
    A refused refresh token that was given is remembered for 30 seconds.
    """
    auth = auth_of(box, "xee", refresh_token="made up", clock=clock)

    for _ in range(5):
        with pytest.raises(errors.LoginRequired):
            auth.renew()

    assert 1 == box.xee.token_requests


def test_threads_share_a_failure(box, clock):
    """
    Threads that wait for one token request share its failure.
    """
    session = session_with(auth_of(box, "xpkit", clock=clock))
    # All sixteen have to be there by then.
    box.xpkit.slow(2.0)
    box.xpkit.fail(500)

    results = in_parallel(16, lambda: session.get(box.xpkit.api_url))

    assert {errors.ProviderUnavailable} == {type(result) for result in results}
    assert 1 == box.xpkit.token_requests


def test_a_failure_is_not_held_against_the_next(box, clock):
    """
    A caller that did not wait for the failed request asks anew.
    """
    session = session_with(auth_of(box, "xpkit", clock=clock))
    box.xpkit.fail(500)
    with pytest.raises(errors.ProviderUnavailable):
        session.get(box.xpkit.api_url)
    box.xpkit.heal()

    assert 200 == session.get(box.xpkit.api_url).status_code


def test_wrong_credentials_are_remembered(box, clock):
    """
    A loop around a bad secret asks once in 30 seconds.
    """
    auth = auth_of(box, "m2m", client_secret="wrong", clock=clock)

    def attempt():
        with pytest.raises(errors.CredentialsRejected):
            requests.get(box.m2m.api_url, auth=auth)

    for _ in range(20):
        attempt()
    first = box.m2m.token_requests
    clock.tick(29)
    attempt()
    still = box.m2m.token_requests
    clock.tick(1)
    attempt()

    assert (1, 1, 2) == (first, still, box.m2m.token_requests)


def test_a_refusal_that_its_reader_cannot_read(box, clock):
    """
    A reader that fails, or gives no text, is no error of the call, nor asks each time.
    """
    readers = (lambda _, body: {"code": body["x"]}, lambda _, body: body)
    for reader in readers:
        grant = ClientCredentials("id", "secret")
        provider = m2m.provider(box.m2m.base_url)._replace(read_refusal=reader)
        auth = XAuth(provider, grant, clock=clock)
        box.m2m.reset()
        box.m2m.fail(401, body={"code": 17})

        for _ in range(5):
            with pytest.raises(errors.CredentialsRejected):
                requests.get(box.m2m.api_url, auth=auth)

        assert 1 == box.m2m.token_requests
        clock.tick(60)


def test_renew_gives_another_token(box, clock):
    """
    renew() asks even while the token is fresh, and everybody gets the new one.
    """
    auth = auth_of(box, "xpkit", clock=clock)
    first = auth.renew()

    second = auth.renew()

    assert first != second
    assert second == auth.token


def test_forget(box, clock):
    """
    forget() drops the token; the next request asks for another.
    """
    auth = auth_of(box, "xpkit", clock=clock)
    auth.renew()

    auth.forget()

    assert auth.token is None
    assert 200 == requests.get(box.xpkit.api_url, auth=auth).status_code
    assert 2 == box.xpkit.token_requests


def test_on_renew(box, clock):
    """
    on_renew gets a record of each renewal, outside the hold, and no secret.
    """
    seen = []
    auth = auth_of(box, "m2m", clock=clock, on_renew=seen.append)
    requests.get(box.m2m.api_url, auth=auth)
    box.m2m.expire()
    requests.get(box.m2m.api_url, auth=auth)

    assert ["first", "refused"] == [renewal.why for renewal in seen]
    assert seen[0].mark == seen[1].old_mark
    assert auth.token.mark == seen[1].mark
    assert auth.token.access_token not in repr(seen)


def test_on_renew_may_fail(box, clock, caplog):
    """
    What on_renew raises is logged and harms nobody.
    """

    def fail(renewal):
        raise RuntimeError("a callback's own")

    auth = auth_of(box, "m2m", clock=clock, on_renew=fail)

    answer = requests.get(box.m2m.api_url, auth=auth)

    assert 200 == answer.status_code
    assert "a callback's own" in caplog.text


def test_on_renew_may_use_the_auth(box, clock):
    """
    on_renew runs outside the hold: it may send a request with the same auth.
    """
    statuses = []
    auth = auth_of(box, "m2m", clock=clock)
    auth._engine.listeners.append(
        lambda renewal: statuses.append(
            requests.get(box.m2m.api_url, auth=auth).status_code
        )
    )

    requests.get(box.m2m.api_url, auth=auth)

    assert [200] == statuses


def test_ahead_of_the_end_nobody_waits(box, clock):
    """
    In the last part of its life the token is renewed while callers go on using it.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 299)
    box.m2m.slow(30)

    answer = session.get(box.m2m.api_url)

    before = box.m2m.tokens_issued
    assert 200 == answer.status_code
    box.m2m.heal()
    renewals_done()
    assert (1, 2) == (before, box.m2m.tokens_issued)
    assert session.auth.token.left_s(clock()) == 3600


@pytest.mark.parametrize("on_renew", [None, print])
def test_a_renewal_ahead_at_the_interpreters_end(box, clock, on_renew):
    """
    It is waited for only where somebody keeps the person's new refresh token.
    """
    auth = auth_of(box, "xee", clock=clock, on_renew=on_renew)
    auth.renew()
    clock.tick(3600 - 299)
    box.xee.slow(30)

    session_with(auth).get(box.xee.api_url)

    [thread] = [t for t in threading.enumerate() if t.name == "xauth-renewal"]
    box.xee.heal()
    renewals_done()
    assert (on_renew is None) is thread.daemon
    assert 2 == box.xee.token_requests


def test_not_ahead_while_young(box, clock):
    """
    Before the last part of its life nothing is renewed.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 301)

    session.get(box.m2m.api_url)
    renewals_done()

    assert 1 == box.m2m.token_requests


def test_many_threads_ahead_of_the_end(box, clock):
    """
    Many callers in the last part of a token's life cause one renewal.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 299)

    results = in_parallel(16, lambda: session.get(box.m2m.api_url).status_code)

    renewals_done()
    assert [200] * 16 == results
    assert 2 == box.m2m.token_requests


def test_a_renewal_ahead_that_fails_is_no_error(box, clock):
    """
    A failed renewal ahead is tried again later, less and less often.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 300)
    box.m2m.fail(500)

    asked = []
    for _ in range(290):
        assert 200 == session.get(box.m2m.api_url).status_code
        renewals_done()
        asked.append(box.m2m.token_requests)
        clock.tick(1)

    assert 2 == asked[0]
    assert 4 <= asked[-1] <= 8


def test_a_failure_ahead_is_nobody_elses(box, clock):
    """
    Whoever waits while the one attempt ahead of the end fails, tries in earnest.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 300)
    box.m2m.slow(0.5, times=1)
    box.m2m.fail(503, times=1)
    session.get(box.m2m.api_url)
    box.m2m.expire()

    answer = session.get(box.m2m.api_url)

    renewals_done()
    assert 200 == answer.status_code


def test_what_is_told_of_renewals(box, clock, caplog):
    """
    A renewal is told and logged with why and how it came about, and of which token.
    """
    caplog.set_level("INFO", "requests_xauth")
    seen = []
    session = session_with(auth_of(box, "m2m", clock=clock, on_renew=seen.append))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 299)
    session.get(box.m2m.api_url)
    renewals_done()
    clock.tick(3600)

    session.get(box.m2m.api_url)

    assert ["first", "ahead", "expired"] == [renewal.why for renewal in seen]
    assert {"client_credentials"} == {renewal.how for renewal in seen}
    assert [None, seen[0].mark, seen[1].mark] == [renewal.old_mark for renewal in seen]
    logged = [r.getMessage() for r in caplog.records if "renewed" in r.msg]
    assert f"renewed M2M: {session.auth.token}" == logged[-1]
    assert 3 == len(logged)


def test_ahead_at_the_very_moment(box, clock):
    """
    A renewal ahead is one attempt; the next one comes at the moment it is put off to.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    clock.tick(3600 - 300)
    box.m2m.fail(503, times=1)
    session.get(box.m2m.api_url)
    renewals_done()
    before = box.m2m.token_requests
    clock.now_at = session.auth._state.ahead_at

    session.get(box.m2m.api_url)

    renewals_done()
    assert (2, 3) == (before, box.m2m.token_requests)


def test_ahead_of_the_end_of_what_only_a_person_renews(box, clock):
    """
    Where a person has to log in again nothing is tried ahead: the token is used.
    """
    auth = XPKitUserAuth(**box.xpkit.user_credentials, clock=clock)
    auth.fetch_token(
        authorization_response=box.xpkit.authorize(auth.authorization_url()[0])
    )
    session = session_with(auth)
    clock.tick(box.xpkit.lifetime_s - 100)

    assert [200] * 3 == [session.get(box.xpkit.api_url).status_code for _ in range(3)]
    renewals_done()
    assert 1 == box.xpkit.token_requests


def test_the_last_seconds_cost_one_attempt_each(box, clock, caplog):
    """
    While a provider is out, a token's last seconds cost a token request each second.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    box.m2m.fail(400, body={"error": "invalid_request"})
    clock.tick(3600 - 5)

    costs = []
    for _ in range(9):
        session.get(box.m2m.api_url)
        costs.append(box.m2m.token_requests)
        clock.tick(0.5)

    assert [2, 2, 3, 3, 4, 4, 5, 5, 6] == costs
    text = "M2M refused .* Its token is used for its last seconds[.]"
    assert re.match(text, caplog.messages[0])


def test_in_the_last_seconds_a_failure_is_survived(box, clock):
    """
    At the end callers wait for a renewal; if it fails, the last seconds are used.
    """
    session = session_with(auth_of(box, "m2m", clock=clock))
    session.get(box.m2m.api_url)
    box.m2m.fail(400, body={"error": "invalid_request"})
    clock.tick(3600 - 5)

    assert 200 == session.get(box.m2m.api_url).status_code
    clock.tick(5)
    with pytest.raises(errors.TokenRequestError, match="invalid_request"):
        session.get(box.m2m.api_url)


def test_the_same_token_again(box, clock):
    """
    A provider that answers the token already held is not asked again until its end.
    """
    box.xmldation.kill_refresh_tokens()
    session = session_with(auth_of(box, "xmldation", clock=clock))
    box.xmldation.omit = {"refresh_token"}
    session.get(box.xmldation.api_url)
    clock.tick(3293 - 250)
    for _ in range(20):
        session.get(box.xmldation.api_url)
        renewals_done()
        clock.tick(12)
    asked = box.xmldation.token_requests
    clock.tick(15)

    answer = session.get(box.xmldation.api_url)

    assert 2 == asked
    assert 200 == answer.status_code
    assert 3 == box.xmldation.token_requests


def test_the_same_token_for_a_sibling(box, clock):
    """
    Siblings that share a store are told so: they do not ask ahead of its end either.
    """
    box.xmldation.kill_refresh_tokens()
    box.xmldation.omit = {"refresh_token"}
    store = MemoryStore()
    first = auth_of(box, "xmldation", clock=clock, store=store)
    first.renew()
    clock.tick(3293 - 250)
    first.renew()
    sibling = session_with(auth_of(box, "xmldation", clock=clock, store=store))
    asked, statuses = box.xmldation.token_requests, []

    for _ in range(5):  # to 42 s before its end
        statuses.append(sibling.get(box.xmldation.api_url).status_code)
        renewals_done()
        clock.tick(52)

    assert [200] * 5 == statuses
    assert (2, 2) == (asked, box.xmldation.token_requests)


def test_xmldation_refreshes_first(box, clock):
    """
    XMLdation's token is renewed by refresh token, and by password when that fails.
    """
    auth = auth_of(box, "xmldation", clock=clock)
    auth.renew()
    auth.renew()
    box.xmldation.kill_refresh_tokens()
    box.xmldation.expire()

    auth.renew()

    grants_used = box.xmldation.token_requests_by_grant
    assert {"password": 2, "refresh_token": 2} == dict(grants_used)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": {"status": 401, "message": "Unauthorized"}}),
        (401, {"error": "Unauthorized"}),
        (403, b""),
        (400, {"error": "unauthorized_client"}),
    ],
)
def test_a_refusal_that_is_not_the_clients(box, clock, status, body):
    """
    A refresh refused for what need not be the client is followed by the password, whose
    refresh token is used from then on.
    """
    store = MemoryStore()
    auth = auth_of(box, "xmldation", store=store, clock=clock)
    refused = auth.renew().refresh_token
    clock.tick(box.xmldation.lifetime_s + 1)
    box.xmldation.fail(status, body=body, times=1)

    renewed = auth.renew()

    entry = auth._state.load()
    assert {"password": 2, "refresh_token": 1} == box.xmldation.token_requests_by_grant
    assert refused != renewed.refresh_token == entry.token.refresh_token
    assert (None, None) == (entry.failure, entry.spending)
    auth.renew()
    assert {"password": 2, "refresh_token": 2} == box.xmldation.token_requests_by_grant


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        ({"error": {"status": 401, "message": "Unauthorized"}}, 2),
        ({"error": "invalid_client"}, 1),
    ],
)
def test_credentials_that_are_refused_at_a_refresh(box, clock, first, asked):
    """
    Where the client is refused too the refresh token stays, and nobody is asked again.
    """
    auth = auth_of(box, "xmldation", clock=clock)
    held = auth.renew().refresh_token
    box.xmldation.reset_counters()
    box.xmldation.fail(401, body=first)

    for _ in range(3):
        with pytest.raises(errors.CredentialsRejected):
            auth.renew()

    entry = auth._state.load()
    assert (asked, held) == (box.xmldation.token_requests, entry.token.refresh_token)
    assert entry.spending is None


def test_an_answer_without_the_bearer_is_a_failed_refresh(box, clock):
    """
    A refresh answer without the id_token is followed by the password.
    """
    auth = auth_of(box, "xmldation", clock=clock)
    auth.renew()
    box.xmldation.fail(200, body={"access_token": "a", "expires_in": 60}, times=1)

    auth.renew()

    assert 200 == requests.get(box.xmldation.api_url, auth=auth).status_code
    assert 2 == box.xmldation.token_requests_by_grant["password"]


def test_old_refresh_token_is_kept(box, clock):
    """
    A refresh answer without a refresh token leaves the old one in force.
    """
    auth = auth_of(box, "xee", clock=clock)
    box.xee.refresh_rotates = False
    first = auth.renew()
    box.xee.omit = {"refresh_token"}

    second = auth.renew()

    assert first.refresh_token == second.refresh_token


def test_the_scope_that_was_granted_is_kept(box, clock):
    """
    A refresh answer without a scope leaves what was granted, which may be less than asked.
    """
    auth = auth_of(box, "xee", clock=clock, scope="users_read cars_read")
    box.xee.extra = {"scope": "cars_read"}
    auth.renew()
    box.xee.extra = {}

    scopes = [auth.renew().scope for _ in range(2)]

    assert [("cars_read",)] * 2 == scopes


def test_refresh_rotation(box, clock):
    """
    Over many renewals each refresh token is used once, and the newest is kept.
    """
    auth = auth_of(box, "xee", clock=clock)
    seen = {auth.renew().refresh_token for _ in range(10)}

    assert 10 == len(seen)
    assert 0 == box.xee.reuses


def test_a_dead_refresh_token(box, clock):
    """
    A dead refresh token is a login; the error names both causes and asks nobody again.
    """
    session = session_with(auth_of(box, "xee", clock=clock))
    session.get(box.xee.api_url)
    box.xee.kill_refresh_tokens()
    clock.tick(4000)

    for _ in range(3):
        with pytest.raises(errors.LoginRequired, match="XEE_CLIENT_SECRET"):
            session.get(box.xee.api_url)

    assert 2 == box.xee.token_requests


def test_a_refresh_whose_answer_is_lost(box, clock):
    """
    A one-time refresh token whose answer was lost is not the end of the error's story.
    """
    auth = auth_of(box, "xee", clock=clock)
    auth.renew()
    box.xee.drop(when="after")
    with pytest.raises(errors.XAuthError) as first:
        auth.renew()
    box.xee.heal()

    clock.tick(31)
    with pytest.raises(errors.LoginRequired) as second:
        auth.renew()

    assert isinstance(first.value, errors.TokenRequestError)
    assert "had been sent before" in str(second.value)


def test_a_refresh_dropped_before_it_arrived(box, clock):
    """
    A connection dropped before the server did anything costs no login.
    """
    auth = auth_of(box, "xee", clock=clock)
    auth.renew()
    box.xee.drop(when="before", times=1)

    auth.renew()

    assert 0 == box.xee.reuses


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("skew_s", [3600, -3600])
def test_a_wrong_clock(box, clock, name, skew_s):
    """
    With a server clock an hour off there is no renewal loop.
    """
    service = service_of(box, name)
    service.skew_s = skew_s
    session = session_with(auth_of(box, name, clock=clock))

    for _ in range(20):
        assert 200 == session.get(service.api_url).status_code
        renewals_done()
        clock.tick(60)

    assert 1 == service.token_requests


@pytest.mark.parametrize("skew_s", [3600, -3600])
def test_an_id_token_that_ends_early(box, clock, skew_s):
    """
    The bearer is good until the id_token's own end; an ended one is never sent.
    """
    box.xmldation.skew_s = skew_s
    box.xmldation.id_token_lifetime_s = 600
    session = session_with(auth_of(box, "xmldation", clock=clock))

    issued = 0
    for _ in range(60):
        issued += box.xmldation.tokens_issued
        box.xmldation.reset_counters()
        assert 200 == session.get(box.xmldation.api_url).status_code
        renewals_done()
        sent = [r for r in box.xmldation.requests if r.at == "api"]
        ends = [end_of(r.headers["authorization"]) for r in sent]
        assert all(end_at > clock() + skew_s for end_at in ends)
        clock.tick(60)

    assert 6 <= issued <= 9


def test_tokens_born_expired(box, clock):
    """
    Tokens with expires_in 0 are used for a second, not asked for at every call.
    """
    box.m2m.extra = {"expires_in": 0}
    session = session_with(auth_of(box, "m2m", clock=clock))

    for _ in range(10):
        assert 200 == session.get(box.m2m.api_url).status_code
    asked = box.m2m.token_requests
    clock.tick(1)
    session.get(box.m2m.api_url)

    assert (1, 2) == (asked, box.m2m.token_requests)


def test_an_unknown_end(box, clock):
    """
    A token without a known end is renewed by refusals alone.
    """
    box.xpkit.omit = {"expires_in"}
    session = session_with(auth_of(box, "xpkit", clock=clock))
    session.get(box.xpkit.api_url)
    clock.tick(10**7)
    box.xpkit.expire()

    answer = session.get(box.xpkit.api_url)

    assert session.auth.token.expires_at is None
    assert 200 == answer.status_code
    assert 2 == box.xpkit.token_requests


def test_states_are_bounded(box):
    """
    So many equal objects' states are kept; the oldest is dropped, and nothing leaks.
    """
    for number in range(_shared.SHARED + 10):
        XPKitAuth(
            base_url="https://x.example", client_id=f"c{number}", client_secret="s"
        )

    assert _shared.SHARED == len(list(_shared.states))


def test_objects_without_a_store_are_collected(box, clock):
    """
    A person's auth object leaves nothing behind.
    """
    gc.collect()
    before = len(_state._alive)
    for _ in range(10):
        auth_of(box, "xee", clock=clock)

    gc.collect()

    assert before == len(_state._alive)
    assert threading.active_count() < 30
