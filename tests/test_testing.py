"""What keeps anyone's tests apart."""

import made

from requests_xauth import Token, XAuth, _shared, testing
from requests_xauth._signed import Signed


def auth(**more):
    """Return an auth object of the machine of these tests."""
    return XAuth(made.provider(), made.machine(), **more)


def test_reset_parts_equal_objects():
    """
    An object made after reset() shares nothing with its equals from before.
    """
    before = auth()
    before._state.adopt(Signed(Token("a")), "client_credentials")
    assert before._state is auth()._state

    testing.reset()

    assert auth().token is None
    assert {auth()._state} == set(_shared.states)


def test_reset_leaves_objects_alone():
    """
    An object that exists keeps its token.
    """
    before = auth()
    before._state.adopt(Signed(Token("a")), "client_credentials")

    testing.reset()

    assert "a" == before.token.access_token


def test_tests_are_apart_first():
    """
    One test leaves a token in the shared state.
    """
    auth()._state.adopt(Signed(Token("left")), "client_credentials")

    assert auth().token is not None


def test_tests_are_apart_second():
    """
    The next one does not find.
    """
    assert auth().token is None


def test_reset_twice():
    """
    To reset what is reset does nothing.
    """
    testing.reset()
    testing.reset()

    assert [] == [*_shared.states, *_shared.refusals]
