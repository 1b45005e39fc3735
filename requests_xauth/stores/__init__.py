"""Where a token is kept: one file, one store.

Rule: a store's library is imported when its class is first used, never before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For tools, which do not run __getattr__; a test compares the two.
    from .memory import MemoryStore

__all__ = ["MemoryStore"]

_HOMES = {"MemoryStore": "memory"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    # Kept, so that the next look finds it without coming here.
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
