"""Where a request ends: lengths, chunks, cuts, limits, and what is no request."""

from __future__ import annotations

import pytest
import requests
from test_sandbox.talk import bearer, call, connect, obtain, raw

from requests_xauth.sandbox._wire import Reader

TOKEN_CHUNKS = b"POST /oauth/v2/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def m2m(box):
    """The plainest of the providers."""
    return box.m2m


@pytest.fixture
def token(m2m):
    """A good bearer."""
    return bearer(obtain(m2m))


def _head(token, *lines, method="POST", target="/api/v1/things", version="HTTP/1.1"):
    fields = (f"Authorization: Bearer {token}", *lines)
    return "\r\n".join((f"{method} {target} {version}", *fields, "", "")).encode()


def _answers(service, data):
    """Parsed answers of a connection that the server has closed."""
    found, rest = [], raw(service, data)
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        size = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        found.append((int(head.split()[1]), rest[:size]))
        rest = rest[size:]
    return found


def test_generator_body(m2m, token):
    """
    A body of unknown length arrives whole.
    """
    call(m2m, token, method="POST", data=iter([b"ab", b"c" * 70_000]))

    assert [b"ab" + b"c" * 70_000] == m2m.bodies
    assert "chunked" == m2m.requests[-1].headers["Transfer-Encoding"]


def test_chunks_with_extension_and_trailer(m2m, token):
    """
    Chunk extensions and trailer fields are read and left out.
    """
    head = _head(token, "Transfer-Encoding: chunked", "Connection: close")
    raw(m2m, head + b"2;x=y\r\nab\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n")

    assert [b"ab0123456789"] == m2m.bodies


def test_pipelined_requests(m2m, token):
    """
    Requests sent at once are answered one after the other.
    """
    first = _head(token, "Content-Length: 2") + b"ab"
    second = b"\r\n" + _head(token, "Connection: close", method="GET")

    assert [200, 200] == [status for status, _ in _answers(m2m, first + second)]
    assert [b"ab", b""] == m2m.bodies


class _Pieces:
    """A connection that gives one byte at a time."""

    def __init__(self, data):
        self._bytes = iter(data)

    def recv(self, _):
        """Return the next byte, or nothing at the end."""
        return bytes([byte]) if (byte := next(self._bytes, None)) is not None else b""


@pytest.mark.parametrize("body", [b"", b"ab"])
def test_request_in_small_pieces(body):
    """
    A request is understood however it is cut, and its end is noticed.
    """
    fields = b"Content-Length: %d\r\n" % len(body) if body else b""
    reader = Reader(_Pieces(b"PUT /a?b HTTP/1.1\r\n" + fields + b"\r\n" + body))
    request = reader.request(lambda _: 100)

    assert ("PUT", "/a", "b", body) == (
        request.method,
        request.path,
        request.query,
        request.body,
    )
    with pytest.raises(EOFError):
        reader.request(lambda _: 100)


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, b"GET / SPDY/3\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nContent-Length: abc\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        (400, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc"),
        (431, b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000),
        (413, b"POST /oauth/v2/token HTTP/1.1\r\nContent-Length: 70000\r\n\r\n"),
        (413, TOKEN_CHUNKS + b"11170\r\n"),
    ],
)
def test_what_is_no_request(m2m, status, data):
    """
    Nonsense and oversize are answered with a status, and the connection ends.
    """
    with connect(m2m) as connection:
        connection.sendall(data)
        answer = connection.recv(65536)

        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"\r\nConnection: close\r\n" in answer
        assert b"" == connection.recv(1)
    assert [] == m2m.requests


def test_body_limit_of_the_token_endpoint(service):
    """
    A token request's body is limited, an API call's is not.
    """
    large = b"x" * 70_000

    assert 413 == requests.post(service.token_url, large, timeout=10).status_code
    assert call(service, bearer(obtain(service)), method="POST", data=large).ok


def test_truncated_request(m2m):
    """
    A client that goes away in the middle is forgotten.
    """
    with connect(m2m) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab")

    assert call(m2m, None).status_code == 401
    assert 1 == len(m2m.requests)
