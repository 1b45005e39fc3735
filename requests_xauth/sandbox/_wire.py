"""HTTP/1.1 as bytes: requests read from a socket, answers written in one piece.

Rule: nothing here knows OAuth, counters or threads. The standard library's request
parser goes through email.parser and costs several times the rest of an exchange.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable, Mapping

MAX_HEAD_BYTES = 64 * 1024  # as http.client, which refuses longer header lines
_PIECE_BYTES = 64 * 1024
_PHRASES = {int(status): status.phrase for status in HTTPStatus}
# RFC 9110, section 8.6: no Content-Length in 1xx and 204; 304 has no body either.
_BODILESS = frozenset({204, 304})


class Headers(dict[str, str]):
    """Header fields by lower-case name, found under a name in any case."""

    def __missing__(self, name: str) -> str:
        """Look the name up once more in lower case."""
        if name == name.lower():
            raise KeyError(name)
        return self[name.lower()]

    def __contains__(self, name: object) -> bool:
        """Tell whether the field was sent."""
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field's value, or *default*."""
        return super().get(name.lower(), default)


class Request(NamedTuple):
    """One request as it came in."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    keep_alive: bool


class Pause(NamedTuple):
    """A wait that ends early when nobody should wait any longer."""

    wait_s: float
    ended: threading.Event

    def wait(self) -> bool:
        """Wait; tell whether it was ended early."""
        return self.ended.wait(self.wait_s)


class Drip(NamedTuple):
    """How to write an answer byte by byte."""

    pause: Pause
    part: str  # "headers" (and what follows them) or "body"


class Answer(NamedTuple):
    """One answer before it is written."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drip: Drip | None = None


class BadRequest(Exception):
    """What came in is no request, or too large; the connection ends with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def json_answer(
    status: int, value: object, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer whose body is *value* as JSON; bytes go out as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = {"Content-Type": "application/json", **(headers or {})}
    return Answer(status, body, tuple(fields.items()))


def redirect_answer(to: str, status: int = 302) -> Answer:
    """Return a redirect to the URL *to*."""
    return Answer(status, b"", (("Location", to),))


def render(answer: Answer, request: Request | None) -> tuple[bytes, bytes]:
    """Return head and body as they go on the wire; no request means a broken one."""
    keep_alive = request is not None and request.keep_alive
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.status not in _BODILESS:
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n")
    silent = answer.status in _BODILESS or (request and request.method == "HEAD")
    return "\r\n".join(lines).encode(), b"" if silent else answer.body


class Reader:
    """Reads one request after the other from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def request(self, body_limit: Callable[[str], int]) -> Request:
        """
        Return the next request, its body included.

        Args:
            body_limit: Gives the largest body in bytes that a path takes.

        Raises:
            EOFError: If the client has closed the connection.
            BadRequest: If what came is no request, or too large.
        """
        method, target, version, headers = _parse_head(self._head())
        split = urlsplit(target)  # a proxy's client sends the absolute form
        body = self._body(headers, body_limit(split.path))
        # RFC 9112, section 9.3: HTTP/1.1 stays open unless told otherwise.
        options = headers.get("connection", "").lower()
        keep_alive = version == "HTTP/1.1" and "close" not in options
        return Request(method, split.path, split.query, headers, body, keep_alive)

    def _head(self) -> bytes:
        """Return the request's head, leaving out empty lines before it."""
        head = b""
        # RFC 9112, section 2.2: ignore at least one empty line before the request.
        while not head:
            head = self._until(b"\r\n", MAX_HEAD_BYTES)
        return head + b"\r\n" + self._fields()

    def _fields(self) -> bytes:
        """Return the lines up to the empty one: header fields, or a chunked trailer."""
        while not self._has(2):
            self._fill()
        if self._buffer.startswith(b"\r\n"):
            return self._exactly(2)
        return self._until(b"\r\n\r\n", MAX_HEAD_BYTES)

    def _body(self, headers: Headers, limit: int) -> bytes:
        """Return the body, framed by its length or in chunks."""
        chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        size = 0 if chunked else _length(headers.get("content-length", "0"))
        if size > limit:
            raise BadRequest(413)
        expected = headers.get("expect", "").lower() == "100-continue"
        if expected and (chunked or not self._has(size)):
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._chunks(limit) if chunked else self._exactly(size)

    def _chunks(self, limit: int) -> bytes:
        """Return a chunked body joined (RFC 9112, section 7.1)."""
        body = bytearray()
        while size := _length(self._until(b"\r\n", 1024).split(b";")[0], base=16):
            if len(body) + size > limit:
                raise BadRequest(413)
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise BadRequest(400)
        self._fields()
        return bytes(body)

    def _has(self, size: int) -> bool:
        return len(self._buffer) >= size

    def _fill(self) -> None:
        piece = self._connection.recv(_PIECE_BYTES)
        if not piece:
            raise EOFError
        self._buffer += piece

    def _until(self, mark: bytes, limit: int) -> bytes:
        """Return what stands before *mark* and take both from the buffer."""
        while (end := self._buffer.find(mark)) < 0:
            if self._has(limit):
                raise BadRequest(431)
            self._fill()
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    def _exactly(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        while not self._has(size):
            self._fill()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _length(text: str | bytes, base: int = 10) -> int:
    """Return a length as a number; signs, blanks and underscores are refused."""
    word = text if isinstance(text, str) else text.decode("latin-1")
    if not word.isascii() or not word.strip().isalnum():
        raise BadRequest(400)
    try:
        return int(word, base)
    except ValueError as error:
        raise BadRequest(400) from error


def _parse_head(head: bytes) -> tuple[str, str, str, Headers]:
    """Return method, target, version and fields; repeated fields are joined."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest(400)
    headers = Headers()
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():  # RFC 9112, section 5.1; folded lines too
            raise BadRequest(400)
        _add(headers, name.lower(), value.strip())
    return words[0], words[1], words[2], headers


def _add(headers: Headers, name: str, value: str) -> None:
    """Set a field, or append to it (RFC 9110, section 5.3)."""
    headers[name] = f"{headers[name]}, {value}" if name in headers else value
