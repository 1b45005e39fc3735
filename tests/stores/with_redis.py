"""Real Redis servers for tests, which are skipped where there is no such program."""

import os
import shutil
import subprocess

import pytest
from ports import free_port

if "XAUTH_REQUIRE_ALL" not in os.environ:
    pytest.importorskip("redis", reason="needs requests-xauth[redis]")
    if shutil.which("redis-server") is None:
        pytest.skip("needs Debian's redis-server", allow_module_level=True)

import redis

from requests_xauth.stores import RedisStore

__all__ = ["KEY", "Brief", "RedisStore", "Server", "client", "redis", "server", "store"]

KEY = "m2m-" + "0123456789" * 4


class Server:
    """
    A redis-server of our own on 127.0.0.1, which keeps nothing on disk.

    Args:
        folder: An empty folder for it.
        options: Its options besides.
        tls: Whether its port speaks TLS; the options name the certificates.
    """

    def __init__(self, folder, *options, tls=False):
        self.port = free_port()
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
        self.kill()
        raise AssertionError(f"redis-server does not start: {''.join(told)}")

    def kill(self):
        """End it at once, as a crash does; where it has ended, nothing happens."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *raised):
        self.kill()


class Brief(RedisStore):
    """A store whose holds end soon where nobody leaves them."""

    LASTS_S = 3.0
    frees_within_s = 3 * LASTS_S

    @classmethod
    def _lasts_s(cls, wait_s):
        return cls.LASTS_S


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Return a server that the tests of a file share."""
    with Server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def client(server):
    """Return a client of the shared server, to look at what is there; it is emptied."""
    with redis.Redis.from_url(server.url) as client:
        yield client
        client.flushall()


@pytest.fixture
def store(server, client):
    """Return a store in the shared server."""
    return RedisStore(server.url)
