"""What a call repeats of what the auth object was made with.

Rule: equal is accepted; another value is a ConfigError that names the argument, and the
value only where it is no secret. Nothing given is ignored where it would matter.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from requests.auth import HTTPBasicAuth
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ._hosts import shown_url
from ._provider import is_word
from ._setup import Setup
from .errors import ConfigError
from .grants import scope_of

Fits = Callable[[Setup, Any], bool]

# What every token request sends; repeated by careful callers.
_HEADERS = MappingProxyType(
    {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
)


def check(setup: Setup, given: Mapping[str, Any]) -> None:
    """
    Accept what *given* repeats; None is not given.

    Raises:
        ConfigError: If a value is another, or would have to be sent in a way of its own.
    """
    for name, value in given.items():
        if value is None:
            continue
        fits, told = _ROWS.get(name, (_never, _sent))
        if not fits(setup, value):
            raise ConfigError(told(setup, name, value))


def _never(setup: Setup, value: object) -> bool:  # noqa: ARG001  # a row's signature
    return False


def _always(setup: Setup, value: object) -> bool:  # noqa: ARG001  # a row's signature
    return True


def _same(value: object, ours: str | None) -> bool:
    # A lone surrogate must not raise here: the error would show what it could not encode.
    given = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return isinstance(given, bytes) and hmac.compare_digest(
        given, (ours or "").encode()
    )


def _user(setup: Setup, value: object) -> bool:
    user = setup.grant.user()
    # With or without the domain that the provider wants before it; a name may have a
    # slash of its own.
    bare = user and (user.partition("/")[2] or user)
    return user is not None and (_same(value, user) or _same(value, bare))


def _password(setup: Setup, value: object) -> bool:
    ours = getattr(setup.grant, "password", None)
    return ours is not None and _same(value, ours)


def _basic(setup: Setup, value: object) -> bool:
    if isinstance(value, HTTPBasicAuth):
        value = (value.username, value.password)
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    client_id, client_secret = value
    grant = setup.grant
    return _same(client_id, grant.client_id) and _same(
        client_secret, grant.client_secret
    )


def _scope(setup: Setup, value: object) -> bool:
    return isinstance(value, Iterable) and scope_of(value) == setup.grant.scope


def _body(setup: Setup, value: object) -> bool:
    if not all("=" in part for part in filter(None, str(value).split("&"))):
        return False
    check(setup, dict(parse_qsl(str(value), keep_blank_values=True)))
    return True


def _form(setup: Setup, value: Mapping[str, Any]) -> bool:
    check(setup, value)
    return True


def _headers(setup: Setup, value: Mapping[str, str]) -> bool:  # noqa: ARG001  # a row's signature
    return all(
        _HEADERS.get(str(name).lower()) == str(text).partition(";")[0].strip().lower()
        for name, text in dict(value).items()
    )


def _another(setup: Setup, name: str, value: object) -> str:  # noqa: ARG001  # never shown: it may be a secret
    return (
        f"{name}= of this call is not what the auth object of {setup.provider.name} was"
        " made with: leave it out, or make an auth object with it."
    )


def _elsewhere(setup: Setup, name: str, value: object) -> str:
    provider = setup.provider
    ours = provider.authorize_url if name == "url" else provider.token_url
    return (
        f"{_shown(value)} is not where the auth object of {provider.name} asks, which is"
        f" {_shown(ours)}: leave it out, or make an auth object for it."
    )


def _other_session(setup: Setup, name: str, value: object) -> str:  # noqa: ARG001  # as _another
    return (
        f"{name}= of this call is not what token requests of {setup.provider.name} use:"
        " give the auth object a session= that has it."
    )


def _sent(setup: Setup, name: str, value: object) -> str:  # noqa: ARG001  # as _another
    # A body may have anything in a name's place.
    shown = f"{name}=" if is_word(name) else "A field"
    return (
        f"{shown} of this call is not part of {setup.provider.name}'s token request: add"
        " it there, if it has to be, by register_compliance_hook(); with store=, give an"
        " auth object that has such a hook an account= of its own."
    )


def _shown(url: object) -> str:
    if not str(url).lower().startswith(("https://", "http://")):
        return "That value"  # a code or a refresh token, by a slip
    try:
        parse_url(str(url))
    except LocationParseError:
        return "That URL"
    return shown_url(url).strip("'")


_ROWS: Mapping[str, tuple[Fits, Callable[[Setup, str, Any], str]]] = {
    "url": (lambda s, v: v == s.provider.authorize_url, _elsewhere),
    "token_url": (lambda s, v: v == s.provider.token_url, _elsewhere),
    "auto_refresh_url": (lambda s, v: v == s.provider.token_url, _elsewhere),
    "auto_refresh_kwargs": (_form, _another),
    "client_id": (lambda s, v: _same(v, s.grant.client_id), _another),
    "client_secret": (lambda s, v: _same(v, s.grant.client_secret), _another),
    "username": (_user, _another),
    "password": (_password, _another),
    "auth": (_basic, _another),
    "scope": (_scope, _another),
    "redirect_uri": (
        lambda s, v: v == getattr(s.grant, "redirect_uri", None),
        _another,
    ),
    "grant_type": (lambda s, v: v == s.grant.grant_type, _another),
    "response_type": (lambda _, v: v == "code", _another),
    # How a client authenticates is the provider's record, whatever a caller expects.
    "include_client_id": (_always, _another),
    # A secret in a query ends up in logs: RFC 6749, section 2.3.1.
    "method": (lambda _, v: str(v).upper() == "POST", _sent),
    "force_querystring": (lambda _, v: not v, _sent),
    "body": (_body, _sent),
    "headers": (_headers, _sent),
    "verify": (lambda s, v: v == getattr(s.session, "verify", True), _other_session),
    "cert": (lambda s, v: v == getattr(s.session, "cert", None), _other_session),
    "proxies": (
        lambda s, v: not v or v == getattr(s.session, "proxies", {}),
        _other_session,
    ),
}
