"""What a RedisStore leaves in its server: texts that end, holds that end."""

import logging
import os
import signal
import time

import pytest
from stores.with_redis import KEY, RedisStore, Server, client, redis, server, store

from requests_xauth import errors

__all__ = ["client", "server", "store"]


class TestValues:
    """What is in the server."""

    def test_prefixes(self, server, client, store):
        """
        All our names begin with the prefix, and another's are another's.
        """
        other = RedisStore(server.url, prefix="other:")
        store.save(KEY, "text")
        with other.hold(KEY, wait_s=1), store.hold(KEY, wait_s=1):
            names = set(client.keys())

        assert other.load(KEY) is None
        assert names == {
            f"requests-xauth:token:{KEY}".encode(),
            f"requests-xauth:hold:{KEY}".encode(),
            f"other:hold:{KEY}".encode(),
        }

    @pytest.mark.parametrize(
        ("left_s", "kept_s"),
        [(None, None), (3600.0, 3600.0), (61.5, 61.5), (1.0, 60.0), (-9e9, 60.0)],
    )
    def test_an_end(self, client, store, left_s, kept_s):
        """
        A text expires with its token, but not before those who wait for it have read it.
        """
        expires_at = None if left_s is None else time.time() + left_s
        store.save(KEY, "text", expires_at=expires_at)

        left_ms = client.pttl(f"requests-xauth:token:{KEY}")

        if kept_s is None:
            assert left_ms == -1
        else:
            assert 1000 * (kept_s - 4) < left_ms <= 1000 * kept_s

    def test_an_end_that_never_comes(self, client, store):
        """
        An end that is further away than a server can count is no error.
        """
        store.save(KEY, "text", expires_at=1e300)

        assert client.pttl(f"requests-xauth:token:{KEY}") > 1e12

    def test_damage(self, caplog, client, store):
        """
        What is no text counts as nothing, with a warning.
        """
        client.set(f"requests-xauth:token:{KEY}", b"\xff\xfe")

        assert store.load(KEY) is None
        assert "is damaged" in caplog.text

    def test_damage_that_a_client_decodes(self, caplog, server, client):
        """
        So it does for a client that decodes by itself.
        """
        client.set(f"requests-xauth:token:{KEY}", b"\xff\xfe")
        decoding = redis.Redis(port=server.port, decode_responses=True)

        assert RedisStore(decoding).load(KEY) is None
        assert "is damaged" in caplog.text


class TestHolds:
    """What a hold is in the server."""

    @pytest.mark.parametrize(("wait_s", "lasts_s"), [(0, 130), (125, 130), (605, 610)])
    def test_longer_than_a_renewal(self, client, store, wait_s, lasts_s):
        """
        A hold lasts longer than two token requests, each with its deadline.
        """
        with store.hold(KEY, wait_s=wait_s):
            left_ms = client.pttl(f"requests-xauth:hold:{KEY}")

        assert 1000 * (lasts_s - 4) < left_ms <= 1000 * lasts_s
        assert not client.exists(f"requests-xauth:hold:{KEY}")

    def test_how_soon_it_is_free(self, client, store):
        """
        The store says how soon the hold of a killed process is free, as the contract asks.
        """
        with store.hold(KEY, wait_s=30):
            left_ms = client.pttl(f"requests-xauth:hold:{KEY}")

        assert left_ms < 1000 * store.frees_within_s < left_ms + 5000

    def test_a_claim_that_nobody_knows_of(self, client, server):
        """
        A claim whose answer was lost is over in seconds.
        """
        hasty = RedisStore(f"{server.url}?socket_timeout=1")
        hasty.load(KEY)  # so that it has a connection
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(errors.StoreError), hasty.hold(KEY, wait_s=1):
                pass
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        name, ends_at = f"requests-xauth:hold:{KEY}", time.monotonic() + 10
        while not client.exists(name) and time.monotonic() < ends_at:
            pass

        assert 0 < client.pttl(name) <= 10_000

    def test_its_owners_alone(self, caplog, client, store):
        """
        Whoever has lost a hold frees nobody else's, and no call fails for it.
        """
        with store.hold(KEY, wait_s=1):
            client.set(f"requests-xauth:hold:{KEY}", "another's")

        assert b"another's" == client.get(f"requests-xauth:hold:{KEY}")
        assert "was lost before it was left" in caplog.text

    def test_a_server_that_came_back_empty(self, caplog, client, store):
        """
        A hold that is no more when it is left is logged, and no call fails for it.
        """
        with store.hold(KEY, wait_s=1):
            client.flushall()

        assert "was lost before it was left" in caplog.text

    def test_a_server_that_is_gone(self, caplog, tmp_path):
        """
        A hold that cannot be left ends by itself, and no call fails for it.
        """
        with Server(tmp_path) as server:
            store = RedisStore(server.url)
            with store.hold(KEY, wait_s=1):
                server.kill()

        assert "ends by itself" in caplog.text

    def test_a_server_that_comes_back(self, tmp_path):
        """
        A hold that could not be left is left by its owner's next one, and by nobody else's.
        """
        with Server(tmp_path, "--appendonly", "yes") as server:
            store, other = RedisStore(server.url), RedisStore(server.url)
            with store.hold(KEY, wait_s=1):
                server.kill()
            server.start()

            with pytest.raises(TimeoutError), other.hold(KEY, wait_s=0.1):
                pass
            with store.hold(KEY, wait_s=0.1):
                pass
            with other.hold(KEY, wait_s=0.1), pytest.raises(TimeoutError):
                store.hold(KEY, wait_s=0.1).__enter__()

    def test_an_error_goes_on(self, caplog, tmp_path):
        """
        What went wrong in a hold is not hidden by a hold that cannot be left.
        """

        def fail(server, store):
            with store.hold(KEY, wait_s=1):
                server.kill()
                store.save(KEY, "text")

        with (
            Server(tmp_path) as server,
            pytest.raises(errors.StoreError, match="cannot be written"),
        ):
            fail(server, RedisStore(server.url))

    def test_waiters_are_quiet(self, caplog, store):
        """
        Who waits in vain is told so, and logs nothing.
        """
        caplog.set_level(logging.DEBUG, "requests_xauth")
        with (
            store.hold(KEY, wait_s=1),
            pytest.raises(TimeoutError, match=f"held {KEY} in RedisStore"),
            store.hold(KEY, wait_s=0),
        ):
            pass

        assert not caplog.records
