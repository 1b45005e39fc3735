"""Logins by XAuthSession: begun, brought back, never another's."""

from urllib.parse import parse_qs, urlsplit

import pytest
from oauth import oauth_of, opened, xee

from requests_xauth import XPKitUserAuth, errors


def test_a_callback_that_gives_the_code(box, clock):
    """
    The code alone does as well, as Django's callbacks hand it on.
    """
    authorization_url, state = opened(xee(box, clock)).authorization_url()
    query = parse_qs(urlsplit(box.xee.authorize(authorization_url)).query)

    oauth = opened(xee(box, clock), state=state)
    token = oauth.fetch_token(box.xee.token_url, code=query["code"][0])

    assert oauth.token == token


def test_a_forged_callback(box, clock):
    """
    A callback with another login's state is refused, and nothing is asked.
    """
    attackers_url, _ = opened(xee(box, clock)).authorization_url()
    callback = box.xee.authorize(attackers_url)
    fresh, own = opened(xee(box, clock)), opened(xee(box, clock), state="mine")
    begun = opened(xee(box, clock))
    begun.authorization_url()

    for oauth in (fresh, own, begun):
        with pytest.raises(errors.LoginRequired, match="state"):
            oauth.fetch_token(authorization_response=callback)

    assert 0 == box.xee.token_requests


def test_a_callback_that_comes_twice(box, clock):
    """
    A state is good once: the code is not sent a second time.
    """
    url, state = opened(xee(box, clock)).authorization_url()
    callback, oauth = box.xee.authorize(url), opened(xee(box, clock), state=state)
    oauth.fetch_token(authorization_response=callback)

    with pytest.raises(errors.LoginRequired, match="is under way here"):
        oauth.fetch_token(authorization_response=callback)

    assert 1 == box.xee.token_requests


def test_pkce_needs_the_login(box, clock):
    """
    With PKCE a new object without the login's verifier cannot finish it.
    """
    credentials = box.xpkit.user_credentials
    oauth = opened(XPKitUserAuth(**credentials, clock=clock))
    url, state = oauth.authorization_url()
    callback = box.xpkit.authorize(url)
    other = opened(XPKitUserAuth(**credentials, clock=clock), state=state)

    with pytest.raises(errors.LoginRequired, match="is under way here"):
        other.fetch_token(authorization_response=callback)

    assert oauth.fetch_token(authorization_response=callback)["access_token"]


def test_several_at_once(box, clock):
    """
    One session may begin several logins and finish each of them.
    """
    oauth = opened(XPKitUserAuth(**box.xpkit.user_credentials, clock=clock))
    begun = [oauth.authorization_url()[0] for _ in range(3)]

    tokens = [
        oauth.fetch_token(authorization_response=box.xpkit.authorize(url))
        for url in begun
    ]

    assert 3 == len({token["access_token"] for token in tokens})


def test_a_state_of_the_callers(box, clock):
    """
    A state may be given, made by the caller's function, or expected by the call.
    """
    oauth = opened(xee(box, clock), state=lambda: "made")
    made, _ = oauth.authorization_url()
    given, _ = oauth.authorization_url(state="given")

    oauth.fetch_token(authorization_response=box.xee.authorize(given), state="given")
    with pytest.raises(errors.LoginRequired, match="another login than the one"):
        oauth.fetch_token(authorization_response=box.xee.authorize(made), state="given")

    assert ["made"] == parse_qs(urlsplit(made).query)["state"]


def test_nothing_came_back(box, clock):
    """
    Neither code nor URL is a ValueError, as it is there.
    """
    with pytest.raises(ValueError, match="needs code= or authorization_response="):
        opened(xee(box, clock)).fetch_token(box.xee.token_url)


@pytest.mark.parametrize("given", ["code", "authorization_response"])
def test_a_code_for_a_machine(box, clock, given):
    """
    Where nobody logs in a code is refused.
    """
    oauth = oauth_of(box, "m2m", clock, state="s")

    with pytest.raises(errors.ConfigError, match="Nobody logs in with M2MAuth"):
        oauth.fetch_token(**{given: "https://callback.example/?code=x&state=s"})


class TestAuthorizationUrl:
    """What may be repeated with authorization_url."""

    def test_the_same(self, box, clock):
        """
        The provider's URL and our own parameters are accepted, others are added.
        """
        session = oauth_of(box, "xee", clock, scope="users_read")

        url, state = session.authorization_url(
            box.xee.authorize_url,
            scope=["users_read"],
            redirect_uri=box.xee.redirect_uri,
            client_id=box.xee.client_id,
            response_type="code",
            access_type="offline",
        )

        assert url.startswith(f"{box.xee.authorize_url}?response_type=code&client_id=")
        assert url.endswith(f"&scope=users_read&state={state}&access_type=offline")

    @pytest.mark.parametrize(
        "given",
        [
            {"url": "https://login.example/authorize"},
            {"scope": "oth3r"},
            {"redirect_uri": "https://oth3r.example/"},
            {"response_type": "token"},
        ],
    )
    def test_another(self, box, clock, given):
        """
        Another URL, or a parameter that the exchange would not know, is refused.
        """
        session = oauth_of(box, "xee", clock)

        with pytest.raises(errors.ConfigError, match="is not wh"):
            session.authorization_url(**given)

    def test_nobody_logs_in(self, box, clock):
        """
        Where nobody logs in the error says what to do instead.
        """
        with pytest.raises(errors.ConfigError, match=r"Nobody logs in with M2MAuth"):
            oauth_of(box, "m2m", clock).authorization_url("https://login.example/")
