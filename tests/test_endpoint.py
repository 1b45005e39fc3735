"""The token endpoint: what is asked, what comes back, in which words."""

import base64
import logging
import pickle
import re

import pytest
import requests
import servers
from urllib3.util import Timeout

from requests_xauth import errors
from requests_xauth._endpoint import Endpoint
from requests_xauth._provider import Provider
from requests_xauth._token import Token
from requests_xauth._version import __version__
from requests_xauth.grants import AuthorizationCode, ClientCredentials, Password
from requests_xauth.providers import m2m, xee, xmldation, xpkit

TOKEN = {"access_token": "AT-1", "token_type": "Bearer", "expires_in": 3600}
GRANT = ClientCredentials("my-client", "my-secret")
REFRESH = {"grant_type": "refresh_token", "refresh_token": "RT-old"}


def endpoint(server, grant=GRANT, path="/token", *, provider=None, **more):
    """Return an endpoint at *server*, impatient."""
    url = getattr(server, "url", server) + path
    provider = provider or Provider("Acme", url)
    more.setdefault("deadline_s", 5)
    more.setdefault("timeout", 2)
    return Endpoint(provider._replace(token_url=url), grant, **more)


def failed(server, kind, form=None, *, retries=False, may_resend=None, **more):
    """Return the error that asking *server* raises."""
    asking = endpoint(server, **more)
    with pytest.raises(kind) as caught:
        asking.ask(form or GRANT.form(), retries=retries, may_resend=may_resend)
    assert type(caught.value) is kind
    return caught.value


class TestAsk:
    """One question, one token."""

    @pytest.mark.parametrize("name", ["xpkit", "m2m"])
    def test_client_credentials(self, box, clock, name):
        """A machine's grant gets a token from the sandbox, on our own clock."""
        service = getattr(box, name)
        form_auth = "body" if name == "xpkit" else "basic"
        grant = ClientCredentials(service.client_id, service.client_secret)
        provider = Provider(name, service.token_url, client_auth=form_auth)
        token = Endpoint(provider, grant, clock=clock).ask(grant.form())
        assert token.obtained_at == clock.now_at
        assert token.expires_at == clock.now_at + service.lifetime_s
        assert service.tokens_issued == 1

    def test_password_and_refresh(self, box, clock):
        """A password gets tokens whose bearer is the id_token; a refresh renews them."""
        service = box.xmldation
        grant = Password(
            "xmldation/" + service.username,
            service.password,
            service.client_id,
            service.client_secret,
            scope="openid",
        )
        asking = Endpoint(xmldation.provider(service.base_url), grant, clock=clock)
        first = asking.ask(grant.form())
        assert first.bearer == first.id_token
        assert first.scope == ("openid",)
        renewed = asking.ask({**REFRESH, "refresh_token": first.refresh_token})
        assert renewed.bearer != first.bearer

    def test_what_is_sent(self):
        """A form by POST with our name, Basic, and nothing of anybody's session."""
        with servers.Script(servers.http(body=TOKEN)) as server:
            endpoint(server).ask(
                ClientCredentials("my-client", "my-secret", "a b").form()
            )
        assert server.requests[0].startswith(b"POST /token HTTP/1.1\r\n")
        assert server.body() == "grant_type=client_credentials&scope=a+b"
        assert server.header("Content-Type") == "application/x-www-form-urlencoded"
        assert server.header("Accept") == "application/json"
        expected = rf"requests-xauth/{__version__} python-requests/[\d.]+"
        assert re.fullmatch(expected, server.header("User-Agent"))
        assert (
            server.header("Authorization")
            == "Basic " + base64.b64encode(b"my-client:my-secret").decode()
        )
        assert server.header("Cookie") is None

    @pytest.mark.parametrize("said", ["Bearer", "bearer", "BearerToken", "", None])
    def test_token_types(self, said):
        """Bearer in any case, BearerToken, or none at all."""
        with servers.Script(servers.http(body={**TOKEN, "token_type": said})) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"

    def test_old_protocol(self):
        """HTTP/1.0 without a length is read to its end."""
        answer = (
            b"HTTP/1.0 200 OK\r\n\r\n" + servers.http(body=TOKEN).split(b"\r\n\r\n")[1]
        )
        with servers.Script(answer) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"

    def test_scope(self):
        """An answer without a scope grants what was asked for, now or at first."""
        grant = ClientCredentials("my-client", "my-secret", "read write")
        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server, grant)
            assert asking.ask(grant.form()).scope == ("read", "write")
            assert asking.ask(REFRESH).scope == ("read", "write")
            assert asking.ask({**REFRESH, "scope": "read"}).scope == ("read",)

    def test_scope_of_the_token_held(self):
        """A refresh without a scope grants what its token had (RFC 6749, section 6)."""
        grant = ClientCredentials("my-client", "my-secret", "read write admin")
        held = Token("AT-0", refresh_token="RT-old", scope="read", obtained_at=0.0)
        with servers.Script(servers.http(body=TOKEN)) as server:
            ask = endpoint(server, grant).ask
            assert ask(REFRESH, held=held).scope == ("read",)
            assert ask({**REFRESH, "scope": "admin"}, held=held).scope == ("admin",)
            # What says nothing of a scope, another refresh token, another grant.
            asked = ("read", "write", "admin")
            assert ask(REFRESH, held=held._replace(scope=())).scope == asked
            assert ask({**REFRESH, "refresh_token": "x"}, held=held).scope == asked
            assert ask(grant.form(), held=held).scope == asked

    def test_sent_from_the_attempt_that_succeeded(self, clock):
        """A lifetime counts from the request that was answered, not from the first."""

        def busy(connection, stop):
            clock.tick(7)
            connection.sendall(servers.http(503, b""))

        with servers.Script(busy, servers.http(body=TOKEN)) as server:
            token = endpoint(server, clock=clock).ask(GRANT.form())
        assert token.obtained_at == clock.now_at
        assert token.expires_at == clock.now_at + 3600

    def test_date_header(self, clock):
        """A moment on the provider's clock is corrected by the Date of its answer."""
        body = {"access_token": "AT-1", "until": 1_000_000_500}
        headers = {"Date": "Sun, 09 Sep 2001 01:46:40 GMT"}  # 1_000_000_000
        with servers.Script(servers.http(200, body, headers)) as server:
            provider = Provider("Acme", server.url, expires_at="until")
            token = endpoint(server, provider=provider, clock=clock).ask(GRANT.form())
        assert token.expires_at == clock.now_at + 500


