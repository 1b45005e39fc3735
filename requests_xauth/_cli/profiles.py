"""Profiles: which provider with which values, by name, in one file of the user's.

Rule: a profile holds the arguments of an auth object by their own names, and a secret by
reference only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from configparser import Error, RawConfigParser
from inspect import Parameter, signature
from pathlib import Path

import platformdirs

from .._auth import XAuth
from .._tables import auths
from ..errors import ConfigError
from .references import looked_up

# Where the file is, if it is not where the platform wants it.
VARIABLE = "REQUESTS_XAUTH_PROFILES"
_EXAMPLE = "[name], provider = xpkit, region = emea"
_SECRETS = frozenset({"client_secret", "password", "refresh_token"})
# Lists in one line of text.
_LISTS = frozenset({"hosts"})
# No text stands for them.
_OBJECTS = frozenset({"clock", "on_renew", "session", "timeout"})

Profile = dict[str, str]


def place() -> Path:
    """Return where the file of profiles is, or would be."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    folder = platformdirs.user_config_path("requests-xauth", appauthor=False)
    return folder / "profiles.ini"


def profiles() -> dict[str, Profile]:
    """
    Return every profile by its name; none without a file.

    Raises:
        ConfigError: If the file cannot be read, or is no such file.
    """
    path = place()
    # No section lends its values to the others, and a percent sign is one.
    parser = RawConfigParser(
        default_section="", delimiters=("=",), comment_prefixes=("#", ";")
    )
    try:
        with path.open(encoding="utf-8-sig") as file:
            parser.read_file(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8.") from error
    except Error as error:
        # Its words may repeat a line, and a line may hold what should not be there.
        [(where, _)] = getattr(error, "errors", [])[:1] or [(error.lineno, "")]  # type: ignore[attr-defined]  # one or the other
        kind = type(error).__name__.removesuffix("Error")
        raise ConfigError(
            f"{path}, line {where}: {kind}. Write it like {_EXAMPLE}, a line each."
        ) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def profile(name: str) -> Profile:
    """
    Return the profile of that name.

    Raises:
        ConfigError: If there is none, or the file is none, or one of its lines goes on in
            the next.
    """
    known = profiles()
    if name not in known:
        there = ", ".join(known) or "none"
        raise ConfigError(
            f"There is no profile {name!r} in {place()} (there: {there})."
            f" Write one: {_EXAMPLE}, a line each."
        )
    for key, value in known[name].items():
        if "\n" in value:  # it took in the next line, which may hold a secret
            raise ConfigError(
                f"The line after {key} of profile {name!r} is indented: begin it at the"
                " left."
            )
    return known[name]


def kind_of(name: str, found: Profile) -> str:
    """
    Return the provider that a profile is for, as the command line calls it.

    Raises:
        ConfigError: If it names none.
    """
    known = auths()
    provider = found.get("provider", "").lower()
    if provider not in known:
        said = f"no provider {provider!r}" if provider else "no provider = in it"
        raise ConfigError(
            f"Profile {name!r} has {said}. Providers: {', '.join(known)}."
        )
    return provider


def arguments(name: str, found: Profile, auth: type[XAuth]) -> dict[str, object]:
    """
    Return the arguments of *auth* that a profile gives, its secrets looked up.

    Raises:
        ConfigError: If it has a line that *auth* does not know, an empty one, or a secret
            that is not there.
    """
    known = _texts(auth)
    given: dict[str, object] = {}
    for key, value in found.items():
        what = f"{key} of profile {name!r}"
        if key == "provider":
            continue
        if key not in known:
            raise ConfigError(
                f"Profile {name!r} has a line {key!r}, which {auth.__name__} does not"
                f" know. It knows: {', '.join(known)}."
            )
        if not value:
            raise ConfigError(f"{what} is empty: give it a value, or drop the line.")
        given[key] = _value(key, value, what)
    return given


def _value(key: str, text: str, what: str) -> object:
    if key in _SECRETS:
        return looked_up(text, what)
    if key == "store":
        return address(text, what)
    return text.replace(",", " ").split() if key in _LISTS else text


def address(text: str, what: str) -> str | None:
    """
    Return what `store=` takes for *text*: an address with a password by reference only.

    Raises:
        ConfigError: If there is a password in it, or its variable is not set.
    """
    if text == "none":
        return None
    if text.startswith("env:"):
        return looked_up(text, what)
    if "@" in text or "password=" in text.lower():
        raise ConfigError(
            f"{what} seems to hold a password, which others can read there: put the"
            " whole address into a variable, and write env:NAME."
        )
    return text


def _texts(auth: type[XAuth]) -> tuple[str, ...]:
    parameters: Mapping[str, Parameter] = signature(auth).parameters
    return tuple(name for name in parameters if name not in _OBJECTS)
