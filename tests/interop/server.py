"""A real server as a process of its own, and the tests' control of it.

Rule: the process is ended by its own handle, or by the end of its standard input should
the tests die first.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import requests

if TYPE_CHECKING:
    from pathlib import Path

START_S = 60.0  # on a quiet machine it takes two
STOP_S = 10.0
ANSWER_S = 30.0
REDIRECT_URI = (
    "https://app.example/callback"  # never opened: the answer is read instead
)


class Server:
    """
    A running server, and what a test may do behind its clients' back.

    Attributes:
        token_paths: Where it answers token requests.
        greeting: The line that it printed when it listened.
    """

    token_paths: ClassVar[tuple[str, ...]] = ()
    base_url: str

    def __init__(self, command: list[str], folder: Path, **environ: str) -> None:
        """Start it, with its log in *folder*, and wait until it listens."""
        self._log_path = folder / "server.log"
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.greeting = self._greeting()

    def _greeting(self) -> str:
        """Return what the server prints when it listens; a silent one is ended."""
        guard = threading.Timer(START_S, self._process.kill)
        guard.start()
        line = self._process.stdout.readline().decode().strip()
        guard.cancel()
        if not line:
            self.stop()
            message = f"The server did not start:\n{self._log_path.read_text()}"
            raise RuntimeError(message)
        return line

    def stop(self) -> None:
        """End the server: it goes when its standard input does, or is killed."""
        try:
            self._process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def control(self, act: str, **arguments: str) -> dict[str, Any]:
        """Do one of the acts of the server's control and return what it says."""
        url = f"{self.base_url}/control/{act}"
        response = requests.post(url, json=arguments, timeout=ANSWER_S)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def journal(self, *paths: str) -> list[dict[str, Any]]:
        """Return what was asked of *paths* since the test began, in order."""
        entries = self.control("read_journal")["entries"]
        return [entry for entry in entries if entry["path"] in paths]

    def statuses(self, path: str) -> list[int]:
        """Return the status of each answer from *path* since the test began."""
        return [entry["status"] for entry in self.journal(path)]

    def fields(self, path: str) -> list[set[str]]:
        """Return the names of the form fields of each request since the test began."""
        return [set(entry["fields"]) for entry in self.journal(path)]

    @property
    def token_requests(self) -> dict[str, int]:
        """How many token requests since the test began, by grant, refused or not."""
        entries = self.journal(*self.token_paths)
        return dict(Counter(entry["grant"] for entry in entries))
