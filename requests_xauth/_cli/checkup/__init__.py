"""The way of a token, step by step, until one of them fails.

Rule: each step is one row; what a step meets becomes a finding here, and nothing that is
raised gets past.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from ..ending import Code
from .api import call
from .asking import compare_scopes, obtain, settle
from .case import Case, Skip, Stop
from .faults import FAULTS
from .met import KNOWN, fault_of
from .way import ask, compare_clocks, connect, look_up, shake_hands

__all__ = ["STEPS", "Case", "Finding", "checkup"]


class Step(NamedTuple):
    """
    One step.

    Attributes:
        name: What it is about, in one word.
        run: Returns what it saw; ends early by `Stop` or `Skip`.
    """

    name: str
    run: Callable[[Case], str]


STEPS = (
    Step("settings", settle),
    Step("DNS", look_up),
    Step("TCP", connect),
    Step("TLS", shake_hands),
    Step("answer", ask),
    Step("clock", compare_clocks),
    Step("token", obtain),
    Step("scope", compare_scopes),
    Step("API", call),
)


class Finding(NamedTuple):
    """
    What came of one step; no secrets.

    Attributes:
        step: Its name.
        ok: Whether all is well there; None if there was nothing to look at.
        took_s: How long it took.
        seen: What was seen.
        title: What is the matter, if it failed.
        advice: What to do, if it failed.
        fault: The name of the row of `FAULTS`, if it failed.
    """

    step: str
    ok: bool | None
    took_s: float
    seen: str
    title: str | None = None
    advice: str | None = None
    fault: str | None = None

    @property
    def code(self) -> Code:
        """The exit code that follows from it."""
        return FAULTS[self.fault].code if self.fault else Code.DONE


def checkup(
    case: Case, begin: Callable[[str], object] = lambda _: None
) -> Iterator[Finding]:
    """
    Examine *case*; the steps after one that failed are found skipped.

    Args:
        case: What to examine.
        begin: Called with the name of each step before it is taken.
    """
    failed = None
    with case.open:
        for step in STEPS:
            if failed is not None:
                yield Finding(step.name, None, 0.0, f"not without {failed}")
                continue
            begin(step.name)
            found = _taken(step, case)
            failed = step.name if found.ok is False else None
            yield found


def _taken(step: Step, case: Case) -> Finding:
    began_s = time.perf_counter()
    ok: bool | None = True
    try:
        seen, stop = step.run(case), None
    except Skip as skip:
        ok, seen, stop = None, str(skip), None
    except click.UsageError:
        raise  # it is the command line that is wrong, and click tells that
    except Exception as error:  # noqa: BLE001  # a doctor has no traceback to show
        ok, stop = False, _stop(case, error)
        seen = stop.seen
    took_s = time.perf_counter() - began_s
    if stop is None:
        return Finding(step.name, ok, took_s, seen)
    return Finding(
        step.name, ok, took_s, seen, stop.title, stop.advice, fault=stop.fault
    )


def _stop(case: Case, error: Exception) -> Stop:
    if isinstance(error, Stop):
        return error
    if isinstance(error, KNOWN):
        return case.stop(*fault_of(error))
    # Its text is not known, and may hold a secret.
    return case.stop("unexpected", type(error).__name__)
