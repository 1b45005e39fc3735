"""One provider: a token endpoint and an API that judges its bearers.

Rule: how the API of a provider says no is a table in its own file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import urlsplit

from . import _pages
from ._issuer import Issuer
from ._tokens import LIVE
from ._wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Refusal(NamedTuple):
    """How the API says no."""

    status: int
    body: object
    headers: Mapping[str, str] | None = None


class Service(Issuer):
    """What the four providers share."""

    base_path: ClassVar[str] = ""
    authorize_path: ClassVar[str | None] = None
    api_root: ClassVar[str]
    api_path: ClassVar[str]
    # What the API answers: "missing", "malformed", "unknown", "expired", "revoked" for
    # a bearer, and a reason of deny() for a place.
    refusal_table: ClassVar[Mapping[str, Refusal]]
    denial: ClassVar[str] = "denied"

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._denied: dict[str, str] = {}
        super().__init__(name, clock)

    # Addresses and credentials

    @property
    def base_url(self) -> str:
        """What a user passes as base_url."""
        return self.origin + self.base_path

    @property
    def authorize_url(self) -> str | None:
        """Where a person logs in, or None where nobody can."""
        return self.origin + self.authorize_path if self.authorize_path else None

    @property
    def api_url(self) -> str:
        """A URL that answers a good bearer with 200 and JSON."""
        return self.origin + self.api_path

    def url(self, path: str) -> str:
        """Return the URL of another *path* below the API's root."""
        return f"{self.origin}{self.api_root}/{path.lstrip('/')}"

    @property
    def credentials(self) -> dict[str, str]:
        """The keyword arguments that fit the preset."""
        return {
            "base_url": self.base_url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables that hold these credentials."""
        given = self.credentials
        names = ("client_id", "client_secret", "username", "password")
        prefix = type(self).__name__.upper()
        return {f"{prefix}_{n.upper()}": given[n] for n in names if n in given}

    # Counters

    def reset_counters(self) -> None:
        """Start to count and to record anew."""
        with self._lock:
            super().reset_counters()
            self.api_calls = 0
            self.refusals = 0
            self.bodies: list[bytes] = []

    # Switches

    def heal(self) -> None:
        """Switch off what goes wrong here, denials too."""
        self._denied = {}
        super().heal()

    def deny(self, path: str | None = None, reason: str | None = None) -> None:
        """
        Refuse a path to every token, as the provider refuses a missing permission.

        Args:
            path: As given to url(), or what url() returns; None means api_url.
            reason: One of the provider's own; None means its usual one.

        Raises:
            ValueError: If the provider knows no such reason.
        """
        reason = reason or self.denial
        if reason not in self.refusal_table:
            raise ValueError(
                f"{self.name} does not refuse for {reason!r}."
                f" Known: {', '.join(self.refusal_table)}."
            )
        self._denied = {**self._denied, self._full_path(path): reason}

    def allow(self, path: str | None = None) -> None:
        """Undo deny()."""
        full_path = self._full_path(path)
        self._denied = {
            path: reason for path, reason in self._denied.items() if path != full_path
        }

    def _full_path(self, path: str | None) -> str:
        if path is None:
            return self.api_path
        known = urlsplit(path).path
        below = "://" in path or known.startswith(self.api_root + "/")
        return known if below else f"{self.api_root}/{known.lstrip('/')}"

    # Answers

    def _place(self, path: str) -> str:
        if path == self.token_path:
            return "token"
        if path == self.authorize_path:
            return "authorize"
        return "api" if path.startswith(self.api_root + "/") else "other"

    def _note(self, request: Request, at: str) -> None:
        with self._lock:
            super()._note(request, at)
            if at == "api":
                self.api_calls += 1

    def _count(self, request: Request, answer: Answer, at: str) -> None:
        if at != "api":
            return
        with self._lock:
            if answer.status in {401, 403}:
                self.refusals += 1
            if self.recording and 200 <= answer.status < 300:
                self.bodies.append(request.body)

    def _respond(self, request: Request, at: str) -> Answer:
        if at == "token":
            return self._token_answer(request)
        if at == "api":
            return self._api_answer(request)
        return _pages.not_found()

    # API

    def _api_answer(self, request: Request) -> Answer:
        """Answer below the API's root: a page for good bearers, or a refusal."""
        page = request.path.removeprefix(self.api_root)
        if page == "/redirect":  # its own target judges the bearer
            return _pages.redirect(request)
        answer = self._judge(request) or _pages.good(page, request)
        return _pages.with_cookie(answer, request) if page == "/cookie" else answer

    def _judge(self, request: Request) -> Answer | None:
        """Return the refusal of a request, or None."""
        reason: str | None = self._state_of(request.headers.get("authorization"))
        if reason == LIVE:
            reason = self._denied.get(request.path)
        return json_answer(*self.refusal_table[reason]) if reason else None

    def _state_of(self, authorization: str | None) -> str:
        """Return what an Authorization header is worth."""
        if authorization is None:
            return "missing"
        scheme, _, bearer = authorization.partition(" ")
        if scheme.lower() != "bearer" or not bearer:
            return "malformed"
        return self._ledger.state_of(bearer, self.now())
