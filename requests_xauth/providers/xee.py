"""Xee v3, https://github.com/xee-lab/xee-api-docs/tree/master/api/api/v3 (read 2026-11-21)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .._provider import Provider, Refusal
from .._verdict import KEEP, LOGIN, RENEW, Policy

if TYPE_CHECKING:
    from requests import Response

ROOT = "https://cloud.xee.com/v3"

POLICY: Policy = MappingProxyType(
    {
        (401, "Invalid token"): RENEW,  # its tip: refresh or sign in
        (401, "invalid_token"): RENEW,  # RFC 6750, section 3.1
        (401, None): KEEP,  # "Authorization is missing/malformed": ours to mend
        (403, "Token has expired"): RENEW,  # Xee's Android SDK renews on this alone
        (403, "Token has been revoked"): LOGIN,  # its refresh token is dead as well
        (403, None): KEEP,  # "… does not have the required scope", "… this car"
    }
)

DOUBT = "the code or refresh token is dead, or XEE_CLIENT_ID or XEE_CLIENT_SECRET is wrong"


def read_refusal(status: int, body: Any) -> Refusal | None:  # noqa: ANN401  # any JSON
    """
    Read Xee's list ``[{"type", "message", "tip"}]`` and its bare ``{"message"}``.

    "Invalid authentication" with 403 is a bad code or a dead refresh token; wrong client
    credentials may well answer the same.
    """
    found = _first(body)
    if found is None:
        return None
    message, tip = _text(found, "message"), _text(found, "tip")
    if status == 403 and message == "Invalid authentication":
        return Refusal("invalid_grant", message, tip, doubt=DOUBT)
    return Refusal(None, message, tip)


def read_denial(response: Response) -> str | None:
    """Read the message of an API refusal, ``[{"type", "message", "tip"}]``."""
    try:
        found = _first(response.json())
    except (ValueError, RecursionError):
        return None
    return _text(found, "message") if found else None


XEE = Provider(
    "Xee",
    f"{ROOT}/auth/access_token",
    f"{ROOT}/auth/auth",
    hosts=("cloud.xee.com",),
    policy=POLICY,
    code_redirect=False,  # the exchange is grant_type and code and nothing else
    expires_at="expires_at",
    read_refusal=read_refusal,
    read_denial=read_denial,
    environ="XEE",
    docs="https://github.com/xee-lab/xee-api-docs",
)


def _first(body: Any) -> dict[str, Any] | None:  # noqa: ANN401  # any JSON
    found = body[0] if isinstance(body, list) and body else body
    return found if isinstance(found, dict) else None


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None
