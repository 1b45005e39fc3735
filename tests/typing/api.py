"""The public interface as its users' type checkers see it: checked, never run.

Rule: only what the documentation shows; each line is one that a user may write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
import requests_oauthlib

from requests_xauth import (
    M2MAuth,
    Provider,
    Renewal,
    Token,
    XAuth,
    XAuthSession,
    XeeAuth,
    XMLdationAuth,
    XPKitAuth,
    XPKitUserAuth,
    errors,
    grants,
    stores,
)


class OwnStore:
    """A user's own store needs these four methods and no base class."""

    def load(self, key: str) -> str | None:
        """Know nothing."""

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:
        """Keep nothing."""

    def delete(self, key: str) -> None:
        """Drop nothing."""

    @contextmanager
    def hold(self, key: str, *, wait_s: float) -> Iterator[None]:
        """Keep nobody out."""
        yield


def presets() -> list[XAuth]:
    """Each preset is an XAuth, from the environment or with everything given."""
    return [
        XPKitAuth("emea", "id", "secret", scope="read"),
        XPKitUserAuth("emea", "id", redirect_uri="https://app.example/"),
        XeeAuth("id", "secret", redirect_uri="https://app.example/", account="ada"),
        XMLdationAuth("ada", "password", "id", "secret"),
        M2MAuth("https://api.example", "id", "secret", scope=["read", "write"]),
        XPKitAuth(region="emea"),
        XeeAuth(refresh_token="token"),
    ]


def common(session: requests.Session) -> XPKitAuth:
    """The arguments that every preset takes."""
    return XPKitAuth(
        base_url="http://127.0.0.1:8000",
        store=OwnStore(),
        hosts=["api.example.com", "*.example.com"],
        account="ada",
        client_auth="basic",
        timeout=(5, 30),
        session=session,
        on_renew=renewed,
        clock=lambda: 0.0,
    )


def renewed(renewal: Renewal) -> str:
    """What is told of a renewal; whatever the function returns is ignored."""
    return str(renewal)


def own_provider() -> XAuth:
    """Three values make a provider."""
    provider = Provider(
        "Acme", "https://acme.example/token", hosts=["api.acme.example"]
    )
    grants.Password("ada", "password", "id", "secret")
    grants.AuthorizationCode("id", redirect_uri="https://app.example/", pkce=False)
    return XAuth(
        provider, grants.ClientCredentials("id", "secret"), store=stores.MemoryStore()
    )


def use(auth: XAuth, session: requests.Session) -> str:
    """What requests and a person do with an auth."""
    session.auth = auth
    response: requests.Response = requests.get(
        "https://api.example.com", auth=auth, timeout=5
    )
    auth.forget()
    return f"{auth.explain()}: {response.text}"


def tokens(auth: XAuth) -> tuple[tuple[str, ...] | None, float | None, str]:
    """What a token tells."""
    token: Token | None = auth.token
    newer: Token = auth.renew()
    return token.scope if token else None, newer.expires_at, newer.mark


def log_in(auth: XeeAuth) -> Token:
    """What a web application does when somebody logs in."""
    url, state = auth.authorization_url()
    return auth.fetch_token(authorization_response=f"{url.upper()}{state.upper()}")


def log_in_here(auth: XeeAuth, session: XAuthSession) -> dict[str, object]:
    """What a program does when the person sits before it."""
    token: Token = auth.login()
    auth.login(open_browser=False, timeout_s=60.0, prompt="consent")
    auth.login(open_browser=lambda url: token.mark in url)
    return session.login(open_browser=True)


def session_of(auth: XAuth) -> requests_oauthlib.OAuth2Session:
    """The session stands wherever an OAuth2Session may."""
    return XAuthSession(auth, token=None, state=None, token_updater=None)


def what_went_wrong(auth: XAuth) -> object:
    """What the errors carry."""
    try:
        auth.renew()
    except errors.ProviderUnavailable as error:
        return error.retry_after_s
    except (errors.CredentialsRejected, errors.LoginRequired) as error:
        return error.provider, error.code, error.description, error.tip
    except errors.TokenRequestError as error:
        return error.status_code, error.response, error.refused
    except (errors.ConfigError, errors.StoreError) as error:
        return error
    return errors.UnsignedRequestWarning
