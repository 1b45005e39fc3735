"""auth.login() with a browser on this machine: the whole way, and its ends."""

import socket
import threading
import webbrowser
from urllib.parse import parse_qs, urlsplit

import made
import pytest
import requests
from helpers import in_parallel
from login.people import callback_of, needs_ipv6, spoken
from oauth import opened
from ports import free_port

from requests_xauth import XAuth, XeeAuth, XPKitAuth, errors, grants
from requests_xauth.stores import MemoryStore


def form_of(service):
    """Return the form of the last token request."""
    [*_, last] = [record for record in service.requests if record.at == "token"]
    return {name: value[0] for name, value in parse_qs(last.body.decode()).items()}


class TestLoggedIn:
    """What a login that succeeds has done."""

    def test_xee(self, box, xee, browser):
        """
        The token is there and used, and the browser shows that it went well.
        """
        opener = browser()

        token = xee.login(open_browser=opener)
        opener.close()

        assert token == xee.token
        assert 200 == requests.get(box.xee.api_url, auth=xee).status_code
        assert 200 == opener.answer.status_code
        assert "Logged in to Xee" in opener.answer.text

    def test_port_of_its_own(self, box, xpkit, browser):
        """
        A redirect URI without a port gets one that is free, and the exchange repeats it.
        """
        opener = browser()

        xpkit.login(open_browser=opener)

        sent = callback_of(opener.url)
        assert sent == form_of(box.xpkit)["redirect_uri"]
        assert urlsplit(sent).port not in {None, 80}
        assert "/callback" == urlsplit(sent).path

    def test_given_port(self, box, clock, browser):
        """
        A port that is given is used, twice if need be.
        """
        uri = f"http://127.0.0.1:{free_port()}/callback"
        auth = XeeAuth(**{**box.xee.credentials, "redirect_uri": uri}, clock=clock)

        for _ in range(2):
            opener = browser()
            auth.login(open_browser=opener)
            assert uri == callback_of(opener.url)

    @pytest.mark.parametrize("uri", ["http://localhost/callback", "http://[::1]/"])
    def test_other_loopback(self, box, clock, browser, uri):
        """
        "localhost" is served too, and the address of IPv6.
        """
        needs_ipv6()
        box.xee.redirect_uri = uri
        auth = XeeAuth(**{**box.xee.credentials, "redirect_uri": uri}, clock=clock)

        assert auth.login(open_browser=browser()) == auth.token

    def test_redirect_uri_given_to_login(self, box, xee, browser):
        """
        A redirect URI may be given to the login alone.
        """
        uri = "http://127.0.0.1/callback?from=here"
        box.xee.redirect_uri = uri
        opener = browser()

        xee.login(open_browser=opener, redirect_uri=uri)

        assert callback_of(opener.url).endswith("/callback?from=here")

    def test_more_parameters(self, xee, browser):
        """
        More parameters of the link are sent, none that would undo its safeguards.
        """
        opener = browser()

        xee.login(open_browser=opener, prompt="consent")

        assert ["consent"] == parse_qs(urlsplit(opener.url).query)["prompt"]
        with pytest.raises(errors.ConfigError, match="response_type, state itself"):
            xee.login(open_browser=browser(), response_type="token", state="x")

    def test_the_link_is_shown(self, xee, browser, capsys):
        """
        While it waits it says for what, and shows the link; standard output is free.
        """
        opener = browser()

        xee.login(open_browser=opener, timeout_s=60)

        shown = capsys.readouterr()
        assert "" == shown.out
        assert "Waiting up to 60 s for you to log in to Xee" in shown.err
        assert f"\n    {opener.url}\n" in shown.err

    def test_session(self, xee, browser):
        """
        A session offers the same, and returns the token as a dict.
        """
        oauth = opened(xee)

        token = oauth.login(open_browser=browser())

        assert token == oauth.token
        assert xee.token.access_token == token["access_token"]

    def test_registered_browser(self, xee, browser, monkeypatch):
        """
        Otherwise it is the system's browser that is opened.
        """
        opener = browser()

        class Registered(webbrowser.BaseBrowser):
            def open(self, url, new=0, autoraise=True):  # noqa: FBT002  # its signature
                return opener(url)

        monkeypatch.setattr(webbrowser, "_browsers", {})
        monkeypatch.setattr(webbrowser, "_tryorder", [])
        webbrowser.register("test", None, Registered("test"), preferred=True)

        assert xee.login(open_browser=True) == xee.token

    def test_opener_that_stays(self, xee, browser):
        """
        An opener that returns when the browser is closed is not waited for.
        """
        opener, end = browser(), threading.Event()

        def stays(url):
            opener(url)
            end.wait(20)

        try:
            assert xee.login(open_browser=stays) == xee.token
        finally:
            end.set()

    def test_port_is_closed(self, xee, browser):
        """
        After the answer nobody listens any more.
        """
        opener = browser()

        xee.login(open_browser=opener)

        with pytest.raises(ConnectionRefusedError):
            spoken(callback_of(opener.url), b"")

    def test_two_at_once(self, box, clock, browser):
        """
        Two logins at once do not meet: each has a port and a state of its own.
        """
        uri, store = "http://127.0.0.1/callback", MemoryStore()
        given = {**box.xee.credentials, "redirect_uri": uri, "clock": clock}
        people = iter(["ada", "bob"])
        openers = [browser(), browser()]
        free = iter(openers)

        def log_in():
            auth = XeeAuth(**given, store=store, account=next(people))
            return auth.login(open_browser=next(free))

        first, second = in_parallel(2, log_in)

        assert first.access_token != second.access_token
        assert 2 == len({callback_of(opener.url) for opener in openers})


