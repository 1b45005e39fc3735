"""What a RedisStore is made of, and what is shown of it."""

import pickle
import time

import pytest
from stores.with_redis import KEY, RedisStore, Server, client, redis, server

from requests_xauth import errors

__all__ = ["client", "server"]


def is_up(node):
    """Tell whether a cluster says of itself that it is up, within ten seconds."""
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at:
        if b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO"):
            return True
    return False


class TestMade:
    """A URL or a client."""

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("redis://", "redis://localhost:6379/0"),
            ("REDIS://cache.example", "redis://cache.example:6379/0"),
            ("redis://ada:pa55@cache.example:7/3", "redis://cache.example:7/3"),
            ("rediss://:pa55@cache.example?db=2", "rediss://cache.example:6379/2"),
            ("redis://[::1]:7", "redis://[::1]:7/0"),
            ("unix://ada:pa55@/run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ],
    )
    def test_a_url(self, url, shown):
        """
        A repr names the server of a URL, and neither user nor password; so does a twin's.
        """
        store = RedisStore(url)

        assert f"RedisStore({shown!r})" == repr(store)
        assert repr(store) == repr(pickle.loads(pickle.dumps(store)))

    def test_all_that_matters_is_shown(self):
        """
        A repr shows what is not as usual, but no key.
        """
        fernet = pytest.importorskip("stores.with_crypto").Fernet
        key = fernet.generate_key()
        store = RedisStore("redis://", prefix="a:", fallback=True, secret_key=key)

        shown = "'redis://localhost:6379/0', prefix='a:', fallback=True, secret_key=…"

        assert f"RedisStore({shown})" == repr(store)
        assert repr(store) == repr(pickle.loads(pickle.dumps(store)))

    @pytest.mark.parametrize(
        "url",
        ["http://:pa55@cache.example", "redis://:pa/55@cache.example", "", "pa55"],
    )
    def test_no_url(self, url):
        """
        Another text is a ConfigError that shows nothing of it: a part may be a password.
        """
        with pytest.raises(errors.ConfigError, match="percent-encoded") as caught:
            RedisStore(url)

        assert "pa55" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("server", [None, 6379, redis.asyncio.Redis()])
    def test_no_server(self, server):
        """
        What is neither a URL nor a client is a ConfigError.
        """
        with pytest.raises(errors.ConfigError, match=f"not {type(server).__name__}"):
            RedisStore(server)

    def test_a_server_has_five_seconds(self):
        """
        A server must answer within 5 s, or what the URL says.
        """
        usual, own = RedisStore("redis://"), RedisStore("redis://?socket_timeout=0.5")

        options = [s._client.connection_pool.connection_kwargs for s in (usual, own)]

        assert [5.0, 0.5] == [values["socket_timeout"] for values in options]
        assert [5.0, 5.0] == [values["socket_connect_timeout"] for values in options]

    def test_a_clients_twin(self, server, client):
        """
        A store made of a client is pickled with that client's settings.
        """
        own = redis.Redis(port=server.port, db=3, decode_responses=True)
        store = RedisStore(own)
        store.save(KEY, "text")

        twin = pickle.loads(pickle.dumps(store))

        assert "text" == twin.load(KEY)
        assert repr(store) == repr(twin)

    def test_a_client_with_credentials_of_its_own(self):
        """
        A client whose credentials are made as it goes cannot be pickled: a URL can.
        """
        makes = redis.UsernamePasswordCredentialProvider("ada", "pa55")
        store = RedisStore(redis.Redis(credential_provider=makes))

        with pytest.raises(TypeError, match="make it of a URL"):
            pickle.dumps(store)

    def test_a_sentinels_client(self):
        """
        A sentinel's client is shown by its service, and cannot be pickled.
        """
        sentinel = redis.Sentinel([("127.0.0.1", 1)])
        store = RedisStore(sentinel.master_for("tokens"))

        assert "redis://tokens:6379/0" in repr(store)
        with pytest.raises(TypeError, match="make it of a URL"):
            pickle.dumps(store)

    def test_a_cluster(self, tmp_path):
        """
        A cluster can be the server.
        """
        with Server(tmp_path, "--cluster-enabled", "yes") as server:
            with redis.Redis.from_url(server.url) as node:
                node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
                assert is_up(node)
            with redis.RedisCluster.from_url(server.url) as cluster:
                store = RedisStore(cluster)
                with store.hold(KEY, wait_s=1):
                    store.save(KEY, "text")

                assert "text" == store.load(KEY)
                assert "RedisStore('RedisCluster')" == repr(store)
                with pytest.raises(TypeError, match="make it of a URL"):
                    pickle.dumps(store)
