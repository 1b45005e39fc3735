"""Processes that are killed at random moments of a renewal, hundreds of times."""

import os
import random
import signal
import statistics
import threading
import time
from collections import Counter

import pytest
from helpers import auth_of
from stores.programs import program
from stores.with_file import FileStore

from requests_xauth import errors
from requests_xauth._contract._forks import fork

KILLS = 300
# Somebody who was not kept waiting by a lock of the dead.
SOON_S = 5


@pytest.fixture
def ada(box, folder):
    """Return what makes ada's auth object, as a process of hers does at its start."""

    def make(**more):
        return auth_of(box, "xee", store=FileStore(folder), account="ada", **more)

    return make


@pytest.fixture
def log_in(box, ada):
    """Return what lets ada log in, whatever was there before."""

    def log_in():
        auth = ada(refresh_token=box.xee.issue_refresh_token())
        auth.forget()
        auth.renew()

    return log_in


@pytest.fixture
def kill(ada, log_in):
    """Return what kills a process that renews, and tells whether it was at it."""
    moments = random.Random(7)  # noqa: S311  # no secrets
    log_in()
    within_s = 1.2 * statistics.median(lasting_s(ada().renew) for _ in range(15))

    def kill(meanwhile=lambda: None):
        auth = ada()
        assert auth.token
        child = fork()
        if child == 0:
            try:
                auth.renew()
            finally:
                os._exit(0)
        meanwhile()
        threading.Event().wait(moments.uniform(0, within_s))
        os.kill(child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    return kill


def lasting_s(act):
    """Return how long *act* takes, in seconds."""
    began_at = time.monotonic()
    act()
    return time.monotonic() - began_at


def renewed(auth):
    """Return the mark of a newer token, or the error, as the programs tell it."""
    try:
        return auth.renew().mark
    except errors.XAuthError as error:
        return f"{type(error).__name__}: {error}"


def judged(told):
    """Return whether the login was kept or lost; if that, the truth was told."""
    if told.startswith("LoginRequired"):
        assert "It had been sent before" in told
        return "lost"
    assert len("3f9a21") == len(told)
    return "kept"


def told_of(found, box, folder):
    """Return the line for people; what is lost had been spent by who was killed."""
    assert {".lock": 1, ".token": 1} == Counter(
        path.suffix for path in folder.iterdir() if path.suffix != ".tmp"
    )
    assert found["lost"] == box.xee.reuses
    return (
        f"{KILLS} kills: {found['lost']} refresh tokens lost"
        f" ({found['lost'] / KILLS:.0%}), each between the server's answer and the"
        f" save; no file damaged, {len(list(folder.glob('*.tmp')))} half-written aside"
    )


def test_the_next_process(box, folder, ada, log_in, kill, report):
    """
    Whoever comes after the killed one has the login, or hears why it is lost.
    """
    found = Counter()
    while found.total() < KILLS:
        if kill():
            began_at = time.monotonic()
            found[judged(told := renewed(ada()))] += 1
            assert time.monotonic() - began_at < SOON_S
            if judged(told) == "lost":
                log_in()

    report(told_of(found, box, folder))


def test_a_process_that_waits(box, folder, log_in, kill, report):
    """
    So it is for a process that was waiting for the killed one's hold.
    """
    found = Counter()
    with program("xee", folder, **box.xee.credentials, account="ada") as sibling:
        while found.total() < KILLS:
            sibling.tell("renew")  # it has the newest one, and will ask for another
            killed = kill(lambda: sibling.begin("renew"))
            began_at = time.monotonic()
            told = sibling.end()
            assert time.monotonic() - began_at < SOON_S
            found[judged(told)] += killed
            if judged(told) == "lost":
                assert killed
                log_in()

    report(told_of(found, box, folder))
