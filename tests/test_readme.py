"""The README: each of its blocks runs as it stands.

Rule: the blocks under one heading run in their order in one namespace of their own; the
hosts they name lead to the sandbox, and what they print is what the comment beside the
print() says.
"""

import importlib
import re
import shlex
import subprocess
import warnings
from configparser import ConfigParser
from pathlib import Path

import pytest
import requests
from blocks import blocks
from helpers import session_with
from stage import PROFILES, close_all, on_stage

from requests_xauth import XAuth, XPKitAuth, errors

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text("utf-8")
BLOCKS = blocks(README)
PYTHON = [block for block in BLOCKS if block.language == "python"]
SECTIONS = list(dict.fromkeys(block.section for block in PYTHON))
LITERAL = [block.text.strip() for block in BLOCKS if not block.language]
[DIFF] = [block.text for block in BLOCKS if block.language == "diff"]
COMMANDS = {
    command: block.section
    for block in BLOCKS
    if block.language == "shell"
    for command in block.text.splitlines()
}
THREADS = "Threads, processes, pickles"


@pytest.fixture
def stage(monkeypatch, tmp_path):
    """Return a stage in a folder with the file that an example sends."""
    monkeypatch.chdir(tmp_path)
    Path("payment.xml").write_text("<Document/>", "utf-8")
    with on_stage(monkeypatch) as found:
        for service in (found.box.xpkit, found.box.xee):
            service.redirect_uri = "https://app.example.com/callback"
        yield found


@pytest.fixture
def played(stage, monkeypatch):
    """Return a function that runs the blocks under a heading and returns their names."""
    ended = []

    def play(section, **names):
        found = [block for block in PYTHON if block.section == section]
        if section == "XPKit, for a person":  # an application of its own at XPKit
            monkeypatch.setenv("XPKIT_CLIENT_ID", stage.box.xpkit.user_client_id)
        ended.append(stage.run_all(found, **names))
        return ended[-1]

    yield play
    for names in ended:
        close_all(names)


def test_every_block_is_of_a_kind_that_runs():
    """
    There is no block of code that these tests do not know how to run.
    """
    assert {"python", "shell", "diff", ""} == {block.language for block in BLOCKS}
    assert README.count(".. code-block::") == sum(bool(b.language) for b in BLOCKS)


@pytest.mark.parametrize("section", SECTIONS[1:])
def test_blocks(stage, played, section):
    """
    The blocks under a heading run, and print what their comments say.
    """
    names = played(section)

    for name in [name for name in names if name.startswith("test_")]:
        names[name]()
    text = "".join(block.text for block in PYTHON if block.section == section)
    expected = re.findall(r"(?m)^ *print\(.*\)  # (.+)$", text)
    printed = [line for line in stage.printed() if not line.startswith("Open this")]
    assert expected == printed


def test_the_one_line(stage, played):
    """
    The line that the README opens with makes a session carry a token.
    """
    session = session_with(None)

    played(SECTIONS[0], session=session, XPKitAuth=XPKitAuth)

    assert "session.auth = XPKitAuth(region=" in README.split(".. code-block::")[1]
    assert 200 == session.get(PROFILES).status_code


def test_threads_and_pickles_share_a_token(stage, played):
    """
    The example with threads and a pickle costs one token request, as the text says.
    """
    played(THREADS)

    assert 1 == stage.box.m2m.token_requests
    assert 65 == stage.box.m2m.api_calls


def test_a_file_is_rewound(stage, played):
    """
    The file of the XMLdation example is sent whole when it is sent once more.
    """
    played("XMLdation")
    stage.box.xmldation.expire()

    played("XMLdation")

    assert [b"<Document/>"] * 2 == stage.box.xmldation.bodies
    assert 3 == stage.box.xmldation.api_calls


class TestErrors:
    """The function that says what to do next."""

    SECTION = "Errors, and what to do"

    def test_a_good_answer(self, stage, played):
        """
        A good answer is returned.
        """
        fetch = played(self.SECTION)["fetch"]

        assert fetch(session_with(XPKitAuth("emea")), PROFILES).ok

    def test_wrong_credentials(self, stage, played):
        """
        Wrong credentials are told word for word as the README tells it.
        """
        fetch = played(self.SECTION)["fetch"]
        session = session_with(XPKitAuth("emea", client_secret="wrong"))

        told = fetch(session, PROFILES)

        assert f"fix it: {LITERAL[0]}" == told

    def test_refused_in_between(self, stage, played, monkeypatch, capsys):
        """
        The refused response is at hand when the renewal it led to fails.
        """
        fetch = played(self.SECTION)["fetch"]
        auth = played("M2M")["session"].auth
        monkeypatch.setattr(stage.box.m2m, "client_secret", "changed")
        stage.box.m2m.expire()

        told = fetch(session_with(auth), "https://iot.example.com/api/v1/things")

        assert told.startswith("fix it: M2M refused the token request")
        assert "The API answered 401 before that.\n" == capsys.readouterr().out

    def test_unavailable(self, stage, played):
        """
        What the provider asks to wait is what is told.
        """
        fetch = played(self.SECTION)["fetch"]
        stage.box.xpkit.fail(500, headers={"Retry-After": "90"})

        told = fetch(session_with(XPKitAuth("emea")), PROFILES)

        assert "try again in 90 s" == told

    def test_nobody_has_logged_in(self, stage, played):
        """
        Without a login there is a hint to log in.
        """
        fetch = played(self.SECTION)["fetch"]
        auth_of = played("When a person logs in")["auth_of"]

        told = fetch(session_with(auth_of("kari")), "https://cloud.xee.com/v3/users/me")

        assert "log in: auth.authorization_url() begins" == told

    def test_the_api_is_gone(self, stage, played):
        """
        An API that does not answer is another matter.
        """
        fetch = played(self.SECTION)["fetch"]
        session = session_with(XPKitAuth("emea", hosts=["gone.example.net"]))

        told = fetch(session, "https://gone.example.net/")

        assert "the API itself did not answer" == told


