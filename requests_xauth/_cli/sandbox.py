"""``requests-xauth sandbox``: the four providers on 127.0.0.1, until Ctrl-C.

Rule: what is printed can be pasted into another terminal as it stands.
"""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from .._tables import names
from ..sandbox import M2M, Sandbox, Xee, XMLdation, XPKit
from .screen import print_json

Service = XPKit | Xee | XMLdation | M2M

# On Windows a wait without an end would not hear of Ctrl-C.
_LISTEN_S = 0.5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@click.option(
    "--lifetime",
    "lifetime_s",
    metavar="SECONDS",
    type=click.IntRange(min=1),
    help="How long tokens are good, instead of each provider's own lifetime.",
)
def sandbox(*, as_json: bool, lifetime_s: int | None) -> None:
    """
    Run all four providers on 127.0.0.1 until Ctrl-C.

    Prints what another terminal needs to try "requests-xauth get": the credentials as
    export lines, and a command for each provider. Credentials, ports and tokens are
    new each time.
    """
    with _until_told_to_end() as wait, Sandbox() as box:
        services = {name: getattr(box, name) for name in names()}
        if lifetime_s is not None:
            for service in services.values():
                service.lifetime_s = lifetime_s
        if as_json:
            found = {name: _document(service) for name, service in services.items()}
            print_json(found, indent=None)
        else:
            click.echo("# The sandbox runs until Ctrl-C. In another terminal:")
            for name, service in services.items():
                click.echo(_lines(name, service))
        wait()


@contextmanager
def _until_told_to_end() -> Iterator[Callable[[], None]]:
    """Give a wait that SIGINT and SIGTERM end, from now on."""
    ended = threading.Event()
    told = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, lambda *_: ended.set()) for one in told}

    def wait() -> None:
        """Return when one of them has come."""
        while not ended.wait(_LISTEN_S):
            pass

    try:
        yield wait
    finally:
        for one, what in before.items():
            signal.signal(one, what)


def _needs_login(service: Service) -> bool:
    return "redirect_uri" in service.credentials


def _lines(name: str, service: Service) -> str:
    """Return comments, export lines and a command for a POSIX shell."""
    given = service.credentials
    lines = [
        "",
        f"# {service.name}: {given['base_url']}",
        f"# API: {service.api_url}",
        *(f"export {n}={shlex.quote(v)}" for n, v in service.environ.items()),
    ]
    if _needs_login(service):
        lines += [
            "# A person has to log in first, in a browser on this machine:",
            f"# requests-xauth login --provider {name} --base-url {given['base_url']} \\",
            f"#     --redirect-uri {given['redirect_uri']}",
        ]
    else:
        lines += [
            f"requests-xauth get {service.api_url} \\",
            f"    --provider {name} --base-url {given['base_url']}",
        ]
    return "\n".join(lines)


def _document(service: Service) -> dict[str, Any]:
    return {
        "base_url": service.base_url,
        "api_url": service.api_url,
        "token_url": service.token_url,
        "authorize_url": service.authorize_url,
        "redirect_uri": service.credentials.get("redirect_uri"),
        "environ": service.environ,
    }
