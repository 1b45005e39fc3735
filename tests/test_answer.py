"""What a 200 means: a token, or the reason why it is none."""

import json

import pytest
import servers
from test_endpoint import GRANT, TOKEN, endpoint, failed

from requests_xauth import errors
from requests_xauth._answer import Nonsense, mended, parsed, token_of
from requests_xauth._expiry import Moment
from requests_xauth._provider import Provider

ACME = Provider("Acme", "https://acme.example/token")
OPEN_ID = Provider("Acme", "https://acme.example/token", bearer="id_token")
AT = Moment(1000.0, None)
NO_HEADER = (
    "without a usable access_token: the bearer has characters that no header may carry"
)


def token(answer, provider=ACME, asked=""):
    """Return the token in *answer*."""
    return token_of(answer, provider, asked=asked, at=AT)


class TestParsed:
    """JSON, or a clear word."""

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            (b'{"a": 1}', {"a": 1}),
            (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
            ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
            (b'{"a": 1, "a": 2}', {"a": 2}),
            (b"[" * 30 + b"]" * 30, json.loads("[" * 30 + "]" * 30)),
            (b"null", None),
        ],
    )
    def test_json(self, body, found):
        """Each encoding that JSON may have; the last of two equal names."""
        assert parsed(body) == found

    @pytest.mark.usefixtures("uncollected")
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            (b"", "with what is not JSON"),
            (b"<html>", "with what is not JSON"),
            (b'{"a": 1', "with what is not JSON"),
            (b"\xff\xfe\xff", "with what is not JSON"),
            (b"9" * 5000, "with what is not JSON"),
            (b"[" * 100_000, "with what is not JSON"),
            (b"[" * 40 + b"]" * 40, "with JSON that is nested too deeply"),
            (b'{"a":' * 40 + b"1" + b"}" * 40, "with JSON that is nested too deeply"),
            (rb'{"a": "\ud800"}', "with a lone surrogate in its JSON"),
            (rb'{"\udfff": 1}', "with a lone surrogate in its JSON"),
        ],
    )
    def test_none(self, body, why):
        """What is no JSON, or none that can be kept; no foreign error is kept either."""
        with pytest.raises(Nonsense, match=f"^{why}$") as caught:
            parsed(body)
        assert caught.value.__context__ is None

    def test_flaw(self):
        """A flaw that was found before is the reason."""
        with pytest.raises(Nonsense, match=r"^too long$"):
            parsed(b"{}", "too long")


class TestMended:
    """A quirk makes an answer a standard one."""

    @pytest.mark.parametrize("found", [[], [TOKEN], "text", 1, None])
    def test_no_object(self, found):
        """Whatever is no object is no token answer."""
        with pytest.raises(Nonsense, match=r"^with JSON that is no object$"):
            mended(found, ACME)

    def test_mended(self):
        """The quirk's answer is taken; the original stays as it was."""
        provider = ACME._replace(mend=lambda a: {**a, "access_token": a.pop("token")})
        found = {"token": "AT-1"}
        assert mended(found, provider)["access_token"] == "AT-1"
        assert found == {"token": "AT-1"}

    @pytest.mark.parametrize(
        "mend", [lambda a: a["x"], lambda a: None, lambda a: a + 1]
    )
    def test_not_to_be_mended(self, mend):
        """A quirk that fails, or gives no object, is a word about the answer."""
        with pytest.raises(Nonsense, match=r"^in a form that could not be mended$"):
            mended({"a": 1}, ACME._replace(mend=mend))