def test_the_quirk_is_needed(stage, played):
    """
    Acme's refusal renews with the function that reads it, and without it does not.
    """
    names = played("A provider of your own")
    grant = names["session"].auth._setup.grant
    told = XAuth(names["ACME"], grant)
    untold = names["session"].auth
    url = "https://api.acme.example/things"
    told.renew()
    stage.acme.expire()

    answers = [requests.get(url, auth=auth).status_code for auth in (untold, told)]

    assert [403, 200] == answers


class TestLogins:
    """The back end of a web site."""

    @pytest.fixture
    def site(self, stage, played):
        """Return the functions of the example."""
        return played("When a person logs in")

    def test_two_people(self, stage, site):
        """
        Two people who log in at once each get their own token.
        """
        people = ("kari", "anna")
        urls = {person: site["begin"](person) for person in people}
        for person in people:
            site["finish"](person, stage.box.xee.authorize(urls[person]))

        assert all(site["profile"](person).ok for person in people)
        assert 2 == len({site["auth_of"](person).token.mark for person in people})

    def test_another_browsers_login(self, stage, site):
        """
        Nobody can finish a login that another browser began.
        """
        address = stage.box.xee.authorize(site["begin"]("kari"))
        site["begin"]("anna")

        with pytest.raises(errors.LoginRequired, match="under way"):
            site["finish"]("anna", address)

    def test_no_state(self, stage, site):
        """
        A provider that sends no state back is told of, and the code alone is taken.
        """
        stage.box.xee.echo_state = False
        address = stage.box.xee.authorize(site["begin"]("kari"))

        with pytest.raises(errors.LoginRequired, match=r"fetch_token\(code="):
            site["finish"]("kari", address)
        code = re.search("code=([^&]+)", address)[1]
        assert site["auth_of"]("kari").fetch_token(code=code)


def test_the_warning(stage, played):
    """
    A request to another host warns in the README's words, and can be made to fail.
    """
    session = played("Hosts and redirects")["session"]
    url = "https://status.example.org/"

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert 401 == session.get(url).status_code

    [one] = warned
    assert LITERAL[1] == f"{one.category.__name__}: {one.message}"
    assert "authorization" not in stage.box.elsewhere.requests[0].headers


class TestDiff:
    """The program before and after."""

    @pytest.mark.parametrize("sign", "-+")
    def test_both_run(self, stage, sign):
        """
        Both programs run, and get the same answer.
        """
        names = stage.run(side(sign))

        close_all(names)
        assert ["200"] == stage.printed()
        assert 1 == stage.box.xpkit.token_requests

    def test_ten_hours_later(self, stage):
        """
        When the token has ended the first program fails and the second goes on.
        """
        stage.box.xpkit.extra = {"expires_in": -1}
        late = pytest.importorskip("oauthlib.oauth2").TokenExpiredError

        with pytest.raises(late):
            stage.run(side("-"))
        names = stage.run(side("+"))
        stage.box.xpkit.expire()
        assert 200 == names["session"].get(PROFILES).status_code
        close_all(names)


def side(sign):
    """Return one of the diff's two programs."""
    lines = [line for line in DIFF.splitlines() if line[:1] in ("", " ", sign)]
    return "\n".join(line[1:] for line in lines) + "\n"


class TestCommands:
    """The commands for a shell."""

    def test_install(self):
        """
        What is installed is this package, and each extra named anywhere exists.
        """
        setup = ConfigParser(interpolation=None)
        setup.read(ROOT / "setup.cfg", encoding="utf-8")
        name = setup["metadata"]["name"]

        assert f"python -m pip install {name}" in COMMANDS
        assert set(re.findall(r"\[(\w+)\]'", README)) == {"cli"}
        assert "cli" in setup["options.extras_require"]

    def test_tox(self):
        """
        The command for the tests is the one that continuous integration runs.
        """
        ci = (ROOT / ".ci/run").read_text("utf-8")
        extracted = subprocess.run(
            shlex.split(re.search(r"command=\$\((sed .*)\)", ci)[1]),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

        assert extracted in COMMANDS
        assert extracted.endswith(".venv/bin/tox")

    def test_demo(self):
        """
        The command for the demo ends in one that keeps its promises.
        """
        [demo] = [line for line in COMMANDS if line.endswith("requests-xauth demo")]

        ended = command_line().run("demo")

        assert "pip install --quiet '.[cli]'" in demo
        assert 0 == ended.exit_code

    @pytest.mark.parametrize(
        "line", [line for line in COMMANDS if line.startswith("requests-xauth ")]
    )
    def test_command(self, stage, line):
        """
        Each command is there, and does what it says; the endless one tells its options.
        """
        _, *args = shlex.split(line)
        endless = ["--help"] if args == ["sandbox"] else []

        ended = command_line().run(*args, *endless, env=stage.environ())

        assert 0 == ended.exit_code
        assert ended.stdout


def command_line():
    """Return what runs a command here; without its libraries the test is skipped."""
    return importlib.import_module("command_line")
