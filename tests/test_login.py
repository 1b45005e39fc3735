"""The code flow: the URL for a person, the redirect, the exchange."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import made
import pytest

from requests_xauth import XAuth, XeeAuth, XPKitUserAuth
from requests_xauth._login import begin, exchange_form, found_login, read_redirect
from requests_xauth._logins import Login, Logins
from requests_xauth.errors import (
    ConfigError,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)
from requests_xauth.stores import MemoryStore

ACME = made.provider(authorize_url="https://auth.acme.example/authorize")
NOT_UNDER_WAY = (
    "No login of Acme with this state is under way here: a login is good for ten minutes"
    " and for one use. Begin again with authorization_url()."
)


def begun(provider=ACME, grant=None, **more):
    """Return the authorization URL's parameters, and the login."""
    url, login = begin(provider, grant or made.person(), now_at=1.0, **more)
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True)), login


class TestBegin:
    """What a person's browser is sent to."""

    def test_parameters(self):
        """
        The URL has what RFC 6749, section 4.1.1, and RFC 7636 ask for.
        """
        query, login = begun(grant=made.person(scope="read write"))

        assert {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": "https://app.example/back",
            "scope": "read write",
            "state": login.state,
            "code_challenge": query["code_challenge"],
            "code_challenge_method": "S256",
        } == query
        assert (1.0, "https://app.example/back") == (login.begun_at, login.redirect_uri)

    def test_what_is_not_there_is_left_out(self):
        """
        A parameter without a value is not sent.
        """
        query, login = begun(grant=made.person(redirect_uri=None, pkce=False))

        assert {"response_type", "client_id", "state"} == query.keys()
        assert (None, None) == (login.verifier, login.redirect_uri)

    def test_no_parameter_twice(self):
        """
        What the authorize URL has already is replaced (RFC 6749, section 3.1).
        """
        url = f"{ACME.authorize_url}?prompt=none&tenant=a%20b&empty=&state=x"
        provider = ACME._replace(
            authorize_url=url, authorize_params=(("prompt", "login"),)
        )

        url, login = begin(provider, made.person(), now_at=1.0)

        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        assert sorted(set(names)) == sorted(names)
        own = {"prompt": "login", "tenant": "a b", "empty": "", "state": login.state}
        assert own.items() <= dict(pairs).items()

    def test_challenge(self):
        """
        The challenge is the verifier's SHA-256 (RFC 7636, section 4.2), computed by hand.
        """
        query, login = begun()

        digest = hashlib.sha256(login.verifier.encode()).digest()
        assert (
            base64.urlsafe_b64encode(digest).decode().rstrip("=")
            == (query["code_challenge"])
        )

    def test_verifier(self):
        """
        A verifier has 43 to 128 unreserved characters, and no two are alike.
        """
        verifiers = {begun()[1].verifier for _ in range(20)}

        assert 20 == len(verifiers)
        assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", v) for v in verifiers)

    def test_state(self):
        """
        A state cannot be guessed: no two are alike, each has 128 bits or more.
        """
        states = {begun()[1].state for _ in range(20)}

        assert 20 == len(states)
        assert all(re.fullmatch("[A-Za-z0-9]{22,}", state) for state in states)

    def test_given_state(self):
        """
        A caller's own state is used.
        """
        query, login = begun(state="mine")

        assert ("mine", "mine") == (query["state"], login.state)

    def test_more_parameters(self):
        """
        The provider's and the caller's parameters are added, the caller's last.
        """
        provider = ACME._replace(
            authorize_params=(("provider", "x"), ("prompt", "none"))
        )

        query, _ = begun(provider, params={"prompt": "login", "empty": ""})

        assert ("x", "login") == (query["provider"], query["prompt"])
        assert "empty" not in query

    def test_other_redirect_uri(self):
        """
        A redirect_uri of the call is the one that the exchange repeats.
        """
        query, login = begun(params={"redirect_uri": "https://app.example/other"})

        assert "https://app.example/other" == query["redirect_uri"]
        assert query["redirect_uri"] == login.redirect_uri

    @pytest.mark.parametrize(
        ("params", "names"),
        [
            ({"state": "x"}, "state"),
            ({"client_id": "x"}, "client_id"),
            ({"response_type": "token"}, "response_type"),
            ({"code_challenge": "x", "prompt": "login"}, "code_challenge"),
            (
                {"state": "x", "code_challenge_method": "plain"},
                "code_challenge_method, state",
            ),
        ],
    )
    def test_safeguards(self, params, names):
        """
        What keeps a login safe cannot be replaced by a parameter.
        """
        text = rf"^authorization_url\(\) sets {names} itself\.$"

        with pytest.raises(ConfigError, match=text):
            begun(params=params)

    def test_query_of_the_url_stays(self):
        """
        What the authorize URL has in its query stays there (RFC 6749, section 3.1).
        """
        provider = ACME._replace(authorize_url="https://auth.acme.example/a?tenant=7")

        query, _ = begun(provider)

        assert "7" == query["tenant"]

    def test_no_authorize_url(self):
        """
        A provider without the endpoint says what is missing.
        """
        text = r"^Acme has no authorize URL: give its Provider an authorize_url\.$"

        with pytest.raises(ConfigError, match=text):
            begun(made.provider())


