"""One POST: its deadline, its size, its session, the road it takes."""

import base64
import gzip
import io
import os
import re
import signal
import socket
import sys
import threading
import zlib
from pathlib import Path

import pytest
import requests
import servers
from requests.adapters import BaseAdapter, HTTPAdapter
from test_endpoint import GRANT, TOKEN, endpoint, failed

from requests_xauth import errors
from requests_xauth._line import Line
from requests_xauth._provider import Provider
from requests_xauth._wire import LIMIT, PLAIN

HEAD = b"HTTP/1.1 200 OK\r\n"
THREAD = "requests-xauth token request"


def settled():
    """Wait for the threads of token requests to end; tell whether they have."""
    ours = [t for t in threading.enumerate() if t.name == THREAD]
    for thread in ours:
        thread.join(5)
    return not any(thread.is_alive() for thread in ours)


def descriptors():
    """Return how many descriptors this process has, 0 where nobody tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


class TestDeadline:
    """It ends, whatever the server does."""

    @pytest.mark.parametrize(
        "answer",
        [
            servers.silence,
            servers.drip(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
            servers.drip(HEAD, b"X"),
            servers.drip(HEAD + b"Content-Length: 999999\r\n\r\n", b" "),
            servers.drip(HEAD + b"\r\n", b" "),
            servers.drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
            servers.drip(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b" "),
            servers.drip(b"HTTP/1.1 503 Busy\r\n\r\n", b" "),
        ],
    )
    @pytest.mark.parametrize("tls", [False, True])
    def test_slow_answers(self, answer, tls):
        """Slow headers, slow bodies: late, told so, and nothing stays behind."""
        session = requests.Session()
        session.verify = servers.LOOPBACK
        with servers.Script(answer, tls=tls) as server:
            before = descriptors()
            asking = endpoint(server, session=session, timeout=0.25, deadline_s=0.3)
            asking._timeout = (5, 5)  # a read timeout alone would end the silence
            asking.deadline_s = 0.3
            with pytest.raises(
                errors.ProviderUnavailable,
                match=rf"^Acme did not answer the token request at 127\.0\.0\.1:"
                rf"{server.port} within 0\.3 s\. Try again later\.$",
            ) as caught:
                asking.ask(GRANT.form(), may_resend=lambda: 1 / 0)
            assert settled()
            # One more for the server's own; fewer where garbage was collected meanwhile.
            assert descriptors() <= before + 1
        # A handshake may take as long as that.
        assert caught.value.arrived or not any(server.requests)
        assert caught.value.__cause__ is None

    def test_in_time(self):
        """A slow answer that comes in time is taken."""
        head = HEAD + b"Content-Length: 24\r\n\r\n"

        def slowly(connection, stop):
            connection.sendall(head)
            for letter in b'{"access_token": "AT-1"}':
                stop.wait(0.002)
                connection.sendall(bytes([letter]))

        with servers.Script(slowly) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
        assert settled()

    @pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's full queues")
    def test_before_a_connection(self):
        """What is late before it was sent did not arrive, and is not sent any more."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        filling = []
        with listener:
            # The queue of a listener that accepts nobody fills up; then connects hang.
            while True:
                sock = socket.socket()
                filling.append(sock)
                sock.settimeout(0.2)
                try:
                    sock.connect(listener.getsockname())
                except TimeoutError:
                    break
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            asking = endpoint(url, timeout=5, deadline_s=0.3)
            asking.deadline_s = 0.3
            with pytest.raises(errors.ProviderUnavailable) as caught:
                asking.ask(GRANT.form())
            assert caught.value.arrived is False
            for sock in filling:
                sock.close()
        assert settled()

    def test_longer_timeout_raises_the_deadline(self):
        """A timeout longer than the deadline raises it; a shorter one leaves it."""
        assert endpoint("https://a.example", timeout=(5, 90)).deadline_s == 90
        assert endpoint("https://a.example", timeout=(1, 2)).deadline_s == 5
        assert endpoint("https://a.example", timeout=None).deadline_s == 5

    def test_read_timeout(self):
        """The read timeout is told as such, and tried again."""
        with servers.Script(servers.silence, servers.http(body=TOKEN)) as server:
            assert endpoint(server, timeout=1).ask(GRANT.form()).bearer == "AT-1"
            assert len(server.requests) >= 2

    @pytest.mark.parametrize(
        ("answer", "timeout", "words"),
        [
            (servers.silence, 0.2, "did not answer the token request"),
            (
                servers.drip(HEAD + b"Content-Length: 9\r\n\r\n", b" ", 3),
                1,  # the head has to come in it
                "did not finish its answer to the token request",
            ),
        ],
    )
    def test_read_timeout_words(self, answer, timeout, words):
        """Before the answer or within it: each is told as what it is."""
        with servers.Script(answer) as server:
            error = failed(server, errors.ProviderUnavailable, timeout=timeout)
        assert str(error) == (
            f"Acme {words} at 127.0.0.1:{server.port} in time. Try again later, or give a"
            " longer timeout=."
        )
        assert error.arrived

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a signal")
    def test_interrupted(self):
        """Ctrl-C while waiting ends the exchange too."""
        reached = threading.Event()

        def answer(connection, stop):
            reached.set()
            os.kill(os.getpid(), signal.SIGINT)
            stop.wait(10)

        with servers.Script(answer) as server:
            with pytest.raises(KeyboardInterrupt):
                endpoint(server).ask(GRANT.form())
            assert reached.is_set()
            assert settled()

    def test_without_threads(self, monkeypatch):
        """Where no thread can be started, as at shutdown, it runs in place."""
        real = threading.Thread.start

        def start(thread):
            # The server needs its threads.
            if thread.name == THREAD:
                raise RuntimeError("can't start new thread")
            real(thread)

        with servers.Script(servers.http(body=TOKEN), servers.silence) as server:
            monkeypatch.setattr(threading.Thread, "start", start)
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
            with pytest.raises(errors.ProviderUnavailable, match="in time"):
                endpoint(server, timeout=0.2).ask(GRANT.form(), retries=False)

    def test_ended_line(self):
        """A connection that comes after the end is closed, not used."""
        line = Line()
        line.end()
        sock = socket.socket()
        with pytest.raises(TimeoutError):
            line.watch(sock, sock)
        assert sock.fileno() == -1
        assert not line.connected

    def test_ended_twice(self):
        """A line may end when its handle is closed already."""
        left, right = socket.socketpair()
        with left, right:
            line = Line()
            line.watch(left, left)
            line.close()
            line.end()
            assert line.connected


