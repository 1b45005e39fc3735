"""``requests-xauth completion``: words of ours, completed by a shell."""

import shutil
import subprocess

import pytest
from command_line import run

from requests_xauth._cli import profiles
from requests_xauth._cli.ending import Code


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_script(shell):
    """
    The script is one that the shell can read.
    """
    ran = run("completion", shell)

    assert Code.DONE == ran.exit_code
    assert "_REQUESTS_XAUTH_COMPLETE" in ran.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.stdout, text=True, check=True)


def test_unknown_shell():
    """
    Another shell is a usage error that lists those that there are.
    """
    ran = run("completion", "tcsh")

    assert Code.USAGE == ran.exit_code
    assert "'tcsh' is not one of 'bash', 'fish', 'zsh'." in ran.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("requests-xauth log", ["login", "logout"]),
        ("requests-xauth get --pro", ["--profile", "--provider"]),
        ("requests-xauth token --profile f", ["fleet", "former"]),
        ("requests-xauth token --provider xp", ["xpkit", "xpkit-user"]),
    ],
)
def test_words(words, expected):
    """
    Commands, options, profiles and providers are completed.
    """
    assert expected == completed(words, "[fleet]\n[former]\n[other]\n")


def test_broken_file():
    """
    A file of profiles that is broken completes nothing, without a word of error.
    """
    assert [] == completed("requests-xauth token --profile f", "no section")


def completed(words, text):
    """Return what the command answers to bash's script."""
    path = profiles.place()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    ran = run(
        env={
            "_REQUESTS_XAUTH_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
    )
    assert "" == ran.stderr
    return [line.partition(",")[2] for line in ran.stdout.split()]
