"""What XPKit's preset says when a real server refuses a token request.

Rule: a message is what the user reads, so it is compared as text.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from interop.toolkit_client import Application, Toolkit
from interop.xpkit_preset import PROFILES, TOKEN, make_auth

from requests_xauth import Provider, XAuth, errors
from requests_xauth.grants import ClientCredentials


def test_wrong_secret_is_told(server: Toolkit, xpkit: Application) -> None:
    """A wrong secret is told in the engine's words, with what to check."""
    auth = make_auth(xpkit, client_secret="wrong")

    with pytest.raises(
        errors.CredentialsRejected,
        match=r"^XPKit refused the token request: invalid_client \(HTTP 401\)\."
        r" Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET\.",
    ) as caught:
        requests.get(server.base_url + PROFILES, auth=auth)
    assert (401, "invalid_client") == (caught.value.status_code, caught.value.code)
    assert [] == server.statuses(PROFILES)


def test_wrong_secret_is_not_hammered(server: Toolkit, xpkit: Application) -> None:
    """A loop around a wrong secret asks once; the right one is tried at once."""
    for _ in range(10):
        with pytest.raises(errors.CredentialsRejected):
            requests.get(
                server.base_url + PROFILES,
                auth=make_auth(xpkit, client_secret="wrong"),
            )
    response = requests.get(server.base_url + PROFILES, auth=make_auth(xpkit))

    assert 200 == response.status_code
    assert [401, 200] == server.statuses(TOKEN)


def test_special_characters_in_a_secret(server: Toolkit) -> None:
    """A secret of any characters arrives in the form body as it is."""
    xpkit = server.application("xpkit", secret="p+l&u=s %41 ä:/?#")
    auth = make_auth(xpkit)

    assert 200 == requests.get(server.base_url + PROFILES, auth=auth).status_code


def test_a_redirected_token_request_is_told(
    server: Toolkit, xpkit: Application
) -> None:
    """A token URL without XPKit's slash is told with the right one, unfollowed."""
    provider = Provider(
        "Acme",
        f"{server.base_url}/api/token",
        client_auth="body",
        hosts=[urlsplit(server.base_url).netloc],
    )
    grant = ClientCredentials(xpkit.client_id, xpkit.client_secret)

    with pytest.raises(errors.TokenRequestError, match=r"/api/token/"):
        XAuth(provider, grant).renew()
    assert [301] == server.statuses("/api/token")
    assert [] == server.statuses(TOKEN)


def test_a_smaller_scope_is_granted(server: Toolkit, xpkit: Application) -> None:
    """The scope that was asked for is the scope of the token."""
    auth = make_auth(xpkit, scope="activities:read")
    auth.renew()

    assert ("activities:read",) == auth.token.scope


def test_an_unknown_scope_is_told(server: Toolkit, xpkit: Application) -> None:
    """A scope that the server does not know is its refusal, told with its code."""
    auth = make_auth(xpkit, scope="souvenirs:eat")

    with pytest.raises(errors.TokenRequestError, match="invalid_scope") as caught:
        auth.renew()
    assert (400, "invalid_scope") == (caught.value.status_code, caught.value.code)
    assert not isinstance(caught.value, errors.CredentialsRejected)
