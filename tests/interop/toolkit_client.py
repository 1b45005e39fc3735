"""The tests' end of the real server: process, control, and people with browsers.

Rule: the process is ended by its own handle, or by the end of its standard input should
the tests die first.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

import requests

START_S = 60.0  # on a quiet machine it takes two
STOP_S = 10.0
ANSWER_S = 30.0
ONE_STEP: dict[str, Any] = {"allow_redirects": False, "timeout": ANSWER_S}
REDIRECT_URI = (
    "https://app.example/callback"  # never opened: the answer is read instead
)


class Toolkit:
    """A running server, and what a test may do behind its clients' back."""

    def __init__(self, folder: Path) -> None:
        """Start it with a new database in *folder*, and wait until it listens."""
        self._log_path = folder / "server.log"
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "toolkit", str(folder / "db.sqlite3")],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.base_url = self._address()
        self.xee_url = f"{self.base_url}/v3"

    def _address(self) -> str:
        """Return what the server prints when it listens; a silent one is ended."""
        guard = threading.Timer(START_S, self._process.kill)
        guard.start()
        line = self._process.stdout.readline().decode().strip()
        guard.cancel()
        if not line:
            self.stop()
            message = f"The server did not start:\n{self._log_path.read_text()}"
            raise RuntimeError(message)
        return line

    def stop(self) -> None:
        """End the server: it goes when its standard input does, or is killed."""
        try:
            self._process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def control(self, act: str, **arguments: str) -> dict[str, Any]:
        """Do one of the acts of the server's control and return what it says."""
        url = f"{self.base_url}/control/{act}"
        response = requests.post(url, json=arguments, timeout=ANSWER_S)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def application(self, kind: str, **secret: str) -> Application:
        """Register an application: xpkit, xpkit-user or xee, with a secret if given."""
        made = self.control(
            "make_application", kind=kind, redirect_uri=REDIRECT_URI, **secret
        )
        return Application(self, **made)

    def person(self, name: str) -> Person:
        """Register somebody of that first name who can log in."""
        username = f"{name}-{secrets.token_hex(4)}"
        return Person(**self.control("make_person", username=username))

    def journal(self, path: str) -> list[dict[str, Any]]:
        """Return what was asked of *path* since the test began, in order."""
        entries = self.control("read_journal")["entries"]
        return [entry for entry in entries if entry["path"] == path]

    def statuses(self, path: str) -> list[int]:
        """Return the status of each answer from *path* since the test began."""
        return [entry["status"] for entry in self.journal(path)]

    def fields(self, path: str) -> list[set[str]]:
        """Return the names of the form fields of each request since the test began."""
        return [set(entry["fields"]) for entry in self.journal(path)]

    @property
    def token_requests(self) -> dict[str, int]:
        """How many token requests since the test began, by grant, refused or not."""
        entries = self.journal("/api/token/") + self.journal("/v3/auth/access_token")
        return dict(Counter(entry["grant"] for entry in entries))


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
        return self._decide(url, {"allow": "Authorize"})

    def deny(self, url: str) -> str:
        """Log in at *url*, refuse, and return the redirect URL with the error."""
        return self._decide(url, {})

    def _decide(self, url: str, decision: dict[str, str]) -> str:
        """Fill in the log-in form, then the consent form with *decision*."""
        with requests.Session() as browser:
            login = _arrive(browser, browser.get(url, **ONE_STEP))
            answer = _submit(browser, login, self._asdict())
            if not answer.is_redirect:  # else refused without a question
                answer = _submit(browser, answer, decision)
        return answer.headers["Location"]


def _submit(
    browser: requests.Session, page: requests.Response, values: dict[str, str]
) -> requests.Response:
    """Send the form of *page* with *values*, and return the next page."""
    page.raise_for_status()
    form = _Form()
    form.feed(page.text)
    url = urljoin(page.url, form.action)
    return _arrive(browser, browser.post(url, {**form.hidden, **values}, **ONE_STEP))


def _arrive(
    browser: requests.Session, response: requests.Response
) -> requests.Response:
    """Follow redirects within the server; return a page, or the redirect outwards."""
    origin = urljoin(response.url, "/")
    while response.next is not None and response.next.url.startswith(origin):
        response = browser.send(response.next, **ONE_STEP)
    return response


class _Form(HTMLParser):
    """The one form of a page: where it goes, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""  # as in both pages: a form goes to its own page's address
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of hidden fields with a value, as a browser does."""
        fields = dict(attrs)
        if tag == "input" and fields.get("type") == "hidden":
            self.hidden[fields["name"] or ""] = fields.get("value") or ""
