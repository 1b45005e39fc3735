"""requests-oauthlib's three ways to refresh, with only the constructor changed.

Sources: docs/oauth2_workflow.rst and docs/examples/real_world_example_with_refresh.rst of
requests-oauthlib.
"""

import contextlib

import pytest
from helpers import auth_of
from oauth import oauth_of, opened, xee
from oauthlib.oauth2 import TokenExpiredError
from requests_oauthlib import TokenUpdated

from requests_xauth import errors


@pytest.mark.parametrize("name", ["xee", "xmldation"])
class TestRefreshing:
    """The three documented ways to refresh, with a token that has ended."""

    @pytest.fixture
    def token(self, box, clock, name):
        """A token as it was saved, whose expires_in is in the past."""
        with contextlib.ExitStack() as stack:
            session = stack.enter_context(oauth_of(box, name, clock))
            session.get(getattr(box, name).api_url)
            saved = {**session.token, "expires_in": "-30"}
            session.auth.forget()
        del saved["expires_at"]
        getattr(box, name).reset_counters()
        return saved

    @pytest.fixture
    def make_auth(self, box, clock, name):
        """Make an auth object that has no token."""
        if name == "xee":
            return lambda: xee(box, clock)
        return lambda: auth_of(box, name, clock=clock)

    def test_first(self, box, token, make_auth, name):
        """
        With a try around each request: it is not needed, and does no harm.
        """
        service, auth, saved = getattr(box, name), make_auth(), []
        extra = {"client_id": service.client_id, "client_secret": service.client_secret}

        try:
            client = opened(auth, token=token)
            r = client.get(service.api_url)
        except TokenExpiredError:
            token = client.refresh_token(service.token_url, **extra)
            saved.append(token)
        client = opened(auth, token=token)
        r = client.get(service.api_url)

        assert 200 == r.status_code
        assert [] == saved
        assert {"refresh_token": 1} == service.token_requests_by_grant

    def test_first_by_hand(self, box, token, make_auth, name):
        """
        What stands in its except clause works as well: a refresh on demand.
        """
        service = getattr(box, name)
        extra = {"client_id": service.client_id, "client_secret": service.client_secret}
        client = opened(make_auth(), token=token)

        refreshed = client.refresh_token(service.token_url, **extra)

        assert client.token == refreshed
        assert token["refresh_token"] != refreshed["refresh_token"]
        assert {"refresh_token": 1} == service.token_requests_by_grant

    def test_second(self, box, token, make_auth, name):
        """
        With TokenUpdated caught: it is never raised, the answer comes instead.
        """
        service, saved = getattr(box, name), []

        try:
            client = opened(make_auth(), token=token)
            r = client.get(service.api_url)
        except TokenUpdated as e:
            saved.append(e.token)

        assert 200 == r.status_code
        assert [] == saved

    def test_third(self, box, token, make_auth, name):
        """
        With a token_updater, the recommended way.
        """
        service, saved = getattr(box, name), []

        client = opened(make_auth(), token=token, token_updater=saved.append)
        r = client.get(service.api_url)

        assert 200 == r.status_code
        assert [client.token] == saved
        assert token["refresh_token"] != saved[0]["refresh_token"]

    def test_a_web_server(self, box, token, make_auth, name, clock):
        """
        The pages automatic_refresh and manual_refresh of the documented web server.
        """
        service, session = getattr(box, name), {"oauth_token": token}

        def token_updater(token):
            session["oauth_token"] = token

        def automatic_refresh():
            token = session["oauth_token"]
            token["expires_at"] = clock() - 10
            provider = opened(make_auth(), token=token, token_updater=token_updater)
            return provider.get(service.api_url)

        def manual_refresh():
            provider = opened(make_auth(), token=session["oauth_token"])
            session["oauth_token"] = provider.refresh_token(service.token_url)

        assert 200 == automatic_refresh().status_code
        manual_refresh()
        assert 200 == automatic_refresh().status_code
        assert {"refresh_token": 3} == service.token_requests_by_grant

    def test_a_refresh_token_alone(self, box, token, make_auth, name):
        """
        A refresh token that the caller has is enough, and goes before the one at hand.
        """
        service, auth = getattr(box, name), make_auth()
        client = opened(auth)

        first = client.refresh_token(service.token_url, token["refresh_token"])
        client.token = {**first, "refresh_token": "lost"}
        second = client.refresh_token(refresh_token=first["refresh_token"])

        assert client.token == second
        assert {"refresh_token": 2} == service.token_requests_by_grant
        assert 0 == service.reuses


def test_a_refresh_without_a_refresh_token(box, clock):
    """
    Where there is no refresh token the grant gives the newer one, or a person has to.
    """
    machine, person = oauth_of(box, "m2m", clock), opened(xee(box, clock))
    first = machine.fetch_token()

    assert first != machine.refresh_token(box.m2m.token_url)
    with pytest.raises(errors.LoginRequired, match=r"can be had without a person"):
        person.refresh_token(box.xee.token_url)


def test_a_refused_refresh_token_is_not_the_last_word(box, clock):
    """
    After a refused refresh token another one that the caller has is tried at once.
    """
    client = opened(xee(box, clock))
    with pytest.raises(errors.LoginRequired):
        client.refresh_token(refresh_token="long-spent")

    client.refresh_token(refresh_token=box.xee.issue_refresh_token())

    assert 200 == client.get(box.xee.api_url).status_code
