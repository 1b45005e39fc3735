"""RedisStore: texts in a Redis server, for the machines of a fleet.

Rule: a hold is its owner's alone and ends by itself; what the server refuses is a
StoreError that names the server, never its password.
"""

from __future__ import annotations

import functools
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import ConfigError
from ._sealing import SecretKey, sealing

try:
    import redis

    from ._servers import client_of, dumped, name_of, restored, told
except ImportError as error:
    raise ImportError(
        "RedisStore needs redis: pip install 'requests-xauth[redis]'"
    ) from error

log = logging.getLogger("requests_xauth")

# A hold lasts two token requests at the most, each with a deadline of 60 s or what was
# given, and the engine waits that long for one: then whoever had it is not there any more.
_HOLD_S, _HOLD_MARGIN_S = 125.0, 5.0
# First it is claimed for so long only: where the answer to the claim is lost, nobody
# knows of the hold. Twice the time in which the server has to answer.
_CLAIM_S = 10.0
# So often a waiter looks whether its turn has come; more often where it waits briefly.
_POLL_S, _POLLS = 0.1, 20

# At least so long a text is kept, though its token has ended: whoever waited for it, or
# for the failure to renew it, reads it then. No longer than redis-servers can count.
_KEPT_AT_LEAST_S, _KEPT_AT_MOST_S = 60.0, 3e9


