"""The code flow's bookkeeping: state, PKCE verifier, redirect.

Rule: several logins may be under way at once, each found by its state, good for ten
minutes and for one use, kept in the store so that another process can finish it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ._provider import Provider
from ._record import Record
from ._store import Store
from ._token import is_number
from .errors import (
    ConfigError,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)
from .grants import AuthorizationCode

GOOD_FOR_S = 600.0
AT_MOST = 100
_HOLD_WAIT_S = 10.0
# RFC 7636, section 4.1: 43 to 128 characters.
_VERIFIER_LENGTH = 64

# What the authorization endpoint's error means for the caller; RFC 6749, section
# 4.1.2.1. What is not here is a person's to do again.
_CALLBACK_ERRORS: Mapping[str, type[TokenRequestError]] = {
    "server_error": ProviderUnavailable,
    "temporarily_unavailable": ProviderUnavailable,
    "invalid_request": TokenRequestError,
    "unauthorized_client": TokenRequestError,
    "unsupported_response_type": TokenRequestError,
    "invalid_scope": TokenRequestError,
}


class Login(Record):
    """
    One login under way.

    Attributes:
        state: What the redirect has to bring back.
        verifier: The PKCE code verifier, or None.
        redirect_uri: Where the browser was told to come back to, or None.
        begun_at: Seconds since the epoch.
    """

    __slots__ = ("begun_at", "redirect_uri", "state", "verifier")
    _shown = ("redirect_uri", "begun_at")

    state: str
    verifier: str | None
    redirect_uri: str | None
    begun_at: float

    def __init__(
        self,
        state: str,
        *,
        verifier: str | None,
        redirect_uri: str | None,
        begun_at: float,
    ) -> None:
        """Keep what the exchange will need."""
        self._freeze(
            state=state,
            verifier=verifier,
            redirect_uri=redirect_uri,
            begun_at=begun_at,
        )


class Logins:
    """The logins under way of one client in one store."""

    def __init__(self, store: Store, key: str, clock: Callable[[], float]) -> None:
        """Keep them beside the token's entry, under a key of their own."""
        self._store = store
        self._key = f"{key}-logins"
        self._clock = clock

    def add(self, login: Login) -> None:
        """Note *login*; the oldest is dropped when there are too many."""
        with self._changed() as logins:
            logins.append(login)

    def take(self, state: str | None) -> Login | None:
        """
        Return the login of *state* and drop it: it is good once.

        Without a state: the only one under way, or None where there are none or several.
        """
        with self._changed() as logins:
            found = [
                login
                for login in logins
                if state is None
                or hmac.compare_digest(login.state.encode(), state.encode())
            ]
            if len(found) != 1:
                return None
            logins.remove(found[0])
            return found[0]

    @contextmanager
    def _changed(self) -> Iterator[list[Login]]:
        with self._store.hold(self._key, wait_s=_HOLD_WAIT_S):
            now_at = self._clock()
            logins = [
                login
                for login in _read(self._store.load(self._key))
                if 0 <= now_at - login.begun_at < GOOD_FOR_S
            ]
            yield logins
            if not logins:
                self._store.delete(self._key)
                return
            text = json.dumps([login._fields() for login in logins[-AT_MOST:]])
            ends_at = max(login.begun_at for login in logins) + GOOD_FOR_S
            self._store.save(self._key, text, expires_at=ends_at)


def begin(
    provider: Provider,
    grant: AuthorizationCode,
    *,
    now_at: float,
    state: str | None = None,
    params: Mapping[str, str] | None = None,
) -> tuple[str, Login]:
    """
    Return an authorization URL for a person, and the login that it begins.

    Raises:
        ConfigError: If the provider has no authorization endpoint.

    Source:
        RFC 6749, section 4.1.1; RFC 7636, sections 4.1 to 4.3 (S256 only).
    """
    # Loaded with the first login: 14 to 29 ms that a machine's grant does not need.
    from oauthlib.common import add_params_to_uri, generate_token  # noqa: PLC0415
    from oauthlib.oauth2 import Client  # noqa: PLC0415

    if provider.authorize_url is None:
        raise ConfigError(
            f"{provider.name} has no authorize URL: give its Provider an authorize_url."
        )
    client = Client(grant.client_id)
    verifier = client.create_code_verifier(_VERIFIER_LENGTH) if grant.pkce else None
    login = Login(
        state or generate_token(),
        verifier=verifier,
        redirect_uri=grant.redirect_uri,
        begun_at=now_at,
    )
    query = {
        "response_type": "code",
        "client_id": grant.client_id,
        "redirect_uri": grant.redirect_uri,
        "scope": " ".join(grant.scope or ()),
        "state": login.state,
        **_challenge(client, verifier),
        **dict(provider.authorize_params),
        **(params or {}),
    }
    pairs = [(name, value) for name, value in query.items() if value]
    return add_params_to_uri(provider.authorize_url, pairs), login


