"""The sandbox as a whole: addresses, credentials, its life, and what it leaves."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from test_sandbox.talk import bearer, call, connect, obtain, raw, until

from requests_xauth.sandbox import Sandbox, _server

OPEN_FILES = Path("/dev/fd")


def _ours():
    return [t for t in threading.enumerate() if t.name.startswith("sandbox-")]


def _origins(box):
    regions = [box.xpkit_region(name) for name in ("amer", "apac", "china", "emea")]
    return [*regions, box.xee, box.xmldation, box.m2m, box.elsewhere]


def test_each_its_own_origin(box):
    """
    Every provider, and every region of XPKit, is an origin of its own.
    """
    ports = {urlsplit(origin.base_url).port for origin in _origins(box)}

    assert 8 == len(ports)


def test_regions(box):
    """
    The unnamed region is EMEA, and names come in any case.
    """
    assert box.xpkit is box.xpkit_region("EMEA")
    with pytest.raises(ValueError, match="XPKit has no region named 'mars'"):
        box.xpkit_region("mars")


def test_addresses(box):
    """
    Paths are those that the providers document.
    """
    found = [
        url.replace(origin.origin, "")
        for origin in (box.xpkit, box.xee, box.xmldation, box.m2m)
        for url in (origin.base_url, origin.token_url, origin.url("a"))
    ]

    assert [
        *("", "/api/token/", "/api/a"),
        *("/v3", "/v3/auth/access_token", "/v3/a"),
        *("", "/oauth2/token", "/api/v1/a"),
        *("", "/oauth/v2/token", "/api/v1/a"),
    ] == found
    assert box.xpkit.base_url + "/authorize/" == box.xpkit.authorize_url
    assert box.xee.base_url + "/auth/auth" == box.xee.authorize_url
    assert box.xmldation.authorize_url is box.m2m.authorize_url is None


def test_credentials(box):
    """
    Credentials are the keyword arguments of the presets.
    """
    client = {"base_url", "client_id", "client_secret"}

    assert client == box.xpkit.credentials.keys() == box.m2m.credentials.keys()
    assert client | {"redirect_uri"} == box.xee.credentials.keys()
    assert client | {"username", "password"} == box.xmldation.credentials.keys()
    assert {
        "base_url": box.xpkit.base_url,
        "client_id": box.xpkit.user_client_id,
        "redirect_uri": box.xpkit.redirect_uri,
    } == box.xpkit.user_credentials


def test_environ(box):
    """
    The environment's variables hold the same values.
    """
    apac, user = box.xpkit_region("apac"), box.xmldation

    assert {
        "XPKIT_REGION": "apac",
        "XPKIT_CLIENT_ID": apac.client_id,
        "XPKIT_CLIENT_SECRET": apac.client_secret,
    } == apac.environ
    assert {
        "XEE_CLIENT_ID": box.xee.client_id,
        "XEE_CLIENT_SECRET": box.xee.client_secret,
    } == box.xee.environ
    assert {
        "XMLDATION_CLIENT_ID": user.client_id,
        "XMLDATION_CLIENT_SECRET": user.client_secret,
        "XMLDATION_USERNAME": user.username,
        "XMLDATION_PASSWORD": user.password,
    } == user.environ
    assert {
        "M2M_BASE_URL": box.m2m.base_url,
        "M2M_CLIENT_ID": box.m2m.client_id,
        "M2M_CLIENT_SECRET": box.m2m.client_secret,
    } == box.m2m.environ


def test_start_and_close_twice():
    """
    Starting a running sandbox and closing a closed one do nothing.
    """
    box = Sandbox().start()
    url = box.start().m2m.api_url

    assert url == box.m2m.api_url
    box.close()
    box.close()
    assert not _ours()


def test_not_running():
    """
    A sandbox that does not run says how to run it.
    """
    with pytest.raises(RuntimeError, match=r"XPKit emea is not running\. Use `with"):
        _ = Sandbox().xpkit.base_url


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="open files cannot be counted here")
def test_nothing_is_left():
    """
    After close() neither a thread nor a socket is left, idle connections included.
    """
    before = len(list(OPEN_FILES.iterdir()))
    with Sandbox() as box, connect(box.m2m) as idle, requests.Session() as session:
        session.get(box.m2m.api_url, timeout=10)
        box.close()

        assert b"" == idle.recv(1)
    assert not _ours()
    assert before == len(list(OPEN_FILES.iterdir()))


def test_thread_ends_with_its_connection(box):
    """
    A connection that the client closes takes its thread along.
    """
    listening = len(_ours())
    call(box.m2m, None)

    until(lambda: len(_ours()) == listening)


@pytest.mark.parametrize("switch", ["slow", "drip"])
def test_close_ends_waiting(switch):
    """
    An answer that waits is given up by close().
    """
    box = Sandbox().start()
    getattr(box.m2m, switch)(600, at="api")
    with connect(box.m2m) as waiting:
        waiting.sendall(b"GET /api/v1/things HTTP/1.1\r\n\r\n")
        until(lambda: box.m2m.requests)
        box.close()

        assert b"200" not in b"".join(iter(lambda: waiting.recv(65536), b""))
    assert not _ours()


def test_close_while_the_client_does_not_read():
    """
    A client that does not read its answer does not hold up close().
    """
    box = Sandbox().start()
    token = bearer(obtain(box.m2m))
    with connect(box.m2m) as silent:
        head = f"GET /api/v1/bytes?n=50000000 HTTP/1.1\r\nAuthorization: Bearer {token}"
        silent.sendall(f"{head}\r\n\r\n".encode())
        until(lambda: box.m2m.bodies)
        box.close()
    assert not _ours()


def test_reset(box, service):
    """
    reset() forgets tokens, counts and switches, and keeps address and credentials.
    """
    token, url = bearer(obtain(service)), service.api_url
    service.lifetime_s, service.omit, service.skew_s = 5, {"token_type"}, 99
    service.deny()
    service.fail(500)
    box.reset()

    assert call(service, token).status_code in {401, 403}
    assert "token_type" in obtain(service)
    assert (1, 1, 1) == (
        service.token_requests,
        service.tokens_issued,
        service.refusals,
    )
    assert service.lifetime_s == service.default_lifetime_s
    assert 0 == service.skew_s
    assert url == service.api_url


def test_elsewhere_answers_what_it_is_told(box):
    """
    The other origin records a request, and answers 401 unless told otherwise.
    """
    there = box.elsewhere
    first = requests.post(there.url("/x?y=1"), b"body", headers={"A": "b"}, timeout=10)
    there.status, there.headers = 302, {"Location": "/z", "X": "1"}
    second = requests.get(there.api_url, timeout=10, allow_redirects=False)

    assert (401, {}) == (first.status_code, first.json())
    assert (302, "/z") == (second.status_code, second.headers["Location"])
    record = there.requests[0]
    assert ("POST", "/x", "y=1", b"body") == (
        record.method,
        record.path,
        record.query,
        record.body,
    )
    assert "b" == record.headers["A"]
    there.reset()
    assert (401, {}, []) == (there.status, there.headers, there.requests)


def _in_child(box, socket_number, go_on, result):
    try:
        os.fstat(socket_number)
    except OSError:
        _server._abandon_all()  # doing it again does no harm
        box.close()
        result.send("let go")
    else:
        result.send("still holds the listener")
    go_on.recv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks on this platform")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_child_owns_nothing():
    """
    A forked child keeps neither listeners nor connections open, and cannot close them.
    """
    fork = multiprocessing.get_context("fork")
    results, result = fork.Pipe(duplex=False)
    waits, go_on = fork.Pipe(duplex=False)
    with Sandbox() as box, connect(box.m2m) as idle:
        call(box.m2m, None)
        number = box.m2m._listener._socket.fileno()
        port = urlsplit(box.m2m.base_url).port
        child = fork.Process(target=_in_child, args=(box, number, waits, result))
        child.start()
        told = results.recv()
        answered = call(box.m2m, None).status_code
        box.close()
        ended = idle.recv(1)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), 10)
        go_on.send("end")
        child.join(10)
    for end in (results, result, waits, go_on):
        end.close()

    assert ("let go", 401, b"", 0) == (told, answered, ended, child.exitcode)


def test_connection_after_close_is_refused(box):
    """
    A closed origin accepts nobody, and starts again on request.
    """
    port = urlsplit(box.m2m.base_url).port
    box.m2m.close()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 10)
    box.start()
    assert b"401" in raw(
        box.m2m, b"GET /api/v1/things HTTP/1.1\r\nConnection: close\r\n\r\n"
    )
