"""``requests-xauth doctor`` takes care: of tokens, of secrets, of whoever reads it."""

import gc
import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import command, environ, process, read_all, run
from servers import Script, http

from requests_xauth import M2MAuth, XeeAuth, XMLdationAuth, errors, stores
from requests_xauth._cli import profiles
from requests_xauth._cli.checkup import Case, checkup
from requests_xauth._cli.doctor import plain, verdict
from requests_xauth._cli.ending import Code
from requests_xauth.testing import reset

BARE = dict.fromkeys(("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"))


def walked(make, url=None):
    """Return the findings of a checkup."""
    return list(checkup(Case(make, url, timeout_s=5.0)))


def fault(found):
    """Return the fault that was found, or None."""
    return next((one.fault for one in found if one.fault), None)


def doctor(service, *more, env=None):
    """Return what the command did with a service of the sandbox."""
    name = type(service).__name__.lower()
    root = ("--provider", name, "--base-url", service.base_url)
    variables = {**BARE, **service.environ, **(env or {})}
    return run("doctor", *root, *more, env=variables)


def last_line(ran):
    """Return what the command says at the end."""
    return ran.stdout.splitlines()[-1]


class TestTokens:
    """A token that works is left alone."""

    def test_kept(self, box):
        """
        A machine's token in the store is used; no other is asked for.
        """
        doctor(box.m2m)
        reset()  # as in a process of its own

        ran = doctor(box.m2m, box.m2m.api_url)

        assert Code.DONE == ran.exit_code
        assert 1 == box.m2m.token_requests
        assert "kept, good for" in ran.stdout

    def test_not_kept(self, box):
        """
        With --store none a new one is asked for each time.
        """
        doctor(box.m2m, "--store", "none")
        reset()  # as in a process of its own
        doctor(box.m2m, "--store", "none")

        assert 2 == box.m2m.token_requests

    def test_refresh_token(self, box):
        """
        As long as the access token works, a refresh token is not spent.
        """
        auth = XeeAuth(
            **box.xee.credentials, refresh_token=box.xee.issue_refresh_token()
        )
        auth.renew()
        spent = box.xee.token_requests

        found = walked(lambda: auth, box.xee.api_url)

        assert fault(found) is None
        assert spent == box.xee.token_requests

    def test_ended(self, box):
        """
        A token that has ended is refreshed; the new refresh token is in the store.
        """
        store = stores.MemoryStore()
        given = {**box.xee.credentials, "store": store, "account": "me"}
        box.xee.lifetime_s = 0
        XeeAuth(**given, refresh_token=box.xee.issue_refresh_token()).renew()
        box.xee.lifetime_s = 3600

        found = walked(lambda: XeeAuth(**given))

        assert fault(found) is None
        assert {"refresh_token": 2} == box.xee.token_requests_by_grant
        assert XeeAuth(**given).renew()  # not spent twice

    def test_not_used_up(self, box):
        """
        A refresh token that works once is not sent where no store keeps the next one; no
        call is tried either, since that would send it.
        """
        refresh_token = box.xee.issue_refresh_token()
        path = profiles.place()
        path.parent.mkdir(parents=True)
        path.write_text(
            "[once]\nprovider = xee\nstore = none\nrefresh_token = env:MY_RT\n"
            f"base_url = {box.xee.base_url}\n",
            encoding="utf-8",
        )
        env = {**BARE, **box.xee.environ, "MY_RT": refresh_token}

        ran = run("doctor", "--profile", "once", box.xee.api_url, env=env)
        kept = run("token", "-p", "once", "--store=file", "--account=me", env=env)

        assert (Code.DONE, "") == (ran.exit_code, ran.stderr)
        assert "No token was asked for: it would use up the refresh" in last_line(ran)
        assert 0 == box.xee.api_calls
        assert Code.DONE == kept.exit_code
        assert {"refresh_token": 1} == box.xee.token_requests_by_grant

    def test_next_one_kept(self, box):
        """
        Where a store keeps the next one, it is sent.
        """
        env = {**BARE, **box.xee.environ, "MY_RT": box.xee.issue_refresh_token()}
        path = profiles.place()
        path.parent.mkdir(parents=True)
        path.write_text(
            "[kept]\nprovider = xee\naccount = me\nrefresh_token = env:MY_RT\n"
            f"base_url = {box.xee.base_url}\n",
            encoding="utf-8",
        )

        ran = run("doctor", "--profile", "kept", box.xee.api_url, env=env)

        assert Code.DONE == ran.exit_code
        assert last_line(ran).startswith("All is well, from the settings to the API")

    def test_nobody_logged_in(self, box):
        """
        Where a person has to log in, the command to do so is told; nothing is asked.
        """
        ran = doctor(box.xee)

        assert Code.LOGIN == ran.exit_code
        assert last_line(ran) == (
            "Stopped at token: a person has to log in. Run: requests-xauth login"
            f" --provider xee --base-url {box.xee.base_url}"
        )
        assert 0 == box.xee.token_requests

    def test_dead_refresh_token(self, box):
        """
        A refresh token that the provider refuses needs a person too.
        """
        kept = {"store": "file", "account": "me"}
        auth = XeeAuth(**box.xee.credentials, **kept, refresh_token="dead-7f3a")

        found = walked(lambda: auth)

        assert "login" == fault(found)
        assert "log in again, or check the credentials" in verdict(found)


