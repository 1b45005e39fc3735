"""``http --auth-type``: the real command, each call a process of its own."""

import subprocess

import pytest
from plugins.with_httpie import HTTP, Terminal, clean_environ, settings_of

from requests_xauth import XeeAuth
from requests_xauth.sandbox import Sandbox


@pytest.fixture
def box():
    """A sandbox under the real clock."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def environ(box, tmp_path):
    """The environment of a user of XPKit, whose files are below the test's folder."""
    return {**clean_environ(tmp_path), **settings_of("xpkit", box.xpkit)}


@pytest.fixture
def http(environ):
    """Return a function that runs ``http`` and returns what it did."""

    def run(*args, **env):
        return subprocess.run(
            [HTTP, "--ignore-stdin", "--check-status", *args],
            env={**environ, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def told(ran):
    """Return the one line that a command has to say, and its exit status."""
    return (ran.returncode, ran.stderr.strip())


class TestTokens:
    """Where they come from."""

    def test_the_second_call(self, box, http):
        """
        The first call obtains a token; the second, another process, uses it.
        """
        for _ in range(2):
            assert (0, "") == told(http("-A", "xpkit", box.xpkit.api_url))

        assert 1 == box.xpkit.token_requests
        assert 2 == box.xpkit.api_calls

    def test_a_person_who_has_logged_in(self, box, http, monkeypatch, tmp_path):
        """
        What a login in Python leaves in the store serves HTTPie, whatever its scope.
        """
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.setenv("HOME", str(tmp_path))
        given = {**box.xee.credentials, "store": "file", "account": "kari"}
        auth = XeeAuth(**given, scope="users_read cars_read")
        url, _ = auth.authorization_url()
        auth.fetch_token(authorization_response=box.xee.authorize(url))
        env = settings_of("xee", box.xee)
        more = {"XEE_SCOPE": "users_read cars_read", "XEE_ACCOUNT": "kari"}

        ran = http("-A", "xee", box.xee.api_url, **env, **more)

        assert (0, "") == told(ran)
        assert 1 == box.xee.token_requests

    def test_nobody_has_logged_in(self, box, http):
        """
        Without a login it says what to do, in a line.
        """
        ran = http("-A", "xee", box.xee.api_url, **settings_of("xee", box.xee))

        assert 1 == ran.returncode
        assert (
            "http: error: LoginRequired: No token of Xee can be had without a person:"
            ' log in, in Python with store="file".'
        ) == ran.stderr.strip()


class TestSecrets:
    """Where they are not."""

    def test_a_sessions_file(self, box, http, tmp_path):
        """
        A session of HTTPie remembers whose token to send, and no secret.
        """
        first = http("-A", "xpkit", "--session=mine", box.xpkit.api_url)
        second = http("--session=mine", box.xpkit.api_url)

        assert [(0, "")] * 2 == [told(first), told(second)]
        assert 1 == box.xpkit.token_requests
        [path] = (tmp_path / "sessions").rglob("mine.json")
        text = path.read_text("utf-8")
        token = box.xpkit.requests[-1].headers["authorization"].split()[1]
        assert '"xpkit"' in text
        assert box.xpkit.client_secret not in text
        assert token not in text

    def test_the_command_line(self, box, http, tmp_path):
        """
        A secret after -a is refused before anything is sent or written.
        """
        both = f"{box.xpkit.client_id}:{box.xpkit.client_secret}"

        ran = http("-A", "xpkit", "-a", both, "--session=mine", box.xpkit.api_url)

        assert 1 == ran.returncode
        assert (
            "http: error: ConfigError: -a takes the client id alone, since a command line"
            " can be read by others. You are asked for the client secret, or set"
            " XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET."
        ) == ran.stderr.strip()
        assert [] == box.xpkit.requests
        assert [] == list(tmp_path.rglob("mine.json"))

    def test_asked_for(self, box, environ, tmp_path):
        """
        With the id after -a the secret is asked for, unseen.
        """
        command = [HTTP, "-A", "xpkit", "-a", box.xpkit.client_id, "--session=mine"]
        env = {**environ, "XPKIT_CLIENT_SECRET": ""}
        terminal = Terminal([*command, "--print=h", "GET", box.xpkit.api_url], env)
        prompt = f"http: client secret of {box.xpkit.client_id}: "

        seen = terminal.answer(prompt, box.xpkit.client_secret)

        assert "200" in seen
        files = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix == ".json"]
        for text in (seen, *(path.read_text("utf-8") for path in files)):
            assert box.xpkit.client_secret not in text
        [path] = (tmp_path / "sessions").rglob("mine.json")
        assert box.xpkit.client_id in path.read_text("utf-8")

    def test_nobody_to_ask(self, box, environ):
        """
        Without a terminal nobody is asked: what is piped in is the body, no secret.
        """
        ran = subprocess.run(
            [HTTP, "-A", "xpkit", "-a", "another", box.xpkit.api_url],
            env=environ,
            input="{}",
            start_new_session=True,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert 1 == ran.returncode
        assert (
            "http: error: ConfigError: No client secret was typed in: set"
            " XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET."
        ) == ran.stderr.strip()


class TestErrors:
    """How they are told."""

    def test_a_wrong_secret(self, box, http):
        """
        A wrong secret is one line, without a traceback and without the secret.
        """
        ran = http("-A", "xpkit", box.xpkit.api_url, XPKIT_CLIENT_SECRET="wrong-one")

        assert 1 == ran.returncode
        assert (
            "http: error: CredentialsRejected: XPKit refused the token request:"
            " invalid_client (HTTP 401). Check XPKIT_CLIENT_ID and XPKIT_CLIENT_SECRET."
        ) == ran.stderr.strip()

    def test_another_host(self, box, http):
        """
        A request to a host that may not see the token goes out without, with a warning.
        """
        box.elsewhere.status = 200

        ran = http("-A", "xpkit", f"{box.elsewhere.origin}/x")

        place, allowed = (
            origin.removeprefix("http://")
            for origin in (box.elsewhere.origin, box.xpkit.base_url)
        )
        assert 0 == ran.returncode
        assert (
            f"http: warning: The request to {place} goes out without the token of XPKit:"
            f" only {allowed} may see it. Name the host in XPKIT_HOSTS, or leave it."
        ) == ran.stderr.strip()
        [request] = box.elsewhere.requests
        assert "authorization" not in request.headers