class TestSize:
    """No more than one MiB, packed or not."""

    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b" " * (LIMIT + 1), {}),
            (gzip.compress(b" " * 30 * LIMIT), {"Content-Encoding": "gzip"}),
            (zlib.compress(b" " * 30 * LIMIT), {"Content-Encoding": "deflate"}),
        ],
    )
    def test_too_long(self, status, body, headers):
        """Longer ones, gzip bombs too, are an error that holds none of it."""
        with servers.Script(servers.http(status, body, headers)) as server:
            error = failed(server, errors.TokenRequestError)
        said = {
            200: "Acme answered the token request (HTTP 200) with more than 1 MiB. Check"
            f" that {server.url}/token is the token URL.",
            400: "Acme refused the token request (HTTP 400, with more than 1 MiB). Look"
            " at the error's response.",
        }
        assert str(error) == said[status]
        assert error.response.content == b""

    def test_too_long_403(self):
        """A body that is too long is not an empty one."""
        with servers.Script(servers.http(403, b" " * (LIMIT + 1))) as server:
            failed(server, errors.TokenRequestError)

    def test_endless(self):
        """An endless answer is not read to its end."""

        def endless(connection, stop):
            connection.sendall(HEAD + b"\r\n")
            while not stop.is_set():
                connection.sendall(b" " * 65536)

        with servers.Script(endless) as server:
            error = failed(server, errors.TokenRequestError)
        assert "more than 1 MiB" in str(error)

    def test_long_enough(self):
        """One of nearly a MiB is read."""
        body = b'{"access_token": "AT-1", "x": "' + b"y" * (LIMIT - 40) + b'"}'
        with servers.Script(servers.http(200, body)) as server:
            assert len(endpoint(server).ask(GRANT.form()).extra["x"]) == LIMIT - 40

    @pytest.mark.parametrize(
        ("name", "pack"),
        [
            ("gzip", gzip.compress),
            ("X-GZip", gzip.compress),
            ("deflate", zlib.compress),
        ],
    )
    def test_packed(self, name, pack):
        """Packed answers are unpacked, though we never ask for them."""
        body = pack(servers.http(body=TOKEN).split(b"\r\n\r\n")[1])
        answer = servers.http(200, body, {"Content-Encoding": name})
        with servers.Script(answer) as server:
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
        assert server.header("Accept-Encoding") == "identity"

    @pytest.mark.parametrize(
        ("encoding", "why"),
        [
            ("br", "in an encoding that was not asked for"),
            ("gzip, gzip", "in an encoding that was not asked for"),
            ("gzip", "with what cannot be unpacked"),
        ],
    )
    def test_unreadable(self, encoding, why):
        """What cannot be unpacked is told so."""
        answer = servers.http(200, b"{}", {"Content-Encoding": encoding})
        with servers.Script(answer) as server:
            error = failed(server, errors.TokenRequestError)
        assert f"(HTTP 200) {why}. Check that" in str(error)