class TestApi:
    """What the API's answer means."""

    @pytest.mark.parametrize(
        ("status", "what"),
        [
            (401, "the API does not accept the token"),
            (403, "a permission is missing"),
            (404, "the API has nothing at this path"),
            (418, "the API refuses the call"),
            (429, "the API wants fewer calls. Try again in 7 s."),
            (503, "the API is in trouble"),
        ],
    )
    def test_status(self, box, status, what):
        """
        Each status has a meaning of its own; the exit code is 1.
        """
        box.m2m.fail(status, at="api", headers={"Retry-After": "7"})

        ran = doctor(box.m2m, box.m2m.api_url)

        assert Code.REFUSED == ran.exit_code
        assert last_line(ran).startswith(f"Stopped at API: {what}")

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [("scope", "api-scope"), ("car", "api-permission"), ("revoked", "login")],
    )
    def test_reason(self, box, reason, expected):
        """
        A provider's own reason is understood.
        """
        auth = XeeAuth(
            **box.xee.credentials, refresh_token=box.xee.issue_refresh_token()
        )
        auth.renew()
        box.xee.deny(reason=reason)

        assert expected == fault(walked(lambda: auth, box.xee.api_url))

    def test_renewal_refused(self, box):
        """
        If the API refuses a kept token and no other can be had, that is the matter.
        """
        doctor(box.m2m)
        box.m2m.expire()
        box.m2m.fail(401, body={"error": "invalid_client"})

        ran = doctor(box.m2m, box.m2m.api_url)

        assert Code.CREDENTIALS == ran.exit_code
        assert last_line(ran).startswith("Stopped at API: the credentials are rejected")

    def test_another_host(self, box):
        """
        A host that may not see the token is sent nothing, and neither is any other.
        """
        ran = doctor(box.m2m, box.elsewhere.api_url)

        assert Code.CONFIGURATION == ran.exit_code
        assert "the URL's host may not see the token" in last_line(ran)
        assert [] == box.elsewhere.requests == box.m2m.requests

    def test_plain_http(self, box):
        """
        Where https would do, that is the advice.
        """
        ran = doctor(box.m2m, "http://api.example:443/", "--host", "api.example")

        assert "Use https in the URL." in last_line(ran)


class TestProvider:
    """What else a token endpoint may do."""

    def test_down(self, box):
        """
        A provider that cannot serve is told as that, and when to try again.
        """
        box.m2m.slow(0, times=1)
        box.m2m.fail(500, headers={"Retry-After": "7"})

        ran = doctor(box.m2m)

        assert Code.UNAVAILABLE == ran.exit_code
        assert "the provider cannot serve now. Try again in 7 s." in last_line(ran)

    def test_no_answer_to_a_head(self):
        """
        Where a HEAD gets no answer, a token request may all the same.
        """
        token = {"access_token": "bearer-7f3a", "expires_in": 3600}
        with Script(b"", b"", http(200, token)) as server:
            given = {"client_id": "me", "client_secret": "secret-7f3a"}
            found = walked(lambda: M2MAuth(server.url, **given))

        assert fault(found) is None
        skipped = [one.step for one in found if one.ok is None]
        assert ["TLS", "answer", "clock", "scope", "API"] == skipped

    def test_broken(self, box):
        """
        A connection that breaks is told as that.
        """
        box.m2m.drop(at="api")

        ran = doctor(box.m2m, box.m2m.api_url)

        assert Code.UNAVAILABLE == ran.exit_code
        assert last_line(ran).startswith("Stopped at API: the connection broke. Try")

    def test_no_end(self, box):
        """
        A token that does not say when it ends is told as that.
        """
        box.xpkit.omit.add("expires_in")

        ran = doctor(box.xpkit)

        assert Code.DONE == ran.exit_code
        assert "new, its end unknown" in ran.stdout

    def test_settings(self, box):
        """
        A setting that is missing is told, with the variable that would hold it.
        """
        ran = doctor(box.m2m, env={"M2M_CLIENT_SECRET": None})

        assert Code.CONFIGURATION == ran.exit_code
        assert "set M2M_CLIENT_SECRET" in " ".join(ran.stdout.split())
        assert [] == box.m2m.requests

    def test_usage(self):
        """
        A command line that is wrong is a usage error, as with every command.
        """
        ran = run("doctor", "--provider", "m2m", "--region", "emea")

        assert Code.USAGE == ran.exit_code

    def test_store(self, box):
        """
        A store that does not work is told as that.
        """

        class Broken(stores.MemoryStore):
            def load(self, key):
                raise errors.StoreError("It is broken.")

        given = {**box.m2m.credentials, "store": Broken()}

        assert "store" == fault(walked(lambda: M2MAuth(**given)))


