"""M2M, word for word."""

from __future__ import annotations

import pytest
from test_sandbox.talk import ask, basic, call, claims, form, obtain


@pytest.fixture
def m2m(box):
    """The JWT client credentials API."""
    return box.m2m


def test_token(m2m, clock):
    """
    A token answer has the documented members, and a JWT with its times.
    """
    answer = obtain(m2m)
    told = claims(answer["access_token"])

    assert {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": answer["access_token"],
    } == answer
    assert (int(clock.now_at), int(clock.now_at) + 3600) == (told["iat"], told["exp"])
    assert call(m2m, answer["access_token"]).ok


def test_tokens_do_not_replace_each_other(m2m):
    """
    Two tokens are two tokens, and both are good.
    """
    first, second = obtain(m2m)["access_token"], obtain(m2m)["access_token"]

    assert first != second
    assert call(m2m, first).ok
    assert call(m2m, second).ok


@pytest.mark.parametrize("auth", [("wrong", "wrong"), None])
def test_wrong_client(m2m, auth):
    """
    A wrong client gets 401, the code, and the challenge of HTTP Basic.
    """
    answer = ask(m2m, form(m2m), auth=auth)

    assert (401, {"error": "invalid_client"}) == (answer.status_code, answer.json())
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials"] * 2}, "invalid_request"),
        ({"client_secret": "x"}, "invalid_request"),
    ],
)
def test_bad_request(m2m, changes, error):
    """
    A request that is wrong in itself gets 400 and the code of RFC 6749.
    """
    answer = ask(m2m, form(m2m, **changes))

    assert (400, error) == (answer.status_code, answer.json()["error"])


def test_any_text_is_a_client_id(m2m):
    """
    Id and secret are compared as UTF-8, colons in the secret included.
    """
    m2m.client_id, m2m.client_secret = "kundé 1", "a:b+c%41"
    sent = (m2m.client_id.encode(), m2m.client_secret.encode())

    assert ask(m2m, form(m2m), auth=sent).ok


def test_form_encoded_basic(m2m):
    """
    With .basic_form, id and secret come form-encoded, and no longer plain.
    """
    m2m.client_id, m2m.client_secret, m2m.basic_form = "a b", "c%:d", True

    assert ask(m2m, form(m2m), auth=("a+b", "c%25%3Ad")).ok
    m2m.basic_form = False
    assert ask(m2m, form(m2m), auth=basic(m2m)).ok
    assert 401 == ask(m2m, form(m2m), auth=("a+b", "c%25%3Ad")).status_code


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer "])
def test_no_bearer(m2m, header):
    """
    Without a bearer the challenge names no error.
    """
    headers = {} if header is None else {"Authorization": header}
    answer = call(m2m, None, headers=headers)

    assert (401, "Bearer") == (answer.status_code, answer.headers["WWW-Authenticate"])


@pytest.mark.parametrize("switch", ["expire", "revoke", "invalidate"])
def test_bad_bearer(m2m, switch):
    """
    A bearer that is no longer good is an invalid_token.
    """
    token = obtain(m2m)["access_token"]
    getattr(m2m, switch)()
    answer = call(m2m, token)

    assert 401 == answer.status_code
    assert 'Bearer error="invalid_token"' == answer.headers["WWW-Authenticate"]


def test_permission(m2m):
    """
    A missing permission is a 403 without a challenge.
    """
    token = obtain(m2m)["access_token"]
    m2m.deny()
    answer = call(m2m, token)

    assert (403, {"message": "Forbidden"}) == (answer.status_code, answer.json())
    assert "WWW-Authenticate" not in answer.headers


def test_bearer_in_any_case(m2m):
    """
    The scheme's name may be written in any case.
    """
    headers = {"Authorization": f"bearer {obtain(m2m)['access_token']}"}

    assert call(m2m, None, headers=headers).ok
