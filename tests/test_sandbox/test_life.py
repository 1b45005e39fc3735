"""The sandbox's life: what starts, what waits, and what close() leaves."""

from __future__ import annotations

import gc
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
    gc.collect()
    before = len(list(OPEN_FILES.iterdir()))
    with Sandbox() as box, connect(box.m2m) as idle, requests.Session() as session:
        session.get(box.m2m.api_url, timeout=10)
        box.close()

        assert b"" == idle.recv(1)
    assert not _ours()
    gc.collect()
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
