"""The README's commands for a shell, and its two programs in one diff."""

import importlib
import re
import shlex
import subprocess
from configparser import ConfigParser

import pytest
from oauthlib.oauth2 import TokenExpiredError
from readme import BLOCKS, README, ROOT
from stage import PROFILES

[DIFF] = [block.text for block in BLOCKS if block.language == "diff"]
COMMANDS = [
    command
    for block in BLOCKS
    if block.language == "shell"
    for command in block.text.splitlines()
]


def side(sign):
    """Return one of the diff's two programs."""
    lines = [line for line in DIFF.splitlines() if line[:1] in ("", " ", sign)]
    return "\n".join(line[1:] for line in lines) + "\n"


class TestDiff:
    """The program before and after."""

    @pytest.mark.parametrize("sign", "-+")
    def test_both_run(self, stage, sign):
        """
        Both programs run, and get the same answer.
        """
        stage.run(side(sign))

        assert ["200"] == stage.printed()
        assert 1 == stage.box.xpkit.token_requests

    def test_ten_hours_later(self, stage):
        """
        When the token has ended the first program fails and the second goes on.
        """
        stage.box.xpkit.extra = {"expires_in": -1}

        with pytest.raises(TokenExpiredError):
            stage.run(side("-"))
        names = stage.run(side("+"))
        stage.box.xpkit.expire()
        assert 200 == names["session"].get(PROFILES).status_code


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
        named = set(re.findall(r"\[(\w+)\](?:'|``)", README))
        assert {"cli", "file", "keyring", "redis"} <= named
        assert named <= set(setup["options.extras_require"])

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
        assert extracted.endswith(".venv/bin/tox run-parallel -p 3")

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
