"""The tests' end of oidc-provider: clients, and people with browsers.

Rule: what is done behind a client's back is one of the acts of the server's control, or
what anybody may ask of the engine.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, NamedTuple

import requests
from interop.browser import Browser
from interop.oidc_engine import node, program
from interop.server import ANSWER_S, REDIRECT_URI, Server

TOKEN = "/oauth/v2/token"
ME = "/me"  # behind a person's token; the engine's own, its refusals included
ORDERS = "/api/orders"  # behind a JWT
ARCHIVE = "/api/archive"  # behind a JWT with the scope orders:write


class OIDC(Server):
    """The server of the folder oidc."""

    token_paths = (TOKEN,)

    def __init__(self, folder: Path) -> None:
        """Start it, and wait until it listens."""
        super().__init__([node() or "node", str(program())], folder)
        self.base_url = f"http://127.0.0.1:{json.loads(self.greeting)['port']}"

    def client(self, kind: str, **secret: str) -> Client:
        """Register a client of a kind of KINDS, with a secret if given."""
        made = self.control(
            "make_client", kind=kind, redirect_uri=REDIRECT_URI, **secret
        )
        return Client(self, **made)

    def lose(self, token: str) -> None:
        """Make a person's access token unknown; its refresh token goes on working."""
        self.control("lose", token=token)


class Client(NamedTuple):
    """A client of the server."""

    server: OIDC
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Show no secret, not even in a failed assertion."""
        return f"Client({self.client_id})"

    def ask(self, path: str = TOKEN, **form: str) -> requests.Response:
        """Send *form* as this client would, by hand."""
        known = {"client_id": self.client_id}
        return requests.post(
            self.server.base_url + path, {**known, **form}, timeout=ANSWER_S
        )

    def revoke(self, token: str) -> None:
        """Revoke *token* as anybody may who has it (RFC 7009)."""
        self.ask("/token/revocation", token=token).raise_for_status()

    def disown(self) -> None:
        """Let the API refuse all JWTs of this client that it has seen."""
        self.server.control("disown", client_id=self.client_id)


class Visitor(NamedTuple):
    """Somebody with a browser and an opinion; the engine takes any password."""

    username: str

    @classmethod
    def named(cls, name: str) -> Visitor:
        """Return somebody of that first name whom the server has never seen."""
        return cls(f"{name}-{secrets.token_hex(4)}")

    def allow(self, url: str) -> str:
        """Log in at *url*, consent, and return the redirect URL with the code."""
        with Browser() as browser:
            answer = self._log_in(browser, url)
            if not answer.is_redirect:  # else nothing to consent to
                answer = browser.submit(answer)
        return answer.headers["Location"]

    def deny(self, url: str) -> str:
        """Log in at *url*, turn away, and return the redirect URL with the error."""
        with Browser() as browser:
            consent = self._log_in(browser, url)
            return browser.arrive(f"{consent.url}/abort").headers["Location"]

    def _log_in(self, browser: Browser, url: str) -> requests.Response:
        who: dict[str, Any] = {"login": self.username, "password": "any"}
        return browser.submit(browser.arrive(url), **who)
