"""Pickle, copy, fork: an auth object goes where its user goes, its secrets less far."""

import copy
import multiprocessing
import os
import pickle
import signal
import threading

import pytest
import requests
from helpers import PRESETS, auth_of, service_of, session_with, status_of

from requests_xauth import XAuth, XAuthSession, XeeAuth, _auth, errors, testing
from requests_xauth.stores import MemoryStore

_has_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this platform has no fork"
)
# Python 3.12 warns of a fork beside threads: that is what is tested here.
_beside_threads = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def forks(test):
    """Mark a test that forks."""
    return _has_fork(_beside_threads(test))


def in_child(call):
    """Return what *call* returns in a forked child, or how it failed, as text."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            told = str(call())
        except BaseException as error:  # noqa: BLE001  # told to the parent
            told = f"{type(error).__name__}: {error}"
        os.write(writer, told.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    return told


@pytest.mark.parametrize("name", PRESETS)
def test_an_auth_object_can_be_pickled(box, clock, name):
    """
    A pickled auth object goes on with the token at hand; locks are made anew.
    """
    service = service_of(box, name)
    auth = auth_of(box, name)
    auth.renew()
    text = pickle.dumps(auth)
    testing.reset()

    twin = pickle.loads(text)

    assert type(auth) is type(twin)
    assert auth.token.bearer == twin.token.bearer
    assert 200 == requests.get(service.api_url, auth=twin).status_code
    assert 1 == service.token_requests


def test_a_session_can_be_pickled(box):
    """
    A session with an auth object goes to a worker and works there.
    """
    session = session_with(auth_of(box, "m2m"))
    session.get(box.m2m.api_url)

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        status = pool.apply(status_of, (session, box.m2m.api_url))

    assert 200 == status
    assert 1 == box.m2m.token_requests


def test_a_pickle_takes_no_one_time_refresh_token_along(box):
    """
    A refresh token of a private store stays; the copy says so when its token ends.
    """
    auth = auth_of(box, "xee")
    refresh_token = auth.renew().refresh_token
    text = pickle.dumps(auth)

    twin = pickle.loads(text)

    assert refresh_token.encode() not in text
    assert twin.token.refresh_token is None
    box.xee.expire()
    with pytest.raises(errors.LoginRequired, match="store="):
        requests.get(box.xee.api_url, auth=twin)
    assert 200 == requests.get(box.xee.api_url, auth=auth).status_code
    assert 0 == box.xee.reuses


def test_a_pickle_takes_no_seed_along(box):
    """
    A refresh token that was given and not used yet stays with the original too.
    """
    seed = box.xee.issue_refresh_token()
    auth = XeeAuth(**box.xee.credentials, refresh_token=seed)

    text = pickle.dumps(auth)

    assert seed.encode() not in text
    with pytest.raises(errors.LoginRequired, match="store="):
        pickle.loads(text).renew()


def test_a_machines_pickle_loses_nothing(box):
    """
    XMLdation's copy renews by password, since its refresh token stayed.
    """
    auth = auth_of(box, "xmldation")
    auth.renew()
    text = pickle.dumps(auth)
    testing.reset()
    twin = pickle.loads(text)
    box.xmldation.expire()

    answer = requests.get(box.xmldation.api_url, auth=twin)

    assert 200 == answer.status_code
    assert 2 == box.xmldation.token_requests_by_grant["password"]
    assert 0 == box.xmldation.token_requests_by_grant.get("refresh_token", 0)


def test_copies_are_the_same_handle(box):
    """
    A copy, deep or not, is the object itself.
    """
    auth = auth_of(box, "xpkit")

    assert auth is copy.copy(auth)
    assert auth is copy.deepcopy(auth)
    assert auth is copy.deepcopy({"session": [auth]})["session"][0]


def test_what_a_subclass_adds_is_pickled(box):
    """
    An attribute of a user's subclass goes along.
    """
    auth = Labelled(
        auth_of(box, "m2m")._setup.provider, auth_of(box, "m2m")._setup.grant
    )
    auth.label = "mine"

    assert "mine" == pickle.loads(pickle.dumps(auth)).label


def for_orders(token_url, headers, request_kwargs):
    """Ask for a token of one audience: a hook."""
    request_kwargs["data"]["audience"] = "orders"
    return token_url, headers, request_kwargs


@pytest.mark.parametrize("travels", ["auth", "session"])
def test_hooks_are_pickled(box, travels):
    """
    What asks for another token goes along, and that token stays with those that have it.
    """
    with XAuthSession(auth_of(box, "m2m")) as session:
        session.register_compliance_hook("access_token_request", for_orders)
        session.get(box.m2m.api_url)
        text = pickle.dumps(session.auth if travels == "auth" else session)

    twin = pickle.loads(text)
    twin = twin if travels == "auth" else twin.auth

    assert session.access_token == twin.token.bearer
    assert auth_of(box, "m2m").token is None
    twin.renew()
    assert b"audience=orders" in box.m2m.requests[-1].body
    assert {for_orders} == twin._engine.endpoint.compliance_hook["access_token_request"]


def test_a_hook_that_cannot_be_pickled(box):
    """
    A hook that cannot go along is said, instead of another token being asked for there.
    """
    with XAuthSession(auth_of(box, "m2m")) as session:
        session.register_compliance_hook("access_token_request", lambda *g: g)

        with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
            pickle.dumps(session.auth)


@pytest.mark.parametrize("name", PRESETS)
def test_all_that_is_ours_is_made_anew(box, name):
    """
    Nothing of ours is pickled as if a user's subclass had added it.
    """
    auth = auth_of(box, name)

    assert {} == auth._own()
    assert _auth._MADE_ANEW == set(vars(auth))


class Labelled(XAuth):
    """A user's own subclass."""

    label = None


