"""A token request that was answered, but not with a token: which error it is.

Rule: every class comes from a row with its source; nothing follows a redirect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from requests import Response
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._answer import Nonsense, parsed
from ._expiry import date_of
from ._provider import Refusal, refusal_of
from ._redact import secret_values
from ._words import Asked, later, next_step, told, unless_spent
from .errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)

Kind = type[TokenRequestError]

# In place of a code: whichever it is; the answer has no body.
ANY, EMPTY = "*", ""
# (code, status) -> class, in the order of `kind_of`. The code None is "no code, or none
# that has a row"; the status None is "any".
KINDS: Mapping[tuple[str | None, int | None], Kind] = MappingProxyType(
    {
        (ANY, 429): ProviderUnavailable,  # RFC 6585, section 4: turned away unread
        ("invalid_client", None): CredentialsRejected,  # RFC 6749, section 5.2
        ("unauthorized_client", None): CredentialsRejected,  # RFC 6749, section 5.2
        ("invalid_request", None): TokenRequestError,  # RFC 6749, section 5.2
        ("invalid_scope", None): TokenRequestError,  # RFC 6749, section 5.2
        ("unsupported_grant_type", None): TokenRequestError,  # RFC 6749, section 5.2
        ("temporarily_unavailable", None): ProviderUnavailable,  # RFC 6749, 4.1.2.1
        ("server_error", None): ProviderUnavailable,  # RFC 6749, section 4.1.2.1
        ("slow_down", None): ProviderUnavailable,  # RFC 8628, section 3.5
        (None, 401): CredentialsRejected,  # RFC 9110, section 15.5.2
        (EMPTY, 403): CredentialsRejected,  # seen on engines: a wrong client secret
    }
)
# What a refused grant means depends on the grant: code invalid_grant, any status.
INVALID_GRANT: Mapping[str, Kind] = MappingProxyType(
    {
        "password": CredentialsRejected,  # RFC 6749, sections 4.3 and 5.2
        "refresh_token": LoginRequired,  # RFC 6749, sections 5.2 and 6
        "authorization_code": LoginRequired,  # RFC 6749, sections 4.1.3 and 5.2
    }
)
# With these nothing has happened to what the request carried.
_UNTOUCHED = frozenset({429, 503})


def rejection(
    response: Response, asked: Asked, now_at: float, *, flaw: str | None = None
) -> TokenRequestError:
    """
    Return the error that *response*, which holds no token, amounts to.

    Args:
        response: The answer.
        asked: What it answers.
        now_at: The moment, for a Retry-After that is a date.
        flaw: Why the body cannot be read, if it cannot.
    """
    if response.status_code // 100 == 3 and "Location" in response.headers:
        return _redirected(response, asked)
    refusal = Refusal() if flaw else read(response, asked)
    known = _known(response, asked, refusal)
    kind = kind_of(response, refusal, asked.grant_type, is_empty=not flaw)
    name, words = asked.provider.name, told(response, refusal, asked, flaw=flaw)
    if not issubclass(kind, ProviderUnavailable):
        step = next_step(kind, refusal, asked)
        return kind(f"{name} refused the token request{words}. {step}", **known)
    wait_s = retry_after(response.headers, now_at)
    arrived = response.status_code not in _UNTOUCHED
    step = unless_spent(later(wait_s), asked, arrived=arrived)
    return ProviderUnavailable(
        f"{name} could not serve the token request{words}. {step}",
        retry_after_s=wait_s,
        arrived=arrived,
        **known,
    )


def nonsense(response: Response, asked: Asked, why: Nonsense) -> TokenRequestError:
    """Return the error for a 200 that is no token."""
    url = asked.secrets.out_of((response.url or "").split("?", 1)[0])
    step = f"Check that {url} is the token URL" if why.is_foreign else ""
    return TokenRequestError(
        f"{asked.provider.name} answered the token request (HTTP"
        f" {response.status_code}) {why}. {step or 'Look at the response of the error'}.",
        **_known(response, asked, Refusal()),
    )


def read(response: Response, asked: Asked) -> Refusal:
    """Return what *response* says, as the provider writes it or the standard."""
    body = (response.content or b"").strip()
    if not body and (response.status_code, asked.grant_type) == (400, "refresh_token"):
        return _DEAD
    try:
        found = parsed(body)
    except Nonsense:
        return Refusal()
    asked.secrets.add(*secret_values(found))
    quirk, own = asked.provider.read_refusal, None
    if quirk is not None:
        # As `mended`: an answer of a shape that it does not know is the standard's.
        with contextlib.suppress(LookupError, TypeError, ValueError, AttributeError):
            own = quirk(response.status_code, found)
    return refusal_of(own) if own else standard(found)


# Seen on engines: a dead refresh token gets a 400 without a body.
_DEAD = Refusal(
    "invalid_grant",
    doubt="the refresh token is dead or the provider cannot read the request",
)


def standard(body: Any) -> Refusal:
    """
    Return the standard's reading of *body*, any JSON, and what else is common.

    Source:
        RFC 6749, section 5.2; gateways send bare messages and an object for ``error``.
    """
    found = body[0] if isinstance(body, list) and body else body
    if not isinstance(found, dict):
        return Refusal()
    inner = found.get("error")
    if isinstance(inner, dict):
        found, inner = inner, inner.get("code")
    names = ("error_description", "description", "message", "detail")
    texts = (found.get(name) for name in names)
    words = next((text for text in texts if isinstance(text, str) and text), None)
    return Refusal(inner if isinstance(inner, str) and inner else None, words)


def kind_of(
    response: Response, refusal: Refusal, grant_type: str, *, is_empty: bool = True
) -> Kind:
    """
    Return the class of a refusal.

    Args:
        response: The answer.
        refusal: What it says.
        grant_type: What was asked for.
        is_empty: Whether a body of nothing means that there was none.
    """
    status, code = response.status_code, refusal.code
    if code is None and is_empty and not (response.content or b"").strip():
        code = EMPTY
    if (ANY, status) not in KINDS and code == "invalid_grant":
        return INVALID_GRANT.get(grant_type, TokenRequestError)
    for row in ((ANY, status), (code, status), (code, None), (None, status)):
        if row in KINDS:
            return KINDS[row]
    return ProviderUnavailable if status >= 500 else TokenRequestError


def retry_after(headers: Mapping[str, str], now_at: float) -> float | None:
    """
    Return the seconds that a ``Retry-After`` asks for, or None.

    A date is taken against the answer's own Date, since our clock may differ.

    Source:
        RFC 9110, section 10.2.3.
    """
    value = (headers.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until_at = date_of(value)
    if until_at is None:
        return None
    date_at = date_of(headers.get("Date"))
    return max(0.0, until_at - (now_at if date_at is None else date_at))


def _redirected(response: Response, asked: Asked) -> TokenRequestError:
    try:
        place = urljoin(response.url or "", response.headers["Location"])
        parts = parse_url(place)._replace(auth=None, query=None, fragment=None)
        shown = asked.secrets.words(parts.url)
    except (LocationParseError, ValueError):
        shown = "what is no URL"
    return TokenRequestError(
        f"{asked.provider.name} redirected the token request to {shown}: nothing was"
        " sent there. Make that the token URL if it is right.",
        **_known(response, asked, Refusal()),
    )


def _known(response: Response, asked: Asked, refusal: Refusal) -> dict[str, Any]:
    words = asked.secrets.words
    return {
        "provider": asked.provider.name,
        "status_code": response.status_code,
        "code": refusal.code and words(refusal.code),
        "description": refusal.description and words(refusal.description),
        "tip": refusal.tip and words(refusal.tip),
        "doubt": refusal.doubt,
        "response": asked.secrets.response(response),
    }
