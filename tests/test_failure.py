"""A failed token request as those who waited for it hear of it."""

import json

import pytest

from requests_xauth._failure import again, error_of, failure_of, is_news
from requests_xauth.errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)

KINDS = (TokenRequestError, CredentialsRejected, LoginRequired, ProviderUnavailable)
KNOWN = {
    "provider": "Acme",
    "status_code": 400,
    "code": "invalid_grant",
    "description": "No \ud800",
    "tip": "Ask.",
    "doubt": "or so",
}

FAILURE = {"id": "f", "at": 100.0}


def by_way_of_a_store(failure):
    """Return what a store gives back of a failure."""
    return json.loads(json.dumps(failure))


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind):
    """
    Another process hears the same class with the same words.
    """
    error = kind("It failed.", **KNOWN)

    twin = error_of(by_way_of_a_store(failure_of(error, 7.0)))

    assert kind is type(twin)
    assert "It failed." == str(twin)
    assert KNOWN == {name: getattr(twin, name) for name in KNOWN}
    assert (None, None) == (twin.response, twin.refused)


def test_how_long_to_wait():
    """
    It hears too how long the provider asked to wait.
    """
    error = ProviderUnavailable("x", retry_after_s=30.0)

    assert 30.0 == error_of(by_way_of_a_store(failure_of(error, 7.0))).retry_after_s


def test_each_has_an_id():
    """
    The same failure met twice is two failures.
    """
    error = TokenRequestError("x")

    one, other = failure_of(error, 7.0), failure_of(error, 7.0)

    assert one["id"] != other["id"]
    assert 7.0 == one["at"]


@pytest.mark.parametrize(
    "failure",
    [
        {},
        {"kind": "KeyboardInterrupt", "message": "x"},
        {"kind": "XAuthError"},
        {"kind": None, "message": None},
        {"kind": ["LoginRequired"]},
    ],
)
def test_strange_failures(failure):
    """
    A failure that nobody here has written is an error all the same, of the plain class.
    """
    assert TokenRequestError is type(error_of(failure))


class TestNews:
    """Who may take a failure for an answer."""

    @pytest.mark.parametrize("now_at", [100.0, 104.9, 95.1])
    def test_news(self, now_at):
        """
        Whoever waited for it does, right after.
        """
        assert is_news(FAILURE, None, now_at)
        assert is_news(FAILURE, {"id": "e", "at": 99.0}, now_at)

    @pytest.mark.parametrize("now_at", [105.0, 95.0, 1e9])
    def test_history(self, now_at):
        """
        What is older than 5 s, or from another clock's future, is history.
        """
        assert not is_news(FAILURE, None, now_at)

    def test_known_before(self):
        """
        Whoever had seen it before did not wait for it.
        """
        assert not is_news(FAILURE, dict(FAILURE), 100.0)

    @pytest.mark.parametrize(
        "failure", [None, {}, {"id": "f"}, {"id": "f", "at": "100"}, {"at": None}]
    )
    def test_nothing(self, failure):
        """
        Where nothing failed, or nobody knows when, there is no news.
        """
        assert not is_news(failure, None, 100.0)


class TestAgain:
    """The copy that each caller gets."""

    def test_same_but_another(self):
        """
        No two callers share an object, a traceback or a refused response.
        """
        error = LoginRequired("x", **KNOWN)
        error.refused = object()
        try:
            raise error from KeyError("cause")
        except LoginRequired:
            fresh = again(error)

        assert (LoginRequired, "x") == (type(fresh), str(fresh))
        assert KNOWN == {name: getattr(fresh, name) for name in KNOWN}
        assert (None, None) == (fresh.refused, fresh.__traceback__)
        assert error.__cause__ is fresh.__cause__
        assert error.__traceback__ is not None
