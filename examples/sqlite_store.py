"""
A store of your own: tokens in a SQLite database, for all of a user's programs.

Whatever keeps text can be a store: load, save, delete, and a hold that keeps others out.
The hold must die with its process, and SQLite's locks are lost in a forked child: so this
one borrows FileStore's (pip install 'requests-xauth[file]').
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import requests

from requests_xauth import M2MAuth
from requests_xauth.errors import StoreError
from requests_xauth.sandbox import Sandbox
from requests_xauth.stores import FileStore

TABLE = "CREATE TABLE IF NOT EXISTS tokens (key TEXT PRIMARY KEY, text TEXT NOT NULL)"
LOAD = "SELECT text FROM tokens WHERE key = ?"
SAVE = "INSERT OR REPLACE INTO tokens VALUES (?, ?)"
DELETE = "DELETE FROM tokens WHERE key = ?"


class SQLiteStore:
    """A store that keeps texts in a table: ``store=SQLiteStore("tokens.sqlite")``."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Name the database; it is made when it is first used."""
        self._path = Path(path).absolute()
        self._holds = FileStore(f"{self._path}.holds")

    def load(self, key: str) -> str | None:
        """Return the text saved under *key*, or None."""
        with self._database() as database:
            row = database.execute(LOAD, (key,)).fetchone()
        return row[0] if row else None

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:  # noqa: ARG002  # it stays until it is replaced
        """Keep *text* under *key*."""
        with self._database() as database:
            database.execute(SAVE, (key, text))

    def delete(self, key: str) -> None:
        """Drop what is kept under *key*, if anything."""
        with self._database() as database:
            database.execute(DELETE, (key,))

    def hold(self, key: str, *, wait_s: float) -> AbstractContextManager[object]:
        """Keep everyone else out of *key*; raise TimeoutError after *wait_s* seconds."""
        return self._holds.hold(key, wait_s=wait_s)

    def __repr__(self) -> str:
        """Show where it is, and never what is in it: a repr may be logged."""
        return f"SQLiteStore({str(self._path)!r})"

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        # One connection for each call: so threads and forked children share none.
        try:
            # For this user's eyes alone from the first byte on.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self._path, timeout=30)) as database:
                database.execute(TABLE)
                with database:  # what was done is kept if nothing went wrong
                    yield database
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"Cannot use the tokens in {self._path}: {error}"
            ) from error


def main(folder: str) -> None:
    """Show two programs that share a token by way of the store."""
    with Sandbox() as box:
        for program in ("one", "another"):
            store = SQLiteStore(Path(folder, "tokens.sqlite"))
            auth = M2MAuth(**box.m2m.credentials, store=store)
            answer = requests.get(box.m2m.api_url, auth=auth, timeout=30)
            print(f"{program}: {answer.status_code}")
        print(box.m2m.token_requests, "token request")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else folder)
