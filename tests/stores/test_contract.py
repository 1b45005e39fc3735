"""The contract that every store must keep, kept by the store in memory."""

from requests_xauth.stores import MemoryStore
from requests_xauth.testing import StoreContract


class TestMemoryStore(StoreContract):
    """What MemoryStore promises."""

    def make_store(self):
        """Return an empty store."""
        return MemoryStore()
