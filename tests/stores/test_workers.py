"""Workers that get an auth object by a fork or a pickle share its store's token."""

import os
import pickle
import threading

import pytest
import requests
from helpers import auth_of
from stores.with_file import FileStore

from requests_xauth._contract._forks import begun_in_child, in_child
from requests_xauth.sandbox import Sandbox

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which other processes have too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def machine(box, store):
    """Return an auth object of a machine, without a token yet."""
    return auth_of(box, "m2m", store=store)


@pytest.fixture
def person(box, store):
    """Return an auth object of somebody who is logged in."""
    seed = box.xee.issue_refresh_token()
    auth = auth_of(box, "xee", store=store, account="ada", refresh_token=seed)
    auth.renew()
    return auth


def status(auth, url):
    """Return the status of a call that *auth* signs."""
    return requests.get(url, auth=auth).status_code


@forks
class TestForks:
    """A forked child has its parent's store, and none of its parent's locks."""

    def test_in_mid_renewal(self, box, machine):
        """
        A child that is forked while its parent renews waits, and takes what came.
        """
        url = box.m2m.api_url
        box.m2m.slow(0.5, times=1)
        thread = threading.Thread(target=machine.renew)
        thread.start()
        while box.m2m.token_requests == 0:
            thread.join(0.01)
        child = begun_in_child(lambda: status(machine, url))
        thread.join()

        assert "200" == child()
        assert 1 == box.m2m.token_requests

    def test_parent_and_child_renew(self, box, person):
        """
        A one-time refresh token is spent by one of them; the other has what it got.
        """
        url = box.xee.api_url
        for renew in (in_child, lambda act: act(), in_child):
            box.xee.expire()
            renew(lambda: status(person, url))
            assert 200 == status(person, url)

        assert (4, 0) == (box.xee.token_requests, box.xee.reuses)

    def test_all_at_once(self, box, person):
        """
        Children that meet the same dead token at once renew it once.
        """
        box.xee.expire()
        children = [
            begun_in_child(lambda: status(person, box.xee.api_url)) for _ in range(4)
        ]

        assert ["200"] * 4 == [child() for child in children]
        assert 200 == status(person, box.xee.api_url)
        assert (2, 0) == (box.xee.token_requests, box.xee.reuses)


class TestPickles:
    """A pickle opens the same store."""

    def test_no_token_in_it(self, machine, person):
        """
        A pickled auth object has no token in it: the store has.
        """
        machine.renew()

        for auth in (machine, person):
            text = pickle.dumps(auth)
            token = auth.token
            assert token.bearer.encode() not in text
            assert (token.refresh_token or token.bearer).encode() not in text
            assert token == pickle.loads(text).token

    def test_a_worker_logs_nobody_out(self, box, person, folder):
        """
        What a worker renewed is there for whoever comes after it.
        """
        twin = pickle.loads(pickle.dumps(person))
        box.xee.expire()
        assert 200 == status(twin, box.xee.api_url)

        later = auth_of(box, "xee", store=FileStore(folder), account="ada")

        assert twin.token == later.token
        assert 200 == status(later, box.xee.api_url)
        assert 2 == box.xee.token_requests
