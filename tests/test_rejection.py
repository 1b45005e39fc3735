"""An answer that is no token: which error, which words."""

import pytest
import requests
from helpers import far_from_utc

from requests_xauth import errors
from requests_xauth._provider import Provider, Refusal
from requests_xauth._redact import Secrets
from requests_xauth._rejection import KINDS, kind_of, rejection, retry_after, standard
from requests_xauth._words import Asked
from requests_xauth.grants import AuthorizationCode, ClientCredentials, Password

REJECTED, LOGIN = errors.CredentialsRejected, errors.LoginRequired
AWAY, OTHER = errors.ProviderUnavailable, errors.TokenRequestError
ACME = Provider("Acme", "https://acme.example/token")
MACHINE = ClientCredentials("id", "my-secret")
USER = Password("kari", "pw-kari", "id", "my-secret")
DATE = "Sun, 09 Sep 2001 01:46:40 GMT"


def answered(status, body=b"", **headers):
    """Return a response."""
    made = requests.Response()
    made.status_code = status
    made.url = "https://acme.example/token"
    made._content = body
    made.headers.update(headers)
    return made


def asked(grant=MACHINE, grant_type=None, provider=ACME, other=None):
    """Return what was asked."""
    kind = grant_type or grant.grant_type
    return Asked(provider, grant, kind, "", Secrets(grant.secrets()), other)


def told(status, body=b"", about=None, **headers):
    """Return the text of the error for such an answer."""
    return str(rejection(answered(status, body, **headers), about or asked(), 0.0))


@pytest.mark.parametrize(
    ("status", "code", "grant_type", "kind"),
    [
        (401, "invalid_client", "client_credentials", REJECTED),
        (400, "invalid_client", "refresh_token", REJECTED),
        (500, "invalid_client", "client_credentials", REJECTED),
        (400, "unauthorized_client", "client_credentials", REJECTED),
        (401, None, "client_credentials", REJECTED),
        (401, "Unauthorized", "client_credentials", REJECTED),
        (400, "invalid_grant", "password", REJECTED),
        (400, "invalid_grant", "refresh_token", LOGIN),
        (401, "invalid_grant", "refresh_token", LOGIN),
        (400, "invalid_grant", "authorization_code", LOGIN),
        (400, "invalid_grant", "client_credentials", OTHER),
        (429, "invalid_grant", "refresh_token", AWAY),
        (429, None, "client_credentials", AWAY),
        (400, "slow_down", "client_credentials", AWAY),
        (400, "temporarily_unavailable", "client_credentials", AWAY),
        (400, "server_error", "client_credentials", AWAY),
        (500, None, "client_credentials", AWAY),
        (599, "x", "client_credentials", AWAY),
        (400, None, "client_credentials", OTHER),
        (403, None, "client_credentials", OTHER),
        (403, "x", "client_credentials", OTHER),
        (404, None, "client_credentials", OTHER),
        (401, "invalid_scope", "client_credentials", OTHER),
        (401, "invalid_request", "client_credentials", OTHER),
        (400, "unsupported_grant_type", "client_credentials", OTHER),
        (200, "x", "client_credentials", OTHER),
    ],
)
def test_kinds(status, code, grant_type, kind):
    """Each code and status has its class."""
    assert kind_of(answered(status, b"{}"), Refusal(code), grant_type) is kind


def test_each_row_counts():
    """No row is hidden by another one."""
    for (code, status), kind in KINDS.items():
        body = b"" if code == "" else b"{}"
        found = Refusal(code if code and code != "*" else None)
        assert kind_of(answered(status or 400, body), found, "x") is kind


@pytest.mark.parametrize("body", [b"", b" \r\n"])
@pytest.mark.parametrize(
    ("status", "grant_type", "kind"),
    [
        (403, "client_credentials", REJECTED),
        (401, "client_credentials", REJECTED),
        (400, "client_credentials", OTHER),
        (400, "refresh_token", LOGIN),
        (404, "refresh_token", OTHER),
        (500, "client_credentials", AWAY),
    ],
)
def test_empty(body, status, grant_type, kind):
    """An answer without a body has rows of its own."""
    assert (
        type(rejection(answered(status, body), asked(grant_type=grant_type), 0)) is kind
    )


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"error": "a", "error_description": "b"}, Refusal("a", "b")),
        ({"error": "a", "description": "b"}, Refusal("a", "b")),
        ({"message": "b"}, Refusal(None, "b")),
        ({"detail": "b"}, Refusal(None, "b")),
        ({"error": {"code": "a", "message": "b"}}, Refusal("a", "b")),
        (
            {"error": {"status": 401, "message": "Unauthorized"}},
            Refusal(None, "Unauthorized"),
        ),
        ([{"message": "b"}], Refusal(None, "b")),
        ({"error": 7, "message": 8, "detail": ""}, Refusal()),
        ({"error": ""}, Refusal()),
        ([], Refusal()),
        ("text", Refusal()),
        (None, Refusal()),
        (7, Refusal()),
    ],
)
def test_standard(body, refusal):
    """The standard's reading, and what gateways send."""
    assert standard(body) == refusal


