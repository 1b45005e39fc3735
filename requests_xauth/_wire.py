"""One POST to the token endpoint, within a bounded time and a bounded size.

Rule: it ends at its deadline whatever the server does, keeps nothing of the server's but
the answer, and follows nothing.
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import threading
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from requests import PreparedRequest, Request, Response, Session
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ProtocolError

from ._foreign import is_before
from ._timeouts import Pair

LIMIT = 1 << 20
_CHUNK = 1 << 16

# Where requests-cache is installed for a whole program, requests.Session is its class; a
# token answer belongs into no cache.
PLAIN: type[Session] = next(
    cls for cls in Session.__mro__ if cls.__module__ == "requests.sessions"
)


class Answer(NamedTuple):
    """What came back: the response with its body read, and what is wrong with that."""

    response: Response
    flaw: str | None = None


class Late(Exception):
    """The deadline has passed before the answer was complete."""


class Line:
    """The sockets of one POST, so that another thread can end it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._ended = False
        self.asked = False

    @property
    def connected(self) -> bool:
        """Whether there was a connection."""
        return bool(self._sockets)

    def watch(self, sock: socket.socket) -> None:
        """
        Keep a second handle of *sock*, which TLS and http.client hide and close.

        Raises:
            OSError: If the line has ended, so that nothing is sent any more.
        """
        with self._lock:
            if self._ended:
                sock.close()
                raise OSError("the deadline has passed")
            self._sockets.append(socket.fromfd(sock.fileno(), sock.family, sock.type))

    def end(self) -> None:
        """End what is under way: whoever reads or writes finds the connection closed."""
        with self._lock:
            self._ended = True
            for sock in self._sockets:
                # It may be closed already, by either side.
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the handles back."""
        with self._lock:
            self._ended = True
            for sock in self._sockets:
                sock.close()


class _Adapter(HTTPAdapter):
    """The adapter of requests whose connections are on a line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # urllib3's pools have no common type
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        # Direct, through a proxy or SOCKS: each pool makes its connections of this class.
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._line)
        return pool


def _watched(base: Any, line: Line) -> Any:  # noqa: ANN401  # as above
    class Watched(base):  # type: ignore[misc]  # the class is known when a pool is there
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            line.watch(sock)
            return sock

        def request(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # passed on
            line.asked = True
            return super().request(*args, **kwargs)

    return Watched


class Exchange:
    """One attempt: a session of its own, a line, a thread."""

    def __init__(self, given: Session | None) -> None:
        """Take from *given* what token requests may use, and nothing else of it."""
        self._line = Line()
        self._own = _Adapter(self._line)
        self._session = self._like(given)
        self._adapter: BaseAdapter = self._own
        self._answer: Answer | None = None
        self._error: BaseException | None = None

    def arrived(self, error: BaseException) -> bool:
        """Tell whether the request may have reached the provider before *error*."""
        if self._line.connected:
            return self._line.asked
        # An adapter of the caller's own, or one that a test library stands in for.
        late = isinstance(error, Late) and self._adapter is self._own
        return not late and not is_before(error)

    def post(self, request: Request, timeout: Pair, left_s: float) -> Answer:
        """
        Send *request* and return the answer.

        Raises:
            Late: If that takes more than *left_s* seconds.
            Exception: Whatever the adapter raises.
        """
        done = threading.Event()
        prepared = self._session.prepare_request(request)
        self._adapter = self._session.get_adapter(prepared.url)
        work = self._work(prepared, timeout, done)
        if not _started(work):
            # The interpreter is shutting down: without a thread the timeouts must do.
            work()
        try:
            late = not done.wait(left_s)
        finally:
            self._line.end()
        if late:
            raise Late
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer

    def _work(
        self, request: PreparedRequest, timeout: Any, done: threading.Event
    ) -> Callable[[], None]:
        def work() -> None:
            try:
                self._answer = self._send(request, timeout)
            except BaseException as error:  # noqa: BLE001  # told to the thread that waits
                self._error = error
            finally:
                self._own.close()
                self._line.close()
                done.set()

        return work

    def _send(self, request: PreparedRequest, timeout: Any) -> Answer:
        session = self._session
        settings = session.merge_environment_settings(
            request.url,
            dict(session.proxies),
            True,
            None if session.verify is True else session.verify,
            None,
        )
        # Not Session.send: it reads the whole body of a redirect, however long that is.
        response = self._adapter.send(request, timeout=timeout, **settings)
        try:
            return _read(response)
        finally:
            response.close()

    def _like(self, given: Session | None) -> Session:
        session = PLAIN()
        if given is not None:
            session.trust_env = given.trust_env
            session.proxies = dict(given.proxies)
            session.verify = given.verify
            session.cert = given.cert
            for prefix, adapter in given.adapters.items():
                session.mount(prefix, adapter)
        for prefix, adapter in session.adapters.items():
            if type(adapter) is HTTPAdapter:
                session.adapters[prefix] = self._own
        return session


def _started(work: Callable[[], None]) -> bool:
    # Loggers and tracers find the caller's context in the thread too.
    run = contextvars.copy_context().run
    thread = threading.Thread(
        target=run, args=(work,), name="requests-xauth-token-request", daemon=True
    )
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def _read(response: Response) -> Answer:
    if response._content is False:
        raw = _raw(response.raw)
        if len(raw) > LIMIT:
            response._content = b""
            return Answer(response, "with more than 1 MiB")
        response._content, flaw = _decoded(
            raw, response.headers.get("Content-Encoding")
        )
        response._content_consumed = True
        return Answer(response, flaw)
    return Answer(response)


def _raw(raw: Any) -> bytes:  # noqa: ANN401  # urllib3's response, or what an adapter made
    options = {"decode_content": False} if hasattr(raw, "stream") else {}
    body = b""
    while len(body) <= LIMIT:
        chunk = raw.read(_CHUNK, **options)
        if not chunk:
            break
        body += chunk
    else:
        return body
    if getattr(raw, "length_remaining", None):
        # urllib3 1.26 does not look.
        raise ProtocolError("the answer broke off")
    return body


def _decoded(raw: bytes, encoding: str | None) -> tuple[bytes, str | None]:
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return raw, None
    if name not in {"gzip", "x-gzip", "deflate"}:
        return b"", "in an encoding that was not asked for"
    try:
        # 32: gzip or zlib, whichever header is there.
        body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, LIMIT + 1)
    except zlib.error:
        return b"", "with what cannot be decompressed"
    return (b"", "with more than 1 MiB") if len(body) > LIMIT else (body, None)