def test_a_pickled_response_listens_no_more(box):
    """
    A pickled response carries no credential but the bearer in its request's headers.
    """
    session = session_with(auth_of(box, "m2m"))
    answer = session.get(box.m2m.api_url)

    text = pickle.dumps(answer)

    again = pickle.loads(text)
    assert box.m2m.client_secret.encode() not in text
    hook = again.request.hooks["response"][0]
    assert again is hook(again)
    assert again.request.headers["Authorization"].startswith("Bearer ")


def test_a_deep_copied_request_is_still_listened_to(box):
    """
    A request that a library copies deeply is replayed like the original.
    """
    session = session_with(auth_of(box, "m2m"))
    session.get(box.m2m.api_url)
    prepared = session.prepare_request(requests.Request("GET", box.m2m.api_url))
    box.m2m.expire()

    assert 200 == session.send(copy.deepcopy(prepared)).status_code


@forks
@pytest.mark.parametrize("name", PRESETS)
def test_after_a_fork_both_go_on(box, name):
    """
    Parent and child both use the token that was there at the fork.
    """
    service = service_of(box, name)
    auth = auth_of(box, name)
    auth.renew()

    told = in_child(lambda: requests.get(service.api_url, auth=auth).status_code)

    assert "200" == told
    assert 200 == requests.get(service.api_url, auth=auth).status_code
    assert 1 == service.token_requests


@forks
def test_a_forked_child_has_no_one_time_refresh_token(box):
    """
    The refresh token stays with the parent; the child says so, the parent goes on.
    """
    auth = auth_of(box, "xee")
    auth.renew()
    box.xee.expire()

    told = in_child(lambda: requests.get(box.xee.api_url, auth=auth).status_code)

    assert told.startswith("LoginRequired")
    assert "store=" in told
    assert 200 == requests.get(box.xee.api_url, auth=auth).status_code
    assert 0 == box.xee.reuses


@forks
def test_a_forked_child_has_no_unused_seed(box):
    """
    A refresh token that was given and not used yet stays with the parent too.
    """
    auth = auth_of(box, "xee")

    told = in_child(auth.renew)

    assert told.startswith("LoginRequired")
    assert auth.renew()
    assert 0 == box.xee.reuses


@forks
@pytest.mark.parametrize("store", [None, MemoryStore], ids=["private", "given"])
def test_a_fork_in_mid_renewal(box, store):
    """
    A child forked while a thread renews is not stuck on that thread's locks.
    """
    more = {"store": store()} if store else {}
    auth = auth_of(box, "m2m", **more)
    box.m2m.slow(30, times=1)
    thread = threading.Thread(target=auth.renew)
    thread.start()
    while box.m2m.token_requests == 0:
        thread.join(0.01)

    told = in_child(lambda: requests.get(box.m2m.api_url, auth=auth).status_code)

    box.m2m.heal()
    thread.join()
    assert "200" == told
    assert 2 == box.m2m.token_requests


@forks
def test_a_fork_while_the_budget_is_counted(box):
    """
    A child is not stuck on the refusal budget, which another thread was counting.
    """
    auth = auth_of(box, "xpkit")
    auth.renew()
    box.xpkit.expire()

    with auth._state.refusals._lock:
        told = in_child(lambda: requests.get(box.xpkit.api_url, auth=auth).status_code)

    assert "200" == told


@forks
def test_a_childs_child(box):
    """
    A child of a child goes on as well.
    """
    auth = auth_of(box, "xpkit")
    auth.renew()

    def child():
        return in_child(lambda: requests.get(box.xpkit.api_url, auth=auth).status_code)

    assert "200" == in_child(child)
