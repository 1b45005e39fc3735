"""Servers that answer scripted bytes, for what no well-behaved server sends."""

import contextlib
import json
import socket
import ssl
import threading
from pathlib import Path

# A certificate for 127.0.0.1 with its key, signed by itself, good for a hundred years.
LOOPBACK = str(Path(__file__).with_name("loopback.pem"))


def http(status=200, body=b"", headers=(), *, version="1.1"):
    """Return an answer as bytes; a body that is no bytes becomes JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    given = dict(headers)
    if not {"Content-Length", "Transfer-Encoding"} & set(given):
        given["Content-Length"] = len(body)
    lines = [f"HTTP/{version} {status} Said", *(f"{n}: {v}" for n, v in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Script:
    """
    A server on a port of its own; each connection gets the next answer.

    An answer is bytes, or a function of (connection, stop event); the last one is given
    for ever. What was asked is in `requests`, as bytes; a server that reads nothing
    answers at once.
    """

    def __init__(self, *answers, tls=False, reads=True):
        self.requests = []
        self._reads = reads
        self._answers = list(answers)
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(LOOPBACK)
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        # Wakes accept() where a shutdown does not.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._stop.is_set():
                connection.close()
                return
            answer = self._answers.pop(0) if self._answers[1:] else self._answers[0]
            thread = threading.Thread(target=self._serve, args=(connection, answer))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection, answer):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                if self._reads:
                    self.requests.append(_request(connection))
                if callable(answer):
                    answer(connection, self._stop)
                else:
                    connection.sendall(answer)

    def body(self, number=-1):
        """Return the body of a request."""
        return self.requests[number].partition(b"\r\n\r\n")[2].decode()

    def header(self, name, number=-1):
        """Return a header of a request, or None."""
        for line in self.requests[number].partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            found, _, value = line.decode("latin-1").partition(": ")
            if found.lower() == name.lower():
                return value
        return None


def drip(first, piece, interval_s=0.02):
    """Return an answer that sends *first* and then *piece* after *piece*, for ever."""

    def answer(connection, stop):
        connection.sendall(first)
        while not stop.wait(interval_s):
            connection.sendall(piece)

    return answer


def silence(connection, stop):
    """Never answer."""
    stop.wait(10)


def _request(connection):
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(65536)
        if not piece:
            return found
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
