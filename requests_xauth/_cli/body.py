"""What a request carries: data, JSON, a form, files.

Rule: a body can be sent a second time, since a token may be refused: a file is rewound,
and what cannot be, such as standard input, is kept aside first.
"""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import tempfile
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import IO, Any, NamedTuple

import click

from .options import Command, Option, with_options
from .parameters import as_typed

_PIECE_BYTES = 64 * 1024


class Extent(io.RawIOBase):
    """
    A file as long as it was: what is put behind that meanwhile is not of this request.

    Attributes:
        len: Its bytes, which is where requests looks.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Begin where *file* does."""
        self._file = file
        self.len = os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read as much as there is, or as *buffer* takes."""
        wanted = min(len(buffer), max(0, self.len - self.tell()))
        piece = self._file.read(wanted)
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to *offset*."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the offset."""
        return self._file.tell()


class Body(NamedTuple):
    """
    What the options say of a body.

    Attributes:
        data: Text, or a file after "@", or None.
        json_text: A JSON document, or a file with one after "@", or None.
        form: Fields as (name, value), a file after "@".
    """

    data: str | None
    json_text: str | None
    form: tuple[tuple[str, str], ...]

    def opened(self, files: ExitStack) -> dict[str, Any]:
        """
        Return the arguments for requests, files opened and left to *files* to close.

        Raises:
            UsageError: If a file cannot be opened, or the JSON is none.
        """
        if self.json_text is not None:
            return {
                "data": _json(self.json_text, files),
                "headers": {"Content-Type": b"application/json"},
            }
        if self.data is not None:
            return {"data": _content(self.data, files)}
        if not self.form:
            return {}
        values = [
            (name, as_typed(value)) for name, value in self.form if value[:1] != "@"
        ]
        uploads = [
            (name, (_shown(value[1:]), _file(value[1:], files)))
            for name, value in self.form
            if value[:1] == "@"
        ]
        return {"data": values, "files": uploads}


def body_options(command: Command) -> Command:
    """Give *command* the options of a body, as its argument *body*."""

    @wraps(command)
    def with_body(
        *, data: str | None, json_text: str | None, form: Any, **rest: Any
    ) -> Any:
        """Check the options, and run *command* with what they say."""
        if sum(value not in {None, ()} for value in (data, json_text, form)) > 1:
            raise click.UsageError("--data, --data-json and --form exclude each other.")
        return command(body=Body(data, json_text, form), **rest)

    return with_options(with_body, _OPTIONS)  # type: ignore[no-any-return]  # as it was


def _fields(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    for one in given:
        if not one.partition("=")[0] or "=" not in one:
            raise click.BadParameter(f"{one!r} is no NAME=VALUE.")
        if not one.partition("=")[0].isprintable():  # a byte that is no UTF-8 is not
            raise click.BadParameter(f"{one!r} has a name that is no text.")
    return tuple((name, value) for name, _, value in (g.partition("=") for g in given))


def _content(text: str, files: ExitStack) -> bytes | Extent:
    if text[:1] != "@":
        return as_typed(text)
    file = _file(text[1:], files)
    # requests would send an empty file in chunks, which not every API takes.
    return file if file.len else b""


def _json(text: str, files: ExitStack) -> bytes:
    content = _content(text, files)
    raw = content if isinstance(content, bytes) else content.read()
    try:
        json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"--data-json is no JSON: {error}.") from error
    return raw


def _no_number(name: str) -> None:
    # Python's json takes NaN and Infinity; RFC 8259, section 6, has none.
    raise ValueError(f"there is {name} in it")


def _file(name: str, files: ExitStack) -> Extent:
    try:
        if name == "-":
            return _rewindable(_input(), files)
        return _rewindable(files.enter_context(Path(name).open("rb")), files)
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {error.strerror}.") from error


def _input() -> IO[bytes]:
    if sys.stdin is None:
        raise click.UsageError("There is no standard input to read.")
    if sys.stdin.isatty():
        click.echo(
            "Type the body; Ctrl-D (on Windows Ctrl-Z, Enter) ends it.", err=True
        )
    return sys.stdin.buffer


def _rewindable(given: IO[bytes], files: ExitStack) -> Extent:
    if not sys.stdin or given is not sys.stdin.buffer:
        known = os.fstat(given.fileno())
        # A pipe has no length, and what stands in /proc says none.
        if stat.S_ISREG(known.st_mode) and known.st_size:
            return Extent(given)
    kept = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # *files* closes it
    # One read at a time: a terminal's end is told once, and read() would ask again.
    read = getattr(given, "read1", given.read)
    while piece := read(_PIECE_BYTES):
        kept.write(piece)
    kept.seek(0)
    return Extent(kept)


def _shown(name: str) -> str:
    return Path(name).name.encode(errors="replace").decode()


_OPTIONS: tuple[Option, ...] = (
    click.option(
        "-d",
        "--data",
        metavar="TEXT|@FILE",
        help="The body: text, a file that is streamed, or @- for standard input.",
    ),
    click.option(
        "--data-json",
        "json_text",
        metavar="JSON|@FILE",
        help="The body: a JSON document, checked before it is sent.",
    ),
    click.option(
        "-F",
        "--form",
        multiple=True,
        metavar="NAME=VALUE|@FILE",
        callback=_fields,
        help="A field of a form, NAME=@FILE for a file; may be repeated.",
    ),
)
