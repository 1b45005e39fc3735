"""A fleet on one Redis server: one token for all, whatever happens to the server."""

import threading
import time

import pytest
from helpers import auth_of, renewals_done, session_with
from stores.programs import Failing, all_of, program, programs
from stores.with_redis import Brief, RedisStore, Server, client, server

from requests_xauth import errors
from requests_xauth._contract._forks import in_child
from requests_xauth.sandbox import Sandbox

__all__ = ["client", "server"]


@pytest.fixture
def real():
    """Return a sandbox on the real clock, which other processes have too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def own(tmp_path):
    """Return a server that this test may do anything to."""
    with Server(tmp_path) as server:
        yield server


class TestOneForAll:
    """One token, however many machines."""

    def test_four_processes_of_four_threads(self, real, server, tmp_path):
        """
        Four processes of four threads that start cold cause one token request.
        """
        url, more = real.xpkit.api_url, {**real.xpkit.credentials, "store": server.url}
        with programs(4, "xpkit", tmp_path, **more) as first:
            told = all_of(first, "get", url, 4)
            again = all_of(first, "get", url, 4)
        with programs(2, "xpkit", tmp_path, **more) as second:
            later = all_of(second, "get", url, 4)

        assert [[200] * 4] * 4 == told == again
        assert [[200] * 4] * 2 == later
        assert 1 == real.xpkit.token_requests

    def test_a_siblings_token_costs_nothing(self, real, server, tmp_path):
        """
        What another machine has renewed is taken from the server: no token request.
        """
        store = RedisStore(server.url)
        session = session_with(auth_of(real, "m2m", store=store))
        session.get(real.m2m.api_url)
        more = {**real.m2m.credentials, "store": server.url}
        with program("m2m", tmp_path, **more) as other:
            real.m2m.expire()
            assert [200] == other.tell("get", real.m2m.api_url)
            before = real.m2m.token_requests

            assert 200 == session.get(real.m2m.api_url).status_code
            assert other.tell("mark") == session.auth.token.mark
            assert (2, 2) == (before, real.m2m.token_requests)

    def test_a_one_time_refresh_token(self, real, server, tmp_path):
        """
        A refresh token that works once is used once, whoever uses it.
        """
        seed = {"refresh_token": real.xee.issue_refresh_token(), "account": "ada"}
        more = {**real.xee.credentials, **seed, "store": server.url}
        with programs(3, "xee", tmp_path, **more) as three:
            for _ in range(3):
                told = all_of(three, "get", real.xee.api_url, 2)
                assert [[200] * 2] * 3 == told
                real.xee.expire()

        assert (3, 0) == (real.xee.token_requests, real.xee.reuses)

    def test_one_failure_for_all(self, server, client, tmp_path):
        """
        Processes that wait for a failing token request have its error in time.
        """
        old = {one["id"] for one in client.client_list()}

        def are_there():
            new = [one for one in client.client_list() if one["id"] not in old]
            # One has the hold, and the others, as the server sees them, try to.
            return 3 == sum(one["cmd"] == "set" for one in new)

        more = {"client_id": "me", "client_secret": "hush", "store": server.url}
        with (
            Failing() as provider,
            programs(4, "m2m", tmp_path, base_url=provider.url, **more) as four,
        ):
            for one in four:
                one.begin("get", f"{provider.url}/things")
            told, took_s = provider.heard_by(four, are_there)

        [[said]] = {tuple(one) for one in told}
        assert said.startswith("ProviderUnavailable")
        assert 1 == len(provider.requests)
        assert took_s < 30

    def test_a_forked_child(self, box, clock, server):
        """
        A child that is forked after its parent has used the server uses it too.
        """
        session = session_with(
            auth_of(box, "m2m", store=RedisStore(server.url), clock=clock)
        )
        session.get(box.m2m.api_url)

        def renew():
            session.auth.renew()
            return session.get(box.m2m.api_url).status_code

        assert "200" == in_child(renew)
        assert 200 == session.get(box.m2m.api_url).status_code
        assert session.auth.renew()

    def test_a_killed_holder(self, real, server, tmp_path):
        """
        A hold whose process was killed ends by itself, and the next one renews.
        """
        store = Brief(server.url)
        auth = auth_of(real, "m2m", store=store)
        key = auth._state.key

        def hold():
            store.hold(key, wait_s=1).__enter__()
            return "held"

        assert "held" == in_child(hold)

        assert auth.renew()


class TestAway:
    """A server that is away for a while."""

    def test_killed_and_started_under_load(self, clock, own):
        """
        No call fails while the server is away, since tokens last; then they are shared.
        """
        with Sandbox(clock) as box:
            auths = [
                auth_of(box, "m2m", store=RedisStore(own.url), clock=clock)
                for _ in range(4)
            ]
            with Load(auths, box.m2m.api_url) as load:
                load.reaches(100)
                old = shared_by(auths)
                # Ahead of the end: the store is asked again and again.
                clock.tick(box.m2m.lifetime_s - 60)
                own.kill()
                load.goes_on(2.0)
                assert 1 == box.m2m.token_requests
                own.start()
                clock.tick(30)
                load.goes_on(30, until=lambda: shared_by(auths) not in {None, old})

            renewals_done()
            assert {200} == set(load.told)
            assert 2 == box.m2m.token_requests
            assert shared_by(auths)

    def test_it_comes_back_empty(self, box, clock, own):
        """
        A server that comes back empty has the next token again.
        """
        session = session_with(
            auth_of(box, "m2m", store=RedisStore(own.url), clock=clock)
        )
        session.get(box.m2m.api_url)
        own.kill()
        own.start()
        clock.tick(box.m2m.lifetime_s - 60)
        session.get(box.m2m.api_url)
        renewals_done()

        twin = auth_of(box, "m2m", store=RedisStore(own.url), clock=clock)

        assert session.auth.token == twin.token
        assert 2 == box.m2m.token_requests

    def test_the_last_token_ends(self, box, clock, own):
        """
        A token at hand works until its end; after that the server is named.
        """
        session = session_with(
            auth_of(box, "m2m", store=RedisStore(own.url), clock=clock)
        )
        session.get(box.m2m.api_url)
        own.kill()
        clock.tick(box.m2m.lifetime_s - 1)
        assert 200 == session.get(box.m2m.api_url).status_code
        clock.tick(1)

        with pytest.raises(errors.StoreError, match=f"{own.address}.* cannot be read"):
            session.get(box.m2m.api_url)

    def test_fallback(self, box, clock, own):
        """
        With fallback each goes on alone, and together again when the server is back.
        """
        own.kill()
        store = RedisStore(own.url, fallback=True)
        session = session_with(auth_of(box, "m2m", store=store, clock=clock))
        assert 200 == session.get(box.m2m.api_url).status_code
        clock.tick(box.m2m.lifetime_s)
        assert 200 == session.get(box.m2m.api_url).status_code
        own.start()
        clock.tick(15)
        session.get(box.m2m.api_url)
        session.get(box.m2m.api_url)
        renewals_done()

        twin = auth_of(box, "m2m", store=RedisStore(own.url), clock=clock)

        assert session.auth.token == twin.token
        assert 2 == box.m2m.token_requests

    def test_no_fallback_for_a_person(self, box, clock, own):
        """
        A person's refresh token is not used without the server that knows of it.
        """
        store = RedisStore(own.url, fallback=True)
        seed = {"refresh_token": box.xee.issue_refresh_token(), "account": "ada"}
        auth = auth_of(box, "xee", store=store, clock=clock, **seed)
        auth.renew()
        own.kill()

        with pytest.raises(errors.StoreError, match="cannot be read"):
            auth.renew()
        assert 1 == box.xee.token_requests


def shared_by(auths):
    """Return the token that all of them have, or None."""
    first, *others = {auth.token for auth in auths}
    return None if others else first


class Load:
    """Calls on a thread of its own for each auth object, until it is left."""

    def __init__(self, auths, url):
        self.told = []
        self._url = url
        self._done = threading.Event()
        self._news = threading.Condition()
        sessions = [session_with(auth) for auth in auths]
        for session in sessions:
            session.get(url)  # so that each of them has a token
        self._threads = [
            threading.Thread(target=self._call, args=(session,)) for session in sessions
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._done.set()
        for thread in self._threads:
            thread.join()

    def reaches(self, number):
        """Wait for so many more calls."""
        number += len(self.told)
        with self._news:
            assert self._news.wait_for(lambda: len(self.told) >= number, 30)

    def goes_on(self, for_s, *, until=lambda: False):
        """Let calls be made for so long, or until something is so."""
        ends_at = time.monotonic() + for_s
        while time.monotonic() < ends_at and not until():
            self.reaches(1)

    def _call(self, session):
        while not self._done.is_set():
            try:
                told = session.get(self._url).status_code
            except Exception as error:  # noqa: BLE001  # the result, for the test to judge
                told = error
            with self._news:
                self.told.append(told)
                self._news.notify_all()
