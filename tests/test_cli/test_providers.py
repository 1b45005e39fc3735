"""``requests-xauth providers``: printed from the tables themselves."""

import json
import os
import re
import subprocess

import pytest
from command_line import command, environ, process, read_all, run

from requests_xauth import _tables


def test_all_is_printed():
    """
    Every class, URL, host, variable and answer is printed, within 80 columns.
    """
    ran = run("providers")

    assert (0, "") == (ran.exit_code, ran.stderr)
    for one in _tables.presets():
        for place in one.places:
            for text in (place.token_url, place.authorize_url or "", *place.hosts):
                assert text in ran.stdout
        for text in (*one.environ, *(auth.__name__ for auth in one.classes)):
            assert text in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert "\x1b" not in ran.stdout


def test_all_answers_are_printed():
    """
    Each answer stands on one line with what follows, under its provider.
    """
    lines = [" ".join(line.split()) for line in run("providers").stdout.splitlines()]

    at = 0
    for answer in _tables.answers():
        meaning = _tables.MEANINGS[answer.verdict]
        at = lines.index(
            f"{answer.status} {answer.reason or 'any other'} {meaning}", at
        )


@pytest.mark.parametrize(
    ("name", "kind", "client_auth"),
    [
        ("xpkit", "XPKitAuth", "body"),
        ("xpkit-user", "XPKitUserAuth", "none"),
        ("xee", "XeeAuth", "basic"),
        ("xmldation", "XMLdationAuth", "basic"),
        ("m2m", "M2MAuth", "basic"),
    ],
)
def test_each_class(name, kind, client_auth):
    """
    Each class has the name that --provider takes, and how its client authenticates.
    """
    lines = [" ".join(line.split()) for line in run("providers").stdout.splitlines()]
    found = json.loads(run("providers", "--json").stdout)

    told = f"{kind}: --provider {name}, client auth {client_auth}"
    assert 1 == sum(line.removeprefix("classes ") == told for line in lines)
    assert {"class": kind, "name": name, "client_auth": client_auth} in [
        own for one in found for own in one["classes"]
    ]
    assert set(_tables.auths()) == {
        own["name"] for one in found for own in one["classes"]
    }


def test_json():
    """
    The JSON says the same.
    """
    found = json.loads(run("providers", "--json").stdout)

    assert list(_tables.names()) == [one["name"] for one in found]
    assert [
        (a.provider, a.status, a.reason, a.verdict.value)
        for a in _tables.answers()
        if a.provider != _tables.OWN
    ] == [
        (one["title"], a["status"], a["reason"], a["verdict"])
        for one in found
        for a in one["answers"]
    ]
    assert [list(one.environ) for one in _tables.presets()] == [
        one["environment"] for one in found
    ]
    assert "https://auth.china.xpkit.cn/api/token/" in [
        place["token_url"] for one in found for place in one["places"]
    ]


@pytest.mark.parametrize("variables", [{}, {"COLUMNS": "200"}, {"NO_COLOR": "1"}])
def test_pipe(variables):
    """
    A process whose output is a pipe prints the same plain 80 columns.
    """
    ran = process("providers", env=variables)

    assert (0, b"") == (ran.returncode, ran.stderr)
    assert run("providers").stdout == ran.stdout.decode()


@pytest.mark.parametrize("columns", ["8", "40"])
def test_narrow_terminal(columns):
    """
    A narrow terminal that shows ASCII only gets every letter of a URL, on several lines.
    """
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm", "COLUMNS": columns, "PYTHONIOENCODING": "ascii"}
    with subprocess.Popen(
        command("providers"),
        env=environ(**variables),
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as started:
        os.close(theirs)
        shown = read_all(ours)
        told = started.stderr.read()

    assert (0, b"") == (started.returncode, told)
    if columns == "40":
        [preset] = [one for one in _tables.presets() if one.name == "xmldation"]
        letters = re.sub(r"\s|\x1b\[[\d;]*m", "", shown.decode())
        assert preset.places[0].token_url in letters
