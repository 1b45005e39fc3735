"""A sandbox on the real clock, which other processes have too, and a folder."""

import pytest

from requests_xauth.sandbox import Sandbox


@pytest.fixture
def box():
    """Return a sandbox on the real clock."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path):
    """Return where the workers' store is."""
    return tmp_path / "tokens"
