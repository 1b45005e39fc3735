"""XAuth: sign a request, listen to its response, replay it once.

Rule: only a refusal of the very header that was written here says anything of our token;
nothing is signed for a host that may not see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from requests.auth import AuthBase

from ._hook import Hearing, Listener, listen
from ._hosts import Hosts
from ._logins import Logins
from ._luggage import Luggage, pack, unpack
from ._person import Person
from ._setup import Setup, engine_of
from ._unsigned import Unsigned
from .grants import Grant

if TYPE_CHECKING:
    import requests
    from requests import PreparedRequest

    from ._display import Explanation
    from ._provider import Provider
    from ._state import Renewal
    from ._store import Store
    from ._token import Token

_MADE_ANEW = frozenset(
    {
        "_clock",
        "_engine",
        "_hearing",
        "_hosts",
        "_listener",
        "_logins",
        "_setup",
        "_state",
        "_unsigned",
    }
)

Timeout = float | tuple[float | None, float | None] | None


class XAuth(Person, AuthBase):
    """
    OAuth 2.0 for requests: ``session.auth = XAuth(provider, grant)``.

    Every request to an allowed host then carries a valid bearer token; a refusal that a
    newer token may cure is answered by a renewal and one replay.
    """

    _listener: Listener | None

    def __init__(
        self,
        provider: Provider,
        grant: Grant,
        *,
        store: Store | str | None = None,
        hosts: Iterable[str] | None = None,
        account: str | None = None,
        client_auth: str | None = None,
        timeout: Timeout = (5, 30),
        session: requests.Session | None = None,
        on_renew: Callable[[Renewal], object] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Put it together; no request is sent before the first one needs a token.

        Args:
            provider: Endpoints and habits of the provider.
            grant: How a first token is asked for, with the credentials.
            store: Where tokens are kept; None keeps them in this process.
            hosts: Host names that may see the token ("api.example.com",
                "*.example.com"); None: the provider's.
            account: A label that keeps several people's tokens of one client apart in
                one store.
            client_auth: Overrides the provider's: "basic", "basic-form", "body", "none".
            timeout: Connect and read timeout of a token request, in seconds.
            session: A session whose proxies, verify, cert, trust_env and adapters token
                requests use; nothing else of it.
            on_renew: Called with a `Renewal` after each renewal by this object.
            clock: Returns the seconds since the epoch.

        Raises:
            ConfigError: If one of them is missing or cannot be right.
        """
        self._set_up(
            Setup(
                provider,
                grant,
                store=store,
                hosts=hosts,
                account=account,
                client_auth=client_auth,
                timeout=timeout,
                session=session,
                on_renew=on_renew,
                clock=clock,
            )
        )

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Sign *r* if its host may see the token, and listen to its response."""
        if not self._hosts.allow(r.url or ""):
            self._unsigned.warn(r.url or "")
            return r
        signed = self._state.signed
        if signed is None or self._clock() >= signed.ahead_at:
            signed = self._engine.ready()
        listener = self._listener
        if listener is None or listener.signed is not signed:
            listener = self._listener = Listener(self._hearing, signed)
        r.headers["Authorization"] = signed.header
        listen(r, listener)
        return r

    @property
    def token(self) -> Token | None:
        """The current token, from memory or the store, or None; no token request."""
        return self._engine.current()

    def renew(self) -> Token:
        """
        Return a newer token now; whoever asks meanwhile gets the same one.

        Raises:
            CredentialsRejected: If the provider refuses the client or the password.
            LoginRequired: If nothing but a person can help.
            ProviderUnavailable: If the provider cannot be reached in time.
            TokenRequestError: If it refuses for another reason, or answers nonsense.
            StoreError: If the store cannot be read or written.
        """
        return self._engine.renewed(self._engine.current(), "asked").token

    def forget(self) -> None:
        """Drop the token here and in the store."""
        self._engine.forget()

    def explain(self) -> Explanation:
        """Return a paste-safe record of where the token came from and how it fares."""
        # Here and below: imported when asked for, which few programs do.
        from ._display import explanation  # noqa: PLC0415  # 0.7 ms of the import

        return explanation(self._setup, self._engine)

    def __repr__(self) -> str:
        """Show provider, client, the token's mark and the time left; no secret."""
        from ._display import short  # noqa: PLC0415  # see explain

        return short(type(self).__name__, self._setup, self._engine)

    def _repr_html_(self) -> str:
        """Show the same in a notebook, with the time left as a bar; no secret."""
        from ._card import card  # noqa: PLC0415  # see explain

        return card(type(self).__name__, self._setup, self._engine)

    def __copy__(self) -> XAuth:
        """Return the object itself: a copy is the same handle."""
        return self

    def __deepcopy__(self, memo: object) -> XAuth:
        """Return the object itself: a copy is the same handle."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments and, of a private store, the token that may be copied."""
        luggage = pack(self._setup, self._state)
        return _unpickled, (type(self), luggage, self._own())

    def _own(self) -> dict[str, Any]:
        # What a subclass of the user's added; what _set_up makes is made anew.
        return {n: v for n, v in self.__dict__.items() if n not in _MADE_ANEW}

    def _set_up(self, setup: Setup) -> None:
        self._setup = setup
        self._clock = setup.clock
        self._hosts = Hosts(setup.hosts)
        self._unsigned = Unsigned(setup.provider, self._hosts)
        self._engine = engine_of(setup)
        self._state = self._engine.state
        self._logins = Logins(self._state.store, self._state.key, setup.clock)
        self._hearing = Hearing(setup.provider, self._hosts, self._engine)
        self._listener = None


def _unpickled(kind: type[XAuth], luggage: Luggage, own: dict[str, Any]) -> XAuth:
    auth = kind.__new__(kind)
    auth.__dict__.update(own)
    auth._set_up(luggage.setup)  # noqa: SLF001  # this module's own class
    unpack(luggage, auth._state)  # noqa: SLF001  # as above
    return auth
