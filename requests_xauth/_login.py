"""The code flow's steps: the URL for a person, the redirect read, the code exchanged.

Rule: nothing is exchanged that does not belong to a login under way here, unless the
caller gives a code alone, on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from ._logins import Login, Logins, equal
from ._provider import Provider
from ._settings import filled
from .errors import (
    ConfigError,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)
from .grants import AuthorizationCode

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
# Parameters that nobody else may set: another value would undo state or PKCE.
_OURS = frozenset(
    {"client_id", "code_challenge", "code_challenge_method", "response_type", "state"}
)
_NEXT: Mapping[type[TokenRequestError], str] = {
    ProviderUnavailable: "Try again later.",
    TokenRequestError: "See its documentation.",
    LoginRequired: "Log in again.",
}


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
        ConfigError: If the provider has no authorization endpoint, or *params* would
            replace what keeps the login safe.

    Source:
        RFC 6749, section 4.1.1; RFC 7636, sections 4.1 to 4.3 (S256 only).
    """
    # Loaded with the first login: 14 to 29 ms that a machine's grant does not need.
    from oauthlib.common import add_params_to_uri, generate_token  # noqa: PLC0415  # see above
    from oauthlib.oauth2 import Client  # noqa: PLC0415  # see above

    if provider.authorize_url is None:
        raise ConfigError(
            f"{provider.name} has no authorize URL: give its Provider an authorize_url."
        )
    client = Client(grant.client_id)
    verifier = client.create_code_verifier(_VERIFIER_LENGTH) if grant.pkce else None
    more = dict(params or {})
    if taken := sorted(_OURS & more.keys()):
        raise ConfigError(f"authorization_url() sets {', '.join(taken)} itself.")
    login = Login(
        state or generate_token(),
        verifier=verifier,
        # The exchange repeats what was asked for (RFC 6749, section 4.1.3).
        redirect_uri=more.get("redirect_uri") or grant.redirect_uri,
        begun_at=now_at,
    )
    query = {
        "response_type": "code",
        "client_id": grant.client_id,
        "redirect_uri": login.redirect_uri,
        "scope": " ".join(grant.scope or ()),
        "state": login.state,
        **_challenge(client, verifier),
        **dict(provider.authorize_params),
        **more,
    }
    given = {name: value for name, value in query.items() if value}
    bare_url = _without(given, provider.authorize_url)
    return add_params_to_uri(bare_url, list(given.items())), login


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
        LoginRequired: If the person or the provider said no, the state is missing, or
            the redirect is another provider's.
        TokenRequestError: If the provider found the authorization request wrong.

    Source:
        RFC 6749, section 4.1.2 and 4.1.2.1: the error comes before the code.
    """
    filled(redirected, source="authorization_response=", who=provider.name)
    try:
        # A parameter without a value counts as left out (RFC 6749, section 3.1).
        query = parse_qs(urlsplit(redirected).query)
    except ValueError:
        raise ConfigError("The redirect URL is no URL: paste all of it.") from None
    for name in ("code", "state", "error"):
        if len(query.get(name, ())) > 1:
            raise ConfigError(f"The redirect URL has more than one {name}.")
    _check_issuer(provider, query)
    if "error" in query:
        raise _refused(provider, query)
    if "code" not in query:
        raise ConfigError(
            "The redirect URL has neither code nor error: paste the whole address that"
            " the browser shows after the login."
        )
    if "state" not in query:
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
    if expected is not None and not equal(expected, state):
        raise LoginRequired(
            f"The redirect brings the state of another login than the one expected:"
            f" {provider.name} was not asked for a token. Log in again.",
            provider=provider.name,
        )
    login = logins.take(state)
    if login is None:
        raise _not_under_way(provider)
    return login


def _without(names: Mapping[str, str], url: str) -> str:
    # RFC 6749, section 3.1: no parameter may come twice.
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name not in names]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _check_issuer(provider: Provider, query: Mapping[str, list[str]]) -> None:
    # RFC 9207, section 2.4: compared as it is, in errors too, before anything is sent.
    if provider.issuer is None or query.get("iss") == [provider.issuer]:
        return
    raise LoginRequired(
        f"The redirect does not come from {provider.name}: it must name the issuer"
        f" {provider.issuer!r}. Its code was not sent. Log in again.",
        provider=provider.name,
    )


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
    return kind(
        f"{provider.name} refused the login: {said}. {_NEXT[kind]}",
        provider=provider.name,
        code=code,
        description=words or None,
    )


def _shown(text: str) -> str:
    printable = "".join(letter for letter in text if letter.isprintable())
    return printable[:200]
