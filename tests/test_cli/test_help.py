"""What every command shares: its help, its door, its exit codes."""

import pytest
from command_line import process, run

from requests_xauth import __version__, _cli
from requests_xauth._cli.ending import MEANINGS, Code

COMMANDS = sorted(_cli.main.commands)


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

    assert [f"    {code:d}  {MEANINGS[code]}" for code in Code] == lines[-len(Code) :]


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


def test_unknown_command():
    """
    Another command is a usage error.
    """
    ran = run("gte")

    assert Code.USAGE == ran.exit_code
    assert "No such command 'gte'" in ran.stderr
