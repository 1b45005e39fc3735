"""HTTP/1.1 on a raw socket: what clients may send, and what they get back."""

from __future__ import annotations

import hashlib
import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests
from test_sandbox.talk import bearer, call, connect, obtain, raw

from requests_xauth.sandbox._wire import Headers, Reader

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


def test_echo(m2m, token):
    """
    The API echoes method, path, query, and the body's length and hash.
    """
    answer = call(m2m, token, m2m.url("/a/b?c=d"), method="PUT", data=b"body")

    assert {
        "method": "PUT",
        "path": "/api/v1/a/b",
        "query": "c=d",
        "length": 4,
        "sha256": hashlib.sha256(b"body").hexdigest(),
    } == answer.json()
    assert [b"body"] == m2m.bodies


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


@pytest.mark.parametrize(
    ("version", "line"), [("HTTP/1.1", "Connection: Close"), ("HTTP/1.0", "A: b")]
)
def test_connection_ends_when_asked(m2m, token, version, line):
    """
    Connection: close and HTTP/1.0 end the connection after the answer.
    """
    assert b"\r\nConnection: close\r\n" in raw(m2m, _head(token, line, version=version))


def test_keep_alive(m2m, token):
    """
    One connection serves many requests.
    """
    parts, ports = urlsplit(m2m.api_url), set()
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    for _ in range(3):
        connection.request("GET", parts.path)
        ports.add(connection.sock.getsockname())
        with connection.getresponse() as answer:
            answer.read()
    connection.close()

    assert "keep-alive" == answer.headers["Connection"]
    assert (1, 3) == (len(ports), m2m.api_calls)


def test_expect_100_continue(m2m, token):
    """
    A client that waits for leave to send its body is given it.
    """
    with connect(m2m) as connection:
        expect = _head(token, "Content-Length: 4", "Expect: 100-continue")
        connection.sendall(expect)
        leave = connection.recv(65536)
        connection.sendall(b"body")
        answer = connection.recv(65536)

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == leave
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_expect_with_the_body_already_there(m2m, token):
    """
    Where the body has come already, no leave is given.
    """
    lines = ("Content-Length: 4", "Expect: 100-continue", "Connection: close")

    assert raw(m2m, _head(token, *lines) + b"body").startswith(b"HTTP/1.1 200 OK\r\n")


def test_head_has_no_body(m2m, token):
    """
    HEAD gets the length and no body.
    """
    answer = raw(m2m, _head(token, "Connection: close", method="HEAD"))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert b"" == body


def test_no_content(m2m, token):
    """
    204 has neither a body nor a length.
    """
    m2m.fail(204, at="api", body={"ignored": True})
    answer = raw(m2m, _head(token, "Connection: close"))

    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"Content-Length" not in answer
    assert answer.endswith(b"\r\n\r\n")


def test_unnamed_status(m2m):
    """
    A status without a name of its own can be answered too.
    """
    m2m.fail(299, at="api", times=1)

    assert (299, "Unknown") == (
        (answer := call(m2m, None)).status_code,
        answer.reason,
    )


def test_absolute_target(m2m, token):
    """
    The absolute form that clients of a proxy send is understood.
    """
    head = _head(token, "Connection: close", target=m2m.api_url + "?a=b")

    assert "a=b" == json.loads(_answers(m2m, head)[0][1])["query"]


def test_answer_in_one_piece(m2m, token):
    """
    Head and body of an answer are sent together.
    """
    with connect(m2m) as connection:
        for _ in range(20):
            connection.sendall(_head(token))
            assert connection.recv(65536).endswith(b"}")


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


def test_repeated_fields_are_joined(m2m, token):
    """
    A header field sent twice is read as one with both values.
    """
    raw(m2m, _head(token, "X-A: 1", "x-a: 2", "Connection: close"))

    assert "1, 2" == m2m.requests[-1].headers["X-a"]


def test_headers():
    """
    Headers are found in any case, and a missing one is missing.
    """
    headers = Headers({"a": "b"})

    assert ("b", "b", None, "c") == (
        headers["A"],
        headers.get("A"),
        headers.get("B"),
        headers.get("B", "c"),
    )
    assert "A" in headers
    assert 1 not in headers
    with pytest.raises(KeyError):
        headers["B"]


def test_redirect_page(service):
    """
    /redirect leads where it is told without looking at a bearer.
    """
    url = service.url("/redirect?to=http://127.0.0.1:9/x&status=307")
    answer = requests.get(url, timeout=10, allow_redirects=False)
    plain = requests.get(service.url("/redirect"), timeout=10, allow_redirects=False)

    assert (307, "http://127.0.0.1:9/x") == (
        answer.status_code,
        answer.headers["Location"],
    )
    assert (302, "/") == (plain.status_code, plain.headers["Location"])
    assert 0 == service.refusals


def test_cookie_page(service):
    """
    /cookie sets cookies, on a refusal too.
    """
    url = service.url("/cookie?a=1&b=2")

    for token in (bearer(obtain(service)), None):
        assert {"a": "1", "b": "2"} == call(service, token, url).cookies.get_dict()


def test_bytes_page(service):
    """
    /bytes sends as many bytes as asked for, to good bearers only.
    """
    url = service.url("/bytes?n=100000")

    assert b"x" * 100_000 == call(service, bearer(obtain(service)), url).content
    assert call(service, None, url).status_code in {401, 403}
