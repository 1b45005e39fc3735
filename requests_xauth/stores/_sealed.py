"""Texts sealed by Fernet: unreadable, and unchangeable, without a key.

Rule: a sealed text opens under the store's key that it was sealed for and no other, so
that nobody can put one person's token in another's place.

Source: https://github.com/fernet/spec
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

from ..errors import ConfigError, StoreError
from ._sealing import PREFIX

try:
    from cryptography.fernet import Fernet, InvalidToken
except ImportError as error:
    raise ImportError(
        "secret_key= needs cryptography: pip install 'requests-xauth[crypto]'"
    ) from error

_VERSION = "1"
_KEY_LENGTH = 32


class Sealed:
    """Texts that only those who have a key can read."""

    def __init__(self, secret_key: str | bytes | Sequence[str | bytes]) -> None:
        """
        Take a Fernet key, or several: the first one seals, all of them open.

        Raises:
            ConfigError: If one is no Fernet key, or there is none.
        """
        if isinstance(secret_key, str | bytes):
            secret_key = [secret_key]
        if not secret_key:
            raise ConfigError("secret_key= has no key in it: give a Fernet key.")
        # Told apart by a mark in front, so that a wrong key is known from damage.
        self._fernets = dict(_marked(key) for key in secret_key)
        self._mark = next(iter(self._fernets))

    def seal(self, key: str, text: str) -> str:
        """Return *text* sealed for *key*."""
        fernet = self._fernets[self._mark]
        token = fernet.encrypt(_bound_to(key) + text.encode("utf-8", "surrogatepass"))
        return f"{PREFIX}{_VERSION}:{self._mark}:{token.decode()}"

    def unseal(self, key: str, kept: str) -> str:
        """
        Return the text that was sealed for *key*.

        Raises:
            StoreError: If it was not sealed, or with another key, for another place, by
                a newer version, or was changed since.
        """
        if not kept.startswith(PREFIX):
            raise StoreError(
                f"What is stored as {key} is not sealed, and secret_key= takes nothing"
                " else: delete it, or open the store without secret_key=."
            )
        version, mark, token = [*kept.removeprefix(PREFIX).split(":", 2), "", ""][:3]
        if version != _VERSION:
            raise StoreError(
                f"What is stored as {key} was sealed by a newer version of"
                " requests-xauth: upgrade this one, or use another store."
            )
        if mark not in self._fernets:
            raise StoreError(
                f"What is stored as {key} is sealed with another key ({mark}) than"
                f" those in secret_key= ({', '.join(self._fernets)}): give that one,"
                " after the others, or delete what is stored."
            )
        return self._opened(key, mark, token)

    def _opened(self, key: str, mark: str, token: str) -> str:
        bound = _bound_to(key)
        try:
            content = self._fernets[mark].decrypt(token.encode("utf-8", "replace"))
        except InvalidToken:
            content = b""
        if not content.startswith(bound):
            raise StoreError(
                f"What is stored as {key} was changed since it was sealed, or sealed"
                " for another place: secret_key= does not open it. Delete it."
            )
        return content[len(bound) :].decode("utf-8", "surrogatepass")


def _marked(key: str | bytes) -> tuple[str, Fernet]:
    try:
        raw = base64.urlsafe_b64decode(key)
    except (TypeError, ValueError, binascii.Error):
        raw = b""
    if len(raw) != _KEY_LENGTH:
        raise ConfigError(
            "secret_key= has a key that is no Fernet key, 32 bytes in URL-safe base64."
            " Make one: python -c 'from cryptography.fernet import Fernet;"
            " print(Fernet.generate_key().decode())'"
        )
    mark = hashlib.sha256(b"requests-xauth secret_key\0" + raw).hexdigest()[:16]
    return mark, Fernet(base64.urlsafe_b64encode(raw))


def _bound_to(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
