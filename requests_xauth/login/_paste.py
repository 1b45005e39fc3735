"""What a person pastes: the address that the browser came back to, or the code alone.

Rule: an address has to bring the state of a login under way; who gives a code alone does
it on purpose, and it is taken for the login that was begun here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from .._login import read_redirect
from ..errors import ConfigError, LoginRequired
from ._screen import at_once

if TYPE_CHECKING:
    from .._logins import Login
    from ._screen import Terminal
    from ._steps import Steps

_TRIES = 4
_ADDRESS = (
    "Paste the whole address that the browser shows after the login, even if it cannot"
    " show the page, then Enter:"
)
_CODE = (
    "Paste the code alone, what stands after “code=” up to the next “&”, then Enter:"
)
# Browsers leave out the scheme in places, people the host.
_QUERY = re.compile(r"(?:^|[?&])(?:code|state|error)=")
_STATE = re.compile(r"[?&]state=.")
_OUTCOME = re.compile(r"[?&](?:code|error)=")
# RFC 6749, appendix A.11, without the space, which nobody sees.
_CODE_FORM = re.compile(r"[\x21-\x7e]+")
# No provider's code is so short (RFC 6749, section 10.10, wants 128 bits): "y", "yes".
_SHORTEST_CODE = 4


class Misread(Exception):
    """What was pasted is not it; the text says why, the prompt what is wanted."""

    def __init__(self, why: str, prompt: str = _ADDRESS) -> None:
        """Keep both."""
        super().__init__(why)
        self.prompt = prompt


def pasted(
    steps: Steps,
    screen: Terminal,
    *,
    begun: tuple[str, str],
    meanwhile: Callable[[], None] | None = None,
) -> tuple[str, Login]:
    """
    Return the code that the person pastes, and the login it is for.

    Args:
        steps: How a login is looked up.
        screen: Where the person is.
        begun: The link that was shown, and the state of the login.
        meanwhile: What listens on until a line is entered, after an outcome has come
            without a state; what it raises is raised.

    Raises:
        LoginRequired: If the person or the provider said no, nobody can be asked, or none
            of several answers was it.
        TokenRequestError: If the provider found the authorization request wrong.
    """
    prompt = _CODE if meanwhile else _ADDRESS
    for _ in range(_TRIES):
        try:
            return _read(steps, screen.ask(prompt, wait=meanwhile or at_once), begun)
        except Misread as error:
            screen.say(str(error))
            prompt = error.prompt
    name = steps.provider.name
    raise LoginRequired(
        f"The login of {name} was not finished: {_TRIES} times something else was pasted"
        " than the address after it. Call login() again.",
        provider=name,
    )


def _read(steps: Steps, text: str, begun: tuple[str, str]) -> tuple[str, Login]:
    text = text.strip("\"'<> ")
    if not text:
        raise Misread("Nothing was pasted.")
    url, state = begun
    if text.startswith(url.partition("?")[0]) and not _OUTCOME.search(text):
        raise Misread(
            "This is the link to log in: open it, and paste where it leads to."
        )
    if "://" in text or _QUERY.search(text):
        code, state = _from_address(steps, text)
    else:
        code = _code_alone(text, url)
    login = steps.logins.take(state)
    if login is None:
        raise Misread(
            "This address belongs to no login under way here: paste the one that the"
            " link above leads to."
        )
    return code, login


def _code_alone(text: str, url: str) -> str:
    if not _CODE_FORM.fullmatch(text):
        raise Misread("This is neither an address nor a code.")
    if len(text) < _SHORTEST_CODE:
        raise Misread("This is too short for a code.")
    [redirect_uri] = parse_qs(urlsplit(url).query).get("redirect_uri", [""])
    # Copied from where a browser shows neither the scheme nor the query.
    for host in (_host(url), _host(redirect_uri)):
        if host and re.match(rf"{re.escape(host)}(?:[:/]|$)", text, re.IGNORECASE):
            raise Misread("This is an address without the code in it: paste all of it.")
    return text


def _host(url: str) -> str:
    """Return the host as a browser shows it: without a port, an IPv6 one in brackets."""
    return re.sub(r":\d*$", "", urlsplit(url).netloc.rpartition("@")[2])


def _from_address(steps: Steps, text: str) -> tuple[str, str]:
    query = text if "?" in text else f"?{text}"
    try:
        return read_redirect(steps.provider, query if "://" not in text else text)
    except ConfigError as error:
        raise Misread(str(error)) from error
    except LoginRequired as error:
        if error.code is not None or _STATE.search(text):
            raise
        # RFC 6749, section 10.12: an address alone may be anybody's.
        raise Misread(
            f"{steps.provider.name} sent no state back, which would prove that this login"
            " is yours. If it is, say so:",
            _CODE,
        ) from error
