"""The examples of processes on a cluster, with the libraries that they need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import requests_xauth

EXAMPLES = Path(__file__).parents[2] / "examples"
# The package that is tested, wherever it is imported from.
ENVIRON = {**os.environ, "PYTHONPATH": str(Path(requests_xauth.__file__).parents[1])}
# What each script prints.
SHOWN = {
    "joblib_workers.py": [
        "24 tasks in 3 processes: 200",
        "24 tasks on a dead token: 200",
        "2 token requests",
    ],
    "dask_cluster.py": [
        "32 tasks: 200",
        "32 tasks on a dead token: 200",
        "2 token requests",
    ],
}


@pytest.mark.parametrize("name", SHOWN)
def test_script(name):
    """
    A script runs, and prints what is to be seen.
    """
    ran = subprocess.run(
        [sys.executable, EXAMPLES / name],
        env=ENVIRON,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert SHOWN[name] == ran.stdout.splitlines()
