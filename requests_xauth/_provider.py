"""Provider: endpoints, policy table and quirk slots, as data.

Rule: a provider does nothing; where one deviates from the standard, the deviation is one
small function in one of three slots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._hosts import is_loopback, is_name, settled, shown_url
from ._record import Record
from ._settings import clean
from ._token import BEARERS
from ._verdict import STANDARD, Policy, ReadDenial
from .errors import ConfigError

CLIENT_AUTHS = ("basic", "basic-form", "body", "none")


class Refusal(NamedTuple):
    """
    A token endpoint's refusal in the provider's own words; no secrets.

    Attributes:
        code: The error code, in the standard's words where it has one, or None.
        description: The provider's sentence, or None.
        tip: The provider's advice, or None.
        doubt: What else the same answer may mean, or None; it is told to the user, and a
            refresh token so refused is kept.
    """

    code: str | None = None
    description: str | None = None
    tip: str | None = None
    doubt: str | None = None


class Provider(Record):
    """
    All that is known of a provider; three values make one.

    Attributes:
        name: As it is called in messages.
        token_url: The token endpoint.
        authorize_url: The authorization endpoint, or None.
        client_auth: How the client authenticates: "basic" (plain id:secret in UTF-8),
            "basic-form" (both encoded first, RFC 6749 section 2.3.1), "body" or "none".
        bearer: Which member of the answer API calls carry: access_token or id_token.
        hosts: Which hosts may see the token, such as "api.example.com" or
            "*.example.com".
        policy: What each refusal of the API means: (status, reason) to verdict.
        refresh_once: Whether a refresh token works only once, so that it must never be
            sent again blindly (RFC 9700, section 4.14).
        code_redirect: Whether the code exchange repeats the redirect_uri.
        expires_at: The answer's member with a moment of expiry on the provider's clock.
        authorize_params: More parameters of the authorization URL, as pairs.
        read_refusal: Quirk: (status, parsed body) of the token endpoint to a `Refusal`,
            or None for the standard's reading.
        read_denial: Quirk: an API response to a reason that `policy` has a row for.
        mend: Quirk: the token answer's object to a standard one.
        environ: Prefix of the environment variables, for messages.
        kin: (host pattern, advice) for hosts that belong to a sibling of this provider.
        docs: Where the provider documents all this.
    """

    __slots__ = (
        "authorize_params",
        "authorize_url",
        "bearer",
        "client_auth",
        "code_redirect",
        "docs",
        "environ",
        "expires_at",
        "hosts",
        "kin",
        "mend",
        "name",
        "policy",
        "read_denial",
        "read_refusal",
        "refresh_once",
        "token_url",
    )
    _shown = ("name", "token_url", "authorize_url", "client_auth", "bearer", "hosts")

    name: str
    token_url: str
    authorize_url: str | None
    client_auth: str
    bearer: str
    hosts: tuple[str, ...]
    policy: Policy
    refresh_once: bool
    code_redirect: bool
    expires_at: str | None
    authorize_params: tuple[tuple[str, str], ...]
    read_refusal: Callable[[int, Any], Refusal | None] | None
    read_denial: ReadDenial | None
    mend: Callable[[dict[str, Any]], dict[str, Any]] | None
    environ: str | None
    kin: tuple[tuple[str, str], ...]
    docs: str | None

    def __init__(
        self,
        name: str,
        token_url: str,
        authorize_url: str | None = None,
        *,
        client_auth: str = "basic",
        bearer: str = "access_token",
        hosts: tuple[str, ...] | list[str] = (),
        policy: Policy = STANDARD,
        refresh_once: bool = True,
        code_redirect: bool = True,
        expires_at: str | None = None,
        authorize_params: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        read_refusal: Callable[[int, Any], Refusal | None] | None = None,
        read_denial: ReadDenial | None = None,
        mend: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        environ: str | None = None,
        kin: tuple[tuple[str, str], ...] = (),
        docs: str | None = None,
    ) -> None:
        """
        Keep the facts, checked.

        Raises:
            ConfigError: If an URL is neither https nor loopback, or a choice is unknown.
        """
        self._freeze(
            name=clean(name, source="name=", who="a Provider"),
            token_url=checked_endpoint(token_url, f"The token URL of {name}"),
            authorize_url=authorize_url
            and checked_endpoint(authorize_url, f"The authorize URL of {name}"),
            client_auth=one_of(client_auth, CLIENT_AUTHS, "client_auth"),
            bearer=one_of(bearer, BEARERS, "bearer"),
            hosts=(hosts,) if isinstance(hosts, str) else tuple(hosts),
            policy=MappingProxyType(dict(policy)),
            refresh_once=refresh_once,
            code_redirect=code_redirect,
            expires_at=expires_at,
            authorize_params=tuple(dict(authorize_params).items()),
            read_refusal=read_refusal,
            read_denial=read_denial,
            mend=mend,
            environ=environ,
            kin=tuple(kin),
            docs=docs,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the arguments; a read-only mapping cannot be pickled as it is."""
        return _again, ({**self._fields(), "policy": dict(self.policy)},)


def _again(fields: dict[str, Any]) -> Provider:
    return Provider(**fields)


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """
    Return *value* if it is among *known*.

    Raises:
        ConfigError: If it is not; the text lists them.
    """
    if value not in known:
        raise ConfigError(f"No {what} named {value!r}. Known: {', '.join(known)}.")
    return value


def checked_endpoint(url: str, what: str) -> str:
    """
    Return *url* if secrets may be sent there: https, or http to a loopback address.

    Raises:
        ConfigError: If it is anything else, or has user information or a fragment.

    Source:
        RFC 6749, sections 3.1 and 3.2.
    """
    try:
        parts = parse_url(url)
    except (LocationParseError, TypeError, AttributeError):
        raise ConfigError(f"{what} is no URL: {shown_url(url)}.") from None
    if parts.auth is not None or parts.fragment is not None:
        raise ConfigError(f"{what} may have no user information and no fragment.")
    host = settled(parts.host or "")
    if host and not is_name(host):
        raise ConfigError(
            f"{what} has a host that nobody can look up: {shown_url(url)}."
        )
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not (host and safe):
        raise ConfigError(
            f"{what} must be https, or http to a loopback address: {shown_url(url)}."
        )
    return url


def placed(
    base_url: str | None, root: str, hosts: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """
    Return the root of a preset's URLs and the hosts that may see its token.

    Args:
        base_url: What the caller gave to reach a sandbox, a demo host or a gateway: then
            its own host and port may see the token, and no other.
        root: The preset's own root.
        hosts: The preset's own hosts.

    Raises:
        ConfigError: If *base_url* is neither https nor loopback, or has a query.
    """
    if base_url is None:
        return root, hosts
    parts = parse_url(checked_endpoint(base_url, "base_url="))
    if parts.query is not None:
        raise ConfigError(f"base_url= may have no query: {shown_url(base_url)}.")
    port = "" if parts.port is None else f":{parts.port}"
    return base_url.rstrip("/"), (f"{parts.host}{port}",)
