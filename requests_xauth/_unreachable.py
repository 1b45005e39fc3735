"""A token request without an answer: what was met on the way, in our words.

Rule: the text names the host and what to do; the foreign error is the cause, emptied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from requests import RequestException
from requests import exceptions as foreign
from urllib3.exceptions import HTTPError

from ._foreign import emptied, innermost, is_before
from ._hosts import host_of
from ._rejection import Asked
from ._wire import Late
from .errors import ConfigError, ProviderUnavailable, TokenRequestError, XAuthError

# What means that there was no answer; anything else is not ours to explain.
LOST = (RequestException, HTTPError, OSError, Late)
# What requests raises when an URL, a proxy's URL or a setting of the session is wrong.
_SETTINGS = (foreign.InvalidURL, foreign.InvalidSchema, foreign.MissingSchema)
_USELESS = (Late, foreign.SSLError, foreign.InvalidHeader)
_SESSION = (
    "Token requests do not use the verify and proxies of the API session: pass session=,"
    " a requests.Session that has them."
)


class Lost(NamedTuple):
    """A request that got no answer."""

    error: BaseException
    arrived: bool
    url: str

    @property
    def again(self) -> bool:
        """Whether sending it once more can help."""
        if isinstance(self.error, (*_SETTINGS, *_USELESS)):
            return False
        # A proxy that says no may lock the account that asks again and again.
        return not isinstance(self.error, foreign.ProxyError) or is_before(self.error)


def unreachable(lost: Lost, asked: Asked, deadline_s: float) -> XAuthError:
    """Return the error for a request that got no answer, its cause set."""
    error = _worded(lost, asked, deadline_s)
    cause = emptied(lost.error, asked.secrets)
    error.__cause__ = None if isinstance(cause, Late) else cause
    error.__suppress_context__ = True
    return error


def _worded(lost: Lost, asked: Asked, deadline_s: float) -> XAuthError:
    name, host = asked.provider.name, host_of(lost.url)
    why = asked.secrets.words(_why(lost.error)).rstrip(".")
    if _is_setting(lost.error):
        return ConfigError(
            f"The token request of {name} cannot be sent to {host}: {why}. {_SESSION}"
        )
    if isinstance(lost.error, foreign.InvalidHeader):
        return TokenRequestError(
            f"{name} answered the token request at {host} with headers that cannot be"
            f" read: {why}.",
            provider=name,
        )
    text = next(
        say for kinds, say in _TEXTS.items() if isinstance(lost.error, kinds)
    ).format(name=name, host=host, why=why, deadline_s=deadline_s, session=_SESSION)
    return ProviderUnavailable(text, provider=name, arrived=lost.arrived)


# The first that fits; the subclasses come first.
_TEXTS: Mapping[tuple[type[BaseException], ...], str] = MappingProxyType(
    {
        (Late,): "{name} did not answer the token request at {host} within"
        " {deadline_s:g} s. Try again later.",
        (foreign.SSLError,): "{name} could not be reached safely at {host}: {why}."
        " {session}",
        (
            foreign.ProxyError,
        ): "{name} could not be reached at {host} through the proxy: {why}. {session}",
        (foreign.ConnectTimeout,): "{name} could not be reached at {host} in time. Try"
        " again later, or give a longer timeout=.",
        (foreign.Timeout,): "{name} did not answer the token request at {host} in time."
        " Try again later, or give a longer timeout=.",
        (BaseException,): "{name} could not be reached at {host}: {why}. Try again"
        " later.",
    }
)


def _is_setting(error: BaseException) -> bool:
    # A bare OSError is how requests tells that verify or cert names no file.
    return isinstance(error, _SETTINGS) or type(error) is OSError


def _why(error: BaseException) -> str:
    inner = innermost(error)
    told = getattr(inner, "strerror", None) or str(inner)
    return told or type(inner).__name__
