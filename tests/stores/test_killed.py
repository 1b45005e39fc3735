"""A process that is killed while it renews: what the next one finds."""

import threading
import time

import pytest
from helpers import auth_of
from stores.programs import program
from stores.with_file import FileStore

from requests_xauth import errors
from requests_xauth.sandbox import Sandbox


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which other processes have too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def log_in(box, folder):
    """Return what lets a person log in at Xee: the auth object that has the token."""

    def log_in():
        seed = box.xee.issue_refresh_token()
        auth = auth_of(
            box, "xee", store=FileStore(folder), account="ada", refresh_token=seed
        )
        auth.forget()
        auth.renew()
        return auth

    return log_in


def xee_program(box, folder):
    """Start a program that renews ada's token."""
    return program("xee", folder, **box.xee.credentials, account="ada")


def next_program(box, folder):
    """Return the auth object of the program that comes next."""
    return auth_of(box, "xee", store=FileStore(folder), account="ada")


def steps_of_renew(box, folder):
    """Return the steps of a renewal."""
    with xee_program(box, folder) as one:
        return one.tell("steps_of_renew")


def test_at_every_step(box, folder, log_in):
    """
    Whenever it was killed, nobody is kept waiting, and what is said is true.
    """
    log_in()
    steps = steps_of_renew(box, folder)
    asked = steps.index("socket.connect")
    saved = len(steps) - 1 - steps[::-1].index("os.rename")
    lost, said = [], []
    for number in range(len(steps)):
        known = log_in().token
        with xee_program(box, folder) as one:
            assert one.tell("die_at", number) is None
        began_at = time.monotonic()
        try:
            assert known.mark != next_program(box, folder).renew().mark
        except errors.LoginRequired as error:
            lost.append(number)
            said.append(str(error))
        assert time.monotonic() - began_at < 30

    assert [number for number in range(len(steps)) if asked < number <= saved] == lost
    assert all("It had been sent before" in words for words in said)
    assert len(lost) == box.xee.reuses
    assert [] == list(folder.glob("*.damaged"))


def test_while_the_answer_comes(box, folder, log_in):
    """
    A killed process's answer is lost; the next one says that it had been asked for.
    """
    log_in()
    box.xee.drip(1.0, part="headers", times=1)
    before = box.xee.tokens_issued
    with xee_program(box, folder) as one:
        one.begin("renew")
        while box.xee.tokens_issued == before:
            threading.Event().wait(0.001)
        one.kill()

    with pytest.raises(errors.LoginRequired, match="It had been sent before, at 20"):
        next_program(box, folder).renew()


def test_a_killed_machine_loses_nothing(box, folder):
    """
    A program that can ask again does, whatever became of the one before.
    """
    auth = auth_of(box, "m2m", store=FileStore(folder))
    auth.renew()
    box.m2m.slow(60)
    with program("m2m", folder, **box.m2m.credentials) as one:
        one.begin("renew")
        while box.m2m.token_requests < 2:
            threading.Event().wait(0.001)
        one.kill()
    box.m2m.heal()
    began_at = time.monotonic()

    assert auth.renew()
    assert time.monotonic() - began_at < 30
    assert 3 == box.m2m.token_requests


def test_a_waiting_process_takes_over(box, folder):
    """
    Who waits for a process that is killed goes on at once.
    """
    box.m2m.slow(60, times=1)
    credentials = box.m2m.credentials
    with (
        program("m2m", folder, **credentials) as first,
        program("m2m", folder, **credentials) as second,
    ):
        first.begin("get", box.m2m.api_url)
        while box.m2m.token_requests < 1:
            threading.Event().wait(0.001)
        second.begin("get", box.m2m.api_url)
        began_at = time.monotonic()
        first.kill()

        assert [200] == second.end()
        assert time.monotonic() - began_at < 30
    box.m2m.heal()