class TestExchange:
    """The form that a code is exchanged with."""

    LOGIN = Login(
        "s", verifier="v" * 43, redirect_uri="https://a.example/", begun_at=0.0
    )

    def test_form(self):
        """
        The form has the code, the verifier and the redirect_uri of the login.
        """
        assert {
            "grant_type": "authorization_code",
            "code": "c",
            "code_verifier": "v" * 43,
            "redirect_uri": "https://a.example/",
        } == exchange_form(ACME, made.person(), "c", self.LOGIN)

    def test_no_redirect_uri(self):
        """
        Where the provider wants none, or there was none, none is sent.
        """
        bare = self.LOGIN._replace(redirect_uri=None)

        for provider, login in [
            (ACME._replace(code_redirect=False), self.LOGIN),
            (ACME, bare),
        ]:
            form = exchange_form(provider, made.person(), "c", login)
            assert {"grant_type", "code", "code_verifier"} == form.keys()

    def test_bare_code(self):
        """
        Without PKCE a bare code will do, with the grant's own redirect_uri.
        """
        assert {
            "grant_type": "authorization_code",
            "code": "c",
            "redirect_uri": "https://app.example/back",
        } == exchange_form(ACME, made.person(pkce=False), "c", None)

    @pytest.mark.parametrize("login", [None, LOGIN._replace(verifier=None)])
    def test_no_verifier(self, login):
        """
        With PKCE a code without its verifier is worthless, and is not sent.
        """
        with pytest.raises(LoginRequired, match=f"^{re.escape(NOT_UNDER_WAY)}$"):
            exchange_form(ACME, made.person(), "c", login)


