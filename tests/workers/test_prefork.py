"""A server that forks its workers, which share the application loaded before.

Rule: the parent has the auth object, each worker threads of its own; a worker that dies
is replaced by a new child of the same parent.
"""

import contextlib
import multiprocessing
import threading

import pytest
import requests
from helpers import auth_of, service_of
from stores.with_file import FileStore
from workers import work

WORKERS, THREADS = 3, 4
ALL_WELL = [[200] * THREADS] * WORKERS

pytestmark = [
    pytest.mark.skipif(
        "fork" not in multiprocessing.get_all_start_methods(),
        reason="this platform has no fork",
    ),
    # Python 3.12 warns of a fork beside threads: that is what is tested here.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


class Worker:
    """A forked child that calls when it is told to."""

    def __init__(self, auth):
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=serve, args=(auth, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def begin(self, url):
        """Let its threads call."""
        self._pipe.send(url)

    def end(self):
        """Return what came of it."""
        assert self._pipe.poll(60)
        return self._pipe.recv()

    def kill(self):
        """Let it die at once."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def serve(auth, pipe):
    """Do what a worker does until it is killed."""
    work.keep(auth)
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(work.calls(pipe.recv(), THREADS))


class Server:
    """The parent, its auth object and its workers."""

    def __init__(self, auth):
        self._auth = auth
        self.workers = [Worker(auth) for _ in range(WORKERS)]

    def begin(self, url):
        """Let all threads of all workers call, at once."""
        for worker in self.workers:
            worker.begin(url)

    def end(self):
        """Return what came of it."""
        return [worker.end() for worker in self.workers]

    def call(self, url):
        """Return what all threads of all workers get, at once."""
        self.begin(url)
        return self.end()

    def replace(self, number):
        """Kill a worker and fork another one."""
        self.workers[number].kill()
        self.workers[number] = Worker(self._auth)

    def close(self):
        """Kill them all."""
        for worker in self.workers:
            worker.kill()


@pytest.fixture
def serving():
    """Return what starts a server on an auth object."""
    with contextlib.ExitStack() as stack:

        def start(auth):
            return stack.enter_context(contextlib.closing(Server(auth)))

        yield start


@pytest.mark.parametrize("name", ["xpkit", "xmldation", "m2m"])
def test_a_machine_without_a_store(box, serving, name):
    """
    Workers begin with their parent's token; when it ends each of them asks once.
    """
    service = service_of(box, name)
    auth = auth_of(box, name)
    auth.renew()
    server = serving(auth)

    assert ALL_WELL == server.call(service.api_url)
    assert 1 == service.token_requests
    service.expire()
    assert ALL_WELL == server.call(service.api_url)
    assert 1 + WORKERS == service.token_requests
    server.replace(0)
    assert ALL_WELL == server.call(service.api_url)
    assert 2 + WORKERS == service.token_requests


@pytest.mark.parametrize("name", ["xpkit", "xee", "xmldation", "m2m"])
def test_one_store(box, folder, serving, name):
    """
    Workers on one FileStore ask once for all, replaced ones not at all.
    """
    service = service_of(box, name)
    more = {"account": "ada", "store": FileStore(folder)}
    if name == "xee":
        more["refresh_token"] = service.issue_refresh_token()
    auth = auth_of(box, name, **more)
    server = serving(auth)

    for requests_so_far in (1, 2, 3):
        assert ALL_WELL == server.call(service.api_url)
        server.replace(requests_so_far - 1)
        assert ALL_WELL == server.call(service.api_url)
        assert (requests_so_far, 0) == (service.token_requests, service.reuses)
        service.expire()
    assert 200 == requests.get(service.api_url, auth=auth).status_code


def test_a_person_without_a_store(box, serving):
    """
    Workers have a login's token to its end; the login itself is their parent's.
    """
    auth = auth_of(box, "xee")
    auth.renew()
    server = serving(auth)

    assert ALL_WELL == server.call(box.xee.api_url)
    box.xee.expire()
    server.replace(0)
    for told in server.call(box.xee.api_url):
        # After three that did not help the API's own refusal is what one gets.
        said = [one for one in told if one != 403]
        assert THREADS - 1 <= len(said)
        assert all("store=" in one for one in said)
    assert 200 == requests.get(box.xee.api_url, auth=auth).status_code
    assert 0 == box.xee.reuses


def test_a_worker_that_dies_in_a_renewal(box, folder, serving):
    """
    The others go on at once, with one token request more.
    """
    auth = auth_of(box, "m2m", store=FileStore(folder))
    auth.renew()
    server = serving(auth)
    box.m2m.expire()
    box.m2m.slow(60, times=1)
    server.workers[0].begin(box.m2m.api_url)
    while box.m2m.token_requests < 2:
        threading.Event().wait(0.001)
    server.workers[1].begin(box.m2m.api_url)

    server.replace(0)

    assert [200] * THREADS == server.workers[1].end()
    assert ALL_WELL == server.call(box.m2m.api_url)
    assert 3 == box.m2m.token_requests
    box.m2m.heal()


@pytest.mark.parametrize("shared", [True, False], ids=["file", "private"])
def test_forked_while_the_parent_renews(box, folder, serving, shared):
    """
    Workers forked in mid-renewal wait for their parent's store, or ask for themselves.
    """
    auth = auth_of(box, "m2m", store=FileStore(folder) if shared else None)
    box.m2m.slow(30, times=1)
    renewing = threading.Thread(target=auth.renew)
    renewing.start()
    while box.m2m.token_requests < 1:
        threading.Event().wait(0.001)

    server = serving(auth)
    server.begin(box.m2m.api_url)
    box.m2m.heal()

    assert ALL_WELL == server.end()
    renewing.join()
    assert (1 if shared else 1 + WORKERS) == box.m2m.token_requests
