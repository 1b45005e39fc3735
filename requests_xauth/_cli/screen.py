"""Where tables go: a terminal, or a pipe that wants 80 plain columns.

Rule: of our own, letters of ASCII only; what others have named is shown by `printable`,
so that every terminal and every encoding can show it, and none obeys it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_COLUMNS = 80


def screen() -> Console:
    """Return standard output; NO_COLOR is honoured, and a pipe gets no colours."""
    from rich.console import Console  # noqa: PLC0415  # 0.05 s, for tables only

    class Screen(Console):
        """One whose reader may have enough, which rich would tell by an exit code of 1."""

        def on_broken_pipe(self) -> None:
            """Leave it to whoever ends the command."""
            raise BrokenPipeError

    console = Screen(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        # rich would take the width from whatever terminal standard input is.
        console.width = _PIPE_COLUMNS
    return console


@contextmanager
def open_output() -> Iterator[None]:
    """Let what is printed go nowhere, if standard output is closed."""
    if sys.stdout is not None:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdout = nowhere
        yield


def printable(text: str) -> str:
    """Return *text* with escapes for what no screen, or not this one, can show."""
    encoding = sys.stdout.encoding
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print *value* as one JSON document."""
    click.echo(json.dumps(value, indent=indent))
