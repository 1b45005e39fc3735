"""XPKit, in four regions.

https://developer.xpkit.com/getting-started/making-authenticated-requests and, for users,
https://developer.xpkit.com/authentication/users/xpkit-sso/ (read 2026-11-21).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .._auth import XAuth
from .._provider import Provider, Refusal, one_of
from .._settings import setting
from .._setup import Setup
from .._urls import placed
from .._verdict import KEEP, MAYBE, RENEW, Policy
from ..errors import ConfigError
from ..grants import AuthorizationCode, ClientCredentials

if TYPE_CHECKING:
    import requests

    from .._auth import Timeout
    from .._state import Renewal
    from .._store import Store

REGIONS = MappingProxyType(
    {
        "amer": "amer.xpkit.net",
        "apac": "apac.xpkit.net",
        "china": "china.xpkit.cn",  # another top-level domain
        "emea": "emea.xpkit.net",
    }
)

# Who may sign a user in; the page on SSO also writes linkedin_oauth2.
SSO = (
    "apple",
    "facebook",
    "google",
    "linkedin",
    "linkedin_oauth2",
    "microsoft",
    "xpkit",
)

POLICY: Policy = MappingProxyType(
    {
        (401, None): RENEW,  # XPKit's own JavaScript SDK renews on it
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): MAYBE,  # every endpoint's answer to an expired token, and to a
        # missing permission: nothing in it tells the two apart
        (403, "invalid_token"): RENEW,  # RFC 6750's word, should it ever come
        (403, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
    }
)


def read_refusal(status: int, body: Any) -> Refusal | None:  # noqa: ARG001  # any JSON; the quirks' one signature
    """
    Read ``{"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}``.

    The standard's code is the inner one; the sentence is called description, not
    error_description.
    """
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return None
    inner = body.get("extra_info")
    code = inner.get("error") if isinstance(inner, dict) else None
    description = body.get("description")
    return Refusal(
        code if isinstance(code, str) else body["error"],
        description if isinstance(description, str) else None,
    )


def provider(region: str | None, base_url: str | None = None) -> Provider:
    """
    Return the record of a region, or of what answers at *base_url*.

    Args:
        region: One of `REGIONS` in any case, or None with a *base_url*.
        base_url: As the presets have it, or None.

    Raises:
        ConfigError: If the region is unknown, or none is given.
    """
    own = _region(region, needed=base_url is None)
    base = REGIONS.get(own or "", "")
    root, hosts = placed(base_url, f"https://auth.{base}", (f"*.{base}",))
    return Provider(
        "XPKit",
        f"{root}/api/token/",  # without the slash a POST is redirected to a GET
        f"{root}/authorize/",
        client_auth="body",
        hosts=hosts,
        policy=POLICY,
        read_refusal=read_refusal,
        environ="XPKIT",
        kin=tuple(
            (f"*.{other}", f"make an auth for that region: region={name!r}")
            for name, other in REGIONS.items()
            if name != own
        ),
        docs="https://developer.xpkit.com/",
        region=own,
    )


class XPKitAuth(XAuth):
    """XPKit for an application: client credentials of one region."""

    def __init__(
        self,
        region: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        scope: str | Iterable[str] | None = None,
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
            region: amer, apac, china or emea; else XPKIT_REGION. It may be left out
                when *base_url* is given.
            client_id: The client id; else XPKIT_CLIENT_ID.
            client_secret: The client secret; else XPKIT_CLIENT_SECRET.
            scope: The scope to ask for; None: all that the application was granted.
            base_url: Root of the region's auth service, to reach a sandbox,
                a demo host or a gateway; then its host and port may see the token.
            store, hosts, account, client_auth, timeout, session, on_renew, clock: As
                `XAuth` has them.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        record = provider(region, base_url)
        grant = ClientCredentials(
            setting(client_id, name="client_id", env="XPKIT_CLIENT_ID", who="XPKit"),
            setting(
                client_secret,
                name="client_secret",
                env="XPKIT_CLIENT_SECRET",
                who="XPKit",
            ),
            scope,
        )
        self._set_up(
            Setup(
                record,
                grant,
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


class XPKitUserAuth(XAuth):
    """XPKit for a person who signs in: authorization code and PKCE, no secret."""

    def __init__(
        self,
        region: str | None = None,
        client_id: str | None = None,
        *,
        redirect_uri: str | None = None,
        sso: str = "xpkit",
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
            region: amer, apac, china or emea; else XPKIT_REGION. It may be left out
                when *base_url* is given.
            client_id: The public client's id; else XPKIT_CLIENT_ID.
            redirect_uri: Where the browser comes back to after the login.
            sso: Who signs the person in: apple, facebook, google, linkedin, microsoft
                or xpkit.
            base_url: Root of the region's auth service, to reach a sandbox,
                a demo host or a gateway; then its host and port may see the token.
            store, hosts, account, client_auth, timeout, session, on_renew, clock: As
                `XAuth` has them.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        record = provider(region, base_url)._replace(
            client_auth="none",
            authorize_params=(("provider", one_of(sso, SSO, "sso")),),
        )
        grant = AuthorizationCode(
            setting(client_id, name="client_id", env="XPKIT_CLIENT_ID", who="XPKit"),
            redirect_uri=redirect_uri,
        )
        self._set_up(
            Setup(
                record,
                grant,
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


def _region(region: str | None, *, needed: bool) -> str | None:
    if region is None and not needed:
        return None
    known = ", ".join(REGIONS)
    try:
        given = setting(region, name="region", env="XPKIT_REGION", who="XPKit")
    except ConfigError as error:
        # A guessed region would send the secret to the wrong one.
        raise ConfigError(f"{error} Regions: {known}.") from None
    if given.lower() not in REGIONS:
        raise ConfigError(f"XPKit has no region {given!r}. Regions: {known}.")
    return given.lower()