class TestRedirects:
    """What the browser brings back."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://app.example/back?code=c%2F1&state=s%201",
            "https://app.example/back?state=s+1&code=c/1&extra=x",
            "https://app.example/back?code=c/1&state=s+1#_=_",
            "https://app.example/back?error=&code=c/1&state=s+1",
            "/back?code=c/1&state=s+1",
            "?code=c/1&state=s+1",
        ],
    )
    def test_good(self, url):
        """
        Code and state are read from the query, decoded; empty ones count as left out.
        """
        assert ("c/1", "s 1") == read_redirect(ACME, url)

    @pytest.mark.parametrize(
        ("error", "kind", "after"),
        [
            ("access_denied", LoginRequired, "Log in again."),
            ("login_required", LoginRequired, "Log in again."),
            ("never_heard_of", LoginRequired, "Log in again."),
            ("invalid_request", TokenRequestError, "See its documentation."),
            ("unauthorized_client", TokenRequestError, "See its documentation."),
            ("unsupported_response_type", TokenRequestError, "See its documentation."),
            ("invalid_scope", TokenRequestError, "See its documentation."),
            ("server_error", ProviderUnavailable, "Try again later."),
            ("temporarily_unavailable", ProviderUnavailable, "Try again later."),
        ],
    )
    def test_errors(self, error, kind, after):
        """
        RFC 6749, section 4.1.2.1: the error comes first, whatever else is there.
        """
        url = f"https://app.example/?error={error}&error_description=No+way&code=c&state=s"

        with pytest.raises(TokenRequestError) as caught:
            read_redirect(ACME, url)

        assert kind is type(caught.value)
        assert f'Acme refused the login: {error}, "No way". {after}' == str(
            caught.value
        )
        assert ("Acme", error, "No way") == (
            caught.value.provider,
            caught.value.code,
            caught.value.description,
        )

    def test_error_without_words(self):
        """
        An error without a description is told by its code.
        """
        text = r"^Acme refused the login: access_denied\. Log in again\.$"

        with pytest.raises(LoginRequired, match=text) as caught:
            read_redirect(ACME, "?error=access_denied&state=s")

        assert caught.value.description is None

    def test_words_are_tamed(self):
        """
        Whoever wrote the link writes no screenful and no control characters.
        """
        url = "?error=access_denied&error_description=a%0D%0A%1B[31m" + "b" * 1000

        with pytest.raises(LoginRequired) as caught:
            read_redirect(ACME, url)

        assert ("a[31m" + "b" * 195) == caught.value.description
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize(
        "url",
        [
            "https://app.example/back",
            "https://app.example/back?",
            "https://app.example/back?code=&state=s",
            "https://app.example/back?state=s",
            "https://app.example/back#code=c&state=s",
            "just the code",
        ],
    )
    def test_no_code(self, url):
        """
        A URL without code and error is half of one.
        """
        text = (
            "The redirect URL has neither code nor error: paste the whole address that"
            " the browser shows after the login."
        )

        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            read_redirect(ACME, url)

    @pytest.mark.parametrize("url", ["?code=c", "?code=c&state=", "?code=c&State=s"])
    def test_no_state(self, url):
        """
        A callback without state is refused, and the deliberate way is named.
        """
        text = (
            "Acme sent the browser back without the state that proves whose login it is."
            " If this is a login of yours, give its code alone, on purpose:"
            " fetch_token(code=…)."
        )

        with pytest.raises(LoginRequired, match=f"^{re.escape(text)}$"):
            read_redirect(ACME, url)

    @pytest.mark.parametrize("name", ["code", "state", "error"])
    def test_twice(self, name):
        """
        No parameter may come twice (RFC 6749, section 3.1).
        """
        with pytest.raises(
            ConfigError, match=f"^The redirect URL has more than one {name}"
        ):
            read_redirect(ACME, f"?code=c&state=s&{name}=1&{name}=2")

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            (
                "http://[::1?code=c&state=s",
                "The redirect URL is no URL: paste all of it.",
            ),
            ("", "authorization_response= of Acme is empty."),
            (b"?code=c", "authorization_response= of Acme must be text, not bytes."),
            (5, "authorization_response= of Acme must be text, not int."),
            (
                "?code=\ud800",
                "authorization_response= of Acme has a lone surrogate in it.",
            ),
        ],
    )
    def test_no_url(self, url, text):
        """
        What is no URL is a ConfigError.
        """
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            read_redirect(ACME, url)

    def test_code_is_not_shown(self):
        """
        No error's text has the code in it.
        """
        for url in (
            "?code=s3cret",
            "?code=s3cret&code=s3cret2",
            "?code=s3cret&error=e",
        ):
            with pytest.raises((ConfigError, TokenRequestError)) as caught:
                read_redirect(ACME, url)
            assert "s3cret" not in f"{caught.value!r} {caught.value.args}"


class TestIssuers:
    """Who a redirect comes from (RFC 9207)."""

    NAMED = made.provider(issuer="https://auth.acme.example")
    QUERY = "?code=c&state=s&iss="

    def test_named(self):
        """
        A redirect that names the issuer is read.
        """
        url = self.QUERY + "https%3A%2F%2Fauth.acme.example"

        assert ("c", "s") == read_redirect(self.NAMED, url)

    @pytest.mark.parametrize(
        "url",
        [
            "?code=c&state=s",
            QUERY,
            QUERY + "https://auth.acme.example/",
            QUERY + "https://AUTH.acme.example",
            QUERY + "https://evil.example",
            QUERY + "https://auth.acme.example&iss=https://evil.example",
            "?error=access_denied&state=s",
        ],
    )
    def test_another(self, url):
        """
        One that does not, letter by letter and once, is refused; errors too.
        """
        text = (
            "The redirect does not come from Acme: it must name the issuer"
            " 'https://auth.acme.example'. Its code was not sent. Log in again."
        )

        with pytest.raises(LoginRequired, match=f"^{re.escape(text)}$"):
            read_redirect(self.NAMED, url)

    def test_no_issuer(self):
        """
        Where none is documented none is asked for.
        """
        assert ("c", "s") == read_redirect(ACME, self.QUERY + "https://evil.example")


class TestFinding:
    """Whose login a state belongs to."""

    @pytest.fixture
    def logins(self, clock):
        """One login under way."""
        logins = Logins(MemoryStore(), "acme-1", clock)
        logins.add(Login("s", verifier=None, redirect_uri=None, begun_at=clock()))
        return logins

    @pytest.mark.parametrize("expected", [None, "s"])
    def test_found(self, logins, expected):
        """
        The login is found, and used up.
        """
        assert "s" == found_login(ACME, logins, "s", expected).state
        assert logins.take("s") is None

    def test_not_under_way(self, logins):
        """
        A state that nobody began here is refused (RFC 6749, section 10.12).
        """
        with pytest.raises(LoginRequired, match=f"^{re.escape(NOT_UNDER_WAY)}$"):
            found_login(ACME, logins, "forged", None)

    def test_another_than_expected(self, logins):
        """
        A redirect of another login than the caller's own is refused, and uses none up.
        """
        text = (
            "The redirect brings the state of another login than the one expected: Acme"
            " was not asked for a token. Log in again."
        )

        with pytest.raises(LoginRequired, match=f"^{re.escape(text)}$"):
            found_login(ACME, logins, "s", "other")

        assert "s" == logins.take("s").state


def user_of(box, clock, name, store=None):
    """Return the sandbox's service, and an auth with which a person logs in there."""
    if name == "xee":
        given = {**box.xee.credentials, "redirect_uri": box.xee.redirect_uri}
        return box.xee, XeeAuth(**given, store=store, clock=clock)
    return box.xpkit, XPKitUserAuth(
        **box.xpkit.user_credentials, store=store, clock=clock
    )


