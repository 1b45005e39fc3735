"""How a command ends: its exit code, and an error as one or two plain lines.

Rule: no traceback and no secret, whatever a server or a setting does; a script tells the
errors apart by the exit code alone.
"""

from __future__ import annotations

import enum
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType

import click
import requests
from urllib3.exceptions import HTTPError

from .._hosts import host_of
from ..errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    XAuthError,
)
from .screen import printable


class Code(enum.IntEnum):
    """The exit codes."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CONFIGURATION = 3
    CREDENTIALS = 4
    LOGIN = 5
    UNAVAILABLE = 6
    NO_READER = 128 + 13  # as a shell tells SIGPIPE


MEANINGS: Mapping[Code, str] = MappingProxyType(
    {
        Code.DONE: "done; the API answered 2xx or 3xx",
        Code.REFUSED: "the API answered 4xx or 5xx; a promise of the demo was broken",
        Code.USAGE: "the command line is wrong",
        Code.CONFIGURATION: "a setting is missing or wrong",
        Code.CREDENTIALS: "the provider rejected the credentials",
        Code.LOGIN: "a person has to log in first",
        Code.UNAVAILABLE: "the provider or the API cannot be reached; try later",
        Code.NO_READER: "whoever read the output had enough, as head has",
    }
)
EPILOG = "\b\nExit codes:\n" + "\n".join(
    f"  {code:<3d}  {meaning}" for code, meaning in MEANINGS.items()
)

# What shells make of SIGINT: 1 would say that the API refused.
_INTERRUPTED = 128 + 2
# And of SIGTERM.
_TERMINATED = 128 + 15

# The first that fits.
_CODES: Mapping[type[BaseException], Code] = MappingProxyType(
    {
        CredentialsRejected: Code.CREDENTIALS,
        LoginRequired: Code.LOGIN,
        ProviderUnavailable: Code.UNAVAILABLE,
        # ConfigError and StoreError; also a token endpoint that is none, or that refuses
        # what it is asked for.
        XAuthError: Code.CONFIGURATION,
        requests.RequestException: Code.UNAVAILABLE,
        HTTPError: Code.UNAVAILABLE,
        # REQUESTS_CA_BUNDLE names no file, or standard output cannot be written.
        OSError: Code.CONFIGURATION,
    }
)


@contextmanager
def told_plainly(options: str = "", url: str = "") -> Iterator[None]:
    """
    Tell what a token, or a request to *url*, may raise, and end the command.

    Args:
        options: Those that chose the auth object, for the command that logs in.
        url: Where a request is sent to, if one is.

    Raises:
        Exit: With the exit code of the error's class, or as shells tell of Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        click.echo("\nInterrupted.", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from error
    except BrokenPipeError as error:  # whoever read our output needs no words
        _leave_output()
        raise click.exceptions.Exit(Code.NO_READER) from error
    except tuple(_CODES) as error:
        code = code_of(error)
        words = printable(" ".join(_words(error, url).split()))
        click.echo(f"Error: {words}", err=True)
        if code is Code.LOGIN:
            click.echo(f"In a shell: requests-xauth login {options}".rstrip(), err=True)
        if isinstance(error, OSError) and not isinstance(
            error, requests.RequestException
        ):
            _leave_output()
        raise click.exceptions.Exit(code) from error


@contextmanager
def unwound() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: what it has begun is cleared away."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield  # somebody else's
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(*_: object) -> None:
    raise SystemExit(_TERMINATED)


def code_of(error: BaseException) -> Code:
    """Return the exit code of what a token or a request has raised."""
    return next(code for kind, code in _CODES.items() if isinstance(error, kind))


def _leave_output() -> None:
    # What could not be written is still buffered; Python would try again at its end and
    # exit with 120.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError, ValueError):  # ValueError: an output that is no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _words(error: BaseException, url: str) -> str:
    if isinstance(error, XAuthError):
        return str(error)
    if isinstance(error, requests.RequestException):
        return f"{host_of(url)} gave no answer: {_reason(error).rstrip('.')}."
    if isinstance(error, HTTPError):
        return f"{host_of(url)} broke off its answer: {_reason(error).rstrip('.')}."
    return str(error)


def _reason(error: BaseException) -> str:
    """Return the innermost reason: the outer ones repeat it with addresses of objects."""
    seen = [error]
    for outer in seen:
        seen += [inner for inner in _within(outer) if inner not in seen][:1]
    found = seen[-1]
    return getattr(found, "strerror", None) or str(found) or type(found).__name__


def _within(error: BaseException) -> list[BaseException]:
    # urllib3 1.26 tells the cause of some errors by their context only.
    context = None if error.__suppress_context__ else error.__context__
    found = (getattr(error, "reason", None), error.__cause__, context, *error.args)
    return [inner for inner in found if isinstance(inner, BaseException)]
