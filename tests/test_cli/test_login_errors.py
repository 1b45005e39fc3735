"""``requests-xauth login``: where it does not go well, and what is said then."""

import socket
import sys

import pytest
from command_line import command, environ, process, run
from login.people import (
    callback_of,
    get_request,
    leave_out,
    link_in,
    spoken,
    status_of,
)

from requests_xauth._cli import profiles
from requests_xauth._cli.ending import Code

try:
    import pexpect
except ImportError:
    pexpect = None

CALLBACK = "http://127.0.0.1/callback"
# A browser that comes up well, whose person does nothing.
OPENS_NOTHING = f"{sys.executable} -c pass %s"


def to(box, *more):
    """Return the options for Xee's sandbox."""
    return ("--provider", "xee", "--base-url", box.xee.base_url, *more)


@pytest.fixture
def terminal(box):
    """Return a function that starts a login in a pseudo-terminal."""
    if pexpect is None:
        leave_out("No pexpect: pip install pexpect")
    started = []

    def start(*given):
        python, *rest = command("login", *to(box, *given))
        how = {"encoding": "utf-8", "dimensions": (40, 500), "timeout": 30}
        env = environ(**box.xee.environ, BROWSER=OPENS_NOTHING)
        started.append(pexpect.spawn(python, rest, env=env, **how))
        started[-1].expect(r"open this link:\s+(http\S+)\s")
        return started[-1]

    yield start
    for one in started:
        one.close(force=True)


def test_forged(box, terminal):
    """
    What comes without a state ends no login: the person's own browser finishes it.
    """
    child = terminal("--browser", "--redirect-uri", CALLBACK)
    link = child.match[1]
    forged = spoken(callback_of(link), get_request(f"{callback_of(link)}?code=evil"))
    child.expect("Paste the code alone")
    own = spoken(callback_of(link), get_request(box.xee.authorize(link)))
    child.expect("Logged in to Xee")
    child.expect(pexpect.EOF)

    assert (400, 200) == (status_of(forged), status_of(own))
    assert 1 == box.xee.token_requests


def test_end_of_input(terminal):
    """
    Ctrl-D at the question is told as what it is.
    """
    child = terminal("--no-browser")
    child.expect("Paste the whole address")
    child.sendeof()
    child.expect("Error: The input ended before .* was pasted. Run it again.\r\n")
    child.expect(pexpect.EOF)
    child.close()

    assert Code.LOGIN == child.exitstatus


def test_words_of_a_shell(box):
    """
    What is to be done next is said in a shell's words, and can be done.
    """
    given = ("login", "--no-browser", *to(box, "--redirect-uri", CALLBACK))
    first = run(*given, env=box.xee.environ, input="")
    address = box.xee.authorize(link_in(first.stderr))
    second = run(*given, env=box.xee.environ, input=f"{address}\n")

    assert first.stderr.splitlines()[-1].endswith(
        "there is no terminal to read it from. Run it in a terminal; or, within ten"
        " minutes, once more with --no-browser and that address on standard input."
    )
    assert Code.DONE == second.exit_code


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        (
            "xee",
            ["--no-browser", "--redirect-uri", "http://127.0.0.1:99999/"],
            "--redirect-uri is no URL: 'http://127.0.0.1:99999/'.",
        ),
        ("xpkit", [], "Just send a request, by requests-xauth get for one."),
    ],
)
def test_no_words_of_python(box, name, given, told):
    """
    No error of a login names what only Python has, or sends to the command that fails.
    """
    service = getattr(box, name)
    root = ("--provider", name, "--base-url", service.base_url)

    ran = run("login", *root, *given, env=service.environ, input="")

    assert told in ran.stderr.splitlines()[-1]
    for word in ("()", "open_browser", "In a shell"):
        assert word not in ran.stderr


def test_too_late(box):
    """
    So it is where nobody comes in time.
    """
    ran = process(
        *("login", "--browser", "--timeout", "0.01"),
        *to(box, "--redirect-uri", CALLBACK),
        env={**box.xee.environ, "BROWSER": OPENS_NOTHING},
    )

    told = b"within 0 s. Run it again; --no-browser asks for the address."
    assert Code.LOGIN == ran.returncode
    assert ran.stderr.strip().endswith(told)


@pytest.mark.parametrize("way", ["option", "profile"])
def test_no_store(box, way, folders):
    """
    A token that would end with the command is refused at once, before anything is opened.
    """
    given = {
        "option": to(box, "--store", "none"),
        "profile": ("-p", "ada"),
    }
    path = profiles.place()
    path.parent.mkdir(parents=True)
    path.write_text(
        f"[ada]\nprovider = xee\nbase_url = {box.xee.base_url}\nstore = none\n",
        encoding="utf-8",
    )

    ran = run("login", "--no-browser", *given[way], env=box.xee.environ, input="")

    assert (Code.USAGE, "") == (ran.exit_code, ran.stdout)
    assert "would be lost when this command ends" in ran.stderr
    assert "--store file" in ran.stderr
    assert "http" not in ran.stderr
    assert [] == box.xee.requests


def test_port_taken(box):
    """
    So it is where another program has the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        uri = f"http://127.0.0.1:{other.getsockname()[1]}/callback"
        ran = run(
            *("login", "--browser", *to(box, "--redirect-uri", uri)),
            env=box.xee.environ,
        )

    assert Code.CONFIGURATION == ran.exit_code
    assert ran.stderr.strip().endswith("wait for it, or use --no-browser.")


def test_no_client(box):
    """
    What is missing is a variable, and no argument of Python.
    """
    ran = run("login", *to(box))

    assert Code.CONFIGURATION == ran.exit_code
    assert "No client_id given for Xee: set XEE_CLIENT_ID." in ran.stderr