class TestClientAuthentication:
    """One method per request."""

    @pytest.mark.parametrize(
        ("client_auth", "header", "body"),
        [
            ("basic", "YSBiOmPDqSs=", ""),
            ("basic-form", "YStiOmMlQzMlQTklMkI=", ""),
            ("body", None, "&client_id=a+b&client_secret=c%C3%A9%2B"),
            ("none", None, "&client_id=a+b"),
        ],
    )
    def test_methods(self, client_auth, header, body):
        """Each method in its own place, in UTF-8, and in no other."""
        grant = ClientCredentials("a b", "cé+")
        with servers.Script(servers.http(body=TOKEN)) as server:
            endpoint(server, grant, client_auth=client_auth).ask(grant.form())
        assert server.header("Authorization") == (header and f"Basic {header}")
        assert server.body() == f"grant_type=client_credentials{body}"

    def test_public_client(self):
        """A client without a secret sends its id in the form."""
        grant = AuthorizationCode("my-client")
        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server, grant, client_auth="body")
            asking.ask({**grant.form(), "code": "C"})
        assert (
            server.body() == "grant_type=authorization_code&code=C&client_id=my-client"
        )

    def test_unknown(self):
        """A method of no known name is refused at construction."""
        with pytest.raises(errors.ConfigError, match=r"No client_auth named 'digest'"):
            endpoint("https://a.example", client_auth="digest")

    def test_colon(self):
        """A colon in the client id is refused where it would end the id."""
        grant = ClientCredentials("a:b", "c")
        with pytest.raises(
            errors.ConfigError,
            match=r'^The client id of Acme has a ":" in it, which client_auth="basic"'
            r' cannot carry: use client_auth="basic-form"\.$',
        ):
            endpoint("https://a.example", grant)
        assert endpoint("https://a.example", grant, client_auth="basic-form")

    def test_no_secret(self):
        """A method that needs a secret is refused without one."""
        with pytest.raises(
            errors.ConfigError,
            match=r'^client_auth="basic" of Acme needs a client secret: pass'
            r' client_secret=, or client_auth="none" for a client that has none\.$',
        ):
            endpoint("https://a.example", AuthorizationCode("a"))

    def test_session_of_another_kind(self):
        """Whatever is no requests.Session is refused at construction."""
        with pytest.raises(
            errors.ConfigError,
            match=r"^session= takes a requests\.Session, not dict\.$",
        ):
            endpoint("https://a.example", session={})


