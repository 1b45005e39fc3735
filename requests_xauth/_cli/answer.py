"""What an API answered: to standard output, or to a file.

Rule: standard output takes what the API sent, byte for byte, and nothing else; all that
is said of it goes to standard error. A file holds a whole answer, or what it held before.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import click
from requests import Response
from urllib3.exceptions import HTTPError

from .screen import printable

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


def place(
    _context: click.Context, _parameter: click.Parameter, path: Path | None
) -> Path | None:
    """
    Return the file that *path* leads to, or None for standard output.

    Raises:
        BadParameter: If no file can be there.
    """
    if path is None or path == Path("-"):
        return None
    if _is_special(path):
        return path  # /dev/stdout leads to what has no name
    found = Path(os.path.realpath(path))  # so that a link goes on leading there
    if found.is_dir() or not found.parent.is_dir():
        raise click.BadParameter(f"There can be no file {str(path)!r}.")
    # A whole answer is put there beside what it replaces, before that goes.
    if not os.access(found.parent, os.W_OK):
        raise click.BadParameter(f"{str(found.parent)!r} cannot be written to.")
    return found


def save(response: Response, path: Path, *, include: bool) -> None:
    """
    Put the body into the file *path*, all of it or nothing, with a bar on a terminal.

    Raises:
        HTTPError: If the body breaks off.
        OSError: If the file cannot be written.
    """
    _print_head(response, include=include)
    size = 0
    with (
        _file_at(path) as file,
        _bar(path.name, response.raw.length_remaining) as advance,
    ):
        for piece in _pieces(response):
            file.write(piece)
            size += len(piece)
            advance(len(piece))
    click.echo(f"{path}: {size} bytes", err=True)


def _is_special(path: Path) -> bool:
    # /dev/null, a pipe: to be written to, and to be left where it is.
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _file_at(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to, which is at *path* if all goes well."""
    if _is_special(path):
        with path.open("wb") as file:
            yield file
        return
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as file:
            if path.exists():  # whoever could not read it cannot read what is put there
                shutil.copymode(path, temporary)
            yield file
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _print_head(response: Response, *, include: bool) -> None:
    if include:
        click.echo(_head(response), nl=False)
    else:
        reason = printable(response.reason or "")
        click.echo(f"HTTP {response.status_code} {reason}".rstrip(), err=True)


def _head(response: Response) -> bytes:
    major, minor = divmod(response.raw.version, 10)
    lines = [f"HTTP/{major}.{minor} {response.status_code} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.raw.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _pieces(response: Response) -> Iterator[bytes]:
    yield from response.raw.stream(_PIECE_BYTES, decode_content=False)
    if response.raw.length_remaining:  # urllib3 1.26 does not mind
        raise HTTPError(f"{response.raw.length_remaining} bytes are missing")


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """Give what tells a bar how many bytes more there are."""
    if not sys.stderr or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress  # noqa: PLC0415  # a tenth of a second, for terminals only
    from rich.console import Console  # noqa: PLC0415  # as above

    with progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as shown:
        task = shown.add_task(name, total=total)
        yield lambda size: shown.advance(task, size)
