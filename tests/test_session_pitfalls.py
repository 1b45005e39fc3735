"""What is known of OAuth2Session and does not show here.

Each test names the thread of requests-oauthlib or oauthlib that tells of it.
"""

import io
import logging
from urllib.parse import parse_qs

import pytest
from helpers import auth_of, in_parallel, renewals_done
from oauth import oauth_of, opened, xee

from requests_xauth import errors


def form_of(service):
    """Return the form of the last token request."""
    asked = [record for record in service.requests if record.at == "token"][-1]
    return {name: value[0] for name, value in parse_qs(asked.body.decode()).items()}


@pytest.mark.parametrize(
    "given",
    [
        {"params": {"secret_q": "1"}},
        {"json": {"iban": "FI00"}},
        {"data": {"iban": "FI00"}},
        {"files": {"iban": io.BytesIO(b"FI00")}},
        {"cookies": {"iban": "FI00"}, "headers": {"X-Iban": "FI00"}},
    ],
)
def test_a_calls_keywords_stay_with_it(box, clock, given):
    """
    Nothing of an API call gets into the refresh that it causes (issues 264, 390, 491).
    """
    session = oauth_of(box, "xee", clock)
    session.get(box.xee.api_url)
    refresh_token = session.token["refresh_token"]
    clock.tick(box.xee.lifetime_s)

    assert 200 == session.post(box.xee.api_url, **given).status_code

    assert {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    } == form_of(box.xee)
    asked = [record for record in box.xee.requests if record.at == "token"][-1]
    assert not {"cookie", "x-iban"} & set(asked.headers)


def test_an_end_is_not_inherited(box, clock):
    """
    A token without an end does not have the one's before it.
    """
    session = oauth_of(box, "m2m", clock)
    session.token = {"access_token": "opaque", "expires_in": 1}

    session.token = {"access_token": "opaque-too"}

    assert "expires_at" not in session.token


def test_born_expired(box, clock):
    """
    expires_in 0 is an end, not for ever.
    """
    session = oauth_of(box, "m2m", clock)
    session.token = {"access_token": "opaque", "expires_in": 0}

    session.get(box.m2m.api_url)

    assert "opaque" != session.access_token


def test_the_servers_clock(box, clock):
    """
    A moment on the server's clock does not count where a lifetime is there.
    """
    box.xee.skew_s = -86400
    session = oauth_of(box, "xee", clock)

    session.get(box.xee.api_url)
    session.get(box.xee.api_url)

    assert clock() + box.xee.lifetime_s == session.token["expires_at"]
    assert 1 == box.xee.token_requests


@pytest.mark.parametrize("token_type", ["bearer", "BEARER", "BearerToken"])
def test_token_types(box, clock, token_type):
    """
    A bearer is a bearer, however the server writes it.
    """
    box.m2m.extra = {"token_type": token_type}

    assert 200 == oauth_of(box, "m2m", clock).get(box.m2m.api_url).status_code


def test_the_providers_own_words(box, clock):
    """
    A refusal is told in the provider's words, whatever its form (issues 324, 302, 448).
    """
    session = opened(xee(box, clock))

    with pytest.raises(errors.LoginRequired, match="Invalid authentication"):
        session.fetch_token(code="bad")


def test_no_call_goes_without_a_token(box, clock):
    """
    While a token is fetched the one at hand is used (pull request 219).
    """
    session = oauth_of(box, "m2m", clock)
    session.get(box.m2m.api_url)
    box.m2m.slow(30, times=1)
    with pytest.raises(errors.ProviderUnavailable):
        session.fetch_token(timeout=0.1)

    during = session.get(box.m2m.api_url)
    box.m2m.heal()
    renewals_done()

    assert 200 == during.status_code
    assert 2 == box.m2m.token_requests


def test_a_failed_fetch_takes_nothing_away(box, clock):
    """
    After a fetch that failed the token before it is there still.
    """
    session = oauth_of(box, "m2m", clock)
    token = session.fetch_token()
    box.m2m.fail(400)

    with pytest.raises(errors.TokenRequestError):
        session.fetch_token()

    assert token == session.token


@pytest.mark.parametrize("act", ["get", "fetch_token", "refresh_token"])
def test_a_larger_scope(box, clock, act):
    """
    A changed scope is kept, and no Warning raised (issues 173, 387).
    """
    box.xmldation.larger_scope = True
    session = oauth_of(box, "xmldation", clock)

    getattr(session, act)(*[box.xmldation.api_url][: act == "get"])

    assert ["openid", "am_application_scope"] == session.token["scope"]


def test_threads_on_an_ended_token(box, clock):
    """
    Threads that meet an ended token cause one refresh.
    """
    session = oauth_of(box, "xee", clock)
    session.get(box.xee.api_url)
    clock.tick(box.xee.lifetime_s)

    results = in_parallel(10, lambda: session.get(box.xee.api_url).status_code)

    assert [200] * 10 == results
    assert 2 == box.xee.token_requests
    assert 0 == box.xee.reuses


@pytest.mark.parametrize("act", ["get", "fetch_token"])
def test_a_redirected_token_request(box, clock, act):
    """
    No redirect of a token request is followed: the secret stays.
    """
    box.xmldation.redirect(box.elsewhere.url("/token"))
    session = oauth_of(box, "xmldation", clock)

    with pytest.raises(errors.TokenRequestError, match="redirected the token request"):
        getattr(session, act)(*[box.xmldation.api_url][: act == "get"])

    assert [] == box.elsewhere.requests


@pytest.fixture
def heard(caplog):
    """All that is logged at DEBUG, by the parent libraries too."""
    for name in (None, "requests_oauthlib", "oauthlib", "requests_xauth", "urllib3"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


def test_logs(box, clock, heard):
    """
    At DEBUG no logger has a token, a code, a secret or a password (issue 536).
    """
    xmldation = box.xmldation
    person = opened(xee(box, clock))
    machine = opened(auth_of(box, "xmldation", clock=clock))
    url, _ = person.authorization_url()
    tokens = [
        person.fetch_token(authorization_response=box.xee.authorize(url)),
        person.refresh_token(),
        machine.fetch_token(
            username=xmldation.username,
            password=xmldation.password,
            client_secret=xmldation.client_secret,
        ),
    ]
    machine.get(xmldation.api_url)
    machine.token = tokens[2]

    text = heard.text + "".join(str(vars(record)) for record in heard.records)
    secrets = [value for token in tokens for n, value in token.items() if "_token" in n]
    secrets += [box.xee.client_secret, xmldation.client_secret, xmldation.password]
    assert len(secrets) > 8
    assert "renewed XMLdation" in text
    assert [] == [secret for secret in secrets if secret in text]
    assert not any(
        r.name.startswith(("oauthlib", "requests_oa")) for r in heard.records
    )


def test_the_logs_are_heard(box, heard):
    """
    The fixture above would hear the parent's loggers.
    """
    logging.getLogger("requests_oauthlib.oauth2_session").debug("token %s", "x")

    assert "token x" in heard.text
