"""
A program that shares a store with others; run as a process of its own.

The first line of its input says what it is, each further one what it does; each is a JSON
object, and so is each line of its output.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import requests

import requests_xauth
from requests_xauth.stores import FileStore

ENDED = "ended on its way, twice"
KINDS = {
    "xpkit": requests_xauth.XPKitAuth,
    "xee": requests_xauth.XeeAuth,
    "xmldation": requests_xauth.XMLdationAuth,
    "m2m": requests_xauth.M2MAuth,
}


class Program:
    """An auth object and a session."""

    def __init__(self, *, kind, folder, more):
        self.auth = KINDS[kind](**{"store": FileStore(folder), **more})
        self.session = requests.Session()
        self.session.auth = self.auth

    def get(self, url, threads=1):
        """Return the status, or the error, of a call on each of several threads."""
        told = []

        def call():
            try:
                told.append(told_of(self.session.get(url)))
            except requests.RequestException as error:
                told.append(f"{type(error).__name__}: {error}")

        workers = [threading.Thread(target=call) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return told

    def get_seen(self, url, marker):
        """Do as get(); make the file *marker* when the store's hold is asked for."""

        def hook(event, values):
            if step(event, values) == "open lock":
                Path(marker).touch()

        sys.addaudithook(hook)
        return self.get(url)

    def get_until(self, url, ends_at, threads):
        """Return how often calls on several threads ended how, until *ends_at*."""
        counts = {}

        def call():
            while time.time() < ends_at:
                [told] = self.get(url)
                counts[told] = counts.get(told, 0) + 1

        workers = [threading.Thread(target=call) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return {str(told): number for told, number in counts.items()}

    def renew(self):
        """Return the mark of a newer token, or the error."""
        try:
            return self.auth.renew().mark
        except requests.RequestException as error:
            return f"{type(error).__name__}: {error}"

    def mark(self):
        """Return the mark of the token at hand, or None."""
        token = self.auth.token
        return token and token.mark

    def steps_of_renew(self):
        """Return the steps that a renewal takes."""
        told = []
        sys.addaudithook(lambda event, values: told.append(step(event, values)))
        self.renew()
        return [one for one in told if one]

    def die_at(self, number):
        """Renew, and be killed before the step of that number; a call renews as well."""
        left = [number]

        def hook(event, values):
            if step(event, values):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1

        sys.addaudithook(hook)
        return self.renew()


def told_of(answer):
    """Return the status; or ENDED if its token had ended, and so had the replay's other."""
    both = [*answer.history, answer]
    bearers = {one.request.headers["Authorization"] for one in both}
    ended = [one for one in both if "Token has expired" in one.text]
    return ENDED if 2 == len(both) == len(bearers) == len(ended) else answer.status_code


def step(event, values):
    """Return what is about to be done, if it matters to a store or the provider."""
    if event == "open" and str(values[0]).endswith((".tmp", ".token", ".lock")):
        return "open " + str(values[0]).rpartition(".")[2]
    if event in {"os.rename", "os.remove", "fcntl.flock", "socket.connect"}:
        return event
    return None


def main():
    """Do what the input says, line by line."""
    program = Program(**json.loads(sys.stdin.readline()))
    tell("ready")
    for line in sys.stdin:
        act, values = json.loads(line)
        tell(getattr(program, act)(*values))


def tell(value):
    """Write a line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
