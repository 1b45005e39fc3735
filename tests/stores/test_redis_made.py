"""What a RedisStore is made of, and what is shown of it."""

import pickle
import time

import pytest
from stores.with_redis import KEY, RedisStore, Server, client, redis, server

from requests_xauth import errors

__all__ = ["client", "server"]


def is_up(node):
    """Tell whether a cluster says of itself that it is up, within a minute."""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        if b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO"):
            return True
    return False


def said_by(error):
    """Return what *error* says but for the form of a URL, which has a word password."""
    return str(error).replace("password", "")


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

    @pytest.mark.parametrize(
        "url",
        [
            "redis://:My@pa#55@h:1/0",
            "redis://:My@pa/55@h:1/0",
            "redis://:My@pa?55@h:1/0",
            "redis://ada:12#pa55",
            "redis://:My@pa55#",
            "redis://pa[55",
        ],
    )
    def test_a_password_that_is_not_encoded(self, url):
        """
        A URL that its password takes apart is a ConfigError that shows nothing of it.
        """
        with pytest.raises(errors.ConfigError, match="percent-encoded") as caught:
            RedisStore(url)

        assert not [part for part in ("pa", "55") if part in said_by(caught.value)]
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("redis://h:1/0?client_name=app@host", "redis://h:1/0"),
            ("unix:///run/a@b.sock", "unix:///run/a@b.sock?db=0"),
        ],
    )
    def test_an_at_sign(self, url, shown):
        """
        One that belongs to no password is none.
        """
        assert f"RedisStore('{shown}')" == repr(RedisStore(url))

    def test_an_encoded_password(self):
        """
        A password that is percent-encoded is taken for what it is.
        """
        store = RedisStore("unix://ada:My%40pa%2355%2F%3F@/run/a%40b.sock")

        assert "RedisStore('unix:///run/a@b.sock?db=0')" == repr(store)
        values = store._client.connection_pool.connection_kwargs
        assert "My@pa#55/?" == values["password"]

    @pytest.mark.parametrize(
        ("url", "names"),
        [
            ("redis://:pa55@h/0?foo=pa55", "foo"),
            ("rediss://h?db=1&ssl_ca_cert=pa55", "db, ssl_ca_cert"),
            ("redis://h?ssl_ca_certs=pa55", "ssl_ca_certs"),
            ("rediss://h?ssl_cert_reqs=pa55", "ssl_cert_reqs"),
            ("redis://h?protocol=9", "protocol"),
            ("redis://h?retry=pa55", "retry"),
            ("redis://h?cache_config=pa55", "cache_config"),
            ("unix:///pa55?socket_keepalive=1", "socket_keepalive"),
        ],
    )
    def test_no_option(self, url, names):
        """
        An option that redis-py does not take is told at once, by its name alone.
        """
        words = rf"redis-py does not take one of its options \({names}\)"
        with pytest.raises(errors.ConfigError, match=words) as caught:
            RedisStore(url)

        assert "pa55" not in str(caught.value)
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize(
        "url",
        [
            "rediss://h?ssl_ca_certs=/a.pem&ssl_cert_reqs=none",
            "redis://h?max_connections=5&socket_timeout=1&health_check_interval=3",
            "redis://h?client_name=a&decode_responses=1&protocol=3",
        ],
    )
    def test_options(self, url):
        """
        What redis-py takes is taken.
        """
        assert "h:6379/0" in repr(RedisStore(url))

    @pytest.mark.parametrize("server", [None, 6379, redis.asyncio.Redis()])
    def test_no_server(self, server):
        """
        What is neither a URL nor a client is a ConfigError.
        """
        with pytest.raises(errors.ConfigError, match=f"not {type(server).__name__}"):
            RedisStore(server)

    @pytest.mark.parametrize("prefix", [None, b"ours:", 1])
    def test_no_prefix(self, prefix):
        """
        A prefix that is no text is a ConfigError that names its type.
        """
        words = f"prefix is text, .* not {type(prefix).__name__}"
        with pytest.raises(errors.ConfigError, match=words):
            RedisStore("redis://", prefix=prefix)

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