class TestSession:
    """What a token request takes of session=, and what never."""

    def test_nothing_but_the_road(self, tmp_path, monkeypatch):
        """No auth, header, cookie, hook or parameter of the session, and no netrc."""
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password pw\n")
        monkeypatch.setenv("NETRC", str(netrc))
        session = requests.Session()
        session.auth = ("me", "pw")
        session.headers["X-Mine"] = "1"
        session.params["q"] = "1"
        session.cookies.set("c", "1", domain="127.0.0.1")
        session.hooks["response"].append(lambda r, **kw: 1 / 0)
        with servers.Script(servers.http(body=TOKEN)) as server:
            endpoint(server, session=session, client_auth="none").ask(GRANT.form())
        assert server.requests[0].startswith(b"POST /token HTTP")
        for name in ("Authorization", "X-Mine", "Cookie"):
            assert server.header(name) is None

    def test_netrc_would_be_used(self, tmp_path, monkeypatch):
        """The twin: requests itself does use that netrc."""
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password pw\n")
        monkeypatch.setenv("NETRC", str(netrc))
        with servers.Script(servers.http()) as server:
            requests.post(server.url, timeout=5)
        assert server.header("Authorization")

    def test_cookies(self):
        """A cookie of one answer does not go with the next attempt or question."""
        busy = servers.http(503, b"", {"Set-Cookie": "a=b"})
        answer = servers.http(200, TOKEN, {"Set-Cookie": "a=b"})
        with servers.Script(busy, answer) as server:
            asking = endpoint(server, session=requests.Session())
            asking.ask(GRANT.form())
            asking.ask(GRANT.form())
        assert len(server.requests) == 3
        assert [server.header("Cookie", n) for n in range(3)] == [None] * 3

    def test_proxy(self):
        """The session's proxy is used, before the environment's."""
        with servers.Script(servers.http(body=TOKEN)) as proxy:
            session = requests.Session()
            session.proxies = {"http": proxy.url}
            asking = endpoint("http://127.0.0.1:9", session=session)
            assert asking.ask(GRANT.form()).bearer == "AT-1"
        assert proxy.requests[0].startswith(b"POST http://127.0.0.1:9/token HTTP")

    def test_environment(self, monkeypatch):
        """The environment's proxy is used, unless trust_env is off."""
        with servers.Script(servers.http(body=TOKEN)) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("NO_PROXY", "")
            monkeypatch.setenv("no_proxy", "")
            asking = endpoint("http://127.0.0.1:9")
            assert asking.ask(GRANT.form()).bearer == "AT-1"
            session = requests.Session()
            session.trust_env = False
            with pytest.raises(
                errors.ProviderUnavailable, match=r"127\.0\.0\.1:9: .*refused"
            ):
                endpoint("http://127.0.0.1:9", session=session).ask(
                    GRANT.form(), retries=False
                )

    @pytest.mark.parametrize(
        "proxy", ["http://proxy.example:3128", "proxy.example", "["]
    )
    def test_no_proxy_of_another_machine(self, monkeypatch, proxy):
        """Plain http, which is for this machine alone, goes through no other machine."""
        with servers.Script(servers.http(body=TOKEN)) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy)
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.setenv(name, "")
            session = requests.Session()
            session.proxies = {"http": proxy, "all": proxy}
            assert endpoint(server).ask(GRANT.form()).bearer == "AT-1"
            told = endpoint(server, session=session).ask(GRANT.form())
            assert told.bearer == "AT-1"
        assert len(server.requests) == 2

    @pytest.mark.parametrize("path", ["/token", "/token?tenant=1"])
    def test_dead_proxy(self, path):
        """A proxy that is not there is named as the one that failed."""
        with servers.Script(b"") as proxy:
            pass
        session = requests.Session()
        session.proxies = {"https": proxy.url}
        error = failed(
            "https://a.example", errors.ProviderUnavailable, session=session, path=path
        )
        assert re.fullmatch(
            r"Acme could not be reached at a\.example through the proxy 127\.0\.0\.1:\d+:"
            r" .*refused.*\."
            r" Token requests do not use the verify and proxies of the API session: pass"
            r" session=, a requests\.Session that has them\.",
            str(error),
        )
        assert error.arrived is False

    @pytest.mark.parametrize("status", [407, 503])
    def test_unwilling_proxy(self, status):
        """A proxy that says no is asked once, and its password is not told."""
        with servers.Script(servers.http(status)) as proxy:
            session = requests.Session()
            session.proxies = {"https": proxy.url.replace("//", "//me:proxy-pw@")}
            with pytest.raises(errors.ProviderUnavailable, match=str(status)) as caught:
                endpoint("https://a.example", session=session).ask(GRANT.form())
        assert len(proxy.requests) == 1
        assert caught.value.arrived is False
        assert "proxy-pw" not in f"{caught.value} {caught.value.__cause__!r}"

    @pytest.mark.parametrize(
        "proxy", ["nonsense://127.0.0.1:9", "http://", "http://127.0.0.1:port"]
    )
    def test_no_proxy_at_all(self, proxy):
        """A proxy URL that is none is a setting to mend."""
        session = requests.Session()
        session.proxies = {"https": proxy}
        with pytest.raises(
            errors.ConfigError,
            match=r"^The token request of Acme cannot be sent to a\.example: .*session=",
        ):
            endpoint("https://a.example", session=session).ask(GRANT.form())

    def test_certificates(self, monkeypatch):
        """
        An unknown certificate is refused, and nothing is sent.

        The session's verify makes it known, or the environment's bundle; the session's
        goes first.
        """
        with servers.Script(servers.http(body=TOKEN), tls=True) as server:
            monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
            monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
            with pytest.raises(
                errors.ProviderUnavailable,
                match=r"^Acme could not be reached safely at 127\.0\.0\.1:\d+: .*"
                r"certificate verify failed.*\. Token requests do not use the verify and"
                r" proxies of the API session: pass session=",
            ) as caught:
                endpoint(server).ask(GRANT.form())
            assert caught.value.arrived is False
            assert server.requests == []
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", servers.LOOPBACK)
            assert endpoint(server).ask(GRANT.form())
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.devnull)
            session = requests.Session()
            session.verify = servers.LOOPBACK
            assert endpoint(server, session=session).ask(GRANT.form())

    def test_no_bundle(self):
        """A bundle that is not there is a setting to mend."""
        session = requests.Session()
        session.verify = "/nowhere/ca.pem"
        with pytest.raises(errors.ConfigError, match=r"cannot be sent to .*ca\.pem"):
            endpoint("https://127.0.0.1:9", session=session).ask(GRANT.form())

    def test_plain_where_tls_is_expected(self):
        """A plain server on a https URL is told as a matter of TLS."""
        with servers.Script(servers.http(400), reads=False) as server:
            url = server.url.replace("http:", "https:")
            error = failed(url, errors.ProviderUnavailable)
        assert str(error).startswith("Acme could not be reached safely at 127.0.0.1:")

    def test_plain_session(self):
        """The session is requests' own, whatever a cache has put in its place."""
        assert PLAIN.__module__ == "requests.sessions"


