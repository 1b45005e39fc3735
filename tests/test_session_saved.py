"""XAuthSession's saved tokens, given back."""

import base64
import json

import pytest
from helpers import auth_of
from oauth import bearers, oauth_of, opened, xee, xee_token

from requests_xauth import Token, XAuthSession, errors


def jwt(claims):
    """Return a JWT that says *claims*; nobody looks at the rest of it."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.sig"


class TestGivenBack:
    """What is made of a token that was saved."""

    @pytest.mark.parametrize("by", ["constructor", "setter"])
    def test_it_is_used(self, box, clock, by):
        """
        A saved token is used as it was, in another process, until it ends.
        """
        saved = xee_token(box)
        box.xee.reset_counters()

        session = opened(xee(box, clock), token=saved if by == "constructor" else None)
        if by == "setter":
            session.token = saved

        assert 200 == session.get(box.xee.api_url).status_code
        assert saved == session.token
        assert 0 == box.xee.token_requests

    @pytest.mark.parametrize(
        ("moments", "expected"),
        [
            ({"expires_in": 60}, (0, 60)),
            ({"expires_in": "60"}, (0, 60)),
            ({"expires_in": 60.5}, (0, 60.5)),
            ({"expires_in": 0}, (0, 0)),
            ({"expires_in": "-30"}, (0, -30)),
            ({"expires_at": 90}, (0, 90)),
            ({"expires_at": 90, "expires_in": 60}, (0, 90)),
            ({"expires_at": 30, "expires_in": 60}, (-30, 30)),
            ({"expires_at": -10, "expires_in": 3600}, (-3610, -10)),
            ({"expires_at": -10, "expires_in": "-5"}, (-5, -10)),
            ({"expires_at": None, "expires_in": 60}, (0, 60)),
            ({"expires_at": "soon", "expires_in": 60}, (0, 60)),
            ({"expires_in": "soon"}, (0, None)),
            ({"expires_at": True}, (0, None)),
            ({}, (0, None)),
        ],
    )
    def test_moments(self, box, clock, moments, expected):
        """
        ``expires_at`` wins over ``expires_in``; numbers may be text, and in the past.
        """
        auth = xee(box, clock)
        given = {"access_token": "opaque", **moments}
        if type(given.get("expires_at")) is int:
            given["expires_at"] += clock()

        opened(auth, token=given)

        token, (began, end) = auth.token, expected
        assert clock() + began == token.obtained_at
        assert token.expires_at == (None if end is None else clock() + end)

    def test_an_ended_one_is_renewed(self, box, clock):
        """
        A saved token that has ended is renewed before the first call, not sent.
        """
        saved = {**xee_token(box), "expires_in": "-30"}
        del saved["expires_at"]
        box.xee.reset_counters()
        session = opened(xee(box, clock), token=saved)

        assert 200 == session.get(box.xee.api_url).status_code
        assert {"refresh_token": 1} == box.xee.token_requests_by_grant
        assert 1 == len(bearers(box.xee))

    def test_a_jwt_tells_its_end(self, box, clock):
        """
        Without moments a JWT's own end counts.
        """
        auth = auth_of(box, "m2m", clock=clock)

        opened(auth, token={"access_token": jwt({"exp": clock() + 60})})

        assert clock() + 60 == auth.token.expires_at

    @pytest.mark.parametrize("scope", ["a b", ["a", "b"], ("a", "b"), {"a", "b"}])
    def test_scope(self, box, clock, scope):
        """
        The scope may be text or any collection of words.
        """
        session = oauth_of(box, "m2m", clock)

        session.token = {"access_token": "opaque", "scope": scope}

        assert ["a", "b"] == sorted(session.token["scope"])

    def test_a_token_object(self, box, clock):
        """
        A Token is taken as well as a dict.
        """
        auth = auth_of(box, "m2m", clock=clock)
        token = Token("opaque", expires_at=clock() + 60, obtained_at=clock())

        opened(auth).token = token

        assert token == auth.token

    def test_the_bearer_alone(self, box, clock):
        """
        Where the id_token is the bearer, it is enough.
        """
        session = oauth_of(box, "xmldation", clock)
        id_token = session.fetch_token()["id_token"]

        session.token = {"id_token": id_token}

        assert 200 == session.get(box.xmldation.api_url).status_code
        assert None is session.access_token
        assert session.authorized

    @pytest.mark.parametrize(
        ("given", "match"),
        [
            ({"token_type": "Bearer"}, r"^The token given for Xee is one without acc"),
            ({"access_token": "a b"}, r"without a usable access_token: the bearer has"),
            ({"access_token": 7}, r"without a usable access_token: the bearer is int"),
            ({"access_token": "x", "token_type": "mac"}, "token_type that is not Bear"),
            ({"access_token": "x", "refresh_token": 7}, r"refresh_token that is int"),
            ("opaque", r"as the dict that a token endpoint answers, not as str\.$"),
        ],
    )
    def test_what_is_no_token(self, box, clock, given, match):
        """
        A dict without a usable bearer, or no dict, is a ConfigError.
        """
        with pytest.raises(errors.ConfigError, match=match):
            XAuthSession(xee(box, clock), token=given)

    def test_no_id_token(self, box, clock):
        """
        Where the id_token is the bearer, an access token alone is none.
        """
        session = oauth_of(box, "xmldation", clock)

        with pytest.raises(errors.ConfigError, match="is one without id_token"):
            session.token = {"access_token": "opaque"}
