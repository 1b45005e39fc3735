"""Why a call failed, and whether its provider could have served it.

Rule: what excuses a failure is seen from outside: a row names its proof in the records.
Where there is none, the provider could have served the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .records import DENIED, Attempt, Call, Run

# So often the package sends one token request: once, and three times again.
TRIES = 4
# A failure is told for so long to those who waited for it.
_TOLD_S = 5.0
# A worker has saved an answer so long after it, on the busiest machine.
_SAVED_S = 3.0
# So long RedisStore keeps the hold of a killed process, and so long others wait for it.
HELD_S = 130.0
# So long a URL counts as denied that refused a renewed token as well.
PAUSE_S = 30.0

REFUSED = ("401", "403")

# The provider could not serve it; it could, but for a limit that is documented; it could.
UNAVOIDABLE, LIMIT, AVOIDABLE = "unavoidable", "limit", "avoidable"


class Cause(NamedTuple):
    """A name for people, and one of the kinds above."""

    name: str
    kind: str


HELD = Cause("held by the dead", LIMIT)


def is_failure(call: Call) -> bool:
    """Tell whether a call failed; a denied URL's refusal is what was asked for."""
    return call.told != "200" and not (call.place == DENIED and call.told in REFUSED)


def cause_of(call: Call, run: Run) -> Cause:
    """Return why *call*, a failure, failed."""
    for cause, is_proven in _PROOFS:
        if is_proven(call, run):
            return cause
    if call.told in REFUSED:
        return Cause("refused, and not renewed", AVOIDABLE)
    return Cause(call.told, AVOIDABLE)


def lost_refresh_tokens(run: Run) -> list[float]:
    """
    Return when Xee answered a worker that had been killed, and whose token nobody has.

    Either its new token was lost with it; or its request was so slow that a sibling's
    came first: then Xee has seen one refresh token twice, and gives up the whole login.
    """
    kills = [event.at for event in run.events if event.act == "kill"]
    return [
        asked.ended_at
        for asked in run.asked
        if asked.provider == "Xee"
        and (asked.mark or asked.fault == "slow")
        and asked.mark not in run.saved
        and any(asked.began_at <= at <= asked.ended_at + _SAVED_S for at in kills)
    ]


def _down(call: Call, run: Run) -> bool:
    """Tell whether four attempts of one worker failed in a row while the call waited."""
    own = [a for a in run.attempts if a.provider == call.provider]
    if call.provider == "M2M":  # each has its own token
        own = [a for a in own if a.worker == call.worker]
    workers = {attempt.worker for attempt in own}
    return any(
        _failed_in_a_row([a for a in own if a.worker == worker], call)
        for worker in workers
    )


def _failed_in_a_row(attempts: list[Attempt], call: Call) -> bool:
    row = 0
    for attempt in sorted(attempts, key=lambda attempt: attempt.at):
        row = 0 if attempt.told == "HTTP 200" else row + 1
        heard = call.began_at - _TOLD_S <= attempt.at <= call.ended_at
        if row >= TRIES and heard:
            return True
    return False


def _lost(call: Call, run: Run) -> bool:
    """Tell whether Xee's newest token went to a worker killed before it saved it."""
    if call.provider != "Xee" or call.told not in {"LoginRequired", *REFUSED}:
        return False
    lost = [at for at in lost_refresh_tokens(run) if at <= call.ended_at]
    return bool(lost) and not any(lost[-1] < at < call.began_at for at in run.logins)


def _held(call: Call, run: Run) -> bool:
    """Tell whether a killed worker's hold was in Redis, where it lasts for 130 s."""
    return call.provider == "XPKit" and any(
        event.act == "held by the dead"
        and event.at <= call.ended_at
        and call.began_at <= event.at + HELD_S
        for event in run.events
    )


def _dead_too(call: Call, run: Run) -> bool:
    """Tell whether it was sent again with a sibling's token, as dead as its own."""
    if call.told not in REFUSED or not _is_dead(call.last, call, run):
        return False
    return call.first != call.last or any(_is_echo(call, other) for other in run.calls)


def _is_echo(call: Call, other: Call) -> bool:
    """Tell whether *other* made the URL count as denied, for 30 s in that worker."""
    return (
        (other.worker, other.provider) == (call.worker, call.provider)
        and other.last == call.last
        and other.first != other.last
        and is_failure(other)
        and other.began_at <= call.began_at <= other.ended_at + PAUSE_S
    )


def _is_dead(mark: str, call: Call, run: Run) -> bool:
    """Tell whether the provider had killed or ended a token before the call ended."""
    own = [asked for asked in run.asked if asked.provider == call.provider]
    issued = [asked.ended_at for asked in own if asked.mark == mark]
    if not issued:
        return False
    ends = [event.at for event in run.events if event.whom == call.provider]
    ends.append(issued[0] + run.settings["lifetimes_s"][call.provider])
    if call.provider == "XMLdation":  # one active token: the next one ends it
        ends += [a.ended_at for a in own if a.mark or a.fault == "answer lost"]
    return any(issued[0] < at <= call.ended_at for at in ends)


_PROOFS: tuple[tuple[Cause, Callable[[Call, Run], bool]], ...] = (
    (Cause("token endpoint down", UNAVOIDABLE), _down),
    (Cause("refresh token lost", UNAVOIDABLE), _lost),
    (HELD, _held),
    (Cause("sent again with a dead token", LIMIT), _dead_too),
)
