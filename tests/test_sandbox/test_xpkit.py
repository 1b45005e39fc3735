"""XPKit, word for word."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import (
    CHALLENGE,
    VERIFIER,
    ask,
    authorization_url,
    basic,
    call,
    code,
    form,
    obtain,
    parameters,
)

INVALID_CLIENT = {"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}


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


def test_token(xpkit):
    """
    A token answer has the documented members, and a token of 30 letters and digits.
    """
    answer = ask(xpkit, form(xpkit))
    token = answer.json().pop("access_token")

    assert re.fullmatch("[A-Za-z0-9]{30}", token)
    assert {
        "token_type": "Bearer",
        "scope": "profiles:read activities:read",
        "expires_in": 36000,
        "access_token": token,
    } == answer.json()
    assert "no-store" == answer.headers["Cache-Control"]
    assert call(xpkit, token).ok


def test_scope_is_what_the_application_has(xpkit):
    """
    The answer's scope is the application's, whatever was asked for.
    """
    xpkit.scope = "profiles:read"

    assert "profiles:read" == obtain(xpkit, scope="profiles:read all")["scope"]


@pytest.mark.parametrize(
    "changes",
    [{"client_secret": "wrong"}, {"client_id": "wrong"}, {"client_secret": None}],
)
def test_wrong_client(xpkit, changes):
    """
    A wrong or missing id or secret is refused in XPKit's form.
    """
    assert (401, INVALID_CLIENT) == _said(ask(xpkit, form(xpkit, **changes)))


def test_basic_is_refused(xpkit):
    """
    HTTP Basic is refused, with the secret in the form and without.
    """
    bare = {"grant_type": "client_credentials"}

    for fields in (bare, form(xpkit)):
        answer = ask(xpkit, fields, auth=basic(xpkit))
        assert (401, INVALID_CLIENT) == _said(answer)


def test_other_content_type(xpkit):
    """
    A JSON body is no form.
    """
    answer = requests.post(xpkit.token_url, json=form(xpkit), timeout=10)

    assert (401, INVALID_CLIENT) == _said(answer)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"] * 2}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unauthorized_client"),
    ],
)
def test_bad_request(xpkit, changes, error):
    """
    A request that is wrong in itself gets 400 in the same form.
    """
    assert _bad_request(error) == _said(ask(xpkit, form(xpkit, **changes)))


def test_trailing_slash(xpkit):
    """
    The path without its slash redirects, so that a client that follows sends a GET.
    """
    url = xpkit.token_url.rstrip("/")
    answer = requests.post(url, form(xpkit), timeout=10, allow_redirects=False)
    followed = requests.post(url, form(xpkit), timeout=10)

    assert (301, "/api/token/") == (answer.status_code, answer.headers["Location"])
    assert (405, "POST") == (followed.status_code, followed.headers["Allow"])
    assert (0, 0) == (xpkit.token_requests, xpkit.api_calls)


def test_refusals_of_the_api(xpkit):
    """
    Whatever is the matter with a bearer, XPKit answers 403 without a challenge.
    """
    token = obtain(xpkit)["access_token"]
    answers = [call(xpkit, None), call(xpkit, "unknown")]
    answers.append(call(xpkit, None, headers={"Authorization": "Token x"}))
    for switch in (xpkit.deny, xpkit.expire, xpkit.revoke, xpkit.invalidate):
        switch()
        answers.append(call(xpkit, token))

    no_credentials = {"detail": "Authentication credentials were not provided."}
    no_permission = {"detail": "You do not have permission to perform this action."}
    expected = [no_credentials] * 3 + [no_permission] + [no_credentials] * 3
    assert [(403, body) for body in expected] == [_said(answer) for answer in answers]
    assert not any("WWW-Authenticate" in answer.headers for answer in answers)


def test_regions_do_not_share_tokens(box):
    """
    A token of one region is unknown in another, and so is its client.
    """
    china = box.xpkit_region("china")
    token = obtain(box.xpkit)["access_token"]

    assert 403 == call(china, token).status_code
    assert (401, INVALID_CLIENT) == _said(ask(china, form(box.xpkit)))


def test_unknown_path(xpkit):
    """
    A path outside the API is not there.
    """
    assert 404 == requests.get(xpkit.origin + "/nowhere", timeout=10).status_code


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
