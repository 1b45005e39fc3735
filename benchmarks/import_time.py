"""What the front door adds to ``import requests``, in fresh processes.

Rule: the programs take turns in shuffled order, so that a busy moment of the machine
hits them all; a figure is a median; all is compiled before, as installing does it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile

PROGRAMS = (
    "import requests_xauth",
    "import requests_xauth; requests_xauth.XPKitAuth",
    "import requests_xauth; requests_xauth.XAuthSession",
)
LIMITED = PROGRAMS[1]
# The clock starts inside the new process: a Python's own start is nobody's import.
TIMED = """
from time import perf_counter
start = perf_counter()
import requests
middle = perf_counter()
{program}
end = perf_counter()
import sys
heavy = {{"dataclasses", "oauthlib"}} & set(sys.modules)
print(middle - start, end - middle, *sorted(heavy))
"""


def run(program: str, compiled: str) -> tuple[float, float, str]:
    """Return the seconds of requests and of *program*, and what is heavy in it."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    answer = subprocess.run(
        [sys.executable, "-c", TIMED.format(program=program)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    base_s, added_s, *heavy = answer.stdout.split()
    return float(base_s), float(added_s), ", ".join(heavy) or "none"


def measure(rounds: int) -> dict[str, list[tuple[float, float, str]]]:
    """Return what *rounds* runs of each program answered."""
    answers: dict[str, list[tuple[float, float, str]]] = {p: [] for p in PROGRAMS}
    turns = list(PROGRAMS) * rounds
    random.shuffle(turns)
    with tempfile.TemporaryDirectory() as compiled:
        for program in PROGRAMS:  # compiles, and counts for none
            run(program, compiled)
        for program in turns:
            answers[program].append(run(program, compiled))
    return answers


def report(program: str, answers: list[tuple[float, float, str]]) -> float:
    """Print the medians of *program*, and return what it adds, in milliseconds."""
    base_ms = 1e3 * statistics.median(base_s for base_s, _, _ in answers)
    low_ms, added_ms, high_ms = (
        1e3 * s for s in statistics.quantiles((s for _, s, _ in answers), n=4)
    )
    print(f"import requests; {program}")
    print(
        f"    {base_ms:.1f} ms {added_ms:+.2f} ms ({low_ms:.2f} to {high_ms:.2f}),"
        f" x {1 + added_ms / base_ms:.3f}; heavy: {answers[0][2]}"
    )
    return added_ms


def main() -> int:
    """Measure, print, and return 1 when a preset adds more than the limit."""
    parser = argparse.ArgumentParser(description="What a preset adds to requests.")
    parser.add_argument("--rounds", type=int, default=40, help="runs of each program")
    parser.add_argument("--limit-ms", type=float, default=10.0)
    options = parser.parse_args()
    found = {p: report(p, a) for p, a in measure(options.rounds).items()}
    print(f"a preset adds {found[LIMITED]:.2f} ms; limit {options.limit_ms:.2f} ms")
    return int(found[LIMITED] > options.limit_ms)


if __name__ == "__main__":
    sys.exit(main())
