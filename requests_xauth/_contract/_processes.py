"""The promises about several processes, for stores that are not private.

Rule: each other process is a real one, with a pickle of the store.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from ._child import child_of
from ._promises import (
    BRIEF_S,
    LONG_S,
    SLACK_S,
    Promises,
    entered,
    new_key,
    same,
    true,
)

_PROCESSES, _TIMES = 3, 10


class Processes(Promises):
    """A hold keeps every other process out, and dies with its own."""

    def test_processes_share_texts(self) -> None:
        """What one process saves another loads, and what it deletes is gone."""
        store = self._shared_store()
        with new_key(store) as key, child_of(store) as child:
            child.tell("save", key, "théirs")
            same("théirs", store.load(key), "a text of another process is loaded")
            store.save(key, "ours")
            same("ours", child.tell("load", key), "another process loads ours")
            child.tell("delete", key)
            same(None, store.load(key), "what another process deletes is gone")

    def test_processes_never_overlap(self) -> None:
        """Processes that read and write in a hold lose nothing of each other's."""
        store = self._shared_store()
        with new_key(store) as key, ExitStack() as stack:
            children = [stack.enter_context(child_of(store)) for _ in range(_PROCESSES)]
            for child in children:
                child.begin("count", key, _TIMES)
            for child in children:
                child.end()

            counted = str(_PROCESSES * _TIMES)
            same(counted, store.load(key), "no process's count is lost")

    def test_a_process_waits(self) -> None:
        """Whoever waits for another process gets a TimeoutError, or in after it."""
        store = self._shared_store()
        with new_key(store) as key, child_of(store) as child:
            child.tell("enter", key, LONG_S)
            began_at = time.monotonic()
            true(not entered(store, key), "nobody gets in while a process holds")
            waited_s = time.monotonic() - began_at
            true(waited_s < BRIEF_S + SLACK_S, f"waited {waited_s} s, not {BRIEF_S} s")
            child.tell("leave")
            true(entered(store, key, wait_s=LONG_S), "it is free after that")

    def test_a_process_is_kept_waiting(self) -> None:
        """Another process cannot get in while this one holds, and can after that."""
        store = self._shared_store()
        with new_key(store) as key, child_of(store) as child:
            with store.hold(key, wait_s=LONG_S):
                try:
                    child.tell("enter", key, BRIEF_S)
                except TimeoutError:
                    pass
                else:
                    raise AssertionError("another process got in meanwhile")
            child.tell("enter", key, LONG_S)

            true(not entered(store, key), "now the other process holds it")

    def test_a_killed_process_frees(self) -> None:
        """A process that is killed in its hold keeps nobody out for long."""
        store = self._shared_store()
        with new_key(store) as key, child_of(store) as child:
            store.save(key, "text")
            child.tell("enter", key, LONG_S)
            child.kill()

            frees_within_s = self._frees_within_s(store)
            true(
                entered(store, key, wait_s=frees_within_s),
                f"the hold of a killed process is free after {frees_within_s} s",
            )
            same("text", store.load(key), "what was saved is still there")