class Canned(BaseAdapter):
    """An adapter of a caller's own."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.closed = False

    def send(self, request, **kwargs):
        """Return the next answer, or raise it."""
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self):
        """Note it."""
        self.closed = True


def response(status=200, content=b'{"access_token": "AT-1"}', raw=None):
    """Return a response whose body is read, or can be from *raw*."""
    made = requests.Response()
    made.status_code = status
    made.url = "http://127.0.0.1/token"
    if raw is None:
        made._content = content
    made.raw = raw
    return made


def with_adapter(adapter, **more):
    """Return an endpoint whose requests go through *adapter*."""
    session = requests.Session()
    session.mount("http://", adapter)
    return endpoint("http://127.0.0.1:9", session=session, **more)


class TestAdapters:
    """An adapter of the caller's own carries token requests, and stays open."""

    def test_used(self):
        """It is used, tried again, and never closed."""
        canned = Canned(response(503), response())
        assert with_adapter(canned).ask(GRANT.form()).bearer == "AT-1"
        assert not canned.closed

    def test_raw(self):
        """A raw body that is a plain file does."""

        class Raw(io.BytesIO):
            def release_conn(self):
                pass

        canned = Canned(response(raw=Raw(b'{"access_token": "AT-1"}')))
        assert with_adapter(canned).ask(GRANT.form()).bearer == "AT-1"

    @pytest.mark.parametrize(
        ("error", "arrived"),
        [
            (requests.ConnectTimeout(), False),
            (requests.ReadTimeout(), True),
            (requests.ConnectionError("gone"), True),
        ],
    )
    def test_arrived(self, error, arrived):
        """Without sight of its connections, the error's kind tells."""
        with pytest.raises(errors.ProviderUnavailable) as caught:
            with_adapter(Canned(error)).ask(GRANT.form(), retries=False)
        assert caught.value.arrived is arrived

    def test_late(self):
        """It is left alone at the deadline; what it carried may have arrived."""
        ended = threading.Event()

        class Slow(Canned):
            def send(self, request, **kwargs):
                ended.wait(5)
                return response()

        asking = with_adapter(Slow(), timeout=0.1, deadline_s=0.2)
        with pytest.raises(
            errors.ProviderUnavailable, match=r"within 0\.2 s"
        ) as caught:
            asking.ask(GRANT.form())
        assert caught.value.arrived
        ended.set()
        assert settled()

    def test_foreign_failure(self):
        """What is no failure of the network passes as it is."""
        with pytest.raises(ZeroDivisionError):
            with_adapter(Canned(ZeroDivisionError())).ask(GRANT.form())

    def test_own_subclass(self):
        """A subclass of HTTPAdapter is the caller's own; the plain one is ours."""
        seen = []

        class Mine(HTTPAdapter):
            def send(self, request, **kwargs):
                seen.append(request.url)
                return super().send(request, **kwargs)

        with servers.Script(servers.http(body=TOKEN)) as server:
            session = requests.Session()
            session.mount("http://", Mine())
            endpoint(server, session=session).ask(GRANT.form())
            session.close()
        assert seen == [f"{server.url}/token"]


