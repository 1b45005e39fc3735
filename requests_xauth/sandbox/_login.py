"""A person's part: the consent page, and the code that the redirect carries.

Rule: which client may ask, and how the code is exchanged, is the provider's business.
"""

from __future__ import annotations

import html
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import _pages
from ._service import Service
from ._tokens import REVOKED, Code, letters
from ._wire import Answer, Headers, Request, redirect_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE_LIFETIME_S = 600  # RFC 6749, section 4.1.2: ten minutes at most
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_HTML = (("Content-Type", "text/html; charset=utf-8"),)


class LoginService(Service):
    """A provider where persons log in with their browser."""

    refused_status: ClassVar[int] = 400
    redirect_uri: str

    def reset(self) -> None:
        """Forget tokens and requests; set every switch as it was at first."""
        super().reset()
        self.echo_state = True
        self.redirect_uri = "http://127.0.0.1:8912/callback"

    def authorize(self, url: str, *, decision: str = "allow") -> str:
        """
        Do what a person does: open an authorization URL, decide, be redirected.

        Args:
            url: The authorization URL.
            decision: "allow" or "deny".

        Returns:
            The URL that the browser is sent to.

        Raises:
            ValueError: If the provider shows a page instead.
        """
        split = urlsplit(url)
        headers = Headers(decision=decision)
        answer = self._respond(
            Request("GET", split.path, split.query, headers, b"", keep_alive=True),
            self._place(split.path),
        )
        for name, value in answer.headers:
            if name == "Location":
                return value
        raise ValueError(
            f"{self.name} answers HTTP {answer.status} to the authorization URL:"
            f" {answer.body.decode()}"
        )

    def _respond(self, request: Request, at: str) -> Answer:
        if at != "authorize":
            return super()._respond(request, at)
        if request.method != "GET":
            return _pages.wrong_method("GET")
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        decision = asked.pop("decision", request.headers.get("decision"))
        uri = asked.get("redirect_uri", self._default_redirect_uri())
        if asked.get("client_id") != self._login_client_id() or not self._registered(
            uri
        ):
            return _page(self.refused_status, "Unknown client_id or redirect_uri.")
        if decision not in {"allow", "deny"}:
            return _page(200, _consent(self.name, asked))
        with self._lock:
            result = self._result(asked, uri, decision)
        if self.echo_state and "state" in asked:
            result["state"] = asked["state"]
        return redirect_answer(f"{uri}{'&' if '?' in uri else '?'}{urlencode(result)}")

    @abstractmethod
    def _login_client_id(self) -> str:
        """Return the id of the client that persons log in to."""

    def _default_redirect_uri(self) -> str:
        """Return where an authorization URL without redirect_uri leads."""
        return self.redirect_uri

    def _registered(self, uri: str) -> bool:
        """Tell whether *uri* is the registered one; on loopback any port will do."""
        # RFC 8252, section 7.3: a native application listens on whatever port is free.
        asked, known = urlsplit(uri), urlsplit(self.redirect_uri)
        if known.hostname in _LOOPBACK and asked.hostname == known.hostname:
            return asked[:1] + asked[2:] == known[:1] + known[2:]
        return uri == self.redirect_uri

    def _result(
        self, asked: Mapping[str, str], uri: str, decision: str
    ) -> dict[str, str]:
        """Return the parameters of the redirect, without the state."""
        flaw = self._flaw(asked)
        if flaw is not None:
            return {"error": "invalid_request", "error_description": flaw}
        if decision == "deny":
            return self._denial()
        code = letters(30)
        self._ledger.codes[code] = Code(
            redirect_uri=uri,
            expires_at=self.now() + _CODE_LIFETIME_S,
            family=self._ledger.new_family(),
            challenge=asked.get("code_challenge"),
        )
        return {"code": code}

    def _flaw(self, asked: Mapping[str, str]) -> str | None:
        """Return what is wrong with an authorization request, if anything is."""
        del asked  # the client id is all that must be there
        return None

    def _denial(self) -> dict[str, str]:
        """Return the redirect's parameters when the person says no."""
        return {"error": "access_denied"}

    def _code(self, text: str) -> Code:
        """
        Return the code that is presented.

        Raises:
            TokenRefused: If there is none, or no longer. A code that comes twice has
                been stolen: what was issued for it dies (RFC 6749, section 4.1.2).
        """
        code = self._ledger.codes.get(text)
        if code is not None and code.spent:
            self._ledger.mark(REVOKED, family=code.family)
            self._ledger.kill_refresh_tokens(family=code.family)
        if code is None or code.spent or self.now() >= code.expires_at:
            raise self._refuse("invalid_grant")
        return code


def _page(status: int, content: str) -> Answer:
    """Return an HTML page."""
    return Answer(status, f"<!doctype html><p>{content}</p>".encode(), _HTML)


def _consent(name: str, asked: Mapping[str, str]) -> str:
    """Return a form that asks the same URL again, with a decision."""
    fields = "".join(
        f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}">'
        for key, value in asked.items()
    )
    buttons = "".join(
        f'<button name="decision" value="{value}">{value.title()}</button>'
        for value in ("allow", "deny")
    )
    return (
        f"<title>{name} sandbox</title>An application asks for access to {name}."
        f'<form method="get">{fields}{buttons}</form>'
    )
