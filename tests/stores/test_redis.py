"""RedisStore with a real redis-server: the contract, in the clear and encrypted."""

import pytest
from servers import LOOPBACK
from stores.with_redis import KEY, Brief, RedisStore, Server, redis, server

from requests_xauth import errors
from requests_xauth._contract._texts import Texts
from requests_xauth.testing import StoreContract

__all__ = ["server"]


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """Return a server that speaks TLS and wants a user's password."""
    own = [
        "--tls-auth-clients",
        "no",
        "--user",
        "ada",
        "on",
        ">pa55",
        "~*",
        "&*",
        "+@all",
    ]
    for name in ("cert", "key", "ca-cert"):
        own += [f"--tls-{name}-file", LOOPBACK]
    with Server(tmp_path_factory.mktemp("tls"), *own, tls=True) as server:
        yield server


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture(autouse=True)
    def _server(self, server, request):
        # Who is killed leaves a hold for more than two minutes.
        kind = Brief if "killed" in request.node.name else RedisStore
        self._store = kind(server.url)

    def make_store(self):
        """Return a store in the shared server."""
        return self._store


class TestClient(Texts):
    """The promises about texts, with a client that decodes by itself."""

    @pytest.fixture(autouse=True)
    def _server(self, server):
        self._client = redis.Redis(port=server.port, decode_responses=True)

    def make_store(self):
        """Return a store that is made of a client."""
        return RedisStore(self._client, prefix="ours:")


class TestEncrypted(Texts):
    """The promises about texts, over TLS, with a user's password, and sealed."""

    @pytest.fixture(autouse=True)
    def _server(self, secured):
        fernet = pytest.importorskip("stores.with_crypto").Fernet
        self._key = fernet.generate_key()
        self._url = f"rediss://ada:pa55@{secured.address}?ssl_ca_certs={LOOPBACK}"

    def make_store(self):
        """Return a store at that server."""
        return RedisStore(self._url, secret_key=self._key)

    def test_what_is_there_is_sealed(self):
        """
        The server never sees a text.
        """
        store = self.make_store()
        store.save(KEY, "a secret text")

        [kept] = store._client.mget(f"requests-xauth:token:{KEY}")

        assert kept.startswith(b"xauth-sealed:")
        assert b"secret text" not in kept

    def test_another_key(self):
        """
        A text that was sealed with another key is a StoreError, and never nothing.
        """
        self.make_store().save(KEY, "a secret text")

        for other in (RedisStore(self._url), self._with_another_key()):
            with pytest.raises(errors.StoreError, match="secret_key=") as caught:
                other.load(KEY)
            assert not caught.value.away

    def _with_another_key(self):
        with_crypto = pytest.importorskip("stores.with_crypto")
        return RedisStore(self._url, secret_key=with_crypto.Fernet.generate_key())
