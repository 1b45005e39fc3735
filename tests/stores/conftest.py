"""A folder, and the file store in it."""

import pytest


@pytest.fixture
def folder(tmp_path):
    """Return where the test's store is; it is not made yet."""
    return tmp_path / "tokens"


@pytest.fixture
def store(folder):
    """Return an empty file store."""
    return pytest.importorskip("stores.with_file").FileStore(folder)
