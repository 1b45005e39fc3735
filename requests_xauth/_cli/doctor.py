"""``requests-xauth doctor``: where the way of a token ends, and what to do.

Rule: the last line says it all; nothing that is shown is a secret, or more than ASCII.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from .checkup import Case, Finding, checkup
from .choice import Choice, chosen
from .ending import EPILOG, Code, told_plainly
from .parameters import http_url
from .request import warnings_in_a_line
from .screen import print_json, screen

_EXAMPLE = """\b
For instance:
  requests-xauth doctor --provider m2m --base-url https://api.example.com
  requests-xauth doctor --provider xpkit --region emea \\
      https://profiles.emea.xpkit.net/api/profiles/"""
_MARKS = {True: ("ok", "green"), False: ("FAILED", "bold red"), None: ("-", "dim")}
_WIDEST = 100
_INDENT = 25


@click.command(
    epilog=f"{_EXAMPLE}\n\n{EPILOG}",
    short_help="Find out why there is no token, or no answer.",
)
@click.argument("url", required=False, callback=http_url)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=600),
    default=10,
    show_default=True,
    help="How long each step waits for a connection, and for an answer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@chosen
def doctor(*, choice: Choice, url: str | None, timeout_s: float, as_json: bool) -> None:
    """
    Find out where the way of a token ends, and what to do.

    Step by step: the settings, the host's name (DNS), a connection (TCP), its
    certificate (TLS), an answer, this machine's clock, a token, its scope and, if URL
    is given, a GET of that URL with the token. The last line says at which step it
    stops, and what to do.

    A token in the store that is still good is used, and no new one asked for; with
    --store none a new one is, unless a refresh token would be used up. Credentials go to
    the provider's token endpoint and nowhere else, and not before its certificate is
    known to be good.
    """
    case = Case(
        lambda: choice.auth(timeout=timeout_s),
        url,
        timeout_s=timeout_s,
        options=choice.options,
    )
    # What a step meets is told by the step; this is for the output.
    with told_plainly(choice.options), warnings_in_a_line():
        found = list(checkup(case)) if as_json else list(_shown(screen(), case))
        if as_json:
            print_json(_document(found))
        else:
            click.echo(plain(verdict(found)))
    click.get_current_context().exit(_code(found))


def verdict(found: list[Finding]) -> str:
    """Return one line: at which step the way ends, and what to do; or that all is well."""
    for one in found:
        if one.fault:
            return f"Stopped at {one.step}: {one.title}. {one.advice}"
    took_s = sum(one.took_s for one in found)
    if any(one.step == "token" and one.ok is None for one in found):
        return (
            f"All is well up to the clock ({took_s:.1f} s). No token was asked for: it"
            " would use up the refresh token. Give --store and --account, to keep the"
            " next one."
        )
    if found[-1].ok is None:
        return (
            f"All is well up to the token ({took_s:.1f} s). Give a URL to try the API."
        )
    return f"All is well, from the settings to the API ({took_s:.1f} s)."


def plain(text: str) -> str:
    """Return *text* as letters of ASCII, on one line."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.encode("ascii", "backslashreplace").decode().split())


def _shown(console: Console, case: Case) -> Iterator[Finding]:
    """Print each step as soon as it is done, and hand it on."""
    with _waiting(console) as begin:
        for one in checkup(case, begin):
            console.print(_lines(one, min(console.width, _WIDEST)), soft_wrap=True)
            yield one


@contextmanager
def _waiting(console: Console) -> Iterator[Callable[[str], object]]:
    """Say on a terminal what is waited for."""
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("", spinner="line") as status:  # the spinner that is ASCII
        yield lambda name: status.update(f"{name} ...")


def _lines(one: Finding, width: int) -> Text:
    mark, style = _MARKS[one.ok]
    took = f"{one.took_s * 1000:5.0f} ms" if one.ok is not None else ""
    said = [one.seen]
    if one.fault:
        said = [f"{one.title}: {one.seen}", f"What to do: {one.advice}"]
    lines = [line for text in said for line in _wrapped(text, width)]
    shown = f"\n{' ' * _INDENT}".join(lines)
    return Text.assemble(
        (f"{mark:6} ", style), f"{one.step:8} ", (f"{took:8} ", "dim"), shown
    )


def _wrapped(text: str, width: int) -> list[str]:
    # An URL stays whole, so that it can be copied.
    return textwrap.wrap(
        plain(text),
        max(width - _INDENT, 20),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _code(found: list[Finding]) -> Code:
    return next((one.code for one in found if one.fault), Code.DONE)


def _document(found: list[Finding]) -> dict[str, Any]:
    faults = [one.fault for one in found if one.fault]
    return {
        "ok": not faults,
        "fault": faults[0] if faults else None,
        "verdict": plain(verdict(found)),
        "exit_code": int(_code(found)),
        "took_s": round(sum(one.took_s for one in found), 3),
        "steps": [
            {
                "name": one.step,
                "ok": one.ok,
                "took_s": round(one.took_s, 6),
                "seen": plain(one.seen),
                "title": one.title and plain(one.title),
                "advice": one.advice and plain(one.advice),
                "fault": one.fault,
            }
            for one in found
        ],
    }
