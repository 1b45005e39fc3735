"""XAuthSession's token: shown, set, forgotten."""

import json
import pickle
import pprint

import pytest
from helpers import auth_of, service_of
from oauth import bearers, oauth_of, opened
from oauthlib.oauth2.rfc6749.tokens import OAuth2Token


class TestShown:
    """What ``session.token`` and its neighbours show."""

    def test_nothing_yet(self, box, clock):
        """
        Before the first need there is no token, and looking obtains none.
        """
        session = oauth_of(box, "m2m", clock)

        assert ({}, None, False) == (
            session.token,
            session.access_token,
            session.authorized,
        )
        assert 0 == box.m2m.token_requests

    @pytest.mark.parametrize("name", ["xpkit", "xee", "xmldation", "m2m"])
    def test_a_token(self, box, clock, name):
        """
        A token is the dict that OAuth2Session has: the answer's members and expires_at.
        """
        service = service_of(box, name)
        service.extra = {"region": "north"}
        session = oauth_of(box, name, clock)
        session.get(service.api_url)

        token = session.token

        assert isinstance(token, OAuth2Token)
        assert session.authorized
        assert token["access_token"] == session.access_token
        assert token["token_type"].lower() == "bearer"
        assert service.lifetime_s == token["expires_in"]
        assert clock() + service.lifetime_s == token["expires_at"]
        assert "north" == token["region"]
        assert ("refresh_token" in token) == (name in {"xee", "xmldation"})
        assert (
            json.loads(json.dumps(token))
            == token
            == pickle.loads(  # our own
                pickle.dumps(token)
            )
        )

    def test_no_end(self, box, clock):
        """
        A token whose end is not known has no moments, and one without scope no scope.
        """
        box.m2m.omit = {"expires_in", "scope"}
        session = oauth_of(box, "m2m", clock)

        session.token = {"access_token": "opaque"}

        assert {"access_token": "opaque", "token_type": "Bearer"} == session.token

    def test_nothing_is_seen_in_passing(self, box, clock):
        """
        Its repr, its text and its pretty print show which members it has, no values.
        """
        session = oauth_of(box, "xmldation", clock)
        token = session.fetch_token()

        shown = f"{token} {token!r} {pprint.pformat(token)} {[token]}"

        assert "refresh_token" in shown
        assert [] == [value for value in token.values() if str(value) in shown]


class TestForgotten:
    """How a token is dropped."""

    @pytest.mark.parametrize("empty", [{}, None])
    def test_by_an_empty_one(self, box, clock, empty):
        """
        An empty token is to forget the one there is.
        """
        session = oauth_of(box, "m2m", clock)
        session.get(box.m2m.api_url)

        session.token = empty

        assert not session.authorized
        assert {} == session.token

    @pytest.mark.parametrize("empty", [{}, None])
    def test_not_by_a_new_session(self, box, clock, empty):
        """
        A session made with an empty one forgets nothing.
        """
        auth = auth_of(box, "m2m", clock=clock)
        auth.renew()

        assert opened(auth, token=empty).authorized

    def test_by_its_access_token(self, box, clock):
        """
        So is to delete the access token, or to set it to None.
        """
        session = oauth_of(box, "m2m", clock)
        session.fetch_token()
        del session.access_token
        deleted = session.authorized
        session.fetch_token()

        session.access_token = None

        assert [False, False] == [deleted, session.authorized]


def test_an_access_token_is_set(box, clock):
    """
    A new access token is used, and the refresh token kept for when it is refused.
    """
    session = oauth_of(box, "xee", clock)
    session.get(box.xee.api_url)
    refresh_token = session.token["refresh_token"]

    session.access_token = "opaque"

    assert ("opaque", refresh_token) == (
        session.access_token,
        session.token["refresh_token"],
    )
    assert 200 == session.get(box.xee.api_url).status_code
    assert "Bearer opaque" in bearers(box.xee)
