"""Whose token a command is about: the options that say so, and the auth object of them.

Rule: a command asks by `chosen` and never reads these options itself; what is not given
comes from the profile, and what is not there from the environment.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from .._auth import XAuth
from .._tables import auths
from ..errors import ConfigError, XAuthError
from . import profiles
from .options import Command, Option, with_options

# What is used if neither --profile nor --provider is given, and it is there.
_DEFAULT = "default"
_VARIABLE = "REQUESTS_XAUTH_PROFILE"
_STORE = "file"


class Choice(NamedTuple):
    """
    What was chosen on a command line.

    Attributes:
        profile: The profile's name, or None.
        provider: The provider's name, or None: the profile's.
        given: The arguments of the auth object that were given as options.
    """

    profile: str | None
    provider: str | None
    given: dict[str, Any]

    @property
    def options(self) -> str:
        """The options that make the same choice for another command."""
        return _options(self)

    def auth(self, **more: object) -> XAuth:
        """
        Return the auth object: options first, then the profile, then the environment.

        Args:
            more: Arguments that the command itself gives, if the class takes them; those
                that are None are not given.

        Raises:
            UsageError: If nothing was chosen, or an option does not fit.
            ConfigError: If a value is missing everywhere, or cannot be right.
        """
        name, profile, found = self._found()
        kind = auths()[name]
        known = signature(kind).parameters
        for option in self.given:
            if option not in known:
                flag = option.replace("_", "-")
                raise click.UsageError(f"--{flag} is not for --provider {name}.")
        own = profiles.arguments(profile, found, kind)
        asked = {k: v for k, v in more.items() if k in known and v is not None}
        kept = {"store": _STORE, **own, **self.given, **asked}
        if "store" in self.given:
            kept["store"] = profiles.address(self.given["store"], "--store")
        try:
            make: Callable[..., XAuth] = kind
            return make(**kept)
        except (
            ImportError
        ) as error:  # a store whose extra is missing; the text says which
            raise ConfigError(str(error)) from error

    def name(self) -> str:
        """Return the provider's name; raise as `auth` if there is none."""
        return self._found()[0]

    def _found(self) -> tuple[str, str, profiles.Profile]:
        """Return the provider's name, the profile's, and what is in that."""
        if self.provider is not None:
            return self.provider, "", {}
        named = self.profile
        if named is None:
            named = os.environ.get(_VARIABLE) or None
        if named is None and _DEFAULT not in profiles.profiles():
            raise click.UsageError(
                "Whose token? Give --provider or --profile, or make a profile named"
                f" {_DEFAULT!r} in {profiles.place()}."
            )
        name = _DEFAULT if named is None else named
        found = profiles.profile(name)
        return profiles.kind_of(name, found), name, found


def chosen(command: Command) -> Command:
    """Give *command* the options that choose an auth object, as its argument *choice*."""

    @wraps(command)
    def with_choice(**options: Any) -> Any:
        """Take the options that choose, and run *command* with the choice."""
        given = {name: options.pop(name) for name in _ARGUMENTS}
        profile, provider = options.pop("profile"), options.pop("provider")
        if profile is not None and provider is not None:
            raise click.UsageError(
                "--profile says which provider: leave --provider out."
            )
        # "" is given: a script's variable that is unset must not mean another's token.
        told = {k: v for k, v in given.items() if v is not None and v != ()}
        return command(choice=Choice(profile, provider, told), **options)

    return with_options(with_choice, _OPTIONS)  # type: ignore[no-any-return]  # as it was


def _options(choice: Choice) -> str:
    given = {"profile": choice.profile, "provider": choice.provider, **choice.given}
    words = []
    for name, value in given.items():
        flag = f"--{name.removesuffix('s').replace('_', '-')}"
        values = value if isinstance(value, tuple) else (value,)
        words += [
            word for one in values if one is not None for word in (flag, str(one))
        ]
    return shlex.join(words)


def _complete(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    try:
        known = profiles.profiles()
    except XAuthError:
        return []  # a shell's line is no place for an error
    return [CompletionItem(name) for name in known if name.startswith(begun)]


_OPTIONS: tuple[Option, ...] = (
    click.option(
        "-p",
        "--profile",
        metavar="NAME",
        shell_complete=_complete,
        help=f"The profile to use; else ${_VARIABLE}, else the one named default.",
    ),
    click.option(
        "--provider",
        type=click.Choice(tuple(auths()), case_sensitive=False),
        metavar="NAME",
        help=f"Whose token, with credentials from the environment: {', '.join(auths())}.",
    ),
    click.option("--region", help="XPKit's region: amer, apac, china or emea."),
    click.option(
        "--base-url",
        metavar="URL",
        help="Root of the token URL: a sandbox, a demo host or a gateway.",
    ),
    click.option(
        "--host",
        "hosts",
        metavar="NAME",
        multiple=True,
        help="A host that may see the token, instead of the provider's own; may be"
        " repeated.",
    ),
    click.option("--scope", help="The scope to ask for."),
    click.option(
        "--account",
        metavar="LABEL",
        help="Keeps several people's tokens of one client apart.",
    ),
    click.option(
        "--store",
        metavar="WHERE",
        help="file (if not given), keyring, redis://..., env:NAME for an address with a"
        " password in it, or none.",
    ),
)
_ARGUMENTS = ("region", "base_url", "hosts", "scope", "account", "store")