class TestWords:
    """Who refused, what, with which value, and what to do next."""

    @pytest.mark.parametrize(
        ("code", "step"),
        [
            (b"invalid_scope", "Check scope=."),
            (
                b"unauthorized_client",
                "Check that this client may use the grant client_credentials.",
            ),
            (
                b"unsupported_grant_type",
                "Check that the provider has the grant client_credentials.",
            ),
            (b"invalid_request", "Look at the error's response."),
            (b"invalid_client", "Check the client id and the client secret."),
        ],
    )
    def test_steps(self, code, step):
        """Each code has its next step."""
        text = told(400, b'{"error": "%s"}' % code)
        assert text == (
            f"Acme refused the token request: {code.decode()} (HTTP 400). {step}"
        )

    def test_docs(self):
        """Where the record knows the documentation, that is the next step."""
        provider = ACME._replace(docs="https://acme.example/docs")
        assert told(400, b'{"error": "odd."}', asked(provider=provider)) == (
            "Acme refused the token request: odd. (HTTP 400). See"
            " https://acme.example/docs."
        )

    def test_login(self):
        """A dead code or refresh token: a person logs in."""
        assert told(
            400, b'{"error": "invalid_grant"}', asked(grant_type="refresh_token")
        ) == ("Acme refused the token request: invalid_grant (HTTP 400). Log in again.")

    def test_empty_400_of_a_refresh(self):
        """An empty answer to a refresh may mean two things; both are said."""
        error = rejection(answered(400), asked(grant_type="refresh_token"), 0)
        assert str(error) == (
            "Acme refused the token request (HTTP 400, without a reason). Either the"
            " refresh token is dead or the provider cannot read the request: log in"
            " again, or check the credentials."
        )
        assert error.doubt

    def test_user_or_client(self):
        """Where it is not said who was refused, all that was given is named."""
        assert told(401, b"{}", asked(USER)).endswith(
            "Check the client id, the client secret, the user name and the password."
        )
        provider = ACME._replace(environ="ACME")
        body = b'{"error": "invalid_grant"}'
        assert told(400, body, asked(USER, provider=provider)).endswith(
            "Check ACME_USERNAME and ACME_PASSWORD."
        )
        assert told(401, b'{"error": "invalid_client"}', asked(USER)).endswith(
            "Check the client id and the client secret."
        )

    def test_other_auth_is_no_matter_of_the_user(self):
        """The other form of Basic is no advice against a wrong password."""
        body = b'{"error": "invalid_grant"}'
        assert "client_auth" not in told(400, body, asked(USER, other="basic-form"))
        assert "client_auth" in told(401, b"{}", asked(USER, other="basic-form"))

    def test_public_client(self):
        """A client without a secret is not told to check it."""
        grant = AuthorizationCode("id")
        assert told(401, b"{}", asked(grant)).endswith("Check the client id.")

    def test_code_of_a_reader(self):
        """A code that the provider's reader put in is not shown as its word."""
        provider = ACME._replace(
            read_refusal=lambda status, body: Refusal("invalid_client", "No")
        )
        error = rejection(answered(400, b'{"m": "No"}'), asked(provider=provider), 0)
        assert str(error).startswith(
            "Acme refused the token request: No (HTTP 400). Check"
        )
        assert error.code == "invalid_client"

    def test_reader_without_an_opinion(self):
        """Where the provider's reader finds nothing, the standard's reads."""
        provider = ACME._replace(read_refusal=lambda status, body: None)
        text = told(400, b'{"error": "invalid_scope"}', asked(provider=provider))
        assert "invalid_scope (HTTP 400)" in text

    @pytest.mark.parametrize(
        ("reader", "status", "body"),
        [
            (lambda status, body: {"code": body["x"]}, 401, b'{"error": "no"}'),
            (lambda status, body: body["error"], 401, b"[1]"),
            (lambda status, body: int(body["error"]), 401, b'{"error": "no"}'),
            (lambda status, body: body.get("x"), 401, b"[1]"),
        ],
    )
    def test_reader_that_cannot_read(self, reader, status, body):
        """What the provider's reader cannot read, the standard's does."""
        plain = rejection(answered(status, body), asked(), 0)
        about = asked(provider=ACME._replace(read_refusal=reader))
        error = rejection(answered(status, body), about, 0)
        assert (REJECTED, str(plain)) == (type(error), str(error))
        assert (plain.code, plain.description) == (error.code, error.description)

    def test_reader_of_numbers(self):
        """A number that a reader takes for a code is told as text; nothing else is one."""
        own = {"code": 17, "description": ["a"], "tip": {}, "doubt": True}
        provider = ACME._replace(read_refusal=lambda status, body: own)
        error = rejection(answered(401, b'{"code": 17}'), asked(provider=provider), 0)
        assert str(error).startswith("Acme refused the token request: 17 (HTTP 401).")
        assert ("17", None, None) == (error.code, error.description, error.tip)
        assert error.doubt is None

    def test_reader_of_another_kind(self):
        """A reader that returns what is no refusal is a mistake of the code."""
        provider = ACME._replace(read_refusal=lambda status, body: {"error": "x"})
        with pytest.raises(errors.ConfigError, match="read_refusal may return a dict"):
            rejection(answered(401, b"{}"), asked(provider=provider), 0)

    def test_hostile_words(self):
        """Secrets, lines, control characters and length do not come through."""
        words = r"my-secret\r\nnext\u0000\u202eline " + "x" * 300
        body = b'{"error": "invalid_scope", "error_description": "%s"}' % words.encode()
        error = rejection(answered(400, body), asked(), 0)
        shown = "*** next��line " + "x" * 300
        assert error.description == shown[:200] + "…"
        assert f'invalid_scope, "{shown[:200]}…" (HTTP 400)' in str(error)

    def test_secret_as_code(self):
        """A secret in any place of a refusal is none any more."""
        body = b'{"error": "my-secret", "error_description": "my-secret"}'
        error = rejection(answered(400, body), asked(), 0)
        assert "my-secret" not in f"{error} {error!r} {error.args} {vars(error)}"
        assert error.code == error.description == "***"

    @pytest.mark.parametrize("kind", ["", "text/\x00html", "téxt"])
    def test_odd_content_type(self, kind):
        """A content type that cannot be shown is left out."""
        text = told(400, b"<html>", **{"Content-Type": kind})
        assert text.startswith("Acme refused the token request (HTTP 400). ")


