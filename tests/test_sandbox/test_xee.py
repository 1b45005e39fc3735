"""Xee, word for word."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import (
    ask,
    authorization_url,
    basic,
    bearer,
    call,
    code,
    form,
    obtain,
    parameters,
    refresh,
)

INVALID = {"message": "Invalid authentication"}
ALLOW = {"Decision": "allow"}


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


def test_code_comes_twice(xee):
    """
    A code that comes back is refused, and all that it was worth dies.
    """
    text = code(xee)
    answer = obtain(xee, code=text)

    assert (403, INVALID) == _said(ask(xee, form(xee, code=text)))
    assert 403 == call(xee, bearer(answer)).status_code
    assert (403, INVALID) == _said(refresh(xee, answer["refresh_token"]))


def test_code_ends(xee, clock):
    """
    A code is good for ten minutes.
    """
    fields = form(xee)
    clock.now_at += 600

    assert (403, INVALID) == _said(ask(xee, fields))


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


def test_authorization_needs_the_client_id_only(xee):
    """
    Everything but client_id may be left out of an authorization URL.
    """
    url = xee.authorize(authorization_url(xee, redirect_uri=None, state=None))

    assert url.startswith(xee.redirect_uri + "?code=")
    assert {"code"} == parameters(url).keys()


def test_state(xee):
    """
    The state comes back, unless the provider drops it.
    """
    kept = parameters(xee.authorize(authorization_url(xee)))
    xee.echo_state = False
    dropped = parameters(xee.authorize(authorization_url(xee)))

    assert "s t&" == kept["state"]
    assert {"code"} == dropped.keys()


def test_denied(xee):
    """
    A person who says no comes back with access_denied.
    """
    url = xee.authorize(authorization_url(xee), decision="deny")

    assert {"error": "access_denied", "state": "s t&"} == parameters(url)


@pytest.mark.parametrize(
    "changes", [{"client_id": "wrong"}, {"redirect_uri": "http://evil.example/"}]
)
def test_authorization_page_refuses(xee, changes):
    """
    An unknown client or redirect URI gets a page with 404.
    """
    url = authorization_url(xee, **changes)
    answer = requests.get(url, headers=ALLOW, timeout=10, allow_redirects=False)

    assert 404 == answer.status_code
    assert answer.headers["Content-Type"].startswith("text/html")


def test_registered_redirect_uri(xee):
    """
    A redirect URI that is not on loopback must be the registered one to the letter.
    """
    xee.redirect_uri = "https://app.example/callback?tenant=1"
    url = xee.authorize(authorization_url(xee))

    assert url.startswith("https://app.example/callback?tenant=1&code=")
    with pytest.raises(ValueError, match="Xee answers HTTP 404"):
        xee.authorize(
            authorization_url(xee, redirect_uri="https://app.example:444/callback")
        )


def test_consent_page(xee):
    """
    A browser is shown a form that leads back here with everything that was asked.
    """
    url = authorization_url(xee, state='"><script>')
    page = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page.text))

    assert 200 == page.status_code
    assert "&quot;&gt;&lt;script&gt;" == fields["state"]
    assert xee.client_id == fields["client_id"]
    assert ["allow", "deny"] == re.findall(r'name="decision" value="(\w+)"', page.text)


@pytest.mark.parametrize("how", ["header", "query"])
def test_decision(xee, how):
    """
    A decision in the query, as the form sends it, or in a header redirects at once.
    """
    url, headers = authorization_url(xee), ALLOW
    if how == "query":
        url, headers = url + "&decision=allow", {}
    answer = requests.get(url, headers=headers, timeout=10, allow_redirects=False)

    assert 302 == answer.status_code
    assert {"code", "state"} == parameters(answer.headers["Location"]).keys()
    assert "authorize" == xee.requests[-1].at


def test_wrong_methods(xee):
    """
    The token endpoint takes POST, the authorization page GET.
    """
    token = requests.get(xee.token_url, timeout=10)
    page = requests.post(authorization_url(xee), timeout=10)

    assert (405, "POST") == (token.status_code, token.headers["Allow"])
    assert (405, "GET") == (page.status_code, page.headers["Allow"])


def test_authorize_elsewhere(xee):
    """
    A URL that is no authorization URL is said to be none.
    """
    with pytest.raises(ValueError, match="Xee answers HTTP 401 to the authorization"):
        xee.authorize(xee.api_url)


def test_basic_is_plain(xee):
    """
    Id and secret are compared as they stand, without any decoding.
    """
    xee.client_secret = "a+b%20c"

    assert ask(xee, form(xee), auth=basic(xee)).ok
    assert 403 == ask(xee, form(xee), auth=(xee.client_id, "a%2Bb%2520c")).status_code
