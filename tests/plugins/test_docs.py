"""The pages on testing and on HTTPie: what they show runs, what they name is there."""

import re
from pathlib import Path

from blocks import blocks, rows

from requests_xauth import _tables
from requests_xauth.plugins import pytest as plugin
from requests_xauth.sandbox._issuer import Issuer
from requests_xauth.sandbox._login import LoginService
from requests_xauth.sandbox._origin import Origin
from requests_xauth.sandbox._service import Service

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


# Where the sandbox's switches are, and what else is there.
SWITCHED = (Origin, Issuer, Service, LoginService)
NO_SWITCH = {
    *("origin", "base_url", "base_path", "url", "api_url", "api_root", "api_path"),
    *("token_url", "token_path", "authorize_url", "authorize_path"),
    *("start", "close", "reset", "reset_counters", "release", "now", "answer"),
    *("body_limit", "credentials", "environ", "default_lifetime_s", "rotates"),
    *("denial", "refusal_table", "refused_status"),
}


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
    switches = {name for kind in SWITCHED for name in vars(kind) if name[0] != "_"}
    assert switches - NO_SWITCH <= set(names)
    assert {"skew_s", "token_requests_by_grant"} <= set(names)


def test_every_auth_type():
    """
    The page lists a row for each preset.
    """
    assert [f"``{name}``" for name in _tables.names()] == sorted(
        row[0] for row in rows(HTTPIE)
    )
