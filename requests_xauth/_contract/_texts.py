"""The promises about texts: what is saved is loaded, and seen nowhere else.

Rule: nothing here needs a second thread.
"""

from __future__ import annotations

import logging
import pickle
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from .._store import Store
from ._promises import BRIEF_S, Promises, new_key, new_keys, same, true

TEXTS = {
    "empty": "",
    "lines": "one\ntwo\r\nthree\n",
    "unicode": "zażółć gęślą jaźń, ключ, 鍵, 🔑, e\u0301",
    "controls": "\x00\x01\x7f\ufeff",
    "long": "täxt " * 20_000,
}

# Alike for a file system that folds case or cuts names, a path, a pattern or a query.
ODD_KEYS = [
    "a",
    "A",
    "a.b",
    "a/b",
    "a\\b",
    "../a",
    "..",
    "CON",
    "a:b",
    "a b",
    "a*",
    "a'; --",
    "%61",
    "ключ",
    "e\u0301",
    "\u00e9",
    "🔑",
    "x" * 300,
    "x" * 301,
]


class Texts(Promises):
    """What is saved is loaded."""

    def test_what_is_saved_is_loaded(self) -> None:
        """Every text comes back as it was, whatever is in it and however long."""
        store = self.make_store()
        with new_key(store) as key:
            for kind, text in TEXTS.items():
                store.save(key, text)

                same(text, store.load(key), f"a text with {kind} comes back")

    def test_nothing_is_none(self) -> None:
        """A key under which nothing was saved has None."""
        store = self.make_store()
        with new_key(store) as key:
            same(None, store.load(key), "nothing saved, nothing loaded")

    def test_what_is_deleted_is_gone(self) -> None:
        """A deleted text is gone; to delete it again is no error."""
        store = self.make_store()
        with new_key(store) as key:
            store.save(key, "text")
            store.delete(key)

            same(None, store.load(key), "deleted, nothing loaded")
            store.delete(key)
            store.save(key, "another")
            same("another", store.load(key), "after delete() a key can be used again")

    def test_keys_do_not_mix(self) -> None:
        """What is done under one key changes nothing under another."""
        store = self.make_store()
        with new_keys(store, 3) as (one, other, third):
            store.save(one, "one")
            store.save(other, "other")
            store.save(third, "third")
            store.delete(third)

            same("one", store.load(one), "the first key keeps its text")
            same("other", store.load(other), "the second key keeps its text")
            same(None, store.load(third), "the third key is empty")

    def test_odd_keys(self) -> None:
        """Keys of any characters and length are told apart."""
        store = self.make_store()
        with new_key(store) as prefix:
            keys = [f"{odd}{prefix}{odd}" for odd in ODD_KEYS]
            for key in keys:
                store.save(key, f"text of {key}")

            for key in keys:
                same(f"text of {key}", store.load(key), f"{key!r:.60} has its own text")
                store.delete(key)

    def test_expires_at(self) -> None:
        """A text stays until the moment that was given, at least."""
        store = self.make_store()
        with new_keys(store, 2) as (ends, ended):
            store.save(ends, "text", expires_at=time.time() + 3600)
            store.save(ended, "text", expires_at=time.time() - 3600)

            same("text", store.load(ends), "what ends in an hour is there")
            true(store.load(ended) in (None, "text"), "what has ended may be gone")

    def test_a_later_save_counts(self) -> None:
        """A text that is saved without an end does not inherit the one before's."""
        store = self.make_store()
        with new_key(store) as key:
            store.save(key, "first", expires_at=time.time() - 3600)
            store.save(key, "second")

            same("second", store.load(key), "the newest text is there")

    def test_no_text_is_shown(self) -> None:
        """A text is in no repr, no log record and no error of the store's."""
        store = self.make_store()
        secret = "text-that-nobody-may-see"
        with new_key(store) as key, _heard() as logged:
            store.save(key, secret)
            store.load(key)
            shown = [repr(store), str(store), f"{store}"]
            with store.hold(key, wait_s=BRIEF_S):
                shown.append(_refused_hold(store, key))
            store.delete(key)

        found = [words for words in shown + logged if secret in words]
        same([], found, "no text is shown")

    def test_a_pickle_works(self) -> None:
        """A store can be pickled to a worker; what is not private is then shared."""
        store = self.make_store()
        with new_key(store) as key:
            store.save(key, "text")
            twin = pickle.loads(pickle.dumps(store))  # noqa: S301  # our own pickle

            shared = None if getattr(store, "private", False) else "text"
            same(shared, twin.load(key), "the pickle has what the store has")
            twin.save(key, "newer")
            same("newer", twin.load(key), "the pickle can be written to")


class _Hearing(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{self.format(record)} {record.args!r}")


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect all that is logged meanwhile, by anybody, at any level."""
    hearing, level = _Hearing(), logging.root.level
    logging.root.addHandler(hearing)
    logging.root.setLevel(logging.NOTSET)
    try:
        yield hearing.texts
    finally:
        logging.root.removeHandler(hearing)
        logging.root.setLevel(level)


def _refused_hold(store: Store, key: str) -> str:
    """Return all that the error of a hold that cannot be had says."""
    try:
        with store.hold(key, wait_s=0):
            pass
    except TimeoutError as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("a held key cannot be held once more")
