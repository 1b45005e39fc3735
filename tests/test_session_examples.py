"""requests-oauthlib's documented examples, each with only the constructor changed.

Sources: docs/oauth2_workflow.rst and docs/examples/real_world_example.rst of
requests-oauthlib.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from oauth import oauth_of, opened, xee
from requests.auth import HTTPBasicAuth

from requests_xauth import XPKitUserAuth


class TestWebApplicationFlow:
    """The web application flow."""

    @pytest.mark.parametrize("name", ["xee", "xpkit"])
    def test_workflow(self, box, clock, name):
        """
        Authorization URL, callback URL, token, protected resource.
        """
        service = getattr(box, name)
        auth = {
            "xee": lambda: xee(box, clock, scope=["users_read"]),
            "xpkit": lambda: XPKitUserAuth(**box.xpkit.user_credentials, clock=clock),
        }[name]()
        secret = {"client_secret": service.client_secret} if name == "xee" else {}
        oauth = opened(auth)

        authorization_url, state = oauth.authorization_url(
            service.authorize_url, access_type="offline", approval_prompt="force"
        )
        authorization_response = service.authorize(authorization_url)
        token = oauth.fetch_token(
            service.token_url, authorization_response=authorization_response, **secret
        )
        r = oauth.get(service.api_url)

        asked = parse_qs(urlsplit(authorization_url).query)
        assert ([state], ["force"]) == (asked["state"], asked["approval_prompt"])
        assert oauth.token == token
        assert 200 == r.status_code

    def test_a_web_server(self, box, clock):
        """
        Each of its requests makes a session; the browser's keeps state and token.
        """
        client_secret, session = box.xee.client_secret, {}

        def demo():
            provider = opened(xee(box, clock))
            authorization_url, state = provider.authorization_url(box.xee.authorize_url)
            session["oauth_state"] = state
            return authorization_url

        def callback(url):
            provider = opened(xee(box, clock), state=session["oauth_state"])
            session["oauth_token"] = provider.fetch_token(
                box.xee.token_url,
                client_secret=client_secret,
                authorization_response=url,
            )

        def profile():
            provider = opened(xee(box, clock), token=session["oauth_token"])
            return provider.get(box.xee.api_url)

        callback(box.xee.authorize(demo()))

        assert 200 == profile().status_code
        assert 1 == box.xee.token_requests


def test_legacy_application_flow(box, clock):
    """
    The legacy application flow: a user's name and password.
    """
    service = box.xmldation
    oauth = oauth_of(box, "xmldation", clock)

    token = oauth.fetch_token(
        token_url=service.token_url,
        username=service.username,
        password=service.password,
        client_id=service.client_id,
        client_secret=service.client_secret,
    )

    assert oauth.token == token
    assert {"password": 1} == service.token_requests_by_grant
    assert 200 == oauth.get(service.api_url).status_code


@pytest.mark.parametrize("name", ["m2m", "xpkit"])
class TestBackendApplicationFlow:
    """The backend application flow, wherever the provider wants the secret."""

    def test_secret(self, box, clock, name):
        """
        The documented call with id and secret.
        """
        service, oauth = getattr(box, name), oauth_of(box, name, clock)

        token = oauth.fetch_token(
            token_url=service.token_url,
            client_id=service.client_id,
            client_secret=service.client_secret,
        )

        assert oauth.token == token
        assert 200 == oauth.get(service.api_url).status_code
        assert 1 == service.token_requests

    def test_basic(self, box, clock, name):
        """
        The documented call with HTTPBasicAuth.
        """
        service, oauth = getattr(box, name), oauth_of(box, name, clock)
        auth = HTTPBasicAuth(service.client_id, service.client_secret)

        token = oauth.fetch_token(token_url=service.token_url, auth=auth)

        assert oauth.token == token
