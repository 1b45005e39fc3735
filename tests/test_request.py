"""The compliance hooks of a token request, as OAuth2Session has them."""

import json

import pytest
import requests
import requests_oauthlib
import servers
from requests_oauthlib import compliance_fixes
from test_endpoint import GRANT, REFRESH, TOKEN, endpoint

from requests_xauth import errors
from requests_xauth._request import HOOKS


def test_names():
    """The names are those of requests_oauthlib."""
    oauth2 = requests_oauthlib.OAuth2Session()
    assert set(HOOKS) == set(oauth2.compliance_hook)
    assert set(endpoint("https://a.example").compliance_hook) == set(HOOKS)


class TestRequestHooks:
    """A hook may change the URL, the headers and the body."""

    def test_access(self):
        """The hooks of a first token get keywords, with our form in data."""

        def hook(url, headers, request_kwargs):
            assert request_kwargs == {"data": {"grant_type": "client_credentials"}}
            assert headers["Accept"] == "application/json"
            request_kwargs["params"] = {"tenant": "1"}
            request_kwargs["data"]["audience"] = "x"
            return url + "/other", {**headers, "X-Mine": "1"}, request_kwargs

        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_request"].add(hook)
            asking.compliance_hook["refresh_token_request"].add(lambda *a: 1 / 0)
            asking.ask(GRANT.form())
        assert server.requests[0].startswith(b"POST /token/other?tenant=1 HTTP")
        assert server.header("X-Mine") == "1"
        assert server.header("Authorization")
        assert server.body() == "grant_type=client_credentials&audience=x"

    def test_refresh(self):
        """The hooks of a refresh get the encoded body."""

        def hook(url, headers, body):
            assert body == "grant_type=refresh_token&refresh_token=RT-old"
            return url, {**headers, "authorization": "Basic own"}, body + "&more=1"

        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            asking.compliance_hook["refresh_token_request"].add(hook)
            asking.compliance_hook["access_token_request"].add(lambda *a: 1 / 0)
            asking.ask(REFRESH)
        assert server.body() == "grant_type=refresh_token&refresh_token=RT-old&more=1"
        # What the hook has set is meant; two methods are never sent.
        assert server.header("Authorization") == "Basic own"
        assert server.requests[0].lower().count(b"authorization:") == 1

    def test_json(self):
        """A hook may send JSON instead."""

        def hook(url, headers, request_kwargs):
            headers = {"Accept": headers["Accept"]}
            return url, headers, {"json": request_kwargs["data"]}

        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_request"].add(hook)
            asking.ask(GRANT.form())
        assert json.loads(server.body()) == GRANT.form()
        assert server.header("Content-Type") == "application/json"

    def test_secret_of_a_hook(self):
        """A secret that a hook puts in is kept out of messages too."""
        for name, form in (("access", GRANT.form()), ("refresh", REFRESH)):
            asking, error = None, None
            refusal = servers.http(400, {"message": "got hook-secret"})
            with servers.Script(refusal) as server:
                asking = endpoint(server)
                asking.compliance_hook[f"{name}_token_request"].add(_with_secret)
                with pytest.raises(errors.TokenRequestError) as error:
                    asking.ask(form)
            assert "hook-secret" in server.body()
            assert "got *** (HTTP 400)" in str(error.value)
            assert "hook-secret" not in error.value.response.text

    def test_elsewhere(self):
        """A hook cannot send secrets over plain http to another machine."""
        asking = endpoint("https://a.example")
        hook = asking.compliance_hook["access_token_request"]
        hook.add(lambda url, headers, data: ("http://b.example/", headers, data))
        with pytest.raises(
            errors.ConfigError,
            match=r"^The token URL of Acme that a hook gave must be https, or http to a"
            r" loopback address: 'http://b\.example/'\.$",
        ):
            asking.ask(GRANT.form())

    def test_unknown_keyword(self):
        """A keyword that a token request does not take is named."""
        asking = endpoint("https://a.example")
        hook = asking.compliance_hook["access_token_request"]
        hook.add(lambda url, headers, given: (url, headers, {**given, "verify": False}))
        with pytest.raises(
            errors.ConfigError,
            match=r"^An access_token_request hook gave verify: a token request takes data,"
            r" params and json; for the rest there is session=\.$",
        ):
            asking.ask(GRANT.form())

    @pytest.mark.parametrize("form", [GRANT.form(), REFRESH])
    @pytest.mark.parametrize("given", [None, "abc", ("a", "b")])
    def test_not_three(self, form, given):
        """A hook that does not return what it was given is named."""
        asking = endpoint("https://a.example")

        def forgetful(url, headers, body):
            return given

        asking.compliance_hook["access_token_request"].add(forgetful)
        asking.compliance_hook["refresh_token_request"].add(forgetful)
        with pytest.raises(
            errors.ConfigError,
            match=r"forgetful must return what it was given, a tuple of three, not"
            rf" {type(given).__name__}\.$",
        ):
            asking.ask(form)

    @pytest.mark.parametrize("value", ["a\r\nb: c", 7, b"\xff\r\nb"])
    def test_impossible_header(self, value):
        """A header that cannot be sent is an error without its value."""
        asking = endpoint("https://a.example")
        hook = asking.compliance_hook["access_token_request"]
        hook.add(lambda url, headers, given: (url, {"X-Key": value}, given))
        with pytest.raises(
            errors.ConfigError,
            match=r"^The token request of Acme cannot be written \(InvalidHeader\): look at"
            r" its token URL and its token request hooks\.$",
        ) as caught:
            asking.ask(GRANT.form())
        assert caught.value.__context__ is None

    def test_header_beyond_latin_1(self):
        """A header that fails on its way to the socket does not come along either."""
        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            hook = asking.compliance_hook["access_token_request"]
            hook.add(lambda url, headers, given: (url, {"X-Key": "geheim→"}, given))
            with pytest.raises(
                errors.ConfigError,
                match=r"^The token request of Acme cannot be sent to 127\.0\.0\.1:\d+:"
                r" UnicodeEncodeError\.",
            ) as caught:
                asking.ask(GRANT.form())
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_lone_surrogate(self):
        """A value that no form can carry is an error without it."""
        with pytest.raises(errors.ConfigError, match=r"cannot be written \(Unicode"):
            endpoint("https://a.example").ask({**GRANT.form(), "code": "\ud800"})


