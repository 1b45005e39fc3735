"""OAuth2Session's settings, as the auth object has them."""

import pytest
from helpers import auth_of
from oauth import oauth_of, opened

from requests_xauth import M2MAuth, XAuthSession, XeeAuth, errors


class TestSettings:
    """OAuth2Session's settings, as the auth object has them."""

    def test_shown(self, box, clock):
        """
        They tell the truth, each of them.
        """
        auth = XeeAuth(**box.xee.credentials, scope="users_read cars_read", clock=clock)
        session = opened(auth)

        assert {
            "client_id": box.xee.client_id,
            "scope": ["users_read", "cars_read"],
            "redirect_uri": box.xee.redirect_uri,
            "auto_refresh_url": box.xee.token_url,
            "auto_refresh_kwargs": {},
        } == {
            name: getattr(session, name)
            for name in (
                *("client_id", "scope", "redirect_uri"),
                *("auto_refresh_url", "auto_refresh_kwargs"),
            )
        }

    def test_nothing_to_show(self, box, clock):
        """
        What an auth object has not is None.
        """
        session = oauth_of(box, "m2m", clock)

        assert (None, None) == (session.scope, session.redirect_uri)

    def test_set_to_the_same(self, box, clock):
        """
        Set to what they are they stay.
        """
        session = oauth_of(box, "xmldation", clock)

        session.client_id = box.xmldation.client_id
        session.scope = "openid"
        session.auto_refresh_url = box.xmldation.token_url
        session.auto_refresh_kwargs = {
            "client_id": box.xmldation.client_id,
            "client_secret": box.xmldation.client_secret,
        }

        assert {} == session.auto_refresh_kwargs

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("client_id", "oth3r"),
            ("scope", ["oth3r"]),
            ("redirect_uri", "https://oth3r.example/"),
            ("auto_refresh_url", "https://oth3r.example/"),
            ("auto_refresh_kwargs", {"client_secret": "oth3r"}),
        ],
    )
    def test_set_to_another(self, box, clock, name, value):
        """
        Set to something else they raise, instead of keeping what nobody reads.
        """
        with pytest.raises(errors.ConfigError, match="is not wh"):
            setattr(oauth_of(box, "m2m", clock), name, value)

    def test_on_the_class(self):
        """
        Tools that look at the class find them.
        """
        assert "View" == type(XAuthSession.client_id).__name__


def test_the_implicit_grant(box, clock):
    """
    A token in a URL's fragment is refused, with what to do instead.
    """
    session = opened(auth_of(box, "xee", clock=clock))

    with pytest.raises(errors.ConfigError, match=r"9700, section 2\.1\.2\)\. Use auth"):
        session.token_from_fragment("https://callback.example/#access_token=x")

    assert not session.authorized


def test_an_unknown_hook(box, clock):
    """
    A kind of hook that there is not is a ValueError that lists those there are.
    """
    session = opened(M2MAuth(**box.m2m.credentials, clock=clock))

    with pytest.raises(ValueError, match=r"No compliance hook named 'x'\. Known: acc"):
        session.register_compliance_hook("x", print)
