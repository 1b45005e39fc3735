"""``requests-xauth doctor``: each fault is injected on this machine, and told apart."""

import json
import time
from contextlib import contextmanager
from email.utils import formatdate

import pytest
from command_line import process, run
from names import CERTIFICATE, Names
from servers import Script, http, silence

from requests_xauth import M2MAuth
from requests_xauth._cli.checkup import STEPS, Case
from requests_xauth._cli.checkup.faults import FAULTS
from requests_xauth._cli.ending import Code

EMEA = ("--provider", "xpkit", "--region", "emea")
API = "https://profiles.emea.xpkit.net/api/profiles/"
NAMES = [step.name for step in STEPS]
# The machine's own proxies and authorities have no part in this.
BARE = dict.fromkeys(
    f"{scheme}_proxy" for scheme in ("http", "https", "all", "no")
) | dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
BARE |= {name.upper(): None for name in BARE}


def doctor(*args, env=None):
    """Return what the command found: its document, with the exit code checked."""
    ran = run("doctor", "--json", *args, env={**BARE, **(env or {})})
    found = json.loads(ran.stdout)
    assert found["exit_code"] == ran.exit_code
    assert "" == ran.stderr
    return found


def examine(service, *more, env=None):
    """Return what the command found of a service of the sandbox."""
    name = type(service).__name__.lower()
    root = ("--provider", name, "--base-url", service.base_url)
    return doctor(*root, *more, env={**service.environ, **(env or {})})


def ended(found):
    """Return the fault, the step that it was met at, and the exit code."""
    failed = [step["name"] for step in found["steps"] if step["ok"] is False]
    assert len(failed) <= 1
    return found["fault"], *(failed or [None]), found["exit_code"]


@contextmanager
def placed(box, *regions):
    """Have the host names of XPKit's regions lead to the sandbox's."""
    ports = {}
    for region in regions:
        domain = "china.xpkit.cn" if region == "china" else f"{region}.xpkit.net"
        origin = box.xpkit_region(region).origin
        ports[f"*.{domain}"] = int(origin.rpartition(":")[2])
    with Names(ports) as names:
        yield names


def trusting(service, **more):
    """Return a region's credentials, with the tests' certificate trusted."""
    return {**service.environ, "REQUESTS_CA_BUNDLE": CERTIFICATE, **more}


def nobody():
    """Return host and port where nobody listens."""
    with Script(b"") as once:
        return once.url.removeprefix("http://")


class TestWell:
    """Nothing is the matter."""

    def test_all_the_way(self, box):
        """
        From the settings to the API each step is well, by the provider's own names.
        """
        with placed(box, "emea"):
            found = doctor(API, *EMEA, env=trusting(box.xpkit))

        assert (None, None, Code.DONE) == ended(found)
        assert [True] * len(STEPS) == [step["ok"] for step in found["steps"]]
        assert found["verdict"].startswith("All is well, from the settings to the API")
        assert ["HEAD", "POST", "GET"] == [r.method for r in box.xpkit.requests]

    @pytest.mark.parametrize("name", ["xpkit", "xmldation", "m2m"])
    def test_up_to_the_token(self, box, name):
        """
        Without a URL it ends with the token; what there is none of is skipped.
        """
        service = getattr(box, name)

        found = examine(service)

        assert (None, None, Code.DONE) == ended(found)
        assert found["verdict"].startswith("All is well up to the token")
        skipped = {step["name"] for step in found["steps"] if step["ok"] is None}
        assert {"TLS", "API"} <= skipped
        assert (1, 0) == (service.token_requests, service.api_calls)

    def test_what_is_sent_first(self, box, tmp_path, monkeypatch):
        """
        The first request carries no credentials, not even those of a .netrc.
        """
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password netrc-7f3a\n")
        monkeypatch.setenv("NETRC", str(netrc))

        examine(box.m2m)

        first, second = box.m2m.requests
        assert ("HEAD", b"") == (first.method, first.body)
        assert "authorization" not in first.headers
        assert "authorization" in second.headers


