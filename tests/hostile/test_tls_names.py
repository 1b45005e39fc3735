"""The providers under their own names, by TLS: what users run, without base_url."""

import contextlib
import datetime as dt
import importlib
import threading

import pytest
import requests
from helpers import renewals_done, service_of, session_with
from hostile.roads import DETOURS, Proxy, names_of
from login.people import leave_out
from names import CERTIFICATE

from requests_xauth import M2MAuth, XeeAuth, XMLdationAuth, XPKitAuth, errors

NAMES = (
    *("*.emea.xpkit.net", "*.china.xpkit.cn", "cloud.xee.com", "*.xmldation.com"),
    "iot.example.com",
)
# Service of the sandbox, host of the token endpoint, host of the API; how it is made.
PRESETS = {
    "emea": ("xpkit", "auth.emea.xpkit.net", "profiles.emea.xpkit.net"),
    "china": ("xpkit", "auth.china.xpkit.cn", "profiles.china.xpkit.cn"),
    "xee": ("xee", "cloud.xee.com", "cloud.xee.com"),
    "xmldation": ("xmldation", "auth.xmldation.com", "api.xmldation.com"),
    "m2m": ("m2m", "iot.example.com", "iot.example.com"),
}


def auth_named(box, name, **more):
    """Return a preset as a user writes it."""
    service = service_of(box, PRESETS[name][0])
    given = {k: v for k, v in service.credentials.items() if k != "base_url"}
    given |= more
    if name == "xee":
        return XeeAuth(refresh_token=service.issue_refresh_token(), **given)
    if name == "xmldation":
        return XMLdationAuth(**given)
    if name == "m2m":
        return M2MAuth("https://iot.example.com", **given)
    return XPKitAuth(name, **given)


def url_of(box, name):
    """Return the API's URL under the provider's own name."""
    service, _, host = PRESETS[name]
    return f"https://{host}{service_of(box, service).api_path}"


@pytest.fixture(autouse=True)
def _no_detours(monkeypatch):
    for name in (*DETOURS, "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def known(monkeypatch):
    """Let the environment name the certificate of the names as one to trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", CERTIFICATE)


@pytest.mark.parametrize("name", PRESETS)
def test_presets(box, clock, known, name):
    """
    A preset gets its token and its API's answer under the providers' own names.

    Also when the token ends: token endpoint and API are the only hosts ever asked.
    """
    service, token_host, api_host = PRESETS[name]
    service = service_of(box, service)
    with names_of(box) as names:
        session = session_with(auth_named(box, name, clock=clock))
        first = session.get(url_of(box, name))
        service.expire()
        second = session.get(url_of(box, name))
        renewals_done()
        session.close()

    assert (200, 200) == (first.status_code, second.status_code)
    assert ([], 1) == (first.history, len(second.history))
    assert 2 == service.token_requests
    assert {token_host, api_host} == set(names.asked)


def test_another_region(box, clock, known):
    """
    The token of one region does not go to the names of another.
    """
    with names_of(box) as names:
        session = session_with(auth_named(box, "emea", clock=clock))
        with pytest.warns(errors.UnsignedRequestWarning, match="region='china'"):
            answer = session.get(url_of(box, "china"))
        session.close()

    assert 403 == answer.status_code
    assert ["profiles.china.xpkit.cn"] == names.asked
    assert 0 == box.xpkit.token_requests
    assert "authorization" not in box.xpkit.requests[-1].headers


def lasting(days):
    """Return for how long a certificate is good that was made ten days ago."""
    now = dt.datetime.now(dt.timezone.utc)
    began = now - dt.timedelta(days=10)
    return {"not_before": began, "not_after": now + dt.timedelta(days=days)}


class Authorities:
    """An authority that is trusted, and one that nobody knows."""

    def __init__(self, folder):
        try:
            trustme = importlib.import_module("trustme")
        except ImportError:
            leave_out("No trustme: pip install trustme")
        self._ours, self._nobodys = trustme.CA(), trustme.CA()
        self.bundle = str(folder / "ca.pem")
        self._ours.cert_pem.write_to_path(self.bundle)

    def certificate(self, kind):
        """Return a certificate that is good, or wrong in the way of that name."""
        if kind == "unknown authority":
            return self._nobodys.issue_cert(*NAMES)
        if kind == "expired":
            return self._ours.issue_cert(*NAMES, **lasting(-1))
        if kind == "another name":
            return self._ours.issue_cert("auth.emea.xpkit.net.evil.example")
        return self._ours.issue_cert(*NAMES, **lasting(1))


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """The two, made once."""
    return Authorities(tmp_path_factory.mktemp("authorities"))


WRONG = {
    "unknown authority": "unable to get local issuer certificate|self.signed",
    "expired": "certificate has expired",
    "another name": "Hostname mismatch, certificate is not valid for 'auth.emea",
}


class TestCertificates:
    """A certificate that is not the provider's."""

    @pytest.mark.parametrize("kind", WRONG)
    def test_wrong(self, box, clock, authorities, monkeypatch, kind):
        """
        Nothing is sent, and the error says where, why, and how to name one to trust.
        """
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authorities.bundle)
        with names_of(box, authorities.certificate(kind)) as names:
            session = session_with(auth_named(box, "emea", clock=clock))

            with pytest.raises(
                errors.ProviderUnavailable,
                match=r"^XPKit could not be reached safely at auth\.emea\.xpkit\.net: "
                rf".*({WRONG[kind]}).*pass session=, a requests\.Session",
            ) as caught:
                session.get(url_of(box, "emea"))

        assert {"auth.emea.xpkit.net"} == set(names.asked)
        assert [] == box.xpkit.requests
        assert box.xpkit.client_secret not in f"{caught.value!r}"

    @pytest.mark.parametrize("kind", WRONG)
    def test_wrong_at_the_api(self, box, clock, authorities, monkeypatch, kind):
        """
        The bearer does not go to an API that cannot show its certificate either.
        """
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authorities.bundle)
        auth = auth_named(box, "emea", clock=clock)
        with names_of(box, authorities.certificate("good")):
            auth.renew()
        with (
            names_of(box, authorities.certificate(kind)),
            pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY"),
        ):
            session_with(auth).get(url_of(box, "emea"))

        assert ["token"] == [r.at for r in box.xpkit.requests]

    def test_the_twin(self, box, clock, authorities, monkeypatch):
        """
        A good certificate of the same authority is taken.
        """
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authorities.bundle)
        with names_of(box, authorities.certificate("good")):
            session = session_with(auth_named(box, "emea", clock=clock))

            assert 200 == session.get(url_of(box, "emea")).status_code
            session.close()

    def test_named_by_a_session(self, box, clock, authorities):
        """
        What session= trusts counts for token requests, and only what it trusts.
        """
        with names_of(box, authorities.certificate("good")):
            session = session_with(None)
            session.verify = authorities.bundle
            session.auth = auth_named(box, "emea", clock=clock, session=session)
            assert 200 == session.get(url_of(box, "emea")).status_code
            session.auth = auth_named(box, "xmldation", clock=clock)
            with pytest.raises(
                errors.ProviderUnavailable, match=r"at auth\.xmldation\.com: .*session="
            ):
                session.get(url_of(box, "xmldation"))
            session.close()


