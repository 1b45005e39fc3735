"""A person at Xee: the authorization page, the consent, the redirect."""

from __future__ import annotations

import re

import pytest
import requests
from test_sandbox.talk import (
    ask,
    authorization_url,
    bearer,
    call,
    code,
    form,
    obtain,
    parameters,
    refresh,
)

INVALID = {"message": "Invalid authentication"}


ALLOW = {"Decision": "allow"}


@pytest.fixture
def xee(box):
    """Xee's cloud."""
    return box.xee


def _said(answer):
    return (answer.status_code, answer.json())


def test_code_comes_twice(xee):
    """
    A code that comes back is refused, and all that it was worth dies.
    """
    text = code(xee)
    answer = obtain(xee, code=text)

    assert (403, INVALID) == _said(ask(xee, form(xee, code=text)))
    assert 403 == call(xee, bearer(answer)).status_code
    assert (403, INVALID) == _said(refresh(xee, answer["refresh_token"]))


def test_code_ends(xee, clock):
    """
    A code is good for ten minutes.
    """
    fields = form(xee)
    clock.now_at += 600

    assert (403, INVALID) == _said(ask(xee, fields))


def test_authorization_needs_the_client_id_only(xee):
    """
    Everything but client_id may be left out of an authorization URL.
    """
    url = xee.authorize(authorization_url(xee, redirect_uri=None, state=None))

    assert url.startswith(xee.redirect_uri + "?code=")
    assert {"code"} == parameters(url).keys()


def test_state(xee):
    """
    The state comes back, unless the provider drops it.
    """
    kept = parameters(xee.authorize(authorization_url(xee)))
    xee.echo_state = False
    dropped = parameters(xee.authorize(authorization_url(xee)))

    assert "s t&" == kept["state"]
    assert {"code"} == dropped.keys()


def test_denied(xee):
    """
    A person who says no comes back with access_denied.
    """
    url = xee.authorize(authorization_url(xee), decision="deny")

    assert {"error": "access_denied", "state": "s t&"} == parameters(url)


@pytest.mark.parametrize(
    "changes", [{"client_id": "wrong"}, {"redirect_uri": "http://evil.example/"}]
)
def test_authorization_page_refuses(xee, changes):
    """
    An unknown client or redirect URI gets a page with 404.
    """
    url = authorization_url(xee, **changes)
    answer = requests.get(url, headers=ALLOW, timeout=10, allow_redirects=False)

    assert 404 == answer.status_code
    assert answer.headers["Content-Type"].startswith("text/html")


def test_registered_redirect_uri(xee):
    """
    A redirect URI that is not on loopback must be the registered one to the letter.
    """
    xee.redirect_uri = "https://app.example/callback?tenant=1"
    url = xee.authorize(authorization_url(xee))

    assert url.startswith("https://app.example/callback?tenant=1&code=")
    with pytest.raises(ValueError, match="Xee answers HTTP 404"):
        xee.authorize(
            authorization_url(xee, redirect_uri="https://app.example:444/callback")
        )


def test_consent_page(xee):
    """
    A browser is shown a form that leads back here with everything that was asked.
    """
    url = authorization_url(xee, state='"><script>')
    page = requests.get(url, headers={"Accept": "text/html"}, timeout=10)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page.text))

    assert 200 == page.status_code
    assert "&quot;&gt;&lt;script&gt;" == fields["state"]
    assert xee.client_id == fields["client_id"]
    assert ["allow", "deny"] == re.findall(r'name="decision" value="(\w+)"', page.text)


@pytest.mark.parametrize("how", ["header", "query"])
def test_decision(xee, how):
    """
    A decision in the query, as the form sends it, or in a header redirects at once.
    """
    url, headers = authorization_url(xee), ALLOW
    if how == "query":
        url, headers = url + "&decision=allow", {}
    answer = requests.get(url, headers=headers, timeout=10, allow_redirects=False)

    assert 302 == answer.status_code
    assert {"code", "state"} == parameters(answer.headers["Location"]).keys()
    assert "authorize" == xee.requests[-1].at


def test_wrong_methods(xee):
    """
    The token endpoint takes POST, the authorization page GET.
    """
    token = requests.get(xee.token_url, timeout=10)
    page = requests.post(authorization_url(xee), timeout=10)

    assert (405, "POST") == (token.status_code, token.headers["Allow"])
    assert (405, "GET") == (page.status_code, page.headers["Allow"])


def test_authorize_elsewhere(xee):
    """
    A URL that is no authorization URL is said to be none.
    """
    with pytest.raises(ValueError, match="Xee answers HTTP 401 to the authorization"):
        xee.authorize(xee.api_url)
