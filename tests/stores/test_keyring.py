"""KeyringStore with a real Secret Service, gnome-keyring's."""

import pytest
from stores.with_keyring import KeyringStore, session

from requests_xauth.testing import StoreContract

__all__ = ["session"]


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture(autouse=True)
    def _session(self, session):
        pass

    def make_store(self):
        """Return a store in the session's keyring."""
        return KeyringStore()
