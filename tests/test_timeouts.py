"""What timeout= takes."""

import pytest
from urllib3.util import Timeout

from requests_xauth import errors
from requests_xauth._timeouts import longest_s, pair_of, within


@pytest.mark.parametrize(
    ("timeout", "pair"),
    [
        (7, (7, 7)),
        (0.5, (0.5, 0.5)),
        ((5, 30), (5, 30)),
        ([5, 30], (5, 30)),
        ((None, 30), (None, 30)),
        (None, (None, None)),
        (Timeout(connect=2, read=9), (2, 9)),
        (Timeout(connect=2), (2, None)),
        (Timeout(connect=None, read=None), (None, None)),
    ],
)
def test_forms(timeout, pair):
    """Each form that requests knows."""
    assert pair_of(timeout) == pair


def test_total():
    """A total bounds both parts."""
    connect, read = pair_of(Timeout(total=5))
    assert connect == 5
    assert 4 < read <= 5
    assert pair_of(Timeout(total=5, connect=1, read=9))[0] == 1


@pytest.mark.parametrize(
    "timeout",
    [
        "5",
        0,
        -1,
        True,
        float("nan"),
        float("inf"),
        (5,),
        (1, 2, 3),
        (5, "x"),
        {},
        (0, 5),
    ],
)
def test_no_timeout(timeout):
    """Anything else is refused."""
    with pytest.raises(
        errors.ConfigError,
        match=r"is no timeout: give seconds above 0, a pair \(connect, read\), a urllib3"
        r" Timeout or None\.$",
    ):
        pair_of(timeout)


def test_longest():
    """The longer part counts; parts are not added up, since a number is both of them."""
    assert longest_s((5, 30)) == 30
    assert longest_s((40, 40)) == 40
    assert longest_s((30, None)) == longest_s((None, 30)) == 30
    assert longest_s((None, None)) == 0


def test_within():
    """No part is longer than what is left, and none is 0."""
    assert within((5, 30), 10) == (5, 10)
    assert within((None, 30), 60) == (60, 30)
    assert min(within((5, None), 0)) > 0
