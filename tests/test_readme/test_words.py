"""What the README says of the package in passing."""

import inspect
import re

import pytest
import requests
from helpers import auth_of, session_with
from readme import README, ROOT, TEXTS

from requests_xauth import XAuthSession, _logins, _refusals, _token, stores
from requests_xauth._store import Store


class TestWords:
    """What the text says of the package."""

    @pytest.mark.parametrize(
        ("section", "said", "value"),
        [
            ("What happens on which status", "30 seconds", _refusals.PAUSE_S / 30),
            ("What happens on which status", "three renewals", _refusals.IN_A_ROW / 3),
            ("When a person logs in", "ten minutes", _logins.GOOD_FOR_S / 600),
            ("When a person logs in", "at most 100", _logins.AT_MOST / 100),
            ("How it works", "5 minutes", _token.AHEAD_S / 300),
            ("How it works", "a fifth", _token.AHEAD_FRACTION * 5),
        ],
    )
    def test_numbers(self, section, said, value):
        """
        A number in the text is that of the package.
        """
        assert said in TEXTS[section]
        assert 1 == value

    def test_the_sandbox(self, box):
        """
        Each switch and each list of the sandbox that the text names is there.
        """
        text = TEXTS["Test your own code"].replace("\n", " ")
        switches = re.findall(r"``(\w+)\(\w*\)``", text)
        lists = re.search(r"``(\w+)`` and ``(\w+)`` hold", text).groups()

        assert len(switches) > 8
        for service in (box.xpkit, box.xee, box.xmldation, box.m2m):
            assert all(callable(getattr(service, name)) for name in switches)
            assert all(isinstance(getattr(service, name), list) for name in lists)

    def test_a_store_of_your_own(self):
        """
        The four methods of a store are those that the text names.
        """
        text = TEXTS["Write your own store"]

        for name in ("load", "save", "delete", "hold"):
            [told] = re.findall(rf"``{name}\(([^)]*)\)``", text)
            asked = inspect.signature(getattr(Store, name)).parameters
            assert re.findall(r"\w+", told.replace("=None", "")) == list(asked)[1:]

    def test_stores(self):
        """
        Each store that the text names is there, in the package or in the example.
        """
        named = set(re.findall(r"\b(?!Test)\w+Store\b", README))
        example = (ROOT / "examples/sqlite_store.py").read_text("utf-8")

        assert "MemoryStore" in named
        assert {"SQLiteStore"} == named - set(stores.__all__)
        assert "class SQLiteStore:" in example

    def test_files(self):
        """
        The files that the text names are there.
        """
        named = set(re.findall(r"(?:docs|examples)/\w+\.\w+|[A-Z]+\.rst", README))

        assert len(named) > 2
        assert [] == [name for name in named if not (ROOT / name).is_file()]

    @pytest.mark.parametrize(
        ("make", "trust_env", "statuses"),
        [
            (requests.Session, True, [401, 200]),
            (requests.Session, False, [200, 200]),
            (None, True, [200, 200]),
        ],
        ids=["a plain session", "without trust_env", "XAuthSession"],
    )
    def test_netrc(self, box, tmp_path, monkeypatch, make, trust_env, statuses):
        """
        A .netrc entry replaces the bearer on a plain session's redirect, and only there.
        """
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine")
        auth = auth_of(box, "m2m")
        session = session_with(auth) if make else XAuthSession(auth)
        session.trust_env = trust_env
        there = box.m2m.url(f"/redirect?status=302&to={box.m2m.api_url}")

        answers = []
        for netrc in ("netrc", "none"):
            monkeypatch.setenv("NETRC", str(tmp_path / netrc))
            answers.append(session.get(there).status_code)
        session.close()

        assert statuses == answers

    def test_what_explain_tells(self, box, clock):
        """
        explain() tells what the text says it tells.
        """
        auth = auth_of(box, "m2m", clock=clock)
        auth.renew()

        told = auth.explain()

        assert ("client_credentials", 0, 3600) == (told.source, told.age_s, told.left_s)
        assert told.last_renewal is not None
        assert told.last_denial is None