@contextlib.contextmanager
def proxy_to(names, refusal=None):
    """Give a proxy whose tunnels end at *names*."""
    with Proxy(names.server_address[1], refusal) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join(10)


PASSWORD = "proxy-pw-Zq7"


class TestProxy:
    """Token requests and API calls through a proxy's tunnels."""

    def session(self, box, clock, monkeypatch, proxy, by):
        """Return a session that goes through *proxy*, as a user sets that up."""
        url = f"http://me:{PASSWORD}@{proxy.place}"
        session = session_with(None)
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", url)
            session.auth = auth_named(box, "emea", clock=clock)
            return session
        session.proxies = {"https": url}
        session.auth = auth_named(box, "emea", clock=clock, session=session)
        return session

    @pytest.mark.parametrize("by", ["session", "environment"])
    def test_tunnels(self, box, clock, known, monkeypatch, by):
        """
        It is asked for the right hosts, and sees nothing of what goes through.

        Its own password goes to it, and no further.
        """
        with names_of(box) as names, proxy_to(names) as proxy:
            session = self.session(box, clock, monkeypatch, proxy, by)
            answer = session.get(url_of(box, "emea"))
            bearer = session.auth.token.bearer
            session.close()

        hosts = ["auth.emea.xpkit.net:443", "profiles.emea.xpkit.net:443"]
        seen = b"".join(proxy.heads) + proxy.carried
        there = b"".join(repr((r.headers, r.body)).encode() for r in box.xpkit.requests)
        assert 200 == answer.status_code
        assert hosts == proxy.hosts()
        assert all(b"\r\nProxy-Authorization: Basic " in head for head in proxy.heads)
        for secret in (box.xpkit.client_secret.encode(), bearer.encode(), b"Bearer"):
            assert secret in there
            assert secret not in seen
        assert b"proxy-authorization" not in there.lower()

    @pytest.mark.parametrize("by", ["session", "environment"])
    def test_unwilling(self, box, clock, known, monkeypatch, by):
        """
        Where it wants to know who asks the error names it, and not the password.
        """
        refusal = (
            b"HTTP/1.1 407 Proxy Authentication Required\r\n"
            b'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
        )
        with names_of(box) as names, proxy_to(names, refusal) as proxy:
            session = self.session(box, clock, monkeypatch, proxy, by)
            with pytest.raises(
                errors.ProviderUnavailable,
                match=r"^XPKit could not be reached at auth\.emea\.xpkit\.net through the"
                rf" proxy {proxy.place}: .*407 Proxy Authentication Required",
            ) as caught:
                session.get(url_of(box, "emea"))

        told = f"{caught.value!r} {caught.value.__cause__!r} {vars(caught.value)!r}"
        assert ["auth.emea.xpkit.net:443"] == proxy.hosts()
        assert [] == names.asked
        assert PASSWORD not in told
        assert box.xpkit.client_secret not in told
