"""``requests-xauth get``: one authenticated GET.

Rule: standard output takes what the API sent, byte for byte, and nothing else; all that
is said of it goes to standard error.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any

import click
import requests
from requests import Response
from urllib3.exceptions import HTTPError

from .._auth import XAuth
from .._hosts import place_of
from .._tables import names, preset
from ..errors import UnsignedRequestWarning
from .ending import EPILOG, Code, told_plainly

_PIECE_BYTES = 64 * 1024
_EXAMPLE = """\b
For instance:
  export XPKIT_CLIENT_ID=... XPKIT_CLIENT_SECRET=...
  requests-xauth get https://profiles.emea.xpkit.net/api/profiles/ \\
      --provider xpkit --region emea"""

Headers = dict[str, bytes]

# RFC 9110, sections 5.1 and 5.5
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\0]*)")


def http_url(_context: click.Context, _parameter: click.Parameter, url: str) -> str:
    """
    Return *url* if a request can be sent there.

    Raises:
        BadParameter: If it is no http or https URL.
    """
    if place_of(url) is None:
        raise click.BadParameter(f"{url!r} is no http or https URL.")
    try:
        requests.Request("GET", url).prepare()
    except requests.RequestException as error:
        raise click.BadParameter(str(error)) from error
    return url


def header_fields(
    _context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]
) -> Headers:
    """
    Return the fields of *lines*, each as "Name: value".

    Raises:
        BadParameter: If one is no header field, or is Authorization.
    """
    fields: Headers = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise click.BadParameter(f"{line!r} is no 'Name: value'.")
        if found[1].lower() == "authorization":
            raise click.BadParameter("Authorization carries the provider's token.")
        fields[found[1]] = found[2].strip().encode()
    return fields


@click.command(epilog=f"{_EXAMPLE}\n\n{EPILOG}")
@click.argument("url", callback=http_url)
@click.option(
    "--provider",
    "name",
    required=True,
    type=click.Choice(names(), case_sensitive=False),
    help="Whose token to send.",
)
@click.option("--region", help="XPKit's region: amer, apac, china or emea.")
@click.option(
    "--base-url",
    metavar="URL",
    help="Root of the token URL: a sandbox, a demo host or a gateway.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A host that may see the token, instead of the provider's own; may be repeated.",
)
@click.option(
    "-H",
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    callback=header_fields,
    help="A header field to send; may be repeated.",
)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    default=30,
    show_default=True,
    help="How long to wait for a connection, and for an answer.",
)
@click.option(
    "-i",
    "--include",
    is_flag=True,
    help="Print status and headers before the body, to standard output.",
)
def get(
    *,
    url: str,
    name: str,
    region: str | None,
    base_url: str | None,
    hosts: tuple[str, ...],
    headers: Headers,
    timeout_s: float,
    include: bool,
) -> None:
    """
    Send a GET to URL with a valid token, and print the answer.

    The credentials come from the environment: "requests-xauth providers" lists the
    variables. The body goes to standard output as it is received, byte for byte; the
    status goes to standard error.
    """
    with told_plainly(url), requests.Session() as session, warnings_in_a_line():
        session.auth = auth_of(
            name, region=region, base_url=base_url, hosts=hosts, timeout=timeout_s
        )
        # As it is received: what an API compresses nevertheless is not undone.
        fields = {"Accept-Encoding": b"identity", **headers}
        with session.get(
            url, headers=fields, timeout=timeout_s, stream=True
        ) as response:
            show(response, include=include)
    click.get_current_context().exit(Code.DONE if response.ok else Code.REFUSED)


def auth_of(name: str, *, region: str | None, **given: object) -> XAuth:
    """
    Return the preset of that name, with what is *given* of its arguments.

    Raises:
        UsageError: If there is a region, and the provider has none.
        ConfigError: If a value is missing in the environment too, or cannot be right.
    """
    kind: Callable[..., XAuth] = preset(name).auth
    if region is not None:
        if "region" not in signature(kind).parameters:
            raise click.UsageError(f"--region is not for --provider {name}.")
        given["region"] = region
    return kind(**{option: value for option, value in given.items() if value})


def show(response: Response, *, include: bool) -> None:
    """
    Print the status, and the body as it comes in.

    Raises:
        HTTPError: If the body breaks off.
    """
    if include:
        click.echo(_head(response), nl=False)
    else:
        click.echo(f"HTTP {response.status_code} {response.reason}", err=True)
    last = b"\n"
    for piece in response.raw.stream(_PIECE_BYTES, decode_content=False):
        click.echo(piece, nl=False)
        last = piece[-1:] or last
    if response.raw.length_remaining:  # urllib3 1.26 does not mind
        raise HTTPError(f"{response.raw.length_remaining} bytes are missing")
    if last != b"\n" and sys.stdout.isatty():
        click.echo(err=True)  # so that the shell's prompt begins a line


@contextmanager
def warnings_in_a_line() -> Iterator[None]:
    """Show a warning as one line without the place in our code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UnsignedRequestWarning)
        warnings.showwarning = _echo_warning
        yield


def _echo_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {message}".replace("in hosts=", "with --host"), err=True)


def _head(response: Response) -> bytes:
    major, minor = divmod(response.raw.version, 10)
    lines = [f"HTTP/{major}.{minor} {response.status_code} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.raw.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
