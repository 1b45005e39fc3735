"""``requests-xauth status``: which tokens there are, where, and how long they last.

Rule: no token request, and no secret; what cannot be told is a row with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import click
from rich.table import Table

from .._auth import XAuth
from .._display import Explanation
from .._setup import opened
from .._tables import auths
from ..errors import ConfigError, StoreError, XAuthError
from ..stores import FileStore
from . import profiles
from .choice import Choice, chosen
from .durations import told_s
from .ending import EPILOG, Code, code_of, told_plainly
from .screen import print_json, printable, screen


class Row(NamedTuple):
    """
    What is known of one choice.

    Attributes:
        profile: The profile's name, or None where the environment is enough.
        provider: The provider's name on the command line, or None if a profile has none.
        known: The explanation, or None.
        error: Why there is none.
        key: The store's key.
    """

    profile: str | None
    provider: str | None
    known: Explanation | None
    error: XAuthError | click.UsageError | None
    key: str | None


@click.command(epilog=EPILOG, short_help="List tokens, where, how long they last.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@chosen
def status(*, choice: Choice, as_json: bool) -> None:
    """
    List the tokens: where they are, and how long they last.

    One line for each profile, and for each provider whose credentials are in the
    environment; with --profile or --provider for that one alone. Nothing is asked of a
    provider.
    """
    is_one = choice.profile is not None or choice.provider is not None
    with told_plainly(choice.options):
        rows = [_row(choice)] if is_one else list(_rows(choice))
        if is_one and isinstance(rows[0].error, click.UsageError):
            raise rows[0].error
        others = () if is_one else _others({row.key for row in rows})
    if as_json:
        print_json({"tokens": [_document(row) for row in rows], "others": len(others)})
    else:
        _show(rows, len(others))
    # A profile that is broken is a row among others, which are what was asked for.
    is_asked = is_one or bool(choice.given)
    click.get_current_context().exit(_code(rows) if is_asked else Code.DONE)


def _show(rows: list[Row], others: int) -> None:
    if rows:
        screen().print(_table(rows))
    else:
        click.echo("No profile, and no provider's credentials in the environment.")
    if others:
        where = printable(repr(FileStore()))
        click.echo(f"{others} more of other credentials, in {where}.")
    click.echo(f"Profiles: {profiles.place()}", err=True)


def _code(rows: list[Row]) -> Code:
    errors = [row.error for row in rows if row.error]
    if not errors or any(row.known for row in rows):
        return Code.DONE
    is_usage = isinstance(errors[0], click.UsageError)
    return Code.USAGE if is_usage else code_of(errors[0])


def _check_store(choice: Choice) -> None:
    # Where there is no other choice nobody would look at it.
    if "store" not in choice.given:
        return
    try:
        opened(profiles.address(choice.given["store"], "--store"))
    except ImportError as error:
        raise ConfigError(str(error)) from error


def _rows(choice: Choice) -> Iterator[Row]:
    _check_store(choice)
    for name in profiles.profiles():
        yield _row(choice._replace(profile=name))
    for name in auths():
        row = _row(choice._replace(provider=name))
        if row.known or _is_refused(row):
            yield row


def _is_refused(row: Row) -> bool:
    """Tell whether anything but the environment stands against it."""
    if isinstance(row.error, StoreError):
        return True  # whose settings are complete
    bare = _row(Choice(None, row.provider, {}))
    if isinstance(row.error, click.UsageError):
        return bare.known is not None
    return str(row.error) != str(bare.error)


def _row(choice: Choice) -> Row:
    named = choice.profile, choice.provider
    try:
        named = choice.profile, choice.name()
        auth = choice.auth()
        return Row(*named, auth.explain(), None, _key(auth))
    except (XAuthError, click.UsageError) as error:
        return Row(*named, None, error, None)


def _key(auth: XAuth) -> str:
    return auth._state.key  # noqa: SLF001  # the store's name for it


def _others(known: set[str | None]) -> tuple[str, ...]:
    try:
        return tuple(key for key in FileStore().kept() if key not in known)
    except (ConfigError, ImportError):
        return ()  # without that store there is nothing in it


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("profile", "provider", "account", "token", "left", "store"):
        table.add_column(title, header_style="dim", overflow="fold")
    for row in rows:
        table.add_row(*map(printable, _cells(row)))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    known = row.known
    first = (row.profile or "-", row.provider or "-")
    if known is None:
        return (*first, "-", "-", "-", str(row.error))
    return (
        *first,
        known.account or "-",
        known.mark or "none",
        _left(known),
        known.store,
    )


def _left(known: Explanation) -> str:
    if known.mark is None:
        return "-"
    left = "unknown" if known.left_s is None else told_s(known.left_s)
    return f"{left}, renewable" if known.refreshable else left


def _document(row: Row) -> dict[str, Any]:
    known = row.known
    told = {} if known is None else known._asdict()
    kept = ("account", "client_id", "store", "mark", "scope", "age_s", "left_s")
    return {
        "profile": row.profile,
        "provider": row.provider,
        **{name: told.get(name) for name in (*kept, "refreshable")},
        "error": row.error and str(row.error),
    }
