"""What a run leaves behind: one line for each thing that happened, read back as values.

Rule: a line is written in one piece and at once, so that a process that is killed has
told all it did. Moments are on the system's monotonic clock, which all processes share.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

GOOD, DENIED = "good", "denied"


class Call(NamedTuple):
    """
    One call of a worker's: what came of it is a status, or an error's class.

    Of one that did not get a 200 there are the error's words, or the marks of the tokens
    that it was sent with first and last.
    """

    worker: int
    began_at: float
    ended_at: float
    provider: str
    place: str
    told: str
    said: str = ""
    first: str = ""
    last: str = ""


class Attempt(NamedTuple):
    """One token request as a worker met it: "HTTP 200", or what it met instead."""

    worker: int
    at: float
    provider: str
    told: str


class Asked(NamedTuple):
    """One token request as the provider met it, and which token it issued, if any."""

    began_at: float
    ended_at: float
    provider: str
    fault: str
    mark: str


class Event(NamedTuple):
    """Something that was done to the run."""

    at: float
    act: str
    whom: str


class Size(NamedTuple):
    """A worker's open descriptors and resident memory."""

    worker: int
    at: float
    descriptors: int
    resident_bytes: int


class Run(NamedTuple):
    """All that happened."""

    settings: dict[str, Any]
    calls: tuple[Call, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    asked: tuple[Asked, ...] = ()
    events: tuple[Event, ...] = ()
    sizes: tuple[Size, ...] = ()
    # Marks of the tokens that a worker has saved, and when people logged in again.
    saved: frozenset[str] = frozenset()
    logins: tuple[float, ...] = ()
    issued: dict[str, int] = {}  # noqa: RUF012  # a default nobody changes
    reuses: int = 0


class Lines:
    """A worker's file."""

    def __init__(self, path: Path) -> None:
        """Open it, for this process alone."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind: str, *values: object) -> None:
        """Write one line; any thread may."""
        os.write(self._file, json.dumps([kind, *values]).encode() + b"\n")


def now() -> float:
    """Return the moment, in seconds on the clock that all processes share."""
    return time.monotonic()


def read(paths: Iterable[Path], run: Run) -> Run:
    """Return *run* with what the workers' files tell."""
    found: dict[str, list[list[Any]]] = {}
    for number, path in enumerate(paths):
        for kind, *values in _lines(path):
            found.setdefault(kind, []).append([number, *values])
    return run._replace(
        calls=tuple(Call(*values) for values in found.get("call", ())),
        attempts=tuple(Attempt(*values) for values in found.get("attempt", ())),
        sizes=tuple(Size(*values) for values in found.get("size", ())),
        saved=frozenset(mark for _, mark in found.get("saved", ())),
        logins=tuple(sorted(at for _, at in found.get("login", ()))),
    )


def _lines(path: Path) -> Iterator[list[Any]]:
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)
