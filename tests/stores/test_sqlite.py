"""The example of a store of one's own keeps the contract."""

import runpy
import sys
from pathlib import Path

import pytest
from stores.places import has_modes, modes_below

from requests_xauth.errors import StoreError
from requests_xauth.testing import StoreContract

pytest.importorskip("stores.with_file")

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Return the example's module, as a program beside it would import it."""
    monkeypatch.syspath_prepend(EXAMPLES)
    yield __import__("sqlite_store")
    del sys.modules["sqlite_store"]


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path, example):
        self._path = tmp_path / "tokens.sqlite"
        self._example = example

    def make_store(self):
        """Return a store in the test's folder."""
        return self._example.SQLiteStore(self._path)


@has_modes
def test_for_one_user(tmp_path, example):
    """
    The database has mode 0600.
    """
    example.SQLiteStore(tmp_path / "tokens.sqlite").save("key", "text")

    assert {"tokens.sqlite": 0o600} == modes_below(tmp_path)


def test_no_database(tmp_path, example):
    """
    What is no database is a StoreError that names the file.
    """
    (tmp_path / "tokens.sqlite").write_text("this is no database, only some text")

    with pytest.raises(
        StoreError, match=f"Cannot use .*{tmp_path.name}.*not a database"
    ):
        example.SQLiteStore(tmp_path / "tokens.sqlite").load("key")


def test_as_a_program(tmp_path, capsys):
    """
    The example shows two programs with one token.
    """
    names = runpy.run_path(str(EXAMPLES / "sqlite_store.py"))

    names["main"](str(tmp_path))

    assert ["one: 200", "another: 200", "1 token request"] == (
        capsys.readouterr().out.splitlines()
    )
