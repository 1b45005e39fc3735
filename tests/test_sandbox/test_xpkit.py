"""XPKit, word for word."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import (
    ask,
    basic,
    call,
    form,
    obtain,
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
