"""The promises about holds within one process.

Rule: what must not happen is waited for briefly; what must happen, long enough.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from ._promises import (
    BRIEF_S,
    LONG_S,
    SLACK_S,
    Promises,
    count_up,
    entered,
    new_key,
    new_keys,
    same,
    true,
)

T = TypeVar("T")

_THREADS, _TIMES = 4, 10


class Threads(Promises):
    """A hold keeps every other thread out."""

    def test_threads_never_overlap(self) -> None:
        """Threads that read and write in a hold lose nothing of each other's."""
        store = self.make_store()
        with new_key(store) as key, ThreadPoolExecutor(_THREADS) as threads:
            done = [
                threads.submit(count_up, store, key, _TIMES) for _ in range(_THREADS)
            ]
            for one in done:
                one.result()

            same(str(_THREADS * _TIMES), store.load(key), "no thread's count is lost")

    def test_a_wait_is_bounded(self) -> None:
        """Whoever waits for a hold longer than asked gets a TimeoutError, in time."""
        store = self.make_store()
        with new_key(store) as key, store.hold(key, wait_s=LONG_S):
            began_at = time.monotonic()
            got_in = on_a_thread(lambda: entered(store, key, wait_s=BRIEF_S))
            waited_s = time.monotonic() - began_at

            true(not got_in, "nobody gets in while a thread holds")
            true(waited_s >= BRIEF_S * 0.9, f"waited {waited_s} s, asked {BRIEF_S} s")
            true(waited_s < BRIEF_S + SLACK_S, f"waited {waited_s} s, not {BRIEF_S} s")

    def test_a_wait_ends_with_the_hold(self) -> None:
        """Whoever waits gets in when the hold is left."""
        store = self.make_store()
        with new_key(store) as key, ThreadPoolExecutor(1) as threads:
            with store.hold(key, wait_s=LONG_S):
                waiter = threads.submit(entered, store, key, wait_s=LONG_S)

            true(waiter.result(LONG_S), "a waiter gets in after the holder")

    def test_an_error_frees(self) -> None:
        """A hold that is left by an error is free, and the error goes on."""
        store = self.make_store()
        with new_key(store) as key:
            try:
                with store.hold(key, wait_s=LONG_S):
                    raise _Wanted  # noqa: TRY301  # the way out is what is tested
            except _Wanted:
                raised = True

            true(raised, "an error passes through a hold")
            true(entered(store, key), "a hold left by an error is free")

    def test_keys_do_not_wait(self) -> None:
        """Who holds one key keeps nobody from another."""
        store = self.make_store()
        with new_keys(store, 2) as (one, other), store.hold(one, wait_s=LONG_S):
            true(
                on_a_thread(lambda: entered(store, other, wait_s=SLACK_S)),
                "another key can be held meanwhile",
            )

    def test_a_hold_stops_no_reader(self) -> None:
        """What is held can be read by others: a fresh token is used without any hold."""
        store = self.make_store()
        with new_key(store) as key:
            store.save(key, "text")
            with store.hold(key, wait_s=LONG_S):
                found = on_a_thread(lambda: store.load(key))

            same("text", found, "a held key can be read")

    def test_a_hold_is_no_text(self) -> None:
        """Holding a key neither makes nor changes what is saved under it."""
        store = self.make_store()
        with new_key(store) as key:
            with store.hold(key, wait_s=LONG_S):
                same(None, store.load(key), "a hold saves nothing")
                store.save(key, "text")
            with store.hold(key, wait_s=LONG_S):
                same("text", store.load(key), "a hold keeps what was saved")

    def test_a_hold_can_be_had_again(self) -> None:
        """The same thread can hold a key again and again."""
        store = self.make_store()
        with new_key(store) as key:
            got_in = [entered(store, key) for _ in range(5)]

            same([True] * 5, got_in, "a hold that was left can be had again")


class _Wanted(Exception):
    """Raised to leave a hold by an error."""


def on_a_thread(call: Callable[[], T]) -> T:
    """Return what *call* does on another thread; fail if it does not come back."""
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(call()), daemon=True)
    thread.start()
    thread.join(LONG_S)
    with suppress(IndexError):
        return results[0]
    raise AssertionError("another thread is kept waiting, or failed")