class TestProxy:
    """A proxy on the way."""

    @pytest.fixture(autouse=True)
    def direct(self, monkeypatch):
        """Let no other setting of this machine speak of proxies."""
        for name in BARE:
            monkeypatch.delenv(name, raising=False)

    def test_nobody_there(self, box):
        """
        Name and port are the proxy's, and that is said; its password is not.
        """
        with Script(b"") as once:
            place = once.url.removeprefix("http://")
        variables = {"http_proxy": f"http://me:proxy-7f3a@{place}"}

        ran = doctor(box.m2m, env=variables)

        assert Code.UNAVAILABLE == ran.exit_code
        assert last_line(ran).startswith("Stopped at TCP: nobody listens at the port")
        assert f"the proxy {place}" in last_line(ran)
        assert "proxy-7f3a" not in ran.stdout

    # http.client of Python 3.10 leaves a refused tunnel to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_no_entry(self, box, scheme):
        """
        A proxy that wants a password is told as that.
        """
        root = "http://127.0.0.1:1" if scheme == "http" else "https://api.example"
        with Script(http(407)) as proxy:
            variables = {f"{scheme}_proxy": proxy.url}
            ran = doctor(box.m2m, "--base-url", root, env=variables)
        gc.collect()

        assert Code.UNAVAILABLE == ran.exit_code
        assert "Stopped at answer: the proxy does not let it through" in last_line(ran)

    def test_no_proxy(self, box):
        """
        Where NO_PROXY lists the host, the proxy has no part in it.
        """
        variables = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}

        assert Code.DONE == doctor(box.m2m, env=variables).exit_code

    def test_plain_http(self, box):
        """
        A proxy elsewhere, which no token request over plain http uses, has no part in it.
        """
        ran = doctor(box.m2m, env={"http_proxy": "http://192.0.2.2:9"})

        assert Code.DONE == ran.exit_code
        assert "192.0.2.2" not in ran.stdout

    @pytest.mark.parametrize("url", ["http://:proxy-7f3a@", "http://proxy-7f3a@[::1"])
    def test_no_url(self, box, url):
        """
        A proxy without a host is a setting to mend, and is not shown.
        """
        root = ("--base-url", "https://api.example")

        ran = doctor(box.m2m, *root, env={"https_proxy": url})

        assert Code.CONFIGURATION == ran.exit_code
        assert "proxy-7f3a" not in ran.stdout + ran.stderr


