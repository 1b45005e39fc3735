"""The token endpoint: who may ask, what is issued, and what becomes of it.

Rule: the four providers share what stands here; what one of them issues, and how it
says no, is in its own file.
"""

from __future__ import annotations

import base64
import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, unquote_plus

from . import _pages
from ._origin import Origin
from ._tokens import EXPIRED, Issued, Ledger
from ._wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

_BODY_LIMIT_BYTES = 64 * 1024
_FORM = "application/x-www-form-urlencoded"
# RFC 6749, section 5.1
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRefused(Exception):
    """The token endpoint says no, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Issuer(Origin):
    """A token endpoint and its switches."""

    token_path: ClassVar[str]
    default_lifetime_s: ClassVar[int] = 3600
    rotates: ClassVar[bool] = False

    client_id: str
    client_secret: str

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._ledger = Ledger()
        super().__init__(name, clock)

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return self.origin + self.token_path

    # Counters and switches

    def reset_counters(self) -> None:
        """Start to count and to record anew."""
        with self._lock:
            super().reset_counters()
            self.token_requests = 0
            self.token_requests_by_grant: dict[str, int] = {}
            self.tokens_issued = 0
            self.reuses = 0

    def reset(self) -> None:
        """Forget tokens and requests; set every switch as it was at first."""
        with self._lock:
            self._ledger = Ledger()
            self.lifetime_s: float = self.default_lifetime_s
            self.omit: set[str] = set()
            self.extra: dict[str, Any] = {}
            self.refresh_rotates = self.rotates
            self.reuse_detection = False
            self.basic_form = False  # True: id and secret as RFC 6749, section 2.3.1
            super().reset()

    def expire(self) -> None:
        """Let every token issued so far be past its end."""
        with self._lock:
            self._ledger.mark(EXPIRED)

    def revoke(self) -> None:
        """Revoke every access token issued so far."""
        with self._lock:
            self._ledger.revoke()

    def invalidate(self) -> None:
        """Know none of the access tokens issued so far; refresh tokens go on."""
        with self._lock:
            self._ledger.forget()

    def kill_refresh_tokens(self) -> None:
        """Accept none of the refresh tokens issued so far."""
        with self._lock:
            self._ledger.kill_refresh_tokens()

    # Answers

    def body_limit(self, path: str) -> int:
        """Return the largest body in bytes that *path* takes."""
        at_token = path == self.token_path
        return _BODY_LIMIT_BYTES if at_token else super().body_limit(path)

    def _note(self, request: Request, at: str) -> None:
        with self._lock:
            super()._note(request, at)
            if at == "token" and request.method == "POST":
                grant = dict(_form(request)).get("grant_type", "")
                by_grant = self.token_requests_by_grant
                by_grant[grant] = by_grant.get(grant, 0) + 1
                self.token_requests += 1

    def _token_answer(self, request: Request) -> Answer:
        """Issue tokens, or refuse to."""
        if request.method != "POST":
            return _pages.wrong_method("POST")
        with self._lock:
            try:
                form = self._checked_form(request)
                self._check_client(request, form)
                issued = self._grant(form)
            except TokenRefused as refused:
                return refused.answer
            self.tokens_issued += 1
            return json_answer(200, self._token_body(issued), _NO_STORE)

    def _checked_form(self, request: Request) -> dict[str, str]:
        pairs = _form(request)
        form = dict(pairs)
        if len(form) < len(pairs):  # RFC 6749, section 3.2
            raise self._refuse("invalid_request", "a parameter is given twice")
        return form

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        """Raise the refusal of anything but the right client's HTTP Basic."""
        if self._basic(request) != (self.client_id, self.client_secret):
            raise self._refuse("invalid_client")
        if "client_secret" in form:  # RFC 6749, section 2.3
            raise self._refuse("invalid_request", "two ways of client authentication")

    def _basic(self, request: Request) -> tuple[str, str] | None:
        """Return the id and the secret of HTTP Basic, or None."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            pair = base64.b64decode(text, validate=True).decode()
        except ValueError:
            return None
        client_id, _, secret = pair.partition(":")
        if self.basic_form:
            return unquote_plus(client_id), unquote_plus(secret)
        return client_id, secret

    def _token_body(self, issued: Issued) -> dict[str, Any]:
        """Return the answer's members, with .omit and .extra applied."""
        body = {**self._members(issued), **self.extra}
        return {name: value for name, value in body.items() if name not in self.omit}

    def _seconds_left(self, issued: Issued) -> float:
        """Return expires_in: a whole number unless .lifetime_s is a float."""
        left_s = round(issued.expires_at - self.now(), 3)
        return left_s if isinstance(self.lifetime_s, float) else math.floor(left_s)

    @abstractmethod
    def _grant(self, form: dict[str, str]) -> Issued:
        """Return what is issued for a form, or raise a refusal."""

    @abstractmethod
    def _members(self, issued: Issued) -> dict[str, Any]:
        """Return the members of the token answer, in the documented order."""

    @abstractmethod
    def _refuse(self, code: str, description: str = "") -> TokenRefused:
        """Return the token endpoint's refusal in the provider's own form."""


def _form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form; any other type of content has none."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type.lower() != _FORM:
        return []
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
