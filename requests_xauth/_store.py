"""The store's protocol, the key, and the entry that the engine keeps under it.

Rule: a store keeps text and keeps others out; what the text says is the engine's alone,
and nothing from which a weak secret could be guessed is in a key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from ._provider import Provider
from ._record import Record
from ._redact import secret_values
from ._token import Token, is_number
from .errors import StoreError, XAuthError
from .grants import AuthorizationCode, ClientCredentials, Grant, Password

FORMAT = 1
# A failure is news for seconds; an entry with nothing else may go soon after.
FAILURE_KEPT_S = 60.0
# RFC 7914, section 2: interactive use; about 50 ms and 16 MiB, once in a process.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
_process_key = os.urandom(32)
_slow_fingerprints: dict[str, str] = {}
_HOUSE = (AuthorizationCode, ClientCredentials, Password)
# So many are remembered; a service of many users has more.
_REMEMBERED = 1024


class Store(Protocol):
    """
    Where tokens are kept, and how wide they are shared; write your own.

    A store whose content ends with this process says so by an attribute ``private``.
    One that can be out of reach may say ``fallback``: where it then raises a StoreError
    that is ``away``, a machine's token is obtained without it, and saved when it is back.
    """

    def load(self, key: str) -> str | None:
        """Return the text saved under *key*, or None; raise StoreError if it cannot."""

    def save(self, key: str, text: str, *, expires_at: float | None = None) -> None:
        """Keep *text*, which may be dropped after *expires_at* (epoch s), if given."""

    def delete(self, key: str) -> None:
        """Drop what is kept under *key*, if anything."""

    def hold(self, key: str, *, wait_s: float) -> AbstractContextManager[object]:
        """Keep everyone else out of *key*; raise TimeoutError after *wait_s* seconds."""


@contextmanager
def told(store: Store, *known: type[BaseException]) -> Iterator[None]:
    """
    Turn whatever else *store* raises within into its trouble: a user's may raise anything.

    Raises:
        StoreError: With the error as its cause; only that may have the error's words, since
            a database's have the text that was to be kept.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, (XAuthError, *known)):
            raise
        raise StoreError(f"{store!r} failed: {type(error).__name__}.") from error


@contextmanager
def held(store: Store, key: str, *, wait_s: float) -> Iterator[None]:
    """
    Keep everyone else out of *key* meanwhile.

    Raises:
        TimeoutError: If somebody else still holds it after *wait_s* seconds.
        StoreError: If it cannot be held, or left.
    """
    with told(store, TimeoutError):
        hold = store.hold(key, wait_s=wait_s)
        hold.__enter__()
    try:
        yield
    except BaseException as error:
        with told(store, type(error)):
            hold.__exit__(type(error), error, error.__traceback__)
        raise
    with told(store):
        hold.__exit__(None, None, None)


class Entry(Record):
    """
    What the engine keeps under a key.

    Attributes:
        token: The newest token, or None.
        same: Whether the last renewal answered the token that was held already.
        failure: The last failed token request, for those who waited for it, or None.
        spending: Mark of a one-time refresh token that was about to be sent, or None.
        spending_at: When that was, seconds since the epoch.
        seed: Fingerprint of the refresh token that the caller gave and was used, or None.
        dead: Why a person has to log in again, or None.
    """

    __slots__ = (
        "dead",
        "failure",
        "same",
        "seed",
        "spending",
        "spending_at",
        "token",
    )
    _shown = ("token", "same", "spending", "dead")

    token: Token | None
    same: bool
    failure: dict[str, Any] | None
    spending: str | None
    spending_at: float | None
    seed: str | None
    dead: str | None

    def __init__(
        self, token: Token | None = None, *, same: bool = False, seed: str | None = None
    ) -> None:
        """Start with a token, or with nothing."""
        self._freeze(
            token=token,
            same=same,
            seed=seed,
            failure=None,
            spending=None,
            spending_at=None,
            dead=None,
        )

    def kept_until(self) -> float | None:
        """Return when a store may drop it, seconds since the epoch; None for never."""
        token = self.token
        if self.seed or self.dead or self.spending:
            return None
        at: Any = (self.failure or {}).get("at")
        told_until: float | None = at + FAILURE_KEPT_S if is_number(at) else None
        if token is None:
            return told_until
        if token.refresh_token or token.expires_at is None:
            return None
        # Where the renewal of an ended token has failed, others still wait to hear of it.
        return max(token.expires_at, told_until or 0.0)

    def to_text(self) -> str:
        """Return the text that `from_text` makes the same entry of."""
        fields = {**self._fields(), "token": self.token and self.token.to_json()}
        told = {n: v for n, v in fields.items() if v is not None and v is not False}
        return json.dumps({"v": FORMAT, **told}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str | None) -> Entry:
        """
        Return the entry that *text* describes; an empty one for None.

        Raises:
            ValueError: If *text* is damaged.
            StoreError: If a newer version of this package wrote it.
        """
        if text is None:
            return cls()
        try:
            fields = json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(fields, dict) or not isinstance(fields.get("v"), int):
            raise ValueError("not an entry")  # noqa: TRY004  # damaged text, not a bug
        if fields["v"] > FORMAT:
            raise StoreError(
                f"The stored token has format {fields['v']}, this version of"
                f" requests-xauth reads up to {FORMAT}: upgrade it, or use another store."
            )
        return cls()._replace(**_checked(fields))


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    token = fields.get("token")
    failure = fields.get("failure")
    spending_at = fields.get("spending_at")
    texts = {name: fields.get(name) for name in ("spending", "seed", "dead")}
    if not all(text is None or isinstance(text, str) for text in texts.values()):
        raise ValueError("a text member has the wrong type")
    return {
        **texts,
        "token": None if token is None else Token.from_json(token),
        "same": bool(fields.get("same")),
        "failure": failure if isinstance(failure, dict) else None,
        "spending_at": spending_at if is_number(spending_at) else None,
    }


