"""Pools of processes: what is pickled or forked to them works there."""

import concurrent.futures
import multiprocessing

import pytest
import requests
from helpers import auth_of, service_of, session_with
from stores.with_file import FileStore
from workers import work

WORKERS = 2

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture(params=["spawn", "fork"])
def ways(request):
    """Return one way to start processes."""
    if request.param not in multiprocessing.get_all_start_methods():
        pytest.skip("not on this platform")
    return multiprocessing.get_context(request.param)


@pytest.fixture
def executor(ways):
    """Return a pool of processes that are started so."""
    with concurrent.futures.ProcessPoolExecutor(WORKERS, mp_context=ways) as executor:
        yield executor


def all_of(executor, act, *values):
    """Return what *act* does, four times for each worker."""
    waiting = [executor.submit(act, *values) for _ in range(4 * WORKERS)]
    return {one.result(60) for one in waiting}


@pytest.mark.parametrize("name", ["xmldation", "m2m"])
def test_a_machine_without_a_store(box, executor, name):
    """
    A pickled auth object brings its token; when that ends each worker asks once.
    """
    service = service_of(box, name)
    auth = auth_of(box, name)
    auth.renew()

    assert {200} == all_of(executor, work.call_with, auth, service.api_url)
    assert 1 == service.token_requests
    service.expire()
    assert {200} == all_of(executor, work.call_with, auth, service.api_url)
    assert service.token_requests <= 1 + WORKERS


def test_a_session(box, executor):
    """
    So does a pickled session.
    """
    session = session_with(auth_of(box, "m2m"))
    session.get(box.m2m.api_url)

    assert {200} == all_of(executor, work.call_with_session, session, box.m2m.api_url)
    assert 1 == box.m2m.token_requests


@pytest.mark.parametrize("name", ["xee", "m2m"])
def test_one_store(box, folder, executor, name):
    """
    Workers on one FileStore, cold, and on a token that has ended, ask once for all.
    """
    service = service_of(box, name)
    more = {"account": "ada", "store": FileStore(folder)}
    if name == "xee":
        more["refresh_token"] = service.issue_refresh_token()
    auth = auth_of(box, name, **more)

    for requests_so_far in (1, 2, 3):
        assert {200} == all_of(executor, work.call_with, auth, service.api_url)
        assert (requests_so_far, 0) == (service.token_requests, service.reuses)
        service.expire()
    assert 200 == requests.get(service.api_url, auth=auth).status_code


def test_a_person_without_a_store(box, executor):
    """
    Workers have a login's token to its end and then say what to do; it is not lost.
    """
    auth = auth_of(box, "xee")
    auth.renew()

    assert {200} == all_of(executor, work.call_with, auth, box.xee.api_url)
    box.xee.expire()
    [said] = all_of(executor, work.call_with, auth, box.xee.api_url)
    assert said.startswith("LoginRequired")
    assert "store=" in said
    assert 200 == requests.get(box.xee.api_url, auth=auth).status_code
    assert 0 == box.xee.reuses


def test_workers_for_one_task_each(box, folder, ways):
    """
    Workers that are replaced after each task find the token in the store.
    """
    auth = auth_of(box, "m2m", store=FileStore(folder))

    with ways.Pool(2, work.keep, (auth,), maxtasksperchild=1) as pool:
        told = pool.map(work.call, [box.m2m.api_url] * 4, chunksize=1)

    assert [200] * 4 == told
    assert 1 == box.m2m.token_requests
