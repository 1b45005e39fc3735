"""What a call repeats: accepted if it is ours, refused if it is another's."""

import re
from pathlib import Path

import pytest
import requests
from oauth import oauth_of, opened
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from requests_xauth import XPKitUserAuth, errors

REPEATED = {
    "client_id": lambda s: s.client_id,
    "client_secret": lambda s: s.client_secret,
    "username": lambda s: s.username,
    "password": lambda s: s.password,
    "auth": lambda s: HTTPBasicAuth(s.client_id, s.client_secret),
    "scope": lambda s: ["openid"],
    "grant_type": lambda s: "password",
    "include_client_id": lambda s: True,
    "method": lambda s: "post",
    "force_querystring": lambda s: False,
    "body": lambda s: f"client_id={s.client_id}&scope=openid",
    "headers": lambda s: {"accept": "application/json"},
    "verify": lambda s: True,
    "proxies": lambda s: {},
}
SAME = {
    **REPEATED,
    "username, in full": lambda s: f"xmldation/{s.username}",
    "username, in bytes": lambda s: s.username.encode(),
    "auth, a tuple": lambda s: (s.client_id, s.client_secret),
    "auth, in bytes": lambda s: (s.client_id.encode(), s.client_secret.encode()),
    "scope, as text": lambda s: "openid",
    "body, empty": lambda s: "",
    "headers, both": lambda s: {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
    },
    "include_client_id, not": lambda s: False,
    "cert": lambda s: None,
}
OTHER = {
    "client_id": "oth3r",
    "client_secret": "oth3r",
    "username": "oth3r",
    "username, of another domain": "oth3r/kari",
    "password": "oth3r",
    "password, no text": 7,
    "password, a lone surrogate": "oth3r\ud800",
    "auth": HTTPBasicAuth("oth3r", "oth3r"),
    "auth, a tuple": ("oth3r", "oth3r", "oth3r"),
    "auth, another kind": HTTPDigestAuth("oth3r", "oth3r"),
    "scope": "oth3r",
    "scope, nothing like it": 7,
    "grant_type": "oth3r",
    "method": "GET",
    "force_querystring": True,
    "body": "client_id=oth3r",
    "body, more": "audience=oth3r",
    "headers": {"X-Api-Key": "oth3r"},
    "headers, another": {"Accept": "oth3r"},
    "verify": False,
    "cert": "oth3r.pem",
    "proxies": {"https": "http://oth3r"},
    "audience": "oth3r",
    "code_verifier": "oth3r",
    "redirect_uri": "https://oth3r.example/",
}


def argument(name):
    """Return the argument's name, the case left out."""
    return name.partition(",")[0]


@pytest.mark.parametrize("act", ["fetch_token", "refresh_token"])
class TestCalls:
    """What may be repeated with fetch_token and refresh_token."""

    @pytest.mark.parametrize("name", SAME)
    def test_the_same(self, box, clock, act, name):
        """
        What equals ours is accepted.
        """
        session = oauth_of(box, "xmldation", clock)
        value = SAME[name](box.xmldation)

        token = getattr(session, act)(
            box.xmldation.token_url, **{argument(name): value}
        )

        assert session.token == token
        assert 1 == box.xmldation.tokens_issued

    @pytest.mark.parametrize("name", OTHER)
    def test_another(self, box, clock, act, name):
        """
        Another value is a ConfigError that names the argument, and never shows it.
        """
        session = oauth_of(box, "xmldation", clock)

        with pytest.raises(errors.ConfigError) as refused:
            getattr(session, act)(
                box.xmldation.token_url, **{argument(name): OTHER[name]}
            )

        named = re.match(r"(\w+)= of this call is not (what|part)", str(refused.value))
        assert named
        assert argument(name) in {named[1], "body"}
        assert "oth3r" not in str(refused.value)
        assert 0 == box.xmldation.token_requests

    @pytest.mark.parametrize("change", ["slash", "case", "query", "nonsense", "user"])
    def test_another_url(self, box, clock, act, change):
        """
        Another token URL is a ConfigError that names both, without what may be secret.
        """
        ours = box.m2m.token_url
        other = {
            "slash": f"{ours}/",
            "case": ours.replace("http", "HTTP"),
            "query": f"{ours}?client_secret=oth3r",
            "nonsense": "https://[oth3r",
            "user": "https://oth3r:oth3r@auth.example/token",
        }[change]
        session = oauth_of(box, "m2m", clock)

        with pytest.raises(
            errors.ConfigError, match="is not where the auth"
        ) as refused:
            getattr(session, act)(other)

        assert f"which is {ours}: leave it out" in str(refused.value)
        assert "oth3r" not in str(refused.value)
        assert 0 == box.m2m.token_requests


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("fetch_token", ["oth3r-code"]),
        ("refresh_token", ["oth3r-refresh-token"]),
        ("refresh_token", [b"https://oth3r"]),
        ("fetch_token", ["https://oth3r:oth3r/oth3r@auth.example/token"]),
        ("fetch_token", ["httpsoth3r://oth3r"]),
    ],
)
def test_no_url_at_all(box, clock, act, given):
    """
    A code or a refresh token where a URL belongs, as a slip has it, is not shown.
    """
    with pytest.raises(errors.ConfigError, match="is not where the auth") as refused:
        getattr(oauth_of(box, "m2m", clock), act)(*given)

    assert box.m2m.token_url in str(refused.value)
    assert "oth3r" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        '{"client_secret": "oth3r"}',
        '{"client_secret": "oth3r=="}',
        "oth3r",
        "scope=openid&oth3r",
        b"client_secret=oth3r",
        f"oth3r{'x' * 40}=1",
    ],
)
def test_no_form_at_all(box, clock, body):
    """
    What a body has in a name's place is shown only if it looks like one.
    """
    with pytest.raises(errors.ConfigError, match="of this call is not part") as refused:
        oauth_of(box, "xmldation", clock).fetch_token(body=body)

    assert "oth3r" not in str(refused.value)


