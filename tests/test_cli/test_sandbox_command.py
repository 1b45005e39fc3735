"""``requests-xauth sandbox``: what another terminal needs, and a clean end."""

import json
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests
from command_line import command, environ, run
from login.people import link_in

from requests_xauth import XPKitAuth, _tables
from requests_xauth._cli.ending import Code

PEOPLE = "--provider xpkit-user"


def allowed(link):
    """Return where a person who says yes is led to."""
    answer = requests.get(
        link, headers={"Decision": "allow"}, allow_redirects=False, timeout=20
    )
    return answer.headers["Location"]


@contextmanager
def sandbox(*args):
    """Run the command as a process of its own, and end it afterwards."""
    with subprocess.Popen(
        command("sandbox", *args),
        env=environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.terminate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_json(how):
    """
    The line of JSON is all that ``get`` needs; Ctrl-C and SIGTERM end the command well.
    """
    with sandbox("--json") as started:
        found = json.loads(started.stdout.readline())
        one = found["xmldation"]
        root = ("--provider", "xmldation", "--base-url", one["base_url"])
        ran = run("get", one["api_url"], *root, env=one["environ"])
        started.send_signal(how)
        rest = started.communicate(timeout=60)

    assert Code.DONE == ran.exit_code
    assert list(_tables.auths()) == list(found)
    assert (0, ("", "")) == (started.returncode, rest)


def test_json_of_a_login():
    """
    Where a person logs in, the JSON says where, and what to come back to.
    """
    with sandbox("--json") as started:
        found = json.loads(started.stdout.readline())["xee"]

    assert found["authorize_url"] == f"{found['base_url']}/auth/auth"
    assert found["token_url"] == f"{found['base_url']}/auth/access_token"
    assert found["redirect_uri"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("name", ["xee", "xpkit-user"])
def test_json_logs_in(name):
    """
    What the JSON holds is all that a person needs to log in, also XPKit's public client.
    """
    with sandbox("--json") as started:
        one = json.loads(started.stdout.readline())[name]
        login = ("login", "--no-browser", "--provider", name)
        where = ("--base-url", one["base_url"], "--redirect-uri", one["redirect_uri"])
        asked = run(*login, *where, env=one["environ"], input="")
        address = allowed(link_in(asked.stderr))
        ran = run(*login, *where, env=one["environ"], input=f"{address}\n")

    assert address.startswith(f"{one['redirect_uri']}?code=")
    assert Code.DONE == ran.exit_code
    assert ("XPKIT_CLIENT_SECRET" in one["environ"]) is False


def test_lines_of_xpkits_people():
    """
    The lines say how XPKit's people log in, by a client of their own.
    """
    with sandbox() as started:
        lines = [""] * 2
        while PEOPLE not in lines[-2] and len(lines) < 60:
            lines.append(started.stdout.readline())
        told = "".join(line[2:] for line in lines[-3:])
        words = shlex.split(told.replace("\\\n", ""))
        name, client = words[0].split("=")
        asked = run(*words[2:], "--no-browser", env={name: client}, input="")
        address = allowed(link_in(asked.stderr))

    assert ("XPKIT_CLIENT_ID", "requests-xauth") == (name, words[1])
    assert "code=" in address


def test_lines_can_be_pasted():
    """
    The lines that are printed are a shell's, and each command in them works as it stands.
    """
    shell = shutil.which("bash") or pytest.skip("needs bash")
    here = f"requests-xauth() {{ '{sys.executable}' -m requests_xauth \"$@\"; }}\n"
    with sandbox() as started:
        lines = []
        while "--provider xpkit" not in "".join(lines):
            lines.append(started.stdout.readline())
        pasted = subprocess.run(
            [shell, "-e"],
            input=here + "".join(lines),
            env=environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (0, "HTTP 200 OK\n" * 3) == (pasted.returncode, pasted.stderr)
    assert '"GET"' in pasted.stdout
    assert max(map(len, lines)) <= 81  # 80 and the line's end


def test_lines_of_a_login():
    """
    Where a person logs in, the lines say how; they are comments, since they would wait.
    """
    with sandbox() as started:
        lines = [started.stdout.readline() for _ in range(20)]

    assert any(
        line.startswith("# requests-xauth login --provider xee") for line in lines
    )
    assert max(map(len, lines)) <= 81


def test_lifetime():
    """
    --lifetime says how long tokens are good.
    """
    with sandbox("--json", "--lifetime", "60") as started:
        one = json.loads(started.stdout.readline())["xpkit"]
        given = one["environ"]
        auth = XPKitAuth(
            client_id=given["XPKIT_CLIENT_ID"],
            client_secret=given["XPKIT_CLIENT_SECRET"],
            base_url=one["base_url"],
        )
        token = auth.renew()

    assert 59 <= token.expires_at - token.obtained_at <= 60


def test_lifetime_of_nothing():
    """
    A lifetime below a second is a usage error.
    """
    ran = run("sandbox", "--lifetime", "0")

    assert Code.USAGE == ran.exit_code
    assert "0 is not in the range x>=1." in ran.stderr
