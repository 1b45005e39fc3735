"""What the tests of hostile APIs do alike: an API in the hand, tokens without a network."""

import contextlib
import gzip
import itertools
import json
import socket
import threading

import requests
import servers
from helpers import session_with
from requests.adapters import BaseAdapter
from servers import Script, http

from requests_xauth import M2MAuth, XeeAuth, XPKitAuth

# Where tokens come from: no name of a host, only where Tokens are mounted.
ROOT = "https://tokens.example"
CHUNKED = {"Transfer-Encoding": "chunked"}
OK = http(200, {"ok": True})


def session_for(name, clock, *apis):
    """
    Return a session with a token, which the *apis* may see.

    Its `tokens` counts the token requests from now on.
    """
    hosts = [api.url.split("//")[1] for api in apis]
    given, tokens = requests.Session(), Tokens()
    given.trust_env = False  # to look through the environment takes longest
    given.mount(ROOT, tokens)
    more = {"hosts": hosts, "session": given, "clock": clock}
    auth = {
        "m2m": lambda: M2MAuth(ROOT, "app", "secret", **more),
        "xee": lambda: XeeAuth(
            "app", "secret", refresh_token="r", base_url=ROOT, **more
        ),
        "xpkit": lambda: XPKitAuth(None, "app", "secret", base_url=ROOT, **more),
    }[name]()
    auth.renew()
    tokens.number = 0
    session = session_with(auth)
    session.trust_env = False
    session.tokens = tokens
    return session


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


class Api(Script):
    """
    A server that keeps its connections, as APIs do.

    Args:
        answers: One for each request, the last one for ever; as bytes, or as a function
            of (connection, stop event) after which the connection is closed.
        rule: Instead: returns the answer to a request.

    Attributes:
        connections: How many there were.
    """

    def __init__(self, *answers, rule=None, tls=False):
        self.answers = list(answers)
        self.connections = 0
        self._rule = rule or self._next
        self._turn = threading.Lock()
        self._open = []
        super().__init__(b"", tls=tls)

    def __exit__(self, *exc):
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().__exit__(*exc)

    def bearers(self):
        """Return the Authorization header of each request, or None."""
        return [self.header("Authorization", at) for at in range(len(self.requests))]

    def _serve(self, connection, answer):
        self.connections += 1
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection:
                while self._answer(connection):
                    pass

    def _answer(self, connection):
        asked = servers._request(connection)
        if not asked:
            return False
        with self._turn:
            self.requests.append(asked)
            said = self._rule(asked)
        if callable(said):
            said(connection, self._stop)
            return False
        connection.sendall(said)
        return b"\r\nConnection: close\r\n" not in said

    def _next(self, asked):
        return self.answers.pop(0) if self.answers[1:] else self.answers[0]


def cut(answer):
    """Return an answer behind which the connection is closed."""
    return lambda connection, stop: connection.sendall(answer)


class Tokens(BaseAdapter):
    """
    A token endpoint without a network: each answer has another token.

    Attributes:
        number: How many requests there were.
        broken: Whether it answers nonsense from now on.
    """

    def __init__(self):
        super().__init__()
        self.number = 0
        self.broken = False
        self._given = itertools.count()

    def send(self, request, **kwargs):
        """Give the next token."""
        self.number += 1
        response = requests.Response()
        response.status_code, response.request = 200, request
        token = {"access_token": f"token-{next(self._given)}", "expires_in": 3600}
        token["token_type"] = "Bearer"
        if "refresh_token" in request.body:
            token["refresh_token"] = "r"
        said = {} if self.broken else token
        response._content = json.dumps(said).encode()
        response._content_consumed = True
        return response

    def close(self):
        """Have nothing to close."""
