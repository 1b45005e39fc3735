"""XAuthSession sends: signed as any session is, and nothing where it must not be."""

import contextlib

import pytest
import requests_oauthlib
from helpers import PRESETS, auth_of, service_of, session_with
from oauth import Sink, bearers, oauth_of, opened
from oauthlib.oauth2 import InsecureTransportError

from requests_xauth import XAuthSession, errors


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    """A ~/.netrc that has an entry for the sandbox's host."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login kari password sesame\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.parametrize("name", PRESETS)
def test_nothing_is_repeated(box, clock, name):
    """
    A session obtains its token and renews it, without a URL or a credential in any call.
    """
    service, session = service_of(box, name), oauth_of(box, name, clock)

    first = session.get(service.api_url)
    service.expire()
    second = session.get(service.api_url)

    assert [200, 200] == [first.status_code, second.status_code]
    assert isinstance(session, requests_oauthlib.OAuth2Session)
    assert 2 == service.token_requests


@pytest.mark.parametrize("not_auth", ["client-id", None, ("id", "secret")])
def test_an_auth_object_is_needed(not_auth):
    """
    What OAuth2Session took in its place is refused, and the text shows nothing of it.
    """
    with pytest.raises(
        errors.ConfigError, match=r"takes an auth object, such as"
    ) as no:
        XAuthSession(not_auth)

    assert "secret" not in str(no.value)


def test_sessions_share_an_auth_object(box, clock):
    """
    Sessions on one auth object, plain ones too, use one token.
    """
    auth = auth_of(box, "m2m", clock=clock)
    one, other = opened(auth), opened(auth)

    for session in (one, other, session_with(auth)):
        assert 200 == session.get(box.m2m.api_url).status_code

    assert one.token == other.token
    assert 1 == box.m2m.token_requests


class TestWithheld:
    """What ``withhold_token=True`` keeps back."""

    def test_no_token(self, box, clock):
        """
        A call that withholds the token has none, and obtains none.
        """
        session = oauth_of(box, "m2m", clock)

        withheld = session.get(box.m2m.api_url, withhold_token=True)
        signed = session.get(box.m2m.api_url, withhold_token=False)

        assert [401, 200] == [withheld.status_code, signed.status_code]
        assert None is bearers(box.m2m)[0]
        assert 1 == box.m2m.token_requests

    def test_no_netrc(self, box, clock, netrc):
        """
        ``.netrc`` does not fill the gap, on a redirect within the origin neither.
        """
        session = oauth_of(box, "m2m", clock)
        url = box.m2m.url(f"/redirect?to={box.m2m.api_url}")

        session.get(url, withhold_token=True)

        assert [None, None] == bearers(box.m2m)

    def test_the_callers_own_auth(self, box, clock):
        """
        What a call signs with itself is not withheld, nor what the session was given.
        """
        session = oauth_of(box, "m2m", clock)

        session.get(box.m2m.api_url, withhold_token=True, auth=("kari", "sesame"))
        session.auth = ("kari", "sesame")
        session.get(box.m2m.api_url, withhold_token=True)

        assert ["Basic a2FyaTpzZXNhbWU="] * 2 == bearers(box.m2m)


class TestRedirects:
    """Which redirects carry the bearer."""

    def test_netrc_does_not_replace_it(self, box, clock, netrc):
        """
        Within its origin the bearer stays, where a plain session sends ``.netrc``'s.
        """
        url = box.m2m.url(f"/redirect?to={box.m2m.api_url}")

        ours = oauth_of(box, "m2m", clock).get(url)
        plain = session_with(auth_of(box, "m2m", clock=clock)).get(url)

        assert [200, 401] == [ours.status_code, plain.status_code]

    def test_another_origin(self, box, clock, netrc):
        """
        Another origin gets ``.netrc``'s entry, as from requests; its 401 renews nothing.
        """
        session = oauth_of(box, "m2m", clock)
        url = box.m2m.url(f"/redirect?to={box.elsewhere.url('/x')}")

        response = session.get(url)

        assert 401 == response.status_code
        assert ["Basic a2FyaTpzZXNhbWU="] == bearers(box.elsewhere)
        assert 1 == box.m2m.token_requests

    def test_a_refusal_on_the_way(self, box, clock, netrc):
        """
        A dead token that only the redirect's target refuses is renewed there.
        """
        session = oauth_of(box, "m2m", clock)
        session.get(box.m2m.api_url)
        box.m2m.revoke()

        response = session.get(box.m2m.url(f"/redirect?to={box.m2m.api_url}"))

        assert 200 == response.status_code
        assert 2 == box.m2m.token_requests


class TestTransport:
    """Plain http, as OAuth2Session refuses and we do not."""

    def test_loopback(self, box, clock, monkeypatch):
        """
        A loopback address needs no environment switch; OAuth2Session wants one.
        """
        monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)

        assert 200 == oauth_of(box, "m2m", clock).get(box.m2m.api_url).status_code

        theirs = requests_oauthlib.OAuth2Session("id")
        with contextlib.closing(theirs), pytest.raises(InsecureTransportError):
            theirs.get(box.m2m.api_url)

    def test_elsewhere(self, box, clock):
        """
        A call over plain http goes out unsigned, with one warning at the caller's line.
        """
        session, sink = oauth_of(box, "m2m", clock, hosts="api.example.com"), Sink()
        session.mount("http://api.example.com", sink)

        with pytest.warns(errors.UnsignedRequestWarning, match="use https") as told:
            session.get("http://api.example.com/x")

        assert __file__ == told[0].filename
        assert [None] == [sent.headers.get("Authorization") for sent in sink.requests]
        assert 0 == box.m2m.token_requests

    def test_foreign_host(self, box, clock):
        """
        A call to a host that may not see the token goes out unsigned, with a warning.
        """
        session = oauth_of(box, "m2m", clock)

        with pytest.warns(errors.UnsignedRequestWarning, match="Name the host"):
            session.get(box.elsewhere.url("/x"))

        assert [None] == bearers(box.elsewhere)
