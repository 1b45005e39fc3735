"""How a first token is asked for, as frozen records.

Rule: a grant knows its own form fields and whether a person stands behind it, nothing of
wires or providers; its repr never shows a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from ._record import Record
from ._settings import clean, filled

__all__ = ["AuthorizationCode", "ClientCredentials", "Grant", "Password"]

Scope = str | Iterable[str] | None


class Grant(Record):
    """
    What every grant has; not for use itself.

    Attributes:
        grant_type: The protocol's name of the grant.
        personal: Whether a person logs in, so that the grant cannot be run again alone.
    """

    __slots__ = ("client_id", "client_secret", "scope")
    grant_type: ClassVar[str] = ""
    personal: ClassVar[bool] = False

    client_id: str
    client_secret: str | None
    scope: tuple[str, ...] | None

    def form(self) -> dict[str, str]:
        """Return the form fields of a token request, client authentication excepted."""
        scope = {"scope": " ".join(self.scope)} if self.scope else {}
        return {"grant_type": self.grant_type, **self._own_fields(), **scope}

    def user(self) -> str | None:
        """Return the name of the user whose token it asks for, if it knows one."""
        return None

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be printed."""
        return (self.client_secret,) if self.client_secret else ()

    def _own_fields(self) -> dict[str, str]:
        return {}

    def _client(
        self, client_id: object, client_secret: object, scope: Scope
    ) -> dict[str, object]:
        who = type(self).__name__
        if client_secret is not None:
            client_secret = clean(client_secret, source="client_secret=", who=who)
        return {
            "client_id": clean(client_id, source="client_id=", who=who),
            "client_secret": client_secret,
            "scope": scope_of(scope),
        }


class ClientCredentials(Grant):
    """A machine asks for itself (RFC 6749, section 4.4)."""

    __slots__ = ()
    _shown = ("client_id", "scope")
    grant_type = "client_credentials"

    def __init__(self, client_id: str, client_secret: str, scope: Scope = None) -> None:
        """
        Keep the client's credentials.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        secret = clean(client_secret, source="client_secret=", who=type(self).__name__)
        self._freeze(**self._client(client_id, secret, scope))


class Password(Grant):
    """
    A machine asks with a user's name and password (RFC 6749, section 4.3).

    Only for providers that have nothing else: RFC 9700, section 2.4, forbids it elsewhere.
    """

    __slots__ = ("password", "username")
    _shown = ("username", "client_id", "scope")
    grant_type = "password"

    username: str
    password: str

    def __init__(
        self,
        username: str,
        password: str,
        client_id: str,
        client_secret: str | None,
        scope: Scope = None,
    ) -> None:
        """
        Keep the user's and the client's credentials.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        who = type(self).__name__
        self._freeze(
            username=clean(username, source="username=", who=who),
            # Not cleaned: a person may have chosen a password that begins with a space.
            password=filled(password, source="password=", who=who),
            **self._client(client_id, client_secret, scope),
        )

    def user(self) -> str:
        """Return the user name."""
        return self.username

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be printed."""
        return (*super().secrets(), self.password)

    def _own_fields(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password}


class AuthorizationCode(Grant):
    """A person logs in with a browser (RFC 6749, section 4.1; PKCE: RFC 7636)."""

    __slots__ = ("pkce", "redirect_uri")
    _shown = ("client_id", "redirect_uri", "scope", "pkce")
    grant_type = "authorization_code"
    personal = True

    redirect_uri: str | None
    pkce: bool

    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        redirect_uri: str | None = None,
        scope: Scope = None,
        pkce: bool = True,  # noqa: FBT001, FBT002  # the public surface fixes this order
    ) -> None:
        """
        Keep the client's credentials and where the browser comes back to.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        if redirect_uri is not None:
            who = type(self).__name__
            redirect_uri = clean(redirect_uri, source="redirect_uri=", who=who)
        self._freeze(
            redirect_uri=redirect_uri,
            pkce=bool(pkce),
            **self._client(client_id, client_secret, scope),
        )

    def form(self) -> dict[str, str]:
        """Return the form fields of the exchange; the code itself comes later."""
        # The scope was settled when the person consented (RFC 6749, section 4.1.3).
        return {"grant_type": self.grant_type}


def scope_of(scope: Scope) -> tuple[str, ...] | None:
    """
    Return *scope*, text or an iterable of words, as a tuple of words, or None.

    Raises:
        ConfigError: If it is neither, or cannot be encoded.
    """
    if scope is None or scope == "":
        return None
    several = isinstance(scope, Iterable) and not isinstance(scope, str)
    texts = scope if several else (scope,)
    checked = [filled(text, source="scope=", who="a grant") for text in texts]
    return tuple(" ".join(checked).split()) or None
