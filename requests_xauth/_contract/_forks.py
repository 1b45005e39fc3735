"""The promises about forked children, where there are any.

Rule: a child ends where it was made, or by an alarm: it never goes on with what is its
parent's.
"""

from __future__ import annotations

import os
import signal
import threading
import unittest
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .._store import Store
from ._child import child_of
from ._promises import BRIEF_S, LONG_S, Promises, entered, new_key, same, true
from ._threads import on_a_thread


class Forks(Promises):
    """A hold is its process's own, and never a forked child's."""

    def test_the_holders_child_is_outside(self) -> None:
        """A child that is forked in a hold is kept out until its parent leaves."""
        store = self._forking_store()
        with new_key(store) as key:
            with store.hold(key, wait_s=LONG_S):
                same(
                    "False", in_child(lambda: entered(store, key)), "kept out meanwhile"
                )

            same("True", in_child(lambda: entered(store, key)), "let in after that")

    def test_a_child_that_leaves_frees_nothing(self) -> None:
        """A child that comes out of its parent's hold leaves it to its parent."""
        store = self._forking_store()
        with new_key(store) as key, _children_end():
            with store.hold(key, wait_s=LONG_S):
                child = fork()
                if child:
                    os.waitpid(child, 0)
                    got_in = on_a_thread(lambda: entered(store, key))
            if child:
                true(not got_in, "a child that leaves frees nothing")
                true(entered(store, key), "its parent does")

    def test_a_child_beside_a_holding_thread(self) -> None:
        """A child that is forked while another thread holds is kept out, not stuck."""
        store = self._forking_store()
        with new_key(store) as key, _held_by_a_thread(store, key) as leave:
            same("False", in_child(lambda: entered(store, key)), "kept out meanwhile")
            leave()
            same("True", in_child(lambda: entered(store, key)), "let in after that")

    def test_a_child_can_wait(self) -> None:
        """A child that is forked in mid-hold gets in when its parent leaves."""
        store = self._forking_store()
        with new_key(store) as key, _held_by_a_thread(store, key) as leave:
            child = begun_in_child(lambda: entered(store, key, wait_s=LONG_S))
            waiter = threading.Thread(
                target=entered, args=(store, key), kwargs={"wait_s": LONG_S}
            )
            waiter.start()
            waiter.join(BRIEF_S)
            another = begun_in_child(lambda: entered(store, key, wait_s=LONG_S))
            leave()
            waiter.join()

            same("True", child(), "a child forked beside the holder gets in")
            same("True", another(), "so does one forked beside another that waits")

    def test_a_living_child_holds_nothing(self) -> None:
        """A child that was forked in a hold and lives on does not prolong it."""
        store = self._forking_store()
        with new_key(store) as key, child_of(store) as child:
            child.tell("enter", key, LONG_S)
            with _killed_at_last(child.tell("fork", LONG_S)):
                child.tell("leave")

                true(entered(store, key), "what its parent has left is free")

    def test_a_killed_holders_child_holds_nothing(self) -> None:
        """A child that outlives its killed parent does not prolong that one's hold."""
        store = self._forking_store()
        with new_key(store) as key, child_of(store) as child:
            child.tell("enter", key, LONG_S)
            frees_within_s = self._frees_within_s(store)
            with _killed_at_last(child.tell("fork", LONG_S + frees_within_s)):
                child.kill()

                true(
                    entered(store, key, wait_s=frees_within_s),
                    f"what a killed process held is free after {frees_within_s} s",
                )

    def _forking_store(self) -> Store:
        if not hasattr(os, "fork"):
            raise unittest.SkipTest("this platform has no fork")
        return self._shared_store()


def fork() -> int:
    """Fork; the child is ended by an alarm, should it hang."""
    with warnings.catch_warnings():
        # Python 3.12 warns of a fork beside threads: that is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        signal.alarm(int(LONG_S))
    return pid


def in_child(call: Callable[[], object]) -> str:
    """Return as text what *call* does in a forked child, or how it failed."""
    return begun_in_child(call)()


def begun_in_child(call: Callable[[], object]) -> Callable[[], str]:
    """Begin *call* in a forked child; return what waits for its outcome, as text."""
    reader, writer = os.pipe()
    with _children_end():
        pid = fork()
        if pid == 0:
            os.write(writer, _told(call).encode())
    os.close(writer)

    def outcome() -> str:
        with os.fdopen(reader) as pipe:
            told = pipe.read()
        os.waitpid(pid, 0)
        return told

    return outcome


def _told(call: Callable[[], object]) -> str:
    try:
        return str(call())
    except BaseException as error:  # noqa: BLE001  # told to the parent
        return f"{type(error).__name__}: {error}"


@contextmanager
def _children_end() -> Iterator[None]:
    parent = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != parent:
            os._exit(0)


@contextmanager
def _killed_at_last(pid: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


@contextmanager
def _held_by_a_thread(store: Store, key: str) -> Iterator[Callable[[], None]]:
    inside, leave = threading.Event(), threading.Event()

    def run() -> None:
        with store.hold(key, wait_s=LONG_S):
            inside.set()
            leave.wait(LONG_S)

    def end() -> None:
        leave.set()
        thread.join()

    thread = threading.Thread(target=run)
    thread.start()
    true(inside.wait(LONG_S), "a thread can hold")
    try:
        yield end
    finally:
        end()
