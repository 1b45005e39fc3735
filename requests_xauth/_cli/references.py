"""Where a secret is, said by reference: an environment variable, a keyring, a file.

Rule: what is read is handed on and never shown; what is missing is named by its reference.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ..errors import ConfigError

FORMS = "env:NAME, keyring:service/user or file:/path"
# RFC 7617 and 6749 know no longer ones; a log that was named by mistake is one.
_MAX_CHARS = 64 * 1024


def looked_up(reference: str, what: str) -> str:
    """
    Return the secret that *reference* stands for.

    Args:
        reference: In one of the forms of `FORMS`.
        what: Whose secret it is, for the error.

    Raises:
        ConfigError: If there is none, or *reference* is none, such as a secret itself,
            which is not repeated.
    """
    kind, _, place = reference.partition(":")
    read = _READERS.get(kind)
    if read is None or not place:
        raise ConfigError(
            f"{what} is no reference: keep the secret elsewhere, and write {FORMS}."
        )
    return read(place, what)


def _from_environment(name: str, what: str) -> str:
    found = os.environ.get(name)
    if not found:
        raise ConfigError(f"{what} is env:{name}, which is not set: export {name}.")
    return found


def _from_file(place: str, what: str) -> str:
    try:
        path = Path(place).expanduser()
        # -sig: some editors of Windows begin a file with a mark.
        with path.open(encoding="utf-8-sig") as file:
            found = file.read(_MAX_CHARS + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text, or has no place"
        raise ConfigError(
            f"{what} is file:{place}, which cannot be read: {reason}."
        ) from None  # a UnicodeDecodeError would carry the content
    found = found.removesuffix("\n")
    if not found or len(found) > _MAX_CHARS or "\n" in found:
        raise ConfigError(f"{what} is file:{place}, which holds no line of text alone.")
    return found


def _from_keyring(place: str, what: str) -> str:
    try:
        import keyring  # noqa: PLC0415  # an extra of its own, asked for by this form
        from keyring.errors import KeyringError  # noqa: PLC0415  # as above
    except ImportError as error:
        raise ConfigError(
            f"{what} is keyring:{place}, which needs: pip install"
            " 'requests-xauth[keyring]'."
        ) from error
    service, _, user = place.rpartition("/")
    if not service or not user:
        raise ConfigError(f"{what} is keyring:{place}: write keyring:service/user.")
    try:
        found: str | None = keyring.get_password(service, user)
    except Exception as error:  # a backend raises what its own libraries do
        # Their words may be of any kind: they stay in the cause.
        said = str(error) if isinstance(error, KeyringError) else type(error).__name__
        raise ConfigError(f"{what} is keyring:{place}: {said.rstrip('.')}.") from error
    if not found:
        raise ConfigError(
            f"{what} is keyring:{place}, where there is none: keyring set {service}"
            f" {user}."
        )
    return found


_READERS: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}
)