class TestUnknownHost:
    """Fault 1: nobody knows the host's name."""

    def test_token_endpoint(self, box):
        """
        The step is DNS, and the name is told.
        """
        with placed(box):
            found = doctor(*EMEA, env=trusting(box.xpkit))

        assert ("unknown-host", "DNS", Code.UNAVAILABLE) == ended(found)
        assert "auth.emea.xpkit.net" in found["verdict"]

    def test_api(self, box):
        """
        If it is the API's name, the token is had and the step is the API.
        """
        with placed(box):
            url = "https://api.example.com/x"
            found = examine(box.m2m, url, "--host", "api.example.com")

        assert ("unknown-host", "API", Code.UNAVAILABLE) == ended(found)
        assert "api.example.com" in found["verdict"]

    def test_no_name(self):
        """
        A name that cannot be looked up at all is unknown too.
        """
        root = f"https://{'a' * 64}.example.com"
        variables = {"M2M_CLIENT_ID": "me", "M2M_CLIENT_SECRET": "secret-7f3a"}

        found = doctor("--provider", "m2m", "--base-url", root, env=variables)

        assert ("unknown-host", "DNS", Code.UNAVAILABLE) == ended(found)


class TestRefusedPort:
    """Fault 2: nobody listens."""

    def test_token_endpoint(self, box):
        """
        The step is TCP, and the port is told.
        """
        place = nobody()

        found = examine(box.m2m, "--base-url", f"http://{place}")

        assert ("refused-port", "TCP", Code.UNAVAILABLE) == ended(found)
        assert place in found["verdict"]

    def test_api(self, box):
        """
        If it is the API's port, the step is the API.
        """
        place = nobody()

        found = examine(box.m2m, f"http://{place}/x", "--host", place)

        assert ("refused-port", "API", Code.UNAVAILABLE) == ended(found)
        assert place in found["verdict"]


class TestClock:
    """Fault 5: the clocks are an hour apart."""

    @pytest.mark.parametrize(
        ("skew_s", "apart"),
        [(3600, "1 h behind"), (-3600, "1 h ahead of"), (86400 * 400, "400 d behind")],
    )
    def test_apart(self, box, skew_s, apart):
        """
        The step is the clock; how far it is off is told, and no secret was sent.
        """
        box.m2m.skew_s = skew_s

        found = examine(box.m2m)

        assert ("clock", "clock", Code.CONFIGURATION) == ended(found)
        assert f"which is {apart} the one at" in found["verdict"]
        assert 0 == box.m2m.token_requests

    @pytest.mark.parametrize("skew_s", [0, 60, -60])
    def test_together(self, box, skew_s):
        """
        A minute is no fault.
        """
        box.m2m.skew_s = skew_s

        assert (None, None, Code.DONE) == ended(examine(box.m2m))

    def test_no_date(self, box):
        """
        Where the answer has no Date, the step is skipped.
        """
        box.m2m.skew_s, box.m2m.send_date = 3600, False

        found = examine(box.m2m)

        assert (None, None, Code.DONE) == ended(found)
        assert found["steps"][NAMES.index("clock")]["ok"] is None

    @pytest.mark.parametrize(
        ("age", "fault"), [({"Age": "3600"}, "wrong-path"), ({}, "clock")]
    )
    def test_cached(self, box, age, fault):
        """
        An answer out of a cache is as old as the cache says.
        """
        headers = {"Date": formatdate(time.time() - 3600, usegmt=True), **age}
        with Script(http(405, headers=headers)) as server:
            found = examine(box.m2m, "--base-url", server.url)

        assert fault == found["fault"]


