"""What the front door adds to ``import requests``, in fresh processes.

Rule: the programs take turns in shuffled order, so that a busy moment of the machine
hits them all; a figure is a median.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys

BASE = "import requests"
PROGRAMS = {
    "import requests": BASE,
    "+ import requests_xauth": f"{BASE}; import requests_xauth",
    "+ requests_xauth.XPKitAuth": (
        f"{BASE}; import requests_xauth; requests_xauth.XPKitAuth"
    ),
}
# The clock starts inside the new process: a Python's own start is nobody's import.
TIMED = """
from time import perf_counter
start = perf_counter()
{program}
end = perf_counter()
import sys
print(end - start, *sorted({{"dataclasses", "oauthlib"}} & sys.modules.keys()))
"""


def run(program: str) -> tuple[float, str]:
    """Return the seconds that *program* takes, and which heavy modules it loaded."""
    answer = subprocess.run(
        [sys.executable, "-c", TIMED.format(program=program)],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, _, loaded = answer.stdout.strip().partition(" ")
    return float(seconds), loaded


def measure(rounds: int) -> dict[str, list[float]]:
    """Return each program's seconds over *rounds*, and print what it loaded."""
    taken_s: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for name, program in PROGRAMS.items():  # fills the disk's caches, counts for none
        print(f"{name:<28} loads of the heavy ones: {run(program)[1] or 'none'}")
    names = list(PROGRAMS) * rounds
    random.shuffle(names)
    for name in names:
        taken_s[name].append(run(PROGRAMS[name])[0])
    return taken_s


def report(taken_s: dict[str, list[float]]) -> float:
    """Print the medians, and return what the last program adds, in milliseconds."""
    base_ms = added_ms = 0.0
    for name, values in taken_s.items():
        low, median_ms, high = (1e3 * s for s in statistics.quantiles(values, n=4))
        base_ms = base_ms or median_ms
        added_ms = median_ms - base_ms
        print(
            f"{name:<28} {median_ms:7.2f} ms  (quartiles {low:.2f} to {high:.2f})"
            f"  {added_ms:+6.2f} ms  x {median_ms / base_ms:.3f}"
        )
    return added_ms


def main() -> int:
    """Measure, print, and return 1 when a limit was given and is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40, help="runs of each program")
    parser.add_argument("--limit-ms", type=float, default=10.0)
    options = parser.parse_args()
    added_ms = report(measure(options.rounds))
    print(f"added: {added_ms:.2f} ms, limit: {options.limit_ms:.2f} ms")
    return int(added_ms > options.limit_ms)


if __name__ == "__main__":
    sys.exit(main())
