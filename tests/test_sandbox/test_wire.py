"""Answers and connections, and what clients may ask of them."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from test_sandbox.talk import bearer, call, connect, obtain, raw

from requests_xauth.sandbox._wire import Headers


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
