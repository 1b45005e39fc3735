"""``requests-xauth sandbox``: the four providers on 127.0.0.1, until Ctrl-C.

Rule: what is printed can be pasted into another terminal as it stands.
"""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from .._tables import names
from ..sandbox import M2M, Sandbox, Xee, XMLdation, XPKit
from .screen import print_json

Service = XPKit | Xee | XMLdation | M2M

_PEOPLE = "xpkit-user"
# On Windows a wait without an end would not hear of Ctrl-C.
_LISTEN_S = 0.5


class _Client(NamedTuple):
    """
    What a value of --provider needs.

    Attributes:
        service: Whose client it is.
        given: Its credentials, as the preset's arguments.
        environ: The same, as far as the environment takes them.
    """

    service: Service
    given: dict[str, str]
    environ: dict[str, str]


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
        clients = _clients(box)
        if lifetime_s is not None:
            for client in clients.values():
                client.service.lifetime_s = lifetime_s
        if as_json:
            found = {name: _document(client) for name, client in clients.items()}
            print_json(found, indent=None)
        else:
            click.echo("# The sandbox runs until Ctrl-C. In another terminal:")
            for name, client in clients.items():
                click.echo(_lines(name, client))
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


def _clients(box: Sandbox) -> dict[str, _Client]:
    """Return the client of each value of --provider."""
    services = {name: getattr(box, name) for name in names()}
    people = {
        "XPKIT_REGION": box.xpkit.region,
        "XPKIT_CLIENT_ID": box.xpkit.user_client_id,
    }
    return {
        **{
            n: _Client(one, one.credentials, one.environ) for n, one in services.items()
        },
        _PEOPLE: _Client(box.xpkit, box.xpkit.user_credentials, people),
    }


def _lines(name: str, client: _Client) -> str:
    """Return comments, export lines and a command for a POSIX shell."""
    service, given, environ = client
    if name == _PEOPLE:
        return _lines_of_people(client)
    lines = [
        "",
        f"# {service.name}: {given['base_url']}",
        f"# API: {service.api_url}",
        *(f"export {n}={shlex.quote(v)}" for n, v in environ.items()),
    ]
    if "redirect_uri" in given:
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


def _lines_of_people(client: _Client) -> str:
    # Not exported: the variable's name is that of the machines' client.
    client_id = shlex.quote(client.environ["XPKIT_CLIENT_ID"])
    return "\n".join(
        [
            "# Its people log in, in a browser on this machine, by a client of their own,",
            "# whose id each command about them needs:",
            f"# XPKIT_CLIENT_ID={client_id} requests-xauth login \\",
            f"#     --provider {_PEOPLE} --base-url {client.given['base_url']} \\",
            f"#     --redirect-uri {client.given['redirect_uri']}",
        ]
    )


def _document(client: _Client) -> dict[str, Any]:
    service = client.service
    return {
        "base_url": service.base_url,
        "api_url": service.api_url,
        "token_url": service.token_url,
        "authorize_url": service.authorize_url,
        "redirect_uri": client.given.get("redirect_uri"),
        "environ": client.environ,
    }
