"""Xee v3: a person's code, refresh tokens that work once, errors as lists."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from ._issuer import TokenRefused
from ._login import LoginService
from ._refreshing import RefreshingService
from ._service import Refusal
from ._tokens import Issued, letters
from ._wire import json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TYPES = {401: "AUTHENTICATION_ERROR", 403: "AUTHORIZATION_ERROR"}


def _refusal(status: int, message: str, tip: str) -> Refusal:
    return Refusal(status, [{"type": _TYPES[status], "message": message, "tip": tip}])


_MALFORMED = _refusal(
    401,
    "Authorization is missing/malformed",
    "Send the header Authorization: Bearer and the access token",
)


class Xee(LoginService, RefreshingService):
    """Xee's cloud."""

    base_path = "/v3"
    token_path = "/v3/auth/access_token"
    authorize_path = "/v3/auth/auth"
    api_root = "/v3"
    api_path = "/v3/users/me"
    refused_status = 404
    denial = "scope"
    refusal_table: ClassVar[Mapping[str, Refusal]] = {
        "missing": _MALFORMED,
        "malformed": _MALFORMED,
        "unknown": _refusal(401, "Invalid token", "Get another access token"),
        "expired": _refusal(403, "Token has expired", "Refresh the access token"),
        "revoked": _refusal(403, "Token has been revoked", "Ask the user to log in"),
        "scope": _refusal(
            403,
            "Token does not have the required scope",
            "Ask the user for this scope",
        ),
        "car": _refusal(
            403,
            "Token can't access this car",
            "Check the id of the car",
        ),
    }

    def __init__(self, clock: Callable[[], float]) -> None:
        self.client_id = secrets.token_hex(16)
        self.client_secret = letters(40)
        super().__init__("Xee", clock)

    def reset(self) -> None:
        """Forget tokens and requests; set every switch as it was at first."""
        super().reset()
        self.reuse_detection = True

    @property
    def credentials(self) -> dict[str, str]:
        """The keyword arguments that fit the preset."""
        return {**super().credentials, "redirect_uri": self.redirect_uri}

    def _login_client_id(self) -> str:
        return self.client_id

    def revoke(self) -> None:
        """Revoke every token issued so far, refresh tokens too."""
        with self._lock:
            super().revoke()
            self.kill_refresh_tokens()

    def issue_refresh_token(self) -> str:
        """Return an unused refresh token, as if a person had logged in."""
        token = secrets.token_hex(32)
        with self._lock:
            family = self._ledger.new_family()
            self._ledger.add_refresh_token(token, family, scope="")
        return token

    def _grant(self, form: dict[str, str]) -> Issued:
        grant_type = form.get("grant_type")
        if grant_type == "refresh_token" and form.get("refresh_token"):
            family, _ = self._use_refresh_token(form["refresh_token"])
            kept = None if self.refresh_rotates else form["refresh_token"]
            return self._issue(family, kept)
        if grant_type == "authorization_code" and form.get("code"):
            code = self._code(form["code"])
            code.spent = True
            return self._issue(code.family)
        known = grant_type == "refresh_token"
        raise self._refuse("invalid_request", "refresh_token" if known else "code")

    def _issue(self, family: int, refresh_token: str | None = None) -> Issued:
        token = secrets.token_hex(32)
        ends_at = self.now() + self.lifetime_s
        return self._ledger.add(
            Issued(
                access_token=token,
                expires_at=ends_at,
                bearer=token,
                bearer_expires_at=ends_at,
                family=family,
                refresh_token=refresh_token or secrets.token_hex(32),
            )
        )

    def _members(self, issued: Issued) -> dict[str, Any]:
        return {
            "access_token": issued.access_token,
            "expires_at": int(issued.expires_at),
            "expires_in": self._seconds_left(issued),
            "refresh_token": issued.refresh_token,
            "token_type": "bearer",
        }

    def _refuse(self, code: str, description: str = "") -> TokenRefused:
        if code != "invalid_request":
            return TokenRefused(json_answer(403, {"message": "Invalid authentication"}))
        parameter = description if description == "refresh_token" else "code"
        error = {
            "type": "PARAMETERS_ERROR",
            "message": "Missing parameter",
            "tip": f"Check you've set the grant_type and the {parameter}",
        }
        return TokenRefused(json_answer(400, [error]))
