"""Texts sealed at rest, or not: what stores that take secret_key= share.

Rule: a text that this store's keys do not open is an error that names secret_key=; it is
never taken for damaged, and never for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from ..errors import ConfigError, StoreError

SecretKey = str | bytes | Sequence[str | bytes] | None

# What a sealed text begins with; no entry of the engine's does.
PREFIX = "xauth-sealed:"


class Sealing(Protocol):
    """How a store writes its texts, and reads them again."""

    def seal(self, key: str, text: str) -> str:
        """Return what to keep of *text* under *key*."""

    def unseal(self, key: str, kept: str) -> str:
        """Return the text that *kept* was made of; raise StoreError if it is locked."""


class Unsealed:
    """Texts as they are."""

    def seal(self, key: str, text: str) -> str:  # noqa: ARG002  # for those that seal
        """Return *text* itself."""
        return text

    def unseal(self, key: str, kept: str) -> str:
        """
        Return *kept* itself.

        Raises:
            StoreError: If it is sealed.
        """
        if kept.startswith(PREFIX):
            raise StoreError(
                f"What is stored as {key} is sealed: open the store with secret_key=,"
                " the key that it was sealed with."
            )
        return kept


def sealing(secret_key: SecretKey) -> Sealing:
    """
    Return how a store with this *secret_key* writes: a Fernet key, or several.

    Raises:
        ConfigError: If it is no such key.
        ImportError: If a key is given and the library is missing; it names the extra.
    """
    if secret_key is None:
        return Unsealed()
    # An iterator would be empty when it is pickled, and a set has no first one.
    if not isinstance(secret_key, Sequence):
        raise ConfigError(
            "secret_key= takes a Fernet key, text or bytes, or a list of them, not"
            f" {type(secret_key).__name__}."
        )
    sealed: Sealing = import_module("._sealed", __package__).Sealed(secret_key)
    return sealed
