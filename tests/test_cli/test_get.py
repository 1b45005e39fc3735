"""``requests-xauth get``: the body on standard output, and an exit code for each end."""

import gzip
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from command_line import command, environ, process, run
from servers import LOOPBACK, Script, http

from requests_xauth import _tables
from requests_xauth._cli.ending import Code

LOGIN_FREE = ("xpkit", "xmldation", "m2m")


def get(service, *more, url=None, env=None, how=run):
    """Return what ``get`` did with a service's API, its token URL and its variables."""
    root = ("--provider", name_of(service), "--base-url", service.base_url)
    given = service.environ if env is None else env
    return how("get", url or service.api_url, *root, *more, env=given)


def name_of(service):
    """Return the name by which the command line knows a service."""
    return type(service).__name__.lower()


@pytest.fixture
def nobody():
    """Return host and port where nobody listens, nor begins to meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def ending(ran):
    """Return exit code and standard error, of a command run either way."""
    if hasattr(ran, "exit_code"):
        return ran.exit_code, ran.stderr
    return ran.returncode, ran.stderr.decode()


class TestAnswers:
    """What comes out when the API answers."""

    @pytest.mark.parametrize("name", LOGIN_FREE)
    def test_body_and_status(self, box, name):
        """
        The body goes to standard output, the status to standard error.
        """
        service = getattr(box, name)

        ran = get(service)

        assert (Code.DONE, "HTTP 200 OK\n") == (ran.exit_code, ran.stderr)
        assert service.requests[-1].path == json.loads(ran.stdout)["path"]
        assert 1 == service.token_requests

    @pytest.mark.parametrize("name", LOGIN_FREE)
    def test_process(self, box, name):
        """
        A process of its own does the same.
        """
        ran = get(getattr(box, name), how=process)

        assert (Code.DONE, b"HTTP 200 OK\n") == (
            ran.returncode,
            ran.stderr.replace(b"\r\n", b"\n"),
        )
        assert "GET" == json.loads(ran.stdout)["method"]

    def test_every_byte(self, box):
        """
        Whatever bytes come are the bytes that go out, line ends and all.
        """
        body = bytes(range(256)) * 1000 + b"\r\n\n"
        box.xpkit.fail(200, at="api", body=body)

        assert body == get(box.xpkit).stdout_bytes
        assert body == get(box.xpkit, how=process).stdout

    def test_compressed(self, box):
        """
        The API is asked for a body as it is; one that comes compressed stays so.
        """
        body = gzip.compress(b"hello")
        box.xpkit.fail(200, at="api", body=body, headers={"Content-Encoding": "gzip"})

        assert body == get(box.xpkit).stdout_bytes
        assert "identity" == box.xpkit.requests[-1].headers["accept-encoding"]

    def test_include(self, box):
        """
        With --include status and headers come first, and standard error stays empty.
        """
        box.xpkit.fail(203, at="api", body=b"hello", headers={"X-Name": "ä"})

        ran = get(box.xpkit, "--include")

        assert (Code.DONE, "") == (ran.exit_code, ran.stderr)
        head, _, body = ran.stdout_bytes.partition(b"\r\n\r\n")
        assert b"hello" == body
        first, *fields = head.split(b"\r\n")
        assert b"HTTP/1.1 203 Non-Authoritative Information" == first
        assert b"X-Name: " in b"\n".join(fields)

    def test_headers(self, box):
        """
        Header fields are sent as they are given; ours give way to them.
        """
        ran = get(
            box.xpkit,
            *("-H", "X-One: 1"),
            *("--header", "X-Two:zwei: ä"),
            *("-H", "accept-encoding: gzip"),
        )

        assert Code.DONE == ran.exit_code
        sent = box.xpkit.requests[-1].headers
        assert ("1", "zwei: ä", "gzip") == (
            sent["x-one"],
            sent["x-two"].encode("latin-1").decode(),
            sent["accept-encoding"],
        )

    @pytest.mark.parametrize(("status", "code"), [(304, 0), (404, 1), (500, 1)])
    def test_status(self, box, status, code):
        """
        2xx and 3xx end with 0, 4xx and 5xx with 1; the body is printed all the same.
        """
        box.xpkit.fail(status, at="api", body=b"" if status == 304 else b"sorry")

        ran = get(box.xpkit)

        assert (code, "" if status == 304 else "sorry") == (ran.exit_code, ran.stdout)
        assert ran.stderr.startswith(f"HTTP {status} ")

    def test_denied(self, box):
        """
        A missing permission is an answer of the API: its body, and exit code 1.
        """
        box.m2m.deny()

        ran = get(box.m2m)

        assert (Code.REFUSED, {"message": "Forbidden"}) == (
            ran.exit_code,
            json.loads(ran.stdout),
        )
        assert "HTTP 403 Forbidden\n" == ran.stderr

    def test_region(self, box):
        """
        --region goes before the environment's, and the token only to its hosts.
        """
        ran = run(
            *("get", box.xpkit.api_url, "--provider", "XPKit", "--region", "apac"),
            env=box.xpkit.environ,
        )

        assert "only *.apac.xpkit.net may see it" in ran.stderr


class TestHosts:
    """Which hosts see the token."""

    def test_another_host(self, box):
        """
        Another host gets no token; one line says so, and how to change that.
        """
        ran = get(box.xpkit, url=box.elsewhere.url("/x"))

        warning, status = ran.stderr.splitlines()
        assert warning.startswith("Warning: The request to 127.0.0.1:")
        assert warning.endswith("Name the host with --host, or leave it.")
        assert (Code.REFUSED, "HTTP 401 Unauthorized") == (ran.exit_code, status)
        assert "authorization" not in box.elsewhere.requests[-1].headers

    def test_a_host_that_is_named(self, box):
        """
        A host that is named sees the token, without a warning.
        """
        box.elsewhere.status = 200
        place = box.elsewhere.origin.removeprefix("http://")

        ran = get(box.xpkit, "--host", place, url=box.elsewhere.url("/x"))

        assert (Code.DONE, "HTTP 200 OK\n") == (ran.exit_code, ran.stderr)
        assert "authorization" in box.elsewhere.requests[-1].headers


class TestUsage:
    """What is no command line."""

    @pytest.mark.parametrize(
        ("more", "text"),
        [
            (["-H", "no colon"], "'no colon' is no 'Name: value'."),
            (["-H", "a b: c"], "'a b: c' is no 'Name: value'."),
            (["-H", "a: b\nc: d"], "is no 'Name: value'."),
            (["-H", "authorization: x"], "Authorization carries the provider's token."),
            (["--timeout", "0"], "0.0 is not in the range 0<x<=3600."),
            (["--provider", "xpkid"], "'xpkid' is not one of "),
            (["--region"], "requires an argument"),
        ],
    )
    def test_options(self, box, more, text):
        """
        A wrong option ends with 2 and says what is wrong; nothing is sent.
        """
        ran = get(box.xpkit, *more)

        assert Code.USAGE == ran.exit_code
        assert text in ran.stderr
        assert [] == box.xpkit.requests

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            ("api.example/x", "'api.example/x' is no http or https URL."),
            ("ftp://api.example/x", "'ftp://api.example/x' is no http or https URL."),
            ("https://", "'https://' is no http or https URL."),
            ("ftp://me:s3cret@x/", "'ftp://***@x/' is no http or https URL."),
            ("https://*.example/", "URL has an invalid label."),
        ],
    )
    def test_url(self, url, text):
        """
        A URL where nothing can be sent ends with 2.
        """
        ran = run("get", url, "--provider", "m2m")

        assert Code.USAGE == ran.exit_code
        assert text in ran.stderr

    def test_region_of_another(self, box):
        """
        A region is for XPKit alone.
        """
        ran = get(box.m2m, "--region", "emea")

        assert Code.USAGE == ran.exit_code
        assert "Error: --region is not for --provider m2m.\n" in ran.stderr


class TestErrors:
    """How an error ends: one or two plain lines, and its exit code."""

    @pytest.mark.parametrize("how", [run, process])
    def test_no_credentials(self, box, how):
        """
        A missing variable ends with 3 and names it.
        """
        ran = get(box.xpkit, env={"XPKIT_CLIENT_ID": "id"}, how=how)

        text = (
            "Error: No client_secret given for XPKit: pass client_secret= or set"
            " XPKIT_CLIENT_SECRET.\n"
        )
        assert (Code.CONFIGURATION, text) == ending(ran)

    @pytest.mark.parametrize("name", _tables.names())
    def test_each_variable_is_needed(self, box, name):
        """
        Without an environment each provider's command ends with 3.
        """
        ran = run("get", getattr(box, name).api_url, "--provider", name)

        assert Code.CONFIGURATION == ran.exit_code
        assert 1 == len(ran.stderr.splitlines())

    @pytest.mark.parametrize("name", LOGIN_FREE)
    def test_wrong_secret(self, box, name):
        """
        Credentials that are refused end with 4, and the text says which to check.
        """
        service = getattr(box, name)
        variable = f"{name.upper()}_CLIENT_SECRET"

        ran = get(service, env={**service.environ, variable: "another"})

        assert Code.CREDENTIALS == ran.exit_code
        assert ran.stderr.startswith(f"Error: {service.name.split()[0]} refused the")
        assert variable in ran.stderr
        assert "another" not in ran.stderr.replace(service.name, "")

    @pytest.mark.parametrize("how", [run, process])
    def test_login(self, box, how):
        """
        Where a person has to log in, the command ends with 5 and says so.
        """
        ran = get(box.xee, how=how)

        text = (
            "Error: No token of Xee can be had without a person: log in, with"
            " auth.login().\n"
            "In a shell: requests-xauth login --provider xee --base-url"
            f" {box.xee.base_url}\n"
        )
        assert (Code.LOGIN, text) == ending(ran)

    @pytest.mark.parametrize("how", [run, process])
    def test_provider_is_down(self, box, how, nobody):
        """
        A token endpoint that nobody can reach ends with 6.
        """
        place = nobody
        root = f"http://{place}"

        ran = get(box.xpkit, "--base-url", root, url=f"{root}/x", how=how)

        text = (
            f"Error: XPKit could not be reached at {place}: Connection refused."
            " Try again later.\n"
        )
        assert (Code.UNAVAILABLE, text) == ending(ran)

    def test_api_is_down(self, box, nobody):
        """
        An API that nobody can reach ends with 6, its reason told without our insides.
        """
        place = nobody

        ran = get(box.m2m, "--host", place, url=f"http://{place}/x?key=private")

        assert (
            Code.UNAVAILABLE,
            f"Error: {place} gave no answer: Connection refused.\n",
        ) == ending(ran)

    def test_timeout(self, box):
        """
        An API that does not answer in time ends with 6.
        """
        get(box.m2m)  # so that a token is there: its request has the same timeout
        box.m2m.slow(60, at="api")

        ran = get(box.m2m, "--timeout", "0.3")

        assert Code.UNAVAILABLE == ran.exit_code
        assert "gave no answer: " in ran.stderr
        assert "timed out" in ran.stderr

    def test_half_a_body(self, box):
        """
        A body that breaks off ends with 6, whatever was printed by then.
        """
        cut = http(200, b"half", {"Content-Length": "8"})
        with Script(cut) as server:
            place = server.url.removeprefix("http://")
            ran = get(box.m2m, "--host", place, url=server.url)

        assert (Code.UNAVAILABLE, "half") == (ran.exit_code, ran.stdout)
        assert f"Error: {place} broke off its answer" in ran.stderr

    def test_unknown_certificate(self, box):
        """
        A server whose certificate nobody knows ends with 6, and is sent nothing.
        """
        with Script(http(200, b"hello"), tls=True) as server:
            place = server.url.removeprefix("https://")
            ran = get(box.m2m, "--host", place, url=server.url)

        assert (Code.UNAVAILABLE, "") == (ran.exit_code, ran.stdout)
        assert "certificate verify failed" in ran.stderr
        assert [] == server.requests

    def test_known_certificate(self, box):
        """
        With its certificate in REQUESTS_CA_BUNDLE the same server is trusted.
        """
        with Script(http(200, b"hello"), tls=True) as server:
            place = server.url.removeprefix("https://")
            variables = {**box.m2m.environ, "REQUESTS_CA_BUNDLE": LOOPBACK}
            ran = get(box.m2m, "--host", place, url=server.url, env=variables)

        assert (Code.DONE, "hello") == (ran.exit_code, ran.stdout)

    def test_no_bundle(self, box, nobody):
        """
        A REQUESTS_CA_BUNDLE that is no file ends with 3, and is named.
        """
        variables = {**box.m2m.environ, "REQUESTS_CA_BUNDLE": "/no/such.pem"}

        ran = get(box.m2m, url=f"https://{nobody}/", env=variables)

        assert Code.CONFIGURATION == ran.exit_code
        assert "/no/such.pem" in ran.stderr

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (
                {"error": "Bad Request", "extra_info": {"error": "invalid_scope"}},
                "scope",
            ),
            (b"<html>", "HTTP 400"),
        ],
    )
    def test_other_refusals(self, box, body, text):
        """
        A token endpoint that refuses for another reason ends with 3, in its words.
        """
        box.xpkit.fail(400, body=body)

        ran = get(box.xpkit)

        assert Code.CONFIGURATION == ran.exit_code
        assert text in ran.stderr
        assert 1 == len(ran.stderr.splitlines())


class TestProxies:
    """The environment's proxies."""

    @pytest.fixture(autouse=True)
    def alone(self, monkeypatch):
        """Let no other setting of this machine speak of proxies."""
        for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)

    @pytest.mark.parametrize("command", ["get", "request", "doctor"])
    def test_in_plain_http(self, box, command):
        """
        One reads no token of this machine in clear, as none does with curl.
        """
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        words = [command, *(["GET"] if command == "request" else []), box.m2m.api_url]
        run("token", *root, env=box.m2m.environ)

        with Script(http(502)) as proxy:
            ran = run(*words, *root, env={**box.m2m.environ, "http_proxy": proxy.url})

        assert Code.DONE == ran.exit_code
        assert [] == [sent for sent in proxy.requests if b"uthorization" in sent]
        assert 1 == box.m2m.api_calls

    def test_unsigned(self, box):
        """
        One is used where there is no token to read.
        """
        with Script(http(200)) as proxy:
            env = {**box.m2m.environ, "http_proxy": proxy.url}
            ran = get(box.m2m, url="http://api.example/x", env=env)

        assert Code.DONE == ran.exit_code
        [sent] = proxy.requests
        assert b"http://api.example/x" in sent
        assert b"uthorization" not in sent


