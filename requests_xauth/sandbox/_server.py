"""A listener on 127.0.0.1 with a thread for each connection.

Rule: nothing here knows what is answered. Whatever was opened is closed by close(), and
a forked child owns none of it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from ._wire import Answer, BadRequest, Reader, render

if TYPE_CHECKING:
    from ._wire import Drip, Request

_BACKLOG = 512  # a burst of threads that connect at once must not meet a refusal
_JOIN_S = 5.0
_LINGER_BYTES = 64 * 1024 * 1024


class Application(Protocol):
    """What a listener asks for its answers."""

    def answer(self, request: Request) -> Answer | None:
        """Return the answer; None closes the connection without one."""

    def body_limit(self, path: str) -> int:
        """Return the largest body in bytes that *path* takes."""

    def release(self) -> None:
        """Let no answer wait any longer."""


class Listener:
    """One origin's socket and the threads that serve it."""

    def __init__(self, application: Application, name: str) -> None:
        self._application = application
        self._name = f"sandbox-{name}"
        # Guards _closed and _threads; held for a few dictionary operations only.
        self._lock = threading.Lock()
        self._closed = False
        self._threads: dict[socket.socket, threading.Thread] = {}
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        _listeners.add(self)
        self._acceptor = threading.Thread(
            target=self._accept, name=self._name, daemon=True
        )
        self._acceptor.start()

    def close(self) -> None:
        """End every connection and thread; a second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            threads = dict(self._threads)
        # A connection of our own wakes accept() on every platform; closing the socket
        # under it does so on some only.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), _JOIN_S).close()
        self._acceptor.join(_JOIN_S)
        self._socket.close()
        for connection in threads:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._application.release()
        for thread in threads.values():
            thread.join(_JOIN_S)

    def abandon(self) -> None:
        """Close this process's copies only: the parent goes on serving."""
        self._lock = threading.Lock()  # the old one may be held by a lost thread
        self._closed = True
        for owned in (self._socket, *self._threads):
            owned.close()
        self._threads.clear()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            thread = threading.Thread(
                target=self._serve, args=(connection,), name=self._name, daemon=True
            )
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._threads[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        """Answer until either side has had enough."""
        try:
            with connection, contextlib.suppress(OSError, EOFError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                reader = Reader(connection)
                while self._exchange(connection, reader):
                    pass
                # Closing alone ends nothing while a child, forked between accept() and
                # our bookkeeping, holds a copy.
                connection.shutdown(socket.SHUT_RDWR)
        finally:
            with self._lock:
                self._threads.pop(connection, None)

    def _exchange(self, connection: socket.socket, reader: Reader) -> bool:
        """Read and answer one request; tell whether another may follow."""
        try:
            request = reader.request(self._application.body_limit)
        except BadRequest as error:
            connection.sendall(render(Answer(error.status), None)[0])
            _linger(connection)
            return False
        answer = self._application.answer(request)
        if answer is None:
            return False
        head, body = render(answer, request)
        if answer.drip is None:
            connection.sendall(head + body)
        else:
            _send_slowly(connection, (head, body), answer.drip)
        return request.keep_alive


def _linger(connection: socket.socket) -> None:
    """Read on for a while: closing with unread bytes would reset the answer away."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1.0)
    left = _LINGER_BYTES
    while left > 0 and (piece := connection.recv(65536)):
        left -= len(piece)


def _send_slowly(
    connection: socket.socket, written: tuple[bytes, bytes], drip: Drip
) -> None:
    """Send a byte each interval; all that is left at once when waiting has ended."""
    at_once, slowly = written if drip.part == "body" else (b"", b"".join(written))
    connection.sendall(at_once)
    for position in range(len(slowly)):
        if drip.pause.wait():
            connection.sendall(slowly[position:])
            return
        connection.sendall(slowly[position : position + 1])


_listeners: weakref.WeakSet[Listener] = weakref.WeakSet()


def _abandon_all() -> None:
    """Let go of every listener in a forked child."""
    for listener in list(_listeners):
        listener.abandon()


# Not on Windows, where nothing forks.
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_abandon_all)
