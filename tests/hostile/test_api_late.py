"""Refusals whose bodies come late, read as if nobody had looked at them before."""

import threading

import pytest
import requests
import servers
from hostile.apis import CHUNKED, OK, Api, denial, session_for
from hostile.test_api_bodies import READERS, plain_session
from servers import http

from requests_xauth._peek import READ_LIMIT, can_read

SAID = denial("Token does not have the required scope")
LENGTH = {"Content-Length": str(len(SAID))}
SIZE = b"%x" % len(SAID)
CHUNK = SIZE + b"\r\n" + SAID + b"\r\n"
# The end of it is missing, and no other length.
ENDLESS = http(403, b"", {"Connection": "close"}).replace(b"Content-Length: 0\r\n", b"")
# What is sent before we look, and what after that.
CUTS = {
    "length": (http(403, b"", LENGTH), SAID),
    "length within": (http(403, SAID[:9], LENGTH), SAID[9:]),
    "size": (http(403, SIZE[:1], CHUNKED), CHUNK[1:] + b"0\r\n\r\n"),
    "size after a chunk": (
        http(403, b"1\r\n" + SAID[:1] + b"\r\n%x" % (len(SAID) - 1), CHUNKED),
        b"\r\n" + SAID[1:] + b"\r\n0\r\n\r\n",
    ),
    "a chunk": (http(403, CHUNK[:9], CHUNKED), CHUNK[9:] + b"0\r\n\r\n"),
    "a chunk's end": (http(403, CHUNK[:-1], CHUNKED), CHUNK[-1:] + b"0\r\n\r\n"),
    "trailer": (http(403, CHUNK + b"0\r\nA: b", CHUNKED), b"c\r\n\r\n"),
    "end": (ENDLESS, SAID),
    "end within": (ENDLESS + SAID[:9], SAID[9:]),
}


def late(first, rest):
    """Return an answer whose *rest* comes when its event is set, and the event."""
    looked = threading.Event()

    def answer(connection, stop):
        connection.sendall(first)
        looked.wait(10)
        connection.sendall(rest)
        stop.wait(0 if first.startswith(ENDLESS) else 10)

    return answer, looked


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("cut", CUTS)
def test_read_on(cut, read, tls):
    """
    A body that was not there in time is read to its end later, wherever it was cut.
    """
    answer, looked = late(*CUTS[cut])
    with (
        Api(answer, tls=tls) as api,
        plain_session() as session,
        session.get(api.url, stream=True, timeout=30) as response,
    ):
        assert not can_read(response, stream=True, within_s=0.02)
        assert not can_read(response, stream=True, within_s=0.02)
        looked.set()

        assert SAID == READERS[read](response)


@pytest.mark.parametrize("piece", [b"0", b"0\r\nA: b\r\n" + b"A: b\r\n" * 999])
def test_no_end_of_a_line(piece):
    """
    A size or a trailer without an end keeps nobody longer, however fast it comes.
    """
    looked = threading.Event()

    def goes_on(connection, stop):
        connection.sendall(http(403, CHUNK + piece, CHUNKED))
        while not looked.wait(0.001):
            connection.sendall(piece.removeprefix(b"0\r\n"))

    with Api(goes_on) as api, plain_session() as session:
        response = session.get(api.url, stream=True, timeout=30)
        assert not can_read(response, stream=True, within_s=0.1)
        looked.set()
        response.close()


@pytest.mark.parametrize("cut", ["length", "size", "trailer"])
def test_own_timeout(cut):
    """
    After we have looked the caller's own timeout holds, and no other.
    """
    answer, looked = late(*CUTS[cut])
    with (
        Api(answer) as api,
        plain_session() as session,
        session.get(api.url, stream=True, timeout=30) as response,
    ):
        response.raw.connection.sock.settimeout(0.05)
        assert not can_read(response, stream=True, within_s=0.01)
        with pytest.raises(requests.ConnectionError, match="Read timed out"):
            response.content  # noqa: B018  # reads it
        looked.set()


def test_longer_than_a_refusal():
    """
    Much of it comes late, more than is read for a verdict: all of it is handed out.
    """
    rest = b"x" * (3 * READ_LIMIT)
    length = {"Content-Length": str(len(SAID + rest))}
    answer, looked = late(http(403, SAID, length), rest)
    with (
        Api(answer) as api,
        plain_session() as session,
        session.get(api.url, stream=True, timeout=30) as response,
    ):
        assert not can_read(response, stream=True, within_s=0.02)
        looked.set()

        assert SAID + rest == b"".join(response.iter_content(1000))


def test_returned(clock, monkeypatch):
    """
    A signed call hands it out too, and its connection carries the next one.
    """
    monkeypatch.setattr("requests_xauth._hook.READ_S", 0.02)
    looked, (first, rest) = threading.Event(), CUTS["size"]

    def answer(connection, stop):
        connection.sendall(first)
        looked.wait(10)
        connection.sendall(rest)
        servers._request(connection)
        connection.sendall(OK)

    with Api(answer) as api:
        session = session_for("xee", clock, api)

        refused = session.get(api.url, stream=True, timeout=30)
        looked.set()

        assert SAID == refused.content
        assert {"ok": True} == session.get(api.url, timeout=30).json()
        assert 1 == api.connections
    assert 0 == session.tokens.number
