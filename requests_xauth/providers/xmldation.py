"""XMLdation.

Its service API guide v1, page Authentication, of 2017-02-02 (read 2026-11-21).
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
from .._verdict import KEEP, MAYBE, RENEW, Policy
from ..grants import Password

if TYPE_CHECKING:
    import requests

    from .._auth import Timeout
    from .._state import Renewal
    from .._store import Store

ROOT = "https://auth.xmldation.com"
# The domain before every user name at the token endpoint: xmldation/Username.
DOMAIN = "xmldation/"

POLICY: Policy = MappingProxyType(
    {
        (401, None): MAYBE,  # expired, or no permission for the product code: one body
        (401, "invalid_token"): RENEW,  # the gateway behind it (WSO2) sends it spaced
        (401, "insufficient_scope"): KEEP,  # RFC 6750, section 3.1
        (403, None): KEEP,  # not among the documented answers: a permission
    }
)


def provider(base_url: str | None = None) -> Provider:
    """Return XMLdation's record, or that of what answers at *base_url*."""
    root, hosts = placed(base_url, ROOT, ("*.xmldation.com",))
    return Provider(
        "XMLdation",
        f"{root}/oauth2/token",
        bearer="id_token",  # the guide: users must use the id_token
        hosts=hosts,
        policy=POLICY,
        environ="XMLDATION",
        docs="https://wiki.xmldation.com/",
    )


class XMLdationAuth(XAuth):
    """XMLdation for a user: password grant, then refresh tokens; bearer: the id_token."""

    def __init__(
        self,
        username: str | None = None,
        password: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
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
            username: The user name, with or without "xmldation/" before it; else
                XMLDATION_USERNAME.
            password: The password; else XMLDATION_PASSWORD.
            client_id: The client id; else XMLDATION_CLIENT_ID.
            client_secret: The client secret; else XMLDATION_CLIENT_SECRET.
            base_url: Root of the token URL, to reach a sandbox,
                a demo host or a gateway; then its host and port may see the token.
            store, hosts, account, client_auth, timeout, session, on_renew, clock: As
                `XAuth` has them.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        who = "XMLdation"
        name = setting(username, name="username", env="XMLDATION_USERNAME", who=who)
        grant = Password(
            full_name(name),
            setting(
                password,
                name="password",
                env="XMLDATION_PASSWORD",
                who=who,
                as_it_is=True,
            ),
            setting(client_id, name="client_id", env="XMLDATION_CLIENT_ID", who=who),
            setting(
                client_secret,
                name="client_secret",
                env="XMLDATION_CLIENT_SECRET",
                who=who,
            ),
            "openid",
        )
        self._set_up(
            Setup(
                provider(base_url),
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


def full_name(username: str) -> str:
    """Return *username* with the domain before it, which a bare name lacks."""
    return username if username.startswith(DOMAIN) else DOMAIN + username
