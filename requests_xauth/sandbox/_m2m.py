"""M2M: client credentials, JWT access tokens, 401 and 403 as RFC 6750 has them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from ._issuer import TokenRefused
from ._service import Refusal, Service
from ._tokens import Issued, jwt, letters
from ._wire import json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UNAUTHORIZED = {"message": "Unauthorized"}
# RFC 6750, section 3.1: no error code when no token was sent.
_NO_TOKEN = Refusal(401, _UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
_BAD_TOKEN = Refusal(
    401, _UNAUTHORIZED, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
)


class M2M(Service):
    """The JWT client credentials API."""

    token_path = "/oauth/v2/token"
    api_root = "/api/v1"
    api_path = "/api/v1/things"
    refusal_table: ClassVar[Mapping[str, Refusal]] = {
        "missing": _NO_TOKEN,
        "malformed": _NO_TOKEN,
        "unknown": _BAD_TOKEN,
        "expired": _BAD_TOKEN,
        "revoked": _BAD_TOKEN,
        "denied": Refusal(403, {"message": "Forbidden"}),
    }

    def __init__(self, clock: Callable[[], float]) -> None:
        self.client_id = f"sandbox-{letters(8)}"
        self.client_secret = letters(44)
        super().__init__("M2M", clock)

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables that hold these credentials, and the base URL."""
        return {"M2M_BASE_URL": self.base_url, **super().environ}

    def _grant(self, form: dict[str, str]) -> Issued:
        if form.get("grant_type") != "client_credentials":
            raise self._refuse("unsupported_grant_type")
        now_at = self.now()
        ends_at = now_at + self.lifetime_s
        times = {"iat": int(now_at), "exp": int(ends_at)}
        token = jwt({"sub": self.client_id, "jti": str(uuid.uuid4()), **times})
        return self._ledger.add(
            Issued(
                access_token=token,
                expires_at=ends_at,
                bearer=token,
                bearer_expires_at=ends_at,
                family=self._ledger.new_family(),
            )
        )

    def _members(self, issued: Issued) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "expires_in": self._seconds_left(issued),
            "access_token": issued.access_token,
        }

    def _refuse(self, code: str, description: str = "") -> TokenRefused:
        if code == "invalid_client":
            # RFC 6749, section 5.2: the challenge of the scheme that was used.
            challenge = {"WWW-Authenticate": 'Basic realm="sandbox"'}
            return TokenRefused(json_answer(401, {"error": code}, challenge))
        body = {"error": code, "error_description": description or "Not accepted"}
        return TokenRefused(json_answer(400, body))
