"""The pages on testing and on HTTPie: what they show runs, what they name is there."""

import re
from pathlib import Path

from blocks import blocks, rows

from requests_xauth import _tables
from requests_xauth.plugins import pytest as plugin

pytest_plugins = ["pytester"]

DOCS = Path(__file__).parents[2] / "docs"
TESTING = (DOCS / "testing.rst").read_text("utf-8")
HTTPIE = (DOCS / "httpie.rst").read_text("utf-8")
IMPORTS = """
import unittest
import pytest, requests
from requests_xauth import M2MAuth, XPKitAuth, errors, testing
from requests_xauth.sandbox import Sandbox
"""


def test_every_example_of_testing(project):
    """
    The tests that the page shows are collected, and pass.
    """
    shown = [block.text for block in blocks(TESTING) if block.language == "python"]
    number = sum(text.count("def test_") for text in shown)

    project(IMPORTS + "\n\n".join(shown)).assert_outcomes(passed=number)

    assert number >= 6


def test_every_fixture():
    """
    The page lists the fixtures that there are.
    """
    fixtures = [
        n for n in vars(plugin) if n.endswith("_auth") or n.startswith("xauth_")
    ]

    assert sorted(f"``{n}``" for n in fixtures) == sorted(r[0] for r in rows(TESTING))


def test_every_switch(xauth_sandbox):
    """
    The switches and counters that the page names exist.
    """
    [text] = re.findall(
        r"(?s)Each provider of the sandbox counts(.*?)What they do", TESTING
    )
    names = re.findall(r"``(\w+)", text)

    assert len(names) >= 15
    assert [] == [name for name in names if not hasattr(xauth_sandbox.xpkit, name)]


def test_every_auth_type():
    """
    The page lists a row for each preset.
    """
    assert [f"``{name}``" for name in _tables.names()] == sorted(
        row[0] for row in rows(HTTPIE)
    )
