"""Xee v3.

https://github.com/xee-lab/xee-api-docs/tree/master/api/api/v3 (read 2026-11-21).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .._auth import XAuth
from .._provider import Provider, Refusal
from .._settings import setting
from .._setup import Setup
from .._urls import placed
from .._verdict import KEEP, LOGIN, RENEW, Policy
from ..grants import AuthorizationCode

if TYPE_CHECKING:
    import requests
    from requests import Response

    from .._auth import Timeout
    from .._state import Renewal
    from .._store import Store

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

DOUBT = (
    "the code or refresh token is dead, or XEE_CLIENT_ID or XEE_CLIENT_SECRET is wrong"
)


def read_refusal(status: int, body: Any) -> Refusal | None:  # any JSON
    """
    Read Xee's list ``[{"type", "message", "tip"}]`` and its bare ``{"message"}``.

    "Invalid authentication" with 403 is a bad code or a dead refresh token; wrong client
    credentials may well answer the same.
    """
    found = _first(body)
    if found is None:
        return None
    message, tip = _text(found, "message"), _text(found, "tip")
    if message is None:
        return None  # not in Xee's own form
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


def provider(base_url: str | None = None) -> Provider:
    """Return Xee's record, or that of what answers at *base_url*."""
    root, hosts = placed(base_url, ROOT, ("cloud.xee.com",))
    return Provider(
        "Xee",
        f"{root}/auth/access_token",
        f"{root}/auth/auth",
        hosts=hosts,
        policy=POLICY,
        code_redirect=False,  # the exchange is grant_type and code and nothing else
        expires_at="expires_at",
        read_refusal=read_refusal,
        read_denial=read_denial,
        environ="XEE",
        docs="https://github.com/xee-lab/xee-api-docs",
    )


class XeeAuth(XAuth):
    """Xee v3 for a person who logs in once: authorization code, then refresh tokens."""

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        redirect_uri: str | None = None,
        scope: str | Iterable[str] | None = None,
        refresh_token: str | None = None,
        base_url: str | None = None,
        store: Store | str | None = None,
        hosts: Iterable[str] | None = None,
        account: str | None = None,
        client_auth: str | None = None,
        timeout: Timeout = (5, 30),
        session: requests.Session | None = None,
        on_renew: Callable[[Renewal], object] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Take what is given, and from the environment what is not.

        Args:
            client_id: The client id; else XEE_CLIENT_ID.
            client_secret: The client secret; else XEE_CLIENT_SECRET.
            redirect_uri: Where the browser comes back to after the login.
            scope: The scope to ask for, such as "users_read cars_read".
            refresh_token: A refresh token that you have; it seeds an empty store only.
            base_url: Root of the token and authorize URLs, to reach a sandbox,
                a demo host or a gateway; then its host and port may see the token.
            store, hosts, account, client_auth, timeout, session, on_renew, clock: As
                `XAuth` has them.

        Raises:
            ConfigError: If one of them is missing or cannot be right, or refresh_token=
                comes with store= and without account=.
        """
        grant = AuthorizationCode(
            setting(client_id, name="client_id", env="XEE_CLIENT_ID", who="Xee"),
            setting(
                client_secret, name="client_secret", env="XEE_CLIENT_SECRET", who="Xee"
            ),
            redirect_uri,
            scope,
            pkce=False,  # Xee knows no PKCE
        )
        self._set_up(
            Setup(
                provider(base_url),
                grant,
                seed=refresh_token,
                store=store,
                hosts=hosts,
                account=account,
                client_auth=client_auth,
                timeout=timeout,
                session=session,
                on_renew=on_renew,
                clock=clock,
            )
        )


def _first(body: Any) -> dict[str, Any] | None:  # any JSON
    found = body[0] if isinstance(body, list) and body else body
    return found if isinstance(found, dict) else None


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None
