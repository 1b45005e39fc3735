"""The processes of a run: workers that are killed and replaced, and a Redis server.

Rule: whatever was started here is ended here, by its own handle.
"""

from __future__ import annotations

import math
import multiprocessing
import random
import shutil
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from .records import now
from .worker import Job, work

# Below the ports that systems give to outgoing connections, of which one could take the
# server's while it is away.
_PORTS = (20_000, 30_000)
_STARTS_WITHIN_S = 20.0
_ENDS_WITHIN_S = 30.0


class Workers:
    """Processes that call; the first half of them is never killed."""

    def __init__(self, job: Job, number: int, seconds: float) -> None:
        """Start *number* of them for a run of so many seconds from now."""
        # Not forked: threads of the sandbox are here.
        self._ways = multiprocessing.get_context("spawn")
        self._job = job
        self._dice = random.Random(number)  # noqa: S311  # no secrets
        self.values = self._ways.RawArray("d", [0.0, now() + seconds])
        self.paths: list[Path] = []
        self.spared = max(1, number // 2)
        self._started = [self._start() for _ in range(number)]

    def kill(self) -> bool:
        """Kill one as the system does, and start another; False if none may be."""
        mortal = range(self.spared, len(self._started))
        if not mortal:
            return False
        place = self._dice.choice(mortal)
        self._started[place].kill()
        self._started[place].join()
        self._started[place].close()
        self._started[place] = self._start()
        return True

    def end(self) -> None:
        """Wait for all of them; who does not end is killed."""
        self.values[1] = min(self.values[1], now())
        ends_at = now() + _ENDS_WITHIN_S
        for process in self._started:
            process.join(max(0.0, ends_at - now()))
            process.kill()
            process.join()

    def _start(self) -> multiprocessing.process.BaseProcess:
        path = self._job.lines / f"{len(self.paths):03}.lines"
        path.touch()
        self.paths.append(path)
        process = self._ways.Process(
            target=work, args=(self._job._replace(lines=path), self.values)
        )
        process.start()
        return process


class Redis:
    """
    A redis-server of our own on 127.0.0.1, which keeps what it was told on disk.

    Attributes:
        url: Its address.
    """

    # A token request under way is over by then, whatever it meets.
    _LONG_S = 20.0

    def __init__(self, folder: Path) -> None:
        """Start it in *folder*, which is empty."""
        self._port = _free_port()
        self._command = [
            *("redis-server", "--port", str(self._port), "--bind", "127.0.0.1"),
            *("--dir", str(folder), "--logfile", str(folder / "log"), "--save", ""),
            *("--appendonly", "yes", "--appendfsync", "no"),
        ]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._suspects: dict[bytes, float] = {}
        self.start()
        self._wait()

    def suspect(self) -> bool:
        """Note who holds something here; False if nobody can be asked."""
        holders = self._holders()
        for owner in holders or ():
            self._suspects.setdefault(owner, now())
        return holders is not None

    def dead(self, *, all_ended: bool) -> list[float]:
        """
        Return since when the suspects have held that are still here, each once.

        Args:
            all_ended: Whether no worker is there any more: then they need no time.
        """
        holders = (self._suspects and self._holders()) or ()
        long_ago = math.inf if all_ended else now() - self._LONG_S
        owners = [o for o in holders if self._suspects.get(o, math.inf) < long_ago]
        return [self._suspects.pop(owner) for owner in owners]

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._command)

    def _wait(self) -> None:
        """Wait until it answers."""
        ends_at = now() + _STARTS_WITHIN_S
        while not self._answers():
            if now() > ends_at or self._process.poll() is not None:
                raise RuntimeError("redis-server does not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as a crash does; where it has ended, nothing happens."""
        self._process.kill()
        self._process.wait()

    def _holders(self) -> set[bytes] | None:
        from redis import Redis as Client  # noqa: PLC0415  # an extra

        if not self._answers():  # the client would try for seconds
            return None
        with Client(port=self._port) as client:
            holds = list(client.scan_iter("requests-xauth:hold:*"))
            return {owner for owner in map(client.get, holds) if owner}

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def why_no_redis() -> str | None:
    """Return what is missing for a part with Redis, or None."""
    if shutil.which("redis-server") is None:
        return "there is no redis-server"
    if find_spec("redis") is None:
        return "the extra redis is not installed"
    return None


def _free_port() -> int:
    while True:
        port = random.randint(*_PORTS)  # noqa: S311  # no secret
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
