"""Processes that are killed at random moments of a renewal, hundreds of times."""

import random
import statistics
import threading
import time
from collections import Counter

import pytest
from helpers import auth_of
from stores.programs import program, programs
from stores.with_file import FileStore

from requests_xauth import errors

KILLS, AT_ONCE = 150, 5
# Somebody who was not kept waiting by a lock of the dead.
SOON_S = 5


@pytest.fixture
def log_in(box, folder):
    """Return what lets a person log in at Xee, whatever was there before."""

    def log_in():
        seed = box.xee.issue_refresh_token()
        auth = auth_of(
            box, "xee", store=FileStore(folder), account="ada", refresh_token=seed
        )
        auth.forget()
        auth.renew()

    return log_in


def renewed(auth):
    """Return the mark of a newer token, or the error, as the programs tell it."""
    try:
        return auth.renew().mark
    except errors.XAuthError as error:
        return f"{type(error).__name__}: {error}"


def took_s(one):
    """Return how long a renewal takes, the median of some."""
    times = []
    for _ in range(9):
        began_at = time.monotonic()
        one.tell("renew")
        times.append(time.monotonic() - began_at)
    return statistics.median(times)


class Killer:
    """Kills programs, one after the other, at random moments of a renewal."""

    def __init__(self, box, folder):
        self._more = {**box.xee.credentials, "account": "ada"}
        self._folder = folder
        self._random = random.Random(7)  # noqa: S311  # moments, no secrets
        with program("xee", folder, **self._more) as one:
            self._within_s = 1.3 * took_s(one)

    def kills(self):
        """Kill, and yield what can be told to be done while each one is dying."""
        for _ in range(KILLS // AT_ONCE):
            with programs(AT_ONCE, "xee", self._folder, **self._more) as victims:
                for victim in victims:
                    victim.tell("renew")
                    yield lambda meanwhile, victim=victim: self._kill(victim, meanwhile)

    def _kill(self, victim, meanwhile):
        victim.begin("renew")
        meanwhile()
        threading.Event().wait(self._random.uniform(0, self._within_s))
        victim.kill()


def judged(told, log_in):
    """Return whether a login was lost; if so, the truth was told, and is logged in."""
    if not told.startswith("LoginRequired"):
        assert 6 == len(told)
        return "kept"
    assert "It had been sent before" in told
    log_in()
    return "lost"


def report(found, box, folder):
    """Print what has become of the logins; what was lost had been spent by a kill."""
    half_written = len(list(folder.glob("*.tmp")))
    print(
        f"{KILLS} kills: {found['lost']} refresh tokens lost"
        f" ({found['lost'] / KILLS:.1%}), each between the server's answer and the save;"
        f" {half_written} half-written files beside the good ones, 0 damaged"
    )
    assert KILLS == found.total()
    assert found["lost"] == box.xee.reuses
    assert [] == list(folder.glob("*.damaged"))


def test_the_next_process(box, folder, log_in):
    """
    Whoever comes after the killed one has the login, or hears why it is lost.
    """
    log_in()
    found = Counter()
    for kill in Killer(box, folder).kills():
        kill(lambda: None)
        began_at = time.monotonic()
        told = renewed(auth_of(box, "xee", store=FileStore(folder), account="ada"))
        assert time.monotonic() - began_at < SOON_S
        found[judged(told, log_in)] += 1

    report(found, box, folder)


def test_a_process_that_waits(box, folder, log_in):
    """
    So it is for a process that was waiting for the killed one's hold.
    """
    log_in()
    found = Counter()
    with program("xee", folder, **box.xee.credentials, account="ada") as sibling:
        for kill in Killer(box, folder).kills():
            kill(lambda: sibling.begin("renew"))
            began_at = time.monotonic()
            told = sibling.end()
            assert time.monotonic() - began_at < SOON_S
            found[judged(told, log_in)] += 1

    report(found, box, folder)
