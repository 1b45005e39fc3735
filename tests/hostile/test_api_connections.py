"""Connections, descriptors and threads after a thousand refusals that were replayed."""

import gc
import itertools
import os
import threading
from pathlib import Path

import pytest
from helpers import renewals_done
from hostile.apis import OK, Api, denial, refusal, session_for

TIMES = 1000
DESCRIPTORS = Path("/proc/self/fd")
# By what a provider says it, a token has ended; XPKit's and M2M's say it by their status.
ENDED = {"m2m": (401, b"{}"), "xee": (403, denial("Token has expired"))}


def descriptors():
    """Return how many descriptors this process has open, those of earlier tests gone."""
    if not DESCRIPTORS.exists():
        pytest.skip("No /proc here.")
    gc.collect()
    return len(os.listdir(DESCRIPTORS))  # noqa: PTH208  # a count, no paths


def in_turn(*answers):
    """Return a rule that gives the answers in turn, again and again."""
    turns = itertools.cycle(answers)
    return lambda asked: next(turns)


def pools_of(session, url):
    """Return how many connections each pool of *session* has made."""
    pools = session.get_adapter(url).poolmanager.pools
    return [pools[key].num_connections for key in pools.keys()]  # noqa: SIM118  # not a dict


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("form", ["length", "chunks"])
@pytest.mark.parametrize("name", ENDED)
def test_a_thousand_replays(clock, name, form, stream):
    """
    A thousand refusals are replayed on one connection, and nothing is left behind.

    However their bodies are sent, and whether they are streamed: one connection, no
    descriptor and no thread more.
    """
    status, body = ENDED[name]
    # The whole thousand where nothing is special, fewer elsewhere.
    times = TIMES if (name, form, stream) == ("m2m", "length", False) else TIMES // 10
    with Api(rule=in_turn(refusal(body, form, status=status), OK)) as api:
        session = session_for(name, clock, api)
        session.get(api.url)
        opened, started = descriptors(), threading.active_count()

        for _ in range(times):
            with session.get(api.url, stream=stream) as answer:
                assert {"ok": True} == answer.json()
                assert 1 == len(answer.history)
        renewals_done()

        assert 1 + times == session.tokens.number
        assert [1] == pools_of(session, api.url)
        assert 1 == api.connections
        assert descriptors() <= opened
        assert threading.active_count() <= started


def test_a_thousand_refusals_for_good(clock):
    """
    Neither do a thousand refusals that are handed out leave anything behind.
    """
    with Api(
        rule=in_turn(refusal(denial("Token can't access this car"), "chunks"))
    ) as api:
        session = session_for("xee", clock, api)
        session.get(api.url)
        opened, started = descriptors(), threading.active_count()

        for stream in [True, False] * (TIMES // 10):
            with session.get(api.url, stream=stream) as answer:
                assert 403 == answer.status_code

        assert descriptors() <= opened
        assert threading.active_count() <= started
        assert 1 == api.connections


def test_the_twin(clock):
    """
    It would be seen: a refusal without an end takes its connection with it.
    """
    endless = refusal(b"x" * 100_000, status=401)
    with Api(rule=in_turn(endless, OK)) as api:
        session = session_for("m2m", clock, api)

        for _ in range(5):
            assert 200 == session.get(api.url).status_code

        assert 6 == api.connections