def test_what_a_hook_adds(box, clock):
    """
    Who is sent to a hook is told what keeps its token apart in a store.
    """
    with pytest.raises(errors.ConfigError, match=r"_hook\(\); with store=.* account="):
        oauth_of(box, "m2m", clock).fetch_token(audience="x")


@pytest.mark.parametrize("name", ["username", "password", "redirect_uri"])
def test_what_the_grant_has_not(box, clock, name):
    """
    A credential that the grant knows nothing of is refused.
    """
    with pytest.raises(errors.ConfigError, match=f"^{name}= of this call"):
        oauth_of(box, "m2m", clock).fetch_token(**{name: "x"})


@pytest.mark.parametrize("given", ["corp/bob", "xmldation/corp/bob"])
def test_a_user_name_with_a_slash(box, clock, given):
    """
    A user name that has a slash itself is accepted as the auth object was given it.
    """
    box.xmldation.username = "corp/bob"

    oauth_of(box, "xmldation", clock).fetch_token(username=given)

    assert 1 == box.xmldation.tokens_issued


@pytest.mark.parametrize("given", ["bob", "", "xmldation", "xmldation/bob", "corp/"])
def test_part_of_a_user_name(box, clock, given):
    """
    What is only a part of the user name is another's.
    """
    box.xmldation.username = "corp/bob"

    with pytest.raises(errors.ConfigError, match=r"^username= of this call"):
        oauth_of(box, "xmldation", clock).fetch_token(username=given)

    assert 0 == box.xmldation.token_requests


@pytest.mark.parametrize("given", [b"bytes", " spaced", 7])
def test_what_is_no_refresh_token(box, clock, given):
    """
    A refresh token that is no text, or was copied with a space, is refused unsent.
    """
    with pytest.raises(errors.ConfigError, match=r"^refresh_token= of Xee"):
        oauth_of(box, "xee", clock).refresh_token(refresh_token=given)

    assert 0 == box.xee.token_requests


@pytest.mark.parametrize("secret", ["", None])
def test_a_client_without_a_secret(box, clock, secret):
    """
    Where there is no secret an empty one is the same, and any other is not.
    """
    session = opened(XPKitUserAuth(**box.xpkit.user_credentials, clock=clock))
    url, _ = session.authorization_url()

    with pytest.raises(errors.ConfigError, match="client_secret= of this call"):
        session.fetch_token(code="x", client_secret="y")
    token = session.fetch_token(
        authorization_response=box.xpkit.authorize(url), client_secret=secret
    )

    assert token["access_token"]


def test_what_the_token_session_has(box, clock):
    """
    verify, cert and proxies are compared with those of the auth object's session=.
    """
    with requests.Session() as own:
        own.verify, own.cert = "/ca.pem", str(Path(__file__).parent / "loopback.pem")
        own.proxies = {"https": "http://proxy.example"}
        session = oauth_of(box, "m2m", clock, session=own)
        other = {"verify": True, "cert": "/oth3r.pem", "proxies": {"http": "x"}}

        for name, value in other.items():
            with pytest.raises(errors.ConfigError, match="session= that has it"):
                session.fetch_token(**{name: value})
        token = session.fetch_token(
            verify="/ca.pem", cert=own.cert, proxies=dict(own.proxies)
        )

    assert session.token == token


class TestRequests:
    """What may be repeated with an API call."""

    def test_the_same(self, box, clock):
        """
        The client's id and secret are accepted with a call, and not sent with it.
        """
        service = box.m2m
        session = oauth_of(box, "m2m", clock)

        response = session.get(
            service.api_url,
            client_id=service.client_id,
            client_secret=service.client_secret,
        )

        assert 200 == response.status_code
        assert "" == service.requests[-1].query

    @pytest.mark.parametrize("name", ["client_id", "client_secret"])
    def test_another(self, box, clock, name):
        """
        Another client's are refused before anything is sent.
        """
        session = oauth_of(box, "m2m", clock)

        with pytest.raises(errors.ConfigError, match=f"^{name}= of this call"):
            session.get(box.m2m.api_url, **{name: "oth3r"})

        assert [] == box.m2m.requests
