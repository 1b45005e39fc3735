"""The figures of a run, the tokens it may have cost, and the targets it missed.

Rule: arithmetic on records, no more; each row of an allowance says what it is for.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .causes import (
    AVOIDABLE,
    HELD,
    LIMIT,
    PAUSE_S,
    UNAVOIDABLE,
    cause_of,
    is_failure,
    lost_refresh_tokens,
)
from .records import DENIED, Call, Run

# Tokens are renewed when four fifths of their life are over.
EARLY = 1.3
KINDS = (AVOIDABLE, LIMIT, UNAVOIDABLE)
# So large a part of a provider's calls may meet a limit; how many meet a hold of the dead
# depends on how many there are to meet it.
LIMITED = 0.05
# In a shorter run a single URL that counts as denied for 30 s may be most of it.
_LIMITED_FROM_S = 60.0
# Renewals under way, and looks into a store, that may be open when a worker is measured.
_DESCRIPTORS = 8
_MIB = 1 << 20

Figures = dict[str, Any]


def figures_of(run: Run) -> Figures:
    """Return the figures of *run*, ready for JSON, with the targets missed."""
    providers = {name: _provider(name, run) for name in run.settings["lifetimes_s"]}
    figures = {
        "settings": run.settings,
        "providers": providers,
        "events": dict(Counter(f"{e.act} {e.whom}".strip() for e in run.events)),
        "lost_refresh_tokens": len(lost_refresh_tokens(run)),
        "logins": len(run.logins),
        "reuses": run.reuses,
        "survivors": _survivors(run),
    }
    return {**figures, "missed": list(missed(figures))}


def missed(figures: Figures) -> Iterable[str]:
    """Yield the targets that were missed, in words."""
    is_long = figures["settings"]["seconds"] >= _LIMITED_FROM_S
    for name, one in figures["providers"].items():
        avoidable = sum(one[AVOIDABLE].values())
        limited = sum(n for cause, n in one[LIMIT].items() if cause != HELD.name)
        if avoidable:
            yield f"{name}: {avoidable} calls failed that could have been served"
        if is_long and limited > LIMITED * one["calls"]:
            yield f"{name}: {limited} calls met a limit, of {one['calls']}"
        if one["tokens"] > one["allowed"]:
            yield f"{name}: {one['tokens']} tokens issued, {one['allowed']} allowed"
        if not one["served"]:
            yield f"{name}: no call was served"
    for number, one in figures["survivors"].items():
        first, last = one["descriptors"]
        if last > first + _DESCRIPTORS:
            yield f"worker {number}: {first} descriptors became {last}"


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which *part* of the sorted *values* are; nan for none."""
    if not values:
        return math.nan
    return values[min(len(values) - 1, math.ceil(part * len(values)) - 1)]


def allowances(name: str, run: Run) -> dict[str, float]:
    """Return how many tokens of a provider may have been issued, and for what."""
    settings = run.settings
    workers, started = settings["workers"], settings["started"]
    holders, first = (workers, started) if name == "M2M" else (1, 1)
    acts = Counter((event.act, event.whom) for event in run.events)
    faults = Counter(asked.fault for asked in run.asked if asked.provider == name)
    forward = acts["clock", "forward"]
    seconds = settings["seconds"]
    periods = started + workers * (seconds / PAUSE_S + acts["clock", "back"] + forward)
    return {
        "ends of lives": EARLY * holders * seconds / settings["lifetimes_s"][name],
        "first ones": first,
        "killed": holders
        * sum(acts[way, name] for way in ("expire", "revoke", "invalidate")),
        "clock set forward": holders * forward,
        "denied URLs": acts["deny", name] * periods,
        "answers lost": faults["answer lost"],
        "workers killed": acts["kill", "worker"],
        "alone without Redis": workers * acts["stop", "redis"] * (name == "XPKit"),
        "logins": len(run.logins) * (name == "Xee"),
    }


def _provider(name: str, run: Run) -> Figures:
    calls = [call for call in run.calls if call.provider == name]
    failures = [cause_of(call, run) for call in calls if is_failure(call)]
    took_s = sorted(c.ended_at - c.began_at for c in calls if not is_failure(c))
    faults = Counter(a.fault for a in run.asked if a.provider == name)
    allowed = allowances(name, run)
    return {
        "calls": len(calls),
        "served": sum(call.told == "200" for call in calls),
        "denied": sum(_is_denied(call) for call in calls),
        **{
            kind: dict(Counter(c.name for c in failures if c.kind == kind))
            for kind in KINDS
        },
        "p50_ms": 1e3 * percentile(took_s, 0.5),
        "p99_ms": 1e3 * percentile(took_s, 0.99),
        "p999_ms": 1e3 * percentile(took_s, 0.999),
        "longest_ms": 1e3 * percentile(took_s, 1.0),
        "asked": faults.total(),
        "faults": {fault: n for fault, n in sorted(faults.items()) if fault},
        "tokens": run.issued.get(name, 0),
        "allowed": math.floor(sum(allowed.values())),
        "allowances": allowed,
    }


def _is_denied(call: Call) -> bool:
    return call.place == DENIED and not is_failure(call)


def _survivors(run: Run) -> dict[str, Figures]:
    """Return the first and the last size of workers that lived from start to end."""
    found = {}
    for number in range(run.settings["spared"]):
        sizes = [size for size in run.sizes if size.worker == number]
        if len(sizes) > 1:
            found[str(number)] = {
                "descriptors": [size.descriptors for size in (sizes[0], sizes[-1])],
                "resident_mib": [
                    round(size.resident_bytes / _MIB, 1)
                    for size in (sizes[0], sizes[-1])
                ],
            }
    return found


_HEAD = ("", "calls", *KINDS, "p50", "p99", "p99.9", "longest ms", "tokens", "allowed")


def table(figures: Figures) -> str:
    """Return the figures as text for people."""
    rows = [_HEAD, *(_row(name, one) for name, one in figures["providers"].items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines += [_told(name, one) for name, one in figures["providers"].items()]
    lines += [
        f"Done to it: {_counted(figures['events'])}.",
        f"Refresh tokens lost by killed workers: {figures['lost_refresh_tokens']}.",
        f"Logins: {figures['logins']}. Reuses that Xee saw: {figures['reuses']}.",
    ]
    for number, one in figures["survivors"].items():
        descriptors, resident = one["descriptors"], one["resident_mib"]
        lines.append(
            f"Worker {number}: descriptors {descriptors[0]} -> {descriptors[1]},"
            f" resident {resident[0]} -> {resident[1]} MiB."
        )
    return "\n".join(lines)


def _told(name: str, one: Figures) -> str:
    causes = {cause: n for kind in KINDS for cause, n in one[kind].items()}
    return (
        f"{name}: {one['asked']} token requests, of which went wrong:"
        f" {_counted(one['faults'])}. {one['denied']} refusals of a denied URL."
        f" Failures: {_counted(causes)}."
    )


def _row(name: str, one: Figures) -> tuple[str, ...]:
    failed = [sum(one[kind].values()) for kind in KINDS]
    times = (one[key] for key in ("p50_ms", "p99_ms", "p999_ms", "longest_ms"))
    return (
        name,
        *(str(value) for value in (one["calls"], *failed)),
        *(f"{value:.1f}" for value in times),
        *(str(one[key]) for key in ("tokens", "allowed")),
    )


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items()) or "none"
