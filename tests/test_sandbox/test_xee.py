"""Xee, word for word."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import (
    ask,
    basic,
    bearer,
    call,
    form,
    obtain,
    refresh,
)

INVALID = {"message": "Invalid authentication"}


@pytest.fixture
def xee(box):
    """Xee's cloud."""
    return box.xee


def _missing(parameter):
    tip = f"Check you've set the grant_type and the {parameter}"
    return (
        400,
        [{"type": "PARAMETERS_ERROR", "message": "Missing parameter", "tip": tip}],
    )


def _said(answer):
    return (answer.status_code, answer.json())


def test_token(xee, clock):
    """
    A token answer has the documented members, and tokens of 64 hex digits.
    """
    answer = obtain(xee)

    assert {
        "access_token": answer["access_token"],
        "expires_at": int(clock.now_at + 3600),
        "expires_in": 3600,
        "refresh_token": answer["refresh_token"],
        "token_type": "bearer",
    } == answer
    for name in ("access_token", "refresh_token"):
        assert re.fullmatch("[0-9a-f]{64}", answer[name])
    assert call(xee, bearer(answer)).ok


def test_expires_at_is_the_servers(xee, clock):
    """
    expires_at follows the server's clock, wrong as it may be.
    """
    xee.skew_s = -3600

    assert int(clock.now_at) == obtain(xee)["expires_at"]


def test_refresh(xee):
    """
    A refresh gives another pair, and the access token before it lives on.
    """
    first = obtain(xee)
    second = refresh(xee, first["refresh_token"]).json()

    assert call(xee, bearer(first)).ok
    assert call(xee, bearer(second)).ok
    assert {"authorization_code": 1, "refresh_token": 1} == xee.token_requests_by_grant


def test_issue_refresh_token(xee):
    """
    A refresh token can be had without a person.
    """
    token = xee.issue_refresh_token()

    assert call(xee, bearer(refresh(xee, token).json())).ok


@pytest.mark.parametrize("auth", [("wrong", "wrong"), None, ("", "")])
def test_wrong_client(xee, auth):
    """
    A wrong client gets the answer of a bad code.
    """
    assert (403, INVALID) == _said(ask(xee, form(xee), auth=auth))


@pytest.mark.parametrize("sent", ["Basic !", "Basic /w==", "Digest x", "Basic"])
def test_malformed_basic(xee, sent):
    """
    What is no HTTP Basic is a wrong client.
    """
    headers = {"Authorization": sent}
    answer = requests.post(xee.token_url, form(xee), headers=headers, timeout=10)

    assert (403, INVALID) == _said(answer)


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({}, "code"),
        ({"grant_type": "authorization_code"}, "code"),
        ({"code": "x"}, "code"),
        ({"grant_type": "password", "code": "x"}, "code"),
        ({"grant_type": "authorization_code", "code": ["x", "y"]}, "code"),
        ({"grant_type": "refresh_token"}, "refresh_token"),
        ({"grant_type": "refresh_token", "refresh_token": ""}, "refresh_token"),
    ],
)
def test_missing_parameter(xee, fields, parameter):
    """
    A missing parameter is answered by a list with the documented tip.
    """
    assert _missing(parameter) == _said(ask(xee, fields))


def test_secret_sent_twice(xee):
    """
    A secret in the form beside HTTP Basic is refused.
    """
    fields = form(xee, client_secret=xee.client_secret)

    assert 400 == ask(xee, fields).status_code


def test_bad_code_and_bad_refresh_token(xee):
    """
    An unknown code or refresh token is an invalid authentication.
    """
    bad_code = ask(xee, form(xee, code="wrong"))

    assert (403, INVALID) == _said(bad_code)
    assert (403, INVALID) == _said(refresh(xee, "wrong"))


def test_reuse_takes_the_login_along(xee):
    """
    A spent refresh token that comes back kills its login, and no other.
    """
    first, other = obtain(xee), obtain(xee)
    second = refresh(xee, first["refresh_token"]).json()
    again = refresh(xee, first["refresh_token"])

    assert (403, INVALID) == _said(again)
    assert "Token has been revoked" == call(xee, bearer(second)).json()[0]["message"]
    assert (403, INVALID) == _said(refresh(xee, second["refresh_token"]))
    assert call(xee, bearer(other)).ok
    assert 1 == xee.reuses


def test_revoke_takes_refresh_tokens_along(xee):
    """
    After revoke() a person has to log in again; after invalidate() not.
    """
    kept = obtain(xee)
    xee.invalidate()
    renewed = refresh(xee, kept["refresh_token"])
    xee.revoke()

    assert 200 == renewed.status_code
    assert (403, INVALID) == _said(refresh(xee, renewed.json()["refresh_token"]))


def _refusal(xee, reason):
    """The answer of the API to one reason."""
    token = bearer(obtain(xee))
    if reason in {"missing", "malformed"}:
        headers = {} if reason == "missing" else {"Authorization": "Bearer "}
        return requests.get(xee.api_url, headers=headers, timeout=10)
    if reason in {"scope", "car"}:
        xee.deny(reason=reason)
    else:
        getattr(
            xee, {"unknown": "invalidate", "revoked": "revoke"}.get(reason, "expire")
        )()
    return call(xee, token)


@pytest.mark.parametrize(
    ("reason", "status", "kind", "message"),
    [
        ("missing", 401, "AUTHENTICATION_ERROR", "Authorization is missing/malformed"),
        (
            "malformed",
            401,
            "AUTHENTICATION_ERROR",
            "Authorization is missing/malformed",
        ),
        ("unknown", 401, "AUTHENTICATION_ERROR", "Invalid token"),
        ("expired", 403, "AUTHORIZATION_ERROR", "Token has expired"),
        ("revoked", 403, "AUTHORIZATION_ERROR", "Token has been revoked"),
        ("scope", 403, "AUTHORIZATION_ERROR", "Token does not have the required scope"),
        ("car", 403, "AUTHORIZATION_ERROR", "Token can't access this car"),
    ],
)
def test_refusals_of_the_api(xee, reason, status, kind, message):
    """
    Each refusal of the API is a list of one error in Xee's words.
    """
    answer = _refusal(xee, reason)

    (error,) = answer.json()
    assert status == answer.status_code
    assert (kind, message) == (error["type"], error["message"])
    assert error["tip"]


def test_basic_is_plain(xee):
    """
    Id and secret are compared as they stand, without any decoding.
    """
    xee.client_secret = "a+b%20c"

    assert ask(xee, form(xee), auth=basic(xee)).ok
    assert 403 == ask(xee, form(xee), auth=(xee.client_id, "a%2Bb%2520c")).status_code
