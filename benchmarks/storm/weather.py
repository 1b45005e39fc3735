"""What goes wrong, and when: a forecast from a seed, and a token endpoint that fails.

Rule: nothing here looks at what the workers make of it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .records import Asked, now

HOUR_S = 3600.0
# Where in the run the workers' clock is set to what: forth and back, twice.
_CLOCKS = ((0.15, 1), (0.3, 0), (0.45, -1), (0.6, 0), (0.7, 1), (0.85, 0))
# Seconds from one to the next, at least and at most.
_TOKENS_S, _WORKERS_S, _SERVERS_S = (6.0, 12.0), (5.0, 10.0), (8.0, 24.0)
_AWAY_S = (0.5, 4.0)

# Xee's revoke() takes the refresh tokens too: after that only a person helps.
KILLS = {
    "XPKit": ("expire", "revoke"),
    "Xee": ("expire", "invalidate"),
    "XMLdation": ("expire", "revoke"),
    "M2M": ("expire", "revoke"),
}

FAILS = 0.2
# With each the part of the failures. A lost answer would take Xee's next refresh token
# along, as nothing but a killed process may here; see `lost`.
_FAULTS = ("503", "429", "dropped", "answer lost", "slow")


class Trouble(NamedTuple):
    """Something to be done at a moment of the run."""

    at_s: float
    act: str
    whom: str


def forecast(seconds: float, seed: int) -> list[Trouble]:
    """Return what is done in a run of so many seconds, in order."""
    dice = random.Random(seed)  # noqa: S311  # no secrets
    found = [Trouble(0.0, "deny", "XPKit"), Trouble(0.0, "deny", "XMLdation")]
    found += [Trouble(part * seconds, "clock", str(h)) for part, h in _CLOCKS]
    for name, ways in KILLS.items():
        moments = _moments(dice, seconds, _TOKENS_S)
        found += [Trouble(at_s, dice.choice(ways), name) for at_s in moments]
    moments = _moments(dice, seconds, _WORKERS_S)
    found += [Trouble(at_s, "kill", "worker") for at_s in moments]
    for at_s in _moments(dice, seconds - _AWAY_S[1], _SERVERS_S):
        found.append(Trouble(at_s, "stop", "redis"))
        found.append(Trouble(at_s + dice.uniform(*_AWAY_S), "start", "redis"))
    return sorted(found)


def _moments(
    dice: random.Random, seconds: float, gap_s: tuple[float, float]
) -> Iterator[float]:
    at_s = dice.uniform(gap_s[0] / 2, gap_s[1] / 2)
    while at_s < seconds:
        yield at_s
        at_s += dice.uniform(*gap_s)


class Flaky:
    """
    A provider's token endpoint, which fails one time in five.

    Attributes:
        asked: What it was asked, and what became of it.
        issued_at: When it last issued a token.
    """

    def __init__(self, service: Any, name: str, seed: int) -> None:
        """Stand in front of *service*, a provider of the sandbox."""
        self.asked: list[Asked] = []
        self.issued_at = 0.0
        self._service = service
        self._name = name
        self._dice = random.Random(f"{seed} {name}")  # noqa: S311  # no secrets
        self._answer: Callable[[Any], Any] = service.answer
        service.answer = self.answer

    def answer(self, request: Any) -> Any:
        """Answer as the provider does, unless something goes wrong."""
        if request.path != self._service.token_path:
            return self._answer(request)
        began_at = now()
        fault = self._fault()
        self._set(fault)
        answer = self._answer(request)
        mark = self._mark(answer)
        if mark or fault == "answer lost":
            self.issued_at = now()
        self.asked.append(Asked(began_at, now(), self._name, fault, mark))
        return answer

    def _fault(self) -> str:
        if self._dice.random() >= FAILS:
            return ""
        fault = self._dice.choice(_FAULTS)
        return "dropped" if (fault, self._name) == ("answer lost", "Xee") else fault

    def _set(self, fault: str) -> None:
        """Let the request that is here meet *fault*."""
        service = self._service
        if fault == "503":
            service.fail(503, times=1)
        elif fault == "429":
            service.fail(429, headers={"Retry-After": "1"}, times=1)
        elif fault == "dropped":
            service.drop(when="before", times=1)
        elif fault == "answer lost":
            service.drop(when="after", times=1)
        elif fault == "slow":
            service.slow(self._dice.uniform(0.5, 2.0), times=1)

    def _mark(self, answer: Any) -> str:
        """Return the mark of the bearer that was issued, or nothing."""
        if answer is None or answer.status != 200:
            return ""
        found = json.loads(answer.body)
        bearer = found.get("id_token") or found["access_token"]
        return hashlib.sha256(bearer.encode()).hexdigest()[:6]