def key_of(
    provider: Provider, grant: Grant, account: str | None, *, private: bool
) -> str:
    """
    Return the key under which this client's and this person's token is kept.

    Two that differ in any of these never share a token: token URL, client id, grant,
    user, account, scope in any order (RFC 6749, section 3.3), bearer field, what a grant
    of the user's own sends besides, and, for the grants of machines, the secrets. A
    person's login has to survive a new client secret.

    Args:
        provider: The provider.
        grant: The grant, with its credentials.
        account: The caller's label, or None.
        private: Whether the key never leaves this process.
    """
    rest = json.dumps(
        [
            provider.token_url,
            grant.client_id,
            grant.grant_type,
            grant.user(),
            account,
            sorted(set(grant.scope or ())),
            provider.bearer,
            *_own_form(grant),
        ],
        default=str,
    )
    secrets = () if grant.personal else grant.secrets()
    prints = [_fingerprint(grant, secret, rest, private) for secret in secrets]
    digest = hashlib.sha256(json.dumps([rest, prints]).encode()).hexdigest()
    slug = re.sub(r"[^a-z0-9]+", "-", provider.name.lower()).strip("-")
    return f"{slug[:32].strip('-') or 'provider'}-{digest[:40]}"


def _own_form(grant: Grant) -> list[dict[str, Any]]:
    if type(grant) in _HOUSE:
        return []  # a third of what it costs to make an auth object, for each call perhaps
    house = {
        "grant_type": grant.grant_type,
        "username": grant.user(),
        "scope": None if grant.personal else " ".join(grant.scope or ()) or None,
    }
    try:
        form = grant.form()
    except Exception:  # noqa: BLE001  # the user's own: it is told when it is to be sent
        return []
    own, usual = (
        {str(n): v for n, v in fields.items() if v and not _is_secret(grant, n, v)}
        for fields in (form, house)
    )
    # Nothing where it is the house's: stored tokens have to be found again.
    return [] if own == usual else [dict(sorted(own.items()))]


def _is_secret(grant: Grant, name: str, value: object) -> bool:
    return value in grant.secrets() or any(secret_values({name: value}))


def quick_mark(secret: str) -> str:
    """Return a fingerprint of *secret* that is good in this process only."""
    return hmac.digest(_process_key, secret.encode(), "sha256").hex()


def _fingerprint(grant: Grant, secret: str, rest: str, private: bool) -> str:  # noqa: FBT001  # key_of's own
    quick = quick_mark(f"{rest}\0{secret}")
    if private:
        return quick
    if secret != getattr(grant, "password", None):  # made by a machine: not guessable
        return hashlib.sha256(f"{rest}\0{secret}".encode()).hexdigest()
    if quick not in _slow_fingerprints:
        slow = hashlib.scrypt(secret.encode(), salt=rest.encode(), **_SCRYPT)
        if len(_slow_fingerprints) >= _REMEMBERED:
            _slow_fingerprints.clear()
        _slow_fingerprints[quick] = slow.hex()
    return _slow_fingerprints[quick]


def seed_mark(refresh_token: str) -> str:
    """Return a fingerprint of a refresh token, which is too long to be guessed."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()[:32]
