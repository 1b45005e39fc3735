"""RedisStore with a real redis-server."""

import pytest
from stores.with_redis import Brief, Server

from requests_xauth.testing import StoreContract


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Return a server that the tests of this file share."""
    with Server(tmp_path_factory.mktemp("redis")) as server:
        yield server


class TestContract(StoreContract):
    """What every store promises."""

    frees_within_s = 3 * Brief.LASTS_S

    @pytest.fixture(autouse=True)
    def _server(self, server):
        self._url = server.url

    def make_store(self):
        """Return a store in the shared server."""
        return Brief(self._url)
