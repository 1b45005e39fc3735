"""Several programs that share a store, each a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import servers

import requests_xauth

_PROGRAM = Path(__file__).with_name("program.py")
_ROOT = Path(requests_xauth.__file__).parents[1]


class Started:
    """One program, as this process tells it what to do."""

    def __init__(self, process, what):
        self.process = process
        self._write(what)

    def begin(self, act, *values):
        """Let it begin; others may begin meanwhile."""
        self._write([act, values])

    def end(self):
        """Return what came of it, or None if the program is gone."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def tell(self, act, *values):
        """Return what it does."""
        self.begin(act, *values)
        return self.end()

    def kill(self):
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def _write(self, value):
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def programs(number, kind, folder, **more):
    """Start so many programs on the store in *folder*, and end them."""
    what = {"kind": kind, "folder": str(folder), "more": more}
    with contextlib.ExitStack() as stack:
        started = [Started(_process(stack), what) for _ in range(number)]
        for program in started:
            assert program.end() == "ready"
        yield started
        # All at once, and as they would end by themselves.
        for program in started:
            program.process.stdin.close()
        for program in started:
            program.process.wait(30)


@contextlib.contextmanager
def program(kind, folder, **more):
    """Start one program on the store in *folder*, and end it."""
    with programs(1, kind, folder, **more) as [started]:
        yield started


def all_of(started, act, *values):
    """Return what each of the programs does, all at once."""
    for one in started:
        one.begin(act, *values)
    return [one.end() for one in started]


class Failing(servers.Script):
    """A server that answers 500, as soon as everybody who shall hear of it is there."""

    def __init__(self):
        self._ready = threading.Event()
        super().__init__(self._late)

    def _late(self, connection, stop):
        while not (self._ready.wait(0.02) or stop.is_set()):
            pass
        connection.sendall(servers.http(500))

    def heard_by(self, started, are_there):
        """Return what comes of the programs, and after how many seconds."""
        ends_at = time.monotonic() + 60
        while not (self.requests and are_there()):
            assert time.monotonic() < ends_at, "not all of them wait"
            threading.Event().wait(0.01)
        began_at = time.monotonic()
        self._ready.set()
        return [one.end() for one in started], time.monotonic() - began_at


def _process(stack):
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, _PROGRAM],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    stack.callback(process.kill)
    return process
