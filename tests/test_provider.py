"""Provider: facts, checked; and where secrets may be sent."""

import pickle
import re

import made
import pytest

from requests_xauth import Provider
from requests_xauth._provider import Refusal, one_of, refusal_of
from requests_xauth._urls import checked_endpoint, placed
from requests_xauth._verdict import KEEP, RENEW, STANDARD
from requests_xauth.errors import ConfigError


def denial(response):
    """Find no reason."""


class TestFacts:
    """What a provider's record holds."""

    def test_three_values(self):
        """
        Three values make a provider; all else has a standard-conforming default.
        """
        acme = Provider("Acme", "https://a.example/token", hosts=["api.example"])

        assert {
            "name": "Acme",
            "token_url": "https://a.example/token",
            "authorize_url": None,
            "client_auth": "basic",
            "bearer": "access_token",
            "hosts": ("api.example",),
            "policy": STANDARD,
            "refresh_once": True,
            "code_redirect": True,
            "expires_at": None,
            "authorize_params": (),
            "read_refusal": None,
            "read_denial": None,
            "mend": None,
            "environ": None,
            "kin": (),
            "docs": None,
            "region": None,
            "issuer": None,
        } == acme._fields()

    def test_nothing_in_it_changes(self):
        """
        What was given may change afterwards, the record does not.
        """
        hosts, policy, kin = (
            ["a.example"],
            {(401, None): RENEW},
            [("*.b.example", "no")],
        )
        params = {"provider": "x"}
        acme = made.provider(
            hosts=hosts, policy=policy, kin=kin, authorize_params=params
        )

        for given in (hosts, policy, kin, params):
            given.clear()

        assert ("a.example",) == acme.hosts
        assert {(401, None): RENEW} == acme.policy
        assert (("*.b.example", "no"),) == acme.kin
        assert (("provider", "x"),) == acme.authorize_params
        with pytest.raises(TypeError, match="does not support item assignment"):
            acme.policy[401, None] = KEEP

    def test_one_host(self):
        """
        One host needs no list around it.
        """
        assert ("api.example",) == made.provider(hosts="api.example").hosts

    def test_pickle(self):
        """
        A provider goes to a worker with its table and its quirks.
        """
        acme = made.provider(read_denial=denial, policy={(403, "x"): RENEW})

        twin = pickle.loads(pickle.dumps(acme))

        assert acme == twin
        assert (denial, hash(acme)) == (twin.read_denial, hash(twin))
        with pytest.raises(TypeError, match="does not support item assignment"):
            twin.policy[401, None] = KEEP

    def test_repr(self):
        """
        A repr shows where it is and how it is asked.
        """
        assert (
            "Provider(name='Acme', token_url='https://auth.acme.example/token',"
            " authorize_url=None, client_auth='basic', bearer='access_token',"
            " hosts=('*.acme.example',))"
        ) == repr(made.provider())

    def test_refusal(self):
        """
        A refusal knows nothing unless it is told.
        """
        assert (None, None, None, None) == Refusal()


