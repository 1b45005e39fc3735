"""XMLdation, word for word."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import ask, bearer, call, claims, form, obtain, refresh

UNAUTHORIZED = {"error": {"status": 401, "message": "Unauthorized"}}
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture
def xmldation(box):
    """XMLdation's token endpoint and API."""
    return box.xmldation


def _said(answer):
    return (answer.status_code, answer.json())


def test_token(xmldation, clock):
    """
    A token answer has the documented members, UUIDs, and a JWT with its own times.
    """
    answer = obtain(xmldation)
    told = claims(answer["id_token"])

    assert {
        "expires_in": 3293,
        "access_token": answer["access_token"],
        "refresh_token": answer["refresh_token"],
        "token_type": "Bearer",
        "scope": "openid",
        "id_token": answer["id_token"],
    } == answer
    for name in ("access_token", "refresh_token"):
        assert re.fullmatch(UUID, answer[name])
    assert f"xmldation/{xmldation.username}" == told["sub"]
    assert (int(clock.now_at), int(clock.now_at) + 3293) == (told["iat"], told["exp"])


def test_the_bearer_is_the_id_token(xmldation):
    """
    The API takes the id_token, and the access token for nothing.
    """
    answer = obtain(xmldation)

    assert call(xmldation, answer["id_token"]).ok
    refused = call(xmldation, answer["access_token"])
    assert (401, UNAUTHORIZED) == _said(refused)


def test_without_openid(xmldation):
    """
    Without the scope openid there is no id_token.
    """
    assert "id_token" not in obtain(xmldation, scope="other")


def test_larger_scope(xmldation):
    """
    The scope may come back larger than it was asked for.
    """
    xmldation.larger_scope = True

    assert "openid am_application_scope" == obtain(xmldation)["scope"]


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"password": None}])
def test_wrong_password(xmldation, changes):
    """
    A wrong password is an invalid grant that names the user.
    """
    answer = ask(xmldation, form(xmldation, **changes))

    user = f"xmldation/{xmldation.username}"
    assert (
        400,
        {
            "error": "invalid_grant",
            "error_description": f"Authentication failed for {user}",
        },
    ) == _said(answer)


def test_user_name_without_prefix(xmldation):
    """
    The bare user name is nobody's.
    """
    answer = ask(xmldation, form(xmldation, username=xmldation.username))

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("auth", [("wrong", "wrong"), None])
def test_wrong_client(xmldation, auth):
    """
    A wrong client is told so.
    """
    answer = ask(xmldation, form(xmldation), auth=auth)

    assert (401, {"error": "invalid_client"}) == _said(answer)


def test_client_in_the_form(xmldation):
    """
    Id and secret in the form are no client.
    """
    secret = {"client_secret": xmldation.client_secret}
    fields = form(xmldation, client_id=xmldation.client_id, **secret)

    assert 401 == ask(xmldation, fields, auth=None).status_code


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"scope": ["openid", "openid"]}, "invalid_request"),
        ({"client_secret": "x"}, "invalid_request"),
    ],
)
def test_bad_request(xmldation, changes, error):
    """
    A request that is wrong in itself gets 400 and the code of RFC 6749.
    """
    answer = ask(xmldation, form(xmldation, **changes))

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert answer.json()["error_description"]


def test_same_token_with_what_is_left(xmldation, clock):
    """
    A second password request is answered with the same tokens and the time left.
    """
    first = obtain(xmldation)
    clock.now_at += 3000
    second = obtain(xmldation)

    assert {**first, "expires_in": 293} == second
    assert call(xmldation, bearer(second)).ok


@pytest.mark.parametrize("end", ["clock", "expire", "revoke", "invalidate"])
def test_new_token_after_the_end(xmldation, clock, end):
    """
    A token that is no longer good is not answered again.
    """
    first = obtain(xmldation)
    if end == "clock":
        clock.now_at += 3293
    else:
        getattr(xmldation, end)()
    second = obtain(xmldation)

    assert bearer(first) != bearer(second)
    assert 3293 == second["expires_in"]


def test_new_token_each_time(xmldation):
    """
    Without .same_token a request gives a new token, and the one before is dead.
    """
    xmldation.same_token = False
    first, second = obtain(xmldation), obtain(xmldation)

    assert 401 == call(xmldation, bearer(first)).status_code
    assert call(xmldation, bearer(second)).ok


def test_refresh_kills_the_old_token(xmldation):
    """
    A refresh gives a new token with the scope of the first, which is dead at once.
    """
    first = obtain(xmldation)
    second = refresh(xmldation, first["refresh_token"]).json()

    assert "openid" == second["scope"]
    assert 401 == call(xmldation, bearer(first)).status_code
    assert call(xmldation, bearer(second)).ok
    assert bearer(second) == bearer(obtain(xmldation))


@pytest.mark.parametrize("switch", ["revoke", "invalidate", "expire"])
def test_refresh_token_outlives_the_access_token(xmldation, switch):
    """
    Whatever becomes of the access token, the refresh token works.
    """
    first = obtain(xmldation)
    getattr(xmldation, switch)()

    assert refresh(xmldation, first["refresh_token"]).ok


@pytest.mark.parametrize("token", ["wrong", ""])
def test_bad_refresh_token(xmldation, token):
    """
    A refresh token that is none is an invalid grant.
    """
    answer = refresh(xmldation, token)

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])


def test_id_token_ends_earlier(xmldation, clock):
    """
    The id_token has an end of its own, from which on the API refuses it.
    """
    xmldation.id_token_lifetime_s = 60
    answer = obtain(xmldation)
    clock.now_at += 60

    assert 3293 == answer["expires_in"]
    assert 60 == claims(bearer(answer))["exp"] - claims(bearer(answer))["iat"]
    assert 401 == call(xmldation, bearer(answer)).status_code
    assert bearer(answer) != bearer(obtain(xmldation))


def test_refusals_of_the_api(xmldation):
    """
    Missing, malformed, unknown, expired and denied are told apart by nothing.
    """
    token = bearer(obtain(xmldation))
    answers = [call(xmldation, None), call(xmldation, "unknown")]
    answers.append(call(xmldation, None, headers={"Authorization": "nonsense"}))
    for switch in (xmldation.deny, xmldation.expire, xmldation.revoke):
        switch()
        answers.append(call(xmldation, token))

    assert [(401, UNAUTHORIZED)] * 6 == [_said(answer) for answer in answers]
    assert not any("WWW-Authenticate" in answer.headers for answer in answers)


def test_denied_product_code(xmldation):
    """
    A user may lack the permission for one product code and have it for another.
    """
    token = bearer(obtain(xmldation))
    xmldation.deny("/validate/pain")

    denied = call(xmldation, token, xmldation.url("/validate/pain"), method="POST")
    assert (401, UNAUTHORIZED) == _said(denied)
    assert call(xmldation, token, xmldation.url("/validate/camt")).ok


def test_no_authorization_page(xmldation):
    """
    Nobody logs in by browser here.
    """
    assert 404 == requests.get(xmldation.origin + "/authorize", timeout=10).status_code
