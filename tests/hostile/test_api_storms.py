"""Storms of refusals: what a thousand of them may cost the provider."""

import itertools
import threading

import pytest
import requests
from helpers import in_parallel
from hostile.apis import Api, denial, refusal, session_for

TIMES = 1000
# What an API says that refuses everything, whatever the token.
REFUSING = {
    "xpkit": refusal(b'{"error": "Forbidden"}', status=403),
    "m2m": refusal(b"{}", status=401),
    "xee": refusal(denial("Token has expired"), status=403),
}
NAMES = pytest.mark.parametrize("name", REFUSING)


def refused(session, url):
    """Tell whether a call is answered, and by a refusal."""
    return session.get(url).status_code in {401, 403}


@NAMES
def test_everywhere(clock, name):
    """
    A thousand denied URLs on eight threads cost three token requests.
    """
    times = TIMES if name == "xpkit" else TIMES // 5
    numbers = itertools.count()

    with Api(REFUSING[name]) as api:
        session = session_for(name, clock, api)

        def storm():
            return [
                refused(session, f"{api.url}/{next(numbers)}")
                for _ in range(times // 8)
            ]

        answers = in_parallel(8, storm)

    assert [[True] * (times // 8)] * 8 == answers
    assert session.tokens.number <= 3
    # The calls, and a replay for those that found a newer token.
    assert times <= len(api.requests) <= times + 3 * 8 + 3


@NAMES
def test_as_time_goes_by(clock, name):
    """
    Over a hundred seconds they cost three, and one more each thirty seconds.
    """
    with Api(REFUSING[name]) as api:
        session = session_for(name, clock, api)

        for number in range(TIMES // 5):
            assert refused(session, f"{api.url}/{number}")
            clock.tick(0.5)

    assert 3 < session.tokens.number <= 3 + 100 // 30


@NAMES
def test_at_one_place(clock, name):
    """
    At one denied URL they cost one, and one more each thirty seconds, whatever its query.
    """
    with Api(REFUSING[name]) as api:
        session = session_for(name, clock, api)

        for number in range(TIMES // 5):
            assert refused(session, f"{api.url}/denied?page={number}")
            clock.tick(0.5)

    assert 1 < session.tokens.number <= 1 + 100 // 30


@NAMES
def test_while_no_token_can_be_had(clock, name):
    """
    Nor do they beset a token endpoint that answers nonsense.
    """
    told = set()
    with Api(REFUSING[name]) as api:
        session = session_for(name, clock, api)
        session.tokens.broken = True

        for number in range(TIMES // 5):
            try:
                session.get(f"{api.url}/{number}")
            except requests.RequestException as error:
                told.add(type(error).__name__)

    assert session.tokens.number <= 3
    assert told <= {"TokenRequestError"}


def test_the_twin(clock):
    """
    Where each new token helps for a while, each is asked for: no storm hides the sun.
    """
    good = threading.Event()

    def rule(asked):
        # A token is good for the call it was renewed for, and for no other.
        (good.clear if good.is_set() else good.set)()
        return refusal(b"{}", status=401 if good.is_set() else 200)

    with Api(rule=rule) as api:
        session = session_for("m2m", clock, api)

        statuses = {session.get(f"{api.url}/{n}").status_code for n in range(50)}

    assert {200} == statuses
    assert 50 == session.tokens.number
