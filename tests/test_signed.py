"""A token with its header value and its moments kept ready."""

import math

import pytest
import requests
from helpers import auth_of

from requests_xauth import Token
from requests_xauth._signed import Signed

HOUR = Token("abc", obtained_at=1000.0, expires_at=4600.0)


def test_header():
    """
    The header is the bearer's, the id_token's where that is the bearer.
    """
    by_id = Token("abc", id_token="jwt", bearer_field="id_token")

    assert "Bearer abc" == Signed(HOUR).header
    assert "Bearer jwt" == Signed(by_id).header


def test_moments():
    """
    The moments are the token's own.
    """
    signed = Signed(HOUR)

    assert (HOUR.ahead_at, HOUR.end_at) == (signed.ahead_at, signed.end_at)
    assert (4300.0, 4590.0) == (signed.ahead_at, signed.end_at)


def test_unknown_end():
    """
    A token whose end is unknown is good until it is refused.
    """
    signed = Signed(Token("abc"), new_at=1000.0)

    assert (math.inf, math.inf) == (signed.ahead_at, signed.end_at)


def test_same_again():
    """
    A token that the provider answered twice is used to its end.
    """
    signed = Signed(HOUR, same=True)

    assert (4600.0, 4600.0) == (signed.ahead_at, signed.end_at)
    assert math.inf == Signed(Token("abc"), same=True).end_at


@pytest.mark.parametrize("same", [True, False])
def test_born_expired(same):
    """
    A token just obtained is used for a second, whatever the clocks say.
    """
    dead = Token("abc", obtained_at=1000.0, expires_at=1000.0)

    signed = Signed(dead, same=same, new_at=1002.0)

    assert (1003.0, 1003.0) == (signed.ahead_at, signed.end_at)
    assert 1000.0 == Signed(dead, same=same).end_at


def test_floor_lengthens_nothing_else():
    """
    The second counts from the token's coming and adds nothing to a good one.
    """
    assert 4590.0 == Signed(HOUR, new_at=1000.0).end_at


def test_repr():
    """
    It shows the token's own safe repr, and not the header.
    """
    shown = repr(Signed(Token("s3cret")))

    assert shown.startswith("Signed(<Token ")
    assert shown.endswith("end unknown>)")
    assert "s3cret" not in shown


def test_a_warm_call(box, clock):
    """
    A call with a fresh token asks no engine, and is heard by its token's one listener.
    """
    auth = auth_of(box, "m2m", clock=clock)

    def signed():
        return auth(requests.Request("GET", box.m2m.api_url).prepare())

    first, engine = signed(), auth._engine
    auth._engine = None
    warm = [signed() for _ in range(3)]
    auth._engine = engine
    renewed = auth.renew()
    [again] = signed().hooks["response"]

    assert {first.headers["Authorization"]} == {
        r.headers["Authorization"] for r in warm
    }
    listener, *others = {hook for r in (first, *warm) for hook in r.hooks["response"]}
    assert [] == others
    assert listener.signed.token.bearer != again.signed.token.bearer
    assert renewed == again.signed.token
