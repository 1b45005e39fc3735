"""What a provider has issued, and what has become of it.

Rule: nothing here knows HTTP or a provider's name. Every call is made under the
service's lock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import string
from dataclasses import dataclass

LIVE, EXPIRED, REVOKED, UNKNOWN = "live", "expired", "revoked", "unknown"
_JWT_KEY = secrets.token_bytes(32)


@dataclass(slots=True)
class Issued:
    """One answer of the token endpoint."""

    access_token: str
    expires_at: float
    bearer: str
    bearer_expires_at: float
    family: int  # one login and all that was refreshed from it
    scope: str = ""
    refresh_token: str | None = None
    id_token: str | None = None
    state: str = LIVE

    def ends_at(self) -> float:
        """Return the moment from which the bearer is refused."""
        return min(self.expires_at, self.bearer_expires_at)


@dataclass(slots=True)
class _Refresh:
    """A refresh token's fate."""

    family: int
    scope: str
    spent: bool = False
    dead: bool = False


@dataclass(slots=True)
class Code:
    """An authorization code and what it was given for."""

    redirect_uri: str
    expires_at: float
    family: int
    challenge: str | None = None
    spent: bool = False


class Ledger:
    """The tokens and codes of one provider."""

    def __init__(self) -> None:
        self._by_bearer: dict[str, Issued] = {}
        self._live: dict[str, Issued] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self.codes: dict[str, Code] = {}
        self._families = itertools.count(1)

    def new_family(self) -> int:
        """Return the number of a new login."""
        return next(self._families)

    def add(self, issued: Issued) -> Issued:
        """Keep what was issued."""
        self._by_bearer[issued.bearer] = self._live[issued.bearer] = issued
        if issued.refresh_token is not None:
            self.add_refresh_token(
                issued.refresh_token, issued.family, scope=issued.scope
            )
        return issued

    def add_refresh_token(self, token: str, family: int, *, scope: str) -> None:
        """Keep a refresh token; one that is known stays as it is."""
        self._refreshes.setdefault(token, _Refresh(family, scope))

    def state_of(self, bearer: str, now_at: float) -> str:
        """Return what the API knows of a bearer."""
        issued = self._by_bearer.get(bearer)
        if issued is None:
            return UNKNOWN
        if issued.state == LIVE and now_at >= issued.ends_at():
            return EXPIRED
        return issued.state

    def live(self, now_at: float) -> list[Issued]:
        """Return what is good for some time yet."""
        return [one for one in self._live.values() if now_at < one.ends_at()]

    def mark(self, state: str, *, family: int | None = None) -> None:
        """Put every live token, or those of one login, into another state."""
        for bearer, issued in list(self._live.items()):
            if family in (None, issued.family):
                issued.state = state
                del self._live[bearer]

    def revoke(self) -> None:
        """Revoke every access token, an expired one too."""
        self._live.clear()
        for issued in self._by_bearer.values():
            issued.state = REVOKED

    def forget(self) -> None:
        """Know none of the access tokens any more."""
        self._live.clear()
        self._by_bearer.clear()

    def kill_refresh_tokens(self, *, family: int | None = None) -> None:
        """Accept none of the refresh tokens, or of one login's, any more."""
        for refresh in self._refreshes.values():
            if family in (None, refresh.family):
                refresh.dead = True

    def refresh(self, token: str) -> _Refresh | None:
        """Return a refresh token's fate, or None for a token never seen."""
        return self._refreshes.get(token)


def letters(count: int) -> str:
    """Return so many random letters and digits."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(count))


def jwt(claims: dict[str, object]) -> str:
    """Return a signed JWT (RFC 7519; HS256 under a key that nobody else has)."""
    head = {"alg": "HS256", "typ": "JWT"}
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    mac = hmac.new(_JWT_KEY, signed, hashlib.sha256).digest()
    return (signed + b"." + _base64url(mac)).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