class TestFailed:
    """What a login that fails says."""

    def test_denied(self, box, xpkit, browser):
        """
        Who says no is told that the program has no access, and so is the program.
        """
        opener = browser("deny")

        with pytest.raises(errors.LoginRequired, match="access_denied") as caught:
            xpkit.login(open_browser=opener)
        opener.close()

        assert "access_denied" == caught.value.code
        assert 403 == opener.answer.status_code
        assert "Access was denied" in opener.answer.text
        assert 0 == box.xpkit.token_requests

    def test_wrong_secret(self, box, clock, browser):
        """
        An error of the exchange is raised, and shown before the browser is sent off.
        """
        given = {**box.xee.credentials, "redirect_uri": "http://127.0.0.1/callback"}
        auth = XeeAuth(**{**given, "client_secret": "wrong"}, clock=clock)
        opener = browser()

        with pytest.raises(errors.TokenRequestError, match="Invalid authentication"):
            auth.login(open_browser=opener)
        opener.close()

        assert 400 == opener.answer.status_code
        assert "Invalid authentication" in opener.answer.text

    def test_too_late(self, xee):
        """
        When nobody comes in time, the error says what to do.
        """
        with pytest.raises(
            errors.LoginRequired, match=r"within 0 s\. Call login\(\) again"
        ):
            xee.login(open_browser=lambda _: None, timeout_s=0.05)

    def test_no_state_in_time(self, box, xee, browser):
        """
        Where the provider sends no state and nobody can be asked, the error says so.
        """
        box.xee.echo_state = False
        # A busy machine's browser may come too late for the first.
        for timeout_s in (1, 5):
            opener = browser()
            with pytest.raises(errors.LoginRequired) as caught:
                xee.login(open_browser=opener, timeout_s=timeout_s)
            opener.close()
            if opener.answer is not None:
                break

        assert "came back without a state" in str(caught.value)
        assert 400 == opener.answer.status_code
        assert "Not finished yet" in opener.answer.text
        assert 0 == box.xee.token_requests

    @pytest.mark.parametrize("timeout_s", [0, -1, 601, float("nan"), "5", True])
    def test_timeout(self, xee, timeout_s):
        """
        A timeout that cannot be is refused; a login is good for ten minutes.
        """
        with pytest.raises(errors.ConfigError, match="at most 600"):
            xee.login(open_browser=False, timeout_s=timeout_s)

    def test_port_taken(self, box, clock, browser):
        """
        A port that somebody else has is told of, and no link is shown.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            uri = f"http://127.0.0.1:{other.getsockname()[1]}/callback"
            auth = XeeAuth(**{**box.xee.credentials, "redirect_uri": uri}, clock=clock)
            opener = browser()

            with pytest.raises(
                errors.ConfigError, match="login\\(open_browser=False\\)"
            ):
                auth.login(open_browser=opener)

        assert opener.url is None

    def test_machine(self, box, clock):
        """
        Nobody logs in with a machine's grant.
        """
        auth = XPKitAuth(**box.xpkit.credentials, clock=clock)

        with pytest.raises(errors.ConfigError, match="Nobody logs in with XPKitAuth"):
            auth.login()

    def test_opener_that_raises(self, xee):
        """
        What the caller's own opener raises reaches the caller.
        """

        def broken(url):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            xee.login(open_browser=broken)

    def test_interrupted(self, box, clock, browser):
        """
        Whoever interrupts the exchange leaves no open port and no open connection.
        """

        def interrupted():
            if box.xee.requests:
                raise KeyboardInterrupt
            return clock()

        given = {**box.xee.credentials, "redirect_uri": "http://127.0.0.1/callback"}
        auth, opener = XeeAuth(**given, clock=interrupted), browser()

        with pytest.raises(KeyboardInterrupt):
            auth.login(open_browser=opener)
        opener.close()

        assert opener.answer is None
        with pytest.raises(ConnectionRefusedError):
            spoken(callback_of(opener.url), b"")

    def test_store_that_fails(self, box, clock, browser):
        """
        A token that cannot be kept is told of on the page too.
        """

        class Full(MemoryStore):
            def save(self, key, text, *, expires_at=None):
                if "access_token" in text:
                    raise errors.StoreError("No space left.")
                super().save(key, text, expires_at=expires_at)

        given = {**box.xee.credentials, "redirect_uri": "http://127.0.0.1/callback"}
        auth, opener = XeeAuth(**given, clock=clock, store=Full()), browser()

        with pytest.raises(errors.StoreError):
            auth.login(open_browser=opener)
        opener.close()

        assert "The login cannot be kept" in opener.answer.text


@pytest.mark.parametrize("issuer", [None, "https://auth.acme.example"])
def test_another_providers_redirect(issuer, box, browser):
    """
    Where the issuer is known, a redirect that names none or another is not believed.
    """
    acme = made.provider(
        name="Acme",
        token_url=box.xee.token_url,
        authorize_url=box.xee.token_url.replace("access_token", "auth"),
        issuer=issuer,
    )
    grant = grants.AuthorizationCode(
        box.xee.client_id,
        box.xee.client_secret,
        "http://127.0.0.1/callback",
        pkce=False,
    )
    auth = XAuth(acme, grant, client_auth="basic")

    if issuer is None:
        assert auth.login(open_browser=browser())
        return
    with pytest.raises(errors.LoginRequired, match="does not come from Acme"):
        auth.login(open_browser=browser())
    assert 0 == box.xee.token_requests
