"""
Records of a chaos run, made by hand.

What judges them is in benchmarks/, which no package is: it is put on the path here.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from storm import causes, figures, records, weather
from storm.records import Asked, Attempt, Call, Event, Run, Size

__all__ = [
    "Asked",
    "Attempt",
    "Event",
    "Size",
    "causes",
    "figures",
    "records",
    "weather",
]

LIVES_S = {"XPKit": 20.0, "Xee": 16.0, "XMLdation": 24.0, "M2M": 20.0}
SETTINGS = {
    "seconds": 60.0,
    "workers": 4,
    "threads": 2,
    "started": 6,
    "spared": 1,
    "lifetimes_s": LIVES_S,
}


def call(provider="Xee", told="200", *, worker=0, place=records.GOOD, marks=()):
    """Return a call between the moments 100 and 101."""
    return Call(worker, 100.0, 101.0, provider, place, told, "", *marks)


def run(*calls, **more):
    """Return a run in which all four have served a call, and what is given besides."""
    served = [call(name) for name in LIVES_S]
    return Run(SETTINGS, calls=(*served, *calls), **more)
