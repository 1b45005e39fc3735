"""The tests' end of Django OAuth Toolkit: applications, and people with browsers.

Rule: what is done behind a client's back is one of the acts of the server's control.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import NamedTuple

from interop.browser import Browser
from interop.server import REDIRECT_URI, Server


class Toolkit(Server):
    """The server of the folder toolkit."""

    token_paths = ("/api/token/", "/v3/auth/access_token", "/xmldation/oauth2/token")

    def __init__(self, folder: Path) -> None:
        """Start it with a new database in *folder*, and wait until it listens."""
        command = [sys.executable, "-m", "toolkit", str(folder / "db.sqlite3")]
        super().__init__(command, folder, PYTHONPATH=str(Path(__file__).parent))
        self.base_url = self.greeting
        self.xee_url = f"{self.base_url}/v3"
        self.xmldation_url = f"{self.base_url}/xmldation"

    def application(self, kind: str, **secret: str) -> Application:
        """Register an application of a kind of KINDS, with a secret if given."""
        made = self.control(
            "make_application", kind=kind, redirect_uri=REDIRECT_URI, **secret
        )
        return Application(self, **made)

    def person(self, name: str) -> Person:
        """Register somebody of that first name who can log in."""
        username = f"{name}-{secrets.token_hex(4)}"
        return Person(**self.control("make_person", username=username))


class Application(NamedTuple):
    """A client of the server, with what the server can do to its tokens."""

    server: Toolkit
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Show no secret, not even in a failed assertion."""
        return f"Application({self.client_id})"

    def expire(self) -> None:
        """Put the end of all access tokens into the past."""
        self.server.control("expire", client_id=self.client_id)

    def revoke(self) -> None:
        """Revoke all access tokens; the engine revokes the refresh tokens too."""
        self.server.control("revoke", client_id=self.client_id)

    def lose(self) -> None:
        """Make all access tokens unknown; refresh tokens go on working."""
        self.server.control("lose", client_id=self.client_id)

    @property
    def counts(self) -> dict[str, int]:
        """How many tokens there are, and how many refresh tokens are spent."""
        return self.server.control("count", client_id=self.client_id)


class Person(NamedTuple):
    """Somebody with a browser, a password and an opinion."""

    username: str
    password: str

    def __repr__(self) -> str:
        """Show no password, not even in a failed assertion."""
        return f"Person({self.username})"

    def allow(self, url: str) -> str:
        """Log in at *url*, consent, and return the redirect URL with the code."""
        return self._decide(url, allow="Authorize")

    def deny(self, url: str) -> str:
        """Log in at *url*, refuse, and return the redirect URL with the error."""
        return self._decide(url)

    def _decide(self, url: str, **decision: str) -> str:
        """Fill in the log-in form, then the consent form with *decision*."""
        with Browser() as browser:
            answer = browser.submit(browser.arrive(url), **self._asdict())
            if not answer.is_redirect:  # else refused without a question
                answer = browser.submit(answer, **decision)
        return answer.headers["Location"]
