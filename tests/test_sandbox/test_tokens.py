"""What becomes of tokens: their end, their loss, denials and refresh tokens."""

from __future__ import annotations

import pytest
from test_sandbox.talk import (
    bearer,
    call,
    obtain,
    refresh,
)


def test_expire(service):
    """
    Tokens issued before expire() are over, later ones are not.
    """
    before = bearer(obtain(service))
    good = call(service, before).status_code
    service.expire()

    assert 200 == good
    assert call(service, before).status_code in {401, 403}
    assert call(service, bearer(obtain(service))).ok


@pytest.mark.parametrize("switch", ["revoke", "invalidate"])
def test_tokens_taken_back(service, switch):
    """
    Tokens issued before revoke() or invalidate() are refused, later ones are not.
    """
    before = bearer(obtain(service))
    getattr(service, switch)()

    assert call(service, before).status_code in {401, 403}
    assert call(service, bearer(obtain(service))).ok


def test_end_by_the_clock(service, clock):
    """
    A token is good up to the last moment of its lifetime, by the server's clock.
    """
    service.lifetime_s = 60
    answer = obtain(service)
    clock.now_at += 59.9
    last = call(service, bearer(answer)).status_code
    clock.now_at += 0.1

    assert 60 == answer["expires_in"]
    assert 200 == last
    assert call(service, bearer(answer)).status_code in {401, 403}


def test_float_lifetime(service):
    """
    A lifetime given as a float is answered as one.
    """
    service.lifetime_s = 0.5

    assert 0.5 == obtain(service)["expires_in"]


def test_default_lifetimes(box):
    """
    Lifetimes are those of the providers' documents.
    """
    found = [
        obtain(each)["expires_in"]
        for each in (box.xpkit, box.xee, box.xmldation, box.m2m)
    ]

    assert [36000, 3600, 3293, 3600] == found


def test_omit_and_extra(service):
    """
    Members can be left out of token answers, added and replaced.
    """
    service.omit, service.extra = {"expires_in"}, {"a": [1], "token_type": "MAC"}
    answer = obtain(service)

    assert "expires_in" not in answer
    assert ([1], "MAC") == (answer["a"], answer["token_type"])


def test_deny(service):
    """
    A denied path refuses every token, a new one too, and no other path does.
    """
    token = bearer(obtain(service))
    service.deny()
    denied = [call(service, each).status_code for each in (token, token)]
    other = call(service, token, service.url("/other")).status_code
    service.allow()

    assert set(denied) <= {401, 403}
    assert 200 == other
    assert call(service, token).ok


@pytest.mark.parametrize("form_of", ["relative", "path", "url"])
def test_deny_a_path(service, form_of):
    """
    A path to deny is named as for url(), in full, or by its URL.
    """
    token, url = bearer(obtain(service)), service.url("/a/b")
    path = {"relative": "a/b", "path": url[len(service.origin) :], "url": url}[form_of]
    service.deny(path)

    assert call(service, token, url + "?c=d").status_code in {401, 403}
    assert call(service, token).ok
    service.allow(path)
    assert call(service, token, url).ok


def test_deny_for_an_unknown_reason(box):
    """
    A reason that the provider does not know is refused with those it knows.
    """
    with pytest.raises(ValueError, match="M2M does not refuse for 'car'"):
        box.m2m.deny(reason="car")


@pytest.mark.parametrize("name", ["xee", "xmldation"])
def test_refresh_rotates(box, name):
    """
    A refresh token works once and is followed by another.
    """
    service = getattr(box, name)
    first = obtain(service)["refresh_token"]
    second = refresh(service, first)
    again = refresh(service, first)

    assert first != second.json()["refresh_token"]
    assert call(service, bearer(second.json())).status_code == (
        403 if service.reuse_detection else 200
    )
    assert again.status_code in {400, 403}
    assert 1 == service.reuses


@pytest.mark.parametrize("name", ["xee", "xmldation"])
def test_refresh_without_rotation(box, name):
    """
    Without rotation one refresh token works again and again.
    """
    service = getattr(box, name)
    service.refresh_rotates = False
    first = obtain(service)["refresh_token"]

    for _ in range(2):
        answer = refresh(service, first).json()
        assert first == answer["refresh_token"]
        assert call(service, bearer(answer)).ok
    assert 0 == service.reuses


@pytest.mark.parametrize("name", ["xee", "xmldation"])
def test_kill_refresh_tokens(box, name):
    """
    A killed refresh token is refused, and the access token lives on.
    """
    service = getattr(box, name)
    answer = obtain(service)
    service.kill_refresh_tokens()

    assert refresh(service, answer["refresh_token"]).status_code in {400, 403}
    assert call(service, bearer(answer)).ok


@pytest.mark.parametrize(("name", "detects"), [("xee", False), ("xmldation", True)])
def test_reuse_detection_is_a_switch(box, name, detects):
    """
    Whether a spent refresh token takes the login with it can be set.
    """
    service = getattr(box, name)
    service.reuse_detection = detects
    spent = obtain(service)["refresh_token"]
    live = refresh(service, spent).json()
    refresh(service, spent)

    assert detects is not call(service, bearer(live)).ok
    assert detects is not refresh(service, live["refresh_token"]).ok
