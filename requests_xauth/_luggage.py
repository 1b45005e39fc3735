"""What a pickled auth object takes along.

Rule: never a refresh token that works once out of a private store, since the original
keeps it, and two that use it look like a theft (RFC 9700, section 4.14).
"""

from __future__ import annotations

from ._record import Record
from ._setup import Setup
from ._signed import Signed
from ._state import State
from ._store import Entry
from ._token import Token


class Luggage(Record):
    """The arguments, the token at hand, and whether a refresh token stayed behind."""

    __slots__ = ("orphan", "setup", "token")

    setup: Setup
    token: Token | None
    orphan: bool

    def __init__(self, setup: Setup, token: Token | None, *, orphan: bool) -> None:
        """Keep what goes along."""
        self._freeze(setup=setup, token=token, orphan=orphan)


def pack(setup: Setup, state: State) -> Luggage:
    """Return what may leave this process; a store that is shared keeps its own."""
    if not state.private:
        return Luggage(setup, None, orphan=False)
    token = state.signed.token if state.signed else None
    seed = setup.seed
    if not state.once:
        return Luggage(setup, token, orphan=state.orphan)
    stays = bool(seed or (token and token.refresh_token))
    return Luggage(
        setup.without_seed(),
        token and token.without_refresh_token(),
        orphan=stays or state.orphan,
    )


def unpack(luggage: Luggage, state: State) -> None:
    """Give *state* what came along, unless it has a token of its own by now."""
    if state.signed is not None:
        return
    state.orphan = luggage.orphan
    if luggage.token is not None:
        state.save(Entry(luggage.token))
        state.adopt(Signed(luggage.token), "pickle")
