"""``requests-xauth login``: a person's token, for the commands after it."""

import json
import sys
from urllib.parse import quote, urlsplit

import pytest
from command_line import command, environ, process, run
from login.people import leave_out

from requests_xauth._cli import profiles
from requests_xauth._cli.ending import Code
from requests_xauth.login import _browser
from requests_xauth.stores import FileStore

try:
    import pexpect
except ImportError:
    pexpect = None

CALLBACK = "http://127.0.0.1/callback"
# Does what a person's browser does, and its person.
BROWSER = """\
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Decision": DECISION})
try:
    urllib.request.urlopen(request, timeout=20).read()
except urllib.error.HTTPError as page:
    page.read()
"""


def to(box, *more):
    """Return the options for Xee's sandbox."""
    return ("--provider", "xee", "--base-url", box.xee.base_url, *more)


def no_desktop():
    """Return this environment without what tells of a browser."""
    hidden = {*_browser._ELSEWHERE, *_browser._DESKTOP}
    return {name: value for name, value in environ().items() if name not in hidden}


@pytest.fixture
def browser(tmp_path):
    """Return what makes the environment of a browser whose person decides so."""

    def make(decision):
        path = tmp_path / "browser.py"
        code = BROWSER.replace("DECISION", repr(decision))
        path.write_text(code, encoding="utf-8")
        return {"BROWSER": f"{sys.executable} {path} %s"}

    return make


def test_browser(box, browser):
    """
    The browser is opened and its answer received; then a request needs no login.
    """
    ran = process(
        *("login", "--browser", *to(box, "--redirect-uri", CALLBACK)),
        env={**box.xee.environ, **browser("allow")},
    )
    used = run("get", box.xee.api_url, *to(box), env=box.xee.environ)

    told = ran.stderr.decode()
    assert (Code.DONE, b"") == (ran.returncode, ran.stdout)
    assert told.splitlines()[-1].startswith("Logged in to Xee. The token is good for ")
    assert f"renewed by itself after that; it is in {FileStore()!r}." in told
    assert (Code.DONE, "HTTP 200 OK\n") == (used.exit_code, used.stderr)
    for secret in box.secrets():
        assert secret not in told


def test_refused_by_the_person(box, browser):
    """
    A person who says no ends it with 5.
    """
    ran = process(
        *("login", "--browser", *to(box, "--redirect-uri", CALLBACK)),
        env={**box.xee.environ, **browser("deny")},
    )

    assert Code.LOGIN == ran.returncode
    assert b"access_denied" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_pasted(box):
    """
    Where there is no browser the address is pasted; status and logout know of it.
    """
    if pexpect is None:
        leave_out("No pexpect: pip install pexpect")
    python, *rest = command("login", *to(box, "--account", "ada", "--no-browser"))
    child = pexpect.spawn(
        python,
        rest,
        env={**no_desktop(), **box.xee.environ},
        encoding="utf-8",
        dimensions=(40, 500),
        timeout=30,
    )
    child.expect(r"To log in to Xee, open this link:\s+(http\S+)\s")
    child.sendline(box.xee.authorize(child.match[1]))
    child.expect("Logged in to Xee")
    child.expect(pexpect.EOF)
    child.close()
    [row] = json.loads(
        run(
            *("status", "--json", *to(box, "--account", "ada")), env=box.xee.environ
        ).stdout
    )["tokens"]
    other = run("get", box.xee.api_url, *to(box), env=box.xee.environ)

    assert 0 == child.exitstatus
    assert ("ada", True) == (row["account"], row["refreshable"])
    assert Code.LOGIN == other.exit_code


def test_nobody_there(box):
    """
    Without a browser and a terminal it ends with 5, and nothing hangs.
    """
    ran = run("login", "--no-browser", *to(box), env=box.xee.environ, input="")

    assert Code.LOGIN == ran.exit_code
    assert "Nobody can be asked" in ran.stderr
    assert urlsplit(box.xee.authorize_url).path in ran.stderr


@pytest.mark.parametrize("given", [[], ["--redirect-uri", "http://127.0.0.1/other"]])
def test_redirect_uri_of_a_profile(box, given):
    """
    A profile's redirect URI is used for a login, unless an option gives another.
    """
    path = profiles.place()
    path.parent.mkdir(parents=True)
    path.write_text(
        f"[ada]\nprovider = xee\nbase_url = {box.xee.base_url}\n"
        f"redirect_uri = {CALLBACK}\naccount = ada\n",
        encoding="utf-8",
    )

    ran = run(
        *("login", "-p", "ada", "--no-browser", *given), env=box.xee.environ, input=""
    )

    assert Code.LOGIN == ran.exit_code
    assert quote((given or [CALLBACK])[-1], safe="") in "".join(ran.stderr.split())


def test_nobody_needed(box):
    """
    Where nobody logs in, that is said, with 3.
    """
    root = ("--provider", "m2m", "--base-url", box.m2m.base_url)

    ran = run("login", *root, env=box.m2m.environ)

    assert Code.CONFIGURATION == ran.exit_code
    assert "Nobody logs in with M2MAuth" in ran.stderr
    assert [] == box.m2m.requests


def test_xpkits_people(box):
    """
    XPKit's people are a provider's name of their own.
    """
    root = ("--provider", "xpkit-user", "--base-url", box.xpkit.base_url)

    ran = run("login", "--no-browser", *root, env=box.xpkit.environ, input="")

    assert Code.LOGIN == ran.exit_code
    assert "To log in to XPKit, open this link:" in ran.stderr
