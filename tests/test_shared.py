"""What objects that are made for each call share, with and without a store."""

import gc
import weakref

import pytest
import requests
from helpers import auth_of

from requests_xauth import _shared, errors
from requests_xauth._contract._forks import in_child
from requests_xauth.stores import MemoryStore


class Slots:
    """A store that nobody can refer to weakly."""

    __slots__ = ("_kept",)

    def __init__(self):
        self._kept = MemoryStore()

    def __getattr__(self, name):
        return getattr(self._kept, name)


@pytest.fixture
def denied(box, clock):
    """Return a call of a denied URL by an object of its own; a token is there."""
    store = MemoryStore()
    requests.get(
        box.xpkit.api_url, auth=auth_of(box, "xpkit", store=store, clock=clock)
    )
    box.xpkit.deny()

    def call(**more):
        auth = auth_of(box, "xpkit", **{"store": store, "clock": clock, **more})
        return requests.get(box.xpkit.api_url, auth=auth).status_code

    return call


def test_one_denied_url(box, denied):
    """
    Fifty calls cost one renewal, though each is by another object.
    """
    assert {403} == {denied() for _ in range(50)}

    assert 2 == box.xpkit.token_requests


def test_a_store_of_another_place(box, denied):
    """
    What was refused with one store says nothing of another's token.
    """
    denied()

    denied(store=MemoryStore())

    assert 4 == box.xpkit.token_requests


@pytest.mark.parametrize(
    ("store", "asked"), [(None, 1), (MemoryStore(), 1), (Slots(), 10)]
)
def test_a_wrong_secret(box, clock, store, asked):
    """
    A loop around a wrong secret asks once; the right one is tried at once.
    """

    def call(**more):
        auth = auth_of(box, "m2m", store=store, clock=clock, **more)
        return requests.get(box.m2m.api_url, auth=auth).status_code

    for _ in range(10):
        with pytest.raises(errors.CredentialsRejected):
            call(client_secret="wrong")

    assert asked == box.m2m.token_requests
    assert 200 == call()


def test_a_person_whose_refresh_token_is_dead(box, clock):
    """
    So does one around a refused refresh token, until there is another secret or token.
    """
    given = {"store": MemoryStore(), "account": "ada", "clock": clock}
    seed = box.xee.issue_refresh_token()
    wrong = {**given, "refresh_token": seed, "client_secret": "wrong"}

    for _ in range(10):
        with pytest.raises(errors.LoginRequired, match="Invalid authentication"):
            auth_of(box, "xee", **wrong).renew()
    assert 1 == box.xee.token_requests

    assert auth_of(box, "xee", **given, refresh_token=seed).renew()


def test_another_session(box, clock):
    """
    One that has what was missing, such as a certificate, is tried at once.
    """
    given = {"store": MemoryStore(), "clock": clock}
    box.m2m.fail(401, body={"error": "invalid_client"}, times=1)
    with requests.Session() as one, requests.Session() as other:
        for _ in range(2):
            with pytest.raises(errors.CredentialsRejected):
                auth_of(box, "m2m", **given, session=one).renew()

        assert auth_of(box, "m2m", **given, session=other).renew()
    assert 2 == box.m2m.token_requests


def test_a_login_ends_it(box, clock):
    """
    A person who logs in is not told of the refusal before.
    """
    given = {"store": MemoryStore(), "account": "ada", "clock": clock}
    with pytest.raises(errors.LoginRequired):
        auth_of(box, "xee", **given, refresh_token="dead").renew()
    auth = auth_of(box, "xee", **given)

    auth.fetch_token(
        authorization_response=box.xee.authorize(auth.authorization_url()[0])
    )

    url = box.xee.api_url
    again = auth_of(box, "xee", **given, refresh_token="dead")
    assert 200 == requests.get(url, auth=again).status_code


def test_a_store_ends(box, clock):
    """
    What is shared keeps no store alive.
    """
    store = MemoryStore()
    auth_of(box, "m2m", store=store, clock=clock)
    seen = weakref.ref(store)

    del store
    gc.collect()

    assert seen() is None


def test_in_a_forked_child(box, clock):
    """
    A child that is forked while a thread looks something up waits for nobody.
    """
    store = MemoryStore()

    with _shared.refusals._lock, _shared.states._lock:
        made = in_child(lambda: bool(auth_of(box, "m2m", store=store, clock=clock)))

    assert made
