"""The other process of a promise: it does to its copy of the store what it is told.

Rule: what it imports is what the store's pickle needs, so that it starts quickly.
"""

from __future__ import annotations

import math
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Any

from .._store import Store
from ._promises import count_up

# The parent's path: the store's class need not be installed.
_BEGIN = (
    "import pickle, sys;"
    "sys.path[:] = pickle.load(sys.stdin.buffer);"
    f"from {__name__} import serve;"
    "serve(sys.stdin.buffer, sys.stdout.buffer)"
)


@contextmanager
def child_of(store: Store) -> Iterator[Child]:
    """Start another process with a pickle of *store*; it ends by the end of this."""
    with subprocess.Popen(  # noqa: S603  # our own Python and program
        [sys.executable, "-c", _BEGIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Child(process, store)
        finally:
            _pipe(process.stdin).close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


class Child:
    """Another process with a store, as this one tells it what to do."""

    def __init__(self, process: subprocess.Popen[bytes], store: Store) -> None:
        """Hand *store* to it."""
        self._process = process
        self._send(sys.path)
        self._send(store)

    def tell(self, act: str, *values: object) -> Any:  # whatever the store returns
        """
        Return what its store does, of load, save, delete, enter, leave and count.

        To fork it returns the id of a child of its own, which does nothing till killed,
        or for so many seconds.

        Raises:
            Exception: What its store raises.
        """
        self.begin(act, *values)
        return self.end()

    def begin(self, act: str, *values: object) -> None:
        """Let it begin; others may be told meanwhile."""
        self._send((act, values))

    def end(self) -> Any:
        """Return what came of what was begun, or raise it."""
        fine, value = pickle.load(_pipe(self._process.stdout))  # noqa: S301  # our own
        if fine:
            return value
        raise value

    def kill(self) -> None:
        """End it at once; it can do nothing about that."""
        self._process.kill()
        self._process.wait()

    def _send(self, value: object) -> None:
        pipe = _pipe(self._process.stdin)
        pickle.dump(value, pipe)
        pipe.flush()


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Do what is asked until nobody asks any more."""
    server = _Server(pickle.load(requests))  # noqa: S301  # from our parent
    while True:
        try:
            act, values = pickle.load(requests)  # noqa: S301  # as above
        except EOFError:
            return
        pickle.dump(server.answer(act, values), answers)
        answers.flush()


class _Server:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._holds = ExitStack()

    def answer(self, act: str, values: tuple[Any, ...]) -> tuple[bool, object]:
        own = getattr(self, f"_{act}", None)
        try:
            return True, (own or getattr(self._store, act))(*values)
        except Exception as error:  # noqa: BLE001  # the parent raises it
            return False, error

    def _enter(self, key: str, wait_s: float) -> None:
        self._holds.enter_context(self._store.hold(key, wait_s=wait_s))

    def _leave(self) -> None:
        self._holds.close()

    def _count(self, key: str, times: int) -> None:
        count_up(self._store, key, times)

    def _fork(self, lives_s: float) -> int:
        pid = os.fork()
        if pid == 0:
            signal.alarm(math.ceil(lives_s))
            signal.pause()
        return pid


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  # all of them were asked for
    return pipe
