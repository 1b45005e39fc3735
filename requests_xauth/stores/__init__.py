"""Where a token is kept: one file, one store.

Rule: a store's library is imported when its class is first used, never before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .._store import Store
from ..errors import ConfigError

if TYPE_CHECKING:
    # For tools, which do not run __getattr__; a test compares the two.
    from .file import FileStore
    from .keyring import KeyringStore
    from .memory import MemoryStore
    from .redis import RedisStore

__all__ = ["FileStore", "KeyringStore", "MemoryStore", "RedisStore"]

_HOMES = {
    "FileStore": "file",
    "KeyringStore": "keyring",
    "MemoryStore": "memory",
    "RedisStore": "redis",
}

# How a store is named by text: its file, its class, and whether that takes the text.
_FORMS = {
    "file": ("file", "FileStore", False),
    "keyring": ("keyring", "KeyringStore", False),
    "redis://": ("redis", "RedisStore", True),
    "rediss://": ("redis", "RedisStore", True),
}


def open_store(text: str) -> Store:
    """
    Return the store that *text* names: "file", "keyring" or an address "redis://…".

    Raises:
        ConfigError: If it names none.
        ImportError: If the store's library is missing; the text names the extra.
    """
    scheme, slashes, _ = text.partition("://")
    form = scheme.lower() + slashes
    if form not in _FORMS:
        # Up to the first colon: what follows may be a password.
        name, colon, _ = text.partition(":")
        known = ", ".join(f"{f}…" if "/" in f else f for f in _FORMS)
        raise ConfigError(
            f"No store is named {name + colon!r}. Known: {known}. Pass a Store of your"
            " own for any other."
        )
    home, kind, takes_text = _FORMS[form]
    make = getattr(import_module(f"{__name__}.{home}"), kind)
    store: Store = make(text) if takes_text else make()
    return store


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    # Kept, so that the next look finds it without coming here.
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