def exchange_form(
    provider: Provider, grant: AuthorizationCode, code: str, login: Login | None
) -> dict[str, str]:
    """
    Return the form that exchanges *code*.

    Raises:
        LoginRequired: If the code needs a verifier and no login has it.

    Source:
        RFC 6749, section 4.1.3; RFC 7636, section 4.5.
    """
    form = {**grant.form(), "code": code}
    if grant.pkce and (login is None or login.verifier is None):
        raise _not_under_way(provider)
    if login and login.verifier:
        form["code_verifier"] = login.verifier
    redirect_uri = login.redirect_uri if login else grant.redirect_uri
    if provider.code_redirect and redirect_uri:
        form["redirect_uri"] = redirect_uri
    return form


def read_redirect(provider: Provider, redirected: str) -> tuple[str, str]:
    """
    Return code and state of the URL that the browser came back to.

    Raises:
        ConfigError: If it is no such URL.
        LoginRequired: If the person or the provider said no, or the state is missing.
        TokenRequestError: If the provider found the authorization request wrong.

    Source:
        RFC 6749, section 4.1.2 and 4.1.2.1: the error comes before the code.
    """
    query = parse_qs(urlsplit(redirected).query, keep_blank_values=True)
    for name in ("code", "state", "error"):
        if len(query.get(name, ())) > 1:
            raise ConfigError(f"The redirect URL has more than one {name}.")
    if "error" in query:
        raise _refused(provider, query)
    if not query.get("code", [""])[0]:
        raise ConfigError(
            "The redirect URL has neither code nor error: paste the whole address that"
            " the browser shows after the login."
        )
    if not query.get("state", [""])[0]:
        raise LoginRequired(
            f"{provider.name} sent the browser back without the state that proves whose"
            " login it is. If this is a login of yours, give its code alone, on"
            " purpose: fetch_token(code=…).",
            provider=provider.name,
        )
    return query["code"][0], query["state"][0]


def found_login(
    provider: Provider, logins: Logins, state: str, expected: str | None
) -> Login:
    """
    Return the login that *state* belongs to, which is then used up.

    Raises:
        LoginRequired: If there is none, or *expected* names another.

    Source:
        RFC 6749, section 10.12.
    """
    if expected is not None and not hmac.compare_digest(
        expected.encode(), state.encode()
    ):
        raise LoginRequired(
            f"The redirect brings the state of another login than the one expected:"
            f" {provider.name} was not asked for a token. Log in again.",
            provider=provider.name,
        )
    login = logins.take(state)
    if login is None:
        raise _not_under_way(provider)
    return login


def _challenge(
    client: Any, verifier: str | None
) -> dict[str, str]:  # oauthlib's Client, imported late
    if verifier is None:
        return {}
    challenge = client.create_code_challenge(verifier, "S256")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def _not_under_way(provider: Provider) -> LoginRequired:
    return LoginRequired(
        f"No login of {provider.name} with this state is under way here: a login is good"
        " for ten minutes and for one use. Begin again with authorization_url().",
        provider=provider.name,
    )


def _refused(provider: Provider, query: Mapping[str, list[str]]) -> TokenRequestError:
    code = _shown(query["error"][0])
    words = _shown(query.get("error_description", [""])[0])
    kind = _CALLBACK_ERRORS.get(code, LoginRequired)
    said = f'{code}, "{words}"' if words else code
    after = "Log in again." if kind is LoginRequired else "See its documentation."
    return kind(
        f"{provider.name} refused the login: {said}. {after}",
        provider=provider.name,
        code=code,
        description=words or None,
    )


def _shown(text: str) -> str:
    printable = "".join(letter for letter in text if letter.isprintable())
    return printable[:200]


def _read(text: str | None) -> list[Login]:
    try:
        found = json.loads(text or "[]")
        logins = [Login(entry.pop("state"), **entry) for entry in found]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []  # damaged: whoever was logging in begins again
    return [login for login in logins if is_number(login.begun_at)]