class RedisStore:
    """
    A store for all processes of all machines that reach one Redis server.

    A text expires with its token, unless there is a refresh token in it. Should the server
    be away, a token at hand goes on working until it ends.

    Attributes:
        fallback: Whether a process may obtain a machine's token by itself meanwhile.
        frees_within_s: How soon a killed process's hold is free, unless it was one that
            would have waited for more than 125 s.
    """

    # Until whoever waits has looked once more.
    frees_within_s = _HOLD_S + _HOLD_MARGIN_S + 2 * _POLL_S

    def __init__(
        self,
        url_or_client: Any,  # of redis-py, whose classes of clients share no other base
        *,
        prefix: str = "requests-xauth:",
        fallback: bool = False,
        secret_key: SecretKey = None,
    ) -> None:
        """
        Name the server; it is not asked anything yet.

        Args:
            url_or_client: ``redis://user:password@host:port/db``, ``rediss://…`` for TLS,
                ``unix://…``, or a client of redis-py's. A URL's server has 5 s to answer,
                unless the URL has a ``socket_timeout`` of its own.
            prefix: What the names of all our values in the server begin with.
            fallback: While the server is away, each process obtains a token of its own,
                for the grants of machines only, and never by a one-time refresh token.
            secret_key: A Fernet key with which texts are sealed, or several: the first
                one seals, all of them open. None to keep texts as they are.

        Raises:
            ConfigError: If it is no such URL or client, no text, or no such key.
            ImportError: If *secret_key* is given without the library that it needs.
        """
        if not isinstance(prefix, str):
            raise ConfigError(
                "RedisStore's prefix is text, such as 'my-application:', not"
                f" {type(prefix).__name__}."
            )
        self.fallback = fallback
        self._server = url_or_client
        self._client = client_of(url_or_client)
        self._prefix = prefix
        self._secret_key = secret_key
        self._sealing = sealing(secret_key)
        # Holds of ours whose end the server has not heard of: name -> owner's token.
        self._left: dict[str, str] = {}

    def load(self, key: str) -> str | None:
        """
        Return the text saved under *key*, or None.

        Raises:
            StoreError: If the server cannot be asked, or the text is sealed with a key
                that is not here.
        """
        try:
            with told("read", self):
                kept = self._client.get(self._name("token", key))
            text = _decoded(kept)
        except UnicodeDecodeError:
            log.warning("What %r has at %s is damaged: no text.", self, key)
            return None
        return None if text is None else self._sealing.unseal(key, text)

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:
        """
        Keep *text* under *key*, until shortly after *expires_at*, if given.

        Raises:
            StoreError: If the server cannot be asked, or refuses.
        """
        kept = self._sealing.seal(key, text).encode("utf-8", "surrogatepass")
        with told("written", self):
            self._client.set(self._name("token", key), kept, px=_left_ms(expires_at))

    def delete(self, key: str) -> None:
        """
        Drop what is kept under *key*, if anything.

        Raises:
            StoreError: If the server cannot be asked, or refuses.
        """
        with told("written", self):
            self._client.delete(self._name("token", key))

    @contextmanager
    def hold(self, key: str, *, wait_s: float) -> Iterator[None]:
        """
        Keep every other thread, process and machine out of *key* meanwhile.

        A hold whose process is killed ends by itself, after 130 s or, where *wait_s* is
        more than 125, 5 s more than that. One that cannot be left, since the server is
        away, is left before this process's next one.

        Raises:
            TimeoutError: If somebody else still holds it after *wait_s* seconds.
            StoreError: If the server cannot be asked, or refuses.
        """
        lock = self._client.lock(
            self._name("hold", key),
            timeout=_CLAIM_S,
            sleep=min(_POLL_S, wait_s / _POLLS),
            blocking_timeout=wait_s,
            # Whoever leaves the hold releases it, be it on another thread.
            thread_local=False,
        )
        # A token of our own: redis-py's could be alike in two forked children.
        owner = secrets.token_hex(16)
        with told("held", self):
            self._leave(lock)
            held = lock.acquire(token=owner)
            if held:
                lock.extend(self._lasts_s(wait_s), replace_ttl=True)
        if not held:
            raise TimeoutError(
                f"Somebody else held {key} in {self!r} for {wait_s:g} s."
            )
        holder = os.getpid()
        try:
            yield
        finally:
            # A child forked in here comes by, too: the hold is its parent's.
            if os.getpid() == holder:
                self._release(lock, key, owner)

    def __repr__(self) -> str:
        """Show the server; never its password, nor what is in it."""
        prefix = (
            "" if self._prefix == "requests-xauth:" else f", prefix={self._prefix!r}"
        )
        fallback = ", fallback=True" if self.fallback else ""
        sealed = "" if self._secret_key is None else ", secret_key=…"
        where = name_of(self._client)
        return f"{type(self).__name__}({where!r}{prefix}{fallback}{sealed})"

    def __reduce__(self) -> tuple[Callable[..., RedisStore], tuple[object, ...]]:
        """
        Pickle the server's address and the keys, to open the same store in a worker.

        Raises:
            TypeError: If it was made of a client that cannot be made anew elsewhere.
        """
        options = {
            "prefix": self._prefix,
            "fallback": self.fallback,
            "secret_key": self._secret_key,
        }
        return functools.partial(_again, type(self), **options), dumped(self._server)

    @staticmethod
    def _lasts_s(wait_s: float) -> float:
        return max(wait_s, _HOLD_S) + _HOLD_MARGIN_S

    def _name(self, kind: str, key: str) -> str:
        return f"{self._prefix}{kind}:{key}"

    def _leave(self, lock: Any) -> None:
        # A server that keeps its data on disk comes back with the holds that it had.
        owner = self._left.get(lock.name)
        if owner is not None:
            with suppress(redis.exceptions.LockError):
                lock.do_release(owner)
            self._left.pop(lock.name, None)

    def _release(self, lock: Any, key: str, owner: str) -> None:
        # What was done in the hold is done: no call fails for what happens here.
        try:
            lock.release()
        except redis.exceptions.LockError:
            log.warning(
                "The hold of %s in %r was lost before it was left: it had lasted too"
                " long, or the server came back empty.",
                key,
                self,
            )
        except (redis.RedisError, OSError) as error:
            self._left[lock.name] = owner
            log.warning("The hold of %s in %r ends by itself: %s", key, self, error)


def _again(kind: type[RedisStore], /, *parts: object, **options: Any) -> RedisStore:
    return kind(restored(*parts), **options)


def _left_ms(expires_at: float | None) -> int | None:
    # Counted from now, since expires_at is on our clock, not on the server's.
    if expires_at is None:
        return None
    left_s = max(expires_at - time.time(), _KEPT_AT_LEAST_S)
    return int(1000 * min(left_s, _KEPT_AT_MOST_S))


def _decoded(kept: Any) -> str | None:
    # A client may be one that decodes by itself.
    return kept.decode("utf-8", "surrogatepass") if isinstance(kept, bytes) else kept