class TestSecret:
    """Fault 6: the secret is wrong."""

    @pytest.mark.parametrize("name", ["xmldation", "m2m"])
    def test_wrong(self, box, name):
        """
        The step is the token; the variables to check are told, and no region.
        """
        variable = f"{name.upper()}_CLIENT_SECRET"

        found = examine(getattr(box, name), env={variable: "another-7f3a"})

        assert ("credentials", "token", Code.CREDENTIALS) == ended(found)
        assert variable in found["verdict"]
        assert "region" not in found["verdict"]

    def test_password(self, box):
        """
        Where the user is refused, the user's variables are told.
        """
        found = examine(box.xmldation, env={"XMLDATION_PASSWORD": "another-7f3a"})

        assert ("credentials", "token", Code.CREDENTIALS) == ended(found)
        assert "XMLDATION_USERNAME and XMLDATION_PASSWORD" in found["verdict"]

    def test_wrong_everywhere(self, box):
        """
        XPKit's regions refuse each other's as they refuse any: both causes are told.
        """
        with placed(box, "emea"):
            variables = trusting(box.xpkit, XPKIT_CLIENT_SECRET="another-7f3a")
            found = doctor(*EMEA, env=variables)

        assert ("region", "token", Code.CREDENTIALS) == ended(found)
        assert "Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET." in found["verdict"]
        assert "try --region amer, apac or china" in found["verdict"]


class TestRegion:
    """Fault 7: the region is wrong."""

    def test_credentials(self, box):
        """
        The region that the environment speaks of is told, and is sent nothing.
        """
        apac = box.xpkit_region("apac")
        with placed(box, "apac", "emea"):
            found = doctor(*EMEA, env=trusting(apac))
            right = doctor(*EMEA[:3], "apac", env=trusting(apac))

        assert ("region", "token", Code.CREDENTIALS) == ended(found)
        assert "XPKIT_REGION says apac, so try --region apac." in found["verdict"]
        assert (None, None, Code.DONE) == ended(right)
        assert 1 == box.xpkit.token_requests == apac.token_requests

    def test_no_other_region_is_asked(self, box):
        """
        Credentials that are refused go to no other region.
        """
        others = ("amer", "apac", "china")
        with placed(box, "emea", *others):
            variables = trusting(box.xpkit, XPKIT_CLIENT_SECRET="another-7f3a")
            found = doctor(*EMEA, env=variables)

        assert "region" == found["fault"]
        assert 1 == box.xpkit.token_requests
        assert [[], [], []] == [box.xpkit_region(other).requests for other in others]

    @pytest.mark.parametrize(
        ("region", "host"),
        [("apac", "profiles.apac.xpkit.net"), ("china", "profiles.china.xpkit.cn")],
    )
    def test_url(self, box, region, host):
        """
        A URL of another region is told before anything is sent.
        """
        with placed(box, "emea", region):
            found = doctor(f"https://{host}/x", *EMEA, env=trusting(box.xpkit))

        assert ("other-region", "settings", Code.CONFIGURATION) == ended(found)
        assert f"--region {region}" in found["verdict"]
        assert [] == box.xpkit.requests == box.xpkit_region(region).requests

    def test_at_another_base_url(self, box):
        """
        Where --base-url leads, no region would lead elsewhere: the advice is not given.
        """
        found = examine(box.xpkit, env={"XPKIT_CLIENT_SECRET": "another-7f3a"})

        assert "region" == found["fault"]
        assert "--region" not in found["verdict"]
        assert "--base-url" in found["verdict"]


