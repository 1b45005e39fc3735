"""What the tests of hostile APIs do alike: a session that knows one scripted server."""

import contextlib
import gzip
import json
import socket
import threading

import requests
import servers
from helpers import auth_of, session_with
from requests.adapters import BaseAdapter
from servers import Script, http

CHUNKED = {"Transfer-Encoding": "chunked"}
OK = http(200, {"ok": True})


def session_for(box, name, clock, api, **more):
    """Return a session with a token, which *api* may see; the sandbox counts from now."""
    auth = auth_of(box, name, clock=clock, hosts=[api.url.split("//")[1]], **more)
    auth.renew()
    getattr(box, name).reset_counters()
    return session_with(auth)


def denial(message):
    """Return the body of a refusal as Xee writes it."""
    return json.dumps([{"type": "x", "message": message, "tip": ""}]).encode()


def chunked(body, size=7):
    """Return *body* in chunks, as it goes over the wire."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in [*pieces, b""])


def refusal(body, form="length", *, status=403, packed=False):
    """Return a refusal as bytes, its body told by a length, by chunks or by its end."""
    headers = {"Content-Type": "application/json"}
    if packed:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    if form == "chunks":
        return http(status, chunked(body), {**headers, **CHUNKED})
    if form == "end":
        # No length at all: what follows to the connection's end is the body.
        head = http(status, b"", {**headers, "Connection": "close"})
        return head.replace(b"Content-Length: 0\r\n", b"") + body
    return http(status, body, headers)


class Alive(Script):
    """
    A server that keeps its connections, and answers by a rule.

    Args:
        rule: Returns the answer to a request, both as bytes; called in one thread at a
            time.

    Attributes:
        connections: How many there were.
    """

    def __init__(self, rule):
        self.connections = 0
        self._rule = rule
        self._turn = threading.Lock()
        self._open = []
        super().__init__(b"")

    def __exit__(self, *exc):
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().__exit__(*exc)

    def _serve(self, connection, answer):
        self.connections += 1
        self._open.append(connection)
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            while asked := servers._request(connection):
                with self._turn:
                    said = self._rule(asked)
                connection.sendall(said)


class Tokens(BaseAdapter):
    """
    A token endpoint without a network: each answer has another token.

    Attributes:
        number: How many were given.
    """

    def __init__(self):
        super().__init__()
        self.number = 0

    def send(self, request, **kwargs):
        """Give the next token."""
        self.number += 1
        response = requests.Response()
        response.status_code, response.request = 200, request
        token = {"access_token": f"token-{self.number}", "expires_in": 3600}
        response._content = json.dumps({**token, "token_type": "Bearer"}).encode()
        response._content_consumed = True
        return response

    def close(self):
        """Have nothing to close."""

    @classmethod
    def session(cls, url):
        """Return a session whose requests to *url* come here, and the adapter."""
        session, adapter = requests.Session(), cls()
        session.trust_env = False  # to look through the environment takes longest
        session.mount(url, adapter)
        return session, adapter
