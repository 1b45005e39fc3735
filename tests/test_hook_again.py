"""Requests that are sent again by others, and refusals that come at a bad moment."""

import threading
import time

import pytest
import requests
from helpers import auth_of, in_parallel, renewals_done, service_of, session_with
from oauth import oauth_of
from servers import Script, http

from requests_xauth import errors
from requests_xauth._hook import Listener
from requests_xauth.stores import MemoryStore


class Full(MemoryStore):
    """A store that others share, and that is full from some moment on."""

    private = False
    full = False

    def save(self, key, text, *, expires_at=None):
        """Save, or say that it is full."""
        if self.full:
            raise errors.StoreError("The store is full.")
        super().save(key, text, expires_at=expires_at)


def warm(box, name, clock, **more):
    """Return a service, and a session that has a token."""
    service = service_of(box, name)
    session = session_with(auth_of(box, name, clock=clock, **more))
    session.get(service.api_url)
    service.reset_counters()
    return service, session


def listeners(request):
    """Return how many of ours listen to the response of *request*."""
    return sum(isinstance(hook, Listener) for hook in request.hooks["response"])


def test_a_request_signed_twice(box, clock):
    """
    One that is signed again and again is heard once: a refusal costs one token request.
    """
    service, session = warm(box, "xpkit", clock)
    prepared = session.prepare_request(
        requests.Request("GET", service.api_url, hooks={"response": [lambda r, **k: r]})
    )
    for _ in range(5):
        session.auth(prepared)
    service.expire()
    service.fail(400, body={"error": "Bad Request"})

    session.send(prepared)

    assert 1 == listeners(prepared)
    assert 2 == len(prepared.hooks["response"])
    assert 1 == service.token_requests


def test_signing_a_copy_leaves_the_original(box, clock):
    """
    A copy of a request that another object signs is that object's alone.
    """
    _, session = warm(box, "m2m", clock)
    prepared = session.prepare_request(requests.Request("GET", box.m2m.api_url))
    before = prepared.hooks["response"][0]

    auth_of(box, "m2m", clock=time.monotonic)(prepared.copy())

    assert [before] == prepared.hooks["response"]


def test_a_replayed_request_is_sent_again(box, clock):
    """
    The request of a replay is listened to like any other when its user sends it again.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    answer = session.get(service.api_url)
    service.expire()

    assert 1 == listeners(answer.request)
    assert 200 == session.send(answer.request).status_code
    assert 200 == session.send(answer.history[0].request).status_code


def test_a_url_with_a_password(box, clock, caplog):
    """
    The warning about a body that is used up shows neither user, password nor query.
    """
    service, session = warm(box, "m2m", clock)
    service.expire()
    url = service.api_url.replace("//", "//bob:hunter%2F2@")

    with caplog.at_level("DEBUG"):
        answer = session.post(f"{url}?q=1", data=iter([b"a"]))

    assert 401 == answer.status_code
    place = service.api_url.partition("//")[2]
    assert f"'http://***@{place}' was refused and cannot be sent again" in caplog.text
    assert "hunter" not in caplog.text


def test_a_setting_that_is_wrong_hides_no_refusal(box, clock, caplog):
    """
    Perhaps it was the token, but the renewal is set up wrong: the refusal is returned.
    """
    service, session = warm(box, "xpkit", clock)
    hooks = session.auth._engine.endpoint.compliance_hook
    hooks["access_token_response"].add(lambda response: None)
    service.expire()

    answer = session.get(service.api_url)

    assert 403 == answer.status_code
    assert "returned no response" in caplog.text


def test_a_replay_that_is_revoked_and_a_full_store(box, clock, caplog):
    """
    That a dead token cannot be dropped from the store does not hide the refusal.
    """
    store = Full()

    def fill(renewal):
        store.full = renewal.why == "refused"
        said = {"type": "x", "message": "Token has been revoked", "tip": ""}
        box.xee.fail(403, at="api", body=[said], times=1)

    seed = box.xee.issue_refresh_token()
    auth = auth_of(
        box, "xee", store=store, account="a", refresh_token=seed, clock=clock
    )
    session = session_with(auth)
    session.get(box.xee.api_url)
    auth._engine.listeners.append(fill)
    box.xee.invalidate()

    answer = session.get(box.xee.api_url)

    assert "revoked" in answer.text
    assert "The store is full" in caplog.text


def test_one_denied_url_without_replays(box, clock):
    """
    Where nothing can be replayed one denied URL costs one token request too.
    """
    service, session = warm(box, "xpkit", clock)
    service.deny()

    for _ in range(50):
        session.post(service.api_url, data=iter([b"x"]))

    assert 1 == service.token_requests


def test_one_denied_url_while_its_replay_is_late(box, clock):
    """
    Calls that are refused with the new token before the replay is cost no more.
    """
    waiting = threading.Event()
    renewed = threading.Event()

    def late(renewal):
        renewed.set()
        waiting.wait(10)

    service, session = warm(box, "xpkit", clock)
    session.auth._engine.listeners.append(late)
    service.deny()
    first = threading.Thread(target=session.get, args=(service.api_url,))
    first.start()
    renewed.wait(10)

    statuses = in_parallel(8, lambda: session.get(service.api_url).status_code)

    waiting.set()
    first.join(10)
    assert [403] * 8 == statuses
    assert 1 == service.token_requests


def test_calls_that_give_up_leave_no_threads(box, clock):
    """
    Whoever gives up on a renewal that somebody else is at stops waiting for the hold.
    """
    session = oauth_of(box, "m2m", clock)
    before = threading.active_count()
    box.m2m.slow(30)
    for _ in range(30):
        with pytest.raises(errors.ProviderUnavailable):
            session.get(box.m2m.api_url, timeout=0.02)

    until = time.monotonic() + 5
    while threading.active_count() > before + 4 and time.monotonic() < until:
        threading.Event().wait(0.01)

    assert threading.active_count() <= before + 4
    box.m2m.heal()
    renewals_done()
    assert 200 == session.get(box.m2m.api_url).status_code
    assert 1 == box.m2m.token_requests


CHUNKED = {"Transfer-Encoding": "chunked"}


def test_a_refusal_without_a_length_is_read(box, clock):
    """
    A refusal in chunks is drained, so that the history has its text.
    """
    refusal = http(401, b"6\r\ndenied\r\n0\r\n\r\n", CHUNKED)
    with Script(refusal, http(200, {})) as api:
        auth = auth_of(box, "m2m", clock=clock, hosts=[api.url[7:]])

        answer = session_with(auth).get(api.url)

    assert 200 == answer.status_code
    assert ["denied"] == [refused.text for refused in answer.history]


def test_a_refusal_that_breaks_off(box, clock):
    """
    A refusal whose body is cut off is replayed all the same.
    """
    with Script(http(401, b"6\r\nden", CHUNKED), http(200, {})) as api:
        auth = auth_of(box, "m2m", clock=clock, hosts=[api.url[7:]])

        answer = session_with(auth).get(api.url)

    assert 200 == answer.status_code


def test_a_streamed_refusal_without_an_end(box, clock):
    """
    A streamed refusal that goes on for ever is dropped, not read.
    """
    endless = http(401, b"6\r\ndenied\r\n", CHUNKED)

    def drips(connection, stop):
        connection.sendall(endless)
        stop.wait(10)

    with Script(drips, http(200, {})) as api:
        auth = auth_of(box, "m2m", clock=clock, hosts=[api.url[7:]])

        with session_with(auth).get(api.url, stream=True, timeout=(5, 1)) as answer:
            assert 200 == answer.status_code