def _with_secret(url, headers, given):
    if isinstance(given, str):
        return url, headers, f"{given}&client_secret=hook-secret"
    return url, headers, {"data": {**given["data"], "client_secret": "hook-secret"}}


class TestResponseHooks:
    """A hook may mend the answer, as those of requests_oauthlib do."""

    def test_mended(self):
        """A hook sets the content that is read."""

        def hook(r):
            assert r.request.url == f"{server.url}/token"
            answer = json.loads(r.text)
            assert r.json() == answer
            r._content = json.dumps({"access_token": answer["accessToken"]}).encode()
            return r

        with servers.Script(servers.http(body={"accessToken": "AT-9"})) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_response"].add(hook)
            assert asking.ask(GRANT.form()).bearer == "AT-9"
            with pytest.raises(errors.TokenRequestError, match="without access_token"):
                asking.ask(REFRESH)

    def test_fitbit(self):
        """A fix of requests_oauthlib itself works."""
        body = {"errors": [{"errorType": "invalid_client"}]}
        with servers.Script(servers.http(400, body)) as server:
            asking = endpoint(server)
            asking.register_compliance_hook = lambda name, hook: asking.compliance_hook[
                name
            ].add(hook)
            compliance_fixes.fitbit_compliance_fix(asking)
            for form in (GRANT.form(), REFRESH):
                with pytest.raises(errors.CredentialsRejected, match="invalid_client"):
                    asking.ask(form)

    @pytest.mark.parametrize("given", [None, {}, "text"])
    def test_no_response(self, given):
        """A hook that returns no response is named."""

        def forgetful(r):
            return given

        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_response"].add(forgetful)
            with pytest.raises(
                errors.ConfigError, match=r"forgetful returned no response\.$"
            ):
                asking.ask(GRANT.form())

    def test_failing(self):
        """A hook that fails on a token is named; on a refusal, the refusal is told."""

        def clumsy(r):
            return json.loads(r.text[:-1])

        with servers.Script(servers.http(body=TOKEN), servers.http(502)) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_response"].add(clumsy)
            with pytest.raises(
                errors.TokenRequestError, match=r"clumsy could not read that\. Look at"
            ) as caught:
                asking.ask(GRANT.form(), retries=False)
            assert isinstance(caught.value.__cause__, ValueError)
            # json keeps the document on its error; there was a token in it.
            assert not caught.value.__cause__.doc
            assert caught.value.__context__ in {None, caught.value.__cause__}
            with pytest.raises(errors.ProviderUnavailable, match="HTTP 502"):
                asking.ask(GRANT.form(), retries=False)

    def test_full_response(self):
        """The hooks get a whole response of requests."""
        seen = []
        with servers.Script(servers.http(body=TOKEN)) as server:
            asking = endpoint(server)
            asking.compliance_hook["access_token_response"].add(
                lambda r: seen.append(r) or r
            )
            asking.ask(GRANT.form())
        assert isinstance(seen[0], requests.Response)
        assert seen[0].status_code == 200
        assert seen[0].headers["content-length"]
