"""Which token is newer than one that is known: the one at hand, or a sibling's.

Rule: nobody is asked for a token here; one that this process has left behind is never
newer, whatever a store still says.
"""

from __future__ import annotations

from collections.abc import Callable

from ._signed import Signed
from ._state import State
from ._store import Entry, seed_mark
from ._token import Token


class Newest:
    """What a state and its store have that is newer."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        """Look at *state*, at the moment that *clock* says."""
        self._state = state
        self._clock = clock

    def look(
        self, known: Token | None, before: Entry | None = None
    ) -> tuple[Signed | None, Entry]:
        """
        Return what is newer than *known*, if anything is, and what the store had.

        Args:
            known: The token that ended or was refused, or None if there was none.
            before: What the store had before the caller waited; None: it has not.
        """
        here = self.here(known)
        if here is not None:
            return here, Entry()
        entry = self._state.load()
        if self.there(entry, known, before or entry):
            return self.adopted(entry), entry
        return None, entry

    def here(self, known: Token | None) -> Signed | None:
        """Return the token at hand if it is newer than *known*, and not at its end."""
        signed = self._state.signed
        if signed is None or self._clock() >= signed.end_at:
            return None
        if known is not None and signed.token.bearer == known.bearer:
            return None
        return signed

    def there(self, entry: Entry, known: Token | None, before: Entry) -> bool:
        """Tell whether *entry*, which was *before*, has a newer token than *known*."""
        token = entry.token
        if token is None or (known is not None and token.bearer == known.bearer):
            return False
        if self._is_past(token):
            return False
        if before.token is None or before.token.bearer != token.bearer:
            return True  # came while we waited: good for us, whatever the clocks say
        return self._clock() < Signed(token, same=entry.same).end_at

    def adopted(self, entry: Entry) -> Signed:
        """Take the token of *entry*, which has one, as the token at hand."""
        token, here = entry.token, self._state.signed
        assert token is not None  # noqa: S101  # the caller has looked
        if here is not None and self._is_past(token):
            return here  # another thread was faster, and has got a newer one still
        signed = Signed(token, same=entry.same, new_at=self._clock())
        return self._state.adopt(signed, "store")

    def _is_past(self, token: Token) -> bool:
        return seed_mark(token.bearer) in self._state.past
