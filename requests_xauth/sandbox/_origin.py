"""One origin: its address, what reached it, and what goes wrong there.

Rule: nothing here knows a token. What an origin answers when nothing is switched is
the business of its subclasses.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from email.utils import formatdate
from typing import TYPE_CHECKING, NamedTuple

from ._server import Listener
from ._switches import Switches, one_of
from ._wire import Answer, Drip, Headers, Request, json_answer, redirect_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BODY_LIMIT_BYTES = 256 * 1024 * 1024


class Record(NamedTuple):
    """A request that reached an origin."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    at: str  # "token", "api", "authorize" or "other"


class Origin(ABC):
    """A host and port of its own that records its requests."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self.name = name
        self._clock = clock
        self._listener: Listener | None = None
        # Guards the counters and whatever a subclass changes; held while a request is
        # decided, never while bytes are sent or a switch waits.
        self._lock = threading.RLock()
        self._switches = Switches()
        self._date = (0, "")
        self.reset()

    # Address

    def start(self) -> None:
        """Listen on an ephemeral port of 127.0.0.1; does nothing when it does."""
        if self._listener is None:
            self._listener = Listener(self, self.name)

    def close(self) -> None:
        """Stop listening and end every connection."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            listener.close()

    @property
    def origin(self) -> str:
        """
        Scheme, host and port.

        Raises:
            RuntimeError: If the sandbox is not running.
        """
        if self._listener is None:
            raise RuntimeError(
                f"The sandbox's {self.name} is not running."
                " Use `with Sandbox() as box:` or Sandbox().start()."
            )
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def base_url(self) -> str:
        """Root of the origin's URLs."""
        return self.origin

    # Records

    def reset(self) -> None:
        """Forget every request, and set every switch as it was at first."""
        self.recording = True  # False: count only, for long measurements
        self.reset_counters()
        self.heal()

    def reset_counters(self) -> None:
        """Start to count and to record anew."""
        with self._lock:
            self.requests: list[Record] = []

    # Switches

    def slow(self, wait_s: float, at: str = "token", times: int | None = None) -> None:
        """Wait before a request is processed; ended by heal() and close()."""
        self._switches.set("slow", at, self._switches.pause(wait_s), times=times)

    def drip(
        self,
        interval_s: float,
        at: str = "token",
        *,
        part: str = "body",
        times: int | None = None,
    ) -> None:
        """Send one byte each interval: of the "body", or from the "headers" on."""
        one_of(("body", "headers"), part)
        drip = Drip(self._switches.pause(interval_s), part)
        self._switches.set("drip", at, drip, times=times)

    def fail(
        self,
        status: int,
        at: str = "token",
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
    ) -> None:
        """
        Answer *status* without processing the request.

        Args:
            status: The status code.
            at: "token", "api" or "authorize".
            body: Bytes, or something to send as JSON; None sends neither a body nor
                a Content-Type.
            headers: More header fields, or others.
            times: For the next so many requests only.
        """
        answer = json_answer(status, body, headers)
        if body is None:
            answer = Answer(status, b"", tuple((headers or {}).items()))
        self._switches.set("answer", at, answer, times=times)

    def redirect(
        self, to: str, status: int = 307, at: str = "token", *, times: int | None = None
    ) -> None:
        """Answer a redirect to the URL *to* without processing the request."""
        self._switches.set("answer", at, redirect_answer(to, status), times=times)

    def drop(
        self, at: str = "token", when: str = "before", times: int | None = None
    ) -> None:
        """Close the connection without an answer, before or after processing."""
        one_of(("before", "after"), when)
        self._switches.set("drop", at, when, times=times)

    def heal(self) -> None:
        """Switch off what goes wrong here; the clock is right and Date is sent."""
        self.skew_s = 0.0
        self.send_date = True
        self._switches.heal()

    # Answers

    def now(self) -> float:
        """Return the server's idea of the time, in seconds since the epoch."""
        return self._clock() + self.skew_s

    def body_limit(self, path: str) -> int:
        """Return the largest body in bytes that *path* takes."""
        del path  # all take the same here
        return _BODY_LIMIT_BYTES

    def release(self) -> None:
        """Let no answer wait any longer."""
        self._switches.heal()

    def answer(self, request: Request) -> Answer | None:
        """Record a request and answer it, with whatever is switched on."""
        at = self._place(request.path)
        self._note(request, at)
        faults = self._switches.take(at)
        if faults.slow is not None:
            faults.slow.wait()
        if faults.drop == "before":
            return None
        answer = faults.answer or self._respond(request, at)
        self._count(request, answer, at)
        if faults.drop is not None:
            return None
        if self.send_date:
            answer = answer._replace(headers=(("Date", self._now()), *answer.headers))
        return answer._replace(drip=faults.drip) if faults.drip else answer

    def _now(self) -> str:
        """Return the Date header's value, made once a second: formatting is slow."""
        second = int(self.now())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]

    def _note(self, request: Request, at: str) -> None:
        """Record a request as soon as it is in."""
        if self.recording:
            self.requests.append(Record(*request[:5], at=at))

    def _place(self, path: str) -> str:
        """Return the name of the place that *path* belongs to."""
        del path  # there are no others here
        return "api"

    @abstractmethod
    def _respond(self, request: Request, at: str) -> Answer:
        """Answer a request when nothing is switched."""

    def _count(self, request: Request, answer: Answer, at: str) -> None:
        """Count an answer."""
        del request, answer, at  # the records are all there is


class Elsewhere(Origin):
    """An origin that has nothing to do with any provider."""

    def reset(self) -> None:
        """Answer 401 without more header fields from now on."""
        super().reset()
        self.status = 401
        self.headers: dict[str, str] = {}

    @property
    def api_url(self) -> str:
        """Any URL of this origin."""
        return self.url("/")

    def url(self, path: str) -> str:
        """Return the URL of *path* here."""
        return f"{self.origin}/{path.lstrip('/')}"

    def _respond(self, request: Request, at: str) -> Answer:
        del request, at  # all are answered alike
        return json_answer(self.status, {}, self.headers)
