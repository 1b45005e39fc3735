"""XPKit: tokens by client credentials, users by code and PKCE; 403 says everything."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from ._issuer import TokenRefused
from ._login import LoginService
from ._service import Refusal
from ._tokens import Issued, letters
from ._wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REGIONS = ("amer", "apac", "china", "emea")
SIGN_INS = frozenset(("apple", "facebook", "google", "linkedin", "microsoft", "xpkit"))
_NO_CREDENTIALS = {"detail": "Authentication credentials were not provided."}
_NO_PERMISSION = {"detail": "You do not have permission to perform this action."}


class XPKit(LoginService):
    """One region of XPKit: its auth service and an API."""

    token_path = "/api/token/"
    authorize_path = "/authorize/"
    api_root = "/api"
    api_path = "/api/profiles/"
    default_lifetime_s = 36000
    # Without WWW-Authenticate, whatever is the matter.
    refusal_table: ClassVar[Mapping[str, Refusal]] = {
        "missing": Refusal(403, _NO_CREDENTIALS),
        "malformed": Refusal(403, _NO_CREDENTIALS),
        "unknown": Refusal(403, _NO_CREDENTIALS),
        "expired": Refusal(403, _NO_CREDENTIALS),
        "revoked": Refusal(403, _NO_CREDENTIALS),
        "denied": Refusal(403, _NO_PERMISSION),
    }

    def __init__(self, region: str, clock: Callable[[], float]) -> None:
        self.region = region
        self.client_id = letters(30)
        self.client_secret = letters(52)
        self.user_client_id = letters(30)
        super().__init__(f"XPKit {region}", clock)

    def reset(self) -> None:
        """Forget tokens and requests; set every switch as it was at first."""
        super().reset()
        self.scope = "profiles:read activities:read"

    @property
    def user_credentials(self) -> dict[str, str]:
        """The keyword arguments that fit the preset for users."""
        return {
            "base_url": self.base_url,
            "client_id": self.user_client_id,
            "redirect_uri": self.redirect_uri,
        }

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables that hold these credentials, and the region."""
        return {"XPKIT_REGION": self.region, **super().environ}

    def _place(self, path: str) -> str:
        return "other" if path + "/" == self.token_path else super()._place(path)

    def _respond(self, request: Request, at: str) -> Answer:
        if request.path + "/" == self.token_path:
            # A client that follows arrives as a GET, without its form.
            return Answer(301, b"", (("Location", self.token_path),))
        return super()._respond(request, at)

    # Token endpoint

    def _check_client(self, request: Request, form: dict[str, str]) -> None:
        given = (form.get("client_id"), form.get("client_secret"))
        known = ((self.client_id, self.client_secret), (self.user_client_id, None))
        if "authorization" in request.headers or given not in known:
            raise self._refuse("invalid_client")

    def _grant(self, form: dict[str, str]) -> Issued:
        public = form["client_id"] == self.user_client_id
        grant_type = form.get("grant_type")
        if grant_type not in {"client_credentials", "authorization_code"}:
            raise self._refuse("unsupported_grant_type")
        if public != (grant_type == "authorization_code"):
            raise self._refuse("unauthorized_client")
        return self._issue(self._exchange(form) if public else None)

    def _issue(self, family: int | None) -> Issued:
        token = letters(30)
        ends_at = self.now() + self.lifetime_s
        return self._ledger.add(
            Issued(
                access_token=token,
                expires_at=ends_at,
                bearer=token,
                bearer_expires_at=ends_at,
                family=family or self._ledger.new_family(),
                scope=self.scope,
            )
        )

    def _exchange(self, form: dict[str, str]) -> int:
        """Return the login that a code stands for, once."""
        code = self._code(form.get("code", ""))
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if (form.get("redirect_uri"), challenge) != (code.redirect_uri, code.challenge):
            raise self._refuse("invalid_grant")
        code.spent = True
        return code.family

    def _members(self, issued: Issued) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "scope": issued.scope,
            "expires_in": self._seconds_left(issued),
            "access_token": issued.access_token,
        }

    def _refuse(self, code: str, description: str = "") -> TokenRefused:
        del description  # XPKit does not explain itself
        status, phrase = 400, "Bad Request"
        if code == "invalid_client":
            status, phrase = 401, "Unauthorized"
        body = {"error": phrase, "extra_info": {"error": code}}
        return TokenRefused(json_answer(status, body))

    # Authorization

    def _login_client_id(self) -> str:
        return self.user_client_id

    def _default_redirect_uri(self) -> str:
        return ""  # none: it has to be asked for

    def _flaw(self, asked: Mapping[str, str]) -> str | None:
        if asked.get("response_type") != "code":
            return "response_type must be code"
        if asked.get("provider") not in SIGN_INS:
            return f"provider must be one of {', '.join(sorted(SIGN_INS))}"
        if asked.get("code_challenge_method") != "S256" or not asked.get(
            "code_challenge"
        ):
            return "code_challenge and code_challenge_method=S256 are required"
        return None

    def _denial(self) -> dict[str, str]:
        return {
            "error": "access_denied",
            "error_description": "The user denied the request.",
        }
