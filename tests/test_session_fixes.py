"""The compliance fixes that come with requests-oauthlib, on XAuthSession."""

import pytest
from oauth import oauth_of
from requests_oauthlib import compliance_fixes

from requests_xauth import errors


def test_plentymarkets(box, clock):
    """
    A fix for camel case.
    """
    box.m2m.omit = {"access_token", "expires_in"}
    box.m2m.extra = {"accessToken": "opaque", "expiresIn": 60}
    session = compliance_fixes.plentymarkets_compliance_fix(oauth_of(box, "m2m", clock))

    token = session.fetch_token()

    assert ("opaque", clock() + 60) == (token["access_token"], token["expires_at"])


def test_mailchimp(box, clock):
    """
    A fix for expires_in 0 and a null scope.
    """
    box.m2m.extra = {"expires_in": 0, "scope": None}
    session = compliance_fixes.mailchimp_compliance_fix(oauth_of(box, "m2m", clock))

    assert clock() + 3600 == session.fetch_token()["expires_at"]


def test_facebook(box, clock):
    """
    A fix for a form instead of JSON.
    """
    session = compliance_fixes.facebook_compliance_fix(oauth_of(box, "m2m", clock))
    box.m2m.fail(
        200,
        body=b"access_token=opaque&expires=60",
        headers={"Content-Type": "text/plain"},
    )

    token = session.fetch_token()

    assert ("opaque", clock() + 60) == (token["access_token"], token["expires_at"])


def test_fitbit(box, clock):
    """
    A fix for a list of errors; the error is then ours, with its code.
    """
    session = compliance_fixes.fitbit_compliance_fix(oauth_of(box, "m2m", clock))
    box.m2m.fail(400, body={"errors": [{"errorType": "invalid_scope"}]})

    with pytest.raises(errors.TokenRequestError) as refused:
        session.fetch_token()

    assert "invalid_scope" == refused.value.code


def test_ebay(box, clock):
    """
    A fix for a token type of their own.
    """
    box.m2m.extra = {"token_type": "Application Access Token"}
    session = compliance_fixes.ebay_compliance_fix(oauth_of(box, "m2m", clock))

    assert "Bearer" == session.fetch_token()["token_type"]


def test_slack(box, clock):
    """
    A fix that wants the token in the body: it is there at the first call already.
    """
    session = compliance_fixes.slack_compliance_fix(oauth_of(box, "m2m", clock))

    session.post(box.m2m.api_url)

    assert f"token={session.access_token}".encode() == box.m2m.requests[-1].body


def test_instagram(box, clock):
    """
    A fix that wants the token in the URL.
    """
    session = compliance_fixes.instagram_compliance_fix(oauth_of(box, "m2m", clock))

    session.get(box.m2m.api_url)

    assert f"access_token={session.access_token}" == box.m2m.requests[-1].query


def test_weibo(box, clock):
    """
    The fix that reaches into the parent's client fails at once, as the guide says.
    """
    with pytest.raises(AttributeError, match="_client"):
        compliance_fixes.weibo_compliance_fix(oauth_of(box, "m2m", clock))
