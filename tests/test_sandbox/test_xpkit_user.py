"""XPKit's users: the authorization page, the code and its verifier."""

from __future__ import annotations

import pytest
from test_sandbox.talk import (
    CHALLENGE,
    VERIFIER,
    ask,
    authorization_url,
    call,
    code,
    form,
    parameters,
)


@pytest.fixture
def xpkit(box):
    """One region."""
    return box.xpkit


def _bad_request(error):
    return (400, {"error": "Bad Request", "extra_info": {"error": error}})


def _said(answer):
    return (answer.status_code, answer.json())


def _exchange(xpkit, **changes):
    fields = {
        "grant_type": "authorization_code",
        "code": changes.pop("code", None) or code(xpkit),
        "client_id": xpkit.user_client_id,
        "redirect_uri": xpkit.redirect_uri,
        "code_verifier": VERIFIER,
        **changes,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return ask(xpkit, given)


def test_user(xpkit):
    """
    A user's code, with its verifier, is worth a token, and no refresh token.
    """
    answer = _exchange(xpkit)

    assert {
        "token_type",
        "scope",
        "expires_in",
        "access_token",
    } == answer.json().keys()
    assert call(xpkit, answer.json()["access_token"]).ok
    assert {"authorization_code": 1} == xpkit.token_requests_by_grant


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "wrong"},
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"redirect_uri": "http://127.0.0.1:1/other"},
        {"redirect_uri": None},
    ],
)
def test_wrong_exchange(xpkit, changes):
    """
    A code is worth nothing without everything that it was given for.
    """
    assert _bad_request("invalid_grant") == _said(_exchange(xpkit, **changes))


@pytest.mark.parametrize("client", ["secret", "other"])
def test_exchange_is_for_the_public_client(xpkit, client):
    """
    The public client has no secret, and the other client no users.
    """
    other = {"client_id": xpkit.client_id, "client_secret": xpkit.client_secret}
    changes = {"client_secret": "any"} if client == "secret" else other

    assert {"secret": 401, "other": 400}[client] == _exchange(
        xpkit, **changes
    ).status_code


def test_public_client_has_no_client_credentials(xpkit):
    """
    The public client gets no token of its own.
    """
    fields = form(xpkit, client_id=xpkit.user_client_id, client_secret=None)

    assert _bad_request("unauthorized_client") == _said(ask(xpkit, fields))


def test_code_comes_twice(xpkit):
    """
    A code that comes back is refused, and its token dies; others live on.
    """
    once = code(xpkit)
    stolen, other = (
        _exchange(xpkit, code=each).json()["access_token"] for each in (once, None)
    )

    assert _bad_request("invalid_grant") == _said(_exchange(xpkit, code=once))
    assert (403, 200) == (
        call(xpkit, stolen).status_code,
        call(xpkit, other).status_code,
    )


def test_code_ends(xpkit, clock):
    """
    A code is good for ten minutes.
    """
    text = code(xpkit)
    clock.now_at += 600

    assert _bad_request("invalid_grant") == _said(_exchange(xpkit, code=text))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "wrong"},
        {"redirect_uri": "http://127.0.0.1:8912/other"},
        {"redirect_uri": "https://127.0.0.1:8912/callback"},
        {"redirect_uri": "http://evil.example/callback"},
        {"redirect_uri": None},
    ],
)
def test_authorization_page_refuses(xpkit, changes):
    """
    An unknown client or redirect URI gets a page, never a redirect.
    """
    with pytest.raises(ValueError, match="XPKit emea answers HTTP 400 to the auth"):
        xpkit.authorize(authorization_url(xpkit, **changes))


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"response_type": None}, "response_type must be code"),
        ({"provider": "myspace"}, "provider must be one of apple, facebook, google,"),
        ({"code_challenge": None}, "code_challenge and code_challenge_method=S256"),
        ({"code_challenge_method": "plain"}, "code_challenge and code_challenge_m"),
    ],
)
def test_authorization_redirects_with_an_error(xpkit, changes, flaw):
    """
    Other flaws come back to the application as an error.
    """
    found = parameters(xpkit.authorize(authorization_url(xpkit, **changes)))

    assert ("invalid_request", "s t&") == (found["error"], found["state"])
    assert found["error_description"].startswith(flaw)


def test_denied(xpkit):
    """
    A user who says no comes back with an error and a description.
    """
    url = xpkit.authorize(authorization_url(xpkit), decision="deny")

    assert {
        "error": "access_denied",
        "error_description": "The user denied the request.",
        "state": "s t&",
    } == parameters(url)


def test_any_loopback_port(xpkit):
    """
    On loopback the redirect URI's port is free, as is its own query.
    """
    uri = "http://127.0.0.1:4711/callback"
    url = xpkit.authorize(authorization_url(xpkit, redirect_uri=uri))

    assert url.startswith(uri + "?code=")


def test_challenge():
    """
    The challenge of these tests is that of RFC 7636, section 4.2.
    """
    assert 43 == len(CHALLENGE)