class TestCauses:
    """What a foreign error holds does not come along."""

    def test_emptied(self):
        """Neither request nor pool nor frame; the text stays."""
        with servers.Script(b"") as server:
            error = failed(server, errors.ProviderUnavailable)
        cause = error.__cause__
        assert isinstance(cause, requests.ConnectionError)
        assert cause.request is None
        assert cause.__traceback__ is None
        assert error.__context__ in {None, cause}

    def test_dropped(self):
        """A cause with a secret in its text goes."""
        told = requests.ConnectionError("sent my-secret in vain")
        with pytest.raises(errors.ProviderUnavailable) as caught:
            with_adapter(Canned(told)).ask(GRANT.form(), retries=False)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        assert str(caught.value) == (
            "Acme did not answer the token request at 127.0.0.1:9: sent *** in vain."
            " Try again later."
        )

    def test_basic_header(self):
        """The Basic header is a secret like what it is made of."""
        pair = base64.b64encode(b"my-client:my-secret").decode()
        told = requests.ConnectionError(f"sent {pair}")
        with pytest.raises(
            errors.ProviderUnavailable, match=r"sent \*\*\*\."
        ) as caught:
            with_adapter(Canned(told)).ask(GRANT.form(), retries=False)
        assert caught.value.__cause__ is None

    def test_no_words(self):
        """An error without a text is told by its name."""
        with pytest.raises(
            errors.ProviderUnavailable, match=r": ConnectionError\. Try"
        ):
            with_adapter(Canned(requests.ConnectionError())).ask(
                GRANT.form(), retries=False
            )

    def test_unreadable_headers(self):
        """Headers that contradict each other are an answer that cannot be read."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
        with servers.Script(answer) as server:
            error = failed(server, errors.TokenRequestError)
        assert str(error).startswith(
            f"Acme answered the token request at 127.0.0.1:{server.port} with headers that"
            " cannot be read: "
        )

    def test_provider_is_told(self):
        """Whose endpoint it was is on the error, whichever it is."""
        error = failed("http://127.0.0.1:9", errors.ProviderUnavailable)
        assert error.provider == "Acme"
        assert Provider("Acme", "http://127.0.0.1:9").name == error.provider
