"""The logins under way: what the redirect of each will be checked against.

Rule: several at once, each found by its state, good for ten minutes and for one use,
kept in the store so that another process can finish it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ._record import Record
from ._store import Store, held, told
from ._token import is_number
from .errors import ProviderUnavailable

GOOD_FOR_S = 600.0
AT_MOST = 100
_HOLD_WAIT_S = 10.0


class Login(Record):
    """
    One login under way.

    Attributes:
        state: What the redirect has to bring back.
        verifier: The PKCE code verifier, or None.
        redirect_uri: Where the browser was told to come back to, or None.
        begun_at: Seconds since the epoch.
    """

    __slots__ = ("begun_at", "redirect_uri", "state", "verifier")
    _shown = ("redirect_uri", "begun_at")

    state: str
    verifier: str | None
    redirect_uri: str | None
    begun_at: float

    def __init__(
        self,
        state: str,
        *,
        verifier: str | None,
        redirect_uri: str | None,
        begun_at: float,
    ) -> None:
        """Keep what the exchange will need."""
        self._freeze(
            state=state,
            verifier=verifier,
            redirect_uri=redirect_uri,
            begun_at=begun_at,
        )


class Logins:
    """The logins under way of one client in one store."""

    def __init__(self, store: Store, key: str, clock: Callable[[], float]) -> None:
        """Keep them beside the token's entry, under a key of their own."""
        self._store = store
        self._key = f"{key}-logins"
        self._clock = clock

    def add(self, login: Login) -> None:
        """
        Note *login*; the oldest is dropped when there are too many.

        One with the same state, which only a caller can have chosen, gives way to it.
        """
        with self._changed() as logins:
            logins[:] = [*(one for one in logins if one.state != login.state), login]

    def take(self, state: str | None) -> Login | None:
        """
        Return the login of *state* and drop it: it is good once.

        Without a state: the only one under way, or None where there are none or several.
        """
        with self._changed() as logins:
            found = [
                login for login in logins if state is None or equal(login.state, state)
            ]
            if len(found) != 1:
                return None
            logins.remove(found[0])
            return found[0]

    @contextmanager
    def _changed(self) -> Iterator[list[Login]]:
        with ExitStack() as stack:
            try:
                stack.enter_context(held(self._store, self._key, wait_s=_HOLD_WAIT_S))
            except TimeoutError as error:
                raise ProviderUnavailable(
                    "Somebody else has been changing the logins under way for"
                    f" {_HOLD_WAIT_S:.0f} s in {self._store!r}: try again later."
                ) from error
            now_at = self._clock()
            with told(self._store):
                text = self._store.load(self._key)
            logins = [
                login
                for login in _read(text)
                if 0 <= now_at - login.begun_at < GOOD_FOR_S
            ]
            yield logins
            with told(self._store):
                self._keep(logins)

    def _keep(self, logins: list[Login]) -> None:
        if not logins:
            self._store.delete(self._key)
            return
        text = json.dumps([login._fields() for login in logins[-AT_MOST:]])
        ends_at = max(login.begun_at for login in logins) + GOOD_FOR_S
        self._store.save(self._key, text, expires_at=ends_at)


def equal(one: str, other: str) -> bool:
    """Compare in constant time; a URL may bring characters without an encoding."""
    pair = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(*pair)


def _read(text: str | None) -> list[Login]:
    try:
        found = json.loads(text or "[]")
        logins = [Login(entry.pop("state"), **entry) for entry in found]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []  # damaged: whoever was logging in begins again
    return [login for login in logins if _is_whole(login)]


def _is_whole(login: Login) -> bool:
    more = (login.verifier, login.redirect_uri)
    return (
        isinstance(login.state, str)
        and all(text is None or isinstance(text, str) for text in more)
        and is_number(login.begun_at)
    )