class TestOutput:
    """Where standard output is no file."""

    def test_reader_has_enough(self, box):
        """
        A reader that closes the pipe ends the command without a word of error, and with
        another code than an API that refuses.
        """
        url = box.xpkit.url("/bytes?n=5000000")
        root = ("--provider", "xpkit", "--base-url", box.xpkit.base_url)
        with subprocess.Popen(
            command("get", url, *root),
            env=environ(**box.xpkit.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as started:
            assert b"xxxx" == started.stdout.read(4)
            started.stdout.close()
            told = started.stderr.read()

        assert b"HTTP 200 OK\n" == told
        assert Code.NO_READER == started.returncode

    def test_full_disk(self, box):
        """
        A disk that is full ends with 3 and one line.
        """
        full_disk = Path("/dev/full")
        if not full_disk.exists():
            pytest.skip("needs /dev/full")
        with full_disk.open("wb") as full:
            ran = get(
                box.xpkit,
                how=lambda *a, env: process(
                    *a,
                    env=env,
                    capture_output=False,
                    stdout=full,
                    stderr=subprocess.PIPE,
                ),
            )

        assert Code.CONFIGURATION == ran.returncode
        assert b"No space left on device" in ran.stderr
        assert b"Traceback" not in ran.stderr

    def test_terminal(self, box):
        """
        On a terminal the prompt begins a line of its own; the body is not touched.
        """
        pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
        box.xpkit.fail(200, at="api", body=b"hello")
        ours, theirs = pty.openpty()
        ran = get(
            box.xpkit,
            how=lambda *a, env: process(
                *a, env=env, capture_output=False, stdout=theirs, stderr=subprocess.PIPE
            ),
        )
        shown = os.read(ours, 100)
        os.close(theirs)
        os.close(ours)

        assert (b"hello", b"HTTP 200 OK\n\n") == (shown, ran.stderr)


def tell_all(service):
    """Let the token endpoint refuse, with every secret in its words."""
    secret = service.credentials.get("password", service.client_secret)
    body = {"error": "invalid_grant", "error_description": f"{secret} is wrong"}
    service.fail(400, body=body)


# What may be the matter with a service, or with the command that calls it.
MATTERS = (
    lambda _: [],
    lambda service: service.deny(),
    lambda service: service.expire(),
    lambda service: service.invalidate(),
    lambda service: service.fail(500, at="api"),
    lambda service: service.drop(at="api"),
    tell_all,
    lambda service: service.fail(200, body=b"<html>"),
    lambda service: service.redirect("http://127.0.0.1:1/"),
    lambda _: ["--include"],
    lambda _: ["--timeout", "nan"],
    lambda _: ["--host", "*"],
    lambda _: ["--base-url", "http://api.example"],
    lambda _: ["--provider", "xee"],
    lambda _: ["--help"],
)


def test_no_secret(box):
    """
    Nothing that is printed has a secret in it; the search would find one.
    """
    shown, codes = "", set()
    for service in box.services():
        for matter in MATTERS:
            ran = get(service, *(matter(service) or []))
            codes.add(ran.exit_code)
            shown += ran.stdout + ran.stderr
            service.heal()
        variable = f"{name_of(service).upper()}_CLIENT_SECRET"
        ran = get(service, env={**service.environ, variable: "another-secret-7f3a"})
        codes.add(ran.exit_code)
        shown += ran.stdout + ran.stderr

    secrets = [*box.secrets(), "another-secret-7f3a"]

    assert {*Code} - {Code.USAGE, Code.NO_READER} <= codes
    assert len(secrets) > 10
    assert [] == [secret for secret in secrets if secret in shown]
    assert secrets[:1] == [s for s in secrets if s in f"{shown} {secrets[0]}."]
