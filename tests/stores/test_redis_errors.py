"""Redis servers that are away, or say no: who, what, and what to do; never a password."""

import pickle
import re
import time
import traceback

import pytest
from servers import LOOPBACK, Script, silence
from stores.with_redis import KEY, RedisStore, Server, redis

from requests_xauth import errors


def told(store):
    """Return the error of a store that cannot be written to."""
    with pytest.raises(errors.StoreError) as caught:
        store.save(KEY, "a secret text")
    return caught.value


def test_a_server_that_is_not_there(tmp_path):
    """
    A server that is not there is named, and may be there later.
    """
    server = Server(tmp_path)
    error = told(RedisStore(f"redis://ada:pa55@{server.address}"))

    assert re.fullmatch(
        rf"RedisStore\('redis://{server.address}'\) cannot be written: .*refused\."
        " Check the address, and that the server runs and can be reached from here.",
        str(error),
    )
    assert error.away
    assert isinstance(error.__cause__, redis.ConnectionError)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda store: store.load(KEY), "read"),
        (lambda store: store.save(KEY, "text"), "written"),
        (lambda store: store.delete(KEY), "written"),
        (lambda store: store.hold(KEY, wait_s=1).__enter__(), "held"),
    ],
)
def test_every_act(tmp_path, act, what):
    """
    Whatever is asked of it.
    """
    store = RedisStore(Server(tmp_path).url)

    with pytest.raises(errors.StoreError, match=f"cannot be {what}") as caught:
        act(store)

    assert caught.value.away


def test_an_error_is_pickled(tmp_path):
    """
    An error of another process says the same.
    """
    error = told(RedisStore(Server(tmp_path).url))

    twin = pickle.loads(pickle.dumps(error))

    assert str(error) == str(twin)
    assert twin.away


def test_a_server_that_does_not_answer():
    """
    A server that does not answer is waited for once, and for so long only.
    """
    with Script(silence, reads=False) as script:
        store = RedisStore(f"redis://127.0.0.1:{script.port}?socket_timeout=0.2")
        began_at = time.monotonic()
        error = told(store)
        took_s = time.monotonic() - began_at

    assert "Timeout" in str(error)
    assert error.away
    assert 0.2 <= took_s < 4


def test_a_connection_that_was_dropped(tmp_path):
    """
    A server that was restarted is asked again: no call fails for an old connection.
    """
    with Server(tmp_path) as server:
        store = RedisStore(server.url)
        store.save(KEY, "text")
        server.kill()
        server.start()

        assert store.load(KEY) is None
        with store.hold(KEY, wait_s=1):
            store.save(KEY, "text")
        assert "text" == store.load(KEY)


def test_a_wrong_password(tmp_path):
    """
    A wrong password, or none, says so; nothing gets better by waiting.
    """
    with Server(tmp_path, "--requirepass", "pa55word") as server:
        wrong = told(RedisStore(f"redis://:wr0ng@{server.address}"))
        none = told(RedisStore(server.url))

    for error in (wrong, none):
        assert "Check the user name and the password" in str(error)
        assert not error.away
        assert "wr0ng" not in f"{error!r}{error.__cause__!r}{error.__cause__}"


def test_a_user_who_may_not(tmp_path):
    """
    A user who may not write says so.
    """
    own = ("--user", "ada", "on", ">pa55", "~*", "+@all", "-set")
    with Server(tmp_path, *own) as server:
        error = told(RedisStore(f"redis://ada:pa55@{server.address}"))

    assert "what that user may do" in str(error)


def test_a_certificate_that_nobody_trusts(tmp_path):
    """
    A certificate that is not trusted says where to name whom to trust.
    """
    own = ["--tls-auth-clients", "no"]
    for name in ("cert", "key", "ca-cert"):
        own += [f"--tls-{name}-file", LOOPBACK]
    with Server(tmp_path, *own, tls=True) as server:
        error = told(RedisStore(f"rediss://{server.address}"))

    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert "ssl_ca_certs=FILE" in str(error)
    assert not error.away


@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        (("CONFIG", "SET", "maxmemory", "1"), "Make room there: see its maxmemory."),
        (("REPLICAOF", "127.0.0.1", "1"), "a replica: name the primary one."),
    ],
)
def test_a_server_that_refuses(tmp_path, setting, advice):
    """
    A full server and a replica say what to do.
    """
    with Server(tmp_path) as server:
        store = RedisStore(server.url)
        store._client.execute_command(*setting)
        error = told(store)

    assert str(error).endswith(advice)
    assert not error.away


def test_a_value_of_another_kind(tmp_path):
    """
    What is no text, since it is not ours, says so.
    """
    with Server(tmp_path) as server:
        store = RedisStore(server.url)
        store._client.lpush(f"requests-xauth:token:{KEY}", "a list")
        with pytest.raises(
            errors.StoreError, match=r"WRONGTYPE .* See what the server"
        ):
            store.load(KEY)


def test_a_command_that_is_not_known():
    """
    A server that quotes what it does not know makes no password known.
    """
    said = b"-ERR unknown command 'AUTH', with args beginning with: 'pa55word' \r\n"
    with Script(said * 9, reads=False) as script:
        error = told(RedisStore(f"redis://:pa55word@127.0.0.1:{script.port}"))

    assert "unknown command 'AUTH'" in str(error)
    assert "pa55word" not in "".join(traceback.format_exception(error))
