"""``requests-xauth demo``: the promises, kept before one's eyes.

Rule: the exit code says whether each outcome was as promised; a broken promise is shown
with what was expected and what was seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from .ending import Code
from .promises import Outcome, Promise, Seen, outcomes
from .screen import print_json, screen

_MARKS = {True: ("ok", "green"), False: ("FAILED", "bold red")}


@click.command(short_help="See it work, against a sandbox on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def demo(sandbox: Any, *, as_json: bool) -> None:
    """
    See it work, against a sandbox of all four providers on this machine.

    For each provider: a first call, a second one, a token that has expired on the
    server, a permission that is missing, and 32 threads on a dead token. Exits 0 if each
    outcome was as promised, by the sandbox's own counters, and 1 if not.
    """
    started_s = time.perf_counter()
    steps = outcomes(sandbox) if sandbox else outcomes()
    done = list(steps) if as_json else list(_shown(screen(), steps))
    took_s = time.perf_counter() - started_s
    if as_json:
        print_json(_document(done, took_s))
    else:
        click.echo(_summary(done, took_s))
    kept = all(one.is_kept for one in done)
    click.get_current_context().exit(Code.DONE if kept else Code.REFUSED)


def _shown(console: Console, steps: Iterator[Outcome]) -> Iterator[Outcome]:
    """Print each step as soon as it is done, and hand it on."""
    provider = None
    for one in steps:
        if one.provider != provider:
            provider = one.provider
            console.print(provider, style="bold")
        console.print(_line(one))
        if not one.is_kept:
            console.print(f"       promised: {told_promise(one.promise)}")
            console.print(f"       seen:     {told(one.seen)}")
        yield one


def _line(one: Outcome) -> Text:
    mark, style = _MARKS[one.is_kept]
    story = told(one.seen) if one.is_kept else ""
    took_ms = f"{one.took_s * 1000:4.0f} ms"
    return Text.assemble(
        (f"{mark:6}", style), f" {one.step:27} {story:37} ", (took_ms, "dim")
    )


def told(seen: Seen) -> str:
    """Return what was seen, in words."""
    answers = ", ".join(
        answer if count == 1 else f"{count} x {answer}"
        for answer, count in seen.answers.items()
    )
    tokens = _counted(seen.token_requests, "token request")
    replays = f", {_counted(seen.replays, 'replay')}" if seen.replays else ""
    return f"{answers}, {tokens}{replays}"


def told_promise(promise: Promise) -> str:
    """Return what was promised, in words."""
    times = f"{promise.calls} x " if promise.calls > 1 else ""
    tokens = _bounded(promise.token_requests, "token request")
    replays = _bounded(promise.replays, "replay")
    return f"{times}{promise.answer}, {tokens}, {replays}"


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's' * bool(count)}"


def _bounded(bounds: tuple[int, int], what: str) -> str:
    least, most = bounds
    if least == most:
        return _counted(most, what)
    return f"{least} to {_counted(most, what)}"


def _summary(done: list[Outcome], took_s: float) -> str:
    kept = sum(one.is_kept for one in done)
    calls = sum(one.promise.calls for one in done)
    tokens = sum(one.seen.token_requests for one in done)
    providers = len({one.provider for one in done})
    return (
        f"{kept} of {len(done)} promises kept: {providers} providers, {calls} calls,"
        f" {tokens} token requests, {took_s:.1f} s"
    )


def _document(done: list[Outcome], took_s: float) -> dict[str, Any]:
    return {
        "kept": all(one.is_kept for one in done),
        "took_s": round(took_s, 3),
        "steps": [
            {
                "provider": one.provider,
                "step": one.step,
                "kept": one.is_kept,
                "took_s": round(one.took_s, 6),
                "promised": one.promise._asdict(),
                "seen": one.seen._asdict(),
            }
            for one in done
        ],
    }
