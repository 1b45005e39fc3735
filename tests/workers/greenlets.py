"""
A program on gevent: many greenlets that call at once, and one that counts.

Rule: everything is patched before anything of requests is imported, as gevent asks.
"""

# ruff: noqa: E402  # for that rule
from gevent import monkey

monkey.patch_all()

import json
import sys
import threading
import time

import gevent
import requests

import requests_xauth
from requests_xauth.stores import FileStore


def tell(value):
    """Write a line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def call(session, url):
    """Return the status of a call, or its error as text."""
    try:
        return session.get(url).status_code
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"


def tick(ended):
    """Write a line again and again, which nobody can who is kept from running."""
    while not ended.wait(0.01):
        tell("tick")


def calls_of(session, url, greenlets):
    """Return how all of the greenlets' calls end."""
    working = [gevent.spawn(call, session, url) for _ in range(greenlets)]
    return [one.value for one in gevent.joinall(working)]


def main():
    """Do what the input says, line by line; count meanwhile."""
    what = json.loads(sys.stdin.readline())
    folder = what["folder"]
    more = {"store": FileStore(folder)} if folder else {}
    session = requests.Session()
    session.auth = getattr(requests_xauth, what["kind"])(**what["more"], **more)
    tell("ready")
    for line in iter(sys.stdin.readline, ""):
        ended = threading.Event()
        ticking = gevent.spawn(tick, ended)
        began_at = time.monotonic()
        told = calls_of(session, *json.loads(line))
        ended.set()
        ticking.join()
        tell({"told": told, "took_s": time.monotonic() - began_at})


if __name__ == "__main__":
    main()
