"""OAuth2Session's own verbs on a signed session, against a real server.

Rule: no URL and no credential is given twice.
"""

from __future__ import annotations

from interop.toolkit_client import Application, Toolkit
from interop.xee_preset import ME
from interop.xpkit_preset import PROFILES, make_auth

from requests_xauth import XAuthSession, XeeAuth


def test_a_machine_fetches_and_calls(server: Toolkit, xpkit: Application) -> None:
    """A token is fetched and used."""
    with XAuthSession(make_auth(xpkit)) as session:
        token = session.fetch_token()
        response = session.get(server.base_url + PROFILES)

    assert "Bearer" == token["token_type"]
    assert 200 == response.status_code
    assert {"client_credentials": 1} == server.token_requests


def test_a_refresh_rotates(
    server: Toolkit, xee: Application, logged_in: XeeAuth
) -> None:
    """A refresh on demand and one in the hook use one refresh token each."""
    with XAuthSession(logged_in) as session:
        before = session.token["refresh_token"]
        after = session.refresh_token()["refresh_token"]
        xee.expire()
        response = session.get(server.base_url + ME)

    assert before != after
    assert 200 == response.status_code
    assert {"authorization_code": 1, "refresh_token": 2} == server.token_requests
