"""What the demo promises, and the acts that show it.

Rule: an act uses the public names as a user's program would; whether it kept its promise
is read from the sandbox's counters. Nothing here prints.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import requests
from requests.adapters import HTTPAdapter

from .. import M2MAuth, XAuth, XeeAuth, XMLdationAuth, XPKitAuth
from ..sandbox import M2M, Sandbox, Xee, XMLdation, XPKit

THREADS = 32
_TIMEOUT_S = 10
_DENIED = "forbidden"
_BODY = b'{"sent": "whole, or not at all"}'

Service = XPKit | Xee | XMLdation | M2M


class Role(NamedTuple):
    """
    One provider of the demo, and how it answers where a permission is missing.

    Attributes:
        name: The sandbox's attribute.
        kind: The preset.
        denial: The status of a denied call.
        ambiguous: Whether an expired token gets the same answer.
    """

    name: str
    kind: Callable[..., XAuth]
    denial: int
    ambiguous: bool


ROLES = (
    Role("xpkit", XPKitAuth, denial=403, ambiguous=True),
    Role("xee", XeeAuth, denial=403, ambiguous=False),
    Role("xmldation", XMLdationAuth, denial=401, ambiguous=True),
    Role("m2m", M2MAuth, denial=403, ambiguous=False),
)


class Seen(NamedTuple):
    """
    What a step's calls got, and what the sandbox counted meanwhile.

    Attributes:
        answers: How often which status, or which error, was the outcome of a call.
        token_requests: How many token requests the provider saw.
        replays: How many API requests it saw beyond one for each call.
    """

    answers: dict[str, int]
    token_requests: int
    replays: int


class Promise(NamedTuple):
    """What a step has to show: one outcome for each call, and the counts allowed."""

    calls: int
    answer: int
    token_requests: tuple[int, int]
    replays: tuple[int, int]

    def is_kept(self, seen: Seen) -> bool:
        """Tell whether *seen* is what was promised."""
        return (
            seen.answers == {str(self.answer): self.calls}
            and _is_within(seen.token_requests, self.token_requests)
            and _is_within(seen.replays, self.replays)
        )


class Outcome(NamedTuple):
    """One step: what was promised, what was seen, and how long it took."""

    provider: str
    step: str
    promise: Promise
    seen: Seen
    took_s: float

    @property
    def is_kept(self) -> bool:
        """Tell whether the promise was kept."""
        return self.promise.is_kept(self.seen)


class Visit:
    """A user at one provider: a session that signs, and the provider's switches."""

    def __init__(self, service: Service, kind: Callable[..., XAuth]) -> None:
        """Plug the preset into a session, which is all the set-up that there is."""
        self.service = service
        self.session = requests.Session()
        # A proxy of the machine does not know the way to this process.
        self.session.trust_env = False
        self.session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
        self.auth = kind(session=self.session, **service.credentials)
        self.session.auth = self.auth

    def call(self, method: str = "GET", path: str | None = None) -> str:
        """Return the status of one call, or its error."""
        url = self.service.api_url if path is None else self.service.url(path)
        try:
            got = self.session.request(method, url, data=_BODY, timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            return f"{type(error).__name__}: {error}"
        if got.ok and got.json()["sha256"] != hashlib.sha256(_BODY).hexdigest():
            return f"{got.status_code} to another body"
        return str(got.status_code)

    def log_in(self) -> None:
        """Let a person log in, whom the sandbox plays."""
        url, _ = self.auth.authorization_url()
        redirect = self.service.authorize(url)  # type: ignore[union-attr]  # Xee has it
        self.auth.fetch_token(authorization_response=redirect)


Act = Callable[[Visit], list[str]]


def first_call(visit: Visit) -> list[str]:
    """Call without a token; where a person logs in, that comes first."""
    if isinstance(visit.auth, XeeAuth):
        visit.log_in()
    return [visit.call()]


def second_call(visit: Visit) -> list[str]:
    """Call with the token at hand."""
    return [visit.call()]


def expired(visit: Visit) -> list[str]:
    """Call with a token that has ended on the server, and a body."""
    visit.service.expire()
    return [visit.call("POST")]


def denied(visit: Visit) -> list[str]:
    """Call what no token is allowed to see."""
    visit.service.deny(_DENIED)
    return [visit.call(path=_DENIED)]


def at_once(visit: Visit) -> list[str]:
    """Call from many threads with a token that the server no longer knows."""
    visit.service.invalidate()
    barrier = threading.Barrier(THREADS)

    def call(_: int) -> str:
        """Call once all are there."""
        barrier.wait(_TIMEOUT_S)
        return visit.call()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(THREADS)))


def steps(role: Role) -> tuple[tuple[str, Act, Promise], ...]:
    """Return what is done at a provider, in order, with what is promised of it."""
    never, once = (0, 0), (1, 1)
    doubt = (0, 1) if role.ambiguous else never
    no = role.denial
    return (
        ("first call: obtain a token", first_call, Promise(1, 200, once, never)),
        ("second call: the same token", second_call, Promise(1, 200, never, never)),
        ("expired: renew and replay", expired, Promise(1, 200, once, once)),
        ("denied: leave it at that", denied, Promise(1, no, doubt, doubt)),
        ("denied again: ask nobody", denied, Promise(1, no, never, never)),
        (
            f"{THREADS} threads: renew once",
            at_once,
            Promise(THREADS, 200, once, (1, THREADS)),
        ),
    )


def outcomes(sandbox: Callable[[], Sandbox] = Sandbox) -> Iterator[Outcome]:
    """
    Run the demo against a sandbox of its own, step by step.

    Args:
        sandbox: Makes the sandbox; another one may break the promises on purpose.
    """
    with sandbox() as box:
        for role in ROLES:
            visit = Visit(getattr(box, role.name), role.kind)
            with visit.session:
                for step, act, promise in steps(role):
                    seen, took_s = watched(visit, act)
                    yield Outcome(visit.service.name, step, promise, seen, took_s)


def watched(visit: Visit, act: Act) -> tuple[Seen, float]:
    """Return what an act showed, by the sandbox's counters, and its seconds."""
    visit.service.reset_counters()
    started_s = time.perf_counter()
    try:
        answers = act(visit)
    except (requests.RequestException, ValueError) as error:
        answers = [f"{type(error).__name__}: {error}"]
    took_s = time.perf_counter() - started_s
    replays = visit.service.api_calls - len(answers)
    return Seen(dict(Counter(answers)), visit.service.token_requests, replays), took_s


def _is_within(count: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= count <= bounds[1]
