"""
What a store costs at a program's start, and what a look into it costs later.

Rule: fresh processes that take turns in shuffled order, so that a busy moment of the
machine hits them all; a figure is a median; all is compiled before, as installing does it.

A program that finds its token in a FileStore is compared with one that has the same
imports and sends a bearer that never ends. A password's fingerprint, which is slow on
purpose, is reported apart.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from requests_xauth import M2MAuth, XMLdationAuth, XPKitAuth
from requests_xauth.sandbox import Sandbox
from requests_xauth.stores import FileStore

# The clock is the system's, so that it can start before the process does.
PROGRAM = """
import json, sys, time
began_at, given = float(sys.argv[1]), json.loads(sys.argv[2])
import requests
IMPORTS
AUTH
with requests.Session() as session:
    session.auth = auth
    assert session.get(given["url"], timeout=30).status_code == 200
print(time.monotonic() - began_at)
"""
IMPORTS = """
from requests_xauth import PRESET
from requests_xauth.stores import FileStore
"""
STATIC = """
class Bearer(requests.auth.AuthBase):
    def __call__(self, r):
        r.headers["Authorization"] = "Bearer " + given["bearer"]
        return r
auth = Bearer()
"""
OURS = 'auth = PRESET(**given["credentials"], store=FileStore(given["folder"]))'
# Name, imports, auth object: each is compared with the one before.
WAYS = (
    ("requests alone, a static bearer", "", STATIC),
    ("the same with our imports", IMPORTS, STATIC),
    ("our auth object, a token in its FileStore", IMPORTS, OURS),
)
LOAD_RUNS, LOADS, ADOPTIONS = 100, 50, 100


def started(program: str, given: dict[str, Any], compiled: str) -> float:
    """Return the milliseconds from a process's start to its first answer."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", program, str(time.monotonic()), json.dumps(given)]
    answer = subprocess.run(
        command, env=env, check=True, capture_output=True, text=True
    )
    return 1e3 * float(answer.stdout)


def start(preset: str, given: dict[str, Any], rounds: int) -> float:
    """Print what each way takes, and return the ratio of the last to the one before."""
    programs = {
        name: PROGRAM.replace("IMPORTS", imports).replace("AUTH", auth)
        for name, imports, auth in WAYS
    }
    programs = {name: text.replace("PRESET", preset) for name, text in programs.items()}
    times: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as compiled:
        for text in programs.values():  # compiles, and counts for none
            started(text, given, compiled)
        for _ in range(rounds):
            for name in random.sample(list(programs), len(programs)):
                times[name].append(started(programs[name], given, compiled))
    medians = [statistics.median(times[name]) for name in programs]
    print(f"{preset}, from the process's start to the first answer:")
    for name, median_ms in zip(programs, medians, strict=True):
        print(f"    {median_ms:6.1f} ms  {name}")
    return medians[-1] / medians[-2]


def load_us(store: FileStore, key: str) -> float:
    """Return the microseconds that reading a token's file takes."""
    times = []
    for _ in range(LOAD_RUNS):
        began_at = time.perf_counter()
        for _ in range(LOADS):
            store.load(key)
        times.append((time.perf_counter() - began_at) / LOADS)
    return 1e6 * statistics.median(times)


def adoption_us(box: Sandbox, folder: str) -> float:
    """Return the microseconds in which a sibling's newer token is taken over."""
    one, other = (
        M2MAuth(**box.m2m.credentials, store=FileStore(folder)) for _ in range(2)
    )
    other.renew()
    times = []
    for _ in range(ADOPTIONS):
        one.renew()
        asked = box.m2m.token_requests
        began_at = time.perf_counter()
        token = other.renew()
        times.append(time.perf_counter() - began_at)
        assert (one.token, asked) == (token, box.m2m.token_requests)
    return 1e6 * statistics.median(times)


def started_with(preset: type[XPKitAuth | XMLdationAuth], rounds: int) -> float:
    """Print how programs with a preset start, and return the ratio of the last two."""
    with Sandbox() as box, tempfile.TemporaryDirectory() as folder:
        service = box.xpkit if preset is XPKitAuth else box.xmldation
        auth = preset(**service.credentials, store=FileStore(folder))
        given = {
            "bearer": auth.renew().bearer,
            "credentials": service.credentials,
            "folder": folder,
            "url": service.api_url,
        }
        ratio = start(preset.__name__, given, rounds)
        assert service.token_requests == 1
    return ratio


def looked_at() -> float:
    """Print what looks into a FileStore cost, and return that of one, in microseconds."""
    with Sandbox() as box, tempfile.TemporaryDirectory() as folder:
        adopted_us = adoption_us(box, folder)
        [file] = Path(folder).glob("*.token")
        loaded_us = load_us(FileStore(folder), file.stem)
    print(f"FileStore.load: {loaded_us:.0f} us")
    print(f"a sibling's token taken over: {adopted_us:.0f} us, no token request")
    return loaded_us


def main() -> int:
    """Measure, print, and return 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(description="What a FileStore costs.")
    parser.add_argument("--rounds", type=int, default=40, help="runs of each program")
    parser.add_argument("--limit-ratio", type=float, default=1.05)
    parser.add_argument("--limit-us", type=float, default=200.0)
    options = parser.parse_args()
    ratio = started_with(XPKitAuth, options.rounds)
    slow = started_with(XMLdationAuth, options.rounds)
    loaded_us = looked_at()
    print(f"start: x {ratio:.3f}, limit {options.limit_ratio:.3f}")
    print(f"start with a password, whose fingerprint is slow: x {slow:.3f}, no limit")
    return int(ratio > options.limit_ratio or loaded_us > options.limit_us)


if __name__ == "__main__":
    sys.exit(main())
