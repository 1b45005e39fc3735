"""A call's ``timeout`` bounds the token request that it waits for."""

import pytest
import requests
from helpers import renewals_done
from oauth import oauth_of
from urllib3.util import Timeout

from requests_xauth import errors
from requests_xauth._patience import wait_s


@pytest.mark.parametrize(
    "timeout", [0.2, (0.1, 0.1), Timeout(total=0.2), Timeout(connect=0.1, read=0.1)]
)
def test_a_call(box, clock, timeout):
    """
    The call gives up in time; the token request goes on, and its token is used.
    """
    session = oauth_of(box, "m2m", clock)
    box.m2m.slow(30, times=1)

    text = r"^M2M has not answered .* within the call's timeout of 0\.2 s: it goes on"
    with pytest.raises(errors.ProviderUnavailable, match=text):
        session.get(box.m2m.api_url, timeout=timeout)
    box.m2m.heal()
    renewals_done()

    assert 200 == session.get(box.m2m.api_url, timeout=30).status_code
    assert 1 == box.m2m.token_requests


def test_a_prepared_request(box, clock):
    """
    A prepared request that is refused waits for its renewal no longer either.
    """
    session = oauth_of(box, "m2m", clock)
    prepared = session.prepare_request(requests.Request("GET", box.m2m.api_url))
    box.m2m.revoke()
    box.m2m.slow(30, times=1)

    with pytest.raises(errors.ProviderUnavailable, match=r"timeout of 1 s: it"):
        session.send(prepared, timeout=1)
    box.m2m.heal()
    renewals_done()

    assert 200 == session.send(prepared, timeout=30).status_code


@pytest.mark.parametrize("timeout", [None, (None, 5), 20])
def test_a_patient_call(box, clock, timeout):
    """
    Without a bound, or with one that is far off, it waits.
    """
    session = oauth_of(box, "m2m", clock)
    box.m2m.slow(0.2, times=1)

    assert 200 == session.get(box.m2m.api_url, timeout=timeout).status_code


def test_a_login(box, clock):
    """
    An exchange that takes longer goes on as well: its code would be lost.
    """
    session = oauth_of(box, "xee", clock)
    url, _ = session.authorization_url()
    box.xee.slow(30, times=1)

    with pytest.raises(errors.ProviderUnavailable, match="within the call's"):
        session.fetch_token(authorization_response=box.xee.authorize(url), timeout=0.2)
    box.xee.heal()
    renewals_done()

    assert session.authorized
    assert 1 == box.xee.token_requests


@pytest.mark.parametrize(
    ("timeout", "expected_s"),
    [
        (3, 3),
        ((3, 27), 30),
        ([3, 27], 30),
        ((None, 27), None),
        ((3, None), None),
        (None, None),
        (Timeout(3), 3),
        (Timeout(connect=1, read=2), 3),
        (Timeout(connect=1), None),
        ("soon", None),
        (0, None),
    ],
)
def test_forms(timeout, expected_s):
    """
    A number is the bound; connecting and reading add up; without an end is no bound.
    """
    assert expected_s == wait_s(timeout)


def test_what_cannot_be(box, clock):
    """
    A timeout that is none is refused by requests, in its own words.
    """
    with pytest.raises(ValueError, match=r"[Tt]imeout"):
        oauth_of(box, "m2m", clock).get(box.m2m.api_url, timeout="soon")
