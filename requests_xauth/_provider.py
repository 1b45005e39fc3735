"""Provider: endpoints, policy table and quirk slots, as data.

Rule: a provider does nothing; where one deviates from the standard, the deviation is one
small function in one of three slots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ._record import Record
from ._settings import clean
from ._token import BEARERS
from ._urls import checked_endpoint
from ._verdict import STANDARD, Policy, ReadDenial, Verdict
from .errors import ConfigError

CLIENT_AUTHS = ("basic", "basic-form", "body", "none")
# No name of a choice or a field is longer; tokens and most secrets are.
_WORD = 32


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


ReadRefusal = Callable[[int, Any], "Refusal | Mapping[str, str | None] | None"]


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
        policy: What each refusal of the API means: (status, reason) to "renew" (certainly
            the token), "maybe" (ambiguous), "keep" (not the token) or "log in" (dead for
            good); the reason None stands for any without a row of its own.
        refresh_once: Whether a refresh token works only once, so that it must never be
            sent again blindly (RFC 9700, section 4.14).
        code_redirect: Whether the code exchange repeats the redirect_uri.
        expires_at: The answer's member with a moment of expiry on the provider's clock.
        authorize_params: More parameters of the authorization URL, as pairs.
        read_refusal: Quirk: (status, parsed body) of the token endpoint to a dict with
            any of code, description, tip and doubt (what else the same answer may mean),
            or None for the standard's reading.
        read_denial: Quirk: an API response to a reason that `policy` has a row for.
        mend: Quirk: the token answer's object to a standard one.
        environ: Prefix of the environment variables, for messages.
        kin: (host pattern, advice) for hosts that belong to a sibling of this provider.
        docs: Where the provider documents all this.
        region: Which of the provider's installations it is, for people, or None.
        issuer: What redirects must name in ``iss`` (RFC 9207), or None where they do not.
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
        "issuer",
        "kin",
        "mend",
        "name",
        "policy",
        "read_denial",
        "read_refusal",
        "refresh_once",
        "region",
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
    read_refusal: ReadRefusal | None
    read_denial: ReadDenial | None
    mend: Callable[[dict[str, Any]], dict[str, Any]] | None
    environ: str | None
    kin: tuple[tuple[str, str], ...]
    docs: str | None
    region: str | None
    issuer: str | None

    def __init__(
        self,
        name: str,
        token_url: str,
        authorize_url: str | None = None,
        *,
        client_auth: str = "basic",
        bearer: str = "access_token",
        hosts: tuple[str, ...] | list[str] = (),
        policy: Mapping[tuple[int, str | None], Verdict | str] = STANDARD,
        refresh_once: bool = True,
        code_redirect: bool = True,
        expires_at: str | None = None,
        authorize_params: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        read_refusal: ReadRefusal | None = None,
        read_denial: ReadDenial | None = None,
        mend: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        environ: str | None = None,
        kin: tuple[tuple[str, str], ...] = (),
        docs: str | None = None,
        region: str | None = None,
        issuer: str | None = None,
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
            policy=_checked_policy(policy, name),
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
            region=region,
            issuer=issuer,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the arguments; a read-only mapping cannot be pickled as it is."""
        return _again, ({**self._fields(), "policy": dict(self.policy)},)


def _again(fields: dict[str, Any]) -> Provider:
    return Provider(**fields)


def refusal_of(found: Refusal | Mapping[str, str | None]) -> Refusal:
    """
    Return *found*, what a provider's reader returned, as a `Refusal` of texts.

    A number stands for its digits; what else is no text is left out.

    Raises:
        ConfigError: If it has other members than a refusal.
    """
    try:
        members = found if isinstance(found, Refusal) else Refusal(**found)
    except TypeError:
        raise ConfigError(
            f"read_refusal may return a dict of {', '.join(Refusal._fields)} or None."
        ) from None
    return Refusal(*map(_text, members))


def _text(member: object) -> str | None:
    if isinstance(member, int) and not isinstance(member, bool):
        return str(member)
    return member if isinstance(member, str) and member else None


def _checked_policy(policy: Mapping[Any, Any], name: str) -> Policy:
    try:
        rows = {(status, why): Verdict(to) for (status, why), to in policy.items()}
    except (ValueError, TypeError, AttributeError):
        known = ", ".join(verdict.value for verdict in Verdict)
        raise ConfigError(
            f"The policy of {name} must map (status, reason) to one of {known}."
        ) from None
    return MappingProxyType(rows)


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """
    Return *value* if it is among *known*.

    Raises:
        ConfigError: If it is not; the text lists them.
    """
    if value not in known:
        kind = type(value).__name__
        shown = is_word(value) or not value
        told = f"named {value!r}" if shown else f"is like the {kind} given"
        raise ConfigError(f"No {what} {told}. Known: {', '.join(known)}.")
    return value


def is_word(value: object) -> bool:
    """Tell whether *value* looks like a name, so that a message may show it."""
    return isinstance(value, str) and value.isidentifier() and len(value) <= _WORD
