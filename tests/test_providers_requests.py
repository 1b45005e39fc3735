"""The token requests, as they are documented and as they arrive."""

import base64
from urllib.parse import parse_qsl

from helpers import auth_of

from requests_xauth import XeeAuth, XPKitUserAuth


def sent(service):
    """Return headers and form of the only token request that reached the service."""
    [request] = [r for r in service.requests if r.at == "token"]
    assert ("POST", "") == (request.method, request.query)
    assert "application/x-www-form-urlencoded" == request.headers["content-type"]
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    assert len(pairs) == len(dict(pairs))
    return request.headers, dict(pairs)


def basic(service):
    """Return the Basic header of the service's client, plain."""
    pair = f"{service.client_id}:{service.client_secret}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


class TestRequests:
    """What arrives at each token endpoint."""

    def test_xpkit(self, box, clock):
        """
        Id and secret in the form, and the trailing slash.
        """
        auth_of(box, "xpkit", clock=clock).renew()

        headers, form = sent(box.xpkit)
        assert "/api/token/" == box.xpkit.requests[0].path
        assert "authorization" not in headers
        assert {
            "grant_type": "client_credentials",
            "client_id": box.xpkit.client_id,
            "client_secret": box.xpkit.client_secret,
        } == form

    def test_xee(self, box, clock):
        """
        Basic, and the newest refresh token.
        """
        auth = auth_of(box, "xee", clock=clock)

        auth.renew()

        headers, form = sent(box.xee)
        assert ("/v3/auth/access_token", basic(box.xee)) == (
            box.xee.requests[0].path,
            headers["authorization"],
        )
        assert {"grant_type", "refresh_token"} == form.keys()
        box.xee.reset_counters()
        newest = auth.token.refresh_token
        auth.renew()
        assert newest == sent(box.xee)[1]["refresh_token"]

    def test_xmldation(self, box, clock):
        """
        Basic, and name and password with the domain and the scope openid.
        """
        auth_of(box, "xmldation", clock=clock).renew()

        headers, form = sent(box.xmldation)
        assert ("/oauth2/token", basic(box.xmldation)) == (
            box.xmldation.requests[0].path,
            headers["authorization"],
        )
        assert {
            "grant_type": "password",
            "username": f"xmldation/{box.xmldation.username}",
            "password": box.xmldation.password,
            "scope": "openid",
        } == form

    def test_m2m(self, box, clock):
        """
        Basic, and the grant type alone.
        """
        auth_of(box, "m2m", clock=clock).renew()

        headers, form = sent(box.m2m)
        assert ("/oauth/v2/token", basic(box.m2m)) == (
            box.m2m.requests[0].path,
            headers["authorization"],
        )
        assert {"grant_type": "client_credentials"} == form

    def test_xpkit_user(self, box, clock):
        """
        A code is exchanged with the documented fields and no secret.
        """
        auth = XPKitUserAuth(**box.xpkit.user_credentials, clock=clock)

        auth.fetch_token(
            authorization_response=box.xpkit.authorize(auth.authorization_url()[0])
        )

        form = sent(box.xpkit)[1]
        assert {"grant_type", "code", "client_id", "redirect_uri", "code_verifier"} == (
            form.keys()
        )

    def test_xee_code(self, box, clock):
        """
        The exchange of a code is grant_type and code and nothing else.
        """
        auth = XeeAuth(
            **{**box.xee.credentials, "redirect_uri": box.xee.redirect_uri}, clock=clock
        )

        auth.fetch_token(
            authorization_response=box.xee.authorize(auth.authorization_url()[0])
        )

        assert {"grant_type", "code"} == sent(box.xee)[1].keys()
