"""FileStore for tests; a module that asks for it is skipped where its extra is missing."""

import os

import pytest

if "XAUTH_REQUIRE_ALL" not in os.environ:
    for library in ("filelock", "platformdirs"):
        pytest.importorskip(library, reason="needs requests-xauth[file]")

import platformdirs

from requests_xauth.stores import FileStore

__all__ = ["FileStore", "platformdirs"]
