"""Ports for programs that a test starts, which cannot be asked which one they took."""

import contextlib
import random
import socket

__all__ = ["free_port"]

# Below those that Linux gives to whoever asks for any: until the program listens, and while
# it is down, its port would else become some client's. So are those of Redis clusters,
# which are 10,000 higher.
_PORTS = range(12_000, 22_000)


def free_port():
    """Return a port that is free, and is given to nobody who has not asked for it."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
