"""What every command shares: its help, its door, its exit codes."""

import os
import signal
import subprocess
import sys

import pytest
from command_line import environ, process, run

from requests_xauth import __version__, _cli
from requests_xauth._cli.ending import MEANINGS, Code, unwound

COMMANDS = _cli.main.list_commands(None)  # no context is needed


def test_commands():
    """
    These are the commands.
    """
    expected = (
        "completion curl demo doctor get login logout providers request sandbox"
        " status token"
    )

    assert expected.split() == COMMANDS


@pytest.mark.parametrize("args", [[], *([name] for name in COMMANDS)], ids=str)
def test_help(args):
    """
    Each help fits in 80 columns and begins with how it is used.
    """
    ran = run(*args, "--help")

    assert 0 == ran.exit_code
    assert ran.stdout.startswith(" ".join(["Usage: requests-xauth", *args]))
    assert max(map(len, ran.stdout.splitlines())) <= 80


@pytest.mark.parametrize("args", [["--help"], ["get", "--help"]])
def test_exit_codes_are_documented(args):
    """
    The help lists every exit code with its meaning.
    """
    lines = run(*args).stdout.splitlines()

    assert [f"    {code:<3d}  {MEANINGS[code]}" for code in Code] == lines[-len(Code) :]


def test_no_command_line_is_cut():
    """
    The list of commands says all that it wants to say.
    """
    commands = run("--help").stdout.partition("Commands:")[2]

    assert "demo" in commands
    assert "..." not in commands


def test_version():
    """
    The version is the package's.
    """
    assert f"requests-xauth, version {__version__}\n" == run("--version").stdout


def test_module():
    """
    ``python -m requests_xauth`` is the same command.
    """
    ran = process("--help")

    assert (0, b"") == (ran.returncode, ran.stderr)
    assert ran.stdout.startswith(b"Usage: python -m requests_xauth")


def test_lean():
    """
    A command loads nothing of the others, and no library of tables before it has one.
    """
    code = (
        "import sys\nfrom requests_xauth._cli import main\n"
        "main(['get', 'http://127.0.0.1/', '--provider=m2m'], standalone_mode=False)\n"
        "print(*sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    loaded = ran.stdout.split()
    assert "requests_xauth._cli.request" in loaded
    assert {"rich", "requests_xauth.sandbox", "requests_xauth._cli.doctor"}.isdisjoint(
        loaded
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes that break")
@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["get", "--help"],
        ["--version"],
        ["demo"],
        ["providers"],
        ["providers", "--json"],
        ["completion", "bash"],
    ],
)
def test_reader_is_gone(args):
    """
    Where nobody reads what is printed, any command ends as SIGPIPE would, without a word.
    """
    ours, theirs = os.pipe()
    os.close(ours)
    ran = process(*args, capture_output=False, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)

    assert (Code.NO_READER, b"") == (ran.returncode, ran.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes that break")
def test_reader_of_errors_is_gone():
    """
    Standard error may be the pipe that nobody reads.
    """
    ours, theirs = os.pipe()
    os.close(ours)
    ran = process("status", capture_output=False, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)

    assert Code.NO_READER == ran.returncode


def test_sigterm_of_others():
    """
    What a program does at SIGTERM is left to it, and to others after a command's end.
    """
    before = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with unwound():
            assert signal.SIG_IGN == signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with unwound():
            assert signal.SIG_DFL != signal.getsignal(signal.SIGTERM)
        assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_full_disk():
    """
    Where nothing can be written, any command ends with 3 and one line.
    """
    try:
        full = open("/dev/full", "wb")  # noqa: PTH123, SIM115  # closed below
    except OSError:
        pytest.skip("needs /dev/full")
    with full:
        ran = process(
            "status", capture_output=False, stdout=full, stderr=subprocess.PIPE
        )

    assert Code.CONFIGURATION == ran.returncode
    assert ran.stderr.endswith(b"No space left on device\n")
    assert b"Traceback" not in ran.stderr


def test_unknown_command():
    """
    Another command is a usage error.
    """
    ran = run("gte")

    assert Code.USAGE == ran.exit_code
    assert "No such command 'gte'" in ran.stderr
