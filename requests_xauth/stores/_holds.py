"""Keeping others out: threads by a lock in here, processes by one of the kernel's.

Rule: a hold dies with its process and is never inherited by a forked child; its file is
never removed, since whoever waits for a removed file waits next to a new holder.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ._files import refusal

# So often a process looks whether its turn has come; a look costs about 0.1 ms.
_POLL_S = 0.02

# One for each path, held as long as the path is; gone when nobody holds or waits. The
# kernel's locks would keep threads apart as well, but then each of them looks and looks.
_locks: weakref.WeakValueDictionary[Path, threading.Lock]
_guard: threading.Lock  # held for one look into _locks


@contextmanager
def hold(path: Path, *, wait_s: float) -> Iterator[None]:
    """
    Keep every other thread and process out of *path*, a lock's file, meanwhile.

    Raises:
        TimeoutError: If somebody else still holds it after *wait_s* seconds.
        StoreError: If the file cannot be made or locked.
    """
    ends_at = time.monotonic() + wait_s
    with _guard:
        lock = _locks.setdefault(path, threading.Lock())
    if not lock.acquire(timeout=min(max(0.0, wait_s), threading.TIMEOUT_MAX)):
        raise _late(path, wait_s)
    try:
        file_lock = _acquired(path, ends_at, wait_s)
        holder = os.getpid()
        try:
            yield
        finally:
            # A child forked in here comes by, too: the hold is its parent's.
            if os.getpid() == holder:
                file_lock.release()
    finally:
        lock.release()


def _acquired(path: Path, ends_at: float, wait_s: float) -> FileLock:
    lock = FileLock(
        path,
        mode=0o600,
        # Whoever leaves the hold releases it, be it on another thread.
        thread_local=False,
        # A lock that is the mere existence of a file would outlive its process.
        fallback_to_soft=False,
        preserve_lock_file=True,
        poll_interval=_POLL_S,
    )
    try:
        lock.acquire(timeout=max(0.0, ends_at - time.monotonic()))
    except Timeout as error:
        raise _late(path, wait_s) from error
    except OSError as error:
        raise refusal("lock", path, error) from error
    return lock


def _late(path: Path, wait_s: float) -> TimeoutError:
    return TimeoutError(f"Somebody else held {path} for {wait_s:g} s.")


def _begin() -> None:
    # In a forked child too: a thread that held one of these is not there to release it.
    global _guard, _locks  # noqa: PLW0603  # one for all stores of this process
    _guard = threading.Lock()
    _locks = weakref.WeakValueDictionary()


_begin()
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_begin)
