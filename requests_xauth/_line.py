"""The sockets of one POST, where another thread can end it.

Rule: once a line has ended nothing is sent on it any more, whatever is still under way;
no more comes in on it than a token answer may have.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
from typing import Any, Protocol

from requests import Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader

# An answer's body with room for its headers and for what marks its chunks.
_MOST = 4 << 20


class Flood(Exception):
    """More has come in than any token answer has."""


class Closing(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""


class Line:
    """
    The sockets of one POST, so that another thread can end it.

    Attributes:
        asked: Whether the request was begun; before that there was at most a proxy's
            tunnel or a TLS handshake.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self._connections: list[Closing] = []
        self._ended = False
        self.asked = False

    @property
    def connected(self) -> bool:
        """Whether there was a connection."""
        return bool(self._handles)

    def watch(self, sock: socket.socket, connection: Closing) -> None:
        """
        Keep a handle of *sock* of our own, since TLS and http.client hide theirs.

        Args:
            sock: A socket that has just been connected.
            connection: What it is for; closed with the line, since urllib3 closes a
                pool's connections when the garbage collector comes to it.

        Raises:
            OSError: If the line has ended, so that nothing is sent any more.
        """
        with self._lock:
            try:
                if self._ended:
                    raise TimeoutError("the deadline has passed")
                handle = socket.fromfd(sock.fileno(), sock.family, sock.type)
            except OSError:
                sock.close()
                raise
            self._handles.append(handle)
            self._connections.append(connection)

    def end(self) -> None:
        """End what is under way: whoever reads or writes finds the connection closed."""
        with self._lock:
            self._ended = True
            for handle in self._handles:
                # It may be closed already, by us or by the server.
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all that there was; by the thread that used it."""
        with self._lock:
            self._ended = True
            for closing in (*self._connections, *self._handles):
                closing.close()


class LineAdapter(HTTPAdapter):
    """The adapter of requests, with its connections on a line."""

    def __init__(self, line: Line) -> None:
        """Put each connection on *line*."""
        super().__init__()
        self._line = line

    def send(self, *args: Any, **kwargs: Any) -> Response:
        """
        Return the response, its body yet to be read.

        Raises:
            InvalidHeader: If there is no end of headers.
            Exception: As the parent's.
        """
        try:
            return super().send(*args, **kwargs)
        except Flood as error:
            raise InvalidHeader(str(error)) from None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool for a request; each connection it makes is on the line."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        # Direct, through a proxy or through SOCKS: whatever class this pool has.
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._line)
        return pool


def _watched(base: Any, line: Line) -> Any:
    class Watched(base):  # type: ignore[misc]  # known when a pool is there
        response_class = _Reply  # where http.client looks for it

        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            line.watch(sock, self)
            return sock

        def request(self, *args: Any, **kwargs: Any) -> Any:
            line.asked = True
            return super().request(*args, **kwargs)

    return Watched


class _Reply(http.client.HTTPResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Counted here: http.client bounds neither the answers "100 Continue" nor the
        # lines of a trailer.
        self.fp = _Source(_Metered(self.fp))

    def begin(self) -> None:
        super().begin()
        # urllib3 logs the lines that are no headers, where a server may put anything.
        self.msg.set_payload("")


class _Source(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            # http.client reads a chunk of the length -1 to the connection's end.
            raise http.client.IncompleteRead(b"")
        return super().read(size)


class _Metered(io.RawIOBase):
    def __init__(self, source: io.BufferedIOBase) -> None:
        super().__init__()
        self._source = source
        self._left = _MOST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise Flood("more than 4 MiB came in")
        count = self._source.readinto1(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._source.close()
        super().close()
