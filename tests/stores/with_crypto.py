"""Sealing for tests; a module that asks for it is skipped where its extra is missing."""

import os

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    pytest.importorskip("cryptography", reason="needs requests-xauth[crypto]")

from cryptography.fernet import Fernet, MultiFernet

from requests_xauth.stores._sealed import Sealed

__all__ = ["Fernet", "MultiFernet", "Sealed"]