class TestRefusals:
    """Who refused, what, with which value, and what to do next."""

    def test_xpkit(self, box):
        """XPKit's code is the inner one; the next step names its variables."""
        grant = ClientCredentials("x", "wrong")
        asking = Endpoint(xpkit.provider(None, box.xpkit.base_url), grant)
        with pytest.raises(
            errors.CredentialsRejected,
            match=r"^XPKit refused the token request: invalid_client \(HTTP 401\)\."
            r" Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET\.$",
        ) as caught:
            asking.ask(grant.form())
        assert caught.value.code == "invalid_client"
        assert caught.value.status_code == 401
        assert caught.value.provider == "XPKit"
        assert caught.value.request is None

    def test_m2m(self, box):
        """M2M's names its variables too."""
        grant = ClientCredentials("x", "wrong")
        asking = Endpoint(m2m.provider(box.m2m.base_url), grant)
        with pytest.raises(
            errors.CredentialsRejected,
            match=r"^M2M refused the token request: invalid_client \(HTTP 401\)\."
            r" Check M2M_CLIENT_ID and M2M_CLIENT_SECRET\.$",
        ):
            asking.ask(grant.form())

    def test_xee_missing_parameter(self, box):
        """Xee's own tip is the next step."""
        grant = AuthorizationCode(box.xee.client_id, box.xee.client_secret)
        asking = Endpoint(xee.provider(box.xee.base_url), grant)
        with pytest.raises(
            errors.TokenRequestError,
            match=r"^Xee refused the token request: Missing parameter \(HTTP 400\)\."
            r" Check you've set the grant_type and the code\.$",
        ) as caught:
            asking.ask(grant.form())
        assert caught.value.tip == "Check you've set the grant_type and the code"

    @pytest.mark.parametrize(
        "form", [{"grant_type": "authorization_code", "code": "dead"}, REFRESH]
    )
    def test_xee_invalid_authentication(self, box, form):
        """Xee's 403 may mean two things: both are said, and a login is the next step."""
        grant = AuthorizationCode(box.xee.client_id, box.xee.client_secret)
        asking = Endpoint(xee.provider(box.xee.base_url), grant)
        with pytest.raises(
            errors.LoginRequired,
            match=r"^Xee refused the token request: Invalid authentication \(HTTP 403\)\."
            r" Either the code or refresh token is dead, or XEE_CLIENT_ID or"
            r" XEE_CLIENT_SECRET is wrong: log in again, or check the credentials\.$",
        ) as caught:
            asking.ask(form)
        assert caught.value.doubt
        assert caught.value.code == "invalid_grant"

    def test_xmldation_password(self, box):
        """A wrong password is told apart from a wrong client."""
        service = box.xmldation
        grant = Password(
            "xmldation/kari", "wrong", service.client_id, service.client_secret
        )
        asking = Endpoint(xmldation.provider(service.base_url), grant)
        with pytest.raises(
            errors.CredentialsRejected,
            match=r"^XMLdation refused the token request: invalid_grant, \"Authentication"
            r" failed for xmldation/kari\" \(HTTP 400\)\. Check XMLDATION_USERNAME and"
            r" XMLDATION_PASSWORD\.$",
        ):
            asking.ask(grant.form())

    def test_error_in_a_200(self):
        """An error inside a 200 is an error, a token beside it or not."""
        body = {**TOKEN, "error": "invalid_client"}
        with servers.Script(servers.http(body=body)) as server:
            error = failed(server, errors.CredentialsRejected)
        assert str(error) == (
            "Acme refused the token request: invalid_client (HTTP 200). Check the client"
            " id and the client secret."
        )

    @pytest.mark.parametrize("nothing", [None, "", False])
    def test_no_error_in_a_200(self, nothing):
        """An error of nothing is none."""
        with servers.Script(servers.http(body={**TOKEN, "error": nothing})) as server:
            assert endpoint(server).ask(GRANT.form())

    def test_secrets_in_what_is_no_token(self):
        """An answer that is no token may repeat a secret of its own: it is not kept."""
        answer = {"refresh_token": "RT-new-1", "note": "keep RT-new-1"}
        with servers.Script(servers.http(body=answer)) as server:
            error = failed(server, errors.TokenRequestError)
        assert "keep" in error.response.text
        assert "RT-new-1" not in error.response.text

    def test_empty_403(self):
        """An empty 403, as some engines answer a wrong secret."""
        with servers.Script(servers.http(403)) as server:
            error = failed(server, errors.CredentialsRejected)
        assert str(error) == (
            "Acme refused the token request (HTTP 403, without a reason). Check the client"
            " id and the client secret."
        )

    def test_special_characters(self):
        """Where the two forms of Basic differ, the other one is named."""
        grant = ClientCredentials("my client", "se/cret")
        with servers.Script(servers.http(401, {"error": "invalid_client"})) as server:
            plain = failed(server, errors.CredentialsRejected, grant=grant)
            form = failed(
                server,
                errors.CredentialsRejected,
                grant=grant,
                client_auth="basic-form",
            )
            body = failed(
                server, errors.CredentialsRejected, grant=grant, client_auth="body"
            )
        assert str(plain).endswith('; if they are right, try client_auth="basic-form".')
        assert str(form).endswith('; if they are right, try client_auth="basic".')
        assert str(body).endswith("Check the client id and the client secret.")

    def test_html(self):
        """A page of a gateway: unavailable, and its kind is told, not its text."""
        page = servers.http(
            502, b"<h1>Bad</h1>", {"Content-Type": "text/html; charset=x"}
        )
        with servers.Script(page) as server:
            error = failed(server, errors.ProviderUnavailable)
        assert str(error) == (
            "Acme could not serve the token request (HTTP 502, text/html)."
            " Try again later."
        )
        assert error.arrived

    def test_html_200(self):
        """A page with 200 is no token; the token URL is the suspect."""
        with servers.Script(servers.http(200, b"<h1>Welcome</h1>")) as server:
            error = failed(server, errors.TokenRequestError)
        assert str(error) == (
            "Acme answered the token request (HTTP 200) with what is not JSON. Check that"
            f" {server.url}/token is the token URL."
        )
        assert error.response.text == "<h1>Welcome</h1>"

    def test_errors_pickle(self):
        """A refusal with all it knows goes to another process and stays the same."""
        answer = servers.http(429, {"error": "slow_down"}, {"Retry-After": "120"})
        with servers.Script(answer) as server:
            error = failed(server, errors.ProviderUnavailable)
        copy = pickle.loads(pickle.dumps(error))
        assert (
            str(copy)
            == str(error)
            == (
                "Acme could not serve the token request: slow_down (HTTP 429)."
                " Try again in 120 s."
            )
        )
        assert copy.retry_after_s == 120
        assert copy.arrived is False
        assert copy.response.json() == {"error": "slow_down"}


