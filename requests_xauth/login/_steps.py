"""What a way to log in needs of the auth object.

Rule: a way says where the browser comes back to and what it brought; all else is done by
the steps that it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .._logins import Login, Logins
from .._provider import Provider
from .._token import Token


class Steps(NamedTuple):
    """
    The steps of a login, which are the auth object's.

    Attributes:
        provider: The provider's record.
        begin: Takes a redirect URI and returns the link to log in, and the state.
        logins: The logins under way.
        finish: Exchanges a code for a token, by the login that it is for.
    """

    provider: Provider
    begin: Callable[[str | None], tuple[str, str]]
    logins: Logins
    finish: Callable[[str, Login | None], Token]
