"""
A web site whose visitors log in at Xee, several at once.

Runs against the sandbox: start it and open the address that it prints, in two browsers if
you like. Each visitor has a token of their own: one store for the whole site, and what
the site knows the visitor by as account=.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Iterable
from http.cookies import SimpleCookie
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIServer, make_server
from wsgiref.util import request_uri

import requests

from requests_xauth import XeeAuth, errors, stores
from requests_xauth.sandbox import Sandbox, Xee

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

LINK = '<p><a href="/login">Log in at Xee</a>'


class Site:
    """The site, as a WSGI application."""

    def __init__(self, xee: Xee, redirect_uri: str) -> None:
        """Know the sandbox's Xee; a real site has its settings in the environment."""
        self._xee = xee
        self._redirect_uri = redirect_uri
        # With several processes this has to be a store that they share.
        self._store = stores.MemoryStore()

    def auth_of(self, visitor: str) -> XeeAuth:
        """Return what signs this visitor's requests; it may be made anew each time."""
        given = {**self._xee.credentials, "redirect_uri": self._redirect_uri}
        return XeeAuth(**given, store=self._store, account=visitor)

    def front(self, visitor: str, address: str) -> tuple[str, str]:
        """Return the visitor's own page, or a way to log in."""
        del address
        try:
            profile = requests.get(
                self._xee.api_url, auth=self.auth_of(visitor), timeout=30
            )
        except errors.LoginRequired:
            return "200 OK", LINK
        return "200 OK", f"<p>You are logged in: HTTP {profile.status_code}."

    def login(self, visitor: str, address: str) -> tuple[str, str]:
        """Send the visitor's browser to Xee."""
        del address
        url, _ = self.auth_of(visitor).authorization_url()
        return "303 See Other", url

    def callback(self, visitor: str, address: str) -> tuple[str, str]:
        """Take the visitor's browser back, with what Xee has given it."""
        try:
            # Found in this visitor's account only: a link that somebody else has sent
            # them, with a code of that somebody's, is not under way there.
            self.auth_of(visitor).fetch_token(authorization_response=address)
        except errors.ProviderUnavailable as error:
            return "503 Service Unavailable", f"<p>{html.escape(str(error))}{LINK}"
        except (errors.ConfigError, errors.TokenRequestError) as error:
            return "400 Bad Request", f"<p>{html.escape(str(error))}{LINK}"
        return "303 See Other", "/"

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request."""
        pages = {"/": self.front, "/login": self.login, "/callback": self.callback}
        page = pages.get(environ["PATH_INFO"])
        if page is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There is nothing here."]
        visitor = known_by(environ) or secrets.token_urlsafe(32)
        status, content = page(visitor, request_uri(environ))
        cookie = f"visitor={visitor}; HttpOnly; SameSite=Lax; Path=/"
        headers = [("Set-Cookie", cookie), ("Content-Type", "text/html")]
        if status.startswith("303"):
            start_response(status, [*headers, ("Location", content)])
            return []
        start_response(status, headers)
        return [f"<!doctype html><title>A site</title>{content}".encode()]


class Server(ThreadingMixIn, WSGIServer):
    """A server that answers several visitors at once."""

    daemon_threads = True


def known_by(environ: WSGIEnvironment) -> str | None:
    """Return what the site knows this visitor by, or None."""
    found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("visitor")
    return found.value if found else None


def server_of(xee: Xee) -> WSGIServer:
    """Return a server for the site on a free port of this machine."""
    server = make_server("127.0.0.1", 0, None, server_class=Server)
    server.set_app(Site(xee, f"http://127.0.0.1:{server.server_port}/callback"))
    return server


if __name__ == "__main__":
    with Sandbox() as box, server_of(box.xee) as server:
        print(f"Open http://127.0.0.1:{server.server_port}/ and end with Ctrl-C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.")
