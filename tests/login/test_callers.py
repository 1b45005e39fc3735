"""One connection to the port of a login, at moments that no browser hits on purpose."""

import socket
from contextlib import closing

import pytest
from login.people import heard

from requests_xauth.login._loopback import Arrival, Caller, Loopback
from requests_xauth.login._pages import REFUSED, welcome
from requests_xauth.login._place import Place


@pytest.fixture
def pair():
    """A caller as the server has it, and the other end of its connection."""
    here, there = socket.socketpair()
    here.settimeout(0)
    with here, there:
        there.settimeout(20)
        yield Caller(here, float("inf")), there


def test_nothing_yet(pair):
    """
    A connection that brings nothing after all is no end.
    """
    caller, _ = pair

    assert caller.head() is None


def test_what_follows_a_refusal(pair):
    """
    What still comes after a refusal is dropped, so that the refusal arrives.
    """
    caller, other = pair
    caller.answer(REFUSED["large"])
    other.sendall(b"more of it\r\n\r\n")

    assert caller.head() is None
    assert heard(other).startswith(b"HTTP/1.1 431 ")


def test_what_follows_the_answer(pair):
    """
    So it is with the last answer, which is not cut off.
    """
    caller, other = pair
    other.sendall(b"more\r\n\r\n" * 10)
    other.shutdown(socket.SHUT_WR)

    Arrival("http://127.0.0.1/", caller).answer(welcome("Xee"))

    assert b"Logged in to Xee" in heard(other)


def test_gone_before_it_is_greeted():
    """
    Who has gone before it is greeted is no error.
    """
    with closing(Loopback(Place("127.0.0.1", 0, "/", ""))) as loopback:
        loopback._greet(loopback._listening[0])

        assert [] == loopback._callers


def test_parted_twice():
    """
    Who was sent away while its bytes were on the way is gone, no more.
    """
    here, there = socket.socketpair()
    with closing(Loopback(Place("127.0.0.1", 0, "/", ""))) as loopback, there:
        caller = Caller(here, 0.0)
        caller.close()

        assert loopback._hear(caller, None) is None
