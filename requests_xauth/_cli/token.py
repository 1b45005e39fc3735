"""``requests-xauth token``: the bearer, for other programs.

Rule: the bearer is all that standard output gets; no other command prints one.
"""

from __future__ import annotations

import time
from typing import Any

import click

from .._auth import XAuth
from .._token import Token
from ..errors import XAuthError
from .choice import Choice, chosen
from .durations import told_s
from .ending import EPILOG, told_plainly
from .screen import print_json

_EXAMPLE = """\b
For instance:
  TOKEN=$(requests-xauth token --provider m2m)
  requests-xauth token --profile fleet --json"""


@click.command(
    epilog=f"{_EXAMPLE}\n\n{EPILOG}", short_help="Print a valid bearer token."
)
@click.option("--renew", is_flag=True, help="Get a newer token, even if one is valid.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@chosen
def token(*, choice: Choice, renew: bool, as_json: bool) -> None:
    """
    Print a valid bearer token, and nothing else.

    It is the one in the store, or a new one if there is none, or if that one has less
    than five minutes left, or a fifth of its lifetime. Whoever can read it can use it: a
    command line can be read by others, "requests-xauth curl" keeps it off that.
    """
    with told_plainly(choice.options):
        auth = choice.auth()
        found = auth.renew() if renew else _valid(auth)
    if as_json:
        print_json(_document(found))
    else:
        click.echo(found.bearer)


def _valid(auth: XAuth) -> Token:
    found = auth.token
    if found is None or time.time() >= found.end_at:
        return auth.renew()
    if time.time() < found.ahead_at or not _renewable(auth):
        return found
    # Nobody renews it once it is printed, and whoever uses it does so later.
    try:
        return auth.renew()
    except XAuthError as error:
        left = told_s(found.left_s(time.time()))
        click.echo(f"Warning: {error} The token ends in {left}.", err=True)
        return found


def _renewable(auth: XAuth) -> bool:
    known = auth.explain()
    return known.refreshable or known.grant != "authorization_code"


def _document(found: Token) -> dict[str, Any]:
    left_s = None if found.expires_at is None else found.left_s(time.time())
    return {
        "access_token": found.bearer,
        "token_type": "Bearer",
        "expires_in": left_s and int(left_s),
        "expires_at": found.expires_at,
        "scope": list(found.scope),
    }