class TestRetryAfter:
    """How long the provider asks to wait."""

    @pytest.mark.parametrize(
        ("value", "date", "wait_s"),
        [
            ("120", None, 120),
            (" 0 ", None, 0),
            ("9" * 5000, None, 999_999_999),
            ("Sun, 09 Sep 2001 01:47:10 GMT", DATE, 30),
            ("Sun, 09 Sep 2001 01:47:10 GMT", None, 20),
            ("Sun, 09 Sep 2001 01:46:00 GMT", DATE, 0),
            ("Sun Sep  9 01:47:10 2001", DATE, 30),
            ("Sun, 09 Sep 2001 01:47:10 -0000", "Sun Sep  9 01:46:40 2001", 30),
            ("", None, None),
            ("-5", None, None),
            ("soon", None, None),
            ("١٢", None, None),
            ("1.5", None, None),
        ],
    )
    def test_forms(self, value, date, wait_s):
        """Seconds, or a date against the answer's own Date or else our clock."""
        headers = {"Retry-After": value, **({"Date": date} if date else {})}
        with far_from_utc():
            assert retry_after(headers, 1_000_000_010.0) == wait_s

    def test_absent(self):
        """No header, no wait."""
        assert retry_after({}, 0.0) is None

    def test_on_the_error(self):
        """What was asked is on the error, however long, and in its text."""
        error = rejection(answered(503, b"", **{"Retry-After": "86400"}), asked(), 0)
        assert error.retry_after_s == 86400
        assert str(error) == (
            "Acme could not serve the token request (HTTP 503, without a reason)."
            " Try again in 86400 s."
        )

    @pytest.mark.parametrize(
        ("status", "arrived"), [(429, False), (503, False), (500, True), (502, True)]
    )
    def test_arrived(self, status, arrived):
        """What was turned away did not arrive."""
        assert rejection(answered(status), asked(), 0).arrived is arrived
