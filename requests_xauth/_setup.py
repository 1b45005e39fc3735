"""What an auth object is made of, checked once, and how its engine is put together.

Rule: bad input is a ConfigError here, at construction, before anything is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any

from ._endpoint import Endpoint
from ._engine import Engine
from ._hosts import listed
from ._provider import Provider
from ._record import Record
from ._refusals import Refusals
from ._request import HOOKS
from ._settings import clean
from ._shared import identity_of, refusals, states
from ._state import Renewal, State
from ._store import Store, key_of, quick_mark
from .errors import ConfigError
from .grants import Grant
from .stores import open_store
from .stores.memory import MemoryStore

if TYPE_CHECKING:
    import requests

_STORE_METHODS = ("load", "save", "delete", "hold")


class Setup(Record):
    """
    The arguments of an auth object, as a pickle takes them along.

    Attributes:
        provider: The provider's record.
        grant: The grant, with its credentials.
        seed: A refresh token that the caller has, or None.
        store, hosts, account, client_auth, timeout, session, on_renew, clock: The
            arguments of those names; see `XAuth`.
        hooks: Those of the endpoint, by kind; what is registered later is in it.
        alone: Whether such a hook changes what is asked for, so that no equal object may
            have the token.
    """

    __slots__ = (
        "account",
        "alone",
        "client_auth",
        "clock",
        "grant",
        "hooks",
        "hosts",
        "on_renew",
        "provider",
        "seed",
        "session",
        "store",
        "timeout",
    )
    _shown = ("provider", "grant", "account")

    provider: Provider
    grant: Grant
    seed: str | None
    store: Store | str | None
    hosts: tuple[str, ...]
    account: str | None
    client_auth: str | None
    timeout: Any
    session: requests.Session | None
    on_renew: Callable[[Renewal], object] | None
    clock: Callable[[], float]
    hooks: dict[str, set[Callable[..., Any]]]
    alone: bool

    def __init__(
        self,
        provider: Provider,
        grant: Grant,
        *,
        seed: str | None = None,
        store: Store | str | None,
        hosts: Iterable[str] | None,
        account: str | None,
        client_auth: str | None,
        timeout: Any,  # whatever requests takes
        session: requests.Session | None,
        on_renew: Callable[[Renewal], object] | None,
        clock: Callable[[], float],
    ) -> None:
        """
        Check what can be checked without asking anybody.

        Raises:
            ConfigError: If a value is of the wrong kind.
        """
        _check_kind(provider, Provider, "provider")
        _check_kind(grant, Grant, "grant")
        if account is not None:
            clean(account, source="account=", who=provider.name)
        if seed is not None:
            clean(seed, source="refresh_token=", who=provider.name)
        if seed and store is not None and account is None:
            raise ConfigError(
                "refresh_token= together with store= needs account=: without it the"
                " second person would get the first one's token."
            )
        _check_call(clock, "clock")
        if on_renew is not None:
            _check_call(on_renew, "on_renew")
        self._freeze(
            provider=provider,
            grant=grant,
            seed=seed,
            store=store,
            hosts=provider.hosts if hosts is None else listed(hosts),
            account=account,
            client_auth=client_auth,
            timeout=timeout,
            session=session,
            on_renew=on_renew,
            clock=clock,
            hooks={name: set() for name in HOOKS},
            alone=False,
        )

    @property
    def shares(self) -> bool:
        """Whether equal objects of this process share a state, unasked."""
        # Where a person logs in, objects share only what a store was given to share.
        return not (self.alone or self.grant.personal or self.store is not None)

    def without_seed(self) -> Setup:
        """Return the same without the caller's refresh token."""
        return self._replace(seed=None)

    def apart(self) -> Setup:
        """Return the same for an object with a state of its own."""
        return self._replace(alone=True)


def engine_of(setup: Setup) -> Engine:
    """
    Return an engine for *setup*, on the state that it shares with its equals.

    Raises:
        ConfigError: If the client authentication, the timeout or the store is wrong.
        ImportError: If the store's library is missing; the text names the extra.
    """
    endpoint = Endpoint(
        setup.provider,
        setup.grant,
        client_auth=setup.client_auth,
        timeout=setup.timeout,
        session=setup.session,
        clock=setup.clock,
    )
    endpoint.compliance_hook = setup.hooks
    engine = Engine(
        setup.provider,
        setup.grant,
        endpoint=endpoint,
        state=_state_of(setup),
        clock=setup.clock,
        seed=setup.seed,
        account=setup.account,
    )
    if setup.on_renew is not None:
        engine.listeners.append(setup.on_renew)
    return engine


def _state_of(setup: Setup) -> State:
    store = opened(setup.store)
    private = bool(getattr(store, "private", False))
    key = key_of(setup.provider, setup.grant, setup.account, private=private)

    def make() -> State:
        return State(
            key,
            store,
            setup.clock,
            refusals=shared_refusals(),
            once=setup.provider.refresh_once,
            machine=not setup.grant.personal,
        )

    def shared_refusals() -> Refusals:
        place = (
            setup.store if isinstance(setup.store, str) else identity_of(setup.store)
        )
        if place is None:
            return Refusals(setup.clock)
        secrets = (setup.seed, *setup.grant.secrets())
        marks = [quick_mark(secret) for secret in secrets if secret]
        # Another session may have what was missing, such as a certificate.
        way = identity_of(setup.session)
        whose = (place, way, *equals, *marks)
        return refusals.get(whose, lambda: Refusals(setup.clock))

    # A quirk may decide which member of an answer becomes the token, or what a refusal is.
    quirks = (setup.provider.mend, setup.provider.read_refusal)
    equals = (key, setup.client_auth, *map(_hashable, (setup.clock, *quirks)))
    # What was refused all share that have the same store: one made for each call asks no
    # more often.
    return states.get(equals, make) if setup.shares else make()


def opened(store: Store | str | None) -> Store:
    """
    Return the store that *store* is or names; a private one for None.

    Raises:
        ConfigError: If it is neither a store nor a known name.
        ImportError: If the store's library is missing; the text names the extra.
    """
    if store is None:
        return MemoryStore()
    if isinstance(store, str):
        return open_store(store)
    if isinstance(store, type):
        raise ConfigError(f"store= takes a Store, not a class: {store.__name__}().")
    missing = [name for name in _STORE_METHODS if not hasattr(store, name)]
    if missing:
        kind = type(store).__name__  # not the value: it may be a token
        raise ConfigError(f"store= has no {', '.join(missing)}: {kind} is no Store.")
    return store


def _check_kind(value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        name = type(value).__name__
        raise ConfigError(f"The {what} must be a {kind.__name__}, not {name}.")


def _check_call(call: object, name: str) -> None:
    if not callable(call):
        raise ConfigError(f"{name}= must be callable, not {type(call).__name__}.")


def _hashable(call: Callable[..., Any] | None) -> Hashable:
    # A bound method is equal by the identity of its object, which it keeps alive.
    return call if isinstance(call, Hashable) else call.__call__
