"""Whose a session is: its ``auth``, its pickles and its copies."""

import copy
import pickle

import pytest
import requests
from helpers import auth_of
from oauth import bearers, oauth_of, opened


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    """A ~/.netrc that has an entry for the sandbox's host."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login kari password sesame\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


class TestAuth:
    """What ``auth`` of a session may be set to."""

    def test_it_is_the_auth_object(self, box, clock):
        """
        A session's auth is the object that it was made with.
        """
        auth = auth_of(box, "m2m", clock=clock)

        assert opened(auth).auth is auth

    def test_a_calls_own(self, box, clock):
        """
        ``auth=`` of a call replaces the bearer for that call.
        """
        session = oauth_of(box, "m2m", clock)

        session.get(box.m2m.api_url, auth=("kari", "sesame"))
        session.get(box.m2m.api_url)

        assert ["Basic a2FyaTpzZXNhbWU=", f"Bearer {session.access_token}"] == bearers(
            box.m2m
        )

    def test_something_else(self, box, clock, netrc):
        """
        Set to something else it signs with that; set to None, with the token again.
        """
        session = oauth_of(box, "m2m", clock)

        session.auth = ("kari", "sesame")
        session.get(box.m2m.api_url)
        session.auth = None
        session.get(box.m2m.api_url)

        assert ["Basic a2FyaTpzZXNhbWU=", f"Bearer {session.access_token}"] == bearers(
            box.m2m
        )

    def test_another_auth_object(self, box, clock):
        """
        Set to another auth object, the whole session is that one's.
        """
        told = []
        session = oauth_of(box, "m2m", clock, token_updater=told.append)
        session.get(box.m2m.api_url)
        first, session.auth = session.auth, auth_of(box, "xpkit", clock=clock)

        assert not session.authorized
        assert 200 == session.get(box.xpkit.api_url).status_code
        assert box.xpkit.token_url == session.auto_refresh_url
        assert 2 == len(told)
        box.m2m.revoke()
        requests.get(box.m2m.api_url, auth=first)
        assert 2 == len(told)


def add_header(url, headers, data):
    """Mark the request, as a protected_request hook."""
    return url, {**headers, "Account-ID": "4711"}, data


def save(token):
    """Take a token, as a token_updater that a pickle can name."""


class TestCopies:
    """Pickles and copies."""

    def test_pickle(self, box, clock):
        """
        A pickled session sends, with its token, hooks and updater, and obtains nothing.
        """
        session = oauth_of(box, "m2m", type(clock)(), token_updater=save)
        session.register_compliance_hook("protected_request", add_header)
        session.headers["User-Agent"] = "mine"
        session.get(box.m2m.api_url)

        other = pickle.loads(pickle.dumps(session))  # our own

        with other:
            assert 200 == other.get(box.m2m.api_url).status_code
            assert session.token == other.token
            assert other.auth is not session.auth
        assert other.token_updater is save
        assert ["mine", "4711"] == [
            box.m2m.requests[-1].headers[name] for name in ("user-agent", "account-id")
        ]
        assert 1 == box.m2m.token_requests

    def test_a_pickle_that_cannot_be(self, box, clock):
        """
        A hook that no pickle can name is an error, never left behind in silence.
        """
        session = oauth_of(box, "m2m", clock)
        session.register_compliance_hook("protected_request", lambda *given: given)

        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(session)

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
    def test_copy(self, box, clock, copied):
        """
        A copy is another session on the same auth object.
        """
        session = oauth_of(box, "m2m", clock, state="mine")

        other = copied(session)
        other.headers = {"User-Agent": "other"}

        with other:
            assert 200 == other.get(box.m2m.api_url).status_code
        assert other.auth is session.auth
        assert "mine" == other.new_state()
        assert "other" != session.headers["User-Agent"]
