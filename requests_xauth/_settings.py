"""Values not given are looked up in the environment.

Rule: a value that is missing or cannot be right is a ConfigError at construction, which
names both ways to give it and never shows a secret.
"""

from __future__ import annotations

import os

from .errors import ConfigError


def setting(
    value: str | None, *, name: str, env: str, who: str, as_it_is: bool = False
) -> str:
    """
    Return *value*, or what the environment says, without changing a letter of it.

    Args:
        value: What the caller gave, or None.
        name: The argument's name, for the error.
        env: The environment variable's name; an empty variable counts as unset.
        who: Whose setting it is, for the error.
        as_it_is: Whether white space around it is allowed, as in a password.

    Raises:
        ConfigError: If it is in neither place, or is no text, or has white space
            around it (the usual trace of a copied line).
    """
    given, source = value, f"{name}="
    if given is None:
        given, source = os.environ.get(env) or None, env
    if given is None:
        raise ConfigError(f"No {name} given for {who}: pass {name}= or set {env}.")
    check = filled if as_it_is else clean
    return check(given, source=source, who=who)


def clean(value: object, *, source: str, who: str) -> str:
    """
    Return *value* if it can be a credential or a setting.

    Raises:
        ConfigError: If it is no text, is empty or has white space around it.
    """
    text = filled(value, source=source, who=who)
    if text != text.strip():
        raise ConfigError(
            f"{source} of {who} has white space around it: copy it again without."
        )
    return text


def filled(value: object, *, source: str, who: str) -> str:
    """
    Return *value* if it is text with something in it.

    Raises:
        ConfigError: If it is no text, is empty, or cannot be encoded.
    """
    if not isinstance(value, str):
        kind = type(value).__name__
        raise ConfigError(f"{source} of {who} must be text, not {kind}.")
    if not value:
        raise ConfigError(f"{source} of {who} is empty.")
    # Not by encoding it: the error of that would carry the secret as our context.
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ConfigError(f"{source} of {who} has a lone surrogate in it.")
    return value
