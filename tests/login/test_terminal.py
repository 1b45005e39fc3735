"""auth.login() in a real terminal, and a second process that needs no login."""

import pytest
from login.people import code_of, leave_out
from login.programs import command, environ, used
from stores.with_file import FileStore

from requests_xauth.sandbox import Sandbox

try:
    import pexpect
except ImportError:
    pexpect = None

KEPT = FileStore.__name__  # the program's store, whose extra has to be there


@pytest.fixture
def box():
    """Return a sandbox on the real clock, which the program has too."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def terminal(box, tmp_path):
    """Start the program in a pseudo-terminal."""
    if pexpect is None:
        leave_out("No pexpect: pip install pexpect")
    [python, *rest] = command(box, str(tmp_path), "log in")
    child = pexpect.spawn(
        python,
        rest,
        env=environ(box),
        encoding="utf-8",
        dimensions=(40, 500),
        timeout=30,
    )
    yield child
    child.close(force=True)


def link_shown(terminal):
    """Return the link that the terminal shows."""
    terminal.expect(r"To log in to Xee, open this link:\s+(http\S+)\s")
    link = terminal.match[1]
    terminal.expect("Paste the whole address")
    return link


def test_pasted_address(box, terminal, tmp_path):
    """
    The address is pasted, after a mistake; then another process needs no login.
    """
    link = link_shown(terminal)
    terminal.sendline("what now?")
    terminal.expect("This is neither an address nor a code")
    terminal.expect("Paste the whole address")
    terminal.sendline(box.xee.authorize(link))
    terminal.expect("status 200")
    terminal.expect(pexpect.EOF)

    assert "status 200" == used(box, str(tmp_path))
    assert 1 == box.xee.token_requests


def test_pasted_code(box, terminal):
    """
    The code alone does where the provider sends no state.
    """
    box.xee.echo_state = False
    address = box.xee.authorize(link_shown(terminal))
    terminal.sendline(address)
    terminal.expect("Paste the code alone")
    terminal.sendline(code_of(address))

    terminal.expect("status 200")


def test_end_of_input(terminal):
    """
    Who ends the input is told of the way without a terminal.
    """
    link_shown(terminal)
    terminal.sendeof()

    terminal.expect("LoginRequired: The input ended before the address that")