class TestRedirects:
    """Nothing is posted twice, anywhere."""

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
    def test_nothing_follows(self, status):
        """Each redirect is an error that names its goal; the goal hears nothing."""
        with servers.Script(servers.http(body=TOKEN)) as elsewhere:
            place = elsewhere.url.replace("//", "//me:pw@") + "/x?client_secret=1#f"
            answer = servers.http(status, b"", {"Location": place})
            with servers.Script(answer) as server:
                error = failed(server, errors.TokenRequestError)
        assert elsewhere.requests == []
        assert len(server.requests) == 1
        assert str(error) == (
            f"Acme redirected the token request to {elsewhere.url}/x: nothing was sent"
            " there. Make that the token URL if it is right."
        )

    def test_relative(self):
        """A relative goal is shown whole."""
        answer = servers.http(301, b"", {"Location": "/token/"})
        with servers.Script(answer) as server:
            error = failed(server, errors.TokenRequestError)
        assert f"to {server.url}/token/: nothing" in str(error)

    @pytest.mark.parametrize(
        "place", ["http://[::1", "http://a:b:c/", "http://x:99999999"]
    )
    def test_no_url(self, place):
        """A goal that is no URL is not repeated."""
        answer = servers.http(302, b"", {"Location": place})
        with servers.Script(answer) as server:
            error = failed(server, errors.TokenRequestError)
        assert "to what is no URL: nothing" in str(error)

    def test_no_goal(self):
        """A redirect to nowhere is a refusal like any other."""
        with servers.Script(servers.http(304)) as server:
            error = failed(server, errors.TokenRequestError)
        assert str(error) == (
            "Acme refused the token request (HTTP 304, without a reason). Look at the"
            " error's response."
        )

    def test_xpkit_without_its_slash(self, box):
        """The token URL that lacks its slash is named with it."""
        service = box.xpkit
        grant = ClientCredentials(service.client_id, service.client_secret)
        provider = Provider("XPKit", service.token_url.rstrip("/"), client_auth="body")
        with pytest.raises(
            errors.TokenRequestError,
            match=rf"to {re.escape(service.token_url)}: nothing was sent there",
        ):
            Endpoint(provider, grant).ask(grant.form())


