"""Values not given are looked up in the environment.

Rule: a value that is missing or cannot be right is a ConfigError at construction, which
names both ways to give it and never shows a secret.
"""

from __future__ import annotations

import os

from .errors import ConfigError


def setting(value: str | None, *, name: str, env: str, who: str) -> str:
    """
    Return *value*, or what the environment says, without changing a letter of it.

    Args:
        value: What the caller gave, or None.
        name: The argument's name, for the error.
        env: The environment variable's name; an empty variable counts as unset.
        who: Whose setting it is, for the error.

    Raises:
        ConfigError: If it is in neither place, or is no text, or has white space
            around it (the usual trace of a copied line).
    """
    given = optional_setting(value, name=name, env=env, who=who)
    if given is None:
        raise ConfigError(f"No {name} given for {who}: pass {name}= or set {env}.")
    return given


def optional_setting(
    value: str | None, *, name: str, env: str, who: str
) -> str | None:
    """Return *value*, or what the environment says, or None; see `setting`."""
    source = f"{name}="
    if value is None:
        value, source = os.environ.get(env) or None, env
    return None if value is None else clean(value, source=source, who=who)


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
    try:
        value.encode()
    except UnicodeEncodeError:
        # The cause is left out: its object is the secret itself.
        raise ConfigError(f"{source} of {who} has a lone surrogate in it.") from None
    return value
