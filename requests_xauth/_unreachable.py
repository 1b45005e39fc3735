"""A token request without an answer: what was met on the way, in our words.

Rule: the text names the host and what to do; the foreign error is the cause, emptied of
requests, pools and frames, which hold the token request's body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.client import HTTPException, LineTooLong, RemoteDisconnected
from types import MappingProxyType
from typing import NamedTuple

from requests import RequestException
from requests import exceptions as foreign
from urllib3 import exceptions as urllib3_errors

from ._hosts import host_of
from ._redact import Secrets
from ._wire import Late, Post
from ._words import Asked, unless_spent
from .errors import ConfigError, ProviderUnavailable, TokenRequestError, XAuthError

# What means that there was no answer; anything else is not ours to explain.
LOST = (RequestException, urllib3_errors.HTTPError, OSError, ValueError, Late)
_USELESS = (ValueError, Late, foreign.SSLError)
_BEFORE = (
    urllib3_errors.NewConnectionError,
    urllib3_errors.ConnectTimeoutError,
    foreign.ConnectTimeout,
)
# Only the errors of the libraries on the way are shown: a plain ValueError of http.client
# has the header in its text.
_TOLD = (RequestException, urllib3_errors.HTTPError, OSError)
# requests keeps the request and its answer, urllib3 the pool with a proxy's credentials
# and the connection, json the document.
_HELD = ("request", "response", "pool", "_pool", "conn", "_conn", "doc")
# The token URL was read before: it is a proxy's that is not one, and may have a password.
_NO_URL = (foreign.InvalidURL, urllib3_errors.LocationValueError)
# Of http.client's errors these have nothing of an answer in their text; any other may
# have a piece of it, torn anywhere, and lead to a ValueError that has one.
_PLAIN = (RemoteDisconnected, LineTooLong, urllib3_errors.IncompleteRead)


class Lost(NamedTuple):
    """A request that got no answer."""

    error: BaseException
    arrived: bool
    url: str

    @property
    def told(self) -> str:
        """What a log says of it."""
        return type(self.error).__name__

    @property
    def again(self) -> bool:
        """Whether sending it once more can help."""
        if isinstance(self.error, _USELESS) or _is_setting(self.error):
            return False
        # A proxy that says no may lock the account that asks again and again.
        return not isinstance(self.error, foreign.ProxyError) or _is_before(self.error)


def lost(error: BaseException, post: Post, url: str) -> Lost:
    """Return what *error*, met by *post*, means."""
    if post.line.connected:
        return Lost(error, post.line.asked, url)
    # There was no connection, or none that the line could see: an adapter of the
    # caller's own, or a test library in its place.
    unseen = not (post.is_watched and isinstance(error, Late))
    return Lost(error, unseen and not _is_before(error), url)


def unreachable(met: Lost, asked: Asked, deadline_s: float) -> XAuthError:
    """Return the error for a request that got no answer, its cause set."""
    error = _error(met, asked, deadline_s)
    if isinstance(met.error, _TOLD) and not _wrong_url(met.error):
        error.__cause__ = emptied(met.error, asked.secrets)
    return error


def emptied(error: BaseException, secrets: Secrets) -> BaseException | None:
    """Return *error* without what it holds, or None if it may hold a secret still."""
    parts = list(chain(error))
    for part in parts:
        part.__traceback__ = None
        for name in _HELD:
            if name in vars(part):
                setattr(part, name, None)
    if any(map(_is_torn, parts)):
        return None
    told = (f"{part} {part!r} {part.args!r}" for part in parts)
    return None if any(secrets.in_text(text) for text in told) else error


def _error(met: Lost, asked: Asked, deadline_s: float) -> XAuthError:
    values = {
        "name": asked.provider.name,
        "host": host_of(met.url),
        "proxy": _proxy(met.error),
        "why": asked.secrets.words(_why(met.error)).rstrip("."),
        "deadline_s": deadline_s,
    }
    if _is_setting(met.error):
        return ConfigError(_SETTING.format(**values))
    if isinstance(met.error, foreign.InvalidHeader):
        text = _HEADERS.format(**values)
        return TokenRequestError(text, provider=asked.provider.name)
    rows = (say for kinds, say in _TEXTS.items() if isinstance(met.error, kinds))
    what, step = next(rows, _OTHER[met.arrived])
    step = unless_spent(step, asked, arrived=met.arrived)
    text = f"{what.format(**values)} {step}"
    return ProviderUnavailable(text, provider=asked.provider.name, arrived=met.arrived)


_LATER = "Try again later."
_LONGER = "Try again later, or give a longer timeout=."
_SESSION = (
    "Token requests do not use the verify and proxies of the API session: pass"
    " session=, a requests.Session that has them."
)
_SETTING = "The token request of {name} cannot be sent to {host}: {why}. " + _SESSION
_HEADERS = (
    "{name} answered the token request at {host} with headers that cannot be read:"
    " {why}. Look at what is between you and the provider."
)
# What was met and what to do; the first that fits: what is more special comes first.
_TEXTS: Mapping[type[BaseException], tuple[str, str]] = MappingProxyType(
    {
        Late: (
            "{name} did not answer the token request at {host} within {deadline_s:g} s.",
            _LATER,
        ),
        foreign.SSLError: (
            "{name} could not be reached safely at {host}: {why}.",
            _SESSION,
        ),
        foreign.ProxyError: (
            "{name} could not be reached at {host} through the proxy{proxy}: {why}.",
            _SESSION,
        ),
        foreign.ConnectTimeout: (
            "{name} could not be reached at {host} in time.",
            _LONGER,
        ),
        foreign.Timeout: (
            "{name} did not answer the token request at {host} in time.",
            _LONGER,
        ),
        urllib3_errors.ReadTimeoutError: (
            "{name} did not finish its answer to the token request at {host} in time.",
            _LONGER,
        ),
    }
)
# Any other, by whether the request may have arrived.
_OTHER = {
    False: ("{name} could not be reached at {host}: {why}.", _LATER),
    True: ("{name} did not answer the token request at {host}: {why}.", _LATER),
}


def _is_setting(error: BaseException) -> bool:
    # requests raises ValueErrors for URLs, proxies' URLs and header values, and a bare
    # OSError where verify or cert names no file.
    bare = type(error) is OSError and error.errno is None
    wrong = isinstance(error, ValueError) and not isinstance(
        error, foreign.InvalidHeader
    )
    return bare or wrong


def _is_before(error: BaseException) -> bool:
    return any(isinstance(part, _BEFORE) for part in chain(error))


def _wrong_url(error: BaseException) -> BaseException | None:
    return next((part for part in chain(error) if isinstance(part, _NO_URL)), None)


def _is_torn(error: BaseException) -> bool:
    if isinstance(error, HTTPException):
        # Bare, it counts header fields.
        return not isinstance(error, _PLAIN) and type(error) is not HTTPException
    return any(isinstance(arg, bytes) for arg in error.args)


def _why(error: BaseException) -> str:
    if wrong := _wrong_url(error):
        return f"the URL of a proxy cannot be used ({type(wrong).__name__})"
    torn = next(filter(_is_torn, chain(error)), None)
    if torn or not isinstance(error, _TOLD):
        return type(torn or error).__name__
    # The error at the bottom says most, but not one that a library has put aside.
    inner = list(chain(error, aside=False))[-1]
    told = getattr(inner, "strerror", None) or str(inner)
    return told or type(inner).__name__


def _proxy(error: BaseException) -> str:
    # Of urllib3's errors this one has its pool, whose proxy's URL may have a password.
    for part in chain(error):
        if isinstance(part, urllib3_errors.MaxRetryError):
            found = getattr(part.pool, "proxy", None)
            return f" {found.host}:{found.port}" if found else ""
    return ""


def chain(error: BaseException, *, aside: bool = True) -> Iterator[BaseException]:
    """
    Return *error* and all that led to it, the outermost first.

    Args:
        error: The error.
        aside: Whether what was put aside by "from None" counts.
    """
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        part = pending.pop(0)
        if isinstance(part, BaseException) and id(part) not in seen:
            seen.add(id(part))
            yield part
            pending += [*part.args, part.__cause__]
            if aside or not part.__suppress_context__:
                pending.append(part.__context__)
            pending += [getattr(part, "reason", None)]
            pending += [getattr(part, "original_error", None)]