class TestRetries:
    """What is sent again, and what never blindly."""

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_statuses(self, status):
        """A status that passes is tried again."""
        with servers.Script(servers.http(status), servers.http(body=TOKEN)) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
        assert len(server.requests) == 2

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 501])
    def test_other_statuses(self, status):
        """A status that says something is not."""
        answers = servers.http(status), servers.http(body=TOKEN)
        with (
            servers.Script(*answers) as server,
            pytest.raises(errors.TokenRequestError),
        ):
            endpoint(server).ask(GRANT.form())
        assert len(server.requests) == 1

    def test_bounded(self):
        """Four attempts, then the error."""
        with servers.Script(servers.http(503)) as server:
            error = failed(server, errors.ProviderUnavailable, retries=True)
        assert "(HTTP 503, without a reason)" in str(error)
        assert len(server.requests) == 4

    def test_none(self):
        """One attempt where no retries are wanted."""
        with servers.Script(servers.http(503)) as server:
            error = failed(server, errors.ProviderUnavailable)
        assert len(server.requests) == 1
        assert not error.arrived

    def test_retry_after(self):
        """What the provider asks for is waited for, but not past the deadline."""
        busy = servers.http(429, b"", {"Retry-After": "3"})
        with servers.Script(busy, servers.http(body=TOKEN)) as server:
            quick = {"deadline_s": 2, "timeout": 2}
            error = failed(server, errors.ProviderUnavailable, retries=True, **quick)
        assert str(error).endswith("Try again in 3 s.")
        assert len(server.requests) == 1

    def test_retry_after_a_date(self, clock):
        """So is a date, told by our clock where the answer has none."""
        later = {"Retry-After": "Fri, 15 Jan 2027 08:00:03 GMT"}
        quick = {"deadline_s": 2, "timeout": 2, "clock": clock}
        with servers.Script(servers.http(429, b"", later)) as server:
            error = failed(server, errors.ProviderUnavailable, retries=True, **quick)
        assert error.retry_after_s == 3.0
        assert len(server.requests) == 1

    def test_retry_after_in_a_200(self, clock):
        """So it is with a refusal that comes as a 200."""
        later = {"Retry-After": "Fri, 15 Jan 2027 08:00:07 GMT"}
        answer = servers.http(200, {"error": "temporarily_unavailable"}, later)
        with servers.Script(answer) as server:
            error = failed(server, errors.ProviderUnavailable, clock=clock)
        assert error.retry_after_s == 7.0

    @pytest.mark.parametrize("answer", [b"", servers.http(502), servers.http(504)])
    @pytest.mark.parametrize(("says", "sent"), [(False, 1), (True, 4)])
    def test_may_have_arrived(self, answer, says, sent):
        """What may have arrived is sent again only if the caller says so."""
        more = {"retries": True, "may_resend": lambda: says}
        with servers.Script(answer) as server:
            error = failed(server, errors.ProviderUnavailable, **more)
        assert error.arrived
        assert len(server.requests) == sent

    @pytest.mark.parametrize("status", [429, 503])
    def test_turned_away(self, status):
        """What was turned away is sent again without asking."""
        with servers.Script(servers.http(status), servers.http(body=TOKEN)) as server:
            assert endpoint(server).ask(GRANT.form(), may_resend=lambda: 1 / 0)

    def test_arrived_once(self):
        """An attempt that may have arrived counts, whatever came after it."""
        with servers.Script(b"", servers.http(503)) as server:
            error = failed(server, errors.ProviderUnavailable, retries=True)
        assert "HTTP 503" in str(error)
        assert error.arrived

    def test_nobody_there(self):
        """A refused connection is tried again without asking, and did not arrive."""
        with servers.Script(b"") as server:
            pass
        with pytest.raises(
            errors.ProviderUnavailable,
            match=rf"^Acme could not be reached at 127\.0\.0\.1:{server.port}: .*refused"
            r".*\. Try again later\.$",
        ) as caught:
            endpoint(server).ask(GRANT.form(), may_resend=lambda: 1 / 0)
        assert caught.value.arrived is False
        assert isinstance(caught.value, requests.ConnectionError)

    def test_cut_short(self):
        """An answer that breaks off is tried again, with urllib3 1.26 too."""
        cut = servers.http(body=TOKEN)[:-5]
        with servers.Script(cut, servers.http(body=TOKEN)) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
        assert len(server.requests) == 2


