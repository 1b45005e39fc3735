"""The settings, the token and its scope: what is asked for, and how it is refused.

Rule: a token that is kept and works is used, so that no one-time refresh token is spent;
credentials go to no other place than their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType

from ..._hosts import Hosts, host_of
from ..._patience import patience
from ..._tables import Place, presets
from ...errors import (
    ConfigError,
    CredentialsRejected,
    LoginRequired,
    ProviderUnavailable,
    StoreError,
    TokenRequestError,
    XAuthError,
)
from ..durations import told_s
from .case import Case, Skip, Stop
from .met import fault_of

# The first that fits; "" is looked at more closely.
_ERRORS: Mapping[type[XAuthError], str] = MappingProxyType(
    {
        CredentialsRejected: "credentials",
        LoginRequired: "login",
        ProviderUnavailable: "unavailable",
        TokenRequestError: "refused",
        StoreError: "store",
        ConfigError: "settings",
    }
)
# What a URL answers that is no token endpoint: a page, another URL, nothing there, or
# another method only (RFC 9110, sections 15.3 to 15.5).
_NO_ENDPOINT = frozenset({200, 301, 302, 303, 307, 308, 404, 405, 410})
# Our errors end with what to do next, after the status.
_TOLD = re.compile(r"(?s)(.*?\(HTTP \d+[^)]*\))\. ?(.*)")


def settle(case: Case) -> str:
    """
    Put the auth object together, and look whether the URL's host may see its token.

    Raises:
        Stop: If a setting is wrong, or the host may not.
    """
    try:
        case.auth = case.make()
    except ConfigError as error:
        raise case.stop("settings", str(error)) from error
    provider, grant = case.setup.provider, case.setup.grant
    if case.url and not Hosts(case.setup.hosts).allow(case.url):
        raise _not_allowed(case, case.url)
    region = f" {provider.region}" if provider.region else ""
    return f"{provider.name}{region}, client {grant.client_id!r}, {provider.token_url}"


def _not_allowed(case: Case, url: str) -> Stop:
    host, allowed = host_of(url), ", ".join(case.setup.hosts)
    seen = f"only {allowed} may see the token, not {host}"
    for place in _places(case):
        if Hosts(place.hosts).allow(url):
            seen = f"{host} belongs to {place.region}; the token is {_own(case)}'s"
            return case.stop("other-region", seen, region=place.region)
    over_https = url.replace("http://", "https://", 1)
    if url.startswith("http:") and Hosts(case.setup.hosts).allow(over_https):
        return case.stop("plain-http", f"{host} over plain http")
    return case.stop("other-host", seen)


def _own(case: Case) -> str:
    return case.setup.provider.region or host_of(case.token_url)


def _places(case: Case) -> list[Place]:
    """Return where else the provider is, by region."""
    provider = case.setup.provider
    return [
        place
        for one in presets()
        if one.provider.name == provider.name
        for place in one.places
        if place.region and place.region != provider.region
    ]


def obtain(case: Case) -> str:
    """
    Take the token that is kept, or have one made.

    Raises:
        Stop: If there is none to be had.
        Skip: If nothing would be left of it but a refresh token that is spent.
    """
    try:
        kept = case.auth.token
        if kept is not None and case.setup.clock() < kept.end_at:
            case.token = kept
            return f"{kept.mark}, kept, {_left(case)}; none was asked for"
        if _would_be_lost(case):
            raise Skip(
                "would use up the refresh token, and no store keeps the next one"
            )
        with patience(case.timeout_s):
            case.token = case.auth.renew()
    except XAuthError as error:
        raise refused(case, error) from error
    return f"{case.token.mark}, new, {_left(case)}"


def _would_be_lost(case: Case) -> bool:
    # What comes instead of it would end with this process.
    own = case.auth._state  # noqa: SLF001  # nobody else knows how long the store lasts
    return own.once and own.private and case.setup.seed is not None


def _left(case: Case) -> str:
    assert case.token is not None  # noqa: S101  # whoever asks has just got it
    if case.token.expires_at is None:
        return "its end unknown"
    return f"good for {told_s(case.token.left_s(case.setup.clock()))}"


def refused(case: Case, error: XAuthError) -> Stop:
    """Return the end that an error of a token request is."""
    fault = next(fault for kind, fault in _ERRORS.items() if isinstance(error, kind))
    told = _TOLD.fullmatch(str(error))
    seen, step = told.groups() if told else (str(error), "")
    if fault == "credentials" and _places(case):
        return case.stop("region", seen, step=step, try_it=_other_regions(case))
    if fault == "unavailable" and getattr(error, "status_code", None) is None:
        # patience has no cause.
        fault, seen = fault_of(error) if error.__cause__ else ("slow", str(error))
    if fault == "refused" and isinstance(error, TokenRequestError):
        fault = _kind_of(error)
    asked = " ".join(case.setup.grant.scope or ()) or "what is asked for"
    return case.stop(fault, seen, step=step, asked=asked)


def _kind_of(error: TokenRequestError) -> str:
    if error.code == "invalid_scope":
        return "scope-refused"
    kind = "" if error.response is None else error.response.headers.get("Content-Type")
    is_json_token = error.status_code == 200 and "json" in (kind or "")
    if error.status_code in _NO_ENDPOINT and not is_json_token:
        return "wrong-path"
    return "refused"


def _other_regions(case: Case) -> str:
    others = [str(place.region) for place in _places(case)]
    if _is_elsewhere(case):
        return "try the --base-url of that one"
    # Credentials and region come from one environment, more often than not.
    variable = f"{case.setup.provider.environ}_REGION"
    said = os.environ.get(variable, "").strip().lower()
    if said in others:
        return f"{variable} says {said}, so try --region {said}"
    return f"try --region {', '.join(others[:-1])} or {others[-1]}"


def _is_elsewhere(case: Case) -> bool:
    known = (place for one in presets() for place in one.places)
    return case.token_url not in {place.token_url for place in known}


def compare_scopes(case: Case) -> str:
    """
    Compare what is granted with what was asked for.

    Raises:
        Stop: If it is less.
    """
    if case.token is None:
        raise Skip("there is no token")
    asked, granted = case.setup.grant.scope or (), case.token.scope
    if not granted:
        raise Skip("the provider does not say what is granted")
    missing = [word for word in asked if word not in granted]
    if missing:
        seen = f"asked for {' '.join(asked)}, granted {' '.join(granted)}"
        raise case.stop("scope-denied", seen, missing=" ".join(missing))
    return f"granted: {' '.join(granted)}"
