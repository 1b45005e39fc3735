"""A program that asks a hostile server for tokens and tells how its memory grew."""

import json
import sys
from functools import partial
from pathlib import Path

import requests

from requests_xauth import M2MAuth, errors


def memory(name):
    """Return a figure of this process, in MiB, as Linux tells it."""
    # Not ru_maxrss: a program inherits that from whoever started it.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def growth(call):
    """Return by how much the peak of *call* is above what there was before."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = memory("VmRSS:")
    call()
    return round(memory("VmHWM:") - before, 2)


def refused(url):
    """Ask, and get no token."""
    try:
        M2MAuth(url, "me", "secret").renew()
    except errors.TokenRequestError:
        return
    raise AssertionError("a token")


def main(url, number):
    """
    Ask for a token at url/0, url/1, …, and read what is at the last one as requests does.

    The first one loads what the others need.
    """
    *asked, last = (f"{url}/{n}/" for n in range(int(number)))
    figures = [growth(partial(refused, each)) for each in asked]
    figures.append(growth(lambda: requests.post(last, timeout=30).content))
    sys.stdout.write(json.dumps(figures))


main(*sys.argv[1:])
