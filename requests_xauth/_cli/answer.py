"""What an API answered: to standard output, or to a file.

Rule: standard output takes what the API sent, byte for byte, and nothing else; all that
is said of it goes to standard error. A file holds a whole answer, or what it held before.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
from requests import Response
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from urllib3.exceptions import HTTPError

_PIECE_BYTES = 64 * 1024


def show(response: Response, *, include: bool) -> None:
    """
    Print the status, and the body as it comes in.

    Raises:
        HTTPError: If the body breaks off.
    """
    _print_head(response, include=include)
    last = b"\n"
    for piece in _pieces(response):
        click.echo(piece, nl=False)
        last = piece[-1:] or last
    if last != b"\n" and sys.stdout.isatty():
        click.echo(err=True)  # so that the shell's prompt begins a line


def save(response: Response, path: Path, *, include: bool) -> None:
    """
    Put the body into the file *path*, all of it or nothing, with a bar on a terminal.

    Raises:
        HTTPError: If the body breaks off.
        OSError: If the file cannot be written.
    """
    _print_head(response, include=include)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file, _bar() as bar:
            task = bar.add_task(path.name, total=response.raw.length_remaining)
            for piece in _pieces(response):
                file.write(piece)
                bar.advance(task, len(piece))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    click.echo(f"{path}: {path.stat().st_size} bytes", err=True)


def _print_head(response: Response, *, include: bool) -> None:
    if include:
        click.echo(_head(response), nl=False)
    else:
        click.echo(f"HTTP {response.status_code} {response.reason}", err=True)


def _head(response: Response) -> bytes:
    major, minor = divmod(response.raw.version, 10)
    lines = [f"HTTP/{major}.{minor} {response.status_code} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.raw.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _pieces(response: Response) -> Iterator[bytes]:
    yield from response.raw.stream(_PIECE_BYTES, decode_content=False)
    if response.raw.length_remaining:  # urllib3 1.26 does not mind
        raise HTTPError(f"{response.raw.length_remaining} bytes are missing")


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
