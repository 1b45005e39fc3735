"""A short run of benchmarks/chaos.py, in which everything goes wrong at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import requests_xauth

_BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
_ROOT = Path(requests_xauth.__file__).parents[1]
SECONDS, SEED = 20, 7
# What a run of so many seconds does, whatever the seed.
DONE = {"kill worker", "stop redis", "start redis", "clock forward", "clock back"}


def test_twenty_seconds(tmp_path, report):
    """
    No call fails that its provider could have served, and no token is issued in vain.
    """
    found = tmp_path / "figures.json"

    ended = subprocess.run(
        [
            *(sys.executable, _BENCHMARKS / "chaos.py", "--json", found),
            *("--seconds", str(SECONDS), "--seed", str(SEED)),
        ],
        env={**os.environ, "PYTHONPATH": f"{_BENCHMARKS}{os.pathsep}{_ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )

    report(ended.stdout)
    figures = json.loads(found.read_text())
    assert (0, []) == (ended.returncode, figures["missed"])
    assert "" == ended.stderr
    if figures["settings"]["redis"] or "XAUTH_REQUIRE_ALL" in os.environ:
        assert set(figures["events"]) >= DONE
