"""The page on logins: what it shows runs."""

import sys
from pathlib import Path

import pytest
from blocks import blocks, rows
from login.people import link_in
from stage import on_stage
from stores.with_file import FileStore

from requests_xauth import errors

PAGE = (Path(__file__).parents[2] / "docs/login.rst").read_text("utf-8")
FIRST, BEGIN, FINISH = [block for block in blocks(PAGE) if block.language == "python"]
KEPT = FileStore.__name__  # "file" has to be there


@pytest.fixture
def stage(monkeypatch, tmp_path):
    """A stage where the person's state is in a folder of the test's."""
    if not sys.platform.startswith("linux"):
        pytest.skip("Elsewhere XDG_STATE_HOME is not looked at")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with on_stage(monkeypatch) as found:
        yield found


def test_first_example(stage, monkeypatch, capsys):
    """
    The first run asks for a login, the second one does not.
    """
    stage.box.xee.redirect_uri = "http://localhost/callback"
    asked = []

    def person():
        asked.append(link_in(capsys.readouterr().err))
        return stage.box.xee.authorize(asked[-1])

    monkeypatch.setattr("builtins.input", person)

    for _ in range(2):
        stage.run(FIRST.text, FIRST.line)

    assert ["200", "200"] == stage.printed()
    assert 1 == len(asked)


def test_two_halves(stage):
    """
    What one process begins, another finishes.
    """
    stage.box.xee.redirect_uri = "https://app.example.com/callback"
    names = stage.run("from requests_xauth import XeeAuth\n" + BEGIN.text)
    address = stage.box.xee.authorize(names["url"])

    names = stage.run(
        "from requests_xauth import XeeAuth\n" + FINISH.text, address=address
    )

    assert names["auth"].token is not None


def test_errors():
    """
    Each error that the page names is one.
    """
    table = PAGE[PAGE.index("When it fails") :]

    for name, _ in rows(table):
        assert issubclass(getattr(errors, name.strip("`")), errors.XAuthError)
