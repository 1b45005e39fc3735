"""Clients of redis-py: made, named, pickled, and their errors told as our own.

Rule: a URL's password goes into the client and into a pickle, and nowhere else.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..errors import ConfigError, StoreError

# Others wait while a server is asked: one that is away must not keep them for long.
_ANSWERS_WITHIN_S = 5.0

# What a server's error means: what to do about it, and whether the server is away. The
# first row that an error belongs to counts.
_ADVICE: tuple[tuple[tuple[type[BaseException], ...], str, bool], ...] = (
    (
        (
            redis.AuthenticationError,
            redis.exceptions.AuthorizationError,
            redis.exceptions.NoPermissionError,
        ),
        "Check the user name and the password, and what that user may do.",
        False,
    ),
    (
        (ssl.SSLError,),
        "Check the certificates: rediss://…?ssl_ca_certs=FILE names whom to trust.",
        False,
    ),
    ((redis.BusyLoadingError,), "Try again when the server has loaded its data.", True),
    ((redis.ReadOnlyError,), "That server is a replica: name the primary one.", False),
    (
        (redis.exceptions.OutOfMemoryError,),
        "Make room there: see its maxmemory.",
        False,
    ),
    (
        (redis.ConnectionError, redis.TimeoutError, OSError),
        "Check the address, and that the server runs and can be reached from here.",
        True,
    ),
    ((Exception,), "See what the server says of it.", False),
)

# A connection of one of these can be made anew in another process, by its plain values;
# of what else there is redis-py makes its own, but for what knows or makes credentials.
_KINDS = (redis.Connection, redis.SSLConnection, redis.UnixDomainSocketConnection)
_PLAIN = (str, bytes, int, float)
_BY_HAND = ("credential_provider", "redis_connect_func")


def client_of(server: object) -> Any:
    """
    Return a client of redis-py: *server* itself, or one of that URL.

    Raises:
        ConfigError: If it is neither.
    """
    if isinstance(server, redis.Redis | redis.RedisCluster):
        return server
    if not isinstance(server, str):
        kind = type(server).__name__
        raise ConfigError(
            "RedisStore takes a URL, redis://host:port/db, or a redis.Redis client, not"
            f" {kind}."
        )
    return _client_of_url(server)


def _client_of_url(url: str) -> Any:
    scheme, slashes, rest = url.partition("://")
    # A retry is for a connection that was dropped meanwhile; what has timed out once
    # would time out again.
    dropped = redis.ConnectionError
    try:
        query = _query_of(url)
        client = redis.Redis.from_url(
            scheme.lower() + slashes + rest,
            socket_timeout=_ANSWERS_WITHIN_S,
            socket_connect_timeout=_ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 1, (dropped,)),
            retry_on_error=[dropped],
        )
        pool = client.connection_pool
        # As redis-py does before it connects: only then does it look at most options.
        pool.connection_class(**pool.connection_kwargs)
    # Both without their cause: that may quote a part of the password, or a value.
    except ValueError:
        raise ConfigError(
            "RedisStore cannot read the URL that it was given: it takes"
            " redis://user:password@host:port/db, rediss://… or unix://…, with special"
            " characters in the password percent-encoded."
        ) from None
    except Exception:  # noqa: BLE001  # a TypeError, an AttributeError, one of its own
        raise ConfigError(
            "RedisStore cannot use the URL that it was given: redis-py does not take one"
            f" of its options ({', '.join(parse_qs(query))}). Those of TLS, ssl_…, are for"
            " rediss:// only."
        ) from None
    return client


def _query_of(url: str) -> str:
    found = urlsplit(url)
    # A "/", "?" or "#" in a password ends the address before its host.
    path = "" if found.scheme == "unix" else found.path
    query = "" if "=" in found.query else found.query
    if "#" in url or "@" in path + query:
        raise ValueError("it is no URL of a server")
    return found.query


def name_of(client: Any) -> str:
    """Return where *client* goes, without user or password."""
    pool: Any = getattr(client, "connection_pool", None)
    if pool is None or not issubclass(pool.connection_class, _KINDS):
        return type(client).__name__  # such as a cluster's
    values = pool.connection_kwargs
    db = values.get("db") or 0
    if "path" in values:
        return f"unix://{values['path']}?db={db}"
    scheme = "rediss" if issubclass(pool.connection_class, _KINDS[1]) else "redis"
    # A sentinel knows the host of a service by its name.
    host = getattr(pool, "service_name", None) or values.get("host", "localhost")
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{values.get('port', 6379)}/{db}"


@contextmanager
def told(act: str, store: object) -> Iterator[None]:
    """
    Turn what redis-py raises within into our own error: *store* cannot be *act*.

    Raises:
        StoreError: With the server's words, and what to do.
    """
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise _ours(error, f"{store!r} cannot be {act}") from error


def dumped(server: object) -> tuple[object, ...]:
    """
    Return what `restored` makes the same of in another process.

    Raises:
        TypeError: If *server* is a client that cannot be made anew.
    """
    if isinstance(server, str):
        return (server,)
    pool = getattr(server, "connection_pool", None)
    values = getattr(pool, "connection_kwargs", {})
    made = getattr(pool, "connection_class", None)
    if made not in _KINDS or any(values.get(name) for name in _BY_HAND):
        raise TypeError(
            f"A RedisStore made of this {type(server).__name__} cannot be pickled: make"
            " it of a URL, RedisStore('redis://…')."
        )
    plain = {name: v for name, v in values.items() if isinstance(v, _PLAIN)}
    return _KINDS.index(made), plain


def restored(*parts: Any) -> object:
    """Return the URL or the client that `dumped` has taken apart."""
    if len(parts) == 1:
        return parts[0]
    kind, plain = parts
    pool = redis.ConnectionPool(connection_class=_KINDS[kind], **plain)
    return redis.Redis(connection_pool=pool)


def _ours(error: Exception, what: str) -> StoreError:
    _unquote(error)
    # redis-py wraps what TLS says into a ConnectionError.
    inner = error.__context__
    cause = inner if isinstance(inner, ssl.SSLError) else error
    rows = (
        (advice, away) for kinds, advice, away in _ADVICE if isinstance(cause, kinds)
    )
    advice, away = next(rows)
    said = str(error).rstrip(".") or type(error).__name__
    ours = StoreError(f"{what}: {said}. {advice}")
    ours.away = away
    return ours


def _unquote(error: BaseException) -> None:
    # A server that does not know a command quotes it: AUTH's password, a text of ours.
    said, quoting, _ = str(error).partition(", with args beginning with")
    if quoting:
        error.args = (said,)
