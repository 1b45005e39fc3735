"""The front door: OAuth 2.0 for requests in one line.

Rule: a name is imported when it is first used, so that ``import requests_xauth`` itself
costs next to nothing and oauthlib is loaded only by those who need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For tools, which do not run __getattr__; a test compares the two.
    from . import errors, grants, stores
    from ._auth import XAuth
    from ._provider import Provider
    from ._session import XAuthSession
    from ._state import Renewal
    from ._token import Token
    from ._version import __version__ as __version__
    from .providers.m2m import M2MAuth
    from .providers.xee import XeeAuth
    from .providers.xmldation import XMLdationAuth
    from .providers.xpkit import XPKitAuth, XPKitUserAuth

__all__ = [
    "M2MAuth",
    "Provider",
    "Renewal",
    "Token",
    "XAuth",
    "XAuthSession",
    "XMLdationAuth",
    "XPKitAuth",
    "XPKitUserAuth",
    "XeeAuth",
    "errors",
    "grants",
    "stores",
]

_HOMES = {
    "M2MAuth": "providers.m2m",
    "Provider": "_provider",
    "Renewal": "_state",
    "Token": "_token",
    "XAuth": "_auth",
    "XAuthSession": "_session",
    "XMLdationAuth": "providers.xmldation",
    "XPKitAuth": "providers.xpkit",
    "XPKitUserAuth": "providers.xpkit",
    "XeeAuth": "providers.xee",
    "__version__": "_version",
    "errors": "errors",
    "grants": "grants",
    "stores": "stores",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    module = import_module(f"{__name__}.{home}")
    # Kept, so that the next look finds it without coming here.
    value = globals()[name] = module if home == name else getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