class TestPath:
    """Fault 8: the path is wrong."""

    @pytest.mark.parametrize(
        ("status", "body", "headers"),
        [
            (404, b"<html>Not here</html>", {"Content-Type": "text/html"}),
            (404, b"", {}),
            (405, {"error": "Method Not Allowed"}, {}),
            (200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
            (302, b"", {"Location": "https://sign-in.example.com/"}),
        ],
    )
    def test_token_endpoint(self, box, status, body, headers):
        """
        A page, a redirect or nothing at the token URL: the step is the token.
        """
        box.m2m.fail(status, body=body, headers=headers)

        found = examine(box.m2m)

        assert ("wrong-path", "token", Code.CONFIGURATION) == ended(found)
        assert box.m2m.token_url in found["verdict"]

    def test_another_base_url(self, box):
        """
        So it is where --base-url has a path too much.
        """
        found = examine(box.m2m, "--base-url", f"{box.m2m.base_url}/v1")

        assert ("wrong-path", "token", Code.CONFIGURATION) == ended(found)
        assert f"{box.m2m.base_url}/v1/oauth/v2/token" in found["verdict"]

    def test_json_that_is_no_token(self, box):
        """
        JSON without a token is no wrong path: somebody is there.
        """
        box.m2m.omit.add("access_token")

        assert ("refused", "token", Code.CONFIGURATION) == ended(examine(box.m2m))

    def test_api(self, box):
        """
        A wrong path of the API is told apart: the step is the API.
        """
        found = examine(box.m2m, f"{box.m2m.origin}/nothing/here")

        assert ("api-path", "API", Code.REFUSED) == ended(found)


class TestScope:
    """Fault 9: the scope is denied."""

    def test_less_than_asked(self, box):
        """
        What was asked for and not granted is told.
        """
        found = examine(box.xpkit, "--scope", "profiles:read vcc:write")

        assert ("scope-denied", "scope", Code.CONFIGURATION) == ended(found)
        assert "grant vcc:write to" in found["verdict"]

    def test_as_asked(self, box):
        """
        More than was asked for is no fault.
        """
        found = examine(box.xpkit, "--scope", "profiles:read")

        assert (None, None, Code.DONE) == ended(found)

    def test_refused(self, box):
        """
        A scope that the token endpoint refuses: the step is the token.
        """
        box.m2m.fail(400, body={"error": "invalid_scope"})

        found = examine(box.m2m, "--scope", "everything")

        assert ("scope-refused", "token", Code.CONFIGURATION) == ended(found)
        assert "everything" in found["verdict"]

    def test_api(self, box):
        """
        A scope that the API misses is told as the API tells it.
        """
        challenge = 'Bearer error="insufficient_scope", scope="vcc:write"'
        box.xpkit.fail(403, at="api", headers={"WWW-Authenticate": challenge})

        found = examine(box.xpkit, box.xpkit.api_url)

        assert ("api-scope", "API", Code.REFUSED) == ended(found)
        assert "grant vcc:write to" in found["verdict"]
        assert "Granted now: profiles:read activities:read." in found["verdict"]


class TestSlow:
    """Fault 10: a server takes its time."""

    def test_answer(self, box):
        """
        The step is the answer; the seconds are told, and no secret was sent.
        """
        box.m2m.slow(60)

        found = examine(box.m2m, "--timeout", "0.3")

        assert ("slow", "answer", Code.UNAVAILABLE) == ended(found)
        assert "no answer within 0.3 s" in found["verdict"]
        assert 0 == box.m2m.token_requests

    def test_drip(self, box):
        """
        An answer that comes letter by letter is slow too.
        """
        box.m2m.drip(0.1, part="headers")

        found = examine(box.m2m, "--timeout", "0.3")

        assert ("slow", "answer", Code.UNAVAILABLE) == ended(found)

    def test_token(self, box):
        """
        Where the token alone takes long, that is the step; it is waited for once.
        """
        box.m2m.slow(0, times=1)
        box.m2m.slow(60)

        # Long enough for what has to be answered before.
        found = examine(box.m2m, "--timeout", "2")

        assert ("slow", "token", Code.UNAVAILABLE) == ended(found)
        assert "no answer within 2 s" in found["verdict"]
        assert 1 == box.m2m.token_requests

    def test_handshake(self, box):
        """
        A server that connects and says nothing: the step is TLS.
        """
        with Script(silence, reads=False) as server:
            root = server.url.replace("http:", "https:")
            found = examine(box.m2m, "--base-url", root, "--timeout", "0.3")

        assert ("slow", "TLS", Code.UNAVAILABLE) == ended(found)

    def test_api(self, box):
        """
        Where the API takes long, the step is the API.
        """
        box.m2m.slow(60, at="api")

        found = examine(box.m2m, box.m2m.api_url, "--timeout", "2")

        assert ("slow", "API", Code.UNAVAILABLE) == ended(found)


class TestCertificate:
    """Faults of TLS that need no authority of their own."""

    def test_unknown(self, box):
        """
        A certificate that nobody vouches for: the step is TLS, and nothing was sent.
        """
        with placed(box, "emea"):
            found = doctor(API, *EMEA, env=box.xpkit.environ)

        assert ("unknown-ca", "TLS", Code.UNAVAILABLE) == ended(found)
        assert "REQUESTS_CA_BUNDLE" in found["verdict"]
        assert [] == box.xpkit.requests

    def test_of_the_api(self, box):
        """
        If it is the API's, the token is had and the step is the API.
        """
        with Script(http(200), tls=True) as server:
            place = server.url.removeprefix("https://")
            found = examine(box.m2m, server.url, "--host", place)

        assert ("unknown-ca", "API", Code.UNAVAILABLE) == ended(found)
        assert f"If {place} is right" in found["verdict"]

    def test_another_name(self, box):
        """
        A certificate for another host is told as that.
        """
        root = ("--base-url", "https://another.example")
        with Names({"another.example": 1}):
            variables = {"REQUESTS_CA_BUNDLE": CERTIFICATE}
            found = examine(box.m2m, *root, env=variables)

        assert ("other-name", "TLS", Code.UNAVAILABLE) == ended(found)
        assert "another.example" in found["verdict"]

    def test_no_tls(self, box):
        """
        Where plain HTTP is spoken no safe connection can be had.
        """
        with Script(http(400), reads=False) as server:
            root = server.url.replace("http:", "https:")
            found = examine(box.m2m, "--base-url", root)

        assert ("tls", "TLS", Code.UNAVAILABLE) == ended(found)

    @pytest.mark.parametrize("content", [None, "nothing of the kind"])
    def test_bundle(self, box, tmp_path, content):
        """
        A REQUESTS_CA_BUNDLE that is no file, or has no certificates, is named.
        """
        bundle = tmp_path / "own.pem"
        if content:
            bundle.write_text(content)
        with placed(box, "emea"):
            variables = trusting(box.xpkit, REQUESTS_CA_BUNDLE=str(bundle))
            found = doctor(*EMEA, env=variables)

        assert ("bundle", "TLS", Code.CONFIGURATION) == ended(found)
        assert str(bundle) in found["steps"][NAMES.index("TLS")]["seen"]


def test_faults_are_told_apart():
    """
    No two faults say the same, neither what is the matter nor what to do.
    """
    titles = {row.title for row in FAULTS.values()}
    advice = {row.advice for row in FAULTS.values() if row.advice != "{step}"}

    assert len(FAULTS) == len(titles)
    assert len(FAULTS) == len(advice) + 3  # the provider's own words are its advice


def test_rows_can_be_filled(box):
    """
    Whatever a row wants to know is known where the step before it has got there.
    """
    case = Case(lambda: M2MAuth(**box.m2m.credentials))
    case.auth = case.make()
    case.target = case.first_target()
    of_the_step = dict.fromkeys(
        ("apart", "asked", "later", "missing", "region", "step", "try_it"), "this"
    )

    for fault in FAULTS:
        stop = case.stop(fault, "seen", **of_the_step)
        assert stop.title
        assert stop.advice


def test_process(box):
    """
    As a process of its own it says the same, without a traceback.
    """
    args = ("--provider", "m2m", "--base-url", box.m2m.base_url)
    variables = {**box.m2m.environ, "M2M_CLIENT_SECRET": "another-7f3a"}

    ran = process("doctor", *args, env=variables)

    assert (Code.CREDENTIALS, b"") == (ran.returncode, ran.stderr)
    assert ran.stdout.decode("ascii").splitlines()[-1] == (
        "Stopped at token: the credentials are rejected."
        " Check M2M_CLIENT_ID and M2M_CLIENT_SECRET."
    )
