"""M2M: JWT client credentials at /oauth/v2/token.

From the provider's authentication guide (read 2026-11-21).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

from .._auth import XAuth
from .._provider import Provider
from .._settings import setting
from .._setup import Setup
from .._urls import placed
from .._verdict import KEEP, RENEW, Policy
from ..grants import ClientCredentials

if TYPE_CHECKING:
    import requests

    from .._auth import Timeout
    from .._state import Renewal
    from .._store import Store

POLICY: Policy = MappingProxyType(
    {
        (401, None): RENEW,  # "check token validity or credentials"
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): KEEP,  # "check account permissions": never the token
    }
)


def provider(base_url: str) -> Provider:
    """Return the record of the service whose token endpoint is below *base_url*."""
    root, hosts = placed(base_url, base_url, ())
    return Provider(
        "M2M", f"{root}/oauth/v2/token", hosts=hosts, policy=POLICY, environ="M2M"
    )


class M2MAuth(XAuth):
    """A machine at a service with JWT client credentials."""

    def __init__(
        self,
        base_url: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        scope: str | Iterable[str] | None = None,
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
            base_url: Root of the service, which no documentation names; else
                M2M_BASE_URL. Its host and port may see the token.
            client_id: The client id, which the customer chose; else M2M_CLIENT_ID.
            client_secret: The account's API token; else M2M_CLIENT_SECRET.
            scope: The scope to ask for; None: none.
            store, hosts, account, client_auth, timeout, session, on_renew, clock: As
                `XAuth` has them.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        root = setting(base_url, name="base_url", env="M2M_BASE_URL", who="M2M")
        grant = ClientCredentials(
            setting(client_id, name="client_id", env="M2M_CLIENT_ID", who="M2M"),
            setting(
                client_secret, name="client_secret", env="M2M_CLIENT_SECRET", who="M2M"
            ),
            scope,
        )
        self._set_up(
            Setup(
                provider(root),
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
