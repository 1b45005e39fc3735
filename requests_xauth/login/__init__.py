"""A person logs in: by the browser of this machine, or by an address that is pasted.

Rule: loaded when somebody logs in. What comes back is believed for the state that it
brings; without one only where a person gives the code alone, on purpose.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from .._login import found_login, read_redirect
from .._logins import GOOD_FOR_S
from .._token import Token, is_number
from ..errors import ConfigError, LoginRequired, XAuthError
from ._beside import Came, listening
from ._browser import Opener, Opening, opener_of
from ._loopback import Arrival, Loopback
from ._pages import failure, welcome
from ._paste import pasted
from ._place import place_of
from ._screen import Terminal, screen
from ._steps import Steps

if TYPE_CHECKING:
    from .._logins import Login
    from ._place import Place

__all__ = ["Steps", "log_in"]


def log_in(
    steps: Steps,
    *,
    redirect_uri: str | None,
    open_browser: bool | Opener | None,
    timeout_s: float,
) -> Token:
    """
    Let a person log in, and return the token.

    Args:
        steps: The steps of a login.
        redirect_uri: Where the browser comes back to, or None: as the provider has it.
        open_browser, timeout_s: As `XAuth.login`.

    Raises:
        ConfigError: If *timeout_s* cannot be, or the port is taken.
        TokenRequestError: As `XAuth.login`.
    """
    if not (is_number(timeout_s) and 0 < timeout_s <= GOOD_FOR_S):
        raise ConfigError(
            f"timeout_s= must be more than 0 and at most {GOOD_FOR_S:.0f}, for so long"
            f" a login is good, not {timeout_s!r}."
        )
    place, opener = place_of(redirect_uri), opener_of(open_browser)
    shown = screen()
    if place is not None and opener is not None:
        return _by_browser(steps, place, (opener, shown, timeout_s))
    begun = steps.begin(redirect_uri)
    shown.show_link(f"To log in to {steps.provider.name}, open this link:", begun[0])
    if opener is not None and open_browser is not None:
        Opening(
            opener, begun[0]
        )  # as it was asked for; the answer is pasted all the same
    return steps.finish(*pasted(steps, shown, begun=begun))


def _by_browser(
    steps: Steps, place: Place, how: tuple[Opener, Terminal, float]
) -> Token:
    opener, shown, timeout_s = how
    name = steps.provider.name
    with closing(Loopback(place)) as loopback:
        begun = steps.begin(loopback.redirect_uri)
        shown.show_link(
            f"Waiting up to {timeout_s:.0f} s for you to log in to {name} in your browser."
            " If it does not open, open this link:",
            begun[0],
        )
        opening = Opening(opener, begun[0])
        until = time.monotonic() + timeout_s
        found: Arrival | tuple[str, Login] | None = loopback.wait(
            begun[1],
            until=until,
            stop=lambda: (
                opening.no_browser() or (loopback.stateless and shown.can_ask())
            ),
        )
        if found is None and loopback.stateless and shown.can_ask():
            found = _asked_beside(steps, begun, (loopback, shown, until))
    if isinstance(found, Arrival):
        return _arrived(steps, found, begun[1])
    if found is None and not opening.no_browser():
        raise _too_late(name, timeout_s, stateless=loopback.stateless)
    if found is None:
        shown.say("No browser could be opened here.")
        found = pasted(steps, shown, begun=begun)
    return steps.finish(*found)


def _asked_beside(
    steps: Steps, begun: tuple[str, str], how: tuple[Loopback, Terminal, float]
) -> Arrival | tuple[str, Login]:
    """Ask for the code, and go on listening: what came may have been anybody's."""
    loopback, shown, until = how
    shown.say(
        "A browser came back without the state that would prove that this login of"
        f" {steps.provider.name} is yours, so it was not taken. If you have not logged in"
        " yet, go on in your browser; if it shows no page at the end, paste its address."
        " If you have, say so:"
    )
    try:
        return pasted(
            steps,
            shown,
            begun=begun,
            meanwhile=listening(loopback, shown, state=begun[1], until=until),
        )
    except Came as came:
        return came.arrival


def _arrived(steps: Steps, arrival: Arrival, state: str) -> Token:
    name = steps.provider.name
    try:
        code, sent = read_redirect(steps.provider, arrival.uri)
        login = found_login(steps.provider, steps.logins, sent, state)
        token = steps.finish(code, login)
    except XAuthError as error:
        arrival.answer(failure(name, error))
        raise
    except BaseException:
        arrival.close()
        raise
    arrival.answer(welcome(name))
    return token


def _too_late(name: str, timeout_s: float, *, stateless: bool) -> LoginRequired:
    why = (
        f" The browser came back without a state: if {name} sends none, use"
        " login(open_browser=False) and paste the code alone, or fetch_token(code=…)."
        if stateless
        else " Call login() again; login(open_browser=False) asks for the address."
    )
    return LoginRequired(
        f"Nobody finished the login of {name} within {timeout_s:.0f} s.{why}",
        provider=name,
    )