@pytest.mark.parametrize("name", ["xee", "xpkit"])
class TestWhole:
    """From the URL to the token, against the sandbox."""

    def test_redirect(self, box, clock, name):
        """
        The URL that the browser comes back to makes a token.
        """
        service, auth = user_of(box, clock, name)
        url, state = auth.authorization_url()

        token = auth.fetch_token(
            authorization_response=service.authorize(url), state=state
        )

        assert token == auth.token
        assert 1 == service.token_requests

    def test_redirect_in_another_process(self, box, clock, name):
        """
        A login begun by one object is finished by another with the same store.
        """
        store = MemoryStore()
        service, auth = user_of(box, clock, name, store)
        _, twin = user_of(box, clock, name, store)
        url, _ = auth.authorization_url()

        token = twin.fetch_token(authorization_response=service.authorize(url))

        assert token == auth.token

    def test_redirect_twice(self, box, clock, name):
        """
        The same redirect does nothing the second time: no request is sent.
        """
        service, auth = user_of(box, clock, name)
        redirected = service.authorize(auth.authorization_url()[0])
        auth.fetch_token(authorization_response=redirected)

        with pytest.raises(LoginRequired, match="with this state is under way here"):
            auth.fetch_token(authorization_response=redirected)

        assert 1 == service.token_requests

    def test_refusal(self, box, clock, name):
        """
        A person who says no is told so; no request is sent.
        """
        service, auth = user_of(box, clock, name)
        url, _ = auth.authorization_url()

        with pytest.raises(LoginRequired, match="refused the login: access_denied"):
            auth.fetch_token(
                authorization_response=service.authorize(url, decision="deny")
            )

        assert 0 == service.token_requests

    def test_bare_code(self, box, clock, name):
        """
        A code alone, given on purpose, belongs to the only login under way.
        """
        service, auth = user_of(box, clock, name)
        code = code_of(service.authorize(auth.authorization_url()[0]))

        assert auth.fetch_token(code=code) == auth.token

    def test_code_with_its_state(self, box, clock, name):
        """
        A code with its state, as a web framework hands them over, makes a token.
        """
        service, auth = user_of(box, clock, name)
        auth.authorization_url()
        url, state = auth.authorization_url()

        assert (
            auth.fetch_token(code_of(service.authorize(url)), state=state) == auth.token
        )

    def test_code_with_a_forged_state(self, box, clock, name):
        """
        A code that somebody else's state comes with is not sent.
        """
        service, auth = user_of(box, clock, name)
        code = code_of(service.authorize(auth.authorization_url()[0]))

        with pytest.raises(LoginRequired, match="with this state is under way here"):
            auth.fetch_token(code, state="forged")

        assert 0 == service.token_requests

    def test_neither(self, box, clock, name):
        """
        Without code and URL there is nothing to exchange.
        """
        _, auth = user_of(box, clock, name)
        text = r"^fetch_token\(\) needs code= or authorization_response=\.$"

        with pytest.raises(ConfigError, match=text):
            auth.fetch_token()


def code_of(redirected):
    """Return the code in a redirect."""
    return parse_qs(urlsplit(redirected).query)["code"][0]


def test_nobody_logs_in_for_a_machine():
    """
    A machine's grant has no login, and says what to do instead.
    """
    auth = XAuth(ACME, made.machine())
    text = (
        "Nobody logs in with XAuth: it obtains its token by itself, by"
        " client_credentials. Just send a request, or call renew()."
    )

    for call in (auth.authorization_url, lambda: auth.fetch_token("c")):
        with pytest.raises(ConfigError, match=f"^{re.escape(text)}$"):
            call()
