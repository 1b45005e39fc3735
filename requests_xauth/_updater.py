"""token_updater: who keeps tokens elsewhere hears of every automatic renewal.

Rule: one updater is called once for each renewal, however many sessions brought it, and
for one that outlives its session too: the refresh token before it may be spent by then.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from ._engine import Engine
from ._state import Renewal
from ._token import Token

Update = Callable[[dict[str, Any]], object]

# What a caller asked for comes back to them; of the rest they would not know.
_AUTOMATIC = frozenset({"first", "ahead", "expired", "refused"})
# So many updaters whose sessions are gone are kept, for renewals that are under way.
_GONE = 8


class Updater:
    """
    One token_updater, listening to one auth object's renewals.

    Attributes:
        update: What is called with the token.
        engine: Whose renewals it hears of.
        sessions: The sessions that brought it, as long as they live.
    """

    def __init__(
        self, engine: Engine, update: Update, told: Callable[[Token], dict[str, Any]]
    ) -> None:
        """Call *update* with *engine*'s token in the form that *told* gives it."""
        self.update = update
        self.sessions: weakref.WeakSet[object] = weakref.WeakSet()
        self.engine = engine
        self._told = told

    def __call__(self, renewal: Renewal) -> None:
        """Hear of a renewal."""
        token = self.engine.current()
        if renewal.why in _AUTOMATIC and token is not None:
            self.update(self._told(token))

    def __repr__(self) -> str:
        """Show which function it calls."""
        name = getattr(self.update, "__qualname__", type(self.update).__name__)
        return f"token_updater {name}"


def subscribe(
    engine: Engine,
    session: object,
    update: Update,
    told: Callable[[Token], dict[str, Any]],
) -> None:
    """Let *update* hear of *engine*'s renewals on behalf of *session*."""
    updater = next((u for u in _updaters(engine) if u.update == update), None)
    if updater is None:
        updater = Updater(engine, update, told)
        _forget_the_gone(engine)
        engine.listeners.append(updater)
    updater.sessions.add(session)


def unsubscribe(engine: Engine, session: object) -> None:
    """Let nothing hear of *engine*'s renewals on behalf of *session* any more."""
    for updater in _updaters(engine):
        if session in updater.sessions:
            updater.sessions.discard(session)
            if not updater.sessions:
                _remove(engine, updater)


def move(engine: Engine, successor: Engine) -> None:
    """Let those that heard of *engine*'s renewals hear of its *successor*'s."""
    for updater in _updaters(engine):
        updater.engine = successor
        successor.listeners.append(updater)


def _updaters(engine: Engine) -> Iterator[Updater]:
    return (u for u in tuple(engine.listeners) if isinstance(u, Updater))


def _forget_the_gone(engine: Engine) -> None:
    # A server that makes a session and a closure for each request would collect them.
    gone = [updater for updater in _updaters(engine) if not updater.sessions]
    for updater in gone[: -_GONE + 1]:
        _remove(engine, updater)


def _remove(engine: Engine, updater: Updater) -> None:
    # Another thread may have done it.
    with contextlib.suppress(ValueError):
        engine.listeners.remove(updater)
