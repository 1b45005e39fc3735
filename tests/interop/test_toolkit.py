"""The real server has the traits that the presets' tests count on.

Rule: plain requests only; nothing of the package is used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from interop.server import ANSWER_S, REDIRECT_URI

if TYPE_CHECKING:
    from interop.toolkit_client import Application, Toolkit


def post(url: str, **arguments: Any) -> requests.Response:
    """Send a form and return the answer, redirects included."""
    return requests.post(url, timeout=ANSWER_S, allow_redirects=False, **arguments)


def get(url: str, token: str | None = None) -> requests.Response:
    """Call an API with a bearer, or without."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, headers=headers, timeout=ANSWER_S)


def xpkit_form(application: Application) -> dict[str, str]:
    """Return the form of XPKit's documentation."""
    return {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": application.client_secret,
    }


def xee_token(server: Toolkit, application: Application) -> dict[str, Any]:
    """Log somebody in and return Xee's answer to the code."""
    query = urlencode(
        {"client_id": application.client_id, "redirect_uri": REDIRECT_URI}
    )
    location = server.person("ada").allow(f"{server.xee_url}/auth/auth?{query}")
    code = parse_qs(urlsplit(location).query)["code"][0]
    return xee_ask(
        server, application, grant_type="authorization_code", code=code
    ).json()


def xee_ask(
    server: Toolkit, application: Application, **form: str
) -> requests.Response:
    """Send *form* to Xee's token endpoint with HTTP Basic."""
    basic = (application.client_id, application.client_secret)
    return post(f"{server.xee_url}/auth/access_token", data=form, auth=basic)


def xee_refresh(
    server: Toolkit, application: Application, token: dict[str, Any]
) -> requests.Response:
    """Use the refresh token of *token*."""
    spent = token["refresh_token"]
    return xee_ask(server, application, grant_type="refresh_token", refresh_token=spent)


def test_xpkit_answers_an_expired_token_like_a_missing_scope(server: Toolkit) -> None:
    """
    XPKit's 403 has no challenge, for an expired token as for a missing scope.

    Only its text tells the two apart.
    """
    application = server.application("xpkit")
    form = xpkit_form(application)
    token = post(f"{server.base_url}/api/token/", data=form).json()["access_token"]
    denied = get(f"{server.base_url}/api/alerts/", token)
    application.expire()
    expired = get(f"{server.base_url}/api/profiles/", token)

    assert [403, 403] == [denied.status_code, expired.status_code]
    assert not any("WWW-Authenticate" in a.headers for a in (denied, expired))
    assert denied.json().keys() == expired.json().keys() == {"detail"}


def test_xpkit_wraps_the_engines_refusal(server: Toolkit) -> None:
    """XPKit's token endpoint refuses in its documented form, HTTP Basic too."""
    application = server.application("xpkit")
    url = f"{server.base_url}/api/token/"
    basic = (application.client_id, application.client_secret)
    answers = [
        post(url, data={**xpkit_form(application), "client_secret": "wrong"}),
        post(url, data={"grant_type": "client_credentials"}, auth=basic),
    ]

    told = {"error": "Unauthorized", "extra_info": {"error": "invalid_client"}}
    assert [(401, told)] * 2 == [(a.status_code, a.json()) for a in answers]


def test_xpkit_redirects_a_token_request_without_the_slash(server: Toolkit) -> None:
    """A POST to /api/token is redirected, as XPKit's servers do."""
    form = xpkit_form(server.application("xpkit"))
    answer = post(f"{server.base_url}/api/token", data=form)

    assert (301, "/api/token/") == (answer.status_code, answer.headers["Location"])


def test_xpkit_wants_pkce_from_a_public_client(server: Toolkit) -> None:
    """A person's authorization without a challenge is refused."""
    application = server.application("xpkit-user")
    query = {"response_type": "code", "client_id": application.client_id}
    location = server.person("ada").allow(
        f"{server.base_url}/authorize/?{urlencode(query)}"
    )

    assert ["invalid_request"] == parse_qs(urlsplit(location).query)["error"]


def test_xee_answers_in_its_documented_form(server: Toolkit) -> None:
    """Xee's answer to a code has its members and its form of tokens."""
    token = xee_token(server, server.application("xee"))

    members = (
        "access_token",
        "expires_at",
        "expires_in",
        "refresh_token",
        "token_type",
    )
    assert sorted(members) == sorted(token)
    assert (3600, "bearer") == (token["expires_in"], token["token_type"])
    assert [64, 64] == [len(token["access_token"]), len(token["refresh_token"])]


@pytest.mark.parametrize(
    ("death", "status", "message"),
    [
        ("expire", 403, "Token has expired"),
        ("lose", 401, "Invalid token"),
        ("revoke", 401, "Invalid token"),
    ],
)
def test_xee_refuses_in_a_list(
    server: Toolkit, death: str, status: int, message: str
) -> None:
    """A dead token is refused in Xee's own words, a list of one."""
    application = server.application("xee")
    token = xee_token(server, application)
    getattr(application, death)()
    answer = get(f"{server.xee_url}/users/me", token["access_token"])

    assert (status, message) == (answer.status_code, answer.json()[0]["message"])
    assert {"type", "message", "tip"} == answer.json()[0].keys()


def test_xee_rotates_refresh_tokens(server: Toolkit) -> None:
    """A refresh answers another refresh token and kills the access token before it."""
    application = server.application("xee")
    first = xee_token(server, application)
    second = xee_refresh(server, application, first).json()

    url = f"{server.xee_url}/users/me"
    assert first["refresh_token"] != second["refresh_token"]
    assert 401 == get(url, first["access_token"]).status_code
    assert 200 == get(url, second["access_token"]).status_code


def test_xee_punishes_a_spent_refresh_token(server: Toolkit) -> None:
    """A refresh token used twice kills its whole family, the live tokens included."""
    application = server.application("xee")
    first = xee_token(server, application)
    second = xee_refresh(server, application, first).json()
    reused = xee_refresh(server, application, first)

    assert (400, "invalid_grant") == (reused.status_code, reused.json()["error"])
    assert 400 == xee_refresh(server, application, second).status_code
    assert 401 == get(f"{server.xee_url}/users/me", second["access_token"]).status_code


def test_xee_has_no_page_for_a_wrong_client(server: Toolkit) -> None:
    """Who logs in for a client that nobody registered gets a 404."""
    url = f"{server.xee_url}/auth/auth?client_id=nobody"

    with pytest.raises(requests.HTTPError, match="404"):
        server.person("ada").allow(url)