class TestTokenOf:
    """Each member of the right kind, or a clear word."""

    def test_all(self):
        """Each member in its place, the others in extra."""
        answer = {
            "access_token": "AT-1",
            "token_type": "BEARER",
            "refresh_token": "RT-1",
            "id_token": "ID-1",
            "scope": "a b",
            "expires_in": 60,
            "tenant": {"id": 7},
        }
        made = token(answer)
        assert (made.access_token, made.token_type) == ("AT-1", "BEARER")
        assert (made.refresh_token, made.id_token) == ("RT-1", "ID-1")
        assert made.scope == ("a", "b")
        assert (made.obtained_at, made.expires_at) == (1000, 1060)
        assert made.extra == {"tenant": {"id": 7}}

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            ({}, "without access_token"),
            ({"access_token": None}, "without access_token"),
            (
                {"access_token": ""},
                "without a usable access_token: the bearer is empty",
            ),
            (
                {"access_token": 7},
                "without a usable access_token: the bearer is int, not text",
            ),
            (
                {"access_token": ["A"]},
                "without a usable access_token: the bearer is list, not text",
            ),
            *(
                ({"access_token": f"A{letter}B"}, NO_HEADER)
                for letter in "\r\n\0 \té\x7f\u2028"
            ),
            ({**TOKEN, "token_type": "mac"}, "with a token_type that is not Bearer"),
            ({**TOKEN, "token_type": 1}, "with a token_type that is int, not text"),
            (
                {**TOKEN, "refresh_token": {"a": 1}},
                "with a refresh_token that is dict, not text",
            ),
            ({**TOKEN, "id_token": 1.5}, "with a id_token that is float, not text"),
        ],
    )
    def test_wrong(self, answer, why):
        """What is missing or of the wrong kind is named, and its value never."""
        with pytest.raises(Nonsense) as caught:
            token(answer)
        assert str(caught.value) == why

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            ({"access_token": "AT-1"}, "without id_token"),
            ({"id_token": "ID-1"}, "without access_token"),
            ({"id_token": "ID-1", "access_token": ""}, "without access_token"),
        ],
    )
    def test_id_token(self, answer, why):
        """Where the id_token is the bearer, both have to be there."""
        with pytest.raises(Nonsense, match=f"^{why}$"):
            token(answer, OPEN_ID)
        both = {"access_token": "AT-1", "id_token": "ID-1"}
        assert token(both, OPEN_ID).bearer == "ID-1"

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_no_refresh_token(self, nothing):
        """No refresh token, in each way to say so."""
        assert token({**TOKEN, "refresh_token": nothing}).refresh_token is None

    @pytest.mark.parametrize(
        ("scope", "granted"),
        [
            ("a  b", ("a", "b")),
            ("", ()),
            (["a", "b c"], ("a", "b", "c")),
            ([], ()),
            (None, ("asked",)),
            (7, ("asked",)),
            (["a", 7], ("asked",)),
        ],
    )
    def test_scope(self, scope, granted):
        """Text or a list is what was granted; nonsense is what was asked for."""
        assert token({**TOKEN, "scope": scope}, asked="asked").scope == granted

    def test_extra(self):
        """What cannot be JSON is not kept."""
        answer = {
            **TOKEN,
            "a": float("nan"),
            "b": [float("inf")],
            "c": object(),
            "d": 1,
        }
        assert token(answer).extra == {"d": 1}


class TestThroughTheEndpoint:
    """The same from a server: words, and an answer to look at without secrets."""

    def test_kept_answer(self):
        """The answer that was no token is kept without what it held."""
        body = {
            "access_token": "AT-secret",
            "refresh_token": "RT secret",
            "token_type": "mac",
            "echo": "AT-secret",
        }
        headers = {"Set-Cookie": "s=1", "X-Csrf-Token": "t", "X-Echo": "AT-secret"}
        with servers.Script(servers.http(200, body, headers)) as server:
            error = failed(server, errors.TokenRequestError)
        assert str(error) == (
            "Acme answered the token request (HTTP 200) with a token_type that is not"
            " Bearer. Look at the response of the error."
        )
        kept = error.response
        assert kept.json() == {
            "access_token": "***",
            "refresh_token": "***",
            "token_type": "mac",
            "echo": "***",
        }
        assert dict(kept.headers).keys() == {"Content-Length", "X-Echo"}
        assert kept.headers["X-Echo"] == "***"
        assert kept.request is None
        assert (kept.status_code, kept.reason) == (200, "Said")
        assert kept.url == f"{server.url}/token"

    def test_lifetime_of_nonsense(self):
        """A lifetime that is none leaves the end unknown."""
        body = b'{"access_token": "AT-1", "expires_in": NaN}'
        with servers.Script(servers.http(200, body)) as server:
            assert endpoint(server).ask(GRANT.form()).expires_at is None

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b'"AT-1"', b"null", b"access_token=A"]
    )
    def test_shapes(self, body):
        """Whatever is no object of JSON is an error that doubts the URL."""
        with servers.Script(servers.http(200, body)) as server:
            error = failed(server, errors.TokenRequestError)
        assert str(error).endswith(f" Check that {server.url}/token is the token URL.")