class TestWords:
    """What is shown."""

    def test_lines(self, box):
        """
        One line or a few for each step, within 80 columns; then the verdict.
        """
        lines = doctor(box.m2m, box.m2m.api_url).stdout.splitlines()

        assert all(len(line) <= 80 for line in lines)
        marks = [line.split()[:2] for line in lines[:-1] if not line.startswith(" ")]
        assert ["ok", "settings"] == marks[0]
        assert ["-", "TLS"] in marks
        assert ["ok", "API"] == marks[-1]

    def test_what_to_do(self, box):
        """
        The advice follows the step that failed; the steps after it are skipped.
        """
        box.m2m.skew_s = 7200

        ran = doctor(box.m2m)

        failed = ran.stdout.index("FAILED clock")
        advice = ran.stdout.index("What to do: Set this machine's clock")
        skipped = ran.stdout.index("-      token             not without clock")
        assert failed < advice < skipped

    def test_ascii(self, box):
        """
        Whatever a provider says, letters of ASCII come out, on lines of ours.
        """
        box.m2m.fail(400, body={"error": "nö\x1b[2J\n", "error_description": "Zwölf"})

        ran = doctor(box.m2m)

        assert ran.stdout.isascii()
        assert "\x1b" not in ran.stdout
        assert "Zw\\xf6lf" in ran.stdout

    def test_plain(self):
        """
        Line ends and control characters become spaces.
        """
        assert "a b \\u20ac" == plain("a\r\nb\t\u20ac\x00")

    def test_json(self, box):
        """
        The document has each step with what was seen, how long it took and what to do.
        """
        box.m2m.skew_s = 7200

        found = json.loads(doctor(box.m2m, "--json").stdout)

        assert (False, "clock", Code.CONFIGURATION) == (
            found["ok"],
            found["fault"],
            found["exit_code"],
        )
        failed = next(step for step in found["steps"] if step["ok"] is False)
        assert "2 h behind the provider's" == failed["seen"]
        assert failed["advice"].startswith("Set this machine's clock")
        assert failed["advice"] in found["verdict"]
        assert all(step["took_s"] >= 0 for step in found["steps"])

    def test_terminal(self, box):
        """
        A terminal shows colours and what is waited for, in ASCII too.
        """
        pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            command("doctor", *root),
            env=environ(TERM="xterm", **box.m2m.environ),
            stdout=theirs,
        ) as started:
            os.close(theirs)
            shown = read_all(ours)

        assert 0 == started.returncode
        assert shown.isascii()
        assert b"\x1b[32mok" in shown
        assert b"All is well up to the token" in shown

    def test_full_disk(self, box):
        """
        An output that takes nothing ends with 3 and one line, not with a traceback.
        """
        full_disk = Path("/dev/full")
        if not full_disk.exists():
            pytest.skip("needs /dev/full")
        root = ("--provider", "m2m", "--base-url", box.m2m.base_url)
        with full_disk.open("wb") as full:
            ran = process(
                *("doctor", *root),
                env=box.m2m.environ,
                capture_output=False,
                stdout=full,
                stderr=subprocess.PIPE,
            )

        assert Code.CONFIGURATION == ran.returncode
        assert b"No space left on device" in ran.stderr
        assert b"Traceback" not in ran.stderr

    def test_unforeseen(self):
        """
        What nobody has foreseen is told by its kind alone: its text may be a secret.
        """

        def make():
            raise RuntimeError("secret-7f3a")

        found = walked(make)

        assert "unexpected" == fault(found)
        assert "RuntimeError" == found[0].seen
        assert "secret-7f3a" not in str(found)


# What may be the matter.
MATTERS = (
    lambda _: None,
    lambda service: service.deny(),
    lambda service: service.fail(500, at="api"),
    lambda service: service.fail(400, body={"error_description": told(service)}),
    lambda service: service.fail(200, body=told(service).encode()),
    lambda service: service.fail(404, body=told(service).encode()),
    lambda service: service.redirect(f"http://127.0.0.1:1/?{told(service)}"),
    lambda service: setattr(service, "skew_s", 9999),
)


def told(service):
    """Return all that a service could tell of the one who asks."""
    return " ".join(service.credentials.values())


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_secret(box, more):
    """
    Nothing that is printed has a secret in it; the search would find one.
    """
    shown, codes = "", set()
    for service in box.services():
        for matter in MATTERS:
            matter(service)
            ran = doctor(service, service.api_url, "--store", "none", *more)
            shown, codes = shown + ran.stdout + ran.stderr, codes | {ran.exit_code}
            service.heal()
        variable = f"{type(service).__name__.upper()}_CLIENT_SECRET"
        ran = doctor(service, *more, env={variable: "another-secret-7f3a"})
        shown, codes = shown + ran.stdout + ran.stderr, codes | {ran.exit_code}
    secrets = [*box.secrets(), "another-secret-7f3a"]

    assert {*Code} - {Code.USAGE, Code.UNAVAILABLE, Code.NO_READER} <= codes
    assert len(secrets) > 10
    assert [] == [secret for secret in secrets if secret in shown]
    assert secrets[:1] == [s for s in secrets if s in f"{shown} {secrets[0]}."]


def test_password_user(box):
    """
    A person's password is asked for nowhere but at the token endpoint.
    """
    auth = XMLdationAuth(**box.xmldation.credentials)

    found = walked(lambda: auth, box.xmldation.api_url)

    assert fault(found) is None
    requests = box.xmldation.requests
    assert ["token"] == [sent.at for sent in requests if b"password=" in sent.body]
