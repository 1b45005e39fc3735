"""XMLdation: a user's password, one active token per user, the id_token as bearer."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from ._issuer import TokenRefused
from ._refreshing import RefreshingService
from ._service import Refusal
from ._tokens import REVOKED, Issued, jwt, letters
from ._wire import json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

_UNAUTHORIZED = Refusal(401, {"error": {"status": 401, "message": "Unauthorized"}})
_REASONS = ("missing", "malformed", "unknown", "expired", "revoked", "denied")


class XMLdation(RefreshingService):
    """XMLdation's token endpoint and API."""

    token_path = "/oauth2/token"
    api_root = "/api/v1"
    api_path = "/api/v1/validate/sandbox"
    default_lifetime_s = 3293
    refusal_table = dict.fromkeys(_REASONS, _UNAUTHORIZED)

    def __init__(self, clock: Callable[[], float]) -> None:
        self.client_id = letters(28)
        self.client_secret = letters(28)
        self.username = f"user-{letters(8)}"
        # Characters that mean something in a form: encoding cannot be forgotten.
        self.password = f"{letters(16)}+&=%41"
        super().__init__("XMLdation", clock)

    def reset(self) -> None:
        """Forget tokens and requests; set every switch as it was at first."""
        super().reset()
        self.id_token_lifetime_s: float | None = None  # None: as .lifetime_s
        self.same_token = True
        self.larger_scope = False

    @property
    def credentials(self) -> dict[str, str]:
        """The keyword arguments that fit the preset."""
        user = {"username": self.username, "password": self.password}
        return {**super().credentials, **user}

    def _grant(self, form: dict[str, str]) -> Issued:
        grant_type = form.get("grant_type")
        if grant_type == "password":
            return self._log_in(form)
        if grant_type == "refresh_token":
            token = form.get("refresh_token", "")
            family, scope = self._use_refresh_token(token)
            return self._issue(family, scope, None if self.refresh_rotates else token)
        raise self._refuse("unsupported_grant_type", f"not {grant_type!r}")

    def _log_in(self, form: dict[str, str]) -> Issued:
        """Return the active token again, or a new one."""
        given = (form.get("username", ""), form.get("password"))
        if given != (f"xmldation/{self.username}", self.password):
            raise self._refuse("invalid_grant", f"Authentication failed for {given[0]}")
        live = self._ledger.live(self.now())
        if self.same_token and live:
            return live[-1]
        return self._issue(self._ledger.new_family(), form.get("scope", ""))

    def _issue(self, family: int, scope: str, kept: str | None = None) -> Issued:
        """Return a new token; the one before is dead at once."""
        self._ledger.mark(REVOKED)
        now_at = self.now()
        access_token = str(uuid.uuid4())
        end_s = self.id_token_lifetime_s
        id_ends_at = now_at + (self.lifetime_s if end_s is None else end_s)
        openid = "openid" in scope.split()
        id_token = self._id_token(now_at, id_ends_at) if openid else None
        return self._ledger.add(
            Issued(
                access_token=access_token,
                expires_at=now_at + self.lifetime_s,
                bearer=id_token or "",  # the API takes nothing else
                bearer_expires_at=id_ends_at,
                family=family,
                scope=scope,
                refresh_token=kept or str(uuid.uuid4()),
                id_token=id_token,
            )
        )

    def _id_token(self, now_at: float, ends_at: float) -> str:
        subject = f"xmldation/{self.username}"
        times = {"iat": int(now_at), "exp": int(ends_at)}
        return jwt({"sub": subject, "jti": str(uuid.uuid4()), **times})

    def _members(self, issued: Issued) -> dict[str, Any]:
        more = " am_application_scope" if self.larger_scope else ""
        members = {
            "expires_in": self._seconds_left(issued),
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "token_type": "Bearer",
            "scope": issued.scope + more,
        }
        # OpenID Connect Core, section 3.1.2.1: no id_token without the scope openid.
        return {**members, "id_token": issued.id_token} if issued.id_token else members

    def _refuse(self, code: str, description: str = "") -> TokenRefused:
        if code == "invalid_client":
            return TokenRefused(json_answer(401, {"error": code}))
        body = {"error": code, "error_description": description or "Not accepted"}
        return TokenRefused(json_answer(400, body))
