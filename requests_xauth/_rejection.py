"""A token request that was answered with anything but a token: which error, which words.

Rule: every class comes from a row with its source; every text says who refused, what, with
which value, and what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urljoin

from requests import Response
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._answer import Nonsense, parsed
from ._expiry import date_of
from ._provider import Provider, Refusal
from ._redact import Secrets
from .errors import (
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    TokenRequestError,
)
from .grants import Grant

Kind = type[TokenRequestError]

ANY, EMPTY = "*", ""  # any code; an answer without a body
# (code, status) -> class; looked up in the order of `_rows`. None is "no code that has a
# row", or "any status".
KINDS: Mapping[tuple[str | None, int | None], Kind] = MappingProxyType(
    {
        (ANY, 429): ProviderUnavailable,  # RFC 6585, section 4: whatever else it says
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
# What a dead grant means depends on what was granted (RFC 6749, section 5.2).
INVALID_GRANT: Mapping[str, Kind] = MappingProxyType(
    {
        "password": CredentialsRejected,  # section 4.3: the owner's credentials
        "refresh_token": LoginRequired,  # section 6
        "authorization_code": LoginRequired,  # section 4.1.3
    }
)
_SERVER_ERROR = 500


class Asked(NamedTuple):
    """What a token request was: by whom, for which grant, with which secrets."""

    provider: Provider
    grant: Grant
    grant_type: str
    secrets: Secrets
    other_auth: str | None  # the client_auth worth trying, if the credentials need it


def rejection(
    response: Response, asked: Asked, now_at: float, flaw: str | None = None
) -> TokenRequestError:
    """
    Return the error that *response*, which holds no token, amounts to.

    Args:
        response: The answer.
        asked: What it answers.
        now_at: The moment, for a Retry-After that is a date.
        flaw: Why the body cannot be read, if it cannot.
    """
    if 300 <= response.status_code < 400 and "Location" in response.headers:  # noqa: PLR2004  # RFC 9110, section 15.4
        return redirected(response, asked)
    refusal = read(response, asked) if flaw is None else Refusal()
    kind = kind_of(response, refusal, asked.grant_type)
    known = _known(response, asked, refusal)
    wait_s = retry_after(response.headers, now_at)
    if kind is ProviderUnavailable:
        text = f"{asked.provider.name} could not serve the token request{_told(response, asked, refusal)}. {_later(wait_s)}"
        return ProviderUnavailable(text, retry_after_s=wait_s, arrived=True, **known)
    text = f"{asked.provider.name} refused the token request{_told(response, asked, refusal)}. {_next(kind, refusal, asked)}"
    return kind(text, **known)


def nonsense(response: Response, asked: Asked, why: str) -> TokenRequestError:
    """Return the error for a 200 that is no token, since it came *why*."""
    place = asked.secrets.out_of((response.url or "").split("?", 1)[0])
    return TokenRequestError(
        f"{asked.provider.name} answered the token request (HTTP {response.status_code})"
        f" {why}. Check that {place} is its token URL.",
        **_known(response, asked, Refusal()),
    )


def redirected(response: Response, asked: Asked) -> TokenRequestError:
    """Return the error for a redirect, which is never followed."""
    place = urljoin(response.url or "", response.headers["Location"])
    try:
        parts = parse_url(place)
        place = parts._replace(auth=None, query=None, fragment=None).url
    except LocationParseError:
        place = "what is no URL"
    return TokenRequestError(
        f"{asked.provider.name} redirected the token request to"
        f" {asked.secrets.words(place)}: nothing was sent there. Make that the token URL"
        " if it is right.",
        **_known(response, asked, Refusal()),
    )


def read(response: Response, asked: Asked) -> Refusal:
    """Return what *response* says, in the provider's own reading or the standard's."""
    try:
        body = parsed(response.content or b"")
    except Nonsense:
        if not response.content:
            return _empty(response.status_code, asked.grant_type)
        return Refusal()
    quirk = asked.provider.read_refusal
    own = quirk(response.status_code, body) if quirk else None
    return own or standard(body)


def standard(body: Any) -> Refusal:  # noqa: ANN401  # any JSON
    """
    Return the standard's reading of a refusal, with what else is common.

    Source:
        RFC 6749, section 5.2; gateways add an object ``error`` and bare messages.
    """
    if not isinstance(body, dict):
        return Refusal()
    if isinstance(body.get("error"), dict):
        body = {**body["error"], "error": body["error"].get("code")}
    names = ("error_description", "description", "message", "detail")
    texts = (body.get(name) for name in names)
    words = next((text for text in texts if isinstance(text, str) and text), None)
    code = body.get("error")
    return Refusal(code if isinstance(code, str) and code else None, words)


def kind_of(response: Response, refusal: Refusal, grant_type: str) -> Kind:
    """Return the class that the rows give."""
    status = response.status_code
    code = EMPTY if not response.content and refusal.code is None else refusal.code
    if (ANY, status) not in KINDS and code == "invalid_grant":
        return INVALID_GRANT.get(grant_type, TokenRequestError)
    rows = ((ANY, status), (code, status), (code, None), (None, status))
    for row in rows:
        if row in KINDS:
            return KINDS[row]
    return ProviderUnavailable if status >= _SERVER_ERROR else TokenRequestError


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
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    date_at = date_of(headers.get("Date"))
    return max(0.0, moment - (now_at if date_at is None else date_at))


def _empty(status: int, grant_type: str) -> Refusal:
    if (status, grant_type) == (400, "refresh_token"):
        # Seen on engines: a dead refresh token gets a 400 without a body.
        return Refusal(
            "invalid_grant",
            doubt="the refresh token is dead or the provider cannot read the request",
        )
    return Refusal()


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


def _told(response: Response, asked: Asked, refusal: Refusal) -> str:
    # The provider's own words: a code that a quirk has put in is not among them.
    own = refusal.code and refusal.code.encode("utf-8", "replace") in response.content
    code = asked.secrets.words(refusal.code or "") if own else ""
    words = asked.secrets.words(refusal.description or "").rstrip(".")
    said = f'{code}, "{words}"' if code and words else code or words
    return (
        f": {said} (HTTP {response.status_code})"
        if said
        else f" (HTTP {response.status_code}{_form(response)})"
    )


def _form(response: Response) -> str:
    if not response.content:
        return ", without a reason"
    kind = (response.headers.get("Content-Type") or "").split(";")[0].strip()
    return f", {kind}" if kind.isascii() and kind.isprintable() and kind else ""


def _next(kind: Kind, refusal: Refusal, asked: Asked) -> str:
    if refusal.doubt:
        return (
            f"Either {refusal.doubt}: log in again, or check the client's credentials."
        )
    if refusal.tip:
        return asked.secrets.words(refusal.tip).rstrip(".") + "."
    if kind is CredentialsRejected:
        return _check(refusal, asked)
    if kind is LoginRequired:
        return "Log in again."
    docs = asked.provider.docs
    return f"See {docs}." if docs else "The answer is in the error's response."


def _check(refusal: Refusal, asked: Asked) -> str:
    if refusal.code == "invalid_grant":
        return f"Check {_names(asked, 'USERNAME', 'PASSWORD')}."
    secret = ("CLIENT_SECRET",) if asked.grant.client_secret else ()
    again = (
        f'; if they are right, try client_auth="{asked.other_auth}"'
        if asked.other_auth
        else ""
    )
    return f"Check {_names(asked, 'CLIENT_ID', *secret)}{again}."


_WORDS = {
    "CLIENT_ID": "the client id",
    "CLIENT_SECRET": "secret",
    "USERNAME": "the user name",
    "PASSWORD": "password",
}


def _names(asked: Asked, *names: str) -> str:
    prefix = asked.provider.environ
    return " and ".join(
        f"{prefix}_{name}" if prefix else _WORDS[name] for name in names
    )


def _later(wait_s: float | None) -> str:
    return "Try again later." if not wait_s else f"Try again in {wait_s:.0f} s."
