"""What the tests of login do alike: a browser that is a thread, raw callers, a watch.

Rule: the package's own code is never replaced; what is injected is what a user injects, an
opener, a browser registered with webbrowser, standard input.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

WAIT_S = 20.0


class Browser:
    """
    Opens an URL as a person's browser does, on a thread of its own, and decides.

    Attributes:
        opened: Set once it has been told to open an URL, which may be beside the login.
        url: The URL it was told to open.
        answer: The last answer, once `close` has returned, or None.
    """

    def __init__(self, decision="allow", before=None):
        self._decision = decision
        self._before = before
        self._thread = None
        self.opened = threading.Event()
        self.url = None
        self.answer = None

    def __call__(self, url):
        """Open *url* beside, and return at once."""
        self.url = url
        thread = threading.Thread(target=self._go)
        thread.start()
        self._thread = thread  # whoever closes us meanwhile cannot join it before
        self.opened.set()
        return True

    def _go(self):
        with requests.Session() as session:
            session.trust_env = False
            if self._before is not None:
                self._before(self.url)
            headers = {"decision": self._decision}
            with contextlib.suppress(requests.ConnectionError):
                self.answer = session.get(self.url, headers=headers, timeout=WAIT_S)

    def close(self):
        """Wait until it has shown its page."""
        if self._thread is not None:
            self._thread.join(WAIT_S)


def state_of(url):
    """Return the state in the query of *url*."""
    return parse_qs(urlsplit(url).query)["state"][0]


def callback_of(url):
    """Return the redirect URI in the query of *url*."""
    return parse_qs(urlsplit(url).query)["redirect_uri"][0]


def code_of(url):
    """Return the code in the query of *url*."""
    return parse_qs(urlsplit(url).query)["code"][0]


def spoken(uri, data):
    """Send *data* to the port of *uri* as it is, and return all that comes back."""
    parts = urlsplit(uri)
    address = (parts.hostname, parts.port)
    with socket.create_connection(address, timeout=WAIT_S) as caller:
        caller.sendall(data)
        return heard(caller)


def heard(caller):
    """Return all that comes until the other side has ended."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := caller.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def get_request(uri, **fields):
    """Return a GET request for *uri* as bytes, with more header fields."""
    parts = urlsplit(uri)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = {"Host": parts.netloc, **fields}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {target} HTTP/1.1\r\n{head}\r\n".encode()


def status_of(answer):
    """Return the status of an answer as bytes."""
    return int(answer.split(b" ", 2)[1])


def link_in(text):
    """Return the link that was shown, alone on its line."""
    return re.findall(r"^    (http\S+)$", text, re.MULTILINE)[-1]


def needs_ipv6():
    """Skip where this machine has no IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"No IPv6 here: {error}")


def leave_out(reason):
    """Skip with *reason*, or fail with it where nothing may be skipped."""
    if os.environ.get("XAUTH_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
