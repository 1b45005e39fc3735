"""``requests-xauth request`` and ``get``: one authenticated request.

Rule: what is wrong with the command line is said before anything is sent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import requests

from .._hosts import is_loopback, place_of
from ..errors import UnsignedRequestWarning
from .answer import place, save, show
from .body import Body, body_options
from .choice import Choice, chosen
from .ending import EPILOG, Code, told_plainly
from .options import Command, Option, with_options
from .parameters import Headers, header_fields, http_url, method_name

_EXAMPLE = """\b
For instance:
  export XPKIT_CLIENT_ID=... XPKIT_CLIENT_SECRET=...
  requests-xauth get https://profiles.emea.xpkit.net/api/profiles/ \\
      --provider xpkit --region emea"""
_LONGER_EXAMPLE = """\b
For instance:
  requests-xauth request POST --profile xml --data @payment.xml \\
      https://service.xmldation.com/api/v1/validate/my-product-code"""


def _answer_options(command: Command) -> Command:
    """Add what both commands have: the URL, header fields, the answer's place."""
    return with_options(command, _OPTIONS)  # type: ignore[no-any-return]  # as it was


_OPTIONS: tuple[Option, ...] = (
    click.argument("url", callback=http_url),
    click.option(
        "-H",
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        callback=header_fields,
        help="A header field to send; may be repeated.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True, max=3600),
        default=30,
        show_default=True,
        help="How long to wait for a connection, and for an answer.",
    ),
    click.option(
        "-i",
        "--include",
        is_flag=True,
        help="Print status and headers before the body, to standard output.",
    ),
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
        callback=place,
        help="Put the body of a good answer into FILE, all of it or nothing.",
    ),
)


@click.command(epilog=f"{_EXAMPLE}\n\n{EPILOG}", short_help="Send a GET with a token.")
@_answer_options
@chosen
def get(**given: Any) -> None:
    """
    Send a GET to URL with a valid token, and print the answer.

    The credentials come from a profile or from the environment: "requests-xauth
    providers" lists the variables. The body goes to standard output as it is received,
    byte for byte; the status goes to standard error.
    """
    _send("GET", **given)


@click.command(
    epilog=f"{_LONGER_EXAMPLE}\n\n{EPILOG}", short_help="Send any request with a token."
)
@click.argument("method", callback=method_name)
@_answer_options
@body_options
@chosen
def request(*, method: str, body: Body, **given: Any) -> None:
    """
    Send a request with a valid token, and print the answer.

    METHOD is GET, POST, PUT, PATCH, DELETE or another. If the API refuses the token, it
    is renewed and the request sent once more, its body from the beginning. All else is
    as with "requests-xauth get".
    """
    _send(method, body=body, **given)


def _send(  # both commands' own
    method: str,
    *,
    choice: Choice,
    url: str,
    headers: Headers,
    timeout_s: float,
    include: bool,
    output: Path | None,
    body: Body | None = None,
) -> None:
    with (
        told_plainly(choice.options, url),
        requests.Session() as session,
        warnings_in_a_line(),
        ExitStack() as files,
    ):
        session.auth = choice.auth(timeout=timeout_s)
        carried = body.opened(files) if body else {}
        # As it is received: what an API compresses nevertheless is not undone.
        fields = {
            "Accept-Encoding": b"identity",
            **carried.pop("headers", {}),
            **headers,
        }
        ask = partial(
            session.request,
            headers=fields,
            timeout=timeout_s,
            stream=True,
            proxies=on_the_way(url),
        )
        with _answered(partial(ask, method, url, **carried)) as response:
            # A 304 says that what is there is still good.
            good = HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES
            keep = partial(save, path=output) if output and good else show
            keep(response, include=include)
    click.get_current_context().exit(Code.DONE if response.ok else Code.REFUSED)


def on_the_way(url: str) -> dict[str, str]:
    """Return the proxies for a signed request: plain http stays on this machine."""
    place = place_of(url)
    is_plain = place is not None and place[0] == "http" and is_loopback(place[1])
    # The environment's would read the token; elsewhere over plain http there is none.
    return {"no_proxy": "*"} if is_plain else {}


def _answered(ask: Callable[[], requests.Response]) -> requests.Response:
    try:
        return ask()
    except requests.RequestException:
        raise
    except ValueError as error:  # of urllib, where a redirect names what is no URL
        raise requests.exceptions.InvalidURL(str(error)) from error


@contextmanager
def warnings_in_a_line() -> Iterator[None]:
    """Show a warning as one line without the place in our code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", UnsignedRequestWarning)
        warnings.showwarning = _echo_warning
        yield


def _echo_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {message}".replace("in hosts=", "with --host"), err=True)