class TestWrong:
    """What a provider's record cannot hold."""

    @pytest.mark.parametrize(
        ("fact", "text"),
        [
            (
                {"client_auth": "header"},
                "No client_auth named 'header'. Known: basic, basic-form, body, none.",
            ),
            (
                {"bearer": "refresh_token"},
                "No bearer named 'refresh_token'. Known: access_token, id_token.",
            ),
            ({"bearer": []}, "No bearer named []. Known: access_token, id_token."),
            (
                {"bearer": "S3CRET-TOKEN"},
                "No bearer is like the str given. Known: access_token, id_token.",
            ),
            (
                {"bearer": "S3CRET" * 6},
                "No bearer is like the str given. Known: access_token, id_token.",
            ),
            ({"name": ""}, "name= of a Provider is empty."),
            ({"name": None}, "name= of a Provider must be text, not NoneType."),
            (
                {"token_url": "http://auth.acme.example/token"},
                (
                    "The token URL of Acme must be https, or http to a loopback address:"
                    " 'http://auth.acme.example/token'."
                ),
            ),
            (
                {"token_url": None},
                (
                    "The token URL of Acme must be https, or http to a loopback address:"
                    " None."
                ),
            ),
            (
                {"authorize_url": "auth.acme.example/authorize"},
                (
                    "The authorize URL of Acme must be https, or http to a loopback"
                    " address: 'auth.acme.example/authorize'."
                ),
            ),
        ],
    )
    def test_fact(self, fact, text):
        """
        What cannot be right is said at once, with what is known and a value that is a word.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            made.provider(**fact)

    def test_choice(self):
        """
        A known word is returned as it is.
        """
        assert "b" == one_of("b", ("a", "b"), "letter")


class TestEndpoints:
    """Where secrets may be sent."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://a.example/token",
            "HTTPS://a.example/token",
            "https://a.example:8443/token?tenant=7",
            "https://[2001:db8::1]/token",
            "http://localhost/token",
            "http://LOCALHOST.:8000",
            "http://127.0.0.1:8000/token",
            "http://127.9.9.9/",
            "http://[::1]:8000/",
        ],
    )
    def test_good(self, url):
        """
        Https, or http to this machine; the URL is not changed.
        """
        assert url == checked_endpoint(url, "It")

    @pytest.mark.parametrize(
        "url",
        [
            "http://a.example/",
            "http://localhost.evil.example/",
            "http://evil.example#localhost",
            "http://127.0.0.1.evil.example/",
            "http://127.1/",
            "http://2130706433/",
            "http://0.0.0.0/",
            "https://a%20b.example/",
            "https://*.a.example/",
            "https://a..example/",
            "http://10.0.0.1/",
            "ftp://a.example/",
            "file:///etc/passwd",
            "https:///token",
            "https:a.example",
            "//a.example/token",
            "a.example",
            "",
            None,
            5,
            b"https://a.example",
            "https://a.example:99999/",
            " https://a.example",
            "https://a b.example/",
            "https://\ud800/",
            "https://user@a.example/",
            "https://user:pw@a.example/",
            "https://a.example/#",
            "https://a.example/#x",
        ],
    )
    def test_bad(self, url):
        """
        Anything else is refused, and the text says what it was.
        """
        with pytest.raises(
            ConfigError,
            match=r"^It (is no URL|must be https|may have no |has a host that nobody )",
        ):
            checked_endpoint(url, "It")

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            (
                "http://a.example/t?client_secret=s3cret",
                "It must be https, or http to a loopback address: 'http://a.example/t'.",
            ),
            (
                "https://a..example/t?x=s3cret",
                "It has a host that nobody can look up: 'https://a..example/t'.",
            ),
            (
                "https://user:s3cret@a.example/",
                "It may have no user information and no fragment.",
            ),
            (
                "https://user:s3/cret@a.example:x/",
                "It is no URL: 'https://***@a.example:x/'.",
            ),
        ],
    )
    def test_texts(self, url, text):
        """
        A secret in a URL is not shown.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            checked_endpoint(url, "It")


class TestPlaced:
    """What base_url= replaces."""

    def test_own(self):
        """
        Without a base_url the preset's own root and hosts stand.
        """
        assert ("https://a.example", ("*.example",)) == placed(
            None, "https://a.example", ("*.example",)
        )

    @pytest.mark.parametrize(
        ("base_url", "root", "host"),
        [
            ("https://gw.example", "https://gw.example", "gw.example"),
            ("https://gw.example/", "https://gw.example", "gw.example"),
            ("https://gw.example/v3//", "https://gw.example/v3", "gw.example"),
            (
                "https://GW.example:8443/x",
                "https://GW.example:8443/x",
                "gw.example:8443",
            ),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1:8000"),
            ("http://[::1]:8000/", "http://[::1]:8000", "[::1]:8000"),
            ("http://localhost", "http://localhost", "localhost"),
        ],
    )
    def test_replaced(self, base_url, root, host):
        """
        With one, its own host and port may see the token, and no other.
        """
        assert (root, (host,)) == placed(base_url, "https://a.example", ("*.example",))

    @pytest.mark.parametrize(
        ("base_url", "text"),
        [
            ("https://gw.example/?x=s3cret", "base_url= may have no query: "),
            ("https://gw.example?", "base_url= may have no query: "),
            ("https://gw.example#x", "base_url= may have no user information and "),
            ("https://u:p@gw.example", "base_url= may have no user information and "),
            ("http://gw.example", "base_url= must be https, or http to a loopback "),
            ("gw.example", "base_url= must be https, or http to a loopback "),
            ("", "base_url= must be https, or http to a loopback "),
            (5, "base_url= is no URL: 5."),
        ],
    )
    def test_wrong(self, base_url, text):
        """
        What no path can be put behind is refused.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}") as caught:
            placed(base_url, "https://a.example", ())

        assert "s3cret" not in str(caught.value)


class TestQuirks:
    """What a provider of one's own may say without a private name."""

    def test_policy_of_words(self):
        """
        A policy is written in words; the verdicts are made of them.
        """
        acme = Provider(
            "Acme",
            "https://acme.example/token",
            policy={(403, None): "maybe", (401, "gone"): "log in"},
        )

        assert {"maybe", "log in"} == {
            verdict.value for verdict in acme.policy.values()
        }

    @pytest.mark.parametrize(
        "policy",
        [{(403, None): "perhaps"}, {403: "maybe"}, ["maybe"], {(1, 2, 3): "keep"}],
    )
    def test_wrong_policy(self, policy):
        """
        A policy of another shape is refused, and the words are listed.
        """
        with pytest.raises(ConfigError, match="renew, maybe, keep, log in"):
            Provider("Acme", "https://acme.example/token", policy=policy)

    def test_refusal_of_words(self):
        """
        A reader of refusals may return a dict of what it found.
        """
        assert Refusal("gone", tip="t") == refusal_of({"code": "gone", "tip": "t"})

    @pytest.mark.parametrize(
        ("code", "text"),
        [("", None), (17, "17"), (0, "0"), (True, None), (1.5, None), (["x"], None)],
    )
    def test_refusal_of_what_is_no_text(self, code, text):
        """
        A number is told in digits, and what else is no text is left out.
        """
        assert Refusal(text, "d") == refusal_of({"code": code, "description": "d"})
        assert Refusal(None, "d", text) == refusal_of(Refusal(None, "d", code))

    @pytest.mark.parametrize("found", [{"kode": "x"}, "gone", 3])
    def test_wrong_refusal(self, found):
        """
        Another member is an error that lists the right ones.
        """
        with pytest.raises(ConfigError, match="code, description, tip, doubt"):
            refusal_of(found)
