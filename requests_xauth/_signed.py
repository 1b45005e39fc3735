"""Signed: a token with its header value and its moments kept ready, the warm path's all.

Rule: worked out once for each token, never per request.
"""

from __future__ import annotations

import math

from ._token import Token

# A token just obtained is used for so long, whatever the clocks say of it: without this
# a server whose tokens are born expired costs a token request per call.
FLOOR_S = 1.0


class Signed:
    """
    A token at hand.

    Attributes:
        token: The token.
        header: The Authorization header's value.
        due_at: From when on a renewal ahead of the end is due.
        ahead_at: From when on it is looked whether there is something to do ahead: then,
            or at once where the store has still to be given the token.
        end_at: From when on callers wait for a newer token.
    """

    __slots__ = ("ahead_at", "due_at", "end_at", "header", "token")

    def __init__(
        self, token: Token, *, same: bool = False, new_at: float = -math.inf
    ) -> None:
        """
        Work out the moments.

        Args:
            token: The token.
            same: Whether the provider answered it twice: then it is used to its end.
            new_at: When it came, if it came just now.
        """
        floor_at = new_at + FLOOR_S
        expires_at = math.inf if token.expires_at is None else token.expires_at
        self.token = token
        self.header = f"Bearer {token.bearer}"
        self.due_at = max(floor_at, expires_at if same else token.ahead_at)
        self.ahead_at = self.due_at
        self.end_at = max(floor_at, expires_at if same else token.end_at)

    def __repr__(self) -> str:
        """Show the token's own safe repr."""
        return f"Signed({self.token!r})"
