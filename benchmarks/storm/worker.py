"""A worker: a process of many threads that call the four providers until it is over.

Rule: a worker knows nothing of what is done to it; it writes down what it met.
"""

from __future__ import annotations

import hashlib
import logging
import os
import random
import threading
import time
from collections.abc import Callable, MutableSequence
from pathlib import Path
from typing import NamedTuple

import requests
from filelock import FileLock

from requests_xauth import M2MAuth, XAuth, XeeAuth, XMLdationAuth, XPKitAuth, errors
from requests_xauth.stores import FileStore

from .records import DENIED, GOOD, Lines, now

KINDS: dict[str, Callable[..., XAuth]] = {
    "XPKit": XPKitAuth,
    "Xee": XeeAuth,
    "XMLdation": XMLdationAuth,
    "M2M": M2MAuth,
}
# One call in so many goes to the URL that is denied, where there is one.
_DENIED_PART = 0.05
# A call that has not ended so long after the run hangs.
_GRACE_S = 15.0
_LOGIN_TRIES = 5
# A worker is measured when every thread has its connections, and shortly before the end.
_FIRST_SIZE, _BEFORE_S = 0.25, 0.5


class Site(NamedTuple):
    """One provider as a worker calls it."""

    credentials: dict[str, str]
    good: str
    denied: str | None = None


class Job(NamedTuple):
    """What a worker is told."""

    sites: dict[str, Site]
    lines: Path
    folder: Path
    redis_url: str | None
    threads: int
    pause_s: float


class Shared:
    """What all processes see: how wrong their clock is, and when the run ends."""

    def __init__(self, values: MutableSequence[float]) -> None:
        """Read *values*, which have no lock: its holder could be killed."""
        self._values = values

    def clock(self) -> float:
        """Return the workers' idea of the time, in seconds since the epoch."""
        return time.time() + self._values[0]

    @property
    def left_s(self) -> float:
        """How long the run goes on."""
        return self._values[1] - now()


def work(job: Job, values: MutableSequence[float]) -> None:
    """Call until the end of the run."""
    worker = _Worker(job, Shared(values))
    threads = [
        threading.Thread(target=worker.call_on, args=(name,), daemon=True)
        for name in job.sites
        for _ in range(job.threads)
    ]
    for thread in threads:
        thread.start()
    worker.watch(threads)


class _Worker:
    """The auth objects of one process, and what its threads do."""

    def __init__(self, job: Job, shared: Shared) -> None:
        self._job = job
        self._shared = shared
        self._lines = Lines(job.lines)
        self._under_way: dict[int, tuple[float, str]] = {}
        self._listen()
        self._auths = {name: self._auth(name) for name in job.sites}

    def watch(self, threads: list[threading.Thread]) -> None:
        """Measure this process early and at the end, and name the calls that hang."""
        for part in (_FIRST_SIZE, 1.0):
            time.sleep(max(0.0, part * self._shared.left_s - _BEFORE_S))
            self._measure()
        ends_at = now() + self._shared.left_s + _GRACE_S
        others = [t for t in threading.enumerate() if t.name == "xauth-renewal"]
        for thread in (*threads, *others):
            thread.join(max(0.0, ends_at - now()))
        for began_at, name in list(self._under_way.values()):
            self._lines.write("call", began_at, now(), name, GOOD, "no answer")

    def call_on(self, name: str) -> None:
        """Call one provider again and again."""
        site, own = self._job.sites[name], threading.get_ident()
        dice = random.Random()  # noqa: S311  # no secrets
        with requests.Session() as session:
            session.auth = self._auths[name]
            while self._shared.left_s > 0:
                denied = site.denied and dice.random() < _DENIED_PART
                began_at = now()
                self._under_way[own] = began_at, name
                told = _outcome(session, site.denied if denied else site.good)
                del self._under_way[own]
                place = DENIED if denied else GOOD
                self._lines.write("call", began_at, now(), name, place, *told)
                if told[0] == "LoginRequired":
                    self._log_in(session, site.good)
                time.sleep(dice.uniform(0, 2 * self._job.pause_s))

    def _auth(self, name: str) -> XAuth:
        more = {}
        if name != "M2M":
            more["store"] = FileStore(self._job.folder)
        if name == "XPKit" and self._job.redis_url:
            from requests_xauth.stores import RedisStore  # noqa: PLC0415  # an extra

            more["store"] = RedisStore(self._job.redis_url, fallback=True)
        return KINDS[name](
            **self._job.sites[name].credentials,
            **more,
            clock=self._shared.clock,
            on_renew=lambda renewal: self._lines.write("saved", renewal.mark),
        )

    def _log_in(self, session: requests.Session, url: str) -> None:
        """Do what a person does, unless another worker's person has done it."""
        auth = session.auth
        with FileLock(self._job.folder / "a-person.lock"):
            for _ in range(_LOGIN_TRIES):
                if _outcome(session, url)[0] != "LoginRequired":
                    return
                link, _ = auth.authorization_url()
                page = requests.get(
                    link,
                    headers={"decision": "allow"},
                    allow_redirects=False,
                    timeout=9,
                )
                try:
                    auth.fetch_token(authorization_response=page.headers["Location"])
                    self._lines.write("login", now())
                except errors.XAuthError as error:
                    self._lines.write("warning", now(), f"login: {error}")

    def _listen(self) -> None:
        """Write down what the package logs of token requests, and its warnings."""
        logger = logging.getLogger("requests_xauth")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(_Listening(self._lines))

    def _measure(self) -> None:
        """Write down how large this process is, where the system tells."""
        if Path("/proc/self/statm").exists():
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            descriptors = len(list(Path("/proc/self/fd").iterdir()))
            resident = pages * os.sysconf("SC_PAGE_SIZE")
            self._lines.write("size", now(), descriptors, resident)


class _Listening(logging.Handler):
    """Token requests are told at DEBUG: provider, grant, host, what came, seconds."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        if record.levelno >= logging.WARNING:
            self._lines.write("warning", now(), record.getMessage())
        elif record.levelno == logging.DEBUG and len(record.args or ()) == 5:
            name, _, _, told, _ = record.args
            self._lines.write("attempt", now(), name, told)


def _outcome(session: requests.Session, url: str) -> tuple[str, ...]:
    """Return what `Call` has of a call: its status, or its error's class, and so on."""
    try:
        response = session.get(url, timeout=30)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told
        return type(error).__name__, str(error)
    if response.ok:
        return (str(response.status_code),)
    sent = [_mark(one.request) for one in (*response.history, response)]
    return str(response.status_code), "", sent[0], sent[-1]


def _mark(request: requests.PreparedRequest) -> str:
    """Return the mark of the bearer that was sent."""
    bearer = request.headers.get("Authorization", "").partition(" ")[2]
    return hashlib.sha256(bearer.encode()).hexdigest()[:6]