def test_logs_tell_and_keep(caplog):
    """At DEBUG the attempts are told, by us and by urllib3, and no secret is."""
    caplog.set_level(logging.DEBUG)
    answer = servers.http(body={**TOKEN, "refresh_token": "RT-new"})
    with servers.Script(servers.http(503), answer) as server:
        endpoint(server, client_auth="body").ask(REFRESH)
    told = [r.getMessage() for r in caplog.records if r.name == "requests_xauth"]
    line = rf"Acme: refresh_token at 127\.0\.0\.1:{server.port}: HTTP %s after \d\d?\.\d+ s"
    assert re.fullmatch(line % 503, told[0])
    assert re.fullmatch(line % 200, told[-1])
    assert not re.search(r"my-secret|RT-old|RT-new|AT-1", caplog.text)


@pytest.mark.parametrize(
    ("timeout", "deadline_s"),
    [
        ((5, 30), 60),
        ((5, 58), 60),
        (40, 60),
        (60, 60),
        (70, 70),
        ((5, 120), 120),
        (Timeout(total=70), 70),
        (None, 60),
    ],
)
def test_deadline(timeout, deadline_s):
    """No question takes longer than a minute, or than a longer timeout that was given."""
    assert Endpoint(m2m.provider("https://a.example"), GRANT).deadline_s == 60
    asking = Endpoint(m2m.provider("https://a.example"), GRANT, timeout=timeout)
    assert asking.deadline_s == pytest.approx(deadline_s)


def test_endpoint_travels():
    """An endpoint without a session can be pickled, its hooks too."""
    asking = endpoint("https://a.example")
    asking.compliance_hook["access_token_response"].add(len)
    copy = pickle.loads(pickle.dumps(asking))
    assert copy.compliance_hook == asking.compliance_hook
    assert copy.deadline_s == asking.deadline_s
