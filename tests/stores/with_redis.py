"""Real Redis servers for tests, which are skipped where there is no such program."""

import contextlib
import os
import shutil
import socket
import subprocess

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    pytest.importorskip("redis", reason="needs requests-xauth[redis]")
    if shutil.which("redis-server") is None:
        pytest.skip("needs Debian's redis-server", allow_module_level=True)

import redis

from requests_xauth.stores import RedisStore

__all__ = ["Brief", "RedisStore", "Server", "redis"]


class Server:
    """
    A redis-server of our own on 127.0.0.1, which keeps nothing on disk.

    Args:
        folder: An empty folder for it.
        options: Its options besides.
        tls: Whether its port speaks TLS; the options name the certificates.
    """

    def __init__(self, folder, *options, tls=False):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        ports = ["--port", "0", "--tls-port"] if tls else ["--port"]
        self._command = [
            *("redis-server", *ports, str(self.port)),
            *("--bind", "127.0.0.1", "--dir", str(folder)),
            *("--save", "", "--daemonize", "no"),
            *options,
        ]
        self.address = f"127.0.0.1:{self.port}/0"
        self.url = f"redis://{self.address}"
        self.process = None

    def start(self):
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        told = []
        for line in self.process.stdout:
            told.append(line)
            if "Ready to accept connections" in line:
                return
        raise AssertionError(f"redis-server does not start: {''.join(told)}")

    def kill(self):
        """End it at once, as a crash does."""
        self.process.kill()
        self.process.communicate()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *raised):
        with contextlib.suppress(ProcessLookupError):
            self.kill()


class Brief(RedisStore):
    """A store whose holds end soon where nobody leaves them."""

    LASTS_S = 4.0

    @classmethod
    def _lasts_s(cls, wait_s):
        return cls.LASTS_S
