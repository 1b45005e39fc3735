"""What the contract is for: a store that breaks a promise fails, with the promise."""

import os
import threading
import unittest

import pytest
from stores.broken import (
    Alone,
    Exclusive,
    Expiring,
    Folding,
    Forgetful,
    Impatient,
    Marked,
    Narrow,
    Open,
    Picky,
    Shown,
    Slow,
    Stuck,
    Talkative,
)

from requests_xauth._contract import _threads
from requests_xauth.stores import MemoryStore
from requests_xauth.testing import StoreContract


def contract_of(make):
    """Return the contract of what *make* makes."""
    contract = StoreContract()
    contract.make_store = make
    contract.frees_within_s = 0.2
    return contract


@pytest.mark.parametrize(
    ("store", "promise", "words"),
    [
        (Forgetful, "what_is_saved_is_loaded", "a text with long comes back"),
        (Talkative, "no_text_is_shown", "no text is shown"),
        (Shown, "no_text_is_shown", "no text is shown"),
        (Folding, "odd_keys", "'A.* has its own text|'a.* has its own text"),
        (Expiring, "expires_at", "what ends in an hour is there"),
        (Open, "threads_never_overlap", "no thread's count is lost"),
        (Open, "a_wait_is_bounded", "nobody gets in while a thread holds"),
        (Open, "no_text_is_shown", "a held key cannot be held once more"),
        (Impatient, "a_wait_is_bounded", "asked 0.2 s"),
        (Narrow, "keys_do_not_wait", "another key can be held meanwhile"),
        (Stuck, "an_error_frees", "a hold left by an error is free"),
        (Alone, "a_pickle_works", "the pickle has what the store has"),
        (Alone, "processes_share_texts", "a text of another process is loaded"),
        (Alone, "processes_never_overlap", "no process's count is lost"),
        (Alone, "a_process_waits", "nobody gets in while a process holds"),
        (Alone, "a_process_is_kept_waiting", "another process got in meanwhile"),
    ],
)
def test_what_is_broken(store, promise, words, monkeypatch):
    """
    A store that breaks a promise fails that promise's test.
    """
    if store is Open:
        # Between reading and writing another thread always comes.
        monkeypatch.setattr(Open, "load", paused(MemoryStore.load))
    contract = contract_of(store)

    with pytest.raises(AssertionError, match=words):
        getattr(contract, f"test_{promise}")()


def paused(load):
    """Return *load* with a pause after it."""

    def load_and_pause(self, key):
        text = load(self, key)
        threading.Event().wait(0.001)
        return text

    return load_and_pause


def test_an_error_of_the_stores():
    """
    What the store raises comes out as it is.
    """
    with pytest.raises(KeyError):
        contract_of(Picky).test_what_is_deleted_is_gone()


def test_a_reader_that_waits(monkeypatch):
    """
    A reader who is kept waiting by a holder is told within the test's patience.
    """
    monkeypatch.setattr(_threads, "LONG_S", 0.2)

    with pytest.raises(AssertionError, match="another thread is kept waiting"):
        contract_of(Exclusive).test_a_hold_stops_no_reader()


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        ("a_killed_process_frees", "the hold of a killed process is free after 0.2 s"),
        ("a_child_that_leaves_frees_nothing", "a child that leaves frees nothing"),
        ("a_killed_holders_child_holds_nothing", "what a killed process held is free"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_lock_that_is_no_lock(tmp_path, promise, words):
    """
    A lock that outlives its process, or that a child takes away, is found.
    """
    if "child" in promise and not hasattr(os, "fork"):
        pytest.skip("this platform has no fork")

    with pytest.raises(AssertionError, match=words):
        getattr(contract_of(lambda: Marked(tmp_path)), f"test_{promise}")()


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        ("a_killed_process_frees", "a killed process is free after 0.3 s"),
        ("a_killed_holders_child_holds_nothing", "process held is free after 0.3 s"),
    ],
)
def test_a_store_says_how_soon(tmp_path, promise, words):
    """
    How soon a killed process's hold is free, a store says of itself, or else its suite.
    """
    if "child" in promise and not hasattr(os, "fork"):
        pytest.skip("this platform has no fork")

    with pytest.raises(AssertionError, match=words):
        getattr(contract_of(lambda: Slow(tmp_path)), f"test_{promise}")()


def test_without_a_store():
    """
    Whoever forgets make_store() is told.
    """
    with pytest.raises(
        NotImplementedError, match=r"StoreContract needs make_store\(\)"
    ):
        StoreContract().test_nothing_is_none()


def test_without_forks(monkeypatch):
    """
    Where nothing can be forked those promises are skipped.
    """
    monkeypatch.delattr(os, "fork", raising=False)

    with pytest.raises(unittest.SkipTest, match="no fork"):
        contract_of(MemoryStore).test_the_holders_child_is_outside()


def test_any_runner(tmp_path):
    """
    The contract runs without pytest, by unittest as well.
    """

    class Case(StoreContract, unittest.TestCase):
        def make_store(self):
            return MemoryStore()

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

    assert [] == result.failures + result.errors
    assert result.testsRun > len(result.skipped) > 5
