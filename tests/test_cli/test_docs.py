"""The page on the shell: what it lists is what there is."""

import json
from pathlib import Path

import pytest
from blocks import blocks, rows
from command_line import run

from requests_xauth import _cli
from requests_xauth._cli import profiles, references
from requests_xauth._cli.ending import MEANINGS

PAGE = (Path(__file__).parents[2] / "docs" / "shell.rst").read_text("utf-8")
COMMANDS = {  # no context is needed
    name: _cli.main.get_command(None, name) for name in _cli.main.list_commands(None)
}
[PROFILES] = [block.text for block in blocks(PAGE) if block.language == "ini"]


def part(title):
    """Return the page from the comment *title* on."""
    return PAGE.partition(f".. {title}\n")[2]


def test_every_command():
    """
    Each command has a row.
    """
    listed = [row[0].strip("`") for row in rows(part("commands").split("\n.. ")[0])]

    assert sorted(COMMANDS) == sorted(listed)


def test_every_exit_code():
    """
    Each exit code has a row with its meaning.
    """
    lines = part("exit codes").splitlines()

    for code, meaning in MEANINGS.items():
        assert f"{code:<4d}  {meaning}" in lines


def test_every_reference():
    """
    Each kind of reference has a row.
    """
    for form in ("env:NAME", "keyring:service/user", "file:/path"):
        assert f"``{form}``" in part("references")
        assert form in references.FORMS


def test_every_json():
    """
    The commands that the page names take --json, and no others do.
    """
    takes = [
        name
        for name, command in COMMANDS.items()
        if any("--json" in parameter.opts for parameter in command.params)
    ]
    *first, last = sorted(takes)
    told = (
        ", ".join(f"``{name}``" for name in first) + f" and ``{last}`` take ``--json``"
    )

    assert told in " ".join(PAGE.split())


@pytest.mark.parametrize("name", ["default", "things", "ada"])
def test_profiles(name, folders):
    """
    The profiles of the page are complete but for the secrets.
    """
    path = profiles.place()
    path.parent.mkdir(parents=True)
    path.write_text(PROFILES.replace("keyring:", "env:"), encoding="utf-8")
    env = {"xpkit/my-application": "a", "XEE_SECRET": "b"}
    env["CACHE_URL"] = "redis://:s3cret@127.0.0.1:1/0"
    text = path.read_text(encoding="utf-8")
    secret = path.with_name("secret")
    secret.write_text("c\n", encoding="utf-8")
    text = text.replace("/run/secrets/gateway", str(secret))
    path.write_text(text, encoding="utf-8")

    made = run("status", "--json", "--profile", name, env=env)

    [row] = json.loads(made.stdout)["tokens"]
    # Nobody answers at that address, which is a store's business; all else is complete.
    assert "things" == name if row["error"] else "FileStore" in row["store"]
    assert "s3cret" not in made.stdout
    assert "password" not in (row["error"] or "")
